"""Rows of transitions in memory of their own, and compiled answers to what is asked of them.

The same answers as those of the plain rows, which they are compared with. Where something does not
fit into 64 bits, the plain ones answer.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Any

from ..components import Components
from ..demands import Aim, Demands, Fairness, Summary
from ..letters import Letters, Reading
from ..rows import Marks, Pairs, Reached, Rows
from . import row_places as k
from .library import answer_about_rows
from .memory import NUMBER, Numbers
from .telling import or_none, reading_of
from .work import Buffer, Places, Work, is_buffer, width_for

__all__ = ["NativePairs", "NativeRows"]

PLACE = 8
"""Bytes of the place of a transition."""
MOST_MARKS = (1 << 62) - 1
"""Marks are bits of a number that is never negative."""


class NativeRows(Rows):
    """Rows whose `begins`, `targets` and `steps` are numbers in memory, of 8, 4 and a few bytes."""

    begins: Buffer
    targets: Buffer
    steps: Buffer

    def __init__(self, work: Work, begins: Buffer, targets: Buffer, steps: Buffer) -> None:
        self.work = work
        self.begins, self.targets, self.steps = begins, targets, steps
        self.widest = len(targets)
        """No node has more transitions than this."""
        self._own = Places(
            k.ROWS_SIZE,
            {
                k.BEGINS: begins, k.TARGETS: targets, k.KINDS: steps,
                k.KIND_WIDTH: steps.itemsize, k.NODES: len(begins) - 1,
            },
        )  # fmt: skip
        self._states: Buffer | None = None
        self._places: Buffer | None = None
        """Of pairs: their states and places."""
        self._state_count = self.count

    @property
    def address(self) -> int:
        """Where it is said where the rows lie: see `row_places`."""
        return self._own.address

    def ask(self, name: str, values: dict[int, Any]) -> Places:
        """Have a question answered; where its answers are."""
        task = Places(k.TASK_SIZE, values)
        self.go_on(name, task)
        return task

    def go_on(
        self,
        name: str,
        task: Places,
        first: int = 0,
        before: Callable[[], None] | None = None,
    ) -> None:
        """Have another question answered, beginning with this node; `before`: see `Work.go`."""
        task[k.POSITION] = first
        answer = answer_about_rows(name, self.count, in_files=self.work.rooms.in_files)
        self.work.go(answer, self._own.address, task.address, before)

    @cached_property
    def _sources(self) -> tuple[Buffer, Buffer]:
        begins, sources = (
            self.work.room(self.count + 2, PLACE),
            self.work.room(len(self.targets), NUMBER),
        )
        task = self.ask(
            "count_sources",
            {k.LAST: len(self.targets), k.NEW_BEGINS: begins, k.NEW_TARGETS: sources},
        )
        task[k.LAST] = self.count
        self.go_on("sum_sources", task)
        self.go_on("fill_sources", task)
        return begins[:-1], sources

    def leading_to(self, roots: Sequence[int], keep: Sequence[int] | None = None) -> Sequence[int]:
        """As `Rows.leading_to`."""
        begins, sources = self._sources
        reached = NativeRows(self.work, begins, sources, self.work.room(0, 1)).reach(roots, keep)
        assert reached.found is not None
        return reached.found

    def flag(self, found: Components, wanted: Sequence[int], flags: Marks) -> None:
        """As `Rows.flag`."""
        self.ask(
            "flag_classes",
            {k.LAST: self.count, k.OF: found.of, k.FLAGS: wanted, k.RESULT: flags},
        )

    # --- nodes, by what can happen there and what their states say ------------------------------

    def marks(self, of_step: Sequence[int], most: int) -> Marks:
        """As `Rows.marks`."""
        if most > MOST_MARKS:
            return super().marks(of_step, most)
        marks = self.work.room(self.count, width_for(most))
        self.ask(
            "marks_of_nodes",
            {
                k.LAST: self.count, k.MARKS: marks, k.MARK_WIDTH: marks.itemsize,
                k.OF_STEP: array("q", of_step),
            },
        )  # fmt: skip
        return marks

    def accept(
        self,
        marks: Marks,
        letters: Letters,
        readings: Sequence[Reading],
        shift: int,
    ) -> None:
        """As `Rows.accept`."""
        if not is_buffer(marks):
            super().accept(marks, letters, readings, shift)
            return
        moved = [(wanted, place, own << shift) for wanted, place, own in readings]
        self.ask(
            "accept",
            {
                k.LAST: self.count, k.MARKS: marks, k.MARK_WIDTH: marks.itemsize,
                **reading_of(letters, moved),
            },
        )  # fmt: skip

    def reading(self, letters: Letters, readings: Sequence[Reading]) -> Buffer:
        """As `Rows.reading`."""
        found = self.work.room(self.count, 1)
        self.ask("reading", {k.LAST: self.count, k.RESULT: found, **reading_of(letters, readings)})
        return found

    def unmarked(self, marks: Marks, count: int) -> Sequence[int]:
        """As `Rows.unmarked`."""
        if not is_buffer(marks):
            return super().unmarked(marks, count)
        found = self.work.room(count, NUMBER)
        task = self.ask(
            "unmarked",
            {
                k.LAST: count, k.MARKS: marks, k.MARK_WIDTH: marks.itemsize, k.RESULT: found,
            },
        )  # fmt: skip
        return found[: task[k.COUNT_FOUND]]

    def ending(self, terminal: Sequence[int], keep: Sequence[int] | None) -> Buffer:
        """As `Rows.ending`."""
        numbers = terminal.view if isinstance(terminal, Numbers) else array("I", terminal)
        flags = self.work.room(self._state_count, 1)
        self.ask("flag_numbers", {k.LAST: len(numbers), k.ORDER: numbers, k.FLAGS: flags})
        found = self.work.room(self.count, NUMBER)
        task = self.ask(
            "ending",
            {
                k.LAST: self.count, k.FLAGS: flags, k.KEEP: or_none(keep), k.RESULT: found,
                k.STATE_OF: or_none(self._states),
            },
        )  # fmt: skip
        return found[: task[k.COUNT_FOUND]]

    def read_at(self, nodes: Sequence[int], letters: Letters) -> set[tuple[int, int]]:
        """As `Rows.read_at`."""
        found = array("q", [0]) * (2 * k.FEW)
        task = self.ask(
            "read_at",
            {
                k.LAST: len(nodes), k.ORDER: nodes if is_buffer(nodes) else array("I", nodes),
                k.STATE_OF: or_none(self._states), k.PLACE_OF: or_none(self._places),
                k.RESULT: found, k.MOST: k.FEW, **reading_of(letters, ()),
            },
        )  # fmt: skip
        count = task[k.COUNT_FOUND]
        if count == k.FEW:
            return super().read_at(nodes, letters)
        return {(found[2 * i], found[2 * i + 1]) for i in range(count)}

    # --- ways and cycles ------------------------------------------------------------------------

    def reach(
        self, roots: Sequence[int], keep: Sequence[int] | None = None, levels: Sequence[int] = (0,)
    ) -> Reached:
        """As `Rows.reach`."""
        room, count = self.work.room, self.count
        parents, order = room(count, NUMBER), room(count + k.AHEAD_ROWS, NUMBER)
        lasts = array("q", [*levels[1:], count])
        begun = room(count + len(lasts) + 1, PLACE)
        task = self.ask(
            "start_reaching",
            {
                k.RESULT: parents, k.KEEP: or_none(keep), k.ORDER: order, k.FLAGS: roots,
                k.LASTS: lasts, k.LAST_COUNT: len(lasts), k.LEVELS_AT: begun, k.LEVELS_BEGUN: 1,
                k.ASKING_UP_TO: lasts[0], k.LEVEL_STOP: -1,
            },
        )  # fmt: skip
        self.go_on("reach", task)
        found = room(count, 1)
        task[k.FLAGS] = found
        self.go_on("finish_reaching", task)
        return Reached(parents, order[: task[k.QUEUED]], begun[: task[k.LEVELS_BEGUN]], found)

    def components(self, keep: Sequence[int] | None = None) -> Components:
        """As `Rows.components`."""
        room, count = self.work.room, self.count
        of = room(count, NUMBER)
        task = Places(
            k.TASK_SIZE,
            {
                k.OF: of, k.ORDER: room(count, NUMBER), k.OFFSETS: room(count, NUMBER),
                k.STACKED: count, k.NODE: -1,
            },
        )  # fmt: skip
        if keep is not None:
            task[k.KEEP] = keep
            self.go_on("start_components", task)
        self.go_on("components", task)
        self.go_on("number_components", task)
        return Components(of, task[k.COMPONENTS])

    def fairness(
        self, found: Components, marks: Sequence[int], of_step: Sequence[int], demands: Demands
    ) -> Fairness:
        """As `Rows.fairness`."""
        if not is_buffer(marks):
            return super().fairness(found, marks, of_step, demands)
        width, numbers = marks.itemsize, found.count + 1
        missed, sometimes, taken = (self.work.room(numbers, width) for _ in range(3))
        flags = self.work.room(numbers, 1)
        task = self.ask(
            "summarize",
            {
                k.LAST: self.count, k.OF: found.of, k.MARKS: marks, k.MARK_WIDTH: width,
                k.OF_STEP: array("q", of_step), k.MISSED: missed, k.SOMETIMES: sometimes,
                k.TAKEN: taken, k.FLAGS: flags, k.WEAK: demands.weak, k.STRONG: demands.strong,
                k.ACCEPTANCE: demands.acceptance,
            },
        )  # fmt: skip
        task[k.LAST] = numbers
        self.go_on("judge", task, 1)
        return Fairness(
            flags, task[k.FAIR_COUNT], task[k.AGAIN_COUNT],
            lambda number: Summary(~missed[number], sometimes[number], taken[number]), task,
        )  # fmt: skip

    def left(
        self, found: Components, fairness: Fairness, marks: Sequence[int], demands: Demands
    ) -> Sequence[int]:
        """As `Rows.left`."""
        task = fairness.task
        if not isinstance(task, Places):
            return super().left(found, fairness, marks, demands)
        keep = self.work.room(self.count, 1)
        task[k.LAST] = self.count
        task[k.RESULT] = keep
        self.go_on("left", task)
        return keep

    def nearest(
        self, found: Components, fairness: Fairness, order: Sequence[int], most: int
    ) -> Sequence[int]:
        """As `Rows.nearest`."""
        places = array("I", [0]) * most
        task = self.ask(
            "nearest",
            {
                k.LAST: len(order), k.ORDER: order if is_buffer(order) else 0, k.OF: found.of,
                k.FLAGS: fairness.of, k.RESULT: places, k.MOST: most,
            },
        )  # fmt: skip
        return places[: task[k.COUNT_FOUND]]

    def way(
        self,
        start: int,
        found: Components,
        aim: Aim,
        marks: Sequence[int],
        of_step: Sequence[int],
    ) -> list[int]:
        """As `Rows.way`."""
        if not is_buffer(marks):
            return super().way(start, found, aim, marks, of_step)
        former, order = self.work.room(self.count, NUMBER), self.work.room(self.count, NUMBER)
        former[start], order[0] = start + 1, start
        task = self.ask(
            "approach",
            {
                k.OF: found.of, k.INSIDE: found.of[start], k.ORDER: order, k.QUEUED: 1,
                k.FORMER: former, k.MARKS: marks, k.MARK_WIDTH: marks.itemsize,
                k.OF_STEP: array("q", of_step), k.AIM_TAKEN: aim.taken, k.AIM_HAS: aim.has,
                k.AIM_LACKS: aim.lacks, k.AIM_NODE: aim.node, k.RESULT: -1,
            },
        )  # fmt: skip
        if task[k.RESULT] < 0:
            return []
        source, last = task[k.LAST_SOURCE], task[k.RESULT]
        return self._back(lambda node: former[node] - 1, start, source, last)

    def pairs(
        self,
        readings: Sequence[Sequence[Reading]],
        letters: Letters,
        initial: int,
        place: int,
        kinds: int,
    ) -> NativePairs:
        """As `Rows.pairs`."""
        return NativePairs(self, readings, letters, (initial, place, kinds))


class NativePairs(NativeRows, Pairs):
    """As `Pairs`, in memory."""

    states: Buffer
    places: Buffer

    def __init__(
        self,
        rows: NativeRows,
        readings: Sequence[Sequence[Reading]],
        letters: Letters,
        start: tuple[int, int, int],
    ) -> None:
        """As `Pairs`."""
        initial, first, self.kinds = start
        room, most = rows.work.room, rows.count * len(readings)
        ways = len(rows.targets) * max(sum(map(len, readings)), 1)
        marks = max((own for each in readings for _, _, own in each), default=0)
        of_nodes = [rows.work.growing(most, NUMBER) for _ in range(3)]
        of_nodes += [rows.work.growing(most + 1, PLACE) for _ in range(2)]
        states, places, parents, begins, levels = (each.numbers for each in of_nodes)
        width = width_for((marks + 1) * self.kinds)
        of_ways = [rows.work.growing(ways, each) for each in (NUMBER, width)]
        targets, steps = (each.numbers for each in of_ways)
        numbers = room(most, NUMBER)
        for each in of_nodes:
            each.up_to(initial + 1)
        for state in range(initial):
            states[state] = parents[state] = state
            places[state] = first
            numbers[state * len(readings) + first] = state + 1
        task = Places(
            k.TASK_SIZE,
            {
                **reading_of(letters, [own for each in readings for own in each]),
                k.FIRST_READINGS: array("q", accumulate(map(len, readings), initial=0)),
                k.LEVEL_STOP: initial, k.LEVELS_AT: levels, k.LEVELS_BEGUN: 1, k.QUEUED: initial,
                k.STATE_OF: states, k.PLACE_OF: places, k.NUMBERS: numbers,
                k.PLACES: len(readings), k.STEP_KINDS: self.kinds, k.FORMER: parents,
                k.NEW_TARGETS: targets, k.NEW_KINDS: steps, k.NEW_WIDTH: steps.itemsize,
                k.NEW_BEGINS: begins,
            },
        )  # fmt: skip
        some = k.PIECE + rows.widest * max(map(len, readings))

        def make_room() -> None:
            for each in of_nodes:
                each.up_to(task[k.QUEUED] + some + 1)
            for each in of_ways:
                each.up_to(task[k.MADE_SO_FAR] + some)

        rows.go_on("pair", task, before=make_room)
        count, made = task[k.QUEUED], task[k.MADE_SO_FAR]
        super().__init__(rows.work, begins[: count + 1], targets[:made], steps[:made])
        self.states = self._states = states[:count]
        self.places = self._places = places[:count]
        self._state_count = rows.count
        self.numbers = lambda state, place: numbers[state * len(readings) + place] - 1
        self.reached = Reached(parents[:count], range(count), levels[: task[k.LEVELS_BEGUN]])

    def of_states(self, marks: Sequence[int]) -> Sequence[int]:
        """As `Pairs.of_states`."""
        if not is_buffer(marks):
            return super().of_states(marks)
        found = self.work.room(self.count, marks.itemsize)
        self.ask(
            "marks_of_states",
            {
                k.LAST: self.count, k.STATE_OF: self.states, k.MARKS: marks,
                k.MARK_WIDTH: marks.itemsize, k.RESULT: found,
            },
        )  # fmt: skip
        return found

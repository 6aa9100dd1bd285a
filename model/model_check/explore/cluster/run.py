"""The search over many parts: level by level, in rounds of a range of numbers, so that states have
the numbers, parents and levels that one search alone gives them.

In a round each part expands its states in the range, and each takes in what was found of its own.
After some rounds what is new is ranked by its keys, a range of keys a part, and gets its numbers;
then everything is as after so many states of a search alone. The whole is told from one machine's
memory, where it has room for it.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ...budget.memory import memory_in_use, most_memory
from ...budget.spending import StopNow
from ...machine.core import Failure
from ..engine import NUMBER, Counters, Run, Snapshot, Task
from ..native.engine import FULL, MOST_STATES
from ..native.library import Library
from ..native.part_places import SOURCE_BITS
from ..space import Space
from ..stored.directory import StoredError
from .elsewhere import Found, space_elsewhere
from .fleet import Cluster, LostError, NoMorePartsError, Orders
from .gathered import Gathered, blocks_of, gathered_from, in_order
from .making import Making
from .parcel import Parcel
from .part import LONG, Mark, Tally
from .windows import Windows

__all__ = ["ClusterRun"]

FIRST_ROUND = 1 << 10
BLOCK = 1 << 18
"""States that are handed to the parts together, where others found them."""
QUICK = 200_000
"""States that are gathered in no time."""
LOST_AGAIN = "--cluster: parts of the search are lost again and again"
MOST_LOSSES = 100
"""Times that parts are replaced ..."""
MOST_STARTS = 3
"""... and that a search starts over for it, where nothing was kept."""
EACH = 1 << 19
"""States of a round that each part expands, about ..."""
ROUND_BYTES = 1 << 25
"""... where what it finds takes no more than so many bytes."""
USUAL = 4.0
"""Successors of a state, until it is known how many there are."""
ROUNDS = 2
"""Rounds before what is new gets its numbers, and limits are looked at."""
MOST_SOURCES = 1 << SOURCE_BITS
"""States that are expanded until what they found gets its numbers: a key tells so many apart."""


class _Kept(NamedTuple):
    """Where a search was: the marks of its parts, the state expanded next, where its level ends,
    and how many levels had begun."""

    marks: tuple[Mark, ...]
    next: int
    end: int
    levels: int


class ClusterRun(Run):
    """One search over the parts of a fleet. `fold`: as the program was made."""

    def __init__(self, task: Task, library: Library, cluster: Cluster, *, fold: bool) -> None:
        """Raises ClusterError."""
        super().__init__(task)
        self.library = library
        self.fleet = cluster.fleet()
        self._cluster = cluster
        self._fold = fold
        self._next = 0
        """The state that is expanded next ..."""
        self._end = 0
        """... where its level ends ..."""
        self._count = 0
        """... and how many there are."""
        self._level_starts: list[int] = []
        self._marks: list[Mark] = []
        self.handed = 0.0
        """Records that the parts hand out for a state, at the most; 0: none yet."""
        self._windows = Windows(self.fleet, library.words)
        self._kept: _Kept | None = None
        """Where the search was when the parts kept what they had found ..."""
        self._looked = 0.0
        """... and when that was tried last."""
        self._losses = self._starts = 0
        self._is_loaded = False
        self._prepare()

    @property
    def marks(self) -> tuple[Mark, ...]:
        """What each part has counted."""
        return tuple(self._marks)

    # --- as of a search --------------------------------------------------------------------------

    @property
    def has_begun(self) -> bool:
        return bool(self._marks)

    @property
    def is_between_levels(self) -> bool:
        return self._next == self._level_starts[-1]

    @property
    def number(self) -> int:
        return self._next

    @property
    def states(self) -> Sequence[int]:
        return self._windows.states(self._count)

    @property
    def parents(self) -> Sequence[int]:
        return self._windows.parents(self._count)

    def run(self) -> Failure | None:
        budget = self.limits.budget
        self.paused = False
        try:
            while not self.has_begun or (self._next < self._count and not self.stopped):
                if self.pause is not None and self._pauses(self.pause):
                    self.paused = True
                    break
                try:
                    with budget.held():
                        lacking = self._go_on() if self.has_begun else self._begin()
                    self._keep()
                except LostError as lost:
                    self._recover(lost)
                    continue
                if lacking:
                    return self.program.machine.failures[lacking - 1]
                self._look_up()
        except StopNow as stop:
            if not self.has_begun:
                raise
            self.stopped = stop.why
        return None

    def _pauses(self, pause: int) -> bool:
        return self.has_begun and self._count >= pause and self.is_between_levels

    def _begin(self) -> int:
        size = 8 * self.library.words
        states = list(dict.fromkeys(self._first_states()))
        packed = b"".join(each.to_bytes(size, "little") for each in states)
        self._load()
        told = self._all("begin", packed)
        self._next, self.initial, self._end = 0, len(states), len(states)
        self._level_starts = [0]
        self._kept, self._looked = None, time.monotonic()
        self._hear(told)
        return 0

    def _load(self) -> None:
        """Have the parts ready to begin anew. Raises LostError."""
        if self._is_loaded:
            self._is_loaded = False
            return
        making = Making.of(self.task, self.library, fold=self._fold)
        self.fleet.load(Orders(making, self.limits.memory, self._cluster.folder))

    def _prepare(self) -> None:
        """Have the parts make their programs, which takes a second: before anybody waits for a
        first state of this search."""
        try:
            self._load()
            self._is_loaded = True
        except LostError as lost:
            self._recover(lost)

    # --- kept, and gone on with ------------------------------------------------------------------

    def snapshot(self, had: Mapping[str, int]) -> Snapshot | None:
        """None also where this process has no memory for what is new, or numbers have too few
        bits."""
        size = self._state_size
        first = had.get("states", 0) // size
        more = (self._count - first) * (size + NUMBER)
        if self._count >= MOST_STATES or self.limits.exceeded(0, self.task.started, more):
            return None
        counters = Counters(
            size, self.initial, self._count, self._next, self._end,
            sum(mark.transitions for mark in self._marks),
            sum(mark.left_out for mark in self._marks), any(mark.backward for mark in self._marks),
        )  # fmt: skip
        try:
            states, parents = gathered_from(self.library, self._windows, first, self._count)
            found: dict[str, bytes] = {
                "states": bytes(states), "parents": bytes(parents),
                "terminal": in_order(self._all("ends")), "errors": in_order(self._all("failing")),
                "levels": array("I", self._level_starts).tobytes(),
            }  # fmt: skip
        except LostError:
            return None
        for name in ("terminal", "errors", "levels"):
            found[name] = found[name][had.get(name, 0) :]
        return Snapshot(counters, found)

    def restore(self, counters: Counters, read: Callable[[str], Iterator[bytes]]) -> None:
        for _ in range(MOST_STARTS):
            try:
                return self._restore(counters, read)
            except LostError as lost:
                self.fleet.replace(lost.parts)
        raise NoMorePartsError(LOST_AGAIN)

    def _restore(self, counters: Counters, read: Callable[[str], Iterator[bytes]]) -> None:
        self._load()
        share, size = self.fleet.share, self.fleet.size
        blocks = zip(
            blocks_of(read("states"), BLOCK * counters.size),
            blocks_of(read("parents"), BLOCK * NUMBER), strict=True,
        )  # fmt: skip
        first = 0
        for states, parents in blocks:
            given = (first, share(Parcel(states)), share(Parcel(parents)))
            taken = self.fleet.ask("take", [given] * size)
            self.fleet.look([each[0] for each in taken])
            first += BLOCK
        ends, failing = (share(Parcel(b"".join(read(each)))) for each in ("terminal", "errors"))
        rest = (counters.transitions, counters.left_out, int(counters.backward is not False))
        told = self.fleet.ask("settle", [(counters.following, ends, failing, rest)] * size)
        self.initial, self._next = counters.initial, counters.following
        self._end, self._level_starts = counters.level_end, [*array("I", b"".join(read("levels")))]
        self._kept, self._looked = None, time.monotonic()
        self._hear(self.fleet.look([each[0] for each in told]))

    # --- rounds ----------------------------------------------------------------------------------

    def _go_on(self) -> int:
        """Some rounds, and numbers for what they find; the code of a failure for want of room, or
        0. Where a part has no more memory, the search ends as it was before."""
        before = self._marks
        at = self._next
        told = self._rounds(self._end)
        failing = [each for each in told if each.lacking]
        if failing:
            # One search alone stops at the first of them, before anything behind it is looked at.
            first = min(failing, key=lambda each: each.at)
            self._go_back(before, at)
            self._rounds(first.at)
            self._close_level()
            return first.lacking
        short = next((each.stopped for each in told if each.stopped), "")
        if short:
            self._go_back(before, at)
            self.stopped = short
        self._close_level()
        self._keep_parts()
        return 0

    def _rounds(self, end: int) -> list[Tally]:
        """Some rounds of states before `end`; what the parts tell of them."""
        size = self.fleet.size
        first = at = self._next
        end = min(end, first + MOST_SOURCES)
        each = self._each() * size
        routed, absorbed = [], []
        for _ in range(ROUNDS):
            if at >= end:
                break
            at = min(end, at + min(max(at // 4, FIRST_ROUND), each))
            sent = self.fleet.ask("route", [(first, at)] * size, size + 1)
            routed += [each[size] for each in sent]
            given = [[each[owner] for each in sent] for owner in range(size)]
            absorbed += [each[0] for each in self.fleet.ask("absorb", given)]
        numbered = self._number(first, at)
        told = [*self.fleet.look(routed), *self.fleet.look(absorbed)]
        self._hear(self.fleet.look(numbered))
        self._next = at
        return told

    def _each(self) -> int:
        """States of a round for each part."""
        made = sum(mark.transitions for mark in self._marks)
        handed = self.handed or (made / self._next if self._next else USUAL)
        record = LONG + 8 * self.library.words
        return max(1, min(EACH, int(ROUND_BYTES / (record * max(handed, 1.0)))))

    def _number(self, first: int, last: int) -> list[Any]:
        """Rank what was found from the states in a range, and give it its numbers."""
        size = self.fleet.size
        bounds = [first + (last - first) * part // size for part in range(1, size)]
        keys = self.fleet.ask("cut", [(bounds,)] * size, size)
        given = [[each[part] for each in keys] for part in range(size)]
        ranks = self.fleet.ask("rank", given, size + 1)
        totals = [each[size] for each in ranks]
        back = [[self._count, *(each[part] for each in ranks), *totals] for part in range(size)]
        return [each[0] for each in self.fleet.ask("put_numbers", back)]

    def _close_level(self) -> None:
        if self._next == self._end:
            self._level_starts.append(self._end)
            self._end = self._count

    def _hear(self, told: Sequence[Tally]) -> None:
        self._marks = [each.mark for each in told]
        self.handed = max(each.handed for each in told)
        self._count = sum(each.states for each in self._marks)
        self._windows.forget()

    def _go_back(self, marks: Sequence[Mark], number: int) -> None:
        """All parts forget what they found since."""
        tokens = self.fleet.ask("go_back", [(each,) for each in marks])
        self._hear(self.fleet.look([each[0] for each in tokens]))
        self._next = number

    # --- parts that are lost ---------------------------------------------------------------------

    def _keep_parts(self) -> None:
        """Have the parts keep what they found, now and then."""
        if self._cluster.folder is None or time.monotonic() - self._looked < self._cluster.every:
            return
        if all(self._all("keep")):
            self._kept = _Kept(tuple(self._marks), self._next, self._end, len(self._level_starts))
        self._looked = time.monotonic()

    def _recover(self, lost: LostError) -> None:
        """Have new parts instead of lost ones, and all go on from where they kept what they had
        found; or from the start, where that is nowhere. Raises NoMorePartsError where that was
        tried often enough, or cannot be."""
        kept = self._kept
        self._losses += 1
        self._starts += kept is None
        if self._starts > MOST_STARTS or self._losses > MOST_LOSSES:
            raise NoMorePartsError(f"{LOST_AGAIN}: {lost}{self._kept_at_all()}") from lost
        try:
            self.fleet.replace(lost.parts)
            if kept is None:
                self._marks = []
                return
            tokens = self.fleet.ask("come_back", [(each,) for each in kept.marks])
            self._hear(self.fleet.look([each[0] for each in tokens]))
            self._next, self._end = kept.next, kept.end
            del self._level_starts[kept.levels :]
        except StoredError as error:
            self._kept = None  # a new part is where nothing was kept
            self._recover(LostError((), str(error)))
        except LostError as more:
            self._recover(more)
        except NoMorePartsError as error:
            raise NoMorePartsError(f"{error}{self._kept_at_all()}") from error

    def _kept_at_all(self) -> str:
        """How to go on where there are no more parts."""
        if self.task.keeper is None:
            return "; with --checkpoint, and --workers for fewer, it can be gone on with"
        return "; to go on from what was written down: --resume, and --workers for fewer"

    def _all(self, name: str, *given: Any) -> list[Any]:
        """What all parts answer."""
        tokens = self.fleet.ask(name, [given] * self.fleet.size)
        return self.fleet.look([each[0] for each in tokens])

    def _look_up(self) -> None:
        """Tell the progress, and stop at a limit."""
        waiting = self._count - self._next
        if self.task.progress is not None:
            self.task.progress(len(self._level_starts) - 1, self._count, waiting)
        if waiting and not self.stopped:
            self.stopped = self.limits.exceeded(self._count, self.task.started)

    # --- what was found --------------------------------------------------------------------------

    def space(self) -> Space:
        while True:
            try:
                return self._gathered().space() if self._fits() else self._elsewhere()
            except LostError as lost:
                self._recover(lost)
                self.pause = None
                self.run()

    def _fits(self) -> bool:
        """Whether all that was found is to be had in this process: it has the memory, and where the
        search was ended, that does not take long."""
        each = self._state_size + NUMBER + int(self.library.kernel.slot / FULL)
        limit = self.limits.memory or most_memory()
        taken = (memory_in_use() or 0) + self._count * each
        has_room = self._count < MOST_STATES and (limit is None or taken <= limit)
        return has_room and (not self.stopped or self._count <= QUICK)

    @property
    def levels(self) -> tuple[int, ...]:
        """Where each level begins that has states."""
        levels = [*self._level_starts]
        if levels[-1] == self._count:
            levels.pop()
        elif self._end < self._count:
            levels.append(self._end)
        return tuple(levels)

    def _elsewhere(self) -> Space:
        found = Found(self.fleet, self._marks, self.levels, self.initial, self.library.words)
        return space_elsewhere(self, found)

    def _gathered(self) -> Gathered:
        """All that was found, in this process. Raises LostError."""
        gathered = Gathered(self.task, self.library)
        with self.limits.budget.held():
            gathered.gather(self._windows.pieces(0, self._count), self._marks)
            gathered.note(self._all("ends"), self._all("failing"))
        gathered.begin_levels(self._level_starts, self._end)
        gathered.stopped, gathered.growth, gathered.initial = (
            self.stopped,
            self.growth,
            self.initial,
        )
        return gathered

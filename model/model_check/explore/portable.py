"""The portable engine: breadth-first search in Python, with whole states in a dict."""

from __future__ import annotations

import sys
import time
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import NamedTuple

from ..budget.spending import StopNow
from ..machine.core import Failure
from .beginning import checked_beginnings
from .engine import NUMBER, Counters, Run, Snapshot, Task
from .memo import GrowthNeededError, PlainDifferences, differences_of
from .reduced import ReducedGraph, ReducedSteps
from .rows import Rows
from .space import Space, cut_off

__all__ = ["PortableRun"]

CHUNK = 4096
"""Limits and progress are looked at after this many states of a level: some ten milliseconds."""
SLICE = 64
"""... and the time that the search takes after this many: a spec may take long for one state."""
SLOW = 0.4
"""CPU seconds after which a search is a long one, whatever it has found: as much as compiling a
spec takes."""
TABLE_BYTES = 30
"""Bytes of a dict for each key that it has room for: at two thirds it grows to twice its size."""


class _Mark(NamedTuple):
    """Where a search is: how much there is of each."""

    states: int
    terminal: int
    reached: int
    transitions: int
    number: int
    left_out: int


class PortableRun(Run):
    """One search in Python; it can pause and go on.

    `pause`: see `Run`. Where it `hurries`, it pauses as soon as it takes long, too, wherever it is
    then; `slow` tells that it did.
    """

    def __init__(self, task: Task, pause: int | None, *, remember: bool = True) -> None:
        super().__init__(task)
        self.processes = differences_of(task.program, remember=remember)
        self.index: dict[int, int] = {}
        self.levels: list[int] = []
        self.terminal: list[int] = []
        self.transitions = 0
        self.pause = pause
        self.hurries = False
        self.slow = False
        self.note = ""
        self._reduced = ReducedSteps(task.program, task.reduction) if task.reduction else None
        self._failing: list[tuple[int, int, int]] = []
        self._goes_back = False
        self._left_out = 0
        self._number = 0
        self._parents = array("q")
        self._frontier: list[int] | None = None
        """The states of a level ..."""
        self._at = 0
        """... of which so many are expanded ..."""
        self._reached: list[int] = []
        """... and those that are new behind it."""
        self._seconds = 0.0
        """CPU time that it took so far."""

    @property
    def has_begun(self) -> bool:
        return self._frontier is not None

    @property
    def is_between_levels(self) -> bool:
        return not self._at

    @property
    def number(self) -> int:
        return self._number

    @property
    def states(self) -> list[int]:
        return list(self.index)

    @property
    def parents(self) -> Sequence[int]:
        return self._parents

    def run(self) -> Failure | None:
        """As of `Run`; after a pause, go on."""
        self.paused = False
        try:
            if self._frontier is None:
                self._frontier = self._begin()
            while self._frontier and not self.stopped:
                if self._pauses():
                    self.paused = True
                    break
                self._frontier = self._go_on(self._frontier)
                self._keep()
        except GrowthNeededError as growth:
            return self.program.machine.failures[growth.code - 1]
        return None

    def _pauses(self) -> bool:
        if self.hurries and self._seconds >= SLOW:
            self.slow = True
            return True
        return self.pause is not None and not self._at and len(self.index) >= self.pause

    def _begin(self) -> list[int]:
        for state in checked_beginnings(self.program.machine, self._first_states()):
            self._parents.append(len(self.index))
            self.index[state] = len(self.index)
        self.initial = len(self.index)
        return list(self.index)

    def _go_on(self, frontier: list[int]) -> list[int]:
        """Expand some more of a level; what is to be expanded then."""
        if not self._at:
            self.levels.append(self._number)
        end = min(self._at + SLICE, len(frontier))
        begun = time.thread_time()
        before = self._mark()
        try:
            if self._reduced is None:
                self._expand(frontier[self._at : end], self._reached)
            else:
                self._expand_reduced(self._reduced, frontier[self._at : end], self._reached)
            if end == len(frontier) or not end % CHUNK:
                self._look_up()
        except StopNow as stop:
            with self.limits.budget.held():
                self._go_back(before)
                self.stopped = stop.why
            return frontier
        self._seconds += time.thread_time() - begun
        self._at = end
        if end < len(frontier):
            return frontier
        reached, self._reached, self._at = self._reached, [], 0
        return reached

    def _look_up(self) -> None:
        """Look at the limits, and tell the progress."""
        self._settle_memories()
        found = len(self.index)
        if self.task.progress is not None:
            self.task.progress(len(self.levels) - 1, found, found - self._number)
        if self._number < found:
            more = self._more(len(self._reached))
            self.stopped = self.limits.exceeded(found, self.task.started, more)
            if not self.stopped:
                errors = sum(len(each.errors) for each in self.processes) + len(self._failing)
                self.stopped = self._at_violation(self.terminal, errors)
                self.is_final = bool(self.stopped)

    def _mark(self) -> _Mark:
        """Where the search is, between two states."""
        return _Mark(
            len(self.index),
            len(self.terminal),
            len(self._reached),
            self.transitions,
            self._number,
            self._left_out,
        )

    def _go_back(self, mark: _Mark) -> None:
        """Forget all that was done since, wherever it was left."""
        while len(self.index) > mark.states:
            self.index.popitem()
        del self._parents[mark.states :]
        del self.terminal[mark.terminal :]
        del self._reached[mark.reached :]
        self.transitions, self._number = mark.transitions, mark.number
        self._left_out = mark.left_out
        self._failing = [each for each in self._failing if each[0] < mark.number]

    # --- kept, and gone on with ------------------------------------------------------------------

    def snapshot(self, had: Mapping[str, int]) -> Snapshot | None:
        frontier = self._frontier
        if frontier is None or not self._is_whole(frontier):
            return None
        size, count, number = self._state_size, len(self.index), self._number
        known = had.get("states", 0) // size
        states = islice(self.index, known, None)
        levels = self.levels
        if not self._at and levels[-1:] != [number]:
            levels = [*levels, number]
        failing = self._failing_numbers()
        unknown = had.get("parents", 0) // NUMBER
        ends = [n for n in self.terminal if n not in failing]
        arrays = {
            "states": b"".join(state.to_bytes(size, "little") for state in states),
            "parents": _packed(self._parents[unknown:]),
            "terminal": _packed(ends[had.get("terminal", 0) // NUMBER :]),
            "errors": _packed(sorted(failing)[had.get("errors", 0) // NUMBER :]),
            "levels": _packed(levels[had.get("levels", 0) // NUMBER :]),
        }
        end = number - self._at + len(frontier)
        back = None if self._reduced is None else self._goes_back
        counters = Counters(
            size, self.initial, count, number, end, self.transitions, self._left_out, back
        )
        return Snapshot(counters, arrays)

    def _is_whole(self, frontier: list[int]) -> bool:
        """Whether the search is between two pieces of work: not where it was left in one."""
        if self._at:
            return self._number == self.levels[-1] + self._at
        return not self._reached and self._number + len(frontier) == len(self.index)

    def restore(self, counters: Counters, read: Callable[[str], Iterator[bytes]]) -> None:
        size = counters.size
        for state in _items(read("states"), size):
            self.index[state] = len(self.index)
        self._parents = array("q", _items(read("parents"), NUMBER))
        self.terminal = [*_items(read("terminal"), NUMBER)]
        self.levels = [*_items(read("levels"), NUMBER)]
        self.initial, self.transitions = counters.initial, counters.transitions
        self._left_out, self._number = counters.left_out, counters.following
        self._goes_back = counters.backward is not False
        states = self.states
        start = self.levels[-1]
        self._at = self._number - start
        if not self._at:
            self.levels.pop()  # it is begun when it is gone on with
        self._frontier = states[start : counters.level_end]
        self._reached = states[counters.level_end :]
        for number in _items(read("errors"), NUMBER):
            self._note_errors(number, states[number])

    def _note_errors(self, number: int, state: int) -> None:
        """Find again which steps of a state run into an error."""
        if self._reduced is not None:
            errors = self._reduced.of(state).errors
            self._failing += [(number, instance, code) for instance, code in errors]
        else:
            for each in self.processes:
                each[state & each.mask]

    def _failing_numbers(self) -> set[int]:
        """The expanded states in which a step runs into an error."""
        if not self._failing and not any(each.errors for each in self.processes):
            return set()
        return {number for number, _, _ in self._errors(self.states)}

    def _more(self, reached: int) -> int:
        """Bytes that are taken soon: by the states as a list, and by a larger table."""
        states = len(self.index)
        size = sys.getsizeof(self.index)
        grows = states + 2 * max(reached, CHUNK) > size // TABLE_BYTES
        return 8 * states + (2 * size if grows else 0)

    def _expand(self, states: list[int], reached: list[int]) -> None:
        # The hot loop of the portable engine: everything in locals.
        index, parents, terminal = self.index, self._parents, self.terminal
        processes = [(each.mask, each) for each in self.processes]
        faults = bool(self.program.faults)
        transitions = self.transitions
        number = self._number
        size = len(index)
        try:
            for state in states:
                found = 0
                for mask, differences in processes:
                    for difference in differences[state & mask]:
                        target = state + difference
                        found += 1
                        if target not in index:
                            index[target] = size
                            size += 1
                            parents.append(number)
                            reached.append(target)
                if not found or (faults and found == self._faults(state)):
                    terminal.append(number)
                transitions += found
                number += 1
        finally:
            self.transitions = transitions
            self._number = number

    def _expand_reduced(self, reduced: ReducedSteps, states: list[int], reached: list[int]) -> None:
        index = self.index
        for state in states:
            taken = reduced.of(state)
            number, self._number = self._number, self._number + 1
            for target, _ in taken.moves:
                self.transitions += 1
                if target not in index:
                    index[target] = len(index)
                    self._parents.append(number)
                    reached.append(target)
                self._goes_back |= index[target] <= number
            self._left_out += taken.left_out
            if taken.may_end:
                self.terminal.append(number)
            self._failing += [(number, instance, code) for instance, code in taken.errors]

    def _faults(self, state: int) -> int:
        """How much may go wrong in a state: where nothing else can happen, nothing has to, and a
        run may end there."""
        return sum(len(each[state & each.mask]) for each in self.processes if each.fault)

    def _settle_memories(self) -> None:
        for i, each in enumerate(self.processes):
            if not isinstance(each, PlainDifferences) and not each.is_worth_it(self._number):
                plain = PlainDifferences(
                    self.program.machine, each.successors, each.instance, fault=each.fault
                )
                plain.errors = each.errors
                self.processes[i] = plain

    def space(self) -> Space:
        states = self.states
        if self.levels and self.levels[-1] >= len(states):
            self.levels.pop()
        errors = self._errors(states)
        failing = {number for number, _, _ in errors}
        quiet = tuple(n for n in self.terminal if n not in failing)
        terminal, outside = cut_off(self.program, states, quiet, failing)
        unfolded = self._unfolded(states)
        return Space(
            program=self.program,
            layout=self.task.layout,
            processes=tuple(self.processes),
            states=unfolded or states,
            index=self.index,
            parents=self._parents,
            levels=self._closed_levels(len(states)),
            initial=self.initial,
            expanded=self._number,
            terminal=terminal,
            outside=outside,
            errors=errors,
            transitions=self.transitions,
            seconds=time.monotonic() - self.task.started,
            stopped=self.stopped,
            growth=self.growth,
            note=self.note,
            rows=None if self._reduced is None else self._rows(self._reduced, states),
            goes_forward=self._reduced is not None and not self._goes_back,
            reduction=self.task.reduction,
            left_out=self._left_out,
            unfolded=unfolded,
        )

    def _rows(self, reduced: ReducedSteps, states: list[int]) -> Callable[[], Rows]:
        """The transitions that were taken, once."""
        return cache(lambda: ReducedGraph(reduced, states, self._number, self.index))

    def _closed_levels(self, states: int) -> tuple[int, ...]:
        # A search that stopped inside a level has found part of the next one.
        levels = self.levels or [0]
        if self.stopped:
            last = levels[-1]
            following = next(
                (i for i in range(max(last, self.initial), states) if self._parents[i] >= last),
                None,
            )
            if following is not None:
                return (*levels, following)
        return tuple(levels)

    def _errors(self, states: list[int]) -> tuple[tuple[int, int, int], ...]:
        found = [*self._failing]
        for each in self.processes:
            if each.errors:
                codes: dict[int, list[int]] = {}
                for key, code in dict.fromkeys(each.errors):
                    codes.setdefault(key, []).append(code)
                found += [
                    (number, each.instance, code)
                    for number in range(self._number)
                    for code in codes.get(states[number] & each.mask, ())
                ]
        return tuple(sorted(found))


def _packed(numbers: Sequence[int]) -> bytes:
    """Numbers of states as they are kept."""
    packed = array("I", numbers)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def _items(pieces: Iterator[bytes], size: int) -> Iterator[int]:
    """Numbers of `size` bytes each, out of pieces that end anywhere."""
    left = b""
    for piece in pieces:
        data = left + piece
        whole = len(data) - len(data) % size
        for at in range(0, whole, size):
            yield int.from_bytes(data[at : at + size], "little")
        left = data[whole:]

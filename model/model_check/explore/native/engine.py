"""The native search: the loop around the kernel, and what it found as a `Space`.

It numbers states exactly as the portable search does, so traces, counts and verdicts are
the same; the user sees no difference but speed.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Sequence

from ...machine.core import Failure
from ...machine.generate import Program
from ...machine.shapes import Layout
from ..growth import repetition
from ..limits import Limits, Progress, memory_available, memory_in_use
from ..memo import differences_of
from ..space import Growth, Space
from .kernel import (
    BATCH,
    COUNT,
    ERROR_COUNT,
    ERRORS,
    FAILED,
    FAILURE,
    GROWTH,
    HASHES,
    NEXT,
    NO_ROOM,
    OUT,
    PARENTS,
    ROOM,
    SHIFT,
    SOURCES,
    STATES,
    STOP,
    TABLE,
    TERMINAL,
    TERMINALS,
    TRANSITIONS,
)
from .library import Library
from .memory import NUMBER, Memory, Numbers, States, reserve

__all__ = ["NativeRun"]

MOST_STATES = (1 << 32) - (1 << 20)
"""States have 32-bit numbers; a batch more must always fit."""
FIRST_TABLE = 16
SMALL_TABLE = 22
FULL = 0.6
"""A table fuller than this grows: fourfold while it is small, then twofold."""
CHUNK = 1 << 17
"""States between two looks at the limits: some ten milliseconds."""
SPARE = 0.9
"""Of the memory that is free, what a search may take if nobody set a limit."""
ERRORS_TOLD = 1000
CONTEXT = 32


class NativeRun:
    """One native search of one machine."""

    def __init__(
        self,
        program: Program,
        layout: Layout,
        library: Library,
        limits: Limits,
        progress: Progress | None,
        started: float,
    ) -> None:
        self.program = program
        self.layout = layout
        self.library = library
        self.limits = limits
        self.progress = progress
        self.started = started
        self.stopped = ""
        self.levels: list[int] = []
        self.initial = 0
        self._context = (ctypes.c_int64 * CONTEXT)()
        self._bits = FIRST_TABLE
        self._states = reserve(MOST_STATES * 8 * library.words)
        self._parents = reserve(MOST_STATES * NUMBER)
        self._terminal = reserve(MOST_STATES * NUMBER)
        self._errors = reserve(MOST_STATES * NUMBER)
        self._table = Memory(8 << self._bits)
        room = BATCH + library.most + 1
        self._out = (ctypes.c_int64 * (room * library.words))()
        self._sources = (ctypes.c_int64 * room)()
        self._hashes = (ctypes.c_int64 * room)()
        self._failed = (ctypes.c_int64 * 1)()
        failures = program.machine.failures
        self._growth = (ctypes.c_int64 * (len(failures) + 1))()
        for failure in failures:
            self._growth[failure.code] = failure.kind == "growth"
        for place, address in (
            (STATES, self._states.address),
            (PARENTS, self._parents.address),
            (TERMINAL, self._terminal.address),
            (ERRORS, self._errors.address),
            (OUT, ctypes.addressof(self._out)),
            (SOURCES, ctypes.addressof(self._sources)),
            (HASHES, ctypes.addressof(self._hashes)),
            (FAILED, ctypes.addressof(self._failed)),
            (GROWTH, ctypes.addressof(self._growth)),
        ):
            self._set(place, address)
        available = memory_available()
        self._memory_limit = limits.max_memory
        if self._memory_limit is None and available is not None:
            self._memory_limit = (memory_in_use() or 0) + int(SPARE * available)

    def _get(self, place: int) -> int:
        return int(self._context[place // 8])

    def _set(self, place: int, value: int) -> None:
        self._context[place // 8] = value

    @property
    def number(self) -> int:
        """The state being expanded, or the next one."""
        return self._get(NEXT)

    def run(self) -> Failure | None:
        """Search until everything is explored or a limit stops it; the failure, if a
        variable needs more room."""
        self._begin()
        while self._get(NEXT) < self._get(COUNT) and not self.stopped:
            start, end = self._get(NEXT), self._get(COUNT)
            self.levels.append(start)
            while self._get(NEXT) < end and not self.stopped:
                self._set(STOP, min(end, self._get(NEXT) + CHUNK))
                answer = self.library.run(ctypes.addressof(self._context))
                if answer == FAILURE:
                    return self.program.machine.failures[self._failed[0] - 1]
                if answer == NO_ROOM:
                    self._make_room()
                self._look_up()
        return None

    def _begin(self) -> None:
        found: list[int] = []
        self.program.initial(found)
        size = 8 * self.library.words
        unique = list(dict.fromkeys(found))
        for number, state in enumerate(unique):
            where = number * size
            self._states.map[where : where + size] = state.to_bytes(size, "little")
            self._parents.map[number * NUMBER : (number + 1) * NUMBER] = number.to_bytes(
                NUMBER, "little"
            )
        self.initial = len(unique)
        self._set(COUNT, len(unique))
        while FULL * (1 << self._bits) < 2 * len(unique):
            self._bits += 1
        self._table.close()
        self._table = Memory(8 << self._bits)
        self._use_table()

    def _use_table(self) -> None:
        self._set(TABLE, self._table.address)
        self._set(SHIFT, 64 - self._bits)
        arrays = min(
            self._states.size // (8 * self.library.words),
            min(m.size for m in (self._parents, self._terminal, self._errors)) // NUMBER,
        )
        self._set(ROOM, min(int(FULL * (1 << self._bits)), arrays, MOST_STATES))
        self.library.rehash(ctypes.addressof(self._context))

    def _make_room(self) -> None:
        """A larger table, or the end of the search where there can be none."""
        if int(FULL * (1 << self._bits)) > self._get(ROOM):
            self.stopped = f"{self._get(COUNT):,} states are as many as there is room for"
            return
        bits = self._bits + (2 if self._bits < SMALL_TABLE else 1)
        limit = self._memory_limit
        if limit is not None and (memory_in_use() or 0) + (8 << bits) > limit:
            self.stopped = f"the memory limit of {limit >> 20:,} MB was reached"
            return
        try:
            table = Memory(8 << bits)
        except (OSError, ValueError, OverflowError):
            self.stopped = "the system has no more memory"
            return
        self._table.close()
        self._table, self._bits = table, bits
        self._use_table()

    def _look_up(self) -> None:
        """Tell the progress, and stop at a limit."""
        states, waiting = self._get(COUNT), self._get(COUNT) - self._get(NEXT)
        if self.progress is not None:
            self.progress(len(self.levels) - 1, states, waiting)
        if waiting and not self.stopped:
            self.stopped = self.limits.exceeded(states, self.started)
            limit = self._memory_limit
            if not self.stopped and limit is not None and (memory_in_use() or 0) > limit:
                self.stopped = f"the memory limit of {limit >> 20:,} MB was reached"

    def path(self, number: int) -> list[int]:
        """The numbers of the states on a shortest trace to a state, initial first."""
        parents = Numbers(self._parents, self._get(COUNT))
        path = [number]
        while path[-1] >= self.initial:
            path.append(parents[path[-1]])
        path.reverse()
        return path

    def repetition(self) -> int | None:
        """The state at which the way to the one that needs more room has repeated itself."""
        states = States(self._states, self.library.words, self._get(COUNT))
        path = self.path(self.number)
        place = repetition(self.program.machine, [states[i] for i in path], len(states))
        return None if place is None else path[place]

    def close(self) -> None:
        """Give the memory back; spaces of this run can no longer be read."""
        for each in (self._states, self._parents, self._terminal, self._errors, self._table):
            each.close()

    def space(self, growth: Growth | None) -> Space:
        """What was explored."""
        count = self._get(COUNT)
        states = States(self._states, self.library.words, count)
        levels = list(self.levels)
        if self.stopped and levels and self._get(NEXT) < count:
            following = self._first_of_next_level(levels[-1], count)
            if following is not None:
                levels.append(following)
        processes = tuple(differences_of(self.program))
        return Space(
            self.program, self.layout, processes, states, _Index(self, count),
            Numbers(self._parents, count), tuple(levels), self.initial, self.number,
            Numbers(self._terminal, self._get(TERMINALS)), self._told_errors(states),
            self._get(TRANSITIONS), time.monotonic() - self.started, self.stopped, growth,
            self.scan,
        )  # fmt: skip

    def _first_of_next_level(self, start: int, count: int) -> int | None:
        parents = Numbers(self._parents, count)
        low, high = max(start, self.initial), count
        # Parents ascend, so the first state found from this level on is found by halving.
        while low < high:
            middle = (low + high) // 2
            if parents[middle] >= start:
                high = middle
            else:
                low = middle + 1
        return low if low < count else None

    def _told_errors(self, states: Sequence[int]) -> tuple[tuple[int, int, int], ...]:
        """(state, instance, code) of the first failing steps, found again in Python."""
        numbers = Numbers(self._errors, self._get(ERROR_COUNT))
        found = []
        for number in numbers[:ERRORS_TOLD]:
            for instance, successors in enumerate(self.program.successors):
                out: list[int] = []
                successors(states[number], out)
                found += [(number, instance, -target) for target in out if target < 0]
        return tuple(sorted(set(found)))

    def scan(self, name: str, wrong: int) -> Sequence[int] | None:
        """The numbers of the states in which a property has the value `wrong` or cannot be
        evaluated, ascending; None for a property that was not compiled."""
        if name not in self.library.scans:
            return None
        count = self._get(COUNT)
        room = Memory(max(count, 1) * NUMBER)
        found = self.library.scans[name](self._states.address, 0, count, wrong, room.address)
        return Numbers(room, found)


class _Index:
    """The number of a state, found by the kernel."""

    def __init__(self, run: NativeRun, count: int) -> None:
        self._run = run
        self._count = count
        self._state = (ctypes.c_int64 * run.library.words)()

    def __len__(self) -> int:
        return self._count

    def get(self, state: int, default: int = -1) -> int:
        """The state's number, or `default`."""
        for i in range(len(self._state)):
            self._state[i] = _signed(state >> (64 * i))
        run = self._run
        found = run.library.find(ctypes.addressof(run._context), ctypes.addressof(self._state))
        return default if found < 0 else int(found)

    def __getitem__(self, state: int) -> int:
        found = self.get(state)
        if found < 0:
            raise KeyError(state)
        return found


def _signed(word: int) -> int:
    word &= (1 << 64) - 1
    return word - (1 << 64) if word >> 63 else word

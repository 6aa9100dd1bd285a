"""The native search: the loop around the kernel, and what it found as a `Space`.

It numbers states exactly as the portable search does, with any number of threads, so
traces, counts and verdicts are the same; the user sees no difference but speed.
"""

from __future__ import annotations

import ctypes
import threading
import time
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence

from ...budget.memory import MEGABYTE, is_beyond, most_memory
from ...budget.spending import StopNow
from ...machine.core import Failure
from ..engine import NUMBER, Counters, Run, Snapshot, Task
from ..limits import Limits
from ..memo import Differences, differences_of
from ..space import Sort, Space, cut_off
from . import places as k
from .batches import Batches
from .library import Library
from .memory import Arena, Memory, Numbers, Rooms, States
from .questions import Found, Questions, scanned
from .transitions import Explored

__all__ = ["MORE", "MOST_STATES", "NativeRun", "found_again"]

MOST_STATES = (1 << 32) - (1 << 20)
"""States have 32-bit numbers; a batch more must always fit."""
FIRST_TABLE = 16
SMALL_TABLE = 22
FULL = 0.65
"""A table fuller than this grows: fourfold while it is small, then twofold."""
FIRST_CHUNK = 1 << 10
CHUNK = 1 << 18
"""States between two looks at the limits: some ten milliseconds; fewer at the beginning, so
that a small limit is kept too."""
WIDE = 2000
"""A level of fewer states is not worth waking other threads for."""
MORE = 4
"""Times as many successors of one state find room, when there was too little."""
LONG = 4.0
"""A search that took this many times as long as compiling is worth better code: compiling that
takes about twice as long, which is what it would have saved by then."""
ALONE = 1 << 62
"""For one thread no level is wide."""


class NativeRun(Run):
    """One search in native code, by `workers` threads.

    `arena`: memory of an earlier search, whose space is of no use any more; it is used again
    where states have the same size, and given back where they have not.
    """

    def __init__(
        self, task: Task, library: Library, *, workers: int = 1, arena: Arena | None = None
    ) -> None:
        super().__init__(task)
        self.library = library
        self.workers = workers
        self._size = 8 * library.words
        if arena is not None and arena.size != self._size:
            arena.close()
            arena = None
        self.arena = arena or self._new_arena()
        self._context = (ctypes.c_int64 * (k.CONTEXT_SIZE // 8))()
        self._bits = FIRST_TABLE
        self._has_table = False
        self._searched = 0.0
        """CPU seconds of this thread."""
        self.rooms = Rooms()
        """Where memory comes from for what is asked of the search."""
        for place, value in (
            (k.STATES, self.arena.states.address),
            (k.PARENTS, self.arena.parents.address),
            (k.TABLE, self.arena.table.address),
            (k.TERMINAL, self.arena.terminal.address),
            (k.ERRORS, self.arena.errors.address),
            (k.LEVELS, self.arena.levels.address),
            (k.EXPAND, library.expand),
            (k.WIDE, WIDE if workers > 1 else ALONE),
        ):
            self._set(place, value)
        self._use_batches()
        asked = task.limits.memory
        self._memory_limit = most_memory() if asked is None else asked

    def _new_arena(self) -> Arena:
        return Arena(self._size, MOST_STATES)

    def _use_batches(self) -> None:
        self._batches = Batches(self.library, self.workers)
        self._set(k.BATCHES, self._batches.address)
        self._set(k.RING, self._batches.ring)
        self._set(k.EACH, self._batches.each)

    def _get(self, place: int) -> int:
        return int(self._context[place // 8])

    def _set(self, place: int, value: int) -> None:
        self._context[place // 8] = value

    @property
    def _address(self) -> int:
        return ctypes.addressof(self._context)

    @property
    def number(self) -> int:
        return self._get(k.NEXT)

    @property
    def states(self) -> States:
        return States(self.arena.states, self.library.words, self._sure)

    @property
    def parents(self) -> Numbers:
        return Numbers(self.arena.parents, self._sure)

    @property
    def _sure(self) -> int:
        """States that are known to be new ones: of all, if nothing is doubted."""
        return self._get(k.COUNT)

    def run(self) -> Failure | None:
        budget = self.limits.budget
        self.paused = False
        try:
            if not self.has_begun:
                self._begin()
            while self._get(k.NEXT) < self._get(k.COUNT) and not self.stopped:
                if self.pause is not None and self._pauses(self.pause):
                    self.paused = True
                    break
                begun = time.thread_time()
                # Between two batches all is well; in the middle of one nothing is.
                with budget.held(), budget.halting(self._halt):
                    answer = self._expand_some()
                self._searched += time.thread_time() - begun
                if answer == k.FAILURE and self._get(k.LACKED) == k.NO_SUCCESSOR_ROOM:
                    with budget.held():
                        self._make_successor_room()
                elif answer == k.FAILURE:
                    return self.program.machine.failures[self._get(k.LACKED) - 1]
                if answer in (k.NO_ROOM, k.IN_DOUBT):
                    with budget.held():
                        self._make_room()
                self._look_up()
                self._keep()
        except StopNow as stop:
            if not self.has_begun:
                raise
            self.stopped = stop.why
        return None

    @property
    def has_begun(self) -> bool:  # ... and a table to find it in
        return self._has_table

    @property
    def is_between_levels(self) -> bool:
        levels = Numbers(self.arena.levels, self._get(k.LEVEL_COUNT))
        return levels[-1] == self._get(k.NEXT)

    def _pauses(self, pause: int) -> bool:
        return self._get(k.COUNT) >= pause and self.is_between_levels

    def _halt(self) -> None:
        """Have the kernel come back after the batch it is at."""
        self._set(k.STOP, 0)
        self._set(k.ANSWER, k.HALTED)

    def _expand_some(self) -> int:
        """Expand at most CHUNK states; what the kernel answers."""
        start, end = self._get(k.NEXT), self._get(k.LEVEL_END)
        chunk = self._chunk
        if self.workers == 1 or end - start < WIDE:
            self._set(k.STOP, start + chunk if self.pause is None else min(start + chunk, end))
            return self.library.kernel.run(self._address)
        self._set(k.STOP, min(end, start + chunk))
        for place, value in (
            (k.BASE, start), (k.CLAIMED, 0), (k.TURN, 0), (k.LOCK, 0), (k.ANSWER, k.DONE),
        ):  # fmt: skip
            self._set(place, value)
        self._batches.forget()
        # Asked for here, so that no two threads compile it.
        work = self.library.kernel.work
        others = [threading.Thread(target=self._work, args=(work,)) for _ in range(1, self.workers)]
        for each in others:
            each.start()
        self._work(work)
        for each in others:
            each.join()
        return self._get(k.ANSWER)

    @property
    def _chunk(self) -> int:
        """States that are expanded before the limits are looked at."""
        return min(max(self._get(k.NEXT) // 4, FIRST_CHUNK), CHUNK)

    def _work(self, work: Callable[[int], int]) -> None:
        while work(self._address) == k.BUSY:
            time.sleep(0)

    def _begin(self) -> None:
        size = self._size
        unique = list(dict.fromkeys(self._first_states()))
        for number, state in enumerate(unique):
            where = number * size
            self.arena.states.map[where : where + size] = state.to_bytes(size, "little")
            self.arena.parents.map[number * NUMBER : (number + 1) * NUMBER] = number.to_bytes(
                NUMBER, "little"
            )
        self.initial = len(unique)
        self._set(k.COUNT, len(unique))
        self._set(k.LEVEL_END, len(unique))
        self._set(k.LEVEL_COUNT, 1)
        self.arena.levels.map[:NUMBER] = bytes(NUMBER)
        self._use_first_table()

    def _use_first_table(self) -> None:
        while FULL * (1 << self._bits) < 2 * self._get(k.COUNT):
            self._bits += 1
        self._use_table()
        self._has_table = True

    # --- kept, and gone on with ------------------------------------------------------------------

    def snapshot(self, had: Mapping[str, int]) -> Snapshot | None:
        """What it gives is the memory of the search itself, of which no more is written again."""
        counters = Counters(
            self._size, self.initial, self._get(k.COUNT), self._get(k.NEXT),
            self._get(k.LEVEL_END), self._get(k.TRANSITIONS), self._get(k.LEFT_OUT),
            bool(self._get(k.BACKWARD)),
        )  # fmt: skip
        arrays = {
            name: memoryview(memory.map)[had.get(name, 0) : size * self._get(place)]
            for name, (memory, size, place) in self._arrays().items()
        }
        return Snapshot(counters, arrays)

    def _arrays(self) -> dict[str, tuple[Memory, int, int]]:
        """Each array that is kept: its memory, the bytes of an item, and where their count is."""
        arena = self.arena
        return {
            "states": (arena.states, self._size, k.COUNT),
            "parents": (arena.parents, NUMBER, k.COUNT),
            "terminal": (arena.terminal, NUMBER, k.TERMINALS),
            "errors": (arena.errors, NUMBER, k.ERROR_COUNT),
            "levels": (arena.levels, NUMBER, k.LEVEL_COUNT),
        }

    def restore(self, counters: Counters, read: Callable[[str], Iterator[bytes]]) -> None:
        each = self._size + NUMBER + int(self.library.kernel.slot / FULL)
        if self._is_over(counters.count * each) or counters.count > self.arena.room:
            raise StopNow(self.stopped or "there is no address space for what was explored")
        for name, (memory, size, place) in self._arrays().items():
            at = 0
            for piece in read(name):
                memory.map[at : at + len(piece)] = piece
                at += len(piece)
            self._set(place, at // size)
        self._be_at(counters)
        with self.limits.budget.held():
            self._use_first_table()

    def _be_at(self, counters: Counters) -> None:
        self.initial = counters.initial
        for place, value in (
            (k.NEXT, counters.following),
            (k.LEVEL_END, counters.level_end),
            (k.TRANSITIONS, counters.transitions),
            (k.LEFT_OUT, counters.left_out),
            (k.BACKWARD, int(counters.backward is not False)),
        ):
            self._set(place, value)

    def _use_table(self) -> None:
        self.arena.clear_table(self.library.kernel.slot << self._bits)
        self._set(k.SHIFT, 64 - self._bits)
        self._set(k.ROOM, min(int(FULL * (1 << self._bits)), self.arena.room, MOST_STATES))
        self.library.kernel.rehash(self._address)

    def _make_room(self) -> None:
        """A larger table, or the end of the search where there can be none."""
        bits = self._bits + (2 if self._bits < SMALL_TABLE else 1)
        size = self.library.kernel.slot << bits
        if int(FULL * (1 << self._bits)) > self._get(k.ROOM) or size > self.arena.table.size:
            self.stopped = f"{self._get(k.COUNT):,} states are as many as there is room for"
            self.is_final = True
            return
        more = size - (self.library.kernel.slot << self._bits)
        if self._is_over(more):
            return
        self._bits = bits
        self._use_table()

    def _make_successor_room(self) -> None:
        """Room for more successors of one state, or the end of the search."""
        library = self.library
        each = library.words * 8 + NUMBER + 8
        if self._is_over(MORE * library.most * each * (1 + self._batches.ring)):
            return
        library.most *= MORE
        self._use_batches()

    def _look_up(self) -> None:
        """Tell the progress, and stop at a limit."""
        states, waiting = self._get(k.COUNT), self._get(k.COUNT) - self._get(k.NEXT)
        if waiting and self._searched >= LONG * self.library.seconds:
            self.library.improve()
            self._set(k.EXPAND, self.library.expand)
        if self.task.progress is not None:
            self.task.progress(self._get(k.LEVEL_COUNT) - 1, states, waiting)
        if waiting and not self.stopped:
            self.stopped = self.limits.exceeded(states, self.task.started)
            if not self.stopped:
                terminal = Numbers(self.arena.terminal, self._get(k.TERMINALS))
                self.stopped = self._at_violation(terminal, self._get(k.ERROR_COUNT), self.scan)
                self.is_final = bool(self.stopped)
            if not self.stopped:
                self._is_over()

    def _is_over(self, more: int = 0) -> bool:
        """Whether the memory in use, and `more` bytes, are above the limit: the search stops."""
        limit = self._memory_limit
        if limit is None or not is_beyond(limit, more):
            return False
        self.stopped = f"the memory limit of {limit // MEGABYTE:,} MB was reached"
        return True

    def space(self) -> Space:
        count, states = self._get(k.COUNT), self.states
        processes = tuple(differences_of(self.program))
        questions = self._questions(self.limits)
        quiet = Numbers(self.arena.terminal, self._get(k.TERMINALS))
        # The search may have ended at a limit: what it found is told all the same.
        sort = self._questions(Limits()).alike
        failing_states = Numbers(self.arena.errors, self._get(k.ERROR_COUNT))
        errors = found_again(failing_states, states, processes, sort)
        failing = [number for number, _, _ in errors]
        terminal, outside = cut_off(self.program, states, quiet, failing, sort)
        unfolded = self._unfolded(states)
        return Space(
            program=self.program,
            layout=self.task.layout,
            processes=processes,
            states=unfolded or states,
            index=_KernelIndex(self, count),
            parents=self.parents,
            levels=self._levels(),
            initial=self.initial,
            expanded=self.number,
            terminal=terminal,
            outside=outside,
            errors=errors,
            transitions=self._get(k.TRANSITIONS),
            seconds=time.monotonic() - self.task.started,
            stopped=self.stopped,
            growth=self.growth,
            scan=questions.scan,
            locate=self._locate,
            letters=questions.letters,
            wrong_steps=questions.wrong_steps,
            happening=questions.happening,
            rows=lambda: questions.rows,
            sort=questions.alike,
            fewest_changes=questions.fewest_changes,
            goes_forward=not self._get(k.BACKWARD),
            reduction=self.task.reduction,
            left_out=self._get(k.LEFT_OUT),
            unfolded=unfolded,
        )

    def scan(self, name: str, wrong: int, first: int) -> Sequence[int] | None:
        """See `Space.scan`, of the states found so far."""
        part = range(first, self._sure)
        return scanned(self.library, self.arena.states.address, name, wrong, part, self.rooms)

    def _questions(self, limits: Limits) -> Questions:
        """What can be asked of the space, within some limits."""
        states, waiting = self._get(k.COUNT), self._get(k.COUNT) - self._get(k.NEXT)
        tell = self.task.progress or _not_told
        explored = Explored(
            self._address, states, self.number, self.initial, self._levels(),
            self._get(k.TRANSITIONS),
        )  # fmt: skip
        depth = len(explored.levels) - 1
        address = self.arena.states.address
        found = Found(
            self.library, explored, address, limits, lambda: tell(depth, states, waiting),
            self.rooms, self._sort_out,
        )  # fmt: skip
        return Questions(found)

    def _sort_out(self) -> None:
        """Be ready for many states to be looked for."""

    def _locate(self, states: Sequence[int]) -> array[int]:
        """The numbers of many states."""
        size = self._size
        packed = ctypes.create_string_buffer(
            b"".join([each.to_bytes(size, "little") for each in states])
        )
        found = array("I", [0]) * len(states)
        self.library.kernel.find_all(
            self._address, ctypes.addressof(packed), len(states), found.buffer_info()[0]
        )
        return found

    def _levels(self) -> tuple[int, ...]:
        count, end = self._get(k.COUNT), self._get(k.LEVEL_END)
        levels = Numbers(self.arena.levels, self._get(k.LEVEL_COUNT))[:]
        if levels[-1] == count:
            levels.pop()
        elif end < count:
            # A search that stopped inside a level has found part of the next one.
            levels.append(end)
        return tuple(levels)


def found_again(
    numbers: Sequence[int], states: Sequence[int], processes: Sequence[Differences], sort: Sort
) -> tuple[tuple[int, int, int], ...]:
    """(state, instance, code) of all failing steps of some states, found again in Python; what a
    step does is the same wherever what it reads is."""
    found = []
    for each in processes if len(numbers) else ():
        alike = sort(each.mask, numbers, None)
        assert alike is not None, "any number of classes was asked for"
        codes = []
        for one in range(len(alike)):
            out: list[int] = []
            each.successors(states[alike.first(one)] & each.mask, out)
            codes.append({-target for target in out if target < 0})
        if any(codes):
            found += [
                (number, each.instance, code)
                for number, one in zip(numbers, alike.of, strict=True)
                for code in codes[one]
            ]
    return tuple(sorted(found))


def _not_told(depth: int, states: int, waiting: int) -> None:
    """Nobody asked for the progress."""


class _KernelIndex:
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
            self._state[i] = state >> (64 * i)  # ctypes takes the lowest 64 bits
        run = self._run
        found = run.library.kernel.find(
            ctypes.addressof(run._context), ctypes.addressof(self._state)
        )
        return default if found < 0 else int(found)

    def __getitem__(self, state: int) -> int:
        found = self.get(state)
        if found < 0:
            raise KeyError(state)
        return found

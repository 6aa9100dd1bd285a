"""The native search where memory is not enough: its arrays are files, and its table holds the last
states alone (see `doubting`). It numbers states as every other search does.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from ....budget.disk import Room, takes_room
from ....budget.memory import EARLY, MEGABYTE, giving_back, memory_in_use
from ....budget.spending import StopNow
from ....language.records import replace
from ...engine import Counters, Snapshot, Task
from ...space import Space
from ...stored.directory import Directory
from .. import places as k
from ..engine import CHUNK, FULL, MOST_STATES, NativeRun
from ..library import FULL_SLOT, Library
from ..memory import NUMBER, Arena, Numbers
from .filtering import BLOCK
from .mapped import FileArena, if_there_is_room, no_room
from .rooms import FileRooms
from .runs import Doubts, RunsOnDisk

__all__ = ["DiskRun", "Shares", "shares_of"]

SPARE = EARLY + 0.06
"""The share of the memory that is left for parts of files, and for what is not planned ..."""
LEAST_SPARE = 32 * MEGABYTE
"""... at least."""
FOR_WINDOW = 0.7
"""The share of the rest that the window may take; the filter has what is left then."""
KEPT = 0.5
"""Of a full window, this part stays in memory when the rest is spilled ..."""
WORTH = 0.125
"""... if that is at least so much of a full one."""
MOST_DOUBTS = 1 << 20
DOUBTS_FOR = 16
"""Room for one doubted state, for so many states of the window."""
RECALLING = 1 << 13
"""States that are expanded before the memory is looked at, once some are on disk."""
LEAST_BATCHES = 4
"""A window holds at least as many states as so many batches."""
SMALLEST_TABLE = 8
UNKNOWN_MEMORY = 2 << 30
"""Where the system tells nothing of its memory."""


class Shares(NamedTuple):
    """What a search on disk has in memory: a table of at most 2**bits slots for `window` states,
    a filter of so many blocks, and room for `doubts`."""

    bits: int
    window: int
    blocks: int
    doubts: int


def shares_of(memory: int, size: int, largest: int) -> Shares:
    """How to use so many bytes of memory for states of `size` bytes; a batch finds at most so many
    new ones."""
    bits = SMALLEST_TABLE
    while FULL * (1 << bits) < LEAST_BATCHES * largest:
        bits += 1
    while _taken(bits + 1, size) <= FOR_WINDOW * memory:
        bits += 1
    window = int(FULL * (1 << bits))
    doubts = max(2 * largest, min(MOST_DOUBTS, window // DOUBTS_FOR))
    rest = memory - _taken(bits, size) - Doubts.bytes_of(doubts)
    return Shares(bits, window, max(rest // BLOCK, 1 << SMALLEST_TABLE), doubts)


def _taken(bits: int, size: int) -> int:
    """Bytes that a window takes: its table, and its states and their parents in memory."""
    return (FULL_SLOT << bits) + int(FULL * (1 << bits)) * (size + NUMBER)


class DiskRun(NativeRun):
    """One search in native code, by `workers` threads, in a folder. Raises OSError where the
    system gives no memory, or the disk no room."""

    arena: FileArena
    rooms: FileRooms

    def __init__(
        self,
        task: Task,
        library: Library,
        directory: Directory,
        *,
        workers: int = 1,
        arena: Arena | None = None,
        shares: Shares | None = None,
    ) -> None:
        """`shares`: of memory; None: as the limit says."""
        self._directory = directory
        super().__init__(task, library, workers=workers, arena=arena)
        self._asked = shares
        self._plan()
        giving_back(self._drop_older)
        giving_back(self._drop_runs)
        giving_back(self.arena.drop)
        limit = self._memory_limit
        self.rooms = FileRooms(directory.path, UNKNOWN_MEMORY if limit is None else limit)
        takes_room(self._room)

    def _room(self) -> Room:
        """What the search takes of the disk, and what is free there."""
        there = os.statvfs(self._directory.path)
        return Room(self.on_disk + self.rooms.on_disk, there.f_bavail * there.f_frsize)

    def _plan(self) -> None:
        """Share the memory that is left, now that nothing of it is used yet."""
        self._shares = self._with_room_for_batches(self._asked or self._planned())
        kernel, blocks = self.library.kernel, self._shares.blocks
        self._runs = RunsOnDisk(self._directory.path, kernel, self._address, blocks)
        for where, value in (
            (k.WINDOW, 0),
            (k.FILTER, self._runs.filter.address),
            (k.BLOCKS, self._runs.blocks),
            (k.RUNS, self._runs.address),
        ):
            self._set(where, value)
        self._use_doubts(self._shares.doubts)

    def _new_arena(self) -> Arena:
        return FileArena(self._size, MOST_STATES, self._directory)

    def _planned(self) -> Shares:
        limit = self._memory_limit
        limit = UNKNOWN_MEMORY if limit is None else limit
        left = limit - (memory_in_use() or 0)
        left -= max(LEAST_SPARE, int(SPARE * limit))
        return shares_of(max(left, 0), self._size, self._batches.largest)

    @property
    def runs(self) -> int:
        """How many runs there are on disk."""
        return self._runs.count

    @property
    def on_disk(self) -> int:
        """Bytes of room that the search takes on disk."""
        return self.arena.on_disk + self._runs.on_disk

    # --- between two batches ---------------------------------------------------------------------

    @property
    def _sure(self) -> int:
        doubted = self._get(k.DOUBTED)
        return Numbers(self._doubts.memory, doubted)[0] if doubted else self._get(k.COUNT)

    @property
    def _chunk(self) -> int:
        # What the table recalls of older states is compared with them, wherever they are.
        return min(super()._chunk, RECALLING if self._runs.count else CHUNK)

    def _expand_some(self) -> int:
        more = self._chunk + k.SOURCES_AT_ONCE
        counts = (k.TERMINALS, k.ERROR_COUNT, k.LEVEL_COUNT)
        try:
            for file, count in zip(self.arena.files[2:], counts, strict=True):
                file.grow((self._get(count) + more) * NUMBER)
        except OSError as error:
            self.stopped = self._no_room(error)
            return k.HALTED
        return super()._expand_some()

    def _begin(self) -> None:
        """Raises StopNow where the disk has no room."""
        try:
            if self.task.keeper is not None:
                self.task.keeper.takes(self)
            self.arena.cut([0] * len(self.arena.files))
            self._make_file_room(len(self._first_states()) + self._batches.largest)
            self.arena.levels.grow(NUMBER)
        except OSError as error:
            raise StopNow(self._no_room(error)) from error
        super()._begin()
        self._set_room()

    def _look_up(self) -> None:
        most = self.limits.max_states
        if most is not None and self._get(k.COUNT) >= most:
            with self.limits.budget.held():
                self._settle_doubts()
        super()._look_up()

    def _settle_doubts(self) -> None:
        """Take those of the new states out that are old ones."""
        if self._get(k.DOUBTED):
            kernel = self.library.kernel
            kernel.doubting["gather"](self._address)
            for number in range(self._runs.count):
                # Few at a time: each may have 64 KB of a file be read into memory, or three times.
                while not kernel.spilling["look_up"](self._address, number):
                    self.rooms.relieve()
                kernel.doubting["sort_found"](self._address)
                while not kernel.doubting["compare_some"](self._address):
                    self.rooms.relieve()
            kernel.doubting["remove"](self._address)
            self._set(k.RESOLVED, 0)
            self.rooms.relieve()
            self._set_room()

    def _make_room(self) -> None:
        """What is doubted is settled. Then there is room for a batch: in the files, and in the
        table, which grows as long as it may; then its oldest states go to disk."""
        self._settle_doubts()
        if self._get(k.NEXT) == self._get(k.LEVEL_END):
            self.library.kernel.doubting["close_level"](self._address)
        wanted = self._get(k.COUNT) + self._batches.largest
        if wanted > min(MOST_STATES, self.arena.room):
            self.stopped = f"{self._get(k.COUNT):,} states are as many as there is room for"
            self.is_final = True
            return
        try:
            while wanted > self._table_room and not self.stopped:
                self._make_table_room()
            self._make_file_room(wanted)
        except OSError as error:
            self.stopped = self._no_room(error)
        self._set_room()

    @property
    def _table_room(self) -> int:
        """States that the table has room for, with all that went to disk."""
        most = min(int(FULL * (1 << self._bits)), self._shares.window)
        return self._get(k.WINDOW) + most - self._get(k.RECALLED)

    def _make_table_room(self) -> None:
        if self._bits < self._shares.bits:
            self._bits = min(self._bits + 2, self._shares.bits)
            self._use_table()
            return
        held, window = self._get(k.COUNT) - self._get(k.WINDOW), self._shares.window
        more = held - int(KEPT * window)
        if more >= WORTH * window and not self._spilled(more):
            return
        # What the table recalled of older states goes in any case.
        self._set(k.RECALLED, 0)
        self._use_table()
        self._drop_older()

    def _spilled(self, more: int) -> bool:
        """Move the oldest states of the window to disk; whether nothing stopped that. The table
        still has them. Raises OSError where the disk has no room."""
        until = self._get(k.WINDOW) + more
        if not self._runs.spill(more, until, self._why_to_stop):
            self.stopped = self._why_to_stop()
            return False
        self._set(k.WINDOW, until)
        with if_there_is_room():  # to merge
            self._runs.merge(self._why_to_stop)
        self._set(k.RUNS, self._runs.address)
        self._set(k.RUN_COUNT, self._runs.count)
        return True

    def _make_file_room(self, wanted: int) -> None:
        self.arena.states.grow(wanted * self._size)
        self.arena.parents.grow(wanted * NUMBER)

    def _set_room(self) -> None:
        in_files = min(self.arena.states.had // self._size, self.arena.parents.had // NUMBER)
        self._set(k.ROOM, min(in_files, self._table_room, self.arena.room, MOST_STATES))

    def _make_successor_room(self) -> None:
        self._settle_doubts()
        super()._make_successor_room()
        self._shares = self._with_room_for_batches(self._shares)
        if self._doubts.room < self._shares.doubts:
            self._use_doubts(self._shares.doubts)

    def _with_room_for_batches(self, shares: Shares) -> Shares:
        """The shares, or more where these have no room for what a batch finds."""
        smallest = shares_of(0, self._size, self._batches.largest)
        return Shares(*map(max, shares, smallest._replace(blocks=0)))

    def _use_doubts(self, room: int) -> None:
        self._doubts = Doubts(room)
        self._set(k.DOUBTS, self._doubts.memory.address)
        self._set(k.DOUBT_ROOM, room)
        self._set(k.BOOK, self._doubts.book.address)

    def _why_to_stop(self) -> str:
        return self.limits.exceeded(0, self.task.started)

    def _no_room(self, error: OSError) -> str:
        return no_room(self._directory.path, error)

    def _drop_older(self) -> None:
        """Give the memory back that holds states that went to disk, and what is not read again
        before the search is over."""
        window = self._get(k.WINDOW)
        states, parents, *others = self.arena.files
        states.drop(0, window * self._size)
        parents.drop(0, window * NUMBER)
        for each in others:
            each.drop()

    def _drop_runs(self) -> None:
        self._runs.drop()

    # --- kept, and gone on with ------------------------------------------------------------------

    def snapshot(self, had: Mapping[str, int]) -> Snapshot | None:
        if not self.has_begun:
            return None
        with self.limits.budget.held():
            self._settle_doubts()
        arrays = self._arrays()
        if self.stopped or self._get(k.NEXT) == self._get(k.COUNT):
            # It needs no more room, and what is kept may need some.
            self.arena.cut([size * self._get(place) for _, size, place in arrays.values()])
        found = super().snapshot(had)
        return None if found is None else replace(found, is_in_place=True)

    def restore(self, counters: Counters, read: Callable[[str], Iterator[bytes]]) -> None:
        for name, (_, size, place) in self._arrays().items():
            self._set(place, sum(map(len, read(name))) // size)
        self._be_at(counters)
        self._plan()  # anew: reading has taken some
        try:
            for file, (_, size, place) in zip(
                self.arena.files, self._arrays().values(), strict=True
            ):
                file.make_room(size * self._get(place))
            with self.limits.budget.held():
                self._find_all_again()
        except OSError as error:
            raise StopNow(self._no_room(error)) from error
        if self.stopped:
            raise StopNow(self.stopped)
        self._has_table = True

    def _find_all_again(self) -> None:
        """Make the table and the runs of states that are there already."""
        count, window = self._get(k.COUNT), self._shares.window
        while FULL * (1 << self._bits) < 2 * count and self._bits < self._shares.bits:
            self._bits += 1
        while count - self._get(k.WINDOW) > KEPT * window and not self.stopped:
            until = min(count, self._get(k.WINDOW) + window)
            self._set(k.COUNT, until)
            self._use_table()
            self._spilled(until - self._get(k.WINDOW))
            self._drop_older()
        self._set(k.COUNT, count)
        self._use_table()
        self._set_room()

    # --- afterwards ------------------------------------------------------------------------------

    def space(self) -> Space:
        with self.limits.budget.held():
            self._settle_doubts()
            if self._runs.count and not self.stopped:
                self._give_back()
        return super().space()

    def _sort_out(self) -> None:
        """Have all runs be one: each state is looked for in one place then."""
        with self.limits.budget.held():
            with if_there_is_room():  # to merge
                self._runs.merge_all(self._why_to_stop)
            self._set(k.RUNS, self._runs.address)
            self._set(k.RUN_COUNT, self._runs.count)

    def _give_back(self) -> None:
        """Have all states in runs, and memory for what is asked then."""
        left = self._get(k.COUNT) - self._get(k.WINDOW)
        with if_there_is_room():  # else the table stays
            if left and not self._spilled(left):
                return
            self._set(k.RECALLED, 0)
            self.arena.forget_table()
            self._bits = SMALLEST_TABLE
            self._use_table()
            self._runs.forget_filter()
            self._set(k.FILTER, self._runs.filter.address)
            self._set(k.BLOCKS, self._runs.blocks)
            self._use_doubts(self._batches.largest)
            self.arena.drop()

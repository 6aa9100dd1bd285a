"""Where the older states of a search are found: runs on disk, and a filter in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..library import Kernel
from ..memory import NUMBER, Memory
from ..work import Places
from . import places as s
from .filtering import BLOCK
from .mapped import MappedFile, passing_file

__all__ = ["Doubts", "RunsOnDisk", "Stopped"]

HASH = 8
ALIKE = 4
"""Runs are merged once there are so many of about the same length ..."""
FACTOR = 4
"""... of which the longest has at most so many times the states of the shortest."""
Stopped = Callable[[], str]
"""Why to stop, asked between two pieces of work; "" if there is no reason."""


class _SortedRun:
    """A run of some states, in a file that has no name. Raises OSError where the disk has no
    room."""

    def __init__(self, folder: Path, length: int) -> None:
        self.length = length
        size = length * (HASH + NUMBER)
        with passing_file(folder) as file:
            self.file = MappedFile(file, size)
            try:
                self.file.make_room(size)
            except OSError:
                self.file.close()
                raise

    @property
    def hashes(self) -> int:
        return self.file.address

    @property
    def numbers(self) -> int:
        return self.file.address + self.length * HASH


class Doubts:
    """Room for doubted states, and for what is needed to look them up."""

    def __init__(self, room: int) -> None:
        self.room = room
        pairs, numbers = room * 8, room * NUMBER
        sizes = [numbers, *[pairs] * 6, 256 * 8, numbers]
        self.memory = Memory(sum(sizes))
        """They come first."""
        places = [self.memory.address]
        for size in sizes[:-1]:
            places.append(places[-1] + size)
        self.book = Places(
            s.BOOK_SIZE,
            dict(
                zip(
                    (
                        s.KEYS, s.VALUES, s.OTHER_KEYS, s.OTHER_VALUES, s.FOUND_KEYS,
                        s.FOUND_VALUES, s.COUNTERS, s.OLD,
                    ),
                    places[1:],
                    strict=True,
                )
            ),
        )  # fmt: skip

    @staticmethod
    def bytes_of(room: int) -> int:
        """How much memory so much room takes."""
        return room * (6 * 8 + 2 * NUMBER)


class RunsOnDisk:
    """The runs of a search in a folder, and its filter of so many blocks."""

    def __init__(self, folder: Path, kernel: Kernel, context: int, blocks: int) -> None:
        self.blocks = blocks
        self.filter = Memory(blocks * BLOCK)
        self._folder = folder
        self._kernel = kernel
        self._context = context
        self._runs: list[_SortedRun] = []
        self._made: _SortedRun | None = None
        """The one that is being made."""
        self._table = Places(s.RUN_SIZE, {})

    @property
    def count(self) -> int:
        return len(self._runs)

    @property
    def states(self) -> int:
        """States that are in the runs."""
        return sum(each.length for each in self._runs)

    @property
    def on_disk(self) -> int:
        """Bytes of room that the runs take."""
        return sum(each.file.size for each in self._runs)

    @property
    def address(self) -> int:
        """Where it is said where the runs are: see `places`."""
        return self._table.address

    def spill(self, length: int, until: int, stopped: Stopped) -> bool:
        """Make a run of the `length` states from the window's first one to before `until`; whether
        that was done, and nothing stopped it. Raises OSError where the disk has no room."""
        run = self._made = _SortedRun(self._folder, length)
        task = Places(
            s.SPILLING_SIZE,
            {s.NEW_HASHES: run.hashes, s.NEW_NUMBERS: run.numbers, s.UNTIL: until},
        )
        if not self._done("spill", task, stopped):
            run.file.close()
            return False
        assert task[s.NEW_LENGTH] == length, "every state of the window is in the table once"
        run.file.drop()
        self._use([*self._runs, run])
        return True

    def merge(self, stopped: Stopped) -> None:
        """Merge runs where there are many alike. Raises OSError where the disk has no room: the
        runs are as they were."""
        while (some := self._alike()) > 1 and self._merge(some, stopped):
            pass

    def merge_all(self, stopped: Stopped) -> None:
        """Merge all runs into one. Raises OSError where the disk has no room: the runs are as they
        were."""
        if self.count > 1:
            self._merge(self.count, stopped)

    def _merge(self, some: int, stopped: Stopped) -> bool:
        """Merge so many of the last runs; whether nothing stopped that."""
        merged = self._runs[-some:]
        run = self._made = _SortedRun(self._folder, sum(each.length for each in merged))
        listed = _listed(merged)
        task = Places(
            s.SPILLING_SIZE,
            {
                s.NEW_HASHES: run.hashes, s.NEW_NUMBERS: run.numbers,
                s.MERGED: listed.address, s.MERGED_COUNT: some,
            },
        )  # fmt: skip
        if not self._done("merge", task, stopped):
            run.file.close()
            return False
        run.file.drop()
        self._use([*self._runs[:-some], run])
        for each in merged:
            each.file.close()
        return True

    def _alike(self) -> int:
        """How many of the last runs are to be merged."""
        some = 0
        for each in reversed(self._runs):
            if each.length > FACTOR * self._runs[-1].length:
                break
            some += 1
        return some if some >= ALIKE else 0

    def _done(self, what: str, task: Places, stopped: Stopped) -> bool:
        """Whether a piece of work was done to its end."""
        while not self._kernel.spilling[what](self._context, task.address):
            if stopped():
                return False
        return True

    def _use(self, runs: list[_SortedRun]) -> None:
        self._runs = runs
        self._table = _listed(runs)

    def drop(self) -> None:
        """Give back all memory that holds parts of the runs."""
        made = self._made
        for each in (*self._runs, *(() if made is None else (made,))):
            each.file.drop()

    def forget_filter(self) -> None:
        """Give its memory back: it has seen everything then."""
        self.blocks = 1
        self.filter = Memory(BLOCK)
        self.filter.map[:] = b"\xff" * BLOCK


def _listed(runs: list[_SortedRun]) -> Places:
    """Where runs are, for compiled code."""
    table = Places(s.RUN_SIZE * max(len(runs), 1), {})
    for number, each in enumerate(runs):
        at = number * s.RUN_SIZE
        table[at + s.RUN_HASHES] = each.hashes
        table[at + s.RUN_NUMBERS] = each.numbers
        table[at + s.RUN_LENGTH] = each.length
    return table

"""Room for what is asked of a search on disk: in memory as long as there is enough of it, else in
files of the directory that have no name, and go when nobody needs them.

The smallest rooms are in memory, as they are read in any order: numbers of nodes. What is read in
the order in which it lies, as are all transitions, is large, and lies in files.
"""

from __future__ import annotations

from pathlib import Path
from weakref import WeakSet

from ....budget.memory import give_all_back, giving_back, memory_in_use, memory_of_its_own
from ....budget.spending import StopNow
from ..memory import Memory, Rooms
from .mapped import MappedFile, no_room, passing_file

__all__ = ["FileRooms"]

SPARE = 0.3
"""The share of the limit that is left for parts of files, and for what Python needs."""
SHARE = 0.5
"""Of what is left beside, one room may take so much; a larger one is a file."""
SMALL = 1 << 18
"""Bytes; no file is worth less."""


class FileRooms(Rooms):
    """Rooms in a folder for a process that may have `limit` bytes of memory."""

    in_files = True

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit
        self._libraries = (memory_in_use() or 0) - (memory_of_its_own() or 0)
        """Parts of files that are there before there are any of a search: of programs."""
        self._before: int | None = None
        """What the process had of its own when the first room was asked for."""
        self._in_memory: WeakSet[Memory] = WeakSet()
        self._files: WeakSet[MappedFile] = WeakSet()
        giving_back(self.drop)

    @property
    def on_disk(self) -> int:
        """Bytes of room that it takes on disk."""
        return sum(each.had for each in self._files)

    def take(self, size: int, first: int | None = None) -> Memory:
        """See `Rooms.take`. Raises StopNow where the disk has no room."""
        if size <= max(SMALL, SHARE * self._left()):
            memory = Memory(size)
            self._in_memory.add(memory)
            return memory
        try:
            found = self._file(size, size if first is None else first)
        except OSError as error:
            raise StopNow(no_room(self._folder, error)) from error
        self._files.add(found)
        return found

    def _file(self, size: int, first: int) -> MappedFile:
        with passing_file(self._folder) as file:
            found = MappedFile(file, size)
        try:
            found.make_room(first)
        except OSError:
            found.close()
            raise
        return found

    def _left(self) -> int:
        """Bytes of memory that rooms may take yet."""
        if self._before is None:
            self._before = memory_of_its_own() or 0
        taken = self._before + sum(each.size for each in self._in_memory)
        taken = max(taken, memory_of_its_own() or 0)
        return int((1 - SPARE) * self._limit) - self._libraries - taken

    def grow(self, memory: Memory, wanted: int) -> None:
        """See `Rooms.grow`. Raises StopNow where the disk has no room."""
        try:
            memory.grow(wanted)
        except OSError as error:
            raise StopNow(no_room(self._folder, error)) from error

    def relieve(self) -> None:
        """See `Rooms.relieve`."""
        give_all_back(self._limit)

    def drop(self) -> None:
        """Give back all memory that holds parts of the files."""
        for each in list(self._files):
            each.drop()

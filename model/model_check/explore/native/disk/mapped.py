"""Arrays in files, mapped into memory: a search's own, and runs that nobody else is to see.

A file is mapped in the length that it may ever have, which takes no room, and room on the disk is
made before it is written: a disk that is full is an error when room is asked for, and never a
signal in the middle of a search. What is in memory of a file can be given back at any moment, for
it can be read again.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import mmap
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from weakref import finalize

from ....errors import raise_if_callers
from ...stored.directory import Directory
from ..memory import NUMBER, Arena, Memory, reserve

__all__ = ["FileArena", "MappedFile", "if_there_is_room", "is_possible", "no_room", "passing_file"]

SMALLEST = 1 << 20
LARGEST_STEP = 1 << 28
"""Bytes that a file grows by: a fourth of what it has, within these ..."""
LEAST_STEP = 1 << 16
"""... and less, down to this, where the disk is nearly full."""
PAGE = mmap.PAGESIZE
WRITE = 2
"""SYNC_FILE_RANGE_WRITE of sync_file_range(2): have it be written soon, without waiting."""


def is_possible() -> bool:
    """Whether this system can keep room for a file (macOS and Windows do it in other ways)."""
    return hasattr(os, "posix_fallocate") and hasattr(mmap, "MADV_DONTNEED")


def no_room(folder: Path, error: OSError) -> str:
    """Why there is no room in a folder, in words. Raises the error again if it is no such thing."""
    raise_if_callers(error)
    what = "the disk is full" if error.errno == errno.ENOSPC else "the disk has no room"
    return f"{what} ({folder}: {error.strerror})"


@contextmanager
def if_there_is_room() -> Iterator[None]:
    """Leave undone what is in here, as far as the disk has no room for it."""
    try:
        yield
    except OSError as error:
        raise_if_callers(error)


class MappedFile(Memory):
    """An open file of at most `most` bytes as memory. Raises OSError, as where a file may not be so
    long."""

    def __init__(self, file: int, most: int) -> None:
        self._file = os.dup(file)
        self._closed = finalize(self, os.close, self._file)
        if os.fstat(file).st_size < most:
            os.ftruncate(file, most)
        self.map = mmap.mmap(file, most)
        self.size = most
        self.had = 0
        """Bytes that there is room for on the disk."""
        self._written = 0
        anchor = ctypes.c_char.from_buffer(self.map)
        self.address = ctypes.addressof(anchor)
        del anchor

    def make_room(self, wanted: int) -> None:
        """Have room for so many bytes. Raises OSError where the disk has none."""
        if wanted > self.had:
            os.ftruncate(self._file, self.size)
            try:
                os.posix_fallocate(self._file, self.had, min(wanted, self.size) - self.had)
            except OSError:
                # Some of it may be taken now, and whoever ends for that has something to write.
                os.ftruncate(self._file, self.had)
                os.ftruncate(self._file, self.size)
                raise
            self.had = min(wanted, self.size)

    def grow(self, wanted: int) -> None:
        """Have room for at least so many bytes, and for more where that is there. Raises OSError
        where the disk has none."""
        step = min(max(self.had // 4, SMALLEST), LARGEST_STEP)
        while self.had < wanted:
            try:
                self.make_room(max(wanted, self.had + step))
            except OSError as error:
                raise_if_callers(error)
                if self.had + step <= wanted or step < LEAST_STEP:
                    raise
                step //= 4

    def drop(self, start: int = 0, end: int | None = None) -> None:
        """Give the memory back that holds these bytes; they are there all the same."""
        first = -(-start // PAGE) * PAGE
        last = min(self.had if end is None else end, self.had) // PAGE * PAGE
        if first >= last:
            return
        try:
            self.map.madvise(mmap.MADV_DONTNEED, first, last - first)
            self._write_soon(last)
        except ValueError:
            pass  # another thread has closed it
        except OSError as error:
            raise_if_callers(error)

    def _write_soon(self, end: int) -> None:
        write = _sync_file_range()
        if write is not None and end > self._written:
            write(self._file, self._written, end - self._written, WRITE)
            self._written = end

    def cut(self, size: int) -> None:
        """Give room back beyond so many bytes; the file can grow again."""
        os.ftruncate(self._file, size)
        self.had = min(self.had, size)

    def close(self) -> None:
        self.map.close()
        self._closed()


@functools.cache
def _sync_file_range() -> Callable[[int, int, int, int], int] | None:
    """The function of the system that has files written soon; None where there is none."""
    try:
        found = ctypes.CDLL(None, use_errno=True).sync_file_range
    except (OSError, AttributeError):
        return None
    found.argtypes = [ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint]
    return found


@contextmanager
def passing_file(folder: Path) -> Iterator[int]:
    """An open file in a folder that has no name, and goes with the process. Raises OSError."""
    flags = os.O_RDWR | os.O_CLOEXEC
    try:
        file = os.open(folder, flags | os.O_TMPFILE, 0o600)
    except (AttributeError, OSError):
        # Not every file system has files without a name.
        path = folder / f"passing-{os.urandom(8).hex()}"
        file = os.open(path, flags | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        path.unlink()
    try:
        yield file
    finally:
        os.close(file)


class FileArena(Arena):
    """The arrays of a search in the files of a directory, which nobody else has as long as it
    lives; the table is in memory. Raises OSError where the system gives no memory.
    """

    states: MappedFile
    parents: MappedFile
    terminal: MappedFile
    errors: MappedFile
    levels: MappedFile

    def __init__(self, size: int, most: int, directory: Directory) -> None:
        self.size = size
        self._held = finalize(self, os.close, directory.held())
        self.files = tuple(
            _longest(directory.file(name), most * each)
            for name, each in (
                ("states", size), ("parents", NUMBER), ("terminal", NUMBER), ("errors", NUMBER),
                ("levels", NUMBER),
            )
        )  # fmt: skip
        self.states, self.parents, self.terminal, self.errors, self.levels = self.files
        self.table = reserve(max(most * 16, SMALLEST))
        self._written = 0
        numbers = min(each.size for each in self.files[1:])
        self.room = min(self.states.size // size, numbers // NUMBER)

    def cut(self, sizes: Sequence[int]) -> None:
        """Give room back beyond so many bytes of each file."""
        for each, size in zip(self.files, sizes, strict=True):
            each.cut(size)

    @property
    def on_disk(self) -> int:
        """Bytes of room that it has on the disk."""
        return sum(each.had for each in self.files)

    def forget_table(self) -> None:
        """Give the memory of the table back; it can be used again."""
        self.table.map.madvise(mmap.MADV_DONTNEED)
        self._written = 0

    def drop(self) -> None:
        """Give back all memory that holds parts of the files."""
        for each in self.files:
            each.drop()

    def close(self) -> None:
        for each in (*self.files, self.table):
            each.close()
        self._held()


def _longest(file: int, wanted: int) -> MappedFile:
    """A file that may be as long as that, or shorter where the system has none so long."""
    while True:
        try:
            return MappedFile(file, wanted)
        except (OSError, ValueError, OverflowError):
            wanted //= 2
            if wanted < 1 << 28:
                raise

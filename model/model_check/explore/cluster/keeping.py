"""What a part has found, kept in a directory beside those of the others: so that another one can
take its place."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..native.memory import Memory
from ..stored.directory import DamagedError, Directory

__all__ = ["Array", "Keeper", "part_folder"]

Array = tuple[str, Memory, int]
"""The name of an array, where it lies, and the bytes of each of its numbers."""


def part_folder(folder: Path, index: int) -> Path:
    """Where a part keeps what it found."""
    return folder / f"part-{index}"


class Keeper:
    """The directory of one part. `about` says of what search it is, and which part."""

    def __init__(self, path: Path, about: Mapping[str, Any]) -> None:
        """Raises StoredError."""
        self._about = dict(about)
        self._directory = Directory.of(path)

    def close(self) -> None:
        self._directory.close()

    @property
    def is_of_this(self) -> bool:
        """Whether what is there is of this search."""
        return self._directory.contents == self._about

    def begin(self) -> None:
        """Nothing is kept yet. Raises OSError."""
        self._directory.begin_anew(self._about)

    def keep(self, arrays: Iterable[Array], counts: Iterable[int]) -> None:
        """Keep so many numbers of each array. What is there already of an array is its beginning:
        a search that goes back comes to the same again. Raises OSError."""
        for (name, memory, size), count in zip(arrays, counts, strict=True):
            there = self._directory.size(name, committed=False)
            if there < count * size:
                self._directory.append(name, memoryview(memory.map)[there : count * size])
        self._directory.commit(self._about)

    def fetch(self, arrays: Iterable[Array], counts: Iterable[int]) -> None:
        """Read so many numbers of each array to where they belong. Raises DamagedError, OSError."""
        for (name, memory, size), count in zip(arrays, counts, strict=True):
            at, end = 0, count * size
            for piece in self._directory.verified(name) if end else ():
                some = piece[: max(0, end - at)]
                ctypes.memmove(memory.address + at, some, len(some))
                at += len(some)
            if at < end:
                where = self._directory.path / name
                raise DamagedError(
                    f"{where}: ends before what was kept: nothing can be gone on with here"
                )

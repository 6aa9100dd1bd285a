"""What the kernel expands states in: batches, each with room for the successors of some states."""

from __future__ import annotations

import ctypes

from ..engine import NUMBER
from . import places as k
from .library import Library

__all__ = ["Batches"]

EACH = 256
"""States that a thread takes at once ..."""
CHUNK_ROOM = 1 << 15
"""... fewer where they may have more successors than this ..."""
CHUNK_BYTES = 1 << 23
"""... or of more bytes."""


class Batches:
    """The kernel's batches: one for a thread alone, and some for each of several."""

    def __init__(self, library: Library, workers: int) -> None:
        room = min(CHUNK_ROOM, CHUNK_BYTES // (8 * library.words))
        self.each = max(1, min(EACH, room // max(1, library.most)))
        self.ring = 3 * workers + 1 if workers > 1 else 0
        margin = k.SOME + library.most + 1
        self.largest = (self.each * library.most if self.ring else 0) + margin
        """Successors that one batch may have."""
        self._array = (ctypes.c_int64 * ((1 + self.ring) * k.BATCH_SIZE // 8))()
        self._kept: list[object] = []
        self._choosers = [library.chooser() for _ in range(1 + self.ring)]
        self._fill(0, library, margin, k.SOURCES_AT_ONCE)
        for number in range(1, 1 + self.ring):
            self._fill(number, library, self.largest, self.each)

    @property
    def address(self) -> int:
        return ctypes.addressof(self._array)

    def _fill(self, number: int, library: Library, room: int, sources: int) -> None:
        for place, size in (
            (k.OUT, room * 8 * library.words),
            (k.SOURCES, room * NUMBER),
            (k.HASHES, room * 8),
            (k.ENDS, sources * NUMBER),
            (k.BAD, sources * NUMBER),
        ):
            buffer = ctypes.create_string_buffer(size)
            self._kept.append(buffer)
            self._array[(number * k.BATCH_SIZE + place) // 8] = ctypes.addressof(buffer)
        self._array[(number * k.BATCH_SIZE + k.MOST) // 8] = library.most
        chooser = self._choosers[number]
        if chooser is not None:
            self._array[(number * k.BATCH_SIZE + k.CHOOSER) // 8] = chooser.address

    def forget(self) -> None:
        """No chunk is ready."""
        for number in range(1, 1 + self.ring):
            self._array[(number * k.BATCH_SIZE + k.READY) // 8] = 0

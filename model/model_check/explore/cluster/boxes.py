"""The boxes into which a part puts what it finds, one for each part."""

from __future__ import annotations

import ctypes

from ..native import part_places as p
from ..native.memory import Memory
from ..native.work import Places
from .parcel import Parcel

__all__ = ["Boxes"]


class Boxes:
    """`count` boxes for records of so many bytes, which compiled code fills."""

    def __init__(self, count: int, record: int) -> None:
        self._count = count
        self._record = record
        self._places = Places(count * p.BOX_SIZE, {})
        self._boxes: list[Memory] = []

    @property
    def address(self) -> int:
        """Where compiled code finds them."""
        return self._places.address

    def empty(self, room: int, *, anew: bool) -> None:
        """Have empty ones, each with so many bytes at least: that of before, where it is large
        enough, for fresh memory costs more than what is written there; `anew`: none of before."""
        kept = [] if anew else [each for each in self._boxes if each.size >= room]
        size = 1 << (room - 1).bit_length()
        self._boxes = [*kept, *(Memory(size) for _ in range(self._count - len(kept)))]
        for number in range(self._count):
            self._fill(number, 0)

    def enlarge(self) -> None:
        """Put what is in a full box into one of twice the size."""
        for number, box in enumerate(self._boxes):
            filled = self._filled(number)
            if filled + self._record > box.size:  # no other record has room
                self._boxes[number] = Memory(2 * box.size)
                ctypes.memmove(self._boxes[number].address, box.address, filled)
                self._fill(number, filled)

    def parcels(self) -> list[Parcel]:
        """What is in them."""
        return [
            Parcel(memoryview(box.map), self._filled(number))
            for number, box in enumerate(self._boxes)
        ]

    def _fill(self, number: int, filled: int) -> None:
        box, place = self._boxes[number], number * p.BOX_SIZE
        self._places[place + p.BOX_BEGIN] = box.address
        self._places[place + p.BOX_AT] = box.address + filled
        self._places[place + p.BOX_END] = box.address + box.size - self._record + 1

    def _filled(self, number: int) -> int:
        return self._places[number * p.BOX_SIZE + p.BOX_AT] - self._boxes[number].address

"""What the parts hold, by the numbers of states among all: looked at through windows of some
thousand states."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import overload

from .fleet import Fleet
from .parcel import Parcel
from .part import LONG

__all__ = ["Windows"]

WIDTH = 1 << 12
"""States that are asked for together."""
KEPT = 16
"""Windows that are kept."""
GATHERED = 1 << 19
"""States that are asked for together where all are."""


class Windows:
    """States and origins of a fleet's parts; states have so many `words`."""

    def __init__(self, fleet: Fleet, words: int) -> None:
        self._fleet = fleet
        self._size = 8 * words
        self._kept: dict[int, tuple[list[int], list[int]]] = {}

    def states(self, count: int) -> Sequence[int]:
        """The first `count` states ..."""
        return _Looked(count, lambda number: self._window(number, count)[0])

    def parents(self, count: int) -> Sequence[int]:
        """... and from which each was first reached."""
        return _Looked(count, lambda number: self._window(number, count)[1])

    def forget(self) -> None:
        """The parts have gone back, or on."""
        self._kept.clear()

    def pieces(self, start: int, count: int) -> Iterator[Parcel]:
        """The states from `start` to before `count`, as `Part.window` gives them."""
        size = self._fleet.size
        firsts = range(start, count, GATHERED)
        ranges = [(first, min(count, first + GATHERED)) for first in firsts]
        waiting = []
        for each in ranges:
            waiting.append(self._fleet.ask("window", [each] * size))
            if len(waiting) > 1:
                yield from self._fleet.look([token for (token,) in waiting.pop(0)])
        for tokens in waiting:
            yield from self._fleet.look([token for (token,) in tokens])

    def _window(self, number: int, count: int) -> tuple[list[int], list[int]]:
        """The states and the origins of the window that a number is in."""
        first = number - number % WIDTH
        found = self._kept.pop(first, None)
        last = min(first + WIDTH, count)
        if found is None or len(found[0]) < last - first:
            found = self._asked(first, last)
        self._kept[first] = found
        if len(self._kept) > KEPT:
            del self._kept[next(iter(self._kept))]
        return found

    def _asked(self, first: int, last: int) -> tuple[list[int], list[int]]:
        states, origins = [0] * (last - first), [0] * (last - first)
        tokens = self._fleet.ask("window", [(first, last)] * self._fleet.size)
        for parcel in self._fleet.look([token for (token,) in tokens]):
            count = len(parcel) // (2 * LONG + self._size)
            view = parcel.view
            numbers = view[: count * LONG].cast("q")
            before = view[count * LONG : 2 * count * LONG].cast("q")
            words = view[2 * count * LONG :]
            for place, number in enumerate(numbers):
                state = words[place * self._size : (place + 1) * self._size]
                states[number - first] = int.from_bytes(state, "little")
                origins[number - first] = before[place]
        return states, origins


class _Looked(Sequence[int]):
    """Numbers that are looked up in windows."""

    def __init__(self, count: int, window: Callable[[int], list[int]]) -> None:
        self._count = count
        self._window = window

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, key: int) -> int: ...
    @overload
    def __getitem__(self, key: slice) -> list[int]: ...
    def __getitem__(self, key: int | slice) -> int | list[int]:
        if isinstance(key, slice):
            return [self[number] for number in range(*key.indices(self._count))]
        if not -self._count <= key < self._count:
            raise IndexError(key)
        number = key % self._count
        return self._window(number)[number % WIDTH]

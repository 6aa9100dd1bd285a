"""How much of a disk this process takes, for somebody to see, and how much more there is."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple
from weakref import WeakMethod

__all__ = ["Room", "room_on_disk", "takes_room"]


class Room(NamedTuple):
    """Bytes of a disk that are `taken`, and those that are `free` there."""

    taken: int
    free: int


_TAKE: list[WeakMethod[Callable[[], Room]]] = []
"""What tells of room; who came last is asked."""


def takes_room(room: Callable[[], Room]) -> None:
    """Have a method be asked for the room that its object takes, as long as that lives."""
    _TAKE[:] = [each for each in _TAKE if each() is not None]
    _TAKE.append(WeakMethod(room))


def room_on_disk() -> Room | None:
    """What is taken now; None where nothing is."""
    for each in reversed(_TAKE):
        room = each()
        if room is not None:
            return room()
    return None

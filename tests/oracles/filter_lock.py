"""Peterson's lock for any number of processes, written out by hand from its steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .bfs import Space, explore

__all__ = ["LockState", "filter_lock"]


class Place(NamedTuple):
    """A worker's next step; `level` and `other` count the loops around it."""

    label: str
    level: int = 0
    other: int = 0


class LockState(NamedTuple):
    """`level` of each worker, 0 where it does not want to enter; `last[l]` came to l last."""

    at: tuple[Place, ...]
    level: tuple[int, ...]
    last: tuple[int, ...]


def _put(values: tuple[int, ...], i: int, value: int) -> tuple[int, ...]:
    return (*values[:i], value, *values[i + 1 :])


def _after_wait(place: Place, workers: int) -> Place:
    if place.other < workers - 1:
        return place._replace(other=place.other + 1)
    if place.level < workers - 1:
        return Place("climb", place.level + 1)
    return Place("critical")


def filter_lock(workers: int) -> Space[LockState]:
    """Every state of the lock for so many workers."""

    def step(state: LockState, i: int) -> LockState | None:
        place = state.at[i]
        match place.label:
            case "rest":
                then = Place("climb", 1)
            case "climb":
                state = state._replace(level=_put(state.level, i, place.level))
                then = place._replace(label="give_way")
            case "give_way":
                state = state._replace(last=_put(state.last, place.level, i))
                then = place._replace(label="wait")
            case "wait":
                below = state.level[place.other] < place.level
                if place.other != i and not below and state.last[place.level] == i:
                    return None
                then = _after_wait(place, workers)
            case "critical":
                then = Place("leave")
            case _:
                state = state._replace(level=_put(state.level, i, 0))
                then = Place("rest")
        return state._replace(at=(*state.at[:i], then, *state.at[i + 1 :]))

    def successors(state: LockState) -> Iterator[LockState]:
        for i in range(workers):
            then = step(state, i)
            if then is not None:
                yield then

    zeros = (0,) * workers
    return explore([LockState((Place("rest"),) * workers, zeros, zeros)], successors)

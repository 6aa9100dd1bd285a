"""Peterson's algorithm for two processes, written out by hand from its five steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeVar

from .bfs import Space, explore

__all__ = ["PetersonState", "peterson"]

T = TypeVar("T")


class PetersonState(NamedTuple):
    """`at[i]` is the number of worker i's next step: ask, give_way, enter, critical, leave."""

    at: tuple[int, int] = (0, 0)
    wants: tuple[bool, bool] = (False, False)
    turn: int = 0


def _put(pair: tuple[T, T], i: int, value: T) -> tuple[T, T]:
    return (value, pair[1]) if i == 0 else (pair[0], value)


def peterson() -> Space[PetersonState]:
    def successors(state: PetersonState) -> Iterator[PetersonState]:
        for i in (0, 1):
            moved = state._replace(at=_put(state.at, i, (state.at[i] + 1) % 5))
            match state.at[i]:
                case 0:
                    yield moved._replace(wants=_put(state.wants, i, True))
                case 1:
                    yield moved._replace(turn=1 - i)
                case 2:
                    if not state.wants[1 - i] or state.turn == i:
                        yield moved
                case 3:
                    yield moved
                case 4:
                    yield moved._replace(wants=_put(state.wants, i, False))

    return explore([PetersonState()], successors)

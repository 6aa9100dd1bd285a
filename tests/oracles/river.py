"""Missionaries and cannibals, written out by hand with the people on both banks."""

from __future__ import annotations

from collections.abc import Iterator

from .bfs import Space, explore

__all__ = ["river"]

# Missionaries and cannibals on the bank where the boat is, then on the other; the boat's side.
Banks = tuple[tuple[int, int], tuple[int, int], bool]
LOADS = ((1, 0), (0, 1), (2, 0), (0, 2), (1, 1))


def river(people: int = 3) -> Space[Banks]:
    def safe(bank: tuple[int, int]) -> bool:
        return bank[0] == 0 or bank[0] >= bank[1]

    def successors(state: Banks) -> Iterator[Banks]:
        here, there, left = state
        for m, c in LOADS:
            if m <= here[0] and c <= here[1]:
                rest, joined = (here[0] - m, here[1] - c), (there[0] + m, there[1] + c)
                if safe(rest) and safe(joined):
                    yield joined, rest, not left

    return explore([((people, people), (0, 0), True)], successors)

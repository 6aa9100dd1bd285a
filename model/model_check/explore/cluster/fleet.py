"""The parts of a search, wherever they run: they are asked all at once, and what they answer is
handed from one to another without a look at it.

What a part answers is a token until it is looked at: with parts in this process the answer itself,
with Ray a reference to where it lies.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from .making import Making
from .part import Part

__all__ = ["Fleet", "LocalFleet", "LostError"]


class LostError(Exception):
    """Some parts are no more: their numbers."""

    def __init__(self, parts: Sequence[int], why: str) -> None:
        super().__init__(why)
        self.parts = tuple(parts)


class Fleet(Protocol):
    """As many parts as `size`."""

    size: int

    def load(self, making: Making, memory: int | None) -> None:
        """Have each part begin anew, with a program; each may take so many bytes of memory. Raises
        DifferentProgramError, LostError."""

    def ask(
        self, name: str, given: Sequence[Sequence[Any]], answers: int = 1
    ) -> list[tuple[Any, ...]]:
        """Have each part k do what has this name, with `given[k]`, which may hold tokens; the
        tokens of its `answers`. What a part was asked before is done before."""

    def look(self, tokens: Sequence[Any]) -> list[Any]:
        """What some tokens stand for. Raises LostError."""

    def replace(self, lost: Sequence[int]) -> None:
        """Have new parts instead of lost ones, with the program of the others. Raises LostError
        where there can be none."""


class LocalFleet:
    """Parts in this process, one after the other: for tests, and to measure what the parts
    themselves cost."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.parts: list[Part] = []

    def load(self, making: Making, memory: int | None) -> None:
        made = making.made(memory)
        self.parts = [Part(made, index, self.size) for index in range(self.size)]

    def ask(
        self, name: str, given: Sequence[Sequence[Any]], answers: int = 1
    ) -> list[tuple[Any, ...]]:
        return [
            tokens_of(getattr(part, name)(*each), answers)
            for part, each in zip(self.parts, given, strict=True)
        ]

    def look(self, tokens: Sequence[Any]) -> list[Any]:
        return list(tokens)

    def replace(self, lost: Sequence[int]) -> None:
        raise LostError(lost, "parts in this process are never lost")


def tokens_of(answer: Any, answers: int) -> tuple[Any, ...]:
    """What a part answers: several values are a list."""
    found = tuple(answer) if isinstance(answer, list) else (answer,)
    assert len(found) == answers
    return found

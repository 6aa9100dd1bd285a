"""The parts of a search, wherever they run: they are asked all at once, and what they answer is
handed from one to another without a look at it.

What a part answers is a token until it is looked at: with parts in this process the answer itself,
with Ray a reference to where it lies.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from ...errors import EXIT_UNDETERMINED, ModelCheckError
from ...language.records import dataclass
from .making import Making
from .part import Part

__all__ = [
    "Cluster", "ClusterError", "Fleet", "LocalCluster", "LocalFleet", "LostError",
    "NoMorePartsError", "Orders", "tokens_of",
]  # fmt: skip


class ClusterError(ModelCheckError):
    """There is no cluster to search on, and why."""


class NoMorePartsError(ClusterError):
    """Parts are lost, and there can be no others: what they found is not known any more."""

    exit_code = EXIT_UNDETERMINED


class LostError(Exception):
    """Some parts are no more: their numbers; none, where it is something that they told."""

    def __init__(self, parts: Sequence[int], why: str) -> None:
        super().__init__(why)
        self.parts = tuple(parts)


@dataclass(frozen=True, slots=True)
class Orders:
    """What each part begins with. `memory`: the bytes that its process may take; `folder`: where
    the parts keep what they found; None: nowhere."""

    making: Making
    memory: int | None
    folder: Path | None

    def part(self, index: int, count: int) -> Part:
        """One of the parts, of `count`. Raises DifferentProgramError, StoredError."""
        return Part(self.making.made(self.memory), index, count, self.folder)


class Fleet(Protocol):
    """As many parts as `size`."""

    size: int

    def load(self, orders: Orders) -> None:
        """Have each part begin anew. Raises DifferentProgramError, StoredError, LostError."""

    def ask(
        self, name: str, given: Sequence[Sequence[Any]], answers: int = 1
    ) -> list[tuple[Any, ...]]:
        """Have each part k do what has this name, with `given[k]`, which may hold tokens; the
        tokens of its `answers`. What a part was asked before is done before."""

    def look(self, tokens: Sequence[Any]) -> list[Any]:
        """What some tokens stand for. Raises LostError."""

    def share(self, value: Any) -> Any:
        """A token of something that several parts are given."""

    def replace(self, lost: Sequence[int]) -> None:
        """Have new parts instead of lost ones, with the orders of the others. Raises LostError
        where one of those is lost, and NoMorePartsError where there can be none."""


class Cluster(Protocol):
    """Where fleets run. `folder`: where parts keep what they found, every so many seconds; None:
    nowhere."""

    folder: Path | None
    every: float

    def fleet(self) -> Fleet:
        """The fleet; it is made when it is first asked for. Raises ClusterError."""


class LocalFleet:
    """Parts in this process, one after the other: for tests, and to measure what the parts
    themselves cost."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.parts: list[Part] = []
        self._orders: Orders | None = None

    def load(self, orders: Orders) -> None:
        for each in self.parts:
            each.close()
        self._orders = orders
        self.parts = [orders.part(index, self.size) for index in range(self.size)]

    def ask(
        self, name: str, given: Sequence[Sequence[Any]], answers: int = 1
    ) -> list[tuple[Any, ...]]:
        return [
            tokens_of(getattr(part, name)(*each), answers)
            for part, each in zip(self.parts, given, strict=True)
        ]

    def look(self, tokens: Sequence[Any]) -> list[Any]:
        return list(tokens)

    def share(self, value: Any) -> Any:
        return value

    def replace(self, lost: Sequence[int]) -> None:
        assert self._orders is not None
        for index in lost:
            self.parts[index].close()
            self.parts[index] = self._orders.part(index, self.size)


class LocalCluster:
    """A fleet in this process."""

    def __init__(self, size: int, folder: Path | None = None, every: float = 0.0) -> None:
        self.folder = folder
        self.every = every
        self._fleet = LocalFleet(size)

    def fleet(self) -> Fleet:
        return self._fleet


def tokens_of(answer: Any, answers: int) -> tuple[Any, ...]:
    """What a part answers: several values are a list."""
    found = tuple(answer) if isinstance(answer, list) else (answer,)
    assert len(found) == answers
    return found

"""Values by name, each made from its text when it is first asked for, in any order of the text.

Constants, types and defines may name each other; those that do so in a circle have no value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from ..source.diagnostics import Diagnostics, Position

__all__ = ["OnDemand", "nothing"]

_MAX_CHAIN = 40
"""How many values may refer to each other in a row."""

D = TypeVar("D")
V = TypeVar("V")


class OnDemand(Generic[D, V]):
    """What a spec declares of one sort, which messages call `what`. `make` gives the value of a
    text, `unknown` what stands at a place for a value that cannot be known."""

    def __init__(
        self,
        what: str,
        docs: Mapping[str, D],
        found: Diagnostics,
        *,
        make: Callable[[D], V],
        unknown: Callable[[Position], V],
        hint: str = "",
    ) -> None:
        self.values: dict[str, V] = {}
        self._what = what
        self._docs = docs
        self._found = found
        self._make = make
        self._unknown = unknown
        self._hint = hint
        self._open: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return iter(self._docs)

    def __contains__(self, name: str) -> bool:
        return name in self._docs

    def value(self, name: str, at: Position) -> V:
        """What a name stands for; `at` is where it is asked for."""
        if name in self.values:
            return self.values[name]
        if name in self._open:
            circle = " -> ".join([*self._open[self._open.index(name) :], name])
            message = f"{self._what} refer to each other in a circle: {circle}"
            self._found.report(at, message, self._hint)
            return self._unknown(at)
        if len(self._open) >= _MAX_CHAIN:
            message = f"more than {_MAX_CHAIN} {self._what} refer to each other in a row"
            self._found.report(at, message)
            return self._unknown(at)
        self._open.append(name)
        value = self._make(self._docs[name])
        self._open.pop()
        self.values[name] = value
        return value


def nothing() -> OnDemand[Any, Any]:
    """Where nothing is declared, such as the constants of a kind."""
    return OnDemand("", {}, Diagnostics(), make=str, unknown=str)

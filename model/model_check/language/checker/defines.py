"""Named expressions: checked when first asked for, and put in wherever they are named."""

from __future__ import annotations

from collections.abc import Iterable

from ..source.diagnostics import Position
from ..syntax.nodes import DefineDoc
from ..tree import Define, Expr
from ..types import ProcessType, UnitType
from .context import MAX_CHAIN, Scope, broken
from .expressions import check
from .rounds import Repeated, repeated_in
from .walk import is_deeper, size_of

__all__ = ["MAX_NESTING", "MAX_SIZE", "Defines"]

MAX_SIZE = 20_000
"""Parts of an expression after its defines are put in: doubling thirty times makes a billion."""

MAX_NESTING = 150
"""Depth of an expression after its defines are put in; all later passes recurse."""


class Defines:
    """The defines of a spec, all in one scope."""

    def __init__(self, docs: Iterable[DefineDoc], scope: Scope) -> None:
        self._docs = {doc.name.text: doc for doc in docs}
        self._scope = scope
        self._values: dict[str, Expr] = {}
        self._repeated: dict[str, Repeated] = {}
        self._open: list[str] = []

    @property
    def names(self) -> list[str]:
        return list(self._docs)

    def value(self, name: str, at: Position) -> Expr:
        """What a define stands for; `at` is where it is named."""
        if name in self._values:
            return self._values[name]
        found = self._scope.names.found
        doc = self._docs[name]
        if name in self._open:
            circle = " -> ".join([*self._open[self._open.index(name) :], name])
            found.report(at, f"defines refer to each other in a circle: {circle}")
            return broken(at)
        if len(self._open) >= MAX_CHAIN:
            found.report(at, f"more than {MAX_CHAIN} defines refer to each other in a row")
            return broken(at)
        self._open.append(name)
        value = check(doc.value, self._scope)
        self._open.pop()
        if isinstance(value.type, ProcessType | UnitType):
            found.report(doc.value.at, f"{name} has no value")
            value = broken(doc.value.at)
        if size_of(value, MAX_SIZE) >= MAX_SIZE or is_deeper(value, MAX_NESTING):
            found.report(doc.value.at, f"{name} is too large with all defines put in")
            value = broken(doc.value.at)
        self._values[name] = value
        self._repeated[name] = repeated_in(value, self._scope.names)
        return value

    def repeated(self, name: str) -> Repeated:
        """How often loops in a define's value repeat what is in them."""
        return self._repeated.get(name, Repeated())

    def of(self, docs: Iterable[DefineDoc]) -> tuple[Define, ...]:
        """These defines, in their order."""
        return tuple(
            Define(doc.name.text, doc.value.text, self.value(doc.name.text, doc.name.at))
            for doc in docs
        )

"""Constants: computed once, when they are first asked for, in any order of the text."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from ..source.diagnostics import Diagnostics, Position, did_you_mean
from ..syntax.nodes import ConstantDoc
from ..tree import Literal
from ..types import NOTHING, BoolType, EnumType, IntType
from .context import MAX_CHAIN, Names, Scope
from .expressions import check

__all__ = ["Constants"]


class Constants:
    """The constants of a spec. One is an integer, a boolean, or a bare name, which stands for
    the enum member of that name wherever the constant is used."""

    def __init__(self, docs: Iterable[ConstantDoc]) -> None:
        self._docs = {doc.name.text: doc for doc in docs}
        self._values: dict[str, Literal | str] = {}
        self._open: list[str] = []

    @property
    def names(self) -> list[str]:
        return list(self._docs)

    def resolve(self, names: Names) -> None:
        """Compute all constants, so that each mistake in them is reported."""
        for name, doc in self._docs.items():
            self.value(name, names, doc.name.at)

    def value(self, name: str, names: Names, at: Position) -> Literal | str:
        """What a constant stands for; `at` is where it is asked for."""
        if name in self._values:
            return self._values[name]
        doc = self._docs[name]
        if name in self._open:
            circle = " -> ".join([*self._open[self._open.index(name) :], name])
            names.found.report(at, f"constants refer to each other in a circle: {circle}")
            return Literal(0, NOTHING, at)
        if len(self._open) >= MAX_CHAIN:
            names.found.report(at, f"more than {MAX_CHAIN} constants refer to each other in a row")
            return Literal(0, NOTHING, at)
        self._open.append(name)
        value = self._compute(doc, names)
        self._open.pop()
        self._values[name] = value
        return value

    def _compute(self, doc: ConstantDoc, names: Names) -> Literal | str:
        node = doc.value.node
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return self._member(node.value, doc, names)
        if isinstance(node, ast.Name) and node.id not in self._docs:
            return self._member(node.id, doc, names)
        scope = Scope(
            names,
            shared="a constant is made of numbers, True, False and other constants",
            commands="a constant cannot call a command",
            choices="a constant has one value",
        )
        before = names.found.count
        value = check(doc.value, scope)
        if isinstance(value, Literal):
            if isinstance(value.type, EnumType):
                return value.type.members[value.value]
            if isinstance(value.type, BoolType | IntType) or names.found.count > before:
                return value
        if names.found.count == before:
            names.found.report(
                doc.value.at,
                "a constant is an integer, True, False, or the name of an enum's member",
            )
        return Literal(0, NOTHING, doc.value.at)

    def _member(self, text: str, doc: ConstantDoc, names: Names) -> Literal | str:
        if text in names.enums:
            return text
        names.found.report(
            doc.value.at,
            f"no such constant, and no member of an enum: {text}",
            did_you_mean(text, [*(n for n in self._docs if n != doc.name.text), *names.enums]),
        )
        return Literal(0, NOTHING, doc.value.at)

    def shown(self, found: Diagnostics) -> Mapping[str, int | bool | str]:
        """All values as the user would write them; only after `resolve` found no mistake."""
        assert found.count == 0
        return {name: _plain(value) for name, value in self._values.items()}


def _plain(value: Literal | str) -> int | bool | str:
    if isinstance(value, str):
        return value
    return bool(value.value) if isinstance(value.type, BoolType) else value.value

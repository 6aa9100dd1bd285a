"""Constants: computed once, when they are first asked for, in any order of the text."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from ..source.diagnostics import did_you_mean
from ..syntax.nodes import ConstantDoc
from ..tree.expressions import Literal
from ..types import NOTHING, BoolType, EnumType, IntType
from .context import Names, Scope
from .expressions import check
from .on_demand import OnDemand

__all__ = ["constants_of", "plain_values"]

Constants = OnDemand[ConstantDoc, Literal | str]
"""A constant is an integer, a boolean, or a bare name, which stands for the enum member of that
name wherever the constant is used."""


def constants_of(docs: Iterable[ConstantDoc], names: Names) -> Constants:
    """The constants of a spec, whose names are `names`."""
    return OnDemand(
        "constants",
        {doc.name.text: doc for doc in docs},
        names.found,
        make=lambda doc: _compute(doc, names),
        unknown=lambda at: Literal(0, NOTHING, at),
    )


def plain_values(constants: Constants) -> dict[str, int | bool | str]:
    """All values as the user would write them; only where no mistake was found."""
    return {name: _plain(value) for name, value in constants.values.items()}


def _compute(doc: ConstantDoc, names: Names) -> Literal | str:
    node = doc.value.node
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _member(node.value, doc, names)
    if isinstance(node, ast.Name) and node.id not in names.constants:
        return _member(node.id, doc, names)
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


def _member(text: str, doc: ConstantDoc, names: Names) -> Literal | str:
    if text in names.enums:
        return text
    names.found.report(
        doc.value.at,
        f"no such constant, and no member of an enum: {text}",
        did_you_mean(text, [*(n for n in names.constants if n != doc.name.text), *names.enums]),
    )
    return Literal(0, NOTHING, doc.value.at)


def _plain(value: Literal | str) -> int | bool | str:
    if isinstance(value, str):
        return value
    return bool(value.value) if isinstance(value.type, BoolType) else value.value

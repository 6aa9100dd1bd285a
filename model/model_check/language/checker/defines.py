"""Named expressions: checked when first asked for, and put in wherever they are named."""

from __future__ import annotations

from collections.abc import Iterable

from ..syntax.nodes import DefineDoc
from ..tree.expressions import Expr
from ..tree.spec import Define
from ..tree.walk import is_deeper, size_of
from ..types import ProcessType, UnitType
from .context import Scope, broken
from .expressions import check
from .on_demand import OnDemand

__all__ = ["checked_defines", "defines_of"]

_MAX_SIZE = 20_000
"""Parts of an expression after its defines are put in: doubling thirty times makes a billion."""

_MAX_NESTING = 150
"""Depth of an expression after its defines are put in; all later passes recurse."""


Defines = OnDemand[DefineDoc, Expr]


def defines_of(docs: Iterable[DefineDoc], scope: Scope) -> Defines:
    """The defines of a spec, all in one scope."""
    return OnDemand(
        "defines",
        {doc.name.text: doc for doc in docs},
        scope.names.found,
        make=lambda doc: _compute(doc, scope),
        unknown=broken,
    )


def _compute(doc: DefineDoc, scope: Scope) -> Expr:
    found, name = scope.names.found, doc.name.text
    value = check(doc.value, scope)
    if isinstance(value.type, ProcessType | UnitType):
        found.report(doc.value.at, f"{name} has no value")
        value = broken(doc.value.at)
    if size_of(value, _MAX_SIZE) >= _MAX_SIZE or is_deeper(value, _MAX_NESTING):
        found.report(doc.value.at, f"{name} is too large with all defines put in")
        value = broken(doc.value.at)
    return value


def checked_defines(docs: Iterable[DefineDoc], defines: Defines) -> tuple[Define, ...]:
    """These defines, in their order."""
    return tuple(
        Define(doc.name.text, doc.value.text, defines.value(doc.name.text, doc.name.at))
        for doc in docs
    )

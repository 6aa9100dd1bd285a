"""`by_text(T)` in a kind: of each value of a type its place among all of them by their bytes.

A server that orders values compares what was sent, so that 10 comes before 9
(https://redis.io/docs/latest/develop/data-types/sorted-sets/).
"""

from __future__ import annotations

import ast

from ..bare_text import bare_text
from ..tree.expressions import (
    DictLiteral,
    Domain,
    Expr,
    Literal,
    NoneLiteral,
    RecordLiteral,
)
from ..types import BoolType, DictType, IntType, ProcessType
from .adapting import described, meaning
from .context import Context
from .displays import literals_of

__all__ = ["check_by_text"]


def check_by_text(context: Context, node: ast.Call) -> Expr:
    """A constant dict from each value of a type to its place."""
    (part,) = node.args
    domain = context.check(part)
    if not isinstance(domain, Domain) or isinstance(domain.of, ProcessType):
        return context.wrong(part, "by_text needs a type", "by_text(T)[x]: the place of x")
    values = literals_of(domain.of, context, part)
    texts = [bare_text(_plain(each)).encode() for each in values]
    if not values:
        return context.wrong(part, f"the values of {described(domain.of)} have no text")
    ordered = sorted(texts)
    at = context.at(node)
    places = (Literal(ordered.index(each), IntType(0, len(texts) - 1), at) for each in texts)
    return DictLiteral(tuple(places), DictType(domain.of, IntType(0, len(texts) - 1)), at)


def _plain(value: Expr) -> object:
    """The value of a literal, as JSON has it."""
    match value:
        case NoneLiteral():
            return None
        case RecordLiteral(fields):
            return {name: _plain(each) for name, each in fields}
        case Literal(number, BoolType()):
            return bool(number)
        case Literal():
            return meaning(value)
    raise AssertionError(f"{value} has no text")

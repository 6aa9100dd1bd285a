"""The content of one of several resources for one of its clients, where only a run tells which:
`socket[i].inbox[browser[i]]`.

In: such an expression. Out: one that looks into the instance that `i` names. Each instance has
clients of its own, so what it holds has a type of its own, and has no name without a client.
"""

from __future__ import annotations

import ast

from ..tree.expressions import (
    Broken,
    ClientOf,
    Compare,
    Conditional,
    Content,
    Expr,
    Index,
    Literal,
)
from ..types import BOOL, DictType, EnumType, IntType, Type
from .contents import index_of, resource_of
from .context import Context, broken
from .lookup import instance_of, names_instance

__all__ = ["check_of_own_client"]


def check_of_own_client(context: Context, node: ast.Subscript) -> Expr | None:
    """What the instance holds for the client; None where something else is written, or where
    every instance has the same clients."""
    match node.value:
        case ast.Attribute(value=ast.Subscript(slice=index) as base, attr=name):
            entry = resource_of(context, base)
        case _:
            return None
    if entry is None or entry.count is None or not context.scope.contents:
        return None
    kinds = entry.content.get(name, [])
    if len(set(kinds)) < 2 or not names_instance(context, node.slice):
        return None
    at = context.at(node)
    number = index_of(context, base, entry, index, name)
    if number is None or isinstance(number, Broken):
        return broken(at)
    if not _is_known(number, entry.count) or not all(map(_has_clients, kinds)):
        return None
    client = instance_of(context, node.slice)
    if client is None or isinstance(client[1], Broken):
        return broken(at)
    process, instance = client
    found: Expr | None = None
    for each, kind in reversed([*enumerate(kinds)]):
        assert isinstance(kind, DictType)
        key = ClientOf(process.name.text, instance, kind.key, context.at(node.slice))
        place = Literal(each, IntType(each, each), at)
        held = Index(Content(entry.name, place, name, kind, at), key, kind.value, at)
        if found is None:
            found = held
        else:
            here = Compare("==", number, place, BOOL, at)
            found = Conditional(here, held, found, kind.value, at)
    return found


def _is_known(number: Expr, count: int) -> bool:
    """Whether a number, which is no constant, surely is one of an instance."""
    match number.type:
        case IntType(int(low), int(high)):
            return not isinstance(number, Literal) and low >= 0 and high < count
    return False


def _has_clients(kind: Type) -> bool:
    match kind:
        case DictType(EnumType(members)):
            return bool(members)
    return False

"""From an expression to the place that it names, where that is known while lowering.

`inbox[caller]` is one variable of several: reading or writing all of them would make every
step touch what it has nothing to do with.
"""

from __future__ import annotations

from ...language.tree import expressions as exprs
from ...language.types import BoolType, DictType, EnumType, IntType, RecordType, UnionType
from ..ir import Const, Fail
from ..rewrite import statements_in
from .scope import LoweringScope
from .storage import Place
from .values import ScalarValue

__all__ = ["lvalue_of"]


def _variable(scope: LoweringScope, expr: exprs.Expr) -> Place | None:
    """The place of a variable that the running step may change, or of what a resource holds; None
    for anything else."""
    world = scope.world
    match expr:
        case exprs.SharedVar(name):
            return world.shared[name]
        case exprs.OwnVar(name):
            return scope.own(name)
        case exprs.KindVar(name):
            return world.stored[scope.resource, scope.resource_number, name]
        case exprs.Content(resource, None, name):
            return world.stored[resource, 0, name]
        case exprs.Content(resource, exprs.Literal(number), name):
            return world.stored[resource, number, name]
    return None


def lvalue_of(scope: LoweringScope, expr: exprs.Expr) -> Place | None:
    """The place of a variable, or of a dict's item or a record's field in one, if the keys on
    the way are known; None where they are not, or where it lies inside a list or an option."""
    match expr:
        case exprs.Index(base, index):
            outer = lvalue_of(scope, base)
            if outer is None or not isinstance(outer.type, DictType):
                return None
            number = _position(scope, outer.type, index)
            return None if number is None else outer.parts[number]
        case exprs.Field(exprs.KindVar(of=other), name) if other:
            return scope.world.stored[(*scope.others[other], name)]
        case exprs.Field(base, name):
            outer = lvalue_of(scope, base)
            if outer is None or not isinstance(outer.type, RecordType):
                return None
            return outer.parts[[each for each, _ in outer.type.fields].index(name)]
    return _variable(scope, expr)


def _position(scope: LoweringScope, kind: DictType, index: exprs.Expr) -> int | None:
    """Which of a dict's items a key names; None if that is not known, or none of them."""
    with scope.body.block() as written:
        # What is written here to find out is dropped: a known key needs nothing written,
        # unless it may fail.
        value = scope.value(index)
    if any(isinstance(each, Fail) for each in statements_in(written)):
        return None
    if not isinstance(value, ScalarValue) or not isinstance(value.expr, Const):
        return None
    number = value.expr.value
    match kind.key:
        case IntType(int(low), int(high)):
            return number - low if low <= number <= high else None
        case BoolType() | EnumType():
            return number
        case UnionType() as key if value.type == key:
            return number - key.low
    return None

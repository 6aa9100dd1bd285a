"""Integers, names and unions of them as each other: which number means the same in another type.

All three are one number at run time, a name of a union behind its integers (`UnionType`), so that
`done` is 0 in `enum(done)`, 4 in `1..3 | enum(done)`, and no 4 of `int`.
"""

from __future__ import annotations

from ...language.types import BoolType, EnumType, IntType, Type, UnionType
from ..ir import Const, Expr
from ..ir_builder import ONE, ZERO, both, equal, op, select

__all__ = ["has_union", "recoded"]


def has_union(*kinds: Type | None) -> bool:
    """Whether one of several types is a union, and not all of them are the same."""
    return any(isinstance(each, UnionType) for each in kinds) and len(set(kinds)) > 1


def recoded(expr: Expr, source: Type, target: Type) -> tuple[Expr, Expr]:
    """Whether a value of `source` is one of `target`, and its number there; where it is none, that
    is any of them. `expr` is a constant or a local."""
    match source, target:
        case UnionType(), _:
            is_number = op("<=", expr, Const(source.high))
            inside, number = _number(expr, target)
            fits, code = _named(expr, source.high + 1, source.names.members, target)
            there = op("|", both(is_number, inside), fits)
            return there, select(both(is_number, inside), number, code)
        case IntType(), UnionType():
            return _number(expr, target)
        case EnumType(members), UnionType():
            return _named(expr, 0, members, target)
    return ZERO, ZERO


def _number(expr: Expr, target: Type) -> tuple[Expr, Expr]:
    """The same for an integer."""
    match target:
        case IntType(None):
            return ONE, expr
        case IntType(int(low), int(high)):
            pass
        case UnionType():
            low, high = target.low, target.high
        case _:
            return ZERO, ZERO
    inside = both(op(">=", expr, Const(low)), op("<=", expr, Const(high)))
    return inside, select(inside, expr, Const(low))


def _named(expr: Expr, first: int, members: tuple[str, ...], target: Type) -> tuple[Expr, Expr]:
    """The same for a name, where `first` is the number of the first one."""
    there: Expr = ZERO
    code: Expr = Const(_first(target))
    for place, name in enumerate(members):
        number = _number_of(name, target)
        if number is not None:
            here = equal(expr, Const(first + place))
            there = op("|", there, here)
            code = select(here, Const(number), code)
    return there, code


def _number_of(name: str, target: Type) -> int | None:
    match target:
        case UnionType():
            return target.number_of(name)
        case EnumType(members):
            return members.index(name) if name in members else None
    return None


def _first(kind: Type) -> int:
    match kind:
        case UnionType():
            return kind.low
        case IntType(int(low)):
            return low
        case BoolType() | EnumType() | IntType():
            return 0
    return 0

"""Fitting a value to where it goes: the checks and small rewrites at that border.

An optional is opened where its value is needed, a display such as `[]` takes the type that
is declared, and what can never fit is refused.
"""

from __future__ import annotations

import ast

from ...codes import Code
from ..records import replace
from ..syntax.names import shorten
from ..tree.expressions import (
    Comprehension,
    Conditional,
    DictLiteral,
    Expr,
    Field,
    Function,
    ListLiteral,
    Literal,
    NoneLiteral,
    RecordLiteral,
    SetLiteral,
    Temporary,
)
from ..types import (
    BoolType,
    DictType,
    EnumType,
    IntType,
    ListType,
    NothingType,
    OptionType,
    ProcessType,
    RecordType,
    SetType,
    Type,
    UnionType,
    UnitType,
    finite_size,
)
from .context import Context, broken
from .relations import MAX_VALUES, fits, join, without_option

_ITEM = "(item)"
"""What no spec can call anything: the item of a list that is opened."""

__all__ = [
    "adapt", "boolean", "described", "enumerable", "integer", "meaning", "numeric", "opened",
]  # fmt: skip


def described(kind: Type) -> str:
    """A type in a message."""
    match kind:
        case IntType(int(low), int(high)) if low == high:
            return str(low)
        case OptionType(NothingType()):
            return "None"
        case ListType(NothingType()):
            return "an empty list"
        case SetType(NothingType()):
            return "an empty set"
        case ProcessType(name):
            return f"an instance of {name}"
    return shorten(str(kind))


def opened(value: Expr, node: ast.expr, context: Context) -> Expr:
    """The value itself where it may be `None`: taking it then is a run-time error."""
    if isinstance(value.type, OptionType):
        if isinstance(value.type.item, NothingType):
            return context.wrong(node, "None has no value")
        return Function("value", (value,), value.type.item, value.at)
    return value


def numeric(value: Expr, node: ast.expr, context: Context) -> Expr:
    """The value itself, and of a union the integer: where it is a name, taking that is a run-time
    error."""
    value = opened(value, node, context)
    if isinstance(value.type, UnionType):
        return Function("number", (value,), value.type.numbers, value.at)
    return value


def integer(value: Expr, node: ast.expr, context: Context, what: str) -> Expr:
    """`value` as an integer, which `what` needs."""
    value = numeric(value, node, context)
    if isinstance(value.type, IntType | NothingType):
        return value
    return context.wrong(node, f"{what} needs an integer, this is {described(value.type)}")


def boolean(value: Expr, node: ast.expr, context: Context, what: str) -> Expr:
    """`value` as a boolean, which `what` needs."""
    if isinstance(value.type, BoolType | NothingType):
        return value
    hint = ""
    match without_option(value.type):
        case _ if isinstance(value.type, OptionType):
            hint = "compare it with None"
        case ListType() | SetType():
            hint = "len(...) > 0 says that there is something in it"
        case IntType():
            hint = "compare it with a number"
    return context.wrong(node, f"{what} needs True or False, this is {described(value.type)}", hint)


def adapt(value: Expr, target: Type, node: ast.expr, context: Context, what: str) -> Expr:
    """`value` made to go into `what`, which is of type `target`; reports where it cannot."""
    if isinstance(value.type, UnitType):
        return context.wrong(node, "this command answers nothing, so there is no value to use")
    if isinstance(value.type, OptionType) and not isinstance(target, OptionType | NothingType):
        value = opened(value, node, context)
    if not _can_go(value, target):
        items = _opened_items(value, target)
        return items or context.wrong(node, *_misfit(value.type, target, what))
    return _retyped(value, target, node, context, what)


def _opened_items(value: Expr, target: Type) -> Expr | None:
    """A list of records, of which some fields may be `None` where `target` has none: each is
    opened. None where it does not fit even so."""
    match value.type, without_option(target):
        case ListType(RecordType(fields) as item), ListType(RecordType(wanted) as kind):
            known = dict(wanted)
            each = Temporary(_ITEM, item, value.at)
            parts: list[tuple[str, Expr]] = []
            for name, given in fields:
                part: Expr = Field(each, name, given, value.at)
                if isinstance(given, OptionType) and not isinstance(known.get(name), OptionType):
                    part = Function("value", (part,), given.item, value.at)
                parts.append((name, part))
            found = RecordType(tuple((name, part.type) for name, part in parts))
            if fits(found, kind):
                record = RecordLiteral(tuple(parts), found, value.at)
                result = ListType(found)
                return Comprehension("list", record, _ITEM, value, None, result, value.at)
    return None


def _can_go(value: Expr, target: Type) -> bool:
    """Whether a value fits, or is a display of which some items do not: they say it better."""
    if fits(value.type, target):
        return True
    display = isinstance(value, ListLiteral | SetLiteral | DictLiteral | RecordLiteral)
    return display and join(value.type, without_option(target)) is not None


def _misfit(kind: Type, target: Type, what: str) -> tuple[str, str, Code | None]:
    if isinstance(kind, IntType) and isinstance(without_option(target), IntType | UnionType):
        text = f"{described(kind)} is outside of {what}, which is {described(target)}"
        return text, "", Code.OUTSIDE_TYPE
    return f"{what} is {described(target)}, this is {described(kind)}", "", None


def _retyped(value: Expr, target: Type, node: ast.expr, context: Context, what: str) -> Expr:
    inner = without_option(target)

    def each(items: tuple[Expr, ...], kind: Type) -> tuple[Expr, ...]:
        return tuple(_item(item, kind, node, context, what) for item in items)

    match value, inner:
        case Literal(number, IntType() | EnumType() | UnionType()), UnionType():
            return _in_union(value, number, inner, target, node, context, what)
        case NoneLiteral(), _ if isinstance(target, OptionType):
            return replace(value, type=target)
        case ListLiteral(items), ListType(item):
            return replace(value, items=each(items, item), type=inner)
        case SetLiteral(items), SetType(item):
            return replace(value, items=each(items, item), type=inner)
        case DictLiteral(items), DictType(_, item):
            return replace(value, values=each(items, item), type=inner)
        case RecordLiteral(fields), RecordType(kinds):
            parts = tuple(
                (name, _item(part, kind, node, context, what))
                for (name, part), (_, kind) in zip(fields, kinds, strict=True)
            )
            return replace(value, fields=parts, type=inner)
        case Conditional(_, then, orelse), _:
            return replace(
                value,
                then=_item(then, target, node, context, what),
                orelse=_item(orelse, target, node, context, what),
                type=target if not isinstance(target, IntType) else value.type,
            )
    return value


def _in_union(
    value: Literal, number: int, kind: UnionType, target: Type, node: ast.expr, context: Context,
    what: str,
) -> Expr:  # fmt: skip
    """A constant as one of a union."""
    said = meaning(value)
    found = kind.number_of(said) if isinstance(said, str) else said
    if found is None or (isinstance(said, int) and not kind.low <= said <= kind.high):
        return context.wrong(node, *_misfit(value.type, target, what))
    return replace(value, value=found, type=kind)


def meaning(value: Literal) -> int | str:
    """What a constant is, whatever its type: a number (also for a truth) or a name."""
    match value.type:
        case EnumType(members):
            return members[value.value]
        case UnionType():
            return value.type.value_of(value.value)
    return value.value


def _item(value: Expr, target: Type, node: ast.expr, context: Context, what: str) -> Expr:
    # The parts of a display know where they stand better than the display does.
    if not _can_go(value, target):
        misfit = _misfit(value.type, target, what)
        context.scope.names.found.report(value.at, *misfit)
        return broken(value.at)
    return _retyped(value, target, node, context, what)


def enumerable(kind: Type, node: ast.expr, context: Context, what: str) -> bool:
    """Whether a type has few enough values for `what`; reports where it has not."""
    size = finite_size(kind)
    if isinstance(kind, NothingType) or (size is not None and size <= MAX_VALUES):
        return True
    if size is None:
        context.wrong(node, f"{what} must have a finite type, {described(kind)} is none",
                      "give its integers a range, such as 1..10")  # fmt: skip
    else:
        shown = f"{described(kind)} has {size:,} values"
        context.wrong(node, f"{shown}, {what} can have {MAX_VALUES:,}")
    return False

"""What can be set: variables, and the items and fields in them; what it becomes."""

from __future__ import annotations

import ast
from collections.abc import Set as AbstractSet
from typing import Literal as OneOf

from ..source.diagnostics import did_you_mean
from ..syntax.names import FUNCTIONS, WORDS
from ..syntax.nodes import Expression
from ..tree.expressions import (
    Binary,
    Broken,
    Expr,
    Field,
    Function,
    Index,
    KindVar,
    ListLiteral,
    OtherVar,
    OwnVar,
    SetLiteral,
    SharedVar,
    Temporary,
)
from ..tree.walk import root_of
from ..types import (
    NOTHING,
    DictType,
    ListType,
    NothingType,
    OptionType,
    RecordType,
    SetType,
    Type,
)
from .adapting import adapt, described, integer
from .calls import MUTATORS
from .comprehensions import ordered
from .context import Context, Scope
from .displays import storable
from .lookup import is_instance, names_instance
from .relations import join

__all__ = ["changed", "mutation", "root_name", "settable", "target_of"]

_INDEX = "what is set is looked up twice"


NO_RETURN = "a process ends behind its last step, and `break` leaves a loop"


def settable(target: ast.expr, scope: Scope, temporaries: AbstractSet[str]) -> str:
    """Why what is called by a name cannot be set; "" if it can, or if it is a temporary, or that
    is told of what is set in it."""
    name, names = root_name(target), scope.names
    if name in names.processes and any(isinstance(n, ast.Attribute) for n in ast.walk(target)):
        return ""
    if name in FUNCTIONS or name in WORDS:
        return f"{name} is a word of the language: it cannot be set"
    if name in scope.loops:
        return f"{name} is the variable of a loop: it cannot be set"
    if name in scope.own or name in names.shared or name in temporaries:
        return ""
    if scope.first and (name in names.processes or is_instance(scope.locals.get(name))):
        return ""
    if name in scope.locals:
        if isinstance(scope.locals[name], KindVar):
            return ""
        return f"{name} cannot be set here: it is given from outside"
    if name in names.constants:
        return f"{name} is a constant: it cannot be set"
    if name in names.declared:
        return f"{name} is {names.declared[name][0]}: it cannot be set"
    if name in names.enums:
        return f"{name} is a member of an enum: it cannot be set"
    return ""


def target_of(context: Context, node: ast.expr) -> Expr | None:
    """The place that `x`, `x[i]` or `x.field` names; None where a mistake was reported. The
    name itself is known to be settable and to have a value."""
    match node:
        case ast.Name():
            found = context.within(shared="").check(node)
            return found if isinstance(found, OwnVar | SharedVar | KindVar | Temporary) else None
        case ast.Subscript(value=base, slice=part):
            return _item(context, node, base, part)
        case ast.Attribute(value=base) if context.scope.first and names_instance(context, base):
            other = context.check(node)
            return other if isinstance(other, OtherVar) else None
        case ast.Attribute(value=base, attr=name):
            return _field(context, node, base, name)
    context.wrong(node, "only a variable can be set")
    return None


def _item(context: Context, node: ast.expr, base: ast.expr, part: ast.expr) -> Expr | None:
    place = target_of(context, base)
    if place is None:
        return None
    once = context.once(_INDEX)
    at = context.at(node)
    match place.type:
        case _ if isinstance(part, ast.Slice):
            context.wrong(node, "a slice cannot be set")
        case ListType(item):
            return Index(place, integer(once.check(part), part, once, "an index"), item, at)
        case DictType(key, item):
            return Index(place, adapt(once.check(part, key), key, part, once, "the key"), item, at)
        case NothingType():
            pass
        case kind:
            context.wrong(node, f"{described(kind)} has no items that can be set")
    return None


def _field(context: Context, node: ast.Attribute, base: ast.expr, name: str) -> Expr | None:
    root = base.value if isinstance(base, ast.Subscript) else base
    if isinstance(root, ast.Name) and root.id in context.scope.names.processes:
        context.wrong(node, f"{name} belongs to {root.id}: only {root.id} changes it",
                      "make it a shared variable under vars")  # fmt: skip
        return None
    place = target_of(context, base)
    if place is None:
        return None
    kind = place.type
    if isinstance(kind, RecordType):
        inner = kind.field(name)
        if inner is not None:
            return Field(place, name, inner, context.at(node))
        context.no_such(node, "field", name, [n for n, _ in kind.fields])
    elif isinstance(kind, OptionType):
        context.wrong(node, "this may be None: set it as a whole")
    elif not isinstance(kind, NothingType):
        context.wrong(node, f"{described(kind)} has no fields")
    return None


# --- methods that change a variable ----------------------------------------------------------


def mutation(expression: Expression) -> tuple[ast.expr, str, ast.Call] | None:
    """The place and the method of `shown.append(x)`; None for any other expression."""
    node = expression.node
    match node:
        case ast.Call(func=ast.Attribute(value=place, attr=name)) if name in MUTATORS:
            return place, name, node
    return None


def changed(context: Context, place: Expr, name: str, call: ast.Call) -> Expr | None:
    """The new value of `place` after `place.name(...)`; None where a mistake was reported."""
    at = context.at(call)
    wanted = 0 if name == "clear" else 1
    if call.keywords or len(call.args) != wanted:
        context.wrong(call, f"{name} takes {wanted} argument{'' if wanted == 1 else 's'}")
        return None
    match place.type, name:
        case ListType(), "clear":
            return ListLiteral((), ListType(NOTHING), at)
        case SetType(), "clear":
            return SetLiteral((), SetType(NOTHING), at)
        case ListType(item), "append":
            value = _new_item(context, place, call.args[0], item)
            items = ListLiteral((value,), ListType(value.type), at)
            return _join(context, call, "+", place, items)
        case ListType(), "extend":
            part = call.args[0]
            more = ordered(context.check(part, place.type))
            if not isinstance(root_of(place), Temporary):
                what = "an item" if isinstance(part, ast.List | ast.Set) else "the list"
                more = adapt(more, place.type, part, context, what)
            return _join(context, call, "+", place, more)
        case SetType(item), "add" | "discard" | "remove":
            value = _new_item(context, place, call.args[0], item)
            # What is put in must be an item; what is taken out may be anything.
            put = name == "add" and not isinstance(root_of(place), Temporary)
            single = SetLiteral((value,), SetType(item if put else value.type), at)
            after = _join(context, call, "|" if name == "add" else "-", place, single)
            if name == "remove" and after is not None:
                return Function("removed", (place, value), after.type, at)
            return after
        case NothingType(), _:
            return None
        case ListType(), "remove" | "discard":
            hint = "items = [x for x in items if x != y]"
        case ListType(), "add":
            hint = "a list has append(x)"
        case SetType(), "append" | "extend":
            hint = "a set has add(x), and s = s | t"
        case _:
            hint = did_you_mean(name, ())
    context.wrong(call, f"{described(place.type)} has no {name}()", hint)
    return None


def _new_item(context: Context, place: Expr, node: ast.expr, item: Type) -> Expr:
    value = storable(context.check(node, item), node, context)
    if isinstance(root_of(place), Temporary):
        return value  # its type is found from all that is put into it
    return adapt(value, item, node, context, "an item")


def _join(
    context: Context, node: ast.expr, sign: OneOf["+", "|", "-"], place: Expr, other: Expr
) -> Expr | None:
    if isinstance(other.type, NothingType):
        return other if isinstance(other, Broken) else place
    kind = join(place.type, other.type)
    if kind is None:
        context.wrong(node, f"{described(place.type)} cannot take in {described(other.type)}")
        return None
    if not isinstance(root_of(place), Temporary):
        kind = place.type
    return Binary(sign, place, other, kind, context.at(node))


def root_name(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""

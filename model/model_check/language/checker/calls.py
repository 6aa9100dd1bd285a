"""Calls: the builtin functions, `at` and `done`, and the commands of resources."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Literal as OneOf
from typing import cast

from ...codes import Code
from ..records import replace
from ..source.diagnostics import did_you_mean
from ..syntax.names import FUNCTIONS
from ..tree.expressions import (
    At,
    Choose,
    Done,
    Expr,
    Function,
    ListLiteral,
    Literal,
    Old,
    SetLiteral,
)
from ..tree.spec import LabelUse
from ..types import (
    BOOL,
    INT,
    NOTHING,
    BoolType,
    DictType,
    EnumType,
    IntType,
    ListType,
    NothingType,
    ProcessType,
    SetType,
    Type,
    UnionType,
    UnitType,
    finite_size,
)
from .adapting import described, enumerable, integer, opened
from .commands import check_command
from .comprehensions import Into, check_comprehension
from .context import Context, broken
from .displays import check_record
from .entries import ProcessEntry
from .lookup import instance_of
from .operators import integer_literal
from .relations import interval
from .rounds import domain_size
from .survey import command_name
from .text_order import check_by_text

__all__ = ["MUTATORS", "check_call"]

MUTATORS = ("append", "extend", "add", "discard", "remove", "clear")
"""Methods that change a variable: each is a statement."""

_Fold = OneOf["all", "any", "count", "sum"]
_CHOICES = "write x = choose(...) as a statement of its own, directly in a step"


def check_call(context: Context, node: ast.Call, expected: Type | None) -> Expr:
    target = command_name(node, context.scope.names.resources)
    if target is not None:
        return check_command(context, node, target)
    match node.func:
        case ast.Name(id="dict"):
            return _record(context, node, expected)
        case ast.Name(id=name) if name in _FUNCTIONS:
            if node.keywords or any(isinstance(a, ast.Starred) for a in node.args):
                return context.wrong(node, f"{name} takes plain arguments only")
            return _call_function(context, node, name)
        case ast.Name(id="by_text") if context.scope.in_kind and len(node.args) == 1:
            return check_by_text(context, node)
        case ast.Name(id=name) if name in context.scope.names.defines:
            return context.scope.names.defines[name].called(context, node)
        case ast.Name(id=name):
            known = [*sorted(FUNCTIONS), *context.scope.names.defines]
            hint = _ELSEWHERE.get(name) or did_you_mean(name, known)
            return context.wrong(node.func, f"no such function: {name}", hint)
        case ast.Attribute(value=base) if _root_is_unusable(context, base):
            return broken(context.at(node))
        case ast.Attribute(attr=name) if name in MUTATORS:
            return context.wrong(node, f"{name} changes a variable: write it as a statement of its "
                                 "own")  # fmt: skip
        case ast.Attribute(value=ast.Name(id=base), attr=name) if _is_unknown(context, base):
            known = [*context.scope.names.resources]
            return context.wrong(
                node.func.value, f"no such resource: {base}",
                did_you_mean(base, known) or did_you_mean(base, context.scope.visible()),
            )  # fmt: skip
        case ast.Attribute(attr=name):
            value = opened(context.check(node.func.value), node.func.value, context)
            if isinstance(value.type, NothingType):
                return value
            hint = _METHODS.get((type(value.type), name), "")
            if not hint and isinstance(value.type, ListType | SetType):
                hint = did_you_mean(name, MUTATORS)
            return context.wrong(node, f"{described(value.type)} has no {name}()", hint)
    return context.wrong(node, "this cannot be called")


_ELSEWHERE = {
    "sleep": "no time passes in a model: any step may come as late as it likes",
    "print": "a trace shows every change, and what stands under watch",
    "enumerate": "for i in range(len(items))",
    "zip": "for i in range(len(items))",
    "map": "[f(x) for x in items]",
    "filter": "[x for x in items if test]",
    "random": "x = choose(items) tries every one",
    "randint": "x = choose(range(a, b)) tries all",
    "reversed": "items[len(items) - 1 - i]",
    "isinstance": "x in T asks whether x is one of the values of the type T",
}
"""What is written instead of Python's functions that are not in the language."""
_METHODS: dict[tuple[type[Type], str], str] = {
    (ListType, "pop"): "take items[0], then items = items[1:]",
    (SetType, "pop"): "x = choose(items), then items.remove(x)",
    (ListType, "insert"): "items = [x] + items puts x in front",
    (ListType, "index"): "x in items asks whether it is there",
    (ListType, "count"): "count(x == y for x in items)",
    (ListType, "sort"): "items = sorted(items)",
    (ListType, "reverse"): "items = [items[-i] for i in range(1, len(items) + 1)]",
    (DictType, "get"): "a dict has all its keys: items[key]",
    (DictType, "keys"): "a dict has all its keys: loop over the type of the key",
    (DictType, "values"): "[items[k] for k in T], with the type T of the key",
    (DictType, "items"): "loop over the type of the key, and read items[key]",
    (DictType, "pop"): "a dict has all its keys: make its values T?, and set None",
    (SetType, "union"): "a | b",
    (SetType, "intersection"): "a & b",
    (SetType, "difference"): "a - b",
}
"""What is written instead of Python's methods that are not in the language."""


def _root_is_unusable(context: Context, node: ast.expr) -> bool:
    root = node.value if isinstance(node, ast.Subscript) else node
    return isinstance(root, ast.Name) and root.id in context.scope.names.unusable


def _is_unknown(context: Context, name: str) -> bool:
    scope = context.scope
    return name not in scope.visible() and name not in scope.pending and name != "self"


def _call_function(context: Context, node: ast.Call, name: str) -> Expr:
    function, low, high = _FUNCTIONS[name]
    given = len(node.args)
    if given >= low and (high is None or given <= high):
        return function(context, node, name)
    if name == "range" and given == 3:
        return context.wrong(node.args[2], "range takes no step")
    wanted = f"at least {low}" if high is None else f"{low}"
    if high is not None and high > low:
        wanted += f" or {high}"
    plural = "" if wanted.endswith("1") else "s"
    return context.wrong(node, f"{name} takes {wanted} argument{plural}, {given} given")


def _record(context: Context, node: ast.Call, expected: Type | None) -> Expr:
    if node.args or any(k.arg is None for k in node.keywords):
        return context.wrong(node, "dict(...) makes a record: dict(id=1, last=False)")
    fields = [(str(k.arg), k.value) for k in node.keywords]
    if not fields:
        return context.wrong(node, "a record needs at least one field")
    return check_record(context, node, fields, expected)


# --- collections -------------------------------------------------------------------------------


def _collection(context: Context, node: ast.Call, name: str) -> tuple[Expr, Type]:
    """The only argument, a list or a set, and the type of its items."""
    part = node.args[0]
    if isinstance(part, ast.GeneratorExp):
        into: Into = "set" if name == "set" else "list"
        value = check_comprehension(context, part, part.elt, part.generators, into)
    else:
        value = opened(context.check(part), part, context)
    match value.type:
        case ListType(item) | SetType(item):
            if isinstance(item, ProcessType):
                return context.wrong(part, "process instances cannot be stored"), NOTHING
            return value, item
        case NothingType():
            return value, NOTHING
    wrong = context.wrong(part, f"{name} needs a list or a set, this is {described(value.type)}")
    return wrong, NOTHING


def _len(context: Context, node: ast.Call, name: str) -> Expr:
    part = node.args[0]
    if isinstance(part, ast.GeneratorExp):
        return context.wrong(part, "len needs a list or a set", "count(...) counts what is true")
    if isinstance(part, ast.Name) and part.id in context.scope.names.processes:
        return integer_literal(context, node, context.scope.names.processes[part.id].count)
    value, item = _collection(context, node, name)
    size = domain_size(value, context.scope.names)
    if size is not None:
        return integer_literal(context, node, size)
    most = finite_size(item) if isinstance(value.type, SetType) else None
    kind = INT if most is None else IntType(0, most)
    return Function("len", (value,), kind, context.at(node))


def _sorted(context: Context, node: ast.Call, name: str) -> Expr:
    value, item = _collection(context, node, name)
    if not _is_ordered(item):
        return context.wrong(node.args[0], f"sorted cannot order {described(item)}")
    return Function("sorted", (value,), ListType(item), context.at(node))


def _is_ordered(kind: Type) -> bool:
    return isinstance(kind, IntType | EnumType | UnionType | BoolType | NothingType)


def _list(context: Context, node: ast.Call, name: str) -> Expr:
    at = context.at(node)
    if not node.args:
        return ListLiteral((), ListType(NOTHING), at)
    value, item = _collection(context, node, name)
    return Function("list", (value,), ListType(item), at)


def _set(context: Context, node: ast.Call, name: str) -> Expr:
    at = context.at(node)
    if not node.args:
        return SetLiteral((), SetType(NOTHING), at)
    value, item = _collection(context, node, name)
    if not enumerable(item, node.args[0], context, "the items of a set"):
        return broken(at)
    if isinstance(value.type, SetType):
        return value
    return Function("set", (value,), SetType(item), at)


def _range(context: Context, node: ast.Call, name: str) -> Expr:
    at = context.at(node)
    parts = [integer(context.check(a), a, context, name) for a in node.args]
    start = parts[0] if len(parts) == 2 else integer_literal(context, node, 0)
    stop = parts[-1]
    if isinstance(start, Literal) and isinstance(stop, Literal) and start.value >= stop.value:
        return ListLiteral((), ListType(NOTHING), at)
    item = INT
    match start.type, stop.type:
        case IntType(int(low)), IntType(_, int(high)):
            item = IntType(low, max(low, high - 1))
    return Function("range", (start, stop), ListType(item), at)


def _choose(context: Context, node: ast.Call, name: str) -> Expr:
    if context.scope.choices or context.depth > 1:
        why = context.scope.choices or _CHOICES
        return context.wrong(node, "nothing can be chosen here", why, Code.NOT_CHOSEN_HERE)
    value, item = _collection(context, node, name)
    if isinstance(item, NothingType) and isinstance(value.type, ListType | SetType):
        return context.wrong(node, "there is nothing to choose from")
    return Choose(value, item, context.at(node))


# --- numbers and truths --------------------------------------------------------------------------


def _fold(context: Context, node: ast.Call, name: str) -> Expr:
    """all, any, count, sum of a collection or a generator expression."""
    part = node.args[0]
    if isinstance(part, ast.GeneratorExp):
        return check_comprehension(context, part, part.elt, part.generators, cast(Into, name))
    value, item = _collection(context, node, name)
    wanted = IntType if name == "sum" else BoolType
    if not isinstance(item, wanted | NothingType):
        needs = "integers" if name == "sum" else "True or False"
        hint = ""
        if isinstance(item, UnionType) and name == "sum":
            hint = "sum(n for n in items if n in T), T the type of its integers, leaves names out"
        return context.wrong(part, f"{name} needs {needs}, these are {described(item)}", hint)
    kind: Type = BOOL if name in ("all", "any") else INT
    return Function(cast(_Fold, name), (value,), kind, context.at(node))


def _extreme(context: Context, node: ast.Call, name: str) -> Expr:
    """min and max, of a collection or of several numbers."""
    if len(node.args) > 1:
        return _extreme_of(context, node, name)
    part = node.args[0]
    if isinstance(part, ast.GeneratorExp):
        return check_comprehension(context, part, part.elt, part.generators, cast(Into, name))
    value, item = _collection(context, node, name)
    if not _is_ordered(item):
        return context.wrong(part, f"{name} cannot order {described(item)}")
    if isinstance(item, NothingType) and isinstance(value.type, ListType | SetType):
        return context.wrong(part, f"{name} of nothing: this is always empty")
    return Function("min" if name == "min" else "max", (value,), item, context.at(node))


def _extreme_of(context: Context, node: ast.Call, name: str) -> Expr:
    parts = tuple(integer(context.check(a), a, context, name) for a in node.args)
    best = min if name == "min" else max
    known = [p.value for p in parts if isinstance(p, Literal)]
    if len(known) == len(parts):
        return integer_literal(context, node, best(known))
    extreme = Function("min" if name == "min" else "max", parts, INT, context.at(node))
    low, high = _bounds(extreme)
    kind = INT if low is None or high is None else interval(low, high)
    return replace(extreme, type=kind)


def _bounds(value: Expr) -> tuple[int | None, int | None]:
    """Between which numbers an integer lies, as far as one knows: also of `min(9, n)`, which
    has no type of its own, so that `max(0, min(9, n))` has."""
    match value:
        case Function("min" | "max" as name, (_, _, *_) as parts, IntType(low=None)):
            ends = [_bounds(part) for part in parts]
            lows = [low for low, _ in ends if low is not None]
            highs = [high for _, high in ends if high is not None]
            if name == "min":
                return (min(lows) if len(lows) == len(ends) else None, min(highs, default=None))
            return (max(lows, default=None), max(highs) if len(highs) == len(ends) else None)
    return (value.type.low, value.type.high) if isinstance(value.type, IntType) else (None, None)


def _abs(context: Context, node: ast.Call, name: str) -> Expr:
    value = integer(context.check(node.args[0]), node.args[0], context, name)
    if isinstance(value, Literal):
        return integer_literal(context, node, abs(value.value))
    kind = INT
    match value.type:
        case IntType(int(low), int(high)):
            ends = (abs(low), abs(high))
            kind = IntType(0 if low <= 0 <= high else min(ends), max(ends))
    return Function("abs", (value,), kind, context.at(node))


# --- where processes stand -----------------------------------------------------------------------


def _instance(context: Context, node: ast.Call, name: str) -> tuple[ProcessEntry, Expr] | None:
    if context.scope.shared:
        context.wrong(node, f"{name}() looks at another process", context.scope.shared)
        return None
    if context.scope.places:
        context.wrong(node, f"{name}() cannot be asked here", context.scope.places)
        return None
    part = node.args[0]
    found = instance_of(context, part)
    if found is None:
        known = list(context.scope.names.processes)
        context.no_such(part, "process", ast.unparse(part)[:40], known)
    return found


def _at(context: Context, node: ast.Call, name: str) -> Expr:
    at = context.at(node)
    found = _instance(context, node, name)
    if found is None:
        return broken(at)
    entry, instance = found
    label = node.args[1]
    if not isinstance(label, ast.Name):
        return context.wrong(label, f"at needs a label, such as at({entry.name.text}, "
                             f"{next(iter(entry.labels), 'step')})")  # fmt: skip
    step = entry.step_of(label.id)
    if step is None:
        return context.wrong(label, f"no such label in {entry.name.text}: {label.id}",
                             did_you_mean(label.id, entry.labels))  # fmt: skip
    use = LabelUse(entry.name.text, label.id, context.at(label))
    context.scope.names.label_uses[use] = None
    return At(entry.name.text, instance, step, BOOL, at)


def _done(context: Context, node: ast.Call, name: str) -> Expr:
    at = context.at(node)
    found = _instance(context, node, name)
    return broken(at) if found is None else Done(found[0].name.text, found[1], BOOL, at)


def _old(context: Context, node: ast.Call, name: str) -> Expr:
    if context.scope.steps:
        return context.wrong(node, "old(...) is the value before a step", context.scope.steps)
    inner = context.within(steps="it stands in old(...) already")
    value = inner.check(node.args[0])
    if isinstance(value.type, ProcessType | UnitType):
        return context.wrong(node.args[0], "this has no value")
    return Old(value, value.type, context.at(node))


_FUNCTIONS: Mapping[str, tuple[Callable[[Context, ast.Call, str], Expr], int, int | None]] = {
    "len": (_len, 1, 1), "sorted": (_sorted, 1, 1), "list": (_list, 0, 1), "set": (_set, 0, 1),
    "range": (_range, 1, 2), "choose": (_choose, 1, 1), "all": (_fold, 1, 1), "any": (_fold, 1, 1),
    "count": (_fold, 1, 1), "sum": (_fold, 1, 1), "min": (_extreme, 1, None),
    "max": (_extreme, 1, None), "abs": (_abs, 1, 1), "at": (_at, 2, 2), "done": (_done, 1, 1),
    "old": (_old, 1, 1),
}  # fmt: skip
"""Each with the least and the most arguments that it takes."""

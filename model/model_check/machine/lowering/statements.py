"""From the statements of a step to those of a body, in the order in which they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ...language.records import replace
from ...language.tree import expressions as exprs
from ...language.tree import statements as stmts
from ...language.types import BOOL
from ..core import Wait
from ..ir import Choice, Const, Expr, If, Local, Require
from ..ir_builder import IN_A_ROW, ONE, ZERO, equal, mask_of, negate, op, select
from ..limits import MOST_CHOICES, TooLargeError
from ..shapes import raw_count
from .calls import call_then, chooses
from .coercion import coerce, pack_item
from .collections import over
from .indexing import checked_index, key_cases
from .lvalues import lvalue_of
from .notices import tell
from .renewing import renew
from .scope import LoweringScope, MutableValue
from .storage import write
from .values import (
    DictValue,
    ListValue,
    RecordValue,
    ScalarValue,
    SetValue,
    Value,
    default,
    item_at,
    merge,
    unpack,
)
from .watching import mark

__all__ = [
    "after_choice", "assign", "chosen_in", "conditional_names", "declare", "execute",
    "execute_then",
]  # fmt: skip

_CHOSEN = "(chosen)"  # no name that a spec could use


def execute(scope: LoweringScope, statements: Sequence[stmts.StepStatement]) -> Value | None:
    """Lower statements without a choice; the value of the `return`, if there is one."""
    scope.conditional = scope.conditional | conditional_names(statements)
    result: Value | None = None
    for statement in statements:
        result = _one(scope, statement)
    return result


def execute_then(
    scope: LoweringScope, statements: Sequence[stmts.StepStatement], rest: Callable[[], None]
) -> None:
    """Lower the statements of a step, and `rest` (what follows in the same step) behind
    them. Everything behind a `choose`, or a command that chooses, happens once for each thing that
    can be chosen."""
    scope.conditional = scope.conditional | conditional_names(statements)
    for i, statement in enumerate(statements):
        called = _choosing_call(scope, statement)
        if called is not None:
            _called(scope, statement, called, statements[i + 1 :], rest)
            return
        choice = chosen_in(statement.value) if isinstance(statement, stmts.Assign) else None
        if choice is not None:
            assert isinstance(statement, stmts.Assign)
            _chosen(scope, statement, choice, statements[i + 1 :], rest)
            return
        _one(scope, statement)
    rest()


def _choosing_call(
    scope: LoweringScope, statement: stmts.StepStatement
) -> exprs.CommandCall | None:
    """The call of a command that chooses which a statement is."""
    match statement:
        case stmts.Assign(_, value) | stmts.Evaluate(value):
            if isinstance(value, exprs.Function) and value.name == "value":
                (value,) = value.arguments
            if isinstance(value, exprs.CommandCall) and chooses(scope, value):
                return value
    return None


def _called(
    scope: LoweringScope,
    statement: stmts.StepStatement,
    called: exprs.CommandCall,
    following: Sequence[stmts.StepStatement],
    rest: Callable[[], None],
) -> None:
    def go_on(value: Value) -> None:
        if isinstance(statement, stmts.Assign):
            assign(scope, statement.target, after_choice(scope, statement.value, value))
        execute_then(scope, following, rest)

    call_then(scope, called, go_on)


def _chosen(
    scope: LoweringScope,
    statement: stmts.Assign,
    choice: exprs.Choose,
    following: Sequence[stmts.StepStatement],
    rest: Callable[[], None],
) -> None:
    def go_on(value: Value) -> None:
        assign(scope, statement.target, after_choice(scope, statement.value, value))
        execute_then(scope, following, rest)

    choose(scope, choice, go_on)


def chosen_in(value: exprs.Expr) -> exprs.Choose | None:
    """The choice that a value to be assigned is; also one of optional items, opened."""
    match value:
        case exprs.Choose() as choice:
            return choice
        case exprs.Function("value", (exprs.Choose() as choice,)):
            return choice
    return None


def after_choice(scope: LoweringScope, expr: exprs.Expr, chosen: Value) -> Value:
    """What such a value is when its choice is made."""
    if not isinstance(expr, exprs.Function):
        return chosen
    (choice,) = expr.arguments
    scope.names[_CHOSEN] = chosen
    opened = scope.value(
        replace(expr, arguments=(exprs.Temporary(_CHOSEN, choice.type, choice.at),))
    )
    del scope.names[_CHOSEN]
    return opened


def choose(scope: LoweringScope, choice: exprs.Choose, do: Callable[[Value], None]) -> None:
    """Write a free choice of one item of a collection; `do` writes what follows."""
    body = scope.body
    source = scope.value(choice.source)
    index = body.fresh("c")
    match source:
        case SetValue(item=item):
            size = raw_count(item)
            count: Expr = Const(size)
            bound: int | None = size
        case ListValue(length, _, _, _, limit):
            # One round even of nothing: a failure on the way here must be told.
            count = body.name(select(equal(length, ZERO), ONE, length))
            bound = None if limit is None else max(limit, 1)
        case _:
            raise TypeError("choose needs a list or a set")
    if body.choices >= MOST_CHOICES:
        raise TooLargeError(f"more than {MOST_CHOICES} choices in one step")
    body.choices += 1
    with body.block() as block:
        if isinstance(source, SetValue):
            body.require(op("&", op(">>", source.mask, Local(index)), ONE))
            raw: Expr = Local(index)
        else:
            body.require(op("!=", source.length, ZERO))
            raw = body.name(item_at(source, Local(index)))
        if body.attempt is not None:
            # What is chosen in vain is chosen once.
            body.emit(
                Require(op("|", negate(Local(body.attempt.raised)), equal(Local(index), ZERO)))
            )
        do(coerce(body, unpack(raw, source.item), choice.type, "the choice", choice.at))
    body.choices -= 1
    body.emit(Choice(index, count, bound, tuple(block)))


def conditional_names(statements: Sequence[stmts.StepStatement]) -> frozenset[str]:
    """Temporaries that are assigned in a branch or a loop: their value depends on the way
    taken, so they live in locals of their own."""
    found: set[str] = set()
    for target in _targets(
        [s for s in statements if isinstance(s, stmts.If | stmts.ForEach | stmts.Branch)]
    ):
        while isinstance(target, exprs.Index | exprs.Field):
            target = target.base
        if isinstance(target, exprs.Temporary):
            found.add(target.name)
    return frozenset(found)


def _one(scope: LoweringScope, statement: stmts.StepStatement) -> Value | None:
    body = scope.body
    match statement:
        case stmts.Assign(target, value):
            renew(scope, statement)
            assign(scope, target, scope.value(value))
        case stmts.Evaluate(value) | stmts.Return(value):
            result = scope.value(value)
            return result if isinstance(statement, stmts.Return) else None
        case stmts.Await(condition, at, text):
            wait = Wait(text, at, command=bool(scope.resource))
            body.require(body.name(scope.scalar(condition)), wait)
        case stmts.If(branches, orelse):
            _branch(scope, branches, orelse)
        case stmts.ForEach(binder, source, block):
            declare(scope, block)

            def visit(item: Value) -> None:
                # What the loop assigns must be seen after it: the same names, one more.
                scope.names[binder] = item
                execute(scope, block)

            over(scope, source, visit)
            scope.names.pop(binder, None)
        case stmts.Watching(word, of=of):
            mark(scope, word, of)
        case stmts.Notify(event, of):
            tell(scope, event, of)
        case stmts.Refuse():
            assert scope.refuses is not None  # what nobody calls refuses nothing
            scope.refuses(statement)
        case stmts.Pass():
            pass
    return None


def _branch(
    scope: LoweringScope,
    branches: tuple[tuple[exprs.Expr, tuple[stmts.StepStatement, ...]], ...],
    orelse: tuple[stmts.StepStatement, ...],
) -> None:
    body = scope.body
    if not branches:
        execute(scope, orelse)
        return
    if len(branches) > IN_A_ROW:
        _one_by_one(scope, branches, orelse)
        return
    (condition, then), rest = branches[0], branches[1:]
    test = body.name(scope.scalar(condition))
    scope.decided(condition, test)
    if isinstance(test, Const):
        if test.value:
            execute(scope, then)
        else:
            _branch(scope, rest, orelse)
        return
    # Mutable temporaries must exist before the first branch that assigns them.
    declare(scope, (stmts.If(branches, orelse, condition.at),))
    with body.block() as first:
        execute(scope, then)
    with body.block() as second:
        _branch(scope, rest, orelse)
    body.when(test, first, second)


def _one_by_one(
    scope: LoweringScope,
    branches: tuple[tuple[exprs.Expr, tuple[stmts.StepStatement, ...]], ...],
    orelse: tuple[stmts.StepStatement, ...],
) -> None:
    """A long chain of branches, written without nesting one in the other: a local says whether
    none has been taken yet."""
    body = scope.body
    declare(scope, (stmts.If(branches, orelse, branches[0][0].at),))
    _, (none_yet,) = body.mutable(ScalarValue(ONE, BOOL))
    for start in range(0, len(branches), IN_A_ROW):
        group = branches[start : start + IN_A_ROW]
        with body.block() as inside:
            body.store([none_yet], ScalarValue(ZERO, BOOL))
            _group(scope, group, none_yet)
        body.emit(If(Local(none_yet), tuple(inside)))
    with body.block() as last:
        execute(scope, orelse)
    body.when(Local(none_yet), last, [])


def _group(
    scope: LoweringScope,
    branches: tuple[tuple[exprs.Expr, tuple[stmts.StepStatement, ...]], ...],
    none_yet: str,
) -> None:
    body = scope.body
    if not branches:
        body.store([none_yet], ScalarValue(ONE, BOOL))
        return
    (condition, then), rest = branches[0], branches[1:]
    test = body.name(scope.scalar(condition))
    scope.decided(condition, test)
    with body.block() as first:
        execute(scope, then)
    with body.block() as second:
        _group(scope, rest, none_yet)
    body.when(test, first, second)


def declare(scope: LoweringScope, statements: Sequence[stmts.StepStatement]) -> None:
    """Give the temporaries that are assigned here locals, before the first branch."""
    for target in _targets(statements):
        if isinstance(target, exprs.Temporary) and target.name not in scope.names:
            _make_mutable(scope, target, None)


def _targets(statements: Sequence[stmts.StepStatement]) -> Iterator[exprs.Expr]:
    """What is assigned, in branches and loops too."""
    for statement in statements:
        match statement:
            case stmts.Assign(target):
                yield target
            case stmts.If(branches, orelse):
                for _, block in branches:
                    yield from _targets(block)
                yield from _targets(orelse)
            case stmts.Branch(branches):
                for block in branches:
                    yield from _targets(block)
            case stmts.ForEach(body=block):
                yield from _targets(block)


def _make_mutable(scope: LoweringScope, target: exprs.Temporary, value: Value | None) -> None:
    body = scope.body
    if value is None:
        value = default(target.type, body.layout)
    held, names = body.mutable(coerce(body, value, target.type, target.name, target.at))
    scope.names[target.name] = MutableValue(held, names)


def assign(scope: LoweringScope, target: exprs.Expr, value: Value) -> None:
    """Give a target a value: a variable, a temporary, or a part of one."""
    body = scope.body
    place = lvalue_of(scope, target)
    if place is not None:
        write(body, place, value, target.at)
        return
    match target:
        case exprs.Temporary(name, kind):
            fitted = coerce(body, value, kind, name, target.at)
            held = scope.names.get(name)
            if isinstance(held, MutableValue):
                body.store(held.names, fitted)
            elif name in scope.conditional:
                _make_mutable(scope, target, fitted)
            else:
                scope.names[name] = body.name_value(fitted)
        case exprs.Index(base, index):
            whole = scope.value(base)
            assign(scope, base, _with_item(scope, whole, index, value, target))
        case exprs.Field(base, name):
            record = scope.value(base)
            assert isinstance(record, RecordValue)
            parts = list(record.fields)
            number = [n for n, _ in record.type.fields].index(name)
            what = _shown(target)
            parts[number] = coerce(body, value, record.type.fields[number][1], what, target.at)
            assign(scope, base, RecordValue(tuple(parts), record.type))
        case _:
            raise TypeError(f"{type(target).__name__} cannot be assigned")


def _shown(target: exprs.Expr) -> str:
    """What is set, for a message."""
    match target:
        case exprs.Index(base=base):
            return f"an item of {_shown(base)}"
        case exprs.Field(base=base, name=name):
            return f"{_shown(base)}.{name}"
        case (
            exprs.SharedVar(name) | exprs.OwnVar(name) | exprs.KindVar(name) | exprs.Temporary(name)
        ):
            return name
    raise TypeError(f"{type(target).__name__} cannot be assigned")


def _with_item(
    scope: LoweringScope, whole: Value, index: exprs.Expr, value: Value, target: exprs.Index
) -> Value:
    body = scope.body
    if isinstance(whole, DictValue):
        key = coerce(body, scope.value(index), whole.type.key, "the key", index.at)
        fitted = coerce(body, value, whole.type.value, _shown(target), target.at)
        values = list(whole.values)
        for test, i in key_cases(scope, whole, key):
            values[i] = merge(test, fitted, values[i])
        return DictValue(tuple(values), whole.type)
    assert isinstance(whole, ListValue)
    position = checked_index(scope, whole, scope.scalar(index), target.at)
    item = coerce(body, value, whole.type.item, _shown(target), target.at)
    width = whole.item.width
    shift = body.name(op("*", position, Const(width)))
    hole = op("^", whole.items, op("&", whole.items, op("<<", mask_of(Const(width)), shift)))
    bits = op("<<", pack_item(body, item, whole.item, target.at), shift)
    return ListValue(
        whole.length, body.name(op("|", hole, bits)), whole.item, whole.type, whole.bound
    )

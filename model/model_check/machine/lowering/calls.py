"""A command of a resource, inlined where it is called.

What the command means stands in its kind, in the language itself; here its body is lowered
with the caller's arguments, and a `Note` tells traces what went over the wire.
"""

from __future__ import annotations

from ...language.tree import expressions as exprs
from ...language.tree.spec import Command, Resource
from ...language.types import Type, UnitType
from ..core import Call, Const, Expr, If, Local
from ..ir_builder import ZERO, equal, op
from ..shapes import unlimited
from .coercion import coerce, surely_fits
from .scope import Scope
from .values import NoValue, ProcessValue, Scalar, Value, components, default, pack, rebuild

__all__ = ["call"]


def call(scope: Scope, expr: exprs.CommandCall, *, sending: bool) -> Value:
    """What the command answers; `sending` runs its issue part instead."""
    resource = scope.world.spec.resource(expr.resource)
    arguments = [scope.value(a) for a in expr.arguments]
    if expr.instance is None:
        return _inlined(scope, expr, resource, 0, arguments, sending)
    index = scope.value(expr.instance)
    assert isinstance(index, Scalar)
    count = resource.count or 1
    if isinstance(index.expr, Const) and 0 <= index.expr.value < count:
        return _inlined(scope, expr, resource, index.expr.value, arguments, sending)
    outside = op("|", op("<", index.expr, ZERO), op(">=", index.expr, Const(count)))
    scope.body.fail(outside, f"there is no such {resource.name}: {count} are declared", expr.at)
    return _any_of(scope, expr, resource, index.expr, arguments, sending)


def _any_of(
    scope: Scope,
    expr: exprs.CommandCall,
    resource: Resource,
    index: Expr,
    arguments: list[Value],
    sending: bool,
) -> Value:
    # Which instance is meant is only known at run time: one branch for each.
    body = scope.body
    index = body.name(index)
    result: Value = NoValue()
    names: list[str] = []
    for number in range(resource.count or 1):
        # An instance that this process was never counted a client of cannot be meant.
        with body.block() as block:
            value = _inlined(scope, expr, resource, number, arguments, sending)
            if number == 0 and not isinstance(value, NoValue):
                result = rebuild(value, components(value), bounded=False)
                names = [body.fresh("v") for _ in components(value)]
            if names:
                body.store(names, value)
        if number == 0 and names:
            kind = resource.commands[0][expr.command].result
            body.store(names, coerce(body, default(kind, body.layout), kind, "", expr.at))
        body.emit(If(equal(index, Const(number)), tuple(block)))
    if not names:
        return result
    return body.name_value(rebuild(result, iter([Local(n) for n in names])))


def _inlined(
    scope: Scope,
    expr: exprs.CommandCall,
    resource: Resource,
    number: int,
    arguments: list[Value],
    sending: bool,
) -> Value:
    command = resource.commands[number][expr.command]
    body = scope.body
    process = scope.world.spec.process(scope.process)
    caller = process.name if process.single else f"{process.name}[{scope.number}]"
    clients = resource.clients[number].members
    names = _given(scope, expr, command, arguments)
    inside = Scope(
        scope.world, body, scope.process, scope.number, resource.name, number,
        clients.index(caller) if caller in clients else 0, dict(names),
    )  # fmt: skip
    statements = command.issue if sending else command.run
    later = (resource.name, number, command)
    if command.afterwards and not sending and later not in scope.afterwards:
        scope.afterwards.append(later)
    answer = scope.world.execute(inside, statements)
    shown, kinds = _as_sent(arguments, list(names.values()), command)
    if answer is not None:
        answer = coerce(body, answer, command.result, "the answer", expr.at)
        shown.append(answer)
        kinds.append(command.result)
    _tell(scope, expr, resource, number, command, shown, kinds, sending)
    return answer if answer is not None else NoValue()


def _given(
    scope: Scope, expr: exprs.CommandCall, command: Command, arguments: list[Value]
) -> dict[str, Value]:
    """The arguments by name, as values of the parameters' types; it is told before it is
    checked that they are."""
    body = scope.body

    def fit(value: Value, name: str, kind: Type) -> Value:
        return coerce(body, value, kind, f"{expr.resource}.{expr.command}: {name}", expr.at)

    parameters = list(zip(command.parameters, arguments, strict=True))
    fitted = [
        fit(value, name, kind) if surely_fits(value, kind) else value
        for (name, kind), value in parameters
    ]
    shown, kinds = _as_sent(arguments, fitted, command)
    values = tuple(pack(v, unlimited(k, body.layout)) for v, k in zip(shown, kinds, strict=True))
    body.note(len(scope.world.tables.calls), values, sent=True)
    return {
        name: each if surely_fits(value, kind) else fit(value, name, kind)
        for ((name, kind), value), each in zip(parameters, fitted, strict=True)
    }


def _as_sent(
    arguments: list[Value], fitted: list[Value], command: Command
) -> tuple[list[Value], list[Type]]:
    # What does not fit is told as it is, not as what goes on in its place.
    shown: list[Value] = []
    kinds: list[Type] = []
    for (_, kind), value, fits in zip(command.parameters, arguments, fitted, strict=True):
        own = kind if isinstance(value, NoValue | ProcessValue) else value.type
        sure = surely_fits(value, kind)
        shown.append(fits if sure else value)
        kinds.append(kind if sure else own)
    return shown, kinds


def _tell(
    scope: Scope,
    expr: exprs.CommandCall,
    resource: Resource,
    number: int,
    command: Command,
    shown: list[Value],
    kinds: list[Type],
    sending: bool,
) -> None:
    tables = scope.world.tables
    name = resource.name if resource.count is None else f"{resource.name}[{number}]"
    key = resource.key or name
    shapes = tuple(unlimited(kind, tables.layout) for kind in kinds)
    has_result = not sending and not isinstance(command.result, UnitType)
    tables.calls.append(
        Call(
            len(tables.calls), name, expr.command, tuple(n for n, _ in command.parameters),
            shapes, has_result, command.wire.replace("{key}", key),
            "" if sending else command.answer.replace("{key}", key), sending,
        )
    )  # fmt: skip
    values = tuple(pack(v, s) for v, s in zip(shown, shapes, strict=True))
    scope.body.note(len(tables.calls) - 1, values)

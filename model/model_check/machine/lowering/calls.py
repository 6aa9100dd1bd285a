"""From a call of a command to the statements that the command means, inlined there.

What the command means stands in its kind, in the language itself; here its body is lowered
with the caller's arguments. What traces tell of it stands beside it, in `told_calls`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from ...language.keys import REFUSED
from ...language.records import dataclass, field
from ...language.syntax.call_form import base_name
from ...language.syntax.kindfile import builtin_kinds
from ...language.tree import expressions as exprs
from ...language.tree import statements as stmts
from ...language.tree.spec import Command, Resource
from ...language.types import Type
from ..ir import Const, Expr, If, Let, Local
from ..ir_builder import ONE, ZERO, equal, negate, op, outside
from ..names import field_local
from ..shapes import unlimited
from .coercion import coerce, surely_fits
from .holding import hold_off
from .ir_writer import Called
from .scope import LoweringScope
from .told_calls import ERROR, Part, as_sent, note_call, tell_raised, with_others
from .values import NoValue, Value, components, default, pack, rebuild

__all__ = ["call", "call_then", "chooses", "deliver", "happens"]


@dataclass(frozen=True, slots=True)
class _Site:
    """A command where it is called, with what it is given; `sending`: its issue part alone."""

    scope: LoweringScope
    expr: exprs.CommandCall
    resource: Resource
    arguments: list[Value]
    sending: bool
    others: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    arrives: bool = False
    """It was sent before, and takes effect now."""

    def told(self, number: int) -> Command:
        """The command of an instance as it is told here."""
        command = self.resource.commands[number][self.expr.command]
        return with_others(self.scope, self.others, command)

    @property
    def answers(self) -> bool:
        """Whether it was sent in a step before, and is answered now."""
        awaited = self.scope.awaited
        return not self.sending and awaited is not None and awaited.call == self.expr


def call(scope: LoweringScope, expr: exprs.CommandCall, *, sending: bool) -> Value:
    """What the command answers; `sending` runs its issue part instead."""
    resource = scope.world.spec.resource(expr.resource)
    given = [scope.value(a) for a in expr.arguments]
    site = _Site(scope, expr, resource, given, sending, _others(scope, expr))
    if expr.instance is None:
        return _inlined(site, 0)
    index = _instance(site, expr.instance)
    return _inlined(site, index) if isinstance(index, int) else _any_of(site, index)


def call_then(scope: LoweringScope, expr: exprs.CommandCall, rest: Callable[[Value], None]) -> None:
    """Write the call of a command that may choose, and what follows it in the step: the `rest`, of
    what it answers, once for each thing that can be chosen."""
    resource = scope.world.spec.resource(expr.resource)
    given = [scope.value(a) for a in expr.arguments]
    site = _Site(scope, expr, resource, given, sending=False, others=_others(scope, expr))
    index = 0 if expr.instance is None else _instance(site, expr.instance)
    if isinstance(index, int):
        _inlined_then(site, index, rest)
        return
    index = scope.body.name(index)
    names, afterwards = dict(scope.names), list(scope.afterwards)
    for number in range(resource.count or 1):
        scope.names, scope.afterwards = dict(names), list(afterwards)
        with scope.body.block() as block:
            _inlined_then(site, number, rest)
        scope.body.emit(If(equal(index, Const(number)), tuple(block)))


def chooses(scope: LoweringScope, expr: exprs.Expr) -> bool:
    """Whether a value to be assigned is that of a command that chooses."""
    return isinstance(expr, exprs.CommandCall) and (
        scope.world.spec.resource(expr.resource).any_command(expr.command).chooses
    )


def _others(scope: LoweringScope, expr: exprs.CommandCall) -> dict[str, tuple[str, int]]:
    """The other resources that a call gives, and which instance of each."""
    found = {}
    for name, resource, instance in expr.others:
        number = 0
        if instance is not None:
            index = scope.scalar(instance)
            assert isinstance(index, Const)  # the checker sees to it
            count = scope.world.spec.resource(resource).count or 1
            if not 0 <= index.value < count:
                message = f"there is no such {resource}: {count} are declared"
                scope.body.fail(ONE, message, expr.at)
            number = min(index.value, count - 1)
        found[name] = (resource, number)
    return found


def _instance(site: _Site, instance: exprs.Expr) -> Expr | int:
    """Which instance of its resource a call means: its number, if that is known."""
    index = site.scope.scalar(instance)
    count = site.resource.count or 1
    if isinstance(index, Const) and 0 <= index.value < count:
        return index.value
    site.scope.body.fail(
        outside(index, Const(count)),
        f"there is no such {site.resource.name}: {count} are declared",
        site.expr.at,
    )
    return index


def happens(scope: LoweringScope, command: Command, rest: Callable[[], None]) -> None:
    """Write a command that nobody calls, which may choose, and the `rest` behind it; `scope`: the
    instance of a resource to which it happens, and whoever is its `caller`."""
    of = (scope.world.spec.resource(scope.resource), scope.resource_number)
    last = command.run[-1]
    answers = isinstance(last, stmts.Return)
    scope.body.note(len(scope.world.tables.calls), (), sent=True)

    def tell() -> None:
        shown: list[tuple[Value, Type]] = []
        if isinstance(last, stmts.Return):
            answer = coerce(scope.body, scope.value(last.value), command.result, "", last.at)
            shown.append((answer, command.result))
        note_call(scope, of, command, shown)
        rest()

    scope.world.execute_then(scope, command.run[:-1] if answers else command.run, tell)


def deliver(
    scope: LoweringScope, expr: exprs.CommandCall, number: int, arguments: list[Value]
) -> None:
    """Write that a command takes effect that was sent before, with these arguments."""
    resource = scope.world.spec.resource(expr.resource)
    _inlined(_Site(scope, expr, resource, arguments, sending=False, arrives=True), number)


def _any_of(site: _Site, index: Expr) -> Value:
    # Which instance is meant is only known at run time: one branch for each.
    body, resource, at = site.scope.body, site.resource, site.expr.at
    index = body.name(index)
    result: Value = NoValue()
    names: list[str] = []
    for number in range(resource.count or 1):
        # An instance that this process was never counted a client of cannot be meant.
        with body.block() as block:
            value = _inlined(site, number)
            if number == 0 and not isinstance(value, NoValue):
                result = rebuild(value, components(value), bounded=False)
                names = [body.fresh("v") for _ in components(value)]
            if names:
                body.store(names, value)
        if number == 0 and names:
            kind = resource.any_command(site.expr.command).result
            body.store(names, coerce(body, default(kind, body.layout), kind, "", at))
        body.emit(If(equal(index, Const(number)), tuple(block)))
    if not names:
        return result
    return body.name_value(rebuild(result, iter([Local(n) for n in names])))


def _inlined(site: _Site, number: int) -> Value:
    """What a command answers that chooses nothing."""
    found: list[Value] = []
    _inlined_then(site, number, found.append)
    (answer,) = found
    return answer


def _inlined_then(site: _Site, number: int, rest: Callable[[Value], None]) -> None:
    scope, resource = site.scope, site.resource
    command = resource.commands[number][site.expr.command]
    process = scope.world.spec.process(scope.process)
    caller = process.client_name(scope.number)
    clients = resource.clients[number].members
    names = _given(site, command)
    inside = LoweringScope(
        scope.world,
        scope.body,
        scope.process,
        scope.number,
        resource=resource.name,
        resource_number=number,
        caller=clients.index(caller) if caller in clients else 0,
        names=dict(names),
        others=site.others,
    )
    shown, kinds = as_sent(site.arguments, list(names.values()), command)
    given = [*zip(shown, kinds, strict=True)]
    inside.refuses = partial(_refuse, site, number, given)
    if (site.expr.wait or site.arrives) and not site.answers:
        hold_off(scope, (resource, number), command, caller, site.expr.at)
    broken = scope.world.broken.get((resource.name, number), {}).get(caller)
    if broken is not None and not site.arrives:
        _meet(site, number, broken, given)
    connection = scope.world.connections.get((caller, resource.server, command.connection))
    if connection is not None and not command.local and not site.arrives:
        if not site.expr.wait:
            connection.send(scope.body, site.expr, number, list(names.values()))
            _tell(site, number, shown, kinds)
            rest(NoValue())
            return
        if not site.answers:
            # What was sent before on this connection comes first.
            scope.body.require(scope.body.name(connection.is_idle(scope.body)))
    statements = command.issue if site.sending else command.run
    if scope.gives_up and command.gives_up:
        statements = command.gives_up
    later = (resource.name, number, command)
    if command.afterwards and not site.sending and later not in scope.afterwards:
        scope.afterwards.append(later)
    last = statements[-1] if statements else None
    around = scope.body.called
    shown_call = f"{resource.name}.{base_name(command.name)}()"
    here = Called(shown_call, site.expr.at, resource.kind in builtin_kinds())

    def done() -> None:
        answer: Value = NoValue()
        told = list(shown), list(kinds)
        if isinstance(last, stmts.Return):
            found = scope.world.evaluate(inside, last.value)
            answer = coerce(scope.body, found, command.result, "the answer", site.expr.at)
            told[0].append(answer)
            told[1].append(command.result)
        scope.body.called = around
        if scope.body.attempt is not None:
            scope.body.attempt.waits = None
        _tell(site, number, *told)
        rest(answer)
        scope.body.called = here  # there may be other ways through the command

    returns = isinstance(last, stmts.Return)
    scope.body.called = here
    scope.world.execute_then(inside, statements[:-1] if returns else statements, done)
    scope.body.called = around


def _meet(site: _Site, number: int, broken: int, given: list[tuple[Value, Type]]) -> None:
    """Write what a command needs of its connection, whose field says whether it is `broken`; or,
    in an attempt, that it raises. What a process does in its own memory goes on, as far as it
    need not wait."""
    body, attempt = site.scope.body, site.scope.body.attempt
    command = site.resource.commands[number][site.expr.command]
    cut = Local(field_local(broken))
    if command.connects:
        body.emit(Let(cut.name, ZERO))
    elif attempt is None:
        if not command.local:
            body.require(body.name(negate(cut)))
    elif not command.local or command.blocking:
        known, raised = attempt, Local(attempt.raised)
        hit = Local(known.hits.setdefault(broken, body.fresh("v")))
        telling = site.told(number)
        told = tell_raised(site.scope, (site.resource, number), telling, given, known.told)

        def meets(waits: Expr) -> None:
            now = body.name(op("&", op("&", cut, waits), negate(raised)))
            body.emit(If(now, (Let(raised.name, ONE), Let(hit.name, ONE), *told)))

        if command.local:
            known.waits = meets
        else:
            meets(ONE)


def _refuse(
    site: _Site, number: int, given: list[tuple[Value, Type]], refusal: stmts.Refuse
) -> None:
    """Write that a command is refused: an error of the model where nobody catches that, and else
    the step does not happen; in an attempt, it raises."""
    scope, body = site.scope, site.scope.body
    command = site.told(number)
    attempt = body.attempt
    error = f"{ERROR}{refusal.error}"
    if REFUSED not in scope.caught:
        shown = f"{site.resource.name}.{command.name.partition('(')[0]}"
        _, ends = tell_raised(scope, (site.resource, number), command, given, error)
        body.note(ends.call, ends.values)
        body.called, called = None, body.called
        body.fail(ONE, f"{shown} is refused: {refusal.error}", site.expr.at)
        body.called = called
    elif attempt is None:
        body.require(ZERO)
    else:
        raised = Local(attempt.raised)
        hit = Local(attempt.hits.setdefault(REFUSED, body.fresh("v")))
        told = tell_raised(scope, (site.resource, number), command, given, error)
        now = body.name(negate(raised))
        body.emit(If(now, (Let(raised.name, ONE), Let(hit.name, ONE), *told)))


def _given(site: _Site, command: Command) -> dict[str, Value]:
    """The arguments by name, as values of the parameters' types; it is told before it is
    checked that they are."""
    scope, body, expr = site.scope, site.scope.body, site.expr

    def fit(value: Value, name: str, kind: Type) -> Value:
        return coerce(body, value, kind, f"{expr.resource}.{expr.command}: {name}", expr.at)

    parameters = list(zip(command.parameters, site.arguments, strict=True))
    fitted = [
        fit(value, name, kind) if surely_fits(value, kind) else value
        for (name, kind), value in parameters
    ]
    shown, kinds = as_sent(site.arguments, fitted, command)
    values = tuple(pack(v, unlimited(k, body.layout)) for v, k in zip(shown, kinds, strict=True))
    body.note(len(scope.world.tables.calls), values, sent=True)
    return {
        name: each if surely_fits(value, kind) else fit(value, name, kind)
        for ((name, kind), value), each in zip(parameters, fitted, strict=True)
    }


def _tell(site: _Site, number: int, shown: list[Value], kinds: list[Type]) -> None:
    command = site.told(number)
    of = (site.resource, number)
    part: Part = "whole"
    if site.sending or site.answers:
        part = "sent" if site.sending else "answered"
    elif not (site.expr.wait or site.arrives):
        part = "unawaited"
    note_call(site.scope, of, command, [*zip(shown, kinds, strict=True)], part)

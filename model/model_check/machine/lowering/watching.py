"""Watching keys: what makes a transaction fail.

A server notes of each client which keys it watches, and whether one of them was touched since: then
its next transaction fails, which ends all watching. Here a hidden field of the state says so of
each key and client, and one of each client that something was touched; once it was, it does not
matter what is watched. Sources: multi.c of Redis, and
https://redis.io/docs/latest/develop/using-commands/transactions/. Most specs watch nothing, and
have none of these fields.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...language.keys import CHANGED, WATCH
from ...language.tree.expressions import CommandCall
from ...language.tree.spec import Process
from ...language.tree.statements import Step, Switch, While
from ...language.tree.walk import calls_of, controls_in, inner_expressions
from ...language.types import IntType
from ..core import Call
from ..ir import If, Let, Local, Note
from ..ir_builder import ONE, ZERO, negate, op
from ..names import field_local
from .control_flow import Stop
from .ir_writer import IRWriter
from .scope import LoweringScope, World

__all__ = ["EXEC", "EXEC_FAILS", "changed_field", "declare_watching", "execs", "forget", "mark"]

EXEC = "EXEC"
EXEC_FAILS = "(nil)"
"""What EXEC answers where what was watched was touched, as redis-cli shows it."""


def changed_field(client: str, server: str) -> str:
    """The hidden variable that says that something was touched that a client watches."""
    return f"{client} (watched something at {server} that was touched)"


def declare_watching(world: World) -> None:
    """Make room for who watches what."""
    for process in world.spec.processes:
        for name in dict.fromkeys(_watched(process)):
            resource = world.spec.resource(name)
            for number in range(process.count):
                client = process.client_name(number)
                _add(world, client, resource.server)
                for each in range(resource.count or 1):
                    fields = world.watched.setdefault((name, each), {})
                    if client not in fields:
                        shown = f"{client} (watches {resource.instance_name(each)})"
                        fields[client] = world.storage.raw_field(shown, "", IntType(0, 1))


def _add(world: World, client: str, server: str) -> None:
    if (client, server) not in world.touched:
        name = changed_field(client, server)
        world.touched[client, server] = world.storage.raw_field(name, "", IntType(0, 1))


def _watched(process: Process) -> Iterator[str]:
    """The resources that a process watches."""
    for control in controls_in(process.run):
        match control:
            case Step(body=body):
                calls = calls_of(body)
            case While(condition=condition, label=str()) if condition is not None:
                calls = [e for e in inner_expressions(condition) if isinstance(e, CommandCall)]
            case Switch(branches, label=str()):
                parts = (e for test, _ in branches for e in inner_expressions(test))
                calls = [e for e in parts if isinstance(e, CommandCall)]
            case _:
                calls = []
        yield from (each.resource for each in calls if each.command == WATCH)


def mark(scope: LoweringScope, word: str, other: str | None = None) -> None:
    """Write what a command does to who watches what; `other`: to which resource of those that it
    is given, "" for its own alone, None for all."""
    world, body = scope.world, scope.body
    watched = world.watched.get((scope.resource, scope.resource_number), {})
    server = world.spec.resource(scope.resource).server
    if word == "touch":
        # What a command does to other resources that it is given, it does with its own.
        own = (scope.resource, scope.resource_number)
        given = scope.others.values() if other is None else ()
        for of in dict.fromkeys([scope.others[other] if other else own, *given]):
            for client, field in world.watched.get(of, {}).items():
                with body.block() as touched:
                    forget(world, body, client, server)
                    body.emit(Let(field_local(world.touched[client, server]), ONE))
                body.emit(If(Local(field_local(field)), tuple(touched)))
        return
    client = world.spec.process(scope.process).client_name(scope.number)
    if word == "unwatch":
        forget(world, body, client, server)
    elif client in watched:
        changed = Local(field_local(world.touched[client, server]))
        body.emit(Let(field_local(watched[client]), negate(changed)))


def forget(world: World, body: IRWriter, client: str | None, server: str | None) -> None:
    """Write that a client (None: any) watches nothing any more at a server (None: any)."""
    for (name, _), fields in world.watched.items():
        if server in (None, world.spec.resource(name).server):
            for whose, field in fields.items():
                if client in (None, whose):
                    body.emit(Let(field_local(field), ZERO))
    for (whose, where), field in world.touched.items():
        if client in (None, whose) and server in (None, where):
            body.emit(Let(field_local(field), ZERO))


def execs(scope: LoweringScope, stop: Stop) -> None:
    """Write that a step is a transaction which fails where what its process watches was touched; in
    an attempt, it raises then."""
    step = stop.step
    if step is None or not step.watches:
        return
    world, body = scope.world, scope.body
    resource = world.spec.resource(step.watches[0])
    client = world.spec.process(scope.process).client_name(scope.number)
    changed = body.name(Local(field_local(world.touched[client, resource.server])))
    attempt = body.attempt
    if CHANGED not in scope.caught:
        told = _told(scope, resource.instance_name(0))
        body.emit(If(changed, told))
        body.fail(changed, "the transaction fails: what it watches was touched", step.at)
    elif attempt is None:
        body.require(body.name(negate(changed)))
    else:
        hit = Local(attempt.hits.setdefault(CHANGED, body.fresh("v")))
        raised = Local(attempt.raised)
        now = body.name(op("&", changed, negate(raised)))
        told = _told(scope, resource.instance_name(0))
        body.emit(If(now, (Let(raised.name, ONE), Let(hit.name, ONE), *told)))
    forget(world, body, client, resource.server)


def _told(scope: LoweringScope, name: str) -> tuple[Note, Note]:
    """What tells traces of a transaction that fails."""
    calls = scope.world.tables.calls
    number = len(calls)
    calls.append(
        Call(
            index=number, resource=name, command=WATCH, parameters=(), shapes=(),
            has_result=False, wire=EXEC, answer=EXEC_FAILS, sending=False,
        )
    )  # fmt: skip
    return Note(number, (), sent=True), Note(number, ())

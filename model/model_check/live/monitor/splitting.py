"""From a spec to the same with blocking commands that are sent in one step, answered in another.

MONITOR shows a command when it is sent. A BLPOP that has to wait is carried out later, when
nothing is shown any more. The language has commands in two halves for that (`XREAD` with `$`,
whose meaning depends on when it was sent); here every command that waits at the server is
made one: sending it changes nothing, the answer does what the command does.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from ...language.tree import expressions as exprs
from ...language.tree import statements as stmts
from ...language.tree.spec import Resource, Spec
from ...language.tree.walk import calls_of, inner_expressions
from ..brokers.keys import is_on_server
from ..brokers.wire import is_sent
from ..errors import LiveError

__all__ = ["split_spec"]


def split_spec(spec: Spec) -> Spec:
    """The spec with every step that waits at the server in two halves. Raises LiveError for a
    step that waits where it cannot be sent first."""
    waiting = {
        (resource.name, name)
        for resource in spec.resources
        for group in resource.commands
        for name, command in group.items()
        if is_on_server(resource) and command.blocking and is_sent(command) and not command.issue
    }
    if not waiting:
        return spec
    return dataclasses.replace(
        spec,
        resources=tuple(_resource(each, waiting) for each in spec.resources),
        processes=tuple(
            dataclasses.replace(each, run=_controls(each.run, waiting)) for each in spec.processes
        ),
    )


_Names = set[tuple[str, str]]


def _resource(resource: Resource, waiting: _Names) -> Resource:
    commands = tuple(
        {
            name: dataclasses.replace(each, issue=(stmts.Pass(each.run[0].at),))
            if (resource.name, name) in waiting
            else each
            for name, each in group.items()
        }
        for group in resource.commands
    )
    return dataclasses.replace(resource, commands=commands)


def _controls(run: tuple[stmts.Control, ...], waiting: _Names) -> tuple[stmts.Control, ...]:
    return tuple(_control(each, waiting) for each in run)


def _control(node: stmts.Control, waiting: _Names) -> stmts.Control:
    match node:
        case stmts.Step():
            return _step(node, waiting)
        case stmts.For() | stmts.While():
            if isinstance(node, stmts.While) and node.condition is not None:
                _refuse_test(node.condition, waiting)
            return dataclasses.replace(node, body=_controls(node.body, waiting))
        case stmts.Switch():
            for test, _ in node.branches:
                _refuse_test(test, waiting)
            branches = tuple((test, _controls(body, waiting)) for test, body in node.branches)
            return dataclasses.replace(
                node, branches=branches, orelse=_controls(node.orelse, waiting)
            )
        case stmts.Either() | stmts.Both():
            if isinstance(node, stmts.Either) and node.timeout:
                _refuse_given_up(node, waiting)
            return dataclasses.replace(
                node, branches=tuple(_controls(each, waiting) for each in node.branches)
            )
        case stmts.Background():
            return dataclasses.replace(node, body=_controls(node.body, waiting))
        case stmts.Try():
            handlers = tuple((word, _controls(each, waiting)) for word, each in node.handlers)
            body = _controls(node.body, waiting)
            return dataclasses.replace(node, body=body, handlers=handlers)
    return node


def _refuse_test(test: exprs.Expr, waiting: _Names) -> None:
    for part in inner_expressions(test):
        if isinstance(part, exprs.CommandCall) and (part.resource, part.command) in waiting:
            raise LiveError(
                f"{part.at}: a test cannot wait for {part.command} in a log: keep the answer in a"
                " variable of the process, in a step of its own, and test that"
            )


def _refuse_given_up(node: stmts.Either, waiting: _Names) -> None:
    """Refuse a command that waits at a server until somebody gives it up: once it is shown, the
    model would wait for its answer."""
    for first in (branch[0] for branch in node.branches[:-1]):
        for call in calls_of(first.body) if isinstance(first, stmts.Step) else []:
            if (call.resource, call.command) in waiting:
                raise LiveError(
                    f"{call.at}: {call.command} waits at the server and may be given up by"
                    " `or timeout:`, and how a log shows that is not known; ask without waiting"
                    f" (await {call.resource}.llen() > 0), or leave out the timeout"
                )


def _step(step: stmts.Step, waiting: _Names) -> stmts.Step:
    calls = calls_of(step.body)
    found = [each for each in calls if (each.resource, each.command) in waiting]
    if not found:
        return step
    if step.at_once:
        return dataclasses.replace(step, at_once=False)
    call = found[0]
    first = step.body[0]
    begins = isinstance(first, stmts.Assign | stmts.Evaluate) and calls_of((first,))[:1] == [call]
    if len(found) > 1 or step.issue is not None or not begins:
        raise LiveError(
            f"{call.at}: {call.command} waits for its answer, and a log shows when it is sent:"
            f" it must come first in {step.label}; put what is before it into another step"
        )
    if any(_may_change(each) for each in _arguments(call)):
        raise LiveError(
            f"{call.at}: what {call.command} is sent with may change before its answer: keep it"
            " in a variable of the process"
        )
    return dataclasses.replace(step, issue=call)


def _arguments(call: exprs.CommandCall) -> Iterator[exprs.Expr]:
    arguments = call.arguments if call.instance is None else (call.instance, *call.arguments)
    for each in arguments:
        yield from inner_expressions(each)


def _may_change(part: exprs.Expr) -> bool:
    return isinstance(part, exprs.Outside | exprs.CommandCall | exprs.Temporary)

"""Calls of a resource's commands: `history.lrange(0, -1)`, `socket[self].send(frame)`."""

from __future__ import annotations

import ast
from dataclasses import replace

from ...codes import Code
from ..source.diagnostics import did_you_mean
from ..tree.expressions import CommandCall, Expr, Literal
from ..types import UNIT, Type
from .adapting import adapt
from .contents import index_of
from .context import Context, broken
from .entries import CheckedCommand, ResourceEntry
from .relations import join
from .survey import CommandTarget

__all__ = ["check_command"]

WAIT = "wait"
_NO_CLOCK = "a model has no clock: `expires: true` on the resource lets it run out at any moment"
_OTHERWISE = {
    "nx": "setnx(value) sets only where there is nothing",
    "ex": _NO_CLOCK, "px": _NO_CLOCK, "exat": _NO_CLOCK, "pxat": _NO_CLOCK,
    "timeout": "`or timeout:` stands beside what waits", "block": "xread waits by itself",
}  # fmt: skip
"""What is written instead of parameters that client libraries have."""
"""What every command of a server can be called with: `subscribe(wait=False)`."""


def check_command(context: Context, node: ast.Call, target: CommandTarget) -> Expr:
    at = context.at(node)
    entry = context.scope.names.resources[target.resource]
    if context.scope.commands:
        return context.wrong(
            node, f"the command {target.resource}.{target.command} cannot be called here",
            entry.how_to_read() if context.scope.contents else context.scope.commands,
            Code.NOT_CALLED_HERE,
        )  # fmt: skip
    target = replace(target, command=entry.form(target.command, bare=target.bare))
    instance = index_of(context, node, entry, target.index, target.command)
    if not entry.has(target.command):
        known = entry.command_names
        return context.wrong(
            node.func, f"{entry.kind_name} has no command {target.command}",
            did_you_mean(target.command, known),
        )  # fmt: skip
    number = instance.value if isinstance(instance, Literal) else 0
    command = entry.command(target.command, min(number, entry.instances - 1), at)
    if command is None:
        return broken(at)
    waits = _waits(context, node, entry, command)
    arguments = _arguments(context, node, target, command)
    result = _result(entry, target, instance, at_node=node, context=context)
    if arguments is None or result is None or waits is None:
        return broken(at)
    kind = result if waits else UNIT
    return CommandCall(entry.name, instance, target.command, arguments, kind, at, waits)


def _waits(
    context: Context, node: ast.Call, entry: ResourceEntry, checked: CheckedCommand
) -> bool | None:
    """Whether a call waits for its answer; one with `wait=False` only sends the command. None,
    where it cannot be sent so."""
    given = next((each for each in node.keywords if each.arg == WAIT), None)
    if given is None and context.at(node) in context.scope.names.relaxed.unacknowledged:
        context.scope.names.sends = True
        return False
    if given is None:
        return True
    command = checked.command
    shown = f"{entry.name}.{command.name}"
    hint = ""
    if not isinstance(given.value, ast.Constant) or not isinstance(given.value.value, bool):
        why = "wait is True or False"
    elif given.value.value:
        return True
    elif not entry.kind.joins:
        why = f"{shown} is on no server: nothing is sent that could be waited for"
    elif command.local:
        why = f"{shown} is done in the process's own memory: nothing is sent"
    elif command.blocking or command.issue:
        why = f"{shown} waits: without its answer there is nothing to do"
    elif command.refusals:
        why = f"{shown} may be refused: {command.refusals[0]}"
        hint = "who does not wait for the answer never learns of that"
    elif context.scope.joins:
        why = "what is joined in one step is answered together"
        hint = "take wait=False away, or the command out of the step"
    else:
        context.scope.names.sends = True
        return False
    context.wrong(given, why, hint)
    return None


def _result(
    entry: ResourceEntry,
    target: CommandTarget,
    instance: Expr | None,
    *,
    at_node: ast.Call,
    context: Context,
) -> Type | None:
    """The type of the answer; of several instances, what they have in common."""
    at = context.at(at_node)
    numbers = [instance.value] if isinstance(instance, Literal) else range(entry.instances)
    result: Type | None = None
    for number in numbers:
        command = entry.command(target.command, min(number, entry.instances - 1), at)
        if command is None:
            return None
        kind = command.command.result
        result = kind if result is None else join(result, kind)
        if result is None:
            context.wrong(
                at_node, f"the instances of {entry.name} answer values of different types"
            )
            return None
    return result


def _arguments(
    context: Context, node: ast.Call, target: CommandTarget, checked: CheckedCommand
) -> tuple[Expr, ...] | None:
    command = checked.command
    shown = f"{target.resource}.{target.command}"
    names = [name for name, _ in command.parameters]
    if len(target.arguments) > len(names):
        context.wrong(
            target.arguments[len(names)],
            f"{shown} takes {_count(len(names))}, {len(target.arguments)} given",
        )
        return None
    given: dict[str, ast.expr] = dict(zip(names, target.arguments, strict=False))
    for keyword in node.keywords:
        if keyword.arg == WAIT and WAIT not in names:
            continue
        if keyword.arg is None:
            context.wrong(keyword, "** is not part of the language")
            return None
        if keyword.arg not in names:
            hint = _OTHERWISE.get(keyword.arg) or did_you_mean(keyword.arg, names)
            context.wrong(keyword, f"{shown} has no parameter {keyword.arg}", hint)
            return None
        if keyword.arg in given:
            context.wrong(keyword, f"{keyword.arg} is given twice")
            return None
        given[keyword.arg] = keyword.value
    return _values(context, node, shown, checked, given)


def _values(
    context: Context,
    node: ast.Call,
    shown: str,
    checked: CheckedCommand,
    given: dict[str, ast.expr],
) -> tuple[Expr, ...] | None:
    values: list[Expr] = []
    for (name, kind), default in zip(checked.command.parameters, checked.defaults, strict=True):
        if name in given:
            part = given[name]
            value = context.check(part, kind)
            values.append(adapt(value, kind, part, context, f"{name} of {shown}"))
        elif default is not None:
            values.append(default)
        else:
            required = [
                n for (n, _), d in zip(checked.command.parameters, checked.defaults, strict=True)
                if d is None
            ]  # fmt: skip
            context.wrong(
                node, f"{shown} needs {_count(len(required))}: {', '.join(required)}",
                f"{name} is missing",
            )  # fmt: skip
            return None
    return tuple(values)


def _count(number: int) -> str:
    return "no argument" if number == 0 else f"{number} argument{'s' if number > 1 else ''}"

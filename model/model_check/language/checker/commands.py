"""Calls of a resource's commands: `history.lrange(0, -1)`, `socket[self].send(frame)`."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from ...codes import Code
from ..source.diagnostics import did_you_mean
from ..syntax.call_form import base_name, flag_name
from ..syntax.names import shorten
from ..syntax.nodes import CommandDoc
from ..syntax.wire_form import Option, wire_form
from ..tree.expressions import CommandCall, Expr, Literal, NoneLiteral, SelfIndex
from ..types import (
    UNIT,
    BoolType,
    EnumType,
    ListType,
    NothingType,
    OptionType,
    RecordType,
    Type,
)
from .adapting import adapt
from .contents import index_of
from .context import Context, broken
from .entries import WAIT, CheckedCommand, ResourceEntry
from .instead import displays_in, instead_of, instead_of_given
from .relations import join
from .survey import CommandTarget

__all__ = ["check_command"]

_NO_CLOCK = "a model has no clock: `expires: true` on the resource lets it run out at any moment"
_BESIDE = "`or timeout:` stands beside what waits"
_OTHERWISE = {
    "ex": _NO_CLOCK, "px": _NO_CLOCK, "exat": _NO_CLOCK, "pxat": _NO_CLOCK,
    "timeout": _BESIDE, "block": _BESIDE,
}  # fmt: skip
"""What is written instead of parameters that client libraries have."""

_ALONE = "write x = {}(...) as a statement of its own, directly in a step"


def check_command(context: Context, node: ast.Call, target: CommandTarget) -> Expr:
    at = context.at(node)
    entry = context.scope.names.resources[target.resource]
    if context.scope.commands:
        return context.wrong(
            node, f"the command {target.resource}.{target.command} cannot be called here",
            entry.how_to_read() if context.scope.contents else context.scope.commands,
            Code.NOT_CALLED_HERE,
        )  # fmt: skip
    instance = index_of(context, node, entry, target.index, target.command)
    forms = entry.forms(target.command)
    if not forms:
        known = [each.base for each in entry.kind.commands]
        return context.wrong(
            node.func, f"{entry.kind_name} has no command {target.command}",
            instead_of(entry, target.command) or did_you_mean(target.command, known),
        )  # fmt: skip
    doc = entry.fitting(target)
    name = (doc or forms[0]).name.text
    number = instance.value if isinstance(instance, Literal) else 0
    command = entry.command(name, min(number, entry.instances - 1), at)
    displays = () if doc is None or command is None else displays_in(doc, command.command)
    told = instead_of_given(entry, node, target, displays, fits=doc is not None)
    if told:
        return context.wrong(node, f"{entry.name}.{target.command} does not take this", told)
    if doc is None and len(forms) > 1:
        return _no_form(context, node, target, forms)
    if command is None:
        return broken(at)
    if command.command.chooses and (context.scope.choices or context.depth > 1):
        shown = f"{entry.name}.{target.command}"
        why = context.scope.choices.replace("choose(...)", f"{shown}(...)") or _ALONE.format(shown)
        context.wrong(node, f"{shown} chooses: it cannot be called here", why, Code.NOT_CHOSEN_HERE)
        return broken(at)
    waits = _waits(context, node, entry, command)
    arguments = _arguments(context, node, entry, target, command)
    result = _result(entry, name, instance, at_node=node, context=context)
    if arguments is None or result is None or waits is None:
        return broken(at)
    kind = result if waits else UNIT
    values, others = arguments
    return CommandCall(entry.name, instance, name, values, kind, at, waits, others)


def _no_form(
    context: Context, node: ast.Call, target: CommandTarget, forms: Sequence[CommandDoc]
) -> Expr:
    """Report a call that gives what no command of its name takes."""
    shown = f"{target.resource}.{target.command}"
    entry = context.scope.names.resources[target.resource]
    flags = {flag_name(flag) for each in forms for flag in each.form.flags}
    known = {WAIT, *flags, *(name for each in forms for name in each.form.parameters)}
    for number, keyword in enumerate(node.keywords):
        if keyword.arg is None:
            return context.wrong(keyword, "** is not part of the language")
        if keyword.arg in [each.arg for each in node.keywords[:number]]:
            return context.wrong(keyword, f"{keyword.arg} is given twice")
        if keyword.arg not in known:
            return _no_parameter(context, keyword, shown, sorted(known - {WAIT}))
        if keyword.arg in flags and not isinstance(keyword.value, ast.Constant):
            message = f"{keyword.arg} is True or False as it stands here"
            hint = "it tells which command is sent: call it in two branches"
            return context.wrong(keyword, message, hint)
    calls = ", ".join(
        f"{target.resource}.{each.form.written()}"
        for each in entry.kind.written_commands
        if each.base == target.command
    )
    return context.wrong(node, f"{shown} does not take this", f"it is called {calls}")


def _no_parameter(context: Context, keyword: ast.keyword, shown: str, known: Sequence[str]) -> Expr:
    assert keyword.arg is not None
    hint = _OTHERWISE.get(keyword.arg) or did_you_mean(keyword.arg, known)
    return context.wrong(keyword, f"{shown} has no parameter {keyword.arg}", hint)


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
    shown = f"{entry.name}.{base_name(command.name)}"
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
    elif command.others:
        why = f"{shown} is given another resource: it is waited for"
    elif command.chooses:
        why = f"{shown} chooses: what it has chosen, its answer says"
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
    name: str,
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
        command = entry.command(name, min(number, entry.instances - 1), at)
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
    context: Context,
    node: ast.Call,
    entry: ResourceEntry,
    target: CommandTarget,
    checked: CheckedCommand,
) -> tuple[tuple[Expr, ...], _Others] | None:
    shown = f"{target.resource}.{target.command}"
    form = checked.form
    names = form.parameters
    if len(node.args) > len(form.places) and not form.rest:
        context.wrong(
            node.args[len(form.places)],
            f"{shown} takes {_count(len(names))}, {len(node.args)} given",
        )
        return None
    given = {name: value for (_, name), value in zip(form.places, node.args, strict=False) if name}
    left = node.args[len(form.places) :]
    if form.rest and not left:
        message = f"{shown} takes one of {form.rest} or more, none is given"
        context.wrong(node, message, f"it is called {target.resource}.{form.written()}")
        return None
    if form.rest:
        rest = _rest(context, left)
        if rest is None:
            return None
        given[form.rest] = rest
    forms = entry.forms(target.command)
    flags = {flag_name(flag) for each in forms for flag in each.form.flags}
    for keyword in node.keywords:
        if keyword.arg not in names and keyword.arg in (WAIT, *flags):
            continue
        if keyword.arg is None:
            context.wrong(keyword, "** is not part of the language")
            return None
        if keyword.arg not in names:
            _no_parameter(context, keyword, shown, names)
            return None
        if keyword.arg in given:
            context.wrong(keyword, f"{keyword.arg} is given twice")
            return None
        given[keyword.arg] = keyword.value
    others = _others(context, node, entry, shown, checked, given)
    values = None if others is None else _values(context, node, shown, checked, given)
    if values is not None:
        sent = {name for (name, _), value in zip(checked.command.parameters, values, strict=True)
                if _is_surely_sent(value)}  # fmt: skip
        for part in wire_form(checked.command.wire).parts:
            if isinstance(part, Option) and (two := part.excluded(sent)):
                context.wrong(node, f"{shown} takes {two[0]} or {two[1]}, not both")
                return None
    return None if values is None or others is None else (values, others)


_Others = tuple[tuple[str, str, Expr | None], ...]

_ALIKE = "one of the same kind, with the same types and payload"


def _others(
    context: Context,
    node: ast.Call,
    entry: ResourceEntry,
    shown: str,
    checked: CheckedCommand,
    given: Mapping[str, ast.expr],
) -> _Others | None:
    """The other resources that a call gives."""
    found = []
    for name in checked.command.others:
        part = given.get(name, node)
        match part:
            case ast.Name(id=resource):
                index = None
            case ast.Subscript(value=ast.Name(id=resource), slice=index):
                pass
            case _:
                resource, index = "", None
        other = context.scope.names.resources.get(resource)
        if other is None or not entry.is_alike(other):
            more = checked.command.more
            named = f"what is given to {shown}" if more else f"{name} of {shown}"
            message = f"{named} is another {entry.kind_name}"
            alike = [each.name for each in context.scope.names.resources.values()
                     if each is not entry and entry.is_alike(each)]  # fmt: skip
            hint = f"there is {', '.join(alike)}" if alike else _ALIKE
            if more and isinstance(part, ast.Constant):
                hint = "how long it waits is named: timeout=5"
            context.wrong(part, message, hint)
            return None
        number = index_of(context, part, other, index, "items")
        if (index is None) != (number is None) or (other.count is not None and index is None):
            return None
        if number is not None and not isinstance(number, Literal | SelfIndex):
            context.wrong(part, f"which {resource} it is must be known before",
                          "an index is a number, or self")  # fmt: skip
            return None
        found.append((name, resource, number))
    return tuple(found)


def _rest(context: Context, parts: Sequence[ast.expr]) -> ast.expr | None:
    """The list of the arguments that are left, or the one behind a star."""
    match parts:
        case [ast.Starred(value=value)]:
            return value
    starred = next((each for each in parts if isinstance(each, ast.Starred)), None)
    if starred is not None:
        message = "a list behind a star stands for all values"
        context.wrong(starred, message, "*([a] + items) has one more")
        return None
    return ast.copy_location(ast.List([*parts], ast.Load()), parts[0])


def _is_none(part: ast.expr, checked: CheckedCommand, name: str) -> bool:
    """Whether what is given for a parameter is a text that means None: `"-inf"`."""
    words = wire_form(checked.command.wire).none(name)
    return isinstance(part, ast.Constant) and part.value in words


def _is_surely_sent(value: Expr) -> bool:
    if isinstance(value, Literal) and isinstance(value.type, BoolType):
        return bool(value.value)
    return not isinstance(value.type, OptionType | BoolType | NothingType)


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
            if _is_none(part, checked, name):
                values.append(NoneLiteral(kind, context.at(part)))
                continue
            order = wire_form(checked.command.wire).records(name)
            if isinstance(part, ast.Dict) and order and isinstance(kind, ListType):
                part = _records(part, kind.item)
            word = name not in checked.command.carries and isinstance(kind, EnumType)
            value = _word(context, part, kind, f"{name} of {shown}") if word else None
            if value is None:
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


def _records(part: ast.Dict, kind: Type) -> ast.expr:
    """A mapping, as client libraries take it, as a list of records: a key is the first field of
    each, its value the second one."""
    assert isinstance(kind, RecordType)
    names = [ast.copy_location(ast.Name(name, ast.Load()), part) for name, _ in kind.fields]
    pairs = zip(part.keys, part.values, strict=True)
    records = [
        ast.copy_location(ast.Dict(keys=[*names], values=[key, value]), key)
        for key, value in pairs
        if key is not None
    ]
    return ast.copy_location(ast.List([*records], ast.Load()), part)


def _word(context: Context, part: ast.expr, kind: Type, what: str) -> Expr | None:
    """A word of the server, given as a text as client libraries do: `"LEFT"`; None for what is no
    text."""
    match part, kind:
        case ast.Constant(value=str(text)), EnumType(members):
            found = [m.casefold() for m in members]
            if text.casefold() in found:
                return Literal(found.index(text.casefold()), kind, context.at(part))
            known = ", ".join(f'"{each}"' for each in members)
            return context.wrong(part, f"{what} cannot be {shorten(text)}", f"it is one of {known}")
    return None


def _count(number: int) -> str:
    return "no argument" if number == 0 else f"{number} argument{'s' if number > 1 else ''}"

"""What traces tell of a call: what went over the wire, and what came back.

In: a command of an instance of a resource, and values. Out: a numbered `Call` of the machine, and
the `Note` that says when it happens, with which values.
"""

from __future__ import annotations

from typing import Literal as OneOf

from ...language.syntax.payload import told_wire
from ...language.tree.spec import Command, Resource
from ...language.types import Type, UnitType
from ..core import Call
from ..shapes import unlimited
from .scope import LoweringScope
from .values import Value, pack

__all__ = ["Part", "note", "numbered"]

Part = OneOf["whole", "sent", "answered", "unawaited"]
"""What of a command is told: all of it; that it was sent, and that its answer came in a later step;
that it was sent, and nobody waits for it."""


def note(
    scope: LoweringScope,
    of: tuple[Resource, int],
    command: Command,
    shown: list[tuple[Value, Type]],
    part: Part = "whole",
) -> None:
    """Tell traces of a command of an instance: its arguments, and its answer if there is one."""
    if scope.body.attempt is not None:
        return
    index = numbered(scope, of, command, [kind for _, kind in shown], part)
    shapes = scope.world.tables.calls[index].shapes
    values = tuple(pack(v, s) for (v, _), s in zip(shown, shapes, strict=True))
    scope.body.note(index, values)


def _told_wire(command: Command, resource: Resource) -> str:
    """What is shown of a command as it is sent: `{values:*}` for what is several words."""
    wire = told_wire(command.wire, resource.payload)
    for name in command.several:
        wire = wire.replace(f"{{{name}}}", f"{{{name}:*}}")
    return wire


def numbered(
    scope: LoweringScope,
    of: tuple[Resource, int],
    command: Command,
    kinds: list[Type],
    part: Part,
) -> int:
    """The number of a new call, whose values have these types."""
    tables, (resource, number) = scope.world.tables, of
    sending = part in ("sent", "unawaited")
    name = resource.instance_name(number)
    key = resource.shown_key(name)
    index = len(tables.calls)
    tables.calls.append(
        Call(
            index=index,
            resource=name,
            command=command.name,
            parameters=tuple(n for n, _ in command.parameters),
            shapes=tuple(unlimited(kind, tables.layout) for kind in kinds),
            has_result=not sending and not isinstance(command.result, UnitType),
            wire=_with_key(_told_wire(command, resource), key.replace("[", "[["), resource),
            answer="" if sending else _with_key(command.answer, key, resource),
            sending=sending,
            in_two=part in ("sent", "answered"),
            others=command.given,
        )
    )
    return index


def _with_key(text: str, key: str, resource: Resource) -> str:
    """A command, or an answer, with the key in it; the pattern that takes all keys of the
    resource has a * where their address is."""
    place = f"{{{resource.address}}}"
    return text.replace("{key}", key).replace("{pattern}", key.replace(place, "*"))

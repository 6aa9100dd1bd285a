"""What a trace tells of a call: what went over the wire, and the answer.

A `Note` in the body of a step says which call it was, with the values that it was sent and answered
with. How it is told, the command of its kind says by `wire` and `answer`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal as OneOf

from ...language.keys import DISCONNECTED
from ...language.records import replace
from ...language.syntax.payload import told_wire
from ...language.tree.spec import Command, Resource
from ...language.types import UNIT, Type, UnitType
from ..core import Call
from ..ir import Note
from ..shapes import unlimited
from .coercion import surely_fits
from .scope import LoweringScope
from .values import NoValue, ProcessValue, Value, pack

__all__ = [
    "ERROR", "Part", "as_sent", "error_in", "is_crash", "is_raised", "note_call", "tell_raised",
    "with_others",
]  # fmt: skip

ERROR = "(error) "
"""What redis-cli writes before the error that a server answers."""


def is_raised(answer: str) -> bool:
    """Whether an answer, as a trace shows it, says that the command has met a broken connection;
    behind that stands what becomes of a process that does not catch it."""
    return answer == DISCONNECTED or answer.startswith(f"{DISCONNECTED}: ")


def error_in(answer: str) -> str:
    """The error with which the server refuses a command, of an answer as a trace shows it; "" where
    it does not."""
    return answer.removeprefix(ERROR) if answer.startswith(ERROR) else ""


def is_crash(answer: str) -> bool:
    """Whether an answer says that the process has not caught that, and crashes."""
    return answer.startswith(f"{DISCONNECTED}: crashes")


Part = OneOf["whole", "sent", "answered", "unawaited"]
"""What of a command is told: all of it; that it was sent, and that its answer came in a later step;
that it was sent, and nobody waits for it."""


def tell_raised(
    scope: LoweringScope,
    of: tuple[Resource, int],
    command: Command,
    given: list[tuple[Value, Type]],
    answer: str,
) -> tuple[Note, Note]:
    """What tells traces of a call that raises, and its `answer`."""
    raises = replace(command, answer=answer, result=UNIT)
    number = _numbered(scope, of, raises, [kind for _, kind in given], "whole")
    shapes = scope.world.tables.calls[number].shapes
    values = tuple(pack(v, s) for (v, _), s in zip(given, shapes, strict=True))
    return Note(number, values, sent=True), Note(number, values)


def as_sent(
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


def with_others(
    scope: LoweringScope, others: Mapping[str, tuple[str, int]], command: Command
) -> Command:
    """A command as it is told where it is called with these `others`: resources by the names of
    parameters, and which instance of each."""
    for name, (resource, number) in others.items():
        other = scope.world.spec.resource(resource)
        shown = other.instance_name(number)
        key = other.shown_key(shown).replace("[", "[[")
        given = (*command.given, (name, shown))
        command = replace(command, wire=command.wire.replace(f"{{{name}}}", key), given=given)
    return command


def note_call(
    scope: LoweringScope,
    of: tuple[Resource, int],
    command: Command,
    shown: list[tuple[Value, Type]],
    part: Part = "whole",
) -> None:
    """Tell traces of a command of an instance: its arguments, and its answer if there is one."""
    if scope.body.attempt is not None:
        return
    index = _numbered(scope, of, command, [kind for _, kind in shown], part)
    shapes = scope.world.tables.calls[index].shapes
    values = tuple(pack(v, s) for (v, _), s in zip(shown, shapes, strict=True))
    scope.body.note(index, values)


def _told_wire(command: Command, resource: Resource) -> str:
    """What is shown of a command as it is sent: `{values:*}` for what is several words."""
    wire = told_wire(command.wire, resource.payload)
    for name in command.several:
        wire = wire.replace(f"{{{name}}}", f"{{{name}:*}}")
    return wire


def _numbered(
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

"""Whether a payload template says the whole of a value, so that it can be read back."""

from __future__ import annotations

from collections.abc import Iterator

from ..source.diagnostics import Diagnostics, did_you_mean
from ..syntax.names import shorten
from ..syntax.nodes import KindDoc, ResourceDoc
from ..syntax.payload import (
    MOST_ANYS,
    VALUE,
    Items,
    Members,
    Payload,
    Place,
    Template,
    Words,
    places_in,
)
from ..syntax.wire_form import FIELDS
from ..types import (
    BoolType,
    EnumType,
    IntType,
    NothingType,
    OptionType,
    RecordType,
    Type,
    finite_size,
)

__all__ = ["check_payload", "takes_fields"]


def takes_fields(kind: KindDoc) -> bool:
    """Whether values of a kind are several fields at the server."""
    return any(FIELDS in command.wire for command in kind.commands)


def check_payload(doc: ResourceDoc, kind: KindDoc, value: Type | None, found: Diagnostics) -> None:
    """Report what is wrong with the payload of a resource whose values are of a type; None where
    its kind has no type for them."""
    payload = doc.payload
    if payload is None:
        return
    if value is None or not any(each.wire and not each.local for each in kind.commands):
        message = f"a {kind.name} sends no values, so there is nothing that a payload says"
        found.report(payload.at, message, "take it away")
        return
    if payload.names is not None and not takes_fields(kind):
        message = f"a value of a {kind.name} has no fields at the server: its payload is one text"
        found.report(payload.at, message, "payload: '{\"id\": {value}}'")
        return
    if isinstance(value, NothingType):
        return
    before = found.count
    for template in payload.templates:
        _check_places(template, value, found)
    if found.count == before:
        _check_whole(payload, value, found)


def _check_places(template: Template, value: Type, found: Diagnostics) -> None:
    for each in places_in(template):
        if each.path is not None:
            _check_path(each, value, found)
    for words in _texts(template):
        kinds = [_at(value, each.path) for each in words.parts if isinstance(each, Place)
                 if each.path is not None]  # fmt: skip
        anys = sum(isinstance(each, Place) and each.path is None for each in words.parts)
        if anys + sum(kind is not None and not _is_scalar(kind) for kind in kinds) > MOST_ANYS:
            first = next(each for each in words.parts if isinstance(each, Place))
            message = f"one text has at most {MOST_ANYS} places whose length nothing says"
            found.report(first.at, message, "a number, a name and a truth say theirs")


def _texts(template: Template) -> Iterator[Words]:
    match template:
        case Words():
            yield template
        case Items(items):
            for each in items:
                yield from _texts(each)
        case Members(members):
            for _, each in members:
                yield from _texts(each)


def _is_scalar(kind: Type) -> bool:
    if isinstance(kind, OptionType):
        return _is_scalar(kind.item)
    return isinstance(kind, BoolType | IntType | EnumType)


def _at(value: Type, path: tuple[str, ...]) -> Type | None:
    """The type of a part of a value; None where there is none."""
    kind: Type | None = value
    for name in path:
        kind = kind.field(name) if isinstance(kind, RecordType) else None
    return kind


def _check_path(place: Place, value: Type, found: Diagnostics) -> None:
    kind = value
    shown = VALUE
    for name in place.path or ():
        if isinstance(kind, OptionType) and isinstance(kind.item, RecordType):
            message = f"{shown} may be None, and then has no field {shorten(name)}"
            found.report(place.at, message, f"{{{shown}}} is all of it, as JSON")
            return
        if not isinstance(kind, RecordType):
            hint = f"{{{shown}}} is all of it"
            message = f"{shown} has no field {shorten(name)}: it is {shorten(str(kind))}"
            found.report(place.at, message, hint)
            return
        inner = kind.field(name)
        if inner is None:
            known = [each for each, _ in kind.fields]
            message = f"{shown} has no field {shorten(name)}"
            hint = did_you_mean(name, known) or f"it has {', '.join(known)}"
            found.report(place.at, message, hint)
            return
        kind, shown = inner, f"{shown}.{name}"


def _check_whole(payload: Payload, value: Type, found: Diagnostics) -> None:
    """Report the first part of a value that no place says, for nothing could read it back."""
    said = {
        each.path
        for template in payload.templates
        for each in places_in(template)
        if each.path is not None
    }
    missing = next(_unsaid((), value, said), None)
    if missing is None:
        return
    shown = "{" + ".".join((VALUE, *missing)) + "}"
    if said:
        message = f"no place of the payload says {shown}: who reads it would not know that field"
        hint = f"say {shown} somewhere in it"
    else:
        message = f"the payload does not say the value: {shown} is missing in it"
        hint = "payload: '{\"id\": {value}}'; {any} is what the model leaves out"
    found.report(payload.at, message, hint)


def _unsaid(
    path: tuple[str, ...], kind: Type, said: set[tuple[str, ...]]
) -> Iterator[tuple[str, ...]]:
    # What has but one value needs not to be said.
    if path in said or finite_size(kind) == 1:
        return
    within = any(each[: len(path)] == path for each in said)
    if isinstance(kind, RecordType) and within:
        for name, inner in kind.fields:
            yield from _unsaid((*path, name), inner, said)
    else:
        yield path

"""Whether a payload template says the whole of a value, so that it can be read back."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from ..source.diagnostics import Diagnostics, did_you_mean
from ..syntax.key_text import KEY_PLACE
from ..syntax.names import shorten
from ..syntax.nodes import KindDoc, ResourceDoc
from ..syntax.payload import (
    MOST_ANYS,
    PLACES,
    VALUE,
    Payload,
    Place,
    Template,
    Words,
    leaves,
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
    UnionType,
    finite_size,
)

__all__ = ["check_payload", "key_places", "takes_fields"]

_NUMBER = re.compile("-?[0-9]{1,40}")


def takes_fields(kind: KindDoc) -> bool:
    """Whether values of a kind are several fields at the server."""
    return any(FIELDS in command.wire for command in kind.commands)


def key_places(docs: Iterable[ResourceDoc], kinds: Mapping[str, KindDoc]) -> frozenset[str]:
    """The places that keys of a spec have for what tells its sessions apart."""
    found: set[str] = set()
    for doc in docs:
        kind = kinds.get(doc.kind.text)
        address = kind.address if kind is not None else ""
        found |= set(KEY_PLACE.findall(doc.key)) - {address}
    return frozenset(found)


def check_payload(
    doc: ResourceDoc,
    kind: KindDoc,
    bound: Mapping[str, Type],
    places: Collection[str],
    found: Diagnostics,
) -> None:
    """Report what is wrong with the payload of a resource; `bound`: the types of its kind's type
    parameters. `places`: those of keys, which it may name."""
    payload, value = doc.payload, bound.get(kind.payload)
    if payload is None:
        return
    named = (each for template in payload.templates for each in places_in(template) if each.key)
    unknown = [each for each in named if each.key not in places]
    for each in unknown:
        message = f"a payload has no place {{{shorten(each.key)}}}"
        found.report(each.at, message, did_you_mean(each.key, places) or PLACES)
    if unknown:
        return
    if value is None and kind.parameters:
        message = f"values of a {kind.name} stand at the server as they are, for it orders them"
        found.report(payload.at, message, "take it away")
        return
    if value is None or not any(each.wire and not each.local for each in kind.commands):
        message = f"a {kind.name} sends no values, so there is nothing that a payload says"
        found.report(payload.at, message, "take it away")
        return
    if isinstance(value, NothingType):
        return
    if payload.names is not None and kind.stored.by_field:
        fields = next(bound[each.text] for each in kind.parameters if each.text != kind.payload)
        _check_by_field(payload, fields, value, found)
        return
    if payload.names is not None and not takes_fields(kind):
        _check_by_value(payload, kind, value, found)
        return
    before = found.count
    for template in payload.templates:
        _check_places(template, value, found)
    if found.count == before:
        _check_whole(payload, value, found)


def _check_by_field(payload: Payload, fields: Type, value: Type, found: Diagnostics) -> None:
    """Report what is wrong with templates for fields of a hash: those of the model say its value,
    others nothing."""
    assert payload.names is not None
    for name, at, template in zip(payload.names, payload.names_at, payload.templates, strict=True):
        said = {each.path for each in places_in(template) if each.path is not None}
        if not holds_text(fields, name):
            if said:
                message = f"{shorten(name)} is no field of {shorten(str(fields))}"
                found.report(at, message, "of another field, '{any}' says that it may be there")
            continue
        before = found.count
        _check_places(template, value, found)
        missing = next(_unsaid((), value, said), None)
        if found.count == before and missing is not None:
            shown = "{" + ".".join((VALUE, *missing)) + "}"
            found.report(at, f"the payload of {name} does not say all: {shown} is missing in it")


def holds_text(kind: Type, text: str) -> bool:
    """Whether one of a type's values stands at a server as a text."""
    match kind:
        case EnumType(members):
            return text in members
        case IntType(low, high):
            return _NUMBER.fullmatch(text) is not None and (
                low is None or high is None or low <= int(text) <= high
            )
        case UnionType(numbers, names):
            return holds_text(numbers, text) or holds_text(names, text)
        case BoolType():
            return text in ("true", "false")
    return False


def _check_by_value(payload: Payload, kind: KindDoc, value: Type, found: Diagnostics) -> None:
    """Report what is wrong with templates for the names of a union or an enum, and (`value`) one
    for all else."""
    members = _names_of(value)
    if not members:
        message = f"a value of a {kind.name} has no fields at the server: its payload is one text"
        found.report(payload.at, message, "payload: '{\"id\": {value}}'")
        return
    known = (*members, VALUE)
    assert payload.names is not None
    before = found.count
    for name, at, template in zip(payload.names, payload.names_at, payload.templates, strict=True):
        said = [each for each in places_in(template) if each.path is not None]
        if name not in known:
            message = f"{shorten(name)} is no name of {shorten(str(value))}"
            found.report(at, message, did_you_mean(name, known) or f"{VALUE} is all else")
        elif name == VALUE:
            _check_places(template, value, found)
            if not said:
                found.report(at, "this payload does not say the value: {value} is missing in it")
        elif said:
            found.report(
                said[0].at, f"the payload of {name} says {name}, and needs no place for it"
            )
    others = [each for each in members if each not in payload.names]
    if found.count > before:
        return
    if VALUE not in payload.names and (others or isinstance(value, UnionType)):
        what = f"{others[0]} is" if others else "integers are"
        message = f"nothing says how {what} written"
        found.report(payload.at, message, f"{VALUE}: '{{value}}' says it of all else")


def _names_of(value: Type) -> tuple[str, ...]:
    match value:
        case EnumType(members) | UnionType(_, EnumType(members)):
            return members
    return ()


def _check_places(template: Template, value: Type, found: Diagnostics) -> None:
    for each in places_in(template):
        if each.path is not None:
            _check_path(each, value, found)
    for words in (each for each in leaves(template) if isinstance(each, Words)):
        kinds = [_at(value, each.path) for each in words.parts if isinstance(each, Place)
                 if each.path is not None]  # fmt: skip
        anys = sum(isinstance(each, Place) and each.path is None for each in words.parts)
        if anys + sum(kind is not None and not _is_scalar(kind) for kind in kinds) > MOST_ANYS:
            first = next(each for each in words.parts if isinstance(each, Place))
            message = f"one text has at most {MOST_ANYS} places whose length nothing says"
            found.report(first.at, message, "a number, a name and a truth say theirs")


def _is_scalar(kind: Type) -> bool:
    if isinstance(kind, OptionType):
        return _is_scalar(kind.item)
    return isinstance(kind, BoolType | IntType | EnumType | UnionType)


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

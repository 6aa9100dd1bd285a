"""Why words that were sent to a server are no command of a spec.

In: the words of a line of a log, and the resource whose key they name. Out: what may be the reason,
the likeliest first, each a sentence that is true whatever the reason is: most often a payload is
written in another way than the spec says, so that is looked at before all else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from ...language.source.diagnostics import Diagnostics, Position, Source
from ...language.source.reader import ScalarNode
from ...language.source.text import Text
from ...language.syntax.kindfile import builtin_kinds
from ...language.syntax.payload import told_wire
from ...language.syntax.payload_text import read_payload
from ...language.syntax.wire_form import FIELDS, Option, WireWord, wire_form
from ...language.tree.spec import Command, Resource
from ...language.types import INT, EnumType, IntType, OptionType, RecordType, Type, UnionType
from .payload import Codec, codec_of
from .values import PayloadError, fits, from_json, shown
from .wire import said

__all__ = ["misfits", "proposed_payload"]

LONGEST_NUMBER = 20
"""Digits: no number of a model has more."""


def misfits(resource: Resource, number: int, words: Sequence[str]) -> list[str]:
    """Why words that name the key of instance `number` of a resource are none of the commands that
    the spec calls on it, the likeliest reason first; [] where nothing seems wrong with them."""
    called = resource.commands[number]
    same = [each for each in called.values() if each.is_sent and _is_called(each.wire, words)]
    codec, ids = codec_of(resource), resource.stored.ids
    if any(said(each, words, codec, ids, resource.unread) for each in same):
        return []
    found = [why for each in same for why in _wrong_payload(resource, each, words)]
    if found:
        return list(dict.fromkeys(found))
    name = words[0].upper()
    if same:
        forms = " or ".join(dict.fromkeys(told_wire(each.wire, resource.payload) for each in same))
        return [f"{name} is written otherwise than the spec has it on {resource.name}: {forms}"]
    kind = builtin_kinds().get(resource.kind)
    if kind is None:
        return [f"no process of the spec says {name} to {resource.name}"]
    uncalled = dict.fromkeys(
        each.form.written() for each in kind.written_commands
        if each.name.text not in called and each.wire and _is_called(each.wire, words)
    )  # fmt: skip
    if uncalled:
        calls = " or ".join(f"{resource.name}.{each}" for each in uncalled)
        return [f"no process of the spec calls {calls}"]
    return [f"{name} is no command of the kind {resource.kind}, which {resource.name} is"]


def _is_called(wire: str, words: Sequence[str]) -> bool:
    """Whether words begin as the `wire` of a command does, up to its first place."""
    fixed: list[str] = []
    for part in wire_form(wire).parts:
        if not isinstance(part, WireWord) or part.names:
            break
        fixed.append(part.text.casefold())
    return bool(fixed) and [each.casefold() for each in words[: len(fixed)]] == fixed


def _wrong_payload(resource: Resource, command: Command, words: Sequence[str]) -> Iterator[str]:
    """What is wrong with the payload of a command, by where its `wire` has it."""
    codec = codec_of(resource)
    parts = wire_form(command.wire).parts
    for name, kind in command.parameters:
        if name not in command.payloads or name in (*command.several, *resource.unread):
            continue
        places = [i for i, each in enumerate(parts) if _is_place(each, name)]
        if len(places) != 1:
            continue
        before, behind = parts[: places[0]], parts[places[0] :]
        if not any(isinstance(each, Option) for each in before):
            at = len(before)
        elif not any(isinstance(each, Option) for each in behind):
            at = len(words) - len(behind)
        else:
            continue
        if not 0 < at < len(words):
            continue
        if f"{{{name}{FIELDS}" in command.wire:
            yield from _wrong_fields(resource, codec, kind, words[at:])
            continue
        mine = codec.for_field(words[at - 1])
        try:
            mine.read(kind, words[at])
        except PayloadError as error:
            yield _told(resource, kind, words[at], error)


def _is_place(part: WireWord | Option, name: str) -> bool:
    return isinstance(part, WireWord) and part.place == name


def _wrong_fields(
    resource: Resource, codec: Codec, kind: Type, words: Sequence[str]
) -> Iterator[str]:
    try:
        codec.read_fields(kind, words)
    except PayloadError as error:
        if resource.payload is not None:
            yield f"{error} (payload of {resource.name})"
            return
        fields = ", ".join(f"{name}: ..." for name in words[::2])
        yield f"{error}: say which field is what with payload: {{{shown(fields)}}}"


def _told(resource: Resource, kind: Type, word: str, error: PayloadError) -> str:
    if resource.payload is not None:
        return f"{error} (payload of {resource.name})"
    known = resource.value_text
    of = f"{known}, {kind}," if known and known != str(kind) else str(kind)
    if isinstance(kind, IntType | UnionType) and (outside := _number(resource, word)) is not None:
        why = f"{shown(word)} says {outside}, which is no {of} of this spec"
        return f"{why}: --set gives a constant another value"
    if word.isascii() and word.removeprefix("-").isdigit() and len(word) > LONGEST_NUMBER:
        return f"{shown(word)}, a number of {len(word):,} digits, is no {of} of this spec"
    found = proposed_payload(kind, word)
    hint = f"such as payload: '{found}'" if found else "with payload:"
    return f"{shown(word)} is no {of} of this spec: say how {resource.name} has its values, {hint}"


def _number(resource: Resource, word: str) -> int | None:
    """The number that a payload says, in range or not."""
    try:
        found = codec_of(resource).read(INT, word)
    except PayloadError:
        return None
    return found if isinstance(found, int) else None


def proposed_payload(kind: Type, word: str) -> str:
    """A template by which a payload can be read as a value of a type; "" where none is plain."""
    try:
        said = json.loads(word)
    except (ValueError, RecursionError):
        said = None
    text = _template(kind, said) if isinstance(said, dict) else _with_number(kind, word)
    return text if text and _reads(text, kind, word) else ""


def _template(kind: Type, said: dict[str, object]) -> str:
    """One for an object of JSON, in which some fields are the value."""
    places: dict[str, str] = {}
    if isinstance(kind, RecordType):
        for name, inner in kind.fields:
            if name in said and fits(inner, from_json(inner, said[name])):
                places[name] = f"{{value.{name}}}"
        if len(places) < len(kind.fields):
            return ""
    else:
        telling = [name for name, each in said.items() if _is_value(kind, each)]
        if len(telling) != 1:
            return ""
        places[telling[0]] = "{value}"
    return "{" + ", ".join(f"{json.dumps(name)}: {text}" for name, text in places.items()) + "}"


def _is_value(kind: Type, said: object) -> bool:
    if isinstance(kind, OptionType):
        return _is_value(kind.item, said)
    return isinstance(kind, IntType | EnumType | UnionType) and fits(kind, from_json(kind, said))


def _with_number(kind: Type, word: str) -> str:
    """One for a text that has one number in it, or one name."""
    if not isinstance(kind, IntType | UnionType) or len(word) > 60 or "{" in word:
        return ""
    digits = [i for i, each in enumerate(word) if each in "0123456789"]
    if not digits or digits[-1] - digits[0] != len(digits) - 1:
        return ""
    return f"{word[: digits[0]]}{{value}}{word[digits[-1] + 1 :]}"


def _reads(text: str, kind: Type, word: str) -> bool:
    """Whether a template reads the payload."""
    source, errors = Source("payload", text), Diagnostics()
    node = ScalarNode(Text.of(source), "'", Position(source, 1, 1))
    payload = read_payload(node, errors)
    if payload is None or errors.found or "'" in text or "\n" in text:
        return False
    try:
        Codec("", bare=False, payload=payload, of=kind).read(kind, word)
    except PayloadError:
        return False
    return True

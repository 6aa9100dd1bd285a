"""Payload templates: what is wrong in them, told where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check.language import load
from model_check.language.source.diagnostics import SpecError
from model_check.language.syntax.payload import Constant, Items, Members, Payload, Place, Words

SPEC = """\
model: m
types:
  Id: 1..9
  Kind: enum(mail, sms)
  Item: Id | enum(done, failed)
  Message: {id: Id, last: bool}
  Nested: {first: Message?, second: Message}
resources:
  r: {kind: "KIND", payload: PAYLOAD}
processes:
  p: {run: "s: pass"}
"""
COLUMN = SPEC.splitlines()[8].index("PAYLOAD") - len("KIND") + 1
"""Where a payload begins, without the kind's name."""


def read(tmp_path: Path, kind: str, payload: str) -> Payload | None:
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC.replace("KIND", kind).replace("PAYLOAD", payload), encoding="utf-8")
    return load(path, {}).resource("r").payload


MISTAKES = [
    ("redis.pubsub[Message]", "'{\"id\": {value.idd}}'", 9, "value has no field idd", "mean id?"),
    ("redis.pubsub[Message]", "'{\"id\": {value.id}}'", 1, "{value.last}: who reads it", ""),
    ("redis.pubsub[Id]", "'{\"id\": {value.x}}'", 9, "value has no field x: it is 1..9", ""),
    ("redis.pubsub[Nested]", "'{value.first.id}'", 2, "value.first may be None", "{value.first}"),
    ("redis.pubsub[Id]", "'{\"id\": \"{any}\"}'", 1, "{value} is missing in it", ""),
    ("redis.pubsub[Id]", "'{\"id\": {value}'", 16, "a comma, or }, is expected here", ""),
    ("redis.pubsub[Id]", "'{\"id\" {value}}'", 8, "a colon is expected here", ""),
    ("redis.pubsub[Id]", "'{\"id\": {val}}'", 9, "a payload has no place {val}", "{any}"),
    ("redis.pubsub[Id]", '"{\\"id\\": {val}}"', 11, "a payload has no place {val}", "{any}"),
    ("redis.pubsub[Id]", "'{\"a\": 1, \"a\": {value}}'", 11, "the field a is there twice", ""),
    ("redis.pubsub[Id]", "'{\"{value}\": 1}'", 3, "a place cannot stand in the name", ""),
    ("redis.pubsub[Id]", "'{\"a\": {value}, \"b\": yes}'", 22, "a value of JSON", "quotes"),
    ("redis.pubsub[Id]", "'{\"a\": {value}} {}'", 17, "the JSON has ended", ""),
    ("redis.pubsub[Id]", "'chunk {val}'", 8, "a payload has no place {val}", "{any}"),
    ("redis.pubsub[Id]", "'{any}{value}'", 7, "nothing stands between {any} and", ""),
    ("redis.pubsub[Id]", "'{any} {any} {any} {value}'", 2, "at most 2 places", ""),
    ("redis.pubsub[Message]", "'{value} {any} {any}'", 2, "at most 2 places", ""),
    ("redis.pubsub[Id]", '{"id": {value}}', 1, "stands in quotes", "payload: '{\"id\": {value}}'"),
    ("redis.pubsub[Id]", "{value}", 1, "stands in quotes", "payload: '{value}'"),
    ("redis.pubsub[Id]", "[1]", 1, "payload is a text, or a mapping", ""),
    ("redis.list[Id]", "{a: '{value}'}", 1, "has no fields at the server", ""),
    ("redis.list[Item]", "{valeu: '{value}'}", 2, "valeu is no name of 1..9 | enum(done", "value?"),
    ("redis.list[Item]", "{done: 'x'}", 1, "nothing says how failed is written", "value: '{val"),
    ("redis.list[Kind]", "{mail: 'm'}", 1, "nothing says how sms is written", ""),
    ("redis.list[Item]", "{value: 'x', done: 'y'}", 2, "{value} is missing in it", ""),
    ("redis.list[Item]", "{value: '{value}', done: '{value}'}", 27, "the payload of done says", ""),
    ("redis.hash[Kind, Id]", "{mail: 'm'}", 2, "the payload of mail does not say all: {value}", ""),
    ("redis.hash[Kind, Id]", "{fax: '{value}'}", 2, "fax is no field of enum(mail, sms)", "{any}"),
    ("redis.hash[Id, Message]", "{12: 'n={value.id}'}", 2, "12 is no field of 1..9", "{any}"),
    ("redis.hash[Id, Message]", "{7: 'n={value.id}'}", 2, "{value.last} is missing in it", ""),
    ("redis.sortedset[Id]", "'{value}'", 1, "stand at the server as they are", ""),
    ("redis.stream[Id]", "{}", 1, "payload has no fields", ""),
    ("redis.stream[Id]", "{a: '{any}'}", 1, "{value} is missing in it", ""),
    ("queue[Id]", "'{value}'", 1, "a queue sends no values", ""),
    ("redis.pubsub[Id]", "'" + "[" * 40 + "{value}" + "]" * 40 + "'", 35, "32 levels deep", ""),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "payload", "column", "message", "hint"), MISTAKES)
def test_what_is_wrong_in_a_payload_is_told_at_its_place(
    kind: str, payload: str, column: int, message: str, hint: str, tmp_path: Path
) -> None:
    with pytest.raises(SpecError) as caught:
        read(tmp_path, kind, payload)
    (found,) = caught.value.diagnostics
    assert message in found.message
    assert hint in found.hint
    start = COLUMN + len(kind)
    assert (found.position.line, found.position.column - start + 1) == (9, column)


def test_a_template_is_json_with_places_or_else_text(tmp_path: Path) -> None:
    at = None
    value, anything = Place((), at), Place(None, at)  # type: ignore[arg-type]
    known = {
        "'{value}'": (Words((value,)), True),
        "'chunk {value}'": (Words(("chunk ", value)), True),
        "'[INFO] {value}'": (Words(("[INFO] ", value)), True),
        "'\"chunk {value}\"'": (Words(("chunk ", value)), False),
        "'[{value}, {any}, 1]'": (Items((value, anything, Constant(1))), False),
        '\' {"a": {value}, "b": "\\u007b{any}!"}\'': (
            Members((("a", value), ("b", Words(("{", anything, "!"))))),
            False,
        ),
    }
    for text, (template, as_text) in known.items():
        found = read(tmp_path, "redis.pubsub[Id]", text)
        assert found is not None
        assert (found.templates, found.as_text) == ((template,), (as_text,))


def test_what_has_but_one_value_needs_not_to_be_said(tmp_path: Path) -> None:
    assert read(tmp_path, "redis.pubsub[enum(tick)]", "'*'") is not None


def test_names_may_have_payloads_of_their_own(tmp_path: Path) -> None:
    for kind, text in (
        ("redis.list[Item]", "{value: '{value}', done: '[DONE]'}"),
        ("redis.list[Kind]", "{mail: 'M', sms: 'S'}"),
        ("redis.pubsub[Item]", "{value: '{\"n\": {value}}', failed: '!', done: '{any}.'}"),
    ):
        assert read(tmp_path, kind, text) is not None


def test_what_moves_between_two_resources_looks_the_same_in_both(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    text = SPEC.replace("KIND", "redis.list[Id]").replace("PAYLOAD", "'{value}'")
    other = '  other: {kind: "redis.list[Id]", payload: "n={value}"}\nprocesses:\n'
    text = text.replace("processes:\n", other).replace('"s: pass"', '"s: r.lmove(other)"')
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SpecError, match="with the same types and payload"):
        load(path, {})
    path.write_text(text.replace("n={value}", "{value}"), encoding="utf-8")
    load(path, {})


def test_a_variant_has_another_payload_or_none(tmp_path: Path) -> None:
    read(tmp_path, "redis.pubsub[Id]", "'{value}'")
    other = tmp_path / "other.yaml"
    for payload, texts in (("'n={value}'", ("n={value}",)), ("null", None)):
        other.write_text(
            f"extends: spec.yaml\nmodel: other\nresources: {{r: {{payload: {payload}}}}}\n"
        )
        found = load(other, {}).resource("r").payload
        assert (None if found is None else found.texts) == texts

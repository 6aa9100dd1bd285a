"""Payload templates: what is written is read back, and nothing is read in one of several ways."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_check.language.source.diagnostics import Diagnostics, Position, Source
from model_check.language.source.reader import MappingNode, ScalarNode
from model_check.language.source.text import Text
from model_check.language.syntax.payload import Payload
from model_check.language.syntax.payload_text import read_payload
from model_check.language.types import EnumType, IntType, OptionType, RecordType, Type, UnionType
from model_check.live.brokers.payload import Codec, PayloadError, fits
from test_payload import BOOL, CHUNK, COLOUR, ITEM, types, values

NAMES = EnumType(("a", "ab", "b_a"))


def scalar(text: str) -> ScalarNode:
    source = Source("payload", text)
    return ScalarNode(Text.of(source), "'", Position(source, 1, 1))


def payload(*texts: str, names: tuple[str, ...] = ()) -> Payload:
    """The payload of a text, or of texts by the names of fields."""
    errors = Diagnostics()
    node = scalar(texts[0])
    entries = tuple((scalar(n), scalar(t)) for n, t in zip(names, texts, strict=False))
    found = read_payload(MappingNode(entries, node.at) if names else node, errors)
    assert found is not None, errors.found
    return found


def codec(kind: Type, *texts: str, names: tuple[str, ...] = ()) -> Codec:
    return Codec("word", bare=False, payload=payload(*texts, names=names), of=kind)


def leaves(kind: Type, path: str = "value") -> Iterator[tuple[str, Type]]:
    """The places that say a value: all of it, or the fields of a record."""
    if isinstance(kind, RecordType):
        for name, each in kind.fields:
            yield from leaves(each, f"{path}.{name}")
    else:
        yield path, kind


@st.composite
def templates(draw: st.DrawFn, kind: Type) -> tuple[str, ...]:
    """Templates that say a value: of JSON, of text; in one or several."""
    places = draw(st.permutations(list(leaves(kind))))
    members = []
    for number, (place, _) in enumerate(places):
        forms = [f"{{{place}}}", f'"<{{{place}}}>"', f'[0, {{{place}}}, "x"]', f'"{{{place}}}"',
                 f'{{"in": {{{place}}}}}', f'"{{any}}|{{{place}}}"']  # fmt: skip
        # A text that may be anything behind one that is anything: read in several ways.
        form = draw(st.sampled_from(forms[: 6 if is_short(places[number][1]) else 5]))
        members.append(f'"f{number}": {form}')
    members.append(draw(st.sampled_from(['"t": "{any}"', '"n": null', '"u": {any}'])))
    return ("{" + ", ".join(draw(st.permutations(members))) + "}",)


def is_short(kind: Type) -> bool:
    inner = kind.item if isinstance(kind, OptionType) else kind
    return isinstance(inner, IntType | EnumType | UnionType) or inner == BOOL


@given(st.data())
def test_what_a_template_writes_it_reads_back(data: st.DataObject) -> None:
    kind = data.draw(types(2))
    value = data.draw(values(kind))
    template = codec(kind, *data.draw(templates(kind)))
    assert template.read(kind, template.write(kind, value)) == value


@given(st.data(), st.randoms(use_true_random=False))
def test_spaces_the_order_of_fields_and_fields_more_do_not_matter(
    data: st.DataObject, chance: random.Random
) -> None:
    kind = data.draw(types(2))
    value = data.draw(values(kind))
    template = codec(kind, *data.draw(templates(kind)))
    said = json.loads(template.write(kind, value))
    said["more"] = {"content": "chunk1"}
    if said.get("t") == "any":
        said["t"] = 'hello "you" {value} é\n'
    members = list(said.items())
    chance.shuffle(members)
    text = json.dumps(dict(members), indent=chance.choice([None, 1]), ensure_ascii=False)
    assert template.read(kind, text) == value


@given(st.data())
def test_bare_members_are_numbers_and_names_as_they_are(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from([CHUNK, COLOUR, BOOL, ITEM, OptionType(CHUNK)]))
    value = data.draw(values(kind))
    bare = codec(kind, "{value}")
    written = bare.write(kind, value)
    assert written == ("null" if value is None else str(value).lower())
    assert bare.read(kind, written) == value


PLACE = r"\{(?:value\.)?(\w+)\}"
PLACES = ("{value.n}", "{value.w}", "{any}")
SEPARATORS = ("", "-", "1", " ", "a", "|")


@settings(max_examples=300)
@given(
    st.lists(
        st.tuples(st.sampled_from(PLACES), st.sampled_from(SEPARATORS)),
        min_size=1,
        max_size=4,
    ),
    st.data(),
)  # fmt: skip
def test_a_text_is_read_exactly_where_there_is_one_way_to(
    parts: list[tuple[str, str]], data: st.DataObject
) -> None:
    kind = RecordType((("n", IntType(-19, 19)), ("w", NAMES)))
    template = "".join(place + between for place, between in parts) + "{value.n}|{value.w}"
    said_there = {"n": ("1", "-1", "10"), "w": NAMES.members, "any": ("", "1", "a", "-1 1|a", "ab")}

    def filled(place: re.Match[str]) -> str:
        return data.draw(st.sampled_from(said_there[place[1]]))

    text = re.sub(PLACE, filled, template)
    errors = Diagnostics()
    said = read_payload(scalar(template), errors)
    if said is None or not said.as_text[0]:
        return
    ways = set(all_ways(template, text))
    of_value = {tuple(p for p in way if p[0] != "any") for way in ways}
    reads = Codec("", bare=False, payload=said, of=kind)
    try:
        found = reads.read(kind, text)
    except PayloadError:
        # Not at all, in several ways, or in one that says two things.
        clear = [each for each in of_value if len(dict(each)) == len(set(each))]
        assert len(ways) != 1 or not clear or not in_range(clear[0])
    else:
        assert len(ways) == 1
        assert {(name, str(value)) for name, value in found.items()} == {  # type: ignore[attr-defined]
            (n, str(int(t)) if n == "n" else t) for n, t in next(iter(of_value))
        }


def in_range(said: tuple[tuple[str, str], ...]) -> bool:
    return all(abs(int(text)) <= 19 for name, text in said if name == "n")


def all_ways(template: str, text: str) -> Iterator[tuple[tuple[str, str], ...]]:
    """All ways to read a text by a template, each place with its text, by trying every end."""
    place = re.search(PLACE, template)
    if place is None:
        if template == text:
            yield ()
        return
    before, name, rest = template[: place.start()], place[1], template[place.end() :]
    if not text.startswith(before):
        return
    text = text[len(before) :]
    forms = {"n": r"-?(0|[1-9][0-9]*)", "w": "a|ab|b_a", "any": ".*"}
    for end in range(len(text) + 1):
        if re.fullmatch(forms[name], text[:end]):
            for way in all_ways(rest, text[end:]):
                # Where a place begins and ends is a way of its own.
                yield ((name, text[:end]), *way)


@pytest.mark.parametrize(
    ("template", "text", "why"),
    [
        ('{"seq": {value}}', "chunk7", "is no JSON"),
        ('{"seq": {value}}', "[7]", "is not an object"),
        ('{"seq": {value}}', '{"s": 7}', "it has no field seq"),
        ('{"seq": {value}}', '{"seq": 11}', "its seq 11 is no 1..10"),
        ('{"seq": {value}}', '{"seq": "7"}', "its seq 7 is no 1..10"),
        ('{"seq": {value}}', '{"seq": true}', "its seq true is no 1..10"),
        ('{"seq": {value}, "v": 2}', '{"seq": 7, "v": 3}', "its v 3 is not 2"),
        ('{"seq": {value}, "v": 1}', '{"seq": 7, "v": true}', "its v true is not 1"),
        ('{"a": {"b": [{value}]}}', '{"a": {"b": [1, 2]}}', "its a.b [1, 2] is not a list"),
        ('{"a": {value}, "b": "no {value}"}', '{"a": 1, "b": "no 2"}', "its b 2 is not what anoth"),
        ('{"a": "no {value}"}', '{"a": "yes 2"}', "its a yes 2 is not written as no {value}"),
        ("chunk {value}", "chunk 07", "is not written as chunk {value} with {value} 1..10"),
        ("{value}", "eleven", "eleven is no 1..10"),
        ("{value}", "11", "11 is no 1..10"),
        ("{any} {value} {any}", "1 2 3 4", "can be read in several ways"),
        ("{any} {value} {any}", " 2 " * 4096, "too long"),
        ('{"seq": {value}}', "[" * 100_000, "nested deeper than is read"),
        ('{"seq": {value}}', '{"seq": ' + "9" * 5000 + "}", "more digits than are read"),
        ("{value}", "9" * 5000, "is no 1..10"),
    ],
)  # fmt: skip
def test_what_does_not_fit_a_template_is_told(template: str, text: str, why: str) -> None:
    with pytest.raises(PayloadError, match=re.escape(why)) as caught:
        codec(CHUNK, template).read(CHUNK, text)
    assert len(str(caught.value)) < 250


def test_a_value_may_be_several_fields() -> None:
    kind = RecordType((("id", CHUNK), ("last", BOOL)))
    several = codec(
        kind, "{any}", "chunk-{value.id}", '{"last": {value.last}}', names=("uid", "id", "data")
    )
    words = several.write_fields(kind, {"id": 3, "last": True})
    assert words == ["uid", "any", "id", "chunk-3", "data", '{"last": true}']
    said = ["data", '{"last":false,"n":1}', "more", "x", "uid", "{}", "id", "chunk-7"]
    assert several.read_fields(kind, said) == {"id": 7, "last": False}
    for wrong in (said[:-2], [*said, "odd"], ["id", "chunk-7"]):
        with pytest.raises(PayloadError):
            several.read_fields(kind, wrong)


def test_without_a_payload_a_value_is_the_field_called_value() -> None:
    plain = Codec("chunk", bare=False)
    words = plain.write_fields(CHUNK, 7)
    assert (words[0], plain.read_fields(CHUNK, words)) == ("value", 7)
    with pytest.raises(PayloadError):
        plain.read_fields(CHUNK, ["data", words[1]])


STREAM = codec(ITEM, '{"seq": {value}}', "[DONE]", names=("value", "done"))


@pytest.mark.parametrize(
    ("value", "text"), [(7, '{"seq": 7}'), ("done", "[DONE]"), ("error", '{"seq": "error"}')]
)
def test_a_name_may_be_written_in_its_own_way(value: object, text: str) -> None:
    assert STREAM.write(ITEM, value) == text
    assert STREAM.read(ITEM, text) == value


@pytest.mark.parametrize("text", ['{"seq": "done"}', "done", "DONE", '{"seq": 11}', "[DONE] "])
def test_what_is_written_in_no_way_of_a_union_is_refused(text: str) -> None:
    with pytest.raises(PayloadError):
        STREAM.read(ITEM, text)


def test_a_text_that_may_be_either_of_two_values_is_not_read() -> None:
    either = codec(ITEM, "{value}", "7", names=("value", "done"))
    assert either.read(ITEM, "6") == 6
    with pytest.raises(PayloadError, match="several of the payloads"):
        either.read(ITEM, "7")


@pytest.mark.parametrize("text", ["done", '{"content": "done"}', '"done"'])
def test_without_a_payload_a_name_of_a_union_stands_as_it_is(text: str) -> None:
    plain = Codec("item", bare=False)
    assert plain.read(ITEM, text) == "done"
    assert plain.read(ITEM, plain.write(ITEM, 7)) == 7
    assert plain.write(ITEM, 7) == '{"content": "item7", "is_complete": false}'


def test_types_of_these_tests_are_what_values_are_of() -> None:
    assert fits(NAMES, "ab")
    assert not fits(NAMES, "abb")

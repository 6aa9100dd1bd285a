"""Words that were sent, read again by the same `wire` that they are written by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from model_check.language import load
from model_check.language.source.diagnostics import SpecError
from model_check.language.syntax.wire_form import Option, wire_form
from model_check.language.tree.spec import Command, Resource, Spec
from model_check.language.types import (
    BoolType,
    EnumType,
    IntType,
    ListType,
    OptionType,
    RecordType,
    Type,
)
from model_check.live.brokers.keys import is_on_server, key_of, patterns_of
from model_check.live.brokers.payload import codec_of
from model_check.live.brokers.vetting import vet
from model_check.live.brokers.wire import EntryIds, RealId, is_sent, said, words_of

SPEC = load(Path(__file__).parent / "specs" / "everything.yaml", {})
COMMANDS = [
    (resource, command)
    for resource in SPEC.resources
    if is_on_server(resource)
    for command in resource.commands[0].values()
    if is_sent(command)
]
REAL = [f"1700000000000-{n}" for n in range(9)]


def values(kind: Type) -> st.SearchStrategy[object]:
    match kind:
        case BoolType():
            return st.booleans()
        case IntType(low, high):
            return st.integers(low, high)
        case EnumType(members):
            return st.sampled_from(members)
        case ListType(item):
            return st.lists(values(item), min_size=1, max_size=3)
        case OptionType(item):
            return st.none() | values(item)
        case RecordType(fields):
            return st.fixed_dictionaries({name: values(each) for name, each in fields})
    raise AssertionError(kind)


def name(case: tuple[Resource, Command]) -> str:
    return f"{case[0].kind}.{case[1].name}"


@pytest.mark.parametrize("case", COMMANDS, ids=name)
@given(data=st.data())
def test_every_command_says_what_was_written(
    case: tuple[Resource, Command], data: st.DataObject
) -> None:
    resource, command = case
    stream = resource.kind == "redis.stream"
    entries = set(resource.stored.ids) if stream else set()
    arguments = {
        name: data.draw(st.integers(1, 9) if name in entries else values(kind))
        for name, kind in command.parameters
    }
    for part in wire_form(command.wire).parts:
        if isinstance(part, Option) and len(part.choices) > 1:
            kept = data.draw(st.sampled_from(part.choices))
            arguments |= {
                name: None if isinstance(dict(command.parameters)[name], OptionType) else False
                for name in part.names
                if name not in kept
            }
    ids = EntryIds(resource.stored.ids, list(REAL)) if stream else None
    words = words_of(command, "the:key", arguments, codec_of(resource), ids)
    wanted = {
        each: RealId((1700000000000, value - 1)) if each in entries else value  # type: ignore[operator]
        for each, value in arguments.items()
    }
    found = said(command, words, codec_of(resource), resource.stored.ids)
    assert {each.key for each in found} == {"the:key"}
    assert any(_typed(each.arguments) == _typed(wanted) for each in found)


def _typed(arguments: Mapping[str, object]) -> dict[str, tuple[type, object]]:
    return {name: (type(value), value) for name, value in arguments.items()}


@pytest.mark.parametrize("case", COMMANDS, ids=name)
def test_no_command_is_taken_for_another_one_of_its_kind(case: tuple[Resource, Command]) -> None:
    resource, command = case
    stream = resource.kind == "redis.stream"
    arguments = {name: _first(kind) for name, kind in command.parameters}
    ids = EntryIds(resource.stored.ids, list(REAL)) if stream else None
    words = words_of(command, "k", arguments, codec_of(resource), ids)
    meant = [
        other.name
        for other in resource.commands[0].values()
        if is_sent(other) and said(other, words, codec_of(resource), resource.stored.ids)
    ]
    assert meant == [command.name]


def _first(kind: Type) -> object:
    match kind:
        case IntType(low, _):
            return low or 1
        case EnumType(members):
            return members[0]
        case RecordType(fields):
            return {name: _first(each) for name, each in fields}
    return True


@pytest.mark.parametrize(
    "payload",
    ['{"content":"chunk7","is_complete":false}', '{ "content" : "chunk7" }', "7",
     '{"is_complete": false, "content": "chunk7", "at": 1}'],
)  # fmt: skip
def test_a_payload_may_be_written_as_other_languages_do(payload: str) -> None:
    spec = load(Path(__file__).parent.parent.parent / "specs" / "legacy.yaml", {})
    stream = spec.resource("stream")
    (found,) = said(stream.commands[0]["publish"], ["publish", "k", payload], codec_of(stream), ())
    assert found.arguments == {"message": 7}


@pytest.mark.parametrize(
    "payload",
    ["", "chunk7", '{"content":"chunk11"}', '{"content":"part7"}', "[" * 5000, "1e9",
     '{"content":"chunk' + "9" * 5000 + '"}', "true", "null", "9" * 5000],
)  # fmt: skip
def test_what_is_no_value_of_the_model_says_nothing(payload: str) -> None:
    spec = load(Path(__file__).parent.parent.parent / "specs" / "legacy.yaml", {})
    stream = spec.resource("stream")
    words = ["PUBLISH", "k", payload]
    assert not said(stream.commands[0]["publish"], words, codec_of(stream), ())


def spec_with(tmp_path: Path, **keys: str) -> Spec:
    lines = [f"  {name}: {{kind: 'redis.string[int]', key: '{key}'}}" for name, key in keys.items()]
    path = tmp_path / "spec.yaml"
    text = "model: m\nresources:\n" + "\n".join(lines)
    path.write_text(text + "\nprocesses:\n  p:\n    run: 'set: a.set(1)'\n")
    return load(path, {})


@pytest.mark.parametrize(
    ("key", "word", "session"),
    [
        ("chat:{session}:lock", "chat:x1:lock", ("x1",)),
        ("chat:{session}:lock", "chat::lock", None),
        ("chat:{session}:lock", "chat:x1:lock:more", None),
        ("{tenant}/{user}", "acme/ann", ("acme", "ann")),
        ("{user}:{user}", "ann:ann", ("ann",)),
        ("{user}:{user}", "ann:bob", None),
        ("{user}:{user}", "a:b:a:b", ("a:b",)),
        ("{app}:{user}:x", "acme:ann:b:x", ("acme", "ann:b")),
        ("{app}:{room}:{user}:x", ":" * 1024, None),
        ("lock", "lock", ()),
        ("lock", "lock:0123456789ab", ("0123456789ab",)),
        ("lock", "lock:7", None),
        ("a.b", "axb", None),
        ("chat:{session:[0-9a-f]+}:lock", "chat:0a:lock", ("0a",)),
        ("chat:{session:[0-9a-f]+}:lock", "chat:x1:lock", None),
        ("{a:[0-9]{2}}{b:[0-9]{2}}", "1234", ("12", "34")),
        ("{tag one}:{session}", "{tag one}:x1", ("x1",)),
    ],
)
def test_a_key_tells_its_session(
    key: str, word: str, session: tuple[str, ...] | None, tmp_path: Path
) -> None:
    (pattern,) = patterns_of(spec_with(tmp_path, a=key))
    found = pattern.read(word)
    assert (None if found is None else tuple(value for _, value in found)) == session


def test_a_key_that_we_write_is_read_again() -> None:
    for resource in filter(is_on_server, SPEC.resources):
        key = key_of(SPEC, resource, 0, "0123456789ab")
        (pattern,) = [p for p in patterns_of(SPEC) if p.store == resource.name]
        assert pattern.read(key) == (("", "0123456789ab"),)


UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


def test_keys_of_one_session_have_the_same_names_in_all_their_places(tmp_path: Path) -> None:
    spec = spec_with(tmp_path, a=f"chat:{{session:{UUID}}}", b="user:{user}:{session}", c="lock")
    keys = [key_of(spec, each, 0, "0123456789ab") for each in spec.resources]
    session = keys[0].removeprefix("chat:")
    assert re.fullmatch(UUID, session)
    assert keys[1:] == [f"user:0123456789ab:{session}", "lock:0123456789ab"]
    names = {"session": session, "user": "0123456789ab"}
    read = [each.read(key) for each, key in zip(patterns_of(spec), keys, strict=True)]
    assert [dict(each or ()) for each in read] == [{"session": session}, names, names]


def test_another_session_has_other_names(tmp_path: Path) -> None:
    spec = spec_with(tmp_path, a="chat:{session:[0-9]+}")
    keys = {key_of(spec, spec.resources[0], 0, f"{number:012x}") for number in range(1000)}
    assert len(keys) == 1000


@pytest.mark.parametrize(
    ("key", "offset", "said"),
    [
        ("chat:{session:(a|b)}", 14, "( means nothing here"),
        ("chat:{session:[0-9]*}", 14, "a place holds something"),
        ("chat:{session:[0-9]+[0-9a-f]+}", 14, "where this ends and the next begins is not told"),
        ("chat:{session:[0-9", 5, "the } of the place session is missing"),
        ("chat:{session:[]}", 14, "this class has no character"),
        ("chat:{session:[z-a]}", 16, "a range goes from one ASCII character up to another"),
        ("chat:{session:a{9999}}", 15, "{9999} is no number of times up to 1024"),
        ("chat:{session:a{x}}", 15, "how often is written {12}, {8,12} or {8,}"),
        ("{a:[0-9:]+}:{b}", 3, "where this ends and the next begins is not told apart"),
        ("{a:[0-9]+}{b}", 3, "where this ends and the next begins is not told apart"),
        ("{a:[0-9]+}:{a:[a-f]+}", 14, "a has another pattern already, [0-9]+"),
        ("chat:{session:" + "a" * 101 + "}", 114, "a pattern has at most 100 characters"),
    ],
)
def test_a_pattern_of_a_place_that_is_not_read_is_refused_where_it_stands(
    key: str, offset: int, said: str, tmp_path: Path
) -> None:
    with pytest.raises(SpecError) as found:
        spec_with(tmp_path, a=key)
    (mistake,) = found.value.diagnostics
    before = len("  a: {kind: 'redis.string[int]', key: '")
    assert (mistake.position.line, mistake.position.column) == (3, before + 1 + offset)
    assert mistake.message.startswith(said)


def test_a_place_is_the_same_in_all_keys(tmp_path: Path) -> None:
    spec_with(tmp_path, a="a:{session:[0-9]+}", b="b:{session}")
    with pytest.raises(SpecError, match=r"session has another pattern already, \[0-9\]\+"):
        spec_with(tmp_path, a="a:{session:[0-9]+}", b="b:{session:[a-f]+}")


def test_a_place_without_room_for_a_run_of_ours_is_refused_before_anything_is_sent(
    tmp_path: Path,
) -> None:
    vet(spec_with(tmp_path, a="a:{session:[0-9a-f]{12}}"))
    with pytest.raises(SpecError, match=r"spec.yaml:3:\d+: session takes 100 values"):
        vet(spec_with(tmp_path, a="a:{session:[0-9]{2}}"))

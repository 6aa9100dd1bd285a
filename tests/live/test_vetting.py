"""A spec sends a server what touches its own keys, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from live_runs import SPECS, commands_seen, explored
from model_check.api import real_runs
from model_check.language import load
from model_check.language.source.diagnostics import SpecError
from model_check.live.brokers import server as servers
from model_check.live.brokers.allowed import CHANNELS, COMMANDS, ForbiddenError, key_places
from model_check.live.brokers.server import Server
from model_check.live.brokers.vetting import require_own_keys, vet
from model_check.live.errors import LiveError
from model_check.live.runs.replaying import replay_schedules, run_live

KIND = """\
redis.mine:
  parameters: [T]
  state:
    called: bool
  commands:
    go:
      parameters: {PARAMETERS}
      run: called = True
      wire: WIRE
      answer: OK
"""
SPEC = """\
model: mine
kinds: kind.yaml
types:
  Word: enum(STORE, STREAMS, precious)
resources:
  it: {kind: "redis.mine[Word]"}
processes:
  doer:
    run: |
      go: it.go(ARGUMENTS)
properties:
  never_over: {finally: not done(doer), expect: violated}
"""


def written(folder: Path, wire: str, parameters: str = "", arguments: str = "") -> Path:
    """A spec that calls a command of a kind of its own."""
    kind = KIND.replace("WIRE", wire).replace("PARAMETERS", parameters)
    (folder / "kind.yaml").write_text(kind, encoding="utf-8")
    path = folder / "mine.yaml"
    path.write_text(SPEC.replace("ARGUMENTS", arguments), encoding="utf-8")
    return path


def refusal(path: Path) -> str:
    """What is wrong with the commands of a spec, with its place."""
    with pytest.raises(SpecError) as found:
        vet(load(path, {}))
    return str(found.value).replace(str(path.parent), "").splitlines()[0]


@pytest.mark.parametrize(
    "wire",
    [
        "FLUSHALL", "flushdb async", "SHUTDOWN NOSAVE", "CONFIG SET bind 127.0.0.2",
        "REPLICAOF 127.0.0.1 7398", "SLAVEOF no one", "MIGRATE 127.0.0.1 1 {key} 0 1",
        "EVAL x 0", "EVALSHA x 1 {key}", "FCALL x 1 {key}", "SCRIPT FLUSH", "FUNCTION FLUSH",
        "MODULE LOAD /x.so", "DEBUG SLEEP 9", "CLIENT KILL TYPE normal", "ACL SETUSER x on",
        "SORT {key} STORE foreign", "SORT_RO {key} BY foreign*", "GEORADIUS {key} 1 1 1 m STORE x",
        "COPY {key} foreign DB 1", "MOVE {key} 1", "BITOP NOT {key} {key}", "KEYS '*'",
        "RENAME {key} {key}", "MONITOR", "RESTORE {key} 0 x", "SWAPDB 0 1",
        "SETRANGE {key} 536870911 x", "MULTI", "SAVE", "OBJECT FREQ {key}", "XGROUP HELP",
        "XGROUP", "HELLO 3", "AUTH x", "SELECT 1", "QUIT", "WAIT 1 0", "SINTERSTORE {key} x",
    ],
)  # fmt: skip
def test_a_command_that_is_not_listed_is_refused_at_its_place(wire: str, tmp_path: Path) -> None:
    said = refusal(written(tmp_path, f'"{wire}"'))
    assert said.startswith("/kind.yaml:9:14: ")
    assert "is not sent to a server (only commands that touch nothing but their own key" in said


def test_what_is_neither_sent_nor_known_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    said = refusal(written(tmp_path, '"(FLUSHALL)"'))
    assert said.startswith("/kind.yaml:9:14: it.go is nothing that a client could do")


@pytest.mark.parametrize(
    ("wire", "word"),
    [
        ("SET foreign x", "foreign"),
        ("set  {key}x x", "{key}x"),
        ("GET x{key}", "x{key}"),
        ("PUBLISH foreign x", "foreign"),
        ("DEL {key} foreign", "foreign"),
        ("EXISTS foreign {key}", "foreign"),
        ("SUBSCRIBE {key} foreign", "foreign"),
        ("PSUBSCRIBE {key}", "{key}"),
        ("PSUBSCRIBE {pattern} *", "*"),
        ("PUNSUBSCRIBE *", "*"),
        ("SSUBSCRIBE {pattern}", "{pattern}"),
        ("SPUBLISH foreign x", "foreign"),
        ("GET {pattern}", "{pattern}"),
        ("BLPOP {key} foreign 0", "foreign"),
        ("LMOVE {key} foreign LEFT LEFT", "foreign"),
        ("RPOPLPUSH foreign {key}", "foreign"),
        ("XREAD COUNT 1 STREAMS foreign 0", "foreign"),
        ("XREAD BLOCK 0 streams {key} foreign 0 0", "foreign"),
        ("XREADGROUP GROUP g c STREAMS foreign >", "foreign"),
        ("XGROUP CREATE foreign g $", "foreign"),
        ("xgroup destroy foreign g", "foreign"),
        ("GET {key:1}", "{key:1}"),
        ("GET {other}", "{other}"),
    ],
)
def test_where_a_key_stands_only_the_resources_own_is_allowed(
    wire: str, word: str, tmp_path: Path
) -> None:
    column = 14 + wire.index(word)
    said = refusal(written(tmp_path, f'"{wire}"'))
    assert said.startswith(f"/kind.yaml:9:{column}: {word} stands where ")


@pytest.mark.parametrize(
    ("wire", "parameters", "arguments", "said"),
    [
        ("'{word} {key}'", "word: T", "STORE", "{WORD} is not sent to a server"),
        ("GET {word}", "word: T", "precious", "{word} stands where GET has a key"),
        ("GET {key}", "key: T", "precious", "go has a parameter called key"),
        ("GET {key}", "pattern: T", "precious", "go has a parameter called pattern"),
        ("DEL {words}", "words: 'list[T]'", "[]", "{words} stands where DEL has a key"),
        ("BLPOP {key} {key} {words}", "words: 'list[T]'", "[]", "{words} is a list, so any"),
        ("XREAD {word} a STREAMS {key} 0", "word: T", "STREAMS", "{word} is no option"),
        ("XREAD COUNT {words} STREAMS {key} 0", "words: 'list[T]'", "[]", "{words} is a list"),
        ("XREAD STREAMS {key}", "word: T", "STORE", "STREAMS is followed by keys, and as many"),
        ("XREAD COUNT 1", "word: T", "STORE", "STREAMS is missing"),
        ("GET", "word: T", "STORE", "a key is missing"),
        ("''", "word: T", "STORE", "the command go has no wire"),
    ],
)
def test_no_value_becomes_a_command_or_a_key(
    wire: str, parameters: str, arguments: str, said: str, tmp_path: Path
) -> None:
    assert said in refusal(written(tmp_path, wire, parameters, arguments))


@pytest.mark.parametrize(
    ("wire", "parameters", "arguments"),
    [
        ("SET {key} {word} NX", "word: T", "STORE"),
        ("RPUSH {key} {words}", "words: 'list[T]'", "[STORE, precious]"),
        ("xadd {key} '*' of-{word} x", "word: T", "precious"),
        ("XREADGROUP GROUP g {word} COUNT 1 STREAMS {key} '>'", "word: T", "STREAMS"),
        ("XGROUP CREATE {key} {word} $ MKSTREAM", "word: T", "precious"),
        ("LMOVE {key} {key} LEFT RIGHT", "", ""),
        ("DEL {key}", "", ""),
    ],
)
def test_what_touches_the_own_key_alone_is_allowed(
    wire: str, parameters: str, arguments: str, tmp_path: Path
) -> None:
    vet(load(written(tmp_path, f"\n        {wire}", parameters, arguments), {}))


@pytest.mark.parametrize(
    ("write", "read", "said"),
    [
        ("SET foreign {value}", "GET {key}", ":13:16: foreign stands where SET has a key"),
        ("SET {key} {value}", "FLUSHALL", ":14:11: FLUSHALL is not sent to a server"),
    ],
)
def test_what_puts_a_content_there_touches_the_own_key_alone(
    write: str, read: str, said: str, tmp_path: Path
) -> None:
    path = written(tmp_path, "GET {key}")
    kind = tmp_path / "kind.yaml"
    stored = f"  stored:\n    state: called\n    write: {write}\n    read: {read}\n"
    kind.write_text(kind.read_text(encoding="utf-8") + stored, encoding="utf-8")
    assert said in refusal(path)


def test_a_foreign_command_is_refused_before_there_is_a_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("a server was asked for")

    monkeypatch.setattr(servers, "server_for", never)
    path = written(tmp_path, "FLUSHALL")
    for run in (real_runs.replay, real_runs.record):
        with pytest.raises(SpecError, match="FLUSHALL is not sent to a server"):
            run(path)


def test_nothing_of_a_foreign_command_reaches_a_server(tmp_path: Path, any_server: Server) -> None:
    space, _ = explored(written(tmp_path, "SET foreign x"))
    with commands_seen(any_server) as seen, pytest.raises(SpecError):
        run_live(replay_schedules(space, any_server, number=1, patience=5.0))
    assert seen == []


def test_what_is_really_sent_is_looked_at_once_more() -> None:
    require_own_keys(["LMOVE", "a", "a", "LEFT", "LEFT"], "a")
    with pytest.raises(LiveError, match="DEL a b is not sent: b is not the key a"):
        require_own_keys(["DEL", "a", "b"], "a")
    require_own_keys(["PSUBSCRIBE", r"a\*:*:7"], "a*:{room}:7", "room")
    with pytest.raises(LiveError, match=r"PSUBSCRIBE \* is not sent: \* is not the key a"):
        require_own_keys(["PSUBSCRIBE", "*"], "a")
    with pytest.raises(LiveError, match="CONFIG is not sent to a server"):
        require_own_keys(["CONFIG", "SET", "bind", "a"], "a")


@pytest.mark.parametrize(
    "value", ["two words", "a\r\nFLUSHALL\r\n", "*1\r\n$8\r\nFLUSHALL", "", "é"]
)
def test_a_value_is_one_word_whatever_is_in_it(value: str, server: Server) -> None:
    client = server.client()
    connection = client.connection
    connection.send_command("ECHO", value)
    assert connection.read_response() == value
    connection.send_command("PING")
    assert connection.read_response() == "PONG"
    client.close()


def test_the_list_says_of_keys_what_servers_say(server: Server) -> None:
    client = server.client()
    for name, keys in COMMANDS.items():
        client.connection.send_command("COMMAND", "INFO", name)
        ((_, _, flags, first, last, step, categories, *_),) = client.connection.read_response()
        assert (name in CHANNELS) == ("@pubsub" in categories), name
        if name in CHANNELS and (first, last) == (0, 0):
            continue  # a channel is no key, but that of a shard is found by one
        assert (keys.first, keys.last) == (first, last), name
        assert step == (0 if keys.streams or not keys.first else 1), name
        assert ("movablekeys" in flags) == keys.streams, name
        assert not {"@dangerous", "@admin", "@scripting"} & set(categories), name
    client.close()


@pytest.mark.parametrize(
    "words",
    [
        ["XREAD", "COUNT", "2", "BLOCK", "0", "STREAMS", "a", "b", "0", "0"],
        ["XREADGROUP", "GROUP", "STREAMS", "STREAMS", "NOACK", "STREAMS", "a", "b", "c", ">"],
        ["BLPOP", "a", "b", "0"],
        ["LMOVE", "a", "b", "LEFT", "LEFT"],
        ["XGROUP", "CREATE", "a", "b", "c"],
        ["DEL", "a", "b"],
        ["RPUSH", "a", "b", "c"],
    ],
)
def test_keys_are_where_a_server_finds_them(words: list[str], server: Server) -> None:
    client = server.client()
    if words[0] == "XREADGROUP":
        with pytest.raises(ForbiddenError, match="as many ids"):
            key_places([*words, "more"])
    client.connection.send_command("COMMAND", "GETKEYS", *words)
    assert [words[each] for each in key_places(words)] == client.connection.read_response()
    client.close()


@pytest.mark.parametrize("path", sorted(SPECS.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_kinds_that_come_with_the_tool_are_allowed(path: Path) -> None:
    vet(load(path, {}))


def test_the_page_on_kinds_lists_what_is_sent() -> None:
    page = (SPECS.parent / "docs" / "kinds.md").read_text(encoding="utf-8")
    section = page.partition("### What is sent to a server")[2]
    rows = [line for line in section.splitlines() if line.startswith("| ")][2:]
    listed = [set(re.findall(r"`([A-Z ]+)`", row.split("|")[2])) for row in rows]
    kinds = dict.fromkeys(COMMANDS.values())
    wanted = [{n.replace("|", " ") for n, k in COMMANDS.items() if k == kind} for kind in kinds]
    assert sorted(map(sorted, listed)) == sorted(map(sorted, wanted))

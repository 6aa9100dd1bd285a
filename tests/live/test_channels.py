"""Channels that a value tells apart, and patterns: carried out, recorded, and read in a log."""

from __future__ import annotations

from pathlib import Path

import pytest
from live_runs import explored
from model_check.api.real_runs import monitor
from model_check.language import load
from model_check.language.source.diagnostics import SpecError
from model_check.live.brokers.registry import stores_of
from model_check.live.brokers.server import Server
from model_check.live.errors import LiveError
from model_check.live.runs.replaying import replay_schedules, run_live
from model_check.results.monitor import MonitorResult

ROOMS = """\
model: rooms
types: {Room: "enum(red, blue)", Word: 1..3}
resources:
  chat: {kind: "redis.channels[Room, Word]", key: "KEY"}
  bell: {kind: "redis.pubsub[Word]", key: "bell"}
processes:
  writer:
    run: |
      first: chat.publish(red, 1)
      second: chat.publish(blue, 2)
      third: chat.publish(red, 3)
      ring: bell.publish(1)
      shard: bell.spublish(2)
  reader:
    vars: {shown: "list[{channel: Room, message: Word}]", rung: "list[Word]"}
    run: |
      one: chat.subscribe(red)
      all: chat.psubscribe()
      ears: bell.psubscribe()
      shards: bell.ssubscribe()
      leave: chat.unsubscribe(red)
      while len(shown) < 2:
          receive: shown.append(chat.get_message())
      while len(rung) < 2:
          hear: rung.append(bell.get_message())
properties:
  all_shown: {finally: len(reader.shown) >= 2, expect: violated}
  no_deadlock: {expect: violated}
"""


def spec(tmp_path: Path, text: str = ROOMS, key: str = "chat:{channel}") -> Path:
    path = tmp_path / "spec.yaml"
    path.write_text(text.replace("KEY", key), encoding="utf-8")
    return path


def read(path: Path, *lines: str) -> MonitorResult:
    """What a log says of a spec: lines `connection COMMAND words`."""
    shown = []
    for number, line in enumerate(lines):
        who, *words = line.split()
        quoted = " ".join('"' + word.replace('"', '\\"') + '"' for word in words)
        shown.append(f"1700000000.{number:06} [0 127.0.0.1:{who}] {quoted}\n".encode())
    return monitor(path, [("log", shown)])


def word(number: int) -> str:
    return f'{{"content":"word{number}","is_complete":{"true" if number == 3 else "false"}}}'


@pytest.mark.parametrize(
    "key", ["chat:{channel}", "chat:{channel:[0-9a-f]{8}}", "{it}:{channel}:x"]
)
def test_channels_are_carried_out_as_the_model_says(
    key: str, tmp_path: Path, any_server: Server
) -> None:
    space, _ = explored(spec(tmp_path, key=key))
    found = run_live(replay_schedules(space, any_server, number=12, patience=5.0))
    assert found.disagreement is None
    assert any_server.client().pubsub_channels() == []


def test_a_log_tells_which_channel_was_meant(tmp_path: Path) -> None:
    path = spec(tmp_path)
    lines = [
        f"1 PUBLISH chat:red {word(1)}", "2 SUBSCRIBE chat:red",
        f"1 PUBLISH chat:blue {word(2)}", "2 PSUBSCRIBE chat:* ",
    ]  # fmt: skip
    assert read(path, *lines).standing != "unfit"
    (session,) = read(path, lines[0].replace("red", "blue"), *lines[1:]).sessions
    assert session.mismatch is not None
    assert (session.mismatch.fits, session.mismatch.known) == (0, True)
    (session,) = read(path, lines[0].replace("red", "green")).sessions
    assert session.mismatch is not None
    assert not session.mismatch.known


def test_a_name_stands_for_one_value_and_no_other(tmp_path: Path) -> None:
    path = spec(tmp_path, key="chat:{channel:[0-9a-f]{8}}")
    red, blue = "0123abcd", "99999999"
    lines = [
        f"1 PUBLISH chat:{red} {word(1)}", f"2 SUBSCRIBE chat:{red}",
        f"1 PUBLISH chat:{blue} {word(2)}", f"1 PUBLISH chat:{red} {word(3)}",
    ]  # fmt: skip
    assert read(path, *lines).standing != "unfit"
    for at, wrong in ((1, blue), (2, red), (3, blue)):
        right = blue if wrong == red else red
        (session,) = read(
            path, *lines[:at], lines[at].replace(right, wrong), *lines[at + 1 :]
        ).sessions
        assert session.mismatch is not None
        assert session.mismatch.fits == at
    (session,) = read(path, *lines[:3], f"1 PUBLISH chat:{red} {word(1)}").sessions
    assert session.mismatch is not None
    assert (
        session.mismatch.expected[0].wire
        == f"PUBLISH chat:{red} {word(3).replace(':', ': ').replace(',', ', ')}"
    )


def test_a_pattern_of_any_form_is_read_that_takes_the_channel(tmp_path: Path) -> None:
    path = spec(tmp_path)
    before = ["2 SUBSCRIBE chat:red"]
    for pattern in ("chat:*", "*", "c[a-h]at:?*"):
        assert (
            read(path, *before, f"2 PSUBSCRIBE {pattern}", "2 PSUBSCRIBE b?ll").standing != "unfit"
        )
    result = read(path, *before, "2 PSUBSCRIBE news:*")
    assert (result.foreign, result.sessions[0].lines) == (1, 1)
    (session,) = read(path, *before, "2 PSUBSCRIBE chat:r*").sessions
    assert "takes some of chat:{channel} and not all" in session.note
    (session,) = read(path, *before, "2 PSUBSCRIBE chat:*", "3 PSUBSCRIBE chat:*").sessions
    assert "2 connections listen by a pattern to chat:{channel}, and 1 of this spec" in session.note
    (session,) = read(path, *before, "2 PSUBSCRIBE chat:* ch*").sessions
    assert "a second pattern by which this connection hears" in session.note


def test_shard_channels_are_read_apart_from_channels(tmp_path: Path) -> None:
    path = spec(tmp_path)
    before = ["2 SUBSCRIBE chat:red", "2 PSUBSCRIBE chat:* bell"]
    rest = ["2 SSUBSCRIBE bell", "2 UNSUBSCRIBE chat:red"]
    assert read(path, *before, *rest).standing != "unfit"
    (session,) = read(path, *before, "2 SUBSCRIBE bell", rest[1]).sessions
    assert (session.standing, "SUBSCRIBE bell" in session.note) == ("undetermined", True)


QUIET = """\
model: quiet
types: {Word: 1..3}
resources:
  chat: {kind: "redis.pubsub[Word]", key: "chat:{session}"}
processes:
  writer: {run: "say: chat.publish(1)"}
  reader:
    vars: {heard: Word?}
    run: |
      subscribe: chat.subscribe()
      hear: heard = chat.get_message()
properties:
  heard: {finally: reader.heard is not None, expect: violated}
  no_deadlock: {expect: violated}
"""


def test_who_listens_by_a_pattern_that_the_spec_does_not_know_leaves_it_open(
    tmp_path: Path,
) -> None:
    path = spec(tmp_path, QUIET)
    said = [f"1 PUBLISH chat:a {word(1)}", f"1 PUBLISH chat:b {word(1)}"]
    assert [each.standing for each in read(path, *said).sessions] == ["violated", "violated"]
    result = read(path, "3 PSUBSCRIBE chat:a*", *said, "2 SUBSCRIBE chat:a", "3 SUBSCRIBE chat:b")
    verdicts = {each.name: (each.standing, each.note) for each in result.sessions}
    assert verdicts["b"] == ("violated", "")
    assert verdicts["a"][0] == "undetermined"
    assert verdicts["a"][1].startswith("line 1: PSUBSCRIBE chat:a* is about chat:a, and no process")
    # Who has left before, or comes after all is over, changes nothing.
    heard = [*said, "2 SUBSCRIBE chat:a", "3 SUBSCRIBE chat:b"]
    result = read(path, "4 PSUBSCRIBE *", "4 PUNSUBSCRIBE *", *heard, "3 PSUBSCRIBE *")
    assert [each.standing for each in result.sessions] == ["violated", "violated"]


def test_one_pattern_is_heard_in_every_session(tmp_path: Path) -> None:
    path = spec(tmp_path, QUIET.replace("chat.subscribe()", "chat.psubscribe()"))
    said = [f"1 PUBLISH chat:{number} {word(1)}" for number in range(20)]
    heard = read(path, "2 PSUBSCRIBE chat:*", *said)
    assert [each.standing for each in heard.sessions] == ["holds"] * 20
    missed = read(path, *said, "2 PSUBSCRIBE chat:*")
    assert [each.standing for each in missed.sessions] == ["violated"] * 20
    left = read(path, "2 PSUBSCRIBE chat:*", "2 PUNSUBSCRIBE", *said)
    assert [each.standing for each in left.sessions] == ["undetermined"] * 20


KEYED = """\
redis.flags:
  parameters: [C]
  joins: redis
  address: name
  state: {up: "dict[C, bool] = False"}
  commands:
    raise_it: {parameters: {name: C}, run: "up[name] = True", wire: "SET {key} 1", answer: OK}
"""


def test_keys_that_a_value_tells_apart_are_checked_and_not_carried_out(tmp_path: Path) -> None:
    (tmp_path / "flags.yaml").write_text(KEYED, encoding="utf-8")
    text = """\
model: flags
kinds: flags.yaml
resources: {flag: {kind: "redis.flags[0..1]", key: "flag:{name}"}}
processes: {p: {run: "up: flag.raise_it(1)"}}
properties: {never_up: {never: "flag.up[1]", expect: violated}}
"""
    path = spec(tmp_path, text)
    space, traces = explored(path)
    assert traces["never_up"].steps[0].calls[0].wire == "SET flag:1 1"
    with pytest.raises(LiveError, match="flag is many keys that a value tells apart"):
        stores_of(space.machine.spec)
    with pytest.raises(SpecError, match=r"3:53: flag has many keys, and this says no place"):
        load(spec(tmp_path, text.replace("flag:{name}", "flag")), {})


def test_two_resources_that_one_pattern_takes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        SpecError, match=r"spec.yaml:5:3: bell and chat, in line 4: the pattern that"
    ):
        load(spec(tmp_path, key="{channel}"), {})
    # In a run of ours, a key without a place ends with the session.
    with pytest.raises(LiveError, match=r"the pattern of chat, \*:[0-9a-f]+, takes bell:[0-9a-f]+"):
        stores_of(load(spec(tmp_path, key="{channel}:{it}"), {}))

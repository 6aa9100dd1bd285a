"""Lines are of one session where a key, or a payload, says so, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_runs import SPECS, explored
from model_check.api.real_runs import monitor
from model_check.language import load
from model_check.language.source.diagnostics import SpecError
from model_check.live.brokers.server import Server
from model_check.live.monitor.joining import join_keys
from model_check.live.runs.replaying import replay_schedules, run_live
from model_check.results.monitor import MonitorResult
from record_logs import monitored

ASKING = """\
model: asking
types: {Part: 0..9}
resources:
  request:
    kind: redis.pubsub[Part]
    key: rs:request:{stream}
    payload: '{"listenerId": "{listener}", "skip": {value}}'
  chunk: {kind: "redis.pubsub[Part]", key: "rs:chunk:{listener}", payload: "part {value}"}
processes:
  listener:
    run: |
      open: chunk.subscribe()
      ask: request.publish(1)
      hear: chunk.get_message()
  streamer:
    run: |
      listen: request.subscribe()
      heard: request.get_message()
      answer: chunk.publish(2)
properties:
  answered: {finally: done(listener), expect: violated}
  no_deadlock: {expect: violated}
"""
MANY = """\
model: many
types: {Listener: 0..1, Part: 0..9}
resources:
  request:
    kind: "redis.pubsub[{who: Listener, skip: 0..1}]"
    key: rs:request:{stream}
    payload: '{"listenerId": "{value.who}", "skip": {value.skip}}'
  chunk:
    kind: redis.channels[Listener, Part]
    key: rs:chunk:{channel:L[0-9]+}
    payload: part {value}
processes:
  listener:
    count: 2
    run: |
      open: chunk.subscribe(self)
      ask: request.publish({who: self, skip: 1})
      hear: chunk.get_message()
  streamer:
    vars: {answered: 0..2}
    run: |
      listen: request.subscribe()
      while answered < 2:
          answer:
              message = request.get_message()
              chunk.publish(message.who, 2)
              answered += 1
properties:
  answered: {finally: "done(listener[0]) and done(listener[1])", expect: violated}
  no_deadlock: {expect: violated}
"""


def spec(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def read(path: Path, lines: Iterable[str]) -> MonitorResult:
    shown = []
    for number, line in enumerate(lines):
        who, *words = line.split()
        quoted = " ".join('"' + word.replace('"', '\\"').replace("_", " ") + '"' for word in words)
        shown.append(f"1700000000.{number:06} [0 127.0.0.1:{who}] {quoted}\n".encode())
    return monitor(path, [("log", shown)])


def asked(stream: str, listener: str, who: int = 1) -> list[str]:
    """A listener that asks for a stream, and is answered."""
    return [
        f"{who}1 SUBSCRIBE rs:request:{stream}", f"{who}2 SUBSCRIBE rs:chunk:{listener}",
        f'{who}3 PUBLISH rs:request:{stream} {{"skip":1,"listenerId":"{listener}"}}',
        f"{who}4 PUBLISH rs:chunk:{listener} part_2",
    ]  # fmt: skip


def standings(result: MonitorResult) -> dict[str, str]:
    return {each.name: each.standing for each in result.sessions}


def test_a_payload_joins_what_two_keys_say(tmp_path: Path) -> None:
    path = spec(tmp_path, ASKING)
    pairs = [("s1", "l2"), ("s2", "l1"), ("s3", "l3")]
    lines = [asked(s, who, number) for number, (s, who) in enumerate(pairs, start=1)]
    result = read(path, chain.from_iterable(zip(*lines, strict=True)))
    assert standings(result) == {"s1/l2": "holds", "s2/l1": "holds", "s3/l3": "holds"}
    # The listener of another stream is answered, which has not asked.
    lines[1][3] = lines[1][3].replace("l1", "l2")
    result = read(path, [*lines[0][:2], *lines[1]])
    assert standings(result) == {"s1/l2": "unfit", "s2/l1": "holds"}


def test_what_nobody_says_is_left_open_and_told(tmp_path: Path) -> None:
    path = spec(tmp_path, ASKING)
    result = read(path, [*asked("s1", "l1")[:2], *asked("s2", "l2", 2)[:2]])
    assert set(standings(result).values()) == {"undetermined"}
    assert result.sessions[0].note.startswith(
        "nothing in the log says which {listener} belongs to its {stream}: it could be l1 or l2"
    )
    # One that could have been meant is not.
    result = read(path, [*asked("s1", "l1"), *asked("s2", "l2", 2)[:2]])
    assert standings(result) == {"s1/l1": "holds", "s2/l2": "holds"}


def test_two_values_of_one_place_are_no_session_of_the_spec(tmp_path: Path) -> None:
    result = read(spec(tmp_path, ASKING), [*asked("s1", "l1"), *asked("s1", "l2", 2)])
    (session,) = result.sessions
    assert (session.standing, session.lines) == ("undetermined", 8)
    assert "it has 2 values of {listener}, l1 or l2" in session.note


def test_names_in_payloads_join_what_they_address(tmp_path: Path) -> None:
    path = spec(tmp_path, MANY)
    first = [asked("s1", "L1", 1), asked("s1", "L2", 2)[1:]]
    second = [asked("s2", "L3", 3), asked("s2", "L4", 4)[1:]]
    result = read(path, [*chain(*first), *chain(*second)])
    assert standings(result) == {"s1": "holds", "s2": "holds"}
    swapped = [
        line.replace("chunk:L1", "chunk:L3") if "part" in line else line for line in first[0]
    ]
    result = read(path, [*swapped, *chain(*second)])
    assert "unfit" in standings(result).values()


def test_a_name_that_nobody_gives_to_a_session_leaves_those_open_that_it_could_change(
    tmp_path: Path,
) -> None:
    path = spec(tmp_path, MANY)
    lines = [*asked("s1", "L1", 1), *asked("s1", "L2", 2)[1:]]
    later = [line.replace("s1", "s2").replace("L1", "L3").replace("L2", "L4") for line in lines]
    stray = "9 SUBSCRIBE rs:chunk:L9"
    found = standings(read(path, [*lines, stray, *later]))
    assert found == {"s1": "holds", "s2": "undetermined", "L9": "undetermined"}


@pytest.mark.parametrize("text", [ASKING, MANY], ids=["places", "names"])
def test_what_joins_sessions_is_really_sent(text: str, tmp_path: Path, server: Server) -> None:
    space, _ = explored(spec(tmp_path, text))
    found = run_live(replay_schedules(space, server, number=6, patience=5.0))
    assert found.disagreement is None


@pytest.mark.parametrize("name", ["resume-request", "resume-request-listen-first"])
def test_what_we_carry_out_is_read_again(name: str, tmp_path: Path, server: Server) -> None:
    path, log = SPECS / f"{name}.yaml", tmp_path / "log"
    space, _ = explored(path)
    with monitored(server, log):
        found = run_live(replay_schedules(space, server, number=4, patience=5.0))
    assert found.disagreement is None
    result = monitor(path, [("log", log.read_bytes().splitlines(keepends=True))])
    assert len(result.sessions) == 4
    assert {each.note for each in result.sessions} == {""}
    assert "unfit" not in standings(result).values()


def test_a_payload_names_no_place_that_no_key_has(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"7:\d+: a payload has no place \{listner\} \(did"):
        load(spec(tmp_path, ASKING.replace('"{listener}"', '"{listner}"')), {})


Key = tuple[tuple[str, str], ...]


def graphs() -> st.SearchStrategy[tuple[list[Key], list[tuple[Key, Key]]]]:
    place = st.tuples(st.sampled_from("ab"), st.sampled_from("123"))
    keys = st.lists(place.map(lambda each: (each,)), min_size=1, max_size=6, unique=True)
    return keys.flatmap(
        lambda found: st.tuples(
            st.just(found),
            st.lists(st.tuples(st.sampled_from(found), st.sampled_from(found)), max_size=4),
        )
    )


@given(graphs())
def test_joined_is_what_is_said_together_or_alone(
    graph: tuple[list[Key], list[tuple[Key, Key]]],
) -> None:
    keys, said = graph
    groups = join_keys(keys, said, ["a", "b"])
    assert sorted(chain.from_iterable(each.keys for each in groups)) == sorted(keys)
    together = _components(keys, said)
    for group in groups:
        inside = [each for each in together if each <= {key[0] for key in group.keys}]
        values = {name: {v for n, v in chain(*inside) if n == name} for name in "ab"}
        if len(inside) > 1:  # not said: then there was no other one
            assert all(len(each) == 1 for each in values.values())
            lacking = [c for c in together if len({n for n, _ in c}) < 2]
            assert len(lacking) == len(inside) == 2
        if not group.open:
            assert all(len(each) <= 1 for each in values.values())


def _components(keys: Sequence[Key], said: Sequence[tuple[Key, Key]]) -> list[set[tuple[str, str]]]:
    found = [{key[0]} for key in keys]
    for one, other in said:
        mine = [each for each in found if one[0] in each or other[0] in each]
        found = [each for each in found if each not in mine] + [set().union(*mine)]
    return found

"""What properties, definitions and preferences see of a resource's content."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz.compare import differences, native_differences
from model_check import Result, check
from model_check.explore.search import Engine, SearchOptions
from model_check.language import Spec, load
from model_check.symbolic.bounded_check import second_opinion
from model_check.verify.checking import check_spec

SPEC = """\
resources:
  line: {kind: "websocket[0..9]", count: 3}
  log: {kind: "redis.list[0..9]", initially: "[7]"}
vars:
  which: 0..3 = 0
processes:
  p:
    run: |
      say: log.rpush(8)
      hang_up: line[1].close()
      look: which = 1
      look_on: which = 3
define:
  stored: log.items
"""


def result_of(folder: Path, properties: str) -> Result:
    path = folder / "spec.yaml"
    path.write_text(f"{SPEC}properties:\n{properties}")
    return check(path, reason=False)


def test_a_property_reads_what_a_resource_holds(tmp_path: Path) -> None:
    result = result_of(
        tmp_path,
        "  two: {always: 'log.items in [[7], [7, 8]]'}\n"
        "  one: {always: len(log.items) == 1, expect: violated}\n"
        "  no_error: null\n",
    )
    assert result["two"].verdict == "holds"
    trace = result.trace("one")
    assert [step.label for step in trace.steps] == ["say"]
    assert trace.watch == {"stored": [7, 8]}


def test_an_instance_may_be_told_by_a_variable(tmp_path: Path) -> None:
    result = result_of(
        tmp_path,
        "  open: {never: 'line[which].closed', expect: violated}\n"
        "  counted: {always: 'count(line[i].closed for i in range(3)) <= 1'}\n"
        "  preferred: {never: 'line[1].closed', prefer: [-len(log.items), which]}\n",
    )
    assert [step.label for step in result.trace("open").steps] == ["say", "hang_up", "look"]
    assert result["counted"].verdict == "holds"
    assert [step.label for step in result.trace("preferred").steps] == ["say", "hang_up"]


def test_an_instance_that_is_not_there_is_an_error_of_the_formula(tmp_path: Path) -> None:
    result = result_of(tmp_path, "  open: {never: 'which == 3 and line[which].closed'}\n")
    assert result["no_error"].verdict == "violated"
    assert [step.label for step in result.trace("no_error").steps][-1] == "look_on"
    assert (
        result.trace("no_error").error
        == "there is no such line: 3 are declared (in the property open)"
    )


# --- what is held for each client -----------------------------------------------------------------

CLIENTS = """\
resources:
  room: {kind: "redis.pubsub[1..3]"}
  empty: {kind: "redis.pubsub[1..3]"}
vars:
  which: 0..1
processes:
  speaker:
    run: |
      speak: room.publish(2)
      call: empty.publish(1)
      other: which = 1
  gateway:
    count: 2
    run: |
      enter: room.subscribe()
      hear: _said = room.get_message()
define:
  waits(who): len(room.inbox[who]) == 1
  full: set(w for w in room.inbox if room.inbox[w] != [])
properties:
  no_deadlock: {expect: violated}
"""
SOCKETS = """\
resources:
  line: {kind: "websocket[1..3]", count: 3}
vars:
  which: 0..2
within: all(len(line[i].inbox[client[i]]) <= 1 for i in range(3))
processes:
  server:
    count: 3
    run: |
      while True:
          send: line[self].send(1)
  client:
    count: 3
    run: |
      while True:
          get: _got = line[self].recv()
  chooser:
    run: |
      wait: pass
      choose: which = 1
"""


def load_text(folder: Path, text: str) -> Spec:
    path = folder / "spec.yaml"
    path.write_text(text)
    return load(path)


@pytest.mark.parametrize(
    ("form", "formula", "verdict"),
    [
        ("always", "room.inbox[gateway[1]] in [[], [2]]", "holds"),
        ("never", "room.inbox[gateway[1]] == [2]", "violated"),
        ("always", "room.inbox[gateway[0]] == room.inbox[gateway[1]]", "violated"),
        ("never", "all(waits(g) for g in gateway)", "violated"),
        ("always", "any(not waits(g) for g in gateway)", "violated"),
        ("never", "room.inbox[gateway[which]] == [2] and which == 0", "violated"),
        ("always", "room.inbox[gateway[which]] == room.inbox[gateway[1]] or which == 0", "holds"),
        ("always", "room.inbox[gateway[1 - which]] == room.inbox[gateway[0]]", "violated"),
        ("never", "count(room.inbox[c] == [2] for c in room.inbox) == 2", "violated"),
        ("always", "all(room.inbox[c] == [] for c in room.inbox if c not in room.subscribed)",
         "holds"),
        ("always", "all(c in room.subscribed for c in full)", "holds"),
        ("finally", "full == set()", "holds"),
        ("finally", "gateway[1] in room.subscribed and room.subscribed == {gateway[0], gateway[1]}",
         "holds"),
        ("finally", "all(g in room.subscribed for g in gateway)", "holds"),
        ("always", "gateway[0] not in full or {gateway[0]} <= room.subscribed", "holds"),
        ("always", "all(gateway[0] == c or c == gateway[1] for c in room.inbox)", "holds"),
        ("always", "all(gateway[0] == c for c in room.inbox)", "violated"),
        ("always", "all(empty.inbox[c] == [1] for c in empty.inbox)", "holds"),
        ("each_step", "len(old(room.inbox[gateway[0]])) + 1 >= len(room.inbox[gateway[0]])",
         "holds"),
        ("each_step", "len(old(room.inbox[gateway[0]])) >= len(room.inbox[gateway[0]])",
         "violated"),
    ],
)  # fmt: skip
def test_what_a_resource_holds_for_a_client_is_read(
    tmp_path: Path, form: str, formula: str, verdict: str
) -> None:
    spec = load_text(tmp_path, f"{CLIENTS}  asked:\n    {form}: {formula}\n")
    _, judgement = check_spec(spec)
    assert {each.name: each.verdict for each in judgement.results}["asked"] == verdict
    assert differences(spec) == []
    assert native_differences(spec) == []


def test_a_bound_may_be_told_by_what_waits_for_a_client(tmp_path: Path) -> None:
    text = """\
resources:
  line: {kind: "websocket[1..3]"}
within: len(line.inbox[client]) <= 2
processes:
  server:
    run: |
      while True:
          send: line.send(1)
  client:
    run: |
      while True:
          get: _got = line.recv()
properties:
  few: {never: "len(line.inbox[client]) == 4"}
  three: {never: "len(line.inbox[client]) == 3", expect: violated}
watch: ["line.inbox[client]"]
"""
    spec = load_text(tmp_path, text)
    engines: tuple[Engine, ...] = ("python", "native")
    for engine in engines:
        space, judgement = check_spec(spec, options=SearchOptions(engine=engine))
        assert (len(space.states), space.transitions, len(space.outside)) == (4, 5, 1)
        verdicts = {each.name: each.verdict for each in judgement.results}
        assert (verdicts["few"], verdicts["three"]) == ("holds", "violated")
        for each in judgement.results:
            assert second_opinion(space, judgement, each, timeout=20).answer == "agrees"
    assert differences(spec) == []
    assert native_differences(spec) == []
    result = check(tmp_path / "spec.yaml", reason=False)
    assert [step.label for step in result.trace("three").steps] == ["send"] * 3
    assert result.trace("three").watch == {"line.inbox[client]": [1, 1, 1]}


def test_each_of_several_resources_is_asked_for_a_client_of_its_own(tmp_path: Path) -> None:
    few = "all(len(line[i].inbox[client[i]]) <= 2 for i in range(3))"
    spec = load_text(tmp_path, f"{SOCKETS}properties:\n  few:\n    always: {few}\n")
    space, judgement = check_spec(spec)
    # 2 * 2 * 2 inboxes at three places of the chooser; or one inbox is beyond, two are not.
    assert (len(space.states), len(space.outside)) == (2**3 * 3 + 3 * 2**2 * 3, 3 * 2**2 * 3)
    assert all(each.verdict == "holds" for each in judgement.results)
    assert differences(spec) == []
    assert native_differences(spec) == []


def test_to_ask_for_who_is_no_client_is_an_error_of_the_formula(tmp_path: Path) -> None:
    properties = "properties:\n  none: {never: 'line[which].inbox[client[0]] == [1, 1, 1]'}\n"
    spec = load_text(tmp_path, f"{SOCKETS}{properties}")
    assert differences(spec) == []
    result = check(tmp_path / "spec.yaml", reason=False)
    assert result["no_error"].verdict == "violated"
    assert [step.label for step in result.trace("no_error").steps] == ["wait", "choose"]
    assert result.trace("no_error").error == "client[0] is no client here (in the property none)"

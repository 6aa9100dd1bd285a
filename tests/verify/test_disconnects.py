"""Connections that break, against a search by hand and answers that can be found by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz.compare import native_differences
from model_check import check
from model_check.language import load
from model_check.verify.checking import check_spec
from oracles.broken import broken, missing

SPECS = Path(__file__).parents[2] / "specs" / "faults"


def written(folder: Path, text: str) -> Path:
    path = folder / "m.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def verdicts(folder: Path, text: str, *, faults: bool = True) -> dict[str, str]:
    _, judgement = check_spec(load(written(folder, text), faults=faults))
    found = {each.name: each.verdict for each in judgement.results}
    assert {found.pop("no_deadlock", "holds"), found.pop("no_error")} == {"holds"}
    return found


def states(folder: Path, text: str, *, faults: bool = True) -> int:
    space, _ = check_spec(load(written(folder, text), faults=faults))
    return len(space.states)


@pytest.mark.parametrize(
    ("name", "fixed", "total", "breaks"),
    [
        ("reconnect", False, 4, 1), ("reconnect", False, 2, 2), ("reconnect", False, 1, 3),
        ("reconnect", False, 3, 0),
        ("reconnect-both", True, 4, 1), ("reconnect-both", True, 2, 2),
    ],
)  # fmt: skip
def test_a_chat_whose_connection_breaks_has_the_space_of_the_search_by_hand(
    name: str, fixed: bool, total: int, breaks: int
) -> None:
    by_hand = broken(total, breaks=breaks, fixed=fixed)
    constants = {"TOTAL": total, "BREAKS": breaks}
    result = check(SPECS / f"{name}.yaml", constants=constants, reason=False)
    space = result.space
    found = (space.states, space.depth, space.final_states, space.deadlock_states)
    assert found == (by_hand.states, by_hand.depth, len(by_hand.finals), 0)
    losses = by_hand.losses(missing(total))
    no_loss = result["no_loss"]
    endings = {tuple(sorted(each.values["missing"])): each.length for each in no_loss.endings}
    assert endings == losses.shortest
    assert no_loss.violating_states == losses.states


UNDONE = """\
model: m
resources:
  log: {kind: "redis.list[1..3]"}
  text: {kind: "redis.string[int]", disconnects: BREAKS}
vars: {told: 0..9}
processes:
  p:
    vars: {mine: 0..9}
    run: |
      try:
          for part in range(1, 4):
              write:
                  mine += 1
                  log.rpush(part)
                  text.set(part)
                  told += 1
      except disconnected:
          caught: pass
properties:
  whole: {finally: told == 3}
"""


def test_of_a_step_that_raises_nothing_is_done(tmp_path: Path) -> None:
    text = UNDONE.replace(
        "properties:\n",
        "properties:\n"
        "  together: {always: told == len(log.items) and told == p.mine}\n"
        "  agrees: {always: told == (text.value if text.value is not None else 0)}\n"
        "  part_of_it: {possible: done(p) and told == 2}\n",
    )
    found = verdicts(tmp_path, text.replace("BREAKS", "1"))
    assert found == {
        "together": "holds", "agrees": "holds", "part_of_it": "holds", "whole": "violated",
    }  # fmt: skip
    # 3 times a step and its end; cut off before each of 3; caught, of which the end forgets the
    # loop: at `caught` and at the end, having told 0, 1 or 2.
    assert states(tmp_path, text.replace("BREAKS", "1")) == 4 + 3 + 3 + 3
    assert states(tmp_path, text.replace("BREAKS", "0")) == 4
    assert states(tmp_path, text.replace("BREAKS", "1"), faults=False) == 4


CRASH = """\
model: m
resources:
  log: {kind: "redis.list[1..3]", disconnects: 1}
processes:
  p:
    KEYS
    vars: {lost: 0..2, kept: 0..2}
    run: |
      count:
          lost += 1
          kept += 1
      write: log.rpush(1)
properties:
  ends: {finally: done(p)}
  lost_again: {always: p.lost <= 1}
  kept_again: {always: p.kept <= 1}
  told: {always: len(log.items) <= 1}
"""


@pytest.mark.parametrize(
    ("keys", "violated"),
    [
        ("about: begins anew", set()),
        ("keeps: [kept]", {"kept_again"}),
        ("restarts: false", {"ends"}),
    ],
)
def test_who_does_not_catch_it_crashes(tmp_path: Path, keys: str, violated: set[str]) -> None:
    found = verdicts(tmp_path, CRASH.replace("KEYS", keys))
    assert {name for name, verdict in found.items() if verdict == "violated"} == violated


def test_a_crash_of_a_broken_connection_is_not_counted(tmp_path: Path) -> None:
    text = CRASH.replace("KEYS", "crashes: 1\n    keeps: [kept]")
    twice = text.replace(
        "  ends:",
        "  twice: {possible: p.kept == 2 and done(p)}\n  more: {never: p.kept == 2}\n  ends:",
    ).replace("0..2", "0..3")
    found = verdicts(tmp_path, twice.replace("p.kept == 2", "p.kept == 3"))
    assert (found["twice"], found["more"]) == ("holds", "violated")


SUBSCRIBER = """\
model: m
resources:
  bell: {kind: "redis.pubsub[0..3]", disconnects: 1}
vars: {heard: "list[0..10]", over: bool, caught: bool}
processes:
  ringer:
    run: |
      for n in range(1, 3):
          try:
              ring: bell.publish(n)
          except disconnected:
              ring_again: bell.publish(n)
      last: over = True
  listener:
    run: |
      try:
          listen: bell.subscribe()
          while True:
              hear: heard.append(10 // bell.get_message())
      except disconnected:
          met: caught = True
properties:
  a_break_loses: {possible: "over and caught and heard == []"}
  never_both: {never: "caught and heard == [10, 5]"}
  is_told:
    leads_to:
      after: at(listener, hear) and len(bell.subscribed) == 0
      comes: caught
"""


def test_a_subscription_goes_with_its_connection_and_who_waits_learns_of_it(
    tmp_path: Path,
) -> None:
    # What the message would be divides by zero: what is done in vain does not fail.
    found = verdicts(tmp_path, SUBSCRIBER)
    assert found == {"a_break_loses": "holds", "never_both": "violated", "is_told": "holds"}


def test_a_trace_tells_which_command_was_disconnected(tmp_path: Path) -> None:
    text = SUBSCRIBER.replace('never_both: {never: "caught and heard == [10, 5]"}',
                              "unheard: {never: caught}")  # fmt: skip
    result = check(written(tmp_path, text), reason=False)
    trace = result["unheard"].trace
    assert trace is not None
    told = [
        (step.instance, step.label, [call.answer for call in step.calls]) for step in trace.steps
    ]
    assert told == [
        ("bell", "disconnects[listener]", []),
        ("listener", "listen", ["disconnected"]),
        ("listener", "met", []),
    ]


@pytest.mark.parametrize(("restarts", "told"), [("true", " and restarts"), ("false", "")])
def test_a_trace_tells_of_a_command_that_nobody_catches_that_its_process_crashes(
    tmp_path: Path, restarts: str, told: str
) -> None:
    text = f"""\
model: m
vars: {{begun: int}}
resources:
  log: {{kind: "redis.list[1..1]", disconnects: 1}}
processes:
  p:
    count: 1
    restarts: {restarts}
    run: |
      begin: begun += 1
      add: log.rpush(1)
properties:
  added: {{finally: len(log.items) == 1 and begun == 1}}
"""
    trace = check(written(tmp_path, text), reason=False)["added"].trace
    assert trace is not None
    answers = [call.answer for step in trace.steps for call in step.calls if step.label == "add"]
    assert answers[0] == f"disconnected: crashes{told}"


STREAM = """\
model: m
resources:
  log: {kind: "redis.stream[1..3]", disconnects: 1}
vars: {found: 0..2, caught: "set[0..2]"}
processes:
  reader:
    run: |
      try:
          look: if log.xlen() < 5:
              wait: found = len(log.xread("$"))
      except disconnected:
          met: caught.add(0 if log.xlen() == 0 else 1)
  writer:
    run: |
      try:
          write: log.xadd(1)
      except disconnected:
          write_again: log.xadd(1)
properties:
  no_deadlock: null
  nobody_waits: {finally: done(reader) or found == 0}
  cut_off_before: {possible: 0 in caught}
  cut_off_waiting: {possible: "caught == {1} and found == 0"}
  served: {possible: found == 1}
  not_twice: {never: found == 1 and len(caught) > 0}
"""


def test_a_test_and_both_halves_of_a_step_can_raise(tmp_path: Path) -> None:
    assert set(verdicts(tmp_path, STREAM).values()) == {"holds"}


WEBSOCKET = """\
model: m
resources:
  wire: {kind: "websocket[1..2]", disconnects: BREAKS}
vars: {got: "list[1..2]", caught: bool, asked: bool}
processes:
  server:
    KEYS
    run: |
      await_it: await asked
      first: wire.send(1)
      second: wire.send(2)
  browser:
    run: |
      ask: asked = True
      while True:
          try:
              read: got.append(wire.recv())
          except disconnected:
              met: caught = True
              break
properties:
  prefix: {always: "got in [[], [1], [1, 2]]"}
  some_arrived: {possible: "caught and got == [1]"}
  told: {leads_to: {after: wire.closed, comes: caught}}
  no_deadlock: null
"""


@pytest.mark.parametrize(
    ("breaks", "keys", "arrived", "told"),
    [
        ("1", "about: x", "holds", "holds"),
        ("0", "crashes: 1\n    restarts: false", "holds", "holds"),
        ("0", "about: x", "violated", "holds"),
    ],
)
def test_what_has_arrived_is_read_before_the_end_is_noticed(
    tmp_path: Path, breaks: str, keys: str, arrived: str, told: str
) -> None:
    text = WEBSOCKET.replace("BREAKS", breaks).replace("KEYS", keys)
    found = verdicts(tmp_path, text)
    assert found == {"prefix": "holds", "some_arrived": arrived, "told": told}


def test_without_disconnects_the_other_end_waits_for_ever(tmp_path: Path) -> None:
    text = WEBSOCKET.replace(", disconnects: BREAKS", "").replace("KEYS", "crashes: 1")
    assert verdicts(tmp_path, text)["told"] == "violated"


TWO = """\
model: m
resources:
  log: {kind: "redis.list[0..3]", count: 2, disconnects: MOST}
vars: {failed: 0..9}
processes:
  p:
    count: 2
    SHARED
    run: |
      try:
          write: log[self].rpush(1)
      except disconnected:
          met: failed += 1
properties:
  none: {never: failed > 0}
  one: {never: failed > 1}
"""


@pytest.mark.parametrize(
    ("most", "one", "none"),
    [("0", "holds", "holds"), ("1", "holds", "violated"), ("true", "violated", "violated")],
)
def test_a_budget_is_one_for_all_connections(
    tmp_path: Path, most: str, one: str, none: str
) -> None:
    text = TWO.replace("MOST", most).replace("    SHARED\n", "")
    assert verdicts(tmp_path, text) == {"none": none, "one": one}


def test_one_connection_that_two_processes_share_breaks_for_one_of_them(tmp_path: Path) -> None:
    # The first to use it learns of it, and opens it anew for both.
    text = TWO.replace("MOST", "true").replace("SHARED", "connection: main")
    one = text.replace(", count: 2", "").replace("log[self]", "log")
    labels = {
        step.label for step in check_spec(load(written(tmp_path, one)))[0].machine.steps
        if step.fault
    }  # fmt: skip
    assert labels == {"disconnects[main]"}


def test_a_failover_cuts_connections_off(tmp_path: Path) -> None:
    text = UNDONE.replace("model: m\n", "model: m\nservers: {redis: {failover: 1}}\n")
    cut = 'properties:\n  cut: {possible: "at(p, caught) and told == 0"}\n'
    found = verdicts(tmp_path, text.replace("BREAKS", "1").replace("properties:\n", cut))
    assert found["cut"] == "holds"
    text = text.replace("disconnects: BREAKS", "disconnects: 0")
    assert verdicts(tmp_path, text.replace("properties:\n", cut))["cut"] == "violated"


CHOICE = """\
model: m
resources:
  first: {kind: "redis.pubsub[1..2]", disconnects: 1}
  other: {kind: "redis.string[int]", disconnects: 1}
vars: {went: 0..3}
processes:
  p:
    run: |
      either:
          try:
              hear: first.get_message()
          except disconnected:
              met_first: went = 1
      or:
          set: other.set(1)
          after: went = 2
properties:
  both: {possible: went == 1}
  other_way: {possible: went == 2}
  nothing: {never: went == 3}
"""


def test_each_branch_of_a_choice_can_raise_on_its_own(tmp_path: Path) -> None:
    assert set(verdicts(tmp_path, CHOICE).values()) == {"holds"}


@pytest.mark.parametrize(
    "text",
    [
        UNDONE.replace("BREAKS", "2"),
        CRASH.replace("KEYS", "crashes: 1\n    keeps: [kept]"),
        SUBSCRIBER,
        STREAM,
        WEBSOCKET.replace("BREAKS", "1").replace("KEYS", "crashes: 1"),
        TWO.replace("MOST", "true").replace("    SHARED\n", ""),
        CHOICE,
    ],
)
def test_both_engines_find_the_same(tmp_path: Path, text: str) -> None:
    assert native_differences(load(written(tmp_path, text))) == []


@pytest.mark.parametrize(
    "text",
    [
        UNDONE.replace("BREAKS", "1"),
        CRASH.replace("KEYS", "keeps: [kept]"),
        STREAM,
    ],
)
def test_the_second_judge_agrees(tmp_path: Path, text: str) -> None:
    result = check(written(tmp_path, text), bounded=True, reason=False)
    opinions = {each.name: each.bounded.answer for each in result if each.bounded is not None}
    assert set(opinions.values()) == {"agrees"}

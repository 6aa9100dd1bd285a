"""What can wait until the end of a log, and that nothing is lost or won by waiting."""

from __future__ import annotations

import dataclasses
import random
from pathlib import Path

import pytest
from live_runs import SPECS
from logs_made import Graph, Writer, tampered
from model_check.language import load
from model_check.language.tree.spec import Spec
from model_check.live.monitor.following import Following
from model_check.live.monitor.independence import Independence
from model_check.live.monitor.log import read_lines
from model_check.live.monitor.monitor import monitor
from model_check.live.monitor.observable_steps import NoRoomError, ObservableSteps
from model_check.live.monitor.task import MonitorTask
from model_check.results.monitor import SessionVerdict

HERE = Path(__file__).parent / "specs"


def without_whole_runs(spec: Spec) -> Spec:
    """The spec without what asks the states in between, in the order in which they come."""
    return dataclasses.replace(
        spec, properties=tuple(each for each in spec.properties if not each.form.asks_runs)
    )


def following_all(observable: ObservableSteps) -> Following:
    return observable.following(frozenset(each.name for each in observable.spec.properties))


def waiting_at_first(path: Path, *, whole: bool = False) -> list[str]:
    spec = load(path, {})
    observable = ObservableSteps(spec if whole else without_whole_runs(spec))
    instances = observable.machine.instances
    waiting, _ = following_all(observable).put_off(observable.initial()[0])
    return [instances[i].name for i in sorted(waiting)]


@pytest.mark.parametrize(
    ("spec", "names"),
    [
        ("legacy", ["client"]),
        ("fix-stream", ["client"]),
        ("legacy-two-nodes", ["client[0]", "client[1]"]),
        # It asks for what is missing: the gateway answers.
        ("fix-gap-detection", []),
        # It closes its first connection, and says where it is.
        ("legacy-reconnect", []),
    ],
)
def test_who_only_takes_what_others_append_can_wait(spec: str, names: list[str]) -> None:
    assert waiting_at_first(SPECS / f"{spec}.yaml") == names


def test_nobody_waits_who_answers_what_a_property_of_whole_runs_asks() -> None:
    assert waiting_at_first(SPECS / "legacy.yaml", whole=True) == []


def test_a_gateway_can_wait_once_it_only_forwards() -> None:
    observable = ObservableSteps(without_whole_runs(load(SPECS / "legacy.yaml", {})))
    state = observable.initial()[0]
    found = []
    while True:
        found.append(sorted(following_all(observable).put_off(state)[0]))
        try:
            mine = [m for m in observable.moves(state) if m.instance == 1 and m.target is not None]
        except NoRoomError:
            continue
        if not mine:
            break
        assert mine[0].target is not None
        state = mine[0].target
    # read_history, send_history, subscribe, and then only forward
    assert found == [[2], [2], [2], [1, 2]]


SPEC = """
model: meets
types:
  Item: 1..3
vars:
  seen: 0..3 = 0
resources:
  store: {{kind: "redis.list[Item]", key: "store:{{session}}"}}
  line: {{kind: "websocket[Item]"}}
processes:
  writer:
    run: |
      for item in Item:
          push: store.rpush(item)
          tell: line.send(item)
  reader:
    vars: {{got: "list[Item]"}}
    run: |
      while True:
          hear: {hear}
  other:
    run: |
      look: {look}
      last: store.llen()
properties:
  holds_always:
    always: {always}
    expect: violated
"""


@pytest.mark.parametrize(
    ("hear", "look", "always", "waits"),
    [
        ("got.append(line.recv())", "pass", "len(reader.got) < 3", True),
        ("got.append(line.recv())", "await len(reader.got) > 1", "len(reader.got) < 3", False),
        ("got.append(line.recv())", "await at(reader, hear)", "len(reader.got) < 3", False),
        ("got.append(line.recv() + seen)", "seen = 0", "len(reader.got) < 3", False),
        ("seen = line.recv()", "await seen > 1", "seen < 3", False),
        # Whether both are so at one moment depends on who acts first.
        ("got.append(line.recv())", "pass", "len(reader.got) > 0 or len(store.items) < 2", False),
    ],
)
def test_whoever_others_look_at_does_not_wait(
    hear: str, look: str, always: str, waits: bool, tmp_path: Path
) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC.format(hear=hear, look=look, always=always), encoding="utf-8")
    assert ("reader" in waiting_at_first(path)) == waits


@pytest.mark.parametrize(
    ("spec", "constants"),
    [
        (SPECS / "legacy.yaml", {"TOTAL": "8"}),
        (SPECS / "fix-subscribe-first.yaml", {"TOTAL": "8"}),
        (SPECS / "legacy-two-nodes.yaml", {"TOTAL": "7"}),
        (SPECS / "fix-gap-detection.yaml", {"TOTAL": "7"}),
        (HERE / "queue-of-jobs.yaml", {}),
    ],
    ids=lambda each: each.stem if isinstance(each, Path) else "",
)
def test_what_waits_changes_no_verdict(
    spec: Path, constants: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(spec.stem)
    model = Graph(load(spec, constants))
    writer = Writer(model.spec, chance)
    for number in range(2):
        lines = model.run(chance)
        writer.session(lines, f"{number:012x}")
        writer.session(tampered(lines, chance), f"{number + 1000:012x}")

    def verdicts() -> list[SessionVerdict]:
        raw = writer.text.encode().splitlines(keepends=True)
        logs = [("log", read_lines(raw, "log"))]
        asked = without_whole_runs(load(spec, constants))
        found = monitor(asked, logs, MonitorTask(reason=False)).sessions
        return [
            dataclasses.replace(
                each,
                properties=tuple(
                    dataclasses.replace(p, endings=tuple(sorted(p.endings, key=str)))
                    for p in each.properties
                ),
            )
            for each in found
        ]

    waited = verdicts()
    monkeypatch.setattr(Independence, "waiting", lambda self, places: frozenset())
    assert verdicts() == waited
    monkeypatch.setattr(Independence, "first", lambda self, places: ())
    assert verdicts() == waited

"""Free runs of which some never come to an end, and what whole runs are asked."""

from __future__ import annotations

import json
from pathlib import Path

from live_runs import explored
from model_check.live.brokers.server import Server
from model_check.live.runs.places import Pace
from model_check.live.runs.record import record
from model_check.live.runs.replaying import run_live
from model_check.report.documents.replay import RECORDED
from model_check.report.text.record import render_recordings
from model_check.results.replay import RecordResult

COIN = """\
model: coin
types: {V: 1..2}
resources:
  flag: {kind: "redis.string[V]", key: "coin:flag:{session}"}
processes:
  writer:
    run: |
      either:
          good: flag.set(2)
      or:
          bad: flag.set(1)
  reader:
    vars: {seen: "V?", first: bool, turns: 0..1}
    run: |
      while seen == None:
          poll: seen = flag.get()
      note: first = True
      while ENDLESS:
          spin: turns = 1 - turns
define: {two: reader.seen == 2}
properties:
  saw: {eventually: reader.first, expect: violated}
  led: {leads_to: {after: reader.seen == 1, comes: two}, expect: violated}
  once: {each_step: reader.first or not old(reader.first)}
  at_last: {finally: two, expect: violated}
  stored: {eventually: flag.value == 2, expect: violated}
  can: {possible: two}
"""
PATIENCE = 1.0
"""Seconds for an answer of a server that is beside us; twice that for what never ends."""


def recorded(
    folder: Path, server: Server, endless: str, patience: float = PATIENCE
) -> RecordResult:
    path = folder / "coin.yaml"
    path.write_text(COIN.replace("ENDLESS", endless), encoding="utf-8")
    space, _ = explored(path)
    pace = Pace(0.001, 0.0, 0.001)
    return run_live(record(space, server, pace, connections=16, patience=patience))


def of_runs(found: RecordResult) -> dict[str, int]:
    """How many broke each property but those that every spec has."""
    return {name: n for name, n in found.broken.items() if not name.startswith("no_")}


def test_connections_that_never_end_are_counted_and_not_judged(
    tmp_path: Path, server: Server
) -> None:
    found = recorded(tmp_path, server, "seen == 1")
    assert 0 < found.restless < 16
    assert found.judged == 16 - found.restless
    # Those that came to an end have seen a two: what is broken is told of these alone.
    assert of_runs(found) == {"saw": 0, "led": 0, "once": 0, "at_last": 0}
    assert found.unjudged == ("stored",)
    assert 0 < found.seen["can"] <= found.judged
    told = render_recordings([found], 200, color=False, unicode=True)
    assert (
        f"coin: {found.restless} of 16 connections did not come to an end in the time that they"
        " had: what never ends is not judged" in told
    )
    document = json.loads(RECORDED.text([(found, "coin.yaml")]))
    assert document["recordings"][0]["restless"] == found.restless


def test_what_whole_runs_are_asked_is_told_of_those_that_end(
    tmp_path: Path, server: Server
) -> None:
    found = recorded(tmp_path, server, "seen == None", patience=10.0)
    assert (found.restless, found.judged) == (0, 16)
    bad = found.broken["at_last"]
    assert 0 < bad < 16
    assert of_runs(found) == {"saw": 0, "led": bad, "once": 0, "at_last": bad}
    assert found.losing == bad

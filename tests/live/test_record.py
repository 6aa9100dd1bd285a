"""Free runs: nobody orders the steps, and a fix can be seen to matter."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from live_runs import SPECS, explored
from model_check.live.brokers.server import Server
from model_check.live.errors import LiveError
from model_check.live.runs.places import Pace
from model_check.live.runs.record import record
from model_check.live.runs.replaying import run_live
from model_check.report.documents.replay import RECORDED
from model_check.report.text.record import render_recordings
from model_check.results.replay import RecordResult, share_between


def recorded(path: Path, server: Server, connections: int, gap: float = 0.0) -> RecordResult:
    """Connections with a window as wide as the way from one message to the next."""
    space, _ = explored(path)
    return run_live(
        record(space, server, Pace(0.01, gap, 0.02), connections=connections, patience=5.0)
    )


@pytest.mark.parametrize("name", ["legacy", "fix-append-first", "fix-stream-dollar"])
def test_a_losing_system_loses_under_load(name: str, any_server: Server) -> None:
    found = recorded(SPECS / f"{name}.yaml", any_server, 24)
    assert found.connections == 24
    assert 0 < found.losing <= 24
    assert found.broken["no_loss"] == found.losing
    assert set(found.lost) <= {"7", "8", "9", "10"}
    assert any_server.client().keys("*") == []


@pytest.mark.parametrize("name", ["fix-both", "fix-atomic", "fix-stream", "fix-gap-detection"])
def test_a_fixed_system_loses_nothing_under_load(name: str, any_server: Server) -> None:
    found = recorded(SPECS / f"{name}.yaml", any_server, 16)
    assert (found.losing, found.broken, found.lost) == (0, {"no_loss": 0}, {})


def test_the_recommended_fix_loses_where_the_publisher_is_slow_to_save(
    any_server: Server,
) -> None:
    found = recorded(SPECS / "fix-subscribe-first.yaml", any_server, 24, gap=0.05)
    assert found.losing > 0


@pytest.mark.parametrize("name", ["legacy-reconnect", "legacy-two-nodes", "legacy-cumulative"])
def test_the_other_chats_run_freely_as_well(name: str, any_server: Server) -> None:
    assert recorded(SPECS / f"{name}.yaml", any_server, 3).connections == 3


def test_windows_are_at_least_as_wide_as_asked(any_server: Server) -> None:
    found = recorded(SPECS / "legacy.yaml", any_server, 4)
    assert len(found.windows) == 4
    assert all(each >= 0.02 for each in found.windows)
    assert found.median_window == sorted(found.windows)[2]


def test_no_connection_is_refused(any_server: Server) -> None:
    with pytest.raises(LiveError, match="0 connections show nothing"):
        recorded(SPECS / "legacy.yaml", any_server, 0)


LOCK = SPECS.parent / "docs" / "examples" / "lock.yaml"


def test_what_nobody_can_judge_is_no_share_of_zero(any_server: Server) -> None:
    found = recorded(LOCK, any_server, 2)
    assert (found.connections, found.judged, found.losing) == (2, 0, 0)
    assert found.share is None
    text = render_recordings([found], 200, color=False, unicode=True)
    assert "lock  nothing was judged\n" in text
    assert "lock: whether anything was lost is not known: the spec has no `finally`" in text
    assert "%" not in text.partition("share: of")[0].partition("what\n")[2]
    (document,) = json.loads(RECORDED.text([(found, "lock.yaml")]))["recordings"]
    assert (document["judged"], document["share"], document["share_between"]) == (0, None, None)
    assert document["not_judged"] == ["one_at_a_time", "no_deadlock", "no_error"]


def test_a_share_is_of_those_that_were_judged(any_server: Server) -> None:
    found = dataclasses.replace(recorded(SPECS / "fix-both.yaml", any_server, 2), judged=1)
    assert "no_loss" not in found.unjudged
    text = render_recordings([found, found], 200, color=False, unicode=True)
    assert "fix-both: 1 of 2 connections were judged, the share is of those" in text
    assert dataclasses.replace(found, losing=1).share == 1.0
    told = dataclasses.replace(found, unjudged=("in_order",))
    text = render_recordings([told], 200, color=False, unicode=True)
    assert "fix-both: not judged at an end: in_order" in text


AFTERWARDS = """
model: numbered
resources:
  number: {kind: "redis.string[int]"}
  log: {kind: "redis.list[1..9]"}
processes:
  writer:
    vars: {last: int}
    run: |
      for i in range(3):
          with atomic:
              ask: n = number.incr()
              write: log.rpush(WRITTEN)
      look: last = log.llen()
properties:
  three: {finally: writer.last == 3}
"""


@pytest.mark.parametrize("written", ["n", "i + 1"])
def test_a_step_may_need_its_own_answers_for_what_it_asks_next(
    written: str, tmp_path: Path, any_server: Server
) -> None:
    path = tmp_path / "numbered.yaml"
    path.write_text(AFTERWARDS.replace("WRITTEN", written), encoding="utf-8")
    assert recorded(path, any_server, 2).losing == 0


CHOSEN = """
model: chosen
resources:
  number: {kind: "redis.string[int]"}
  log: {kind: "redis.list[1..4]"}
processes:
  writer:
    vars: {kept: int, found: int}
    run: |
      for i in range(3):
          with atomic:
              ask: n = number.incr()
              pick: x = choose([1, 2, 3, 4])
              write: log.rpush(x)
              keep: kept = kept + x
      look: found = sum(log.lrange(0, -1))
properties:
  the_same: {finally: writer.kept == writer.found}
"""


def test_what_is_chosen_in_a_transaction_is_what_was_sent(
    tmp_path: Path, any_server: Server
) -> None:
    path = tmp_path / "chosen.yaml"
    path.write_text(CHOSEN, encoding="utf-8")
    assert recorded(path, any_server, 8).losing == 0


@pytest.mark.parametrize(
    ("losing", "connections", "low", "high"),
    [
        (0, 200, 0.0, 0.0188),
        (10, 10, 0.7225, 1.0),
        (5, 10, 0.2366, 0.7634),
        (1, 100, 0.0018, 0.0545),
    ],
)
def test_a_share_is_told_with_its_interval(
    losing: int, connections: int, low: float, high: float
) -> None:
    assert share_between(losing, connections) == pytest.approx((low, high), abs=1e-4)

"""Free runs: nobody orders the steps, and a fix can be seen to matter."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from pathlib import Path

import pytest
from live_runs import SPECS, explored
from model_check.live.brokers.contract import Request
from model_check.live.brokers.payload import Value
from model_check.live.brokers.server import Server
from model_check.live.errors import LiveError
from model_check.live.runs.places import Pace
from model_check.live.runs.record import record
from model_check.live.runs.replaying import run_live
from model_check.live.runs.workers import Worker
from model_check.report.documents.replay import RECORDED
from model_check.report.text.record import render_recordings
from model_check.results.replay import RecordResult
from model_check.results.shares import share_interval


def written(folder: Path, text: str) -> Path:
    path = folder / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    return path


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
    assert (found.losing, found.lost) == (0, {})
    assert found.broken["no_loss"] == 0
    assert set(found.broken.values()) == {0}


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


def test_it_is_told_how_long_steps_took(any_server: Server) -> None:
    found = recorded(SPECS / "legacy.yaml", any_server, 4, gap=0.005)
    assert found.timing is not None
    assert (found.timing.model, found.timing.sessions) == ("legacy", 4)
    times = {(each.step, each.since): each for each in found.timing.steps}
    asked = {
        ("ai_service", "begin"): 10_000,
        ("ai_service.publish", "step"): 10_000,
        ("ai_service.save", "step"): 5_000,
        ("ai_service.save", "same"): 15_000,
        ("gateway", "begin"): 0,
        ("gateway.subscribe", "step"): 20_000,
    }
    for key, least in asked.items():
        assert all(least <= each < 10_000_000 for each in times[key].times), key
    # A chunk is published 4 times, 3 times after a step of the same process.
    assert len(times["ai_service.publish", "step"].times) == 12
    assert len(times["ai_service.save", "step"].times) == 16
    waiting = {each.step for each in found.timing.steps if each.waits}
    assert waiting == {"gateway.forward", "client.show"}


def test_a_step_counts_from_when_it_was_sent_and_not_from_when_its_answer_was_read(
    any_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    perform = Worker.perform

    async def late(self: Worker, request: Request, patience: float | None) -> Value:
        value = await perform(self, request, patience)
        if request.call.command == "rpush":
            await asyncio.sleep(0.05)
        return value

    monkeypatch.setattr(Worker, "perform", late)
    found = recorded(SPECS / "legacy.yaml", any_server, 2)
    assert found.timing is not None
    times = {(each.step, each.since): each.times for each in found.timing.steps}
    assert min(times["ai_service.save", "step"]) < 50_000
    assert min(times["ai_service.publish", "step"]) >= 60_000


def test_no_connection_is_refused(any_server: Server) -> None:
    with pytest.raises(LiveError, match="0 connections show nothing"):
        recorded(SPECS / "legacy.yaml", any_server, 0)


def test_what_nobody_can_judge_is_no_share_of_zero(any_server: Server) -> None:
    found = recorded(Path(__file__).parent / "specs" / "silent.yaml", any_server, 2)
    assert (found.connections, found.judged, found.losing) == (2, 0, 0)
    assert found.share is None
    text = render_recordings([found], 200, color=False, unicode=True)
    assert "silent  nothing was judged\n" in text
    assert "silent: whether anything went wrong is not known: no property of the spec" in text
    assert "%" not in text.partition("share: of")[0].partition("what\n")[2]
    (document,) = json.loads(RECORDED.text([(found, "silent.yaml")]))["recordings"]
    assert (document["judged"], document["share"], document["share_between"]) == (0, None, None)
    assert document["not_judged"] == ["small"]


def test_a_share_is_of_those_that_were_judged(any_server: Server) -> None:
    found = dataclasses.replace(recorded(SPECS / "fix-both.yaml", any_server, 2), judged=1)
    assert dataclasses.replace(found, losing=1).share == 1.0
    text = render_recordings([found, found], 200, color=False, unicode=True)
    assert "fix-both: not violated no_loss, no_duplicate, in_order" in text
    assert "fix-both: not judged, because only the server knows" in text


WEBHOOK = """
model: webhook
resources:
  seen: {kind: "redis.string[bool]"}
vars: {charges: int, events: 0..2}
processes:
  handler:
    count: 2
    vars: {known: bool?, mine: bool}
    run: |
      check_key: known = seen.get()
      if known is None:
          charge:
              charges += 1
              mine = True
              TROUBLE
          store_key: seen.set(True)
  bystander:
    run: "look: WAIT"
properties:
  charged_once: {always: charges <= 1}
  never_twice: {never: "handler[0].mine and handler[1].mine"}
  up: {each_step: charges >= old(charges)}
  once_at_last: {eventually: charges == 1}
  stored: {finally: seen.value == True}
  empty: {finally: seen.value is None}
  both: {possible: charges == 2}
  far: {possible: charges == 3}
"""


def test_every_form_of_property_is_judged_that_a_run_can_answer(
    tmp_path: Path, any_server: Server
) -> None:
    text = WEBHOOK.replace("              TROUBLE\n", "").replace("WAIT", "pass")
    found = recorded(written(tmp_path, text), any_server, 12)
    # Both look before one of them has stored: the window is wider than the start.
    twice = found.broken["charged_once"] + found.unclear.get("charged_once", 0)
    assert found.broken["charged_once"] > 0
    assert found.seen["both"] + found.unclear.get("both", 0) <= twice
    assert found.broken["empty"] == 12
    zero = ("up", "once_at_last", "stored", "no_deadlock", "no_error")
    assert [found.broken[name] for name in zero] == [0] * 5
    assert found.seen["far"] == 0
    assert (found.unjudged, found.judged, found.losing) == ((), 12, 12)
    told = render_recordings([found], 300, color=False, unicode=True)
    assert "; seen both (" in told
    assert f"violated charged_once ({found.broken['charged_once']})" in told


def test_a_run_that_meets_an_error_or_gets_stuck_is_counted(
    tmp_path: Path, any_server: Server
) -> None:
    failing = WEBHOOK.replace("TROUBLE", "events = charges + 2").replace("WAIT", "pass")
    found = recorded(written(tmp_path, failing), any_server, 4)
    assert (found.broken["no_error"], found.losing, found.restless) == (4, 4, 0)
    stuck = WEBHOOK.replace("              TROUBLE\n", "").replace("WAIT", "await charges == 7")
    found = recorded(written(tmp_path, stuck), any_server, 4)
    assert (found.broken["no_deadlock"], found.broken["no_error"]) == (4, 0)


def test_an_error_that_no_property_speaks_of_ends_a_recording(
    tmp_path: Path, any_server: Server
) -> None:
    failing = WEBHOOK.replace("TROUBLE", "events = charges + 2").replace("WAIT", "pass")
    with pytest.raises(LiveError, match="charge failed: "):
        recorded(written(tmp_path, failing + "  no_error: null\n"), any_server, 1)


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


@pytest.mark.parametrize("pushed", ["n", "i + 1"])
def test_a_step_may_need_its_own_answers_for_what_it_asks_next(
    pushed: str, tmp_path: Path, any_server: Server
) -> None:
    path = tmp_path / "numbered.yaml"
    path.write_text(AFTERWARDS.replace("WRITTEN", pushed), encoding="utf-8")
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
        (10, 10, 0.6915, 1.0),
        (5, 10, 0.1871, 0.8129),
        (1, 100, 0.00025, 0.0545),
    ],
)
def test_a_share_is_told_with_its_interval(
    losing: int, connections: int, low: float, high: float
) -> None:
    assert share_interval(losing, connections)[1:] == pytest.approx((low, high), abs=1e-4)

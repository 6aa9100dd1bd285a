"""A process that does several things at once, carried out by one worker."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from live_runs import explored, replayed
from model_check.live.brokers.connection import Connection, until_blocked
from model_check.live.brokers.server import Server
from model_check.live.errors import LiveError
from model_check.live.runs.places import Pace
from model_check.live.runs.record import record
from model_check.live.runs.replaying import replay_schedules, run_live

ROOT = Path(__file__).parents[2]
BOTH = ROOT / "docs/examples/both.yaml"
BACKGROUND = ROOT / "docs/examples/background.yaml"

WAITS = """\
model: waits
resources:
  news: {kind: "redis.stream[0..1]"}
vars: {heard: "list[0..1]"}
processes:
  p:
    run: |
      both:
          wait: heard = [e.value for e in news.xread("$")]
      and:
          add: news.xadd(1)
properties:
  ends: {possible: done(p)}
"""


def test_a_history_that_is_read_beside_the_subscription_loses_for_real(server: Server) -> None:
    found = replayed(BOTH, server, "nothing_lost", times=3)
    assert found.disagreement is None
    assert (found.times, found.same) == (3, 3)


@pytest.mark.parametrize("path", [BOTH, BACKGROUND])
def test_all_orders_of_branches_are_carried_out_for_real(path: Path, server: Server) -> None:
    space, _ = explored(path)
    found = run_live(replay_schedules(space, server, number=None, patience=5.0))
    assert found.disagreement is None
    assert found.taken == found.transitions == space.transitions


def test_a_branch_waits_at_the_server_beside_another_one(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "waits.yaml"
    path.write_text(WAITS, encoding="utf-8")
    space, _ = explored(path)
    found = run_live(replay_schedules(space, server, number=None, patience=5.0))
    assert found.disagreement is None
    assert found.taken == found.transitions == space.transitions


SHARED = """\
model: shared
resources:
  jobs: {kind: "redis.list[1..2]", key: "jobs:{session}"}
  log: {kind: "redis.list[1..2]", key: "log:{session}"}
processes:
  p:
    connection: main
    vars: {got: 0..2}
    run: |
      both:
          take: got = jobs.blpop()
      and:
          note: log.rpush(1)
  q:
    connection: main
    run: |
      count: log.llen()
  r:
    run: |
      put: jobs.rpush(1)
properties:
  late: {never: "p.got == 1 and at(q, count)"}
"""


def test_what_waits_on_a_shared_connection_is_carried_out_on_that(
    server: Server, tmp_path: Path
) -> None:
    path = tmp_path / "shared.yaml"
    path.write_text(SHARED, encoding="utf-8")
    space, _ = explored(path)
    assert any(each.label == "take_send" for each in space.machine.steps)
    found = run_live(replay_schedules(space, server, number=None, patience=5.0))
    assert found.disagreement is None
    assert found.taken == found.transitions == space.transitions


def test_what_holds_up_a_connection_does_not_run_freely(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "shared.yaml"
    path.write_text(SHARED.replace("both:", "if True:").replace("and:", "if True:"), "utf-8")
    space, _ = explored(path)
    with pytest.raises(LiveError, match=r"p\.take waits at the server and reads or writes what"):
        run_live(record(space, server, Pace(0.01, 0, 0.01), connections=1, patience=5.0))


async def _in_order(server: Server, key: str) -> list[object]:
    line, other = await Connection.open(server), await Connection.open(server)
    await line.send("BLPOP", key, "0")
    await until_blocked(other, line.identity)
    await line.send("EXISTS", key)
    first = asyncio.ensure_future(line.answer(None))
    done, _ = await asyncio.wait([first], timeout=0.2)
    assert not done
    await other.ask("RPUSH", key, "1")
    answers = [await first, await line.answer(5.0)]
    for each in (line, other):
        await each.close()
    return answers


def test_a_real_server_answers_nothing_behind_what_waits(server: Server) -> None:
    taken, behind = run_live(_in_order(server, "model-check:held"))
    assert taken == ["model-check:held", "1"]
    assert behind == 0  # it was carried out when the item was taken

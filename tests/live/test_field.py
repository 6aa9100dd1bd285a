"""What goes wrong in a spec goes wrong for real, and what follows is what the model says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from field import losses, rows, specs
from live_runs import SPECS, commands_seen, explored, replayed
from model_check.api.real_runs import record, replay
from model_check.language.syntax.kindfile import KINDS
from model_check.live.brokers.server import Server
from model_check.live.errors import LiveError
from model_check.live.runs.replaying import replay_schedules, run_live
from model_check.results.replay import ScheduleReplay, TraceReplay

FIELD = SPECS / "faults"


@pytest.mark.parametrize("path", [each for each in specs() if losses(each)], ids=lambda p: p.stem)
def test_each_loss_happens_for_real(path: Path) -> None:
    for row in rows(path, 1, 0):
        assert row.right, row


@pytest.mark.parametrize(
    "name", ["lease-lock-fencing", "worker-crash-idempotent", "reconnect-both"]
)
def test_a_fix_loses_nothing_with_all_that_may_go_wrong(name: str) -> None:
    (row,) = rows(FIELD / f"{name}.yaml", 1, 12)
    assert row.right, row


def written(folder: Path, text: str) -> Path:
    path = folder / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    return path


CRASHING = """
model: crashing
resources:
  bell: {kind: 'redis.pubsub[1..2]'}
processes:
  hears:
    crashes: 1
    keeps: [tries]
    vars: {tries: int, told: int}
    run: |
      count:
          tries += 1
          told += 1
      subscribe: bell.subscribe()
      hear: told += bell.get_message()
  rings:
    run: |
      first: heard = bell.publish(1)
      second: heard = bell.publish(2)
properties:
  no_deadlock: null
  never_three: {finally: hears.told < 2 or hears.tries < 2, expect: violated}
"""


def test_the_server_sees_a_crash_and_only_what_is_kept_is_there_afterwards(
    tmp_path: Path, any_server: Server
) -> None:
    path = written(tmp_path, CRASHING)
    space, _ = explored(path)
    found = run_live(replay_schedules(space, any_server, number=None, patience=5.0))
    assert found.disagreement is None
    assert found.taken == found.transitions


def test_a_kind_that_keeps_a_subscription_over_a_crash_is_found_out(
    tmp_path: Path, any_server: Server
) -> None:
    own = (KINDS / "redis" / "pubsub.yaml").read_text("utf-8")
    own = own.replace("redis.pubsub:", "redis.sticky:")
    own = own.replace("    subscribed.discard(caller)\n    patterns", "    patterns", 1)
    (tmp_path / "sticky.yaml").write_text(own, encoding="utf-8")
    text = CRASHING.replace("resources:", "kinds: sticky.yaml\nresources:", 1)
    path = written(tmp_path, text.replace("redis.pubsub", "redis.sticky"))
    space, _ = explored(path)
    found = run_live(replay_schedules(space, any_server, number=None, patience=1.0))
    assert "0 receivers, the model has 1 receiver" in str(found.disagreement)


def test_what_is_sent_and_not_waited_for_is_held_back_until_it_arrives(any_server: Server) -> None:
    with commands_seen(any_server) as seen:
        found = replayed(SPECS / "fix-both-unacknowledged.yaml", any_server, "no_loss")
    assert found.disagreement is None
    words = [each.split()[0] for each in seen]
    read = words.index("LRANGE")
    published = words.index("PUBLISH")
    assert read < published < words.index("SUBSCRIBE")


BROKEN = """
model: broken
resources:
  jobs: {kind: 'redis.list[1..3]', disconnects: 1}
processes:
  puts:
    crashes: 1
    vars: {seen: int}
    run: |
      try:
          put: seen = jobs.rpush(1)
          more: seen = jobs.rpush(2)
      except disconnected:
          again: seen = jobs.rpush(3)
properties:
  two: {finally: puts.seen != 1, expect: violated}
"""


def test_a_broken_connection_is_noticed_by_the_next_command(
    tmp_path: Path, any_server: Server
) -> None:
    space, _ = explored(written(tmp_path, BROKEN))
    found = run_live(replay_schedules(space, any_server, number=None, patience=5.0))
    assert found.disagreement is None
    assert found.taken == found.transitions
    loses = replayed(tmp_path / "spec.yaml", any_server, "two")
    assert [each.event for each in loses.first.steps] == [
        "jobs.disconnects[puts]", "puts.put", "puts.again",
    ]  # fmt: skip
    assert loses.first.steps[1].calls[0].answer == "disconnected"
    assert loses.first.stored == {"jobs": [3]}


def test_what_a_real_process_has_done_before_it_meets_a_broken_connection_is_refused(
    tmp_path: Path, any_server: Server
) -> None:
    text = BROKEN.replace("jobs: {", "other: {kind: 'redis.list[1..3]'}\n  jobs: {", 1).replace(
        "put: seen = jobs.rpush(1)\n",
        "put:\n              other.rpush(1)\n              seen = jobs.rpush(1)\n",
    )
    path = written(tmp_path, text)
    with pytest.raises(LiveError, match=r"spec\.yaml:13:15: other\.rpush is done when jobs\.rpush"):
        replayed(path, any_server, "two")


def test_a_replica_takes_over_without_the_writes_that_the_trace_loses() -> None:
    path = SPECS.parent / "docs" / "examples" / "failover.yaml"
    found = replay(path)
    assert isinstance(found, TraceReplay)
    assert (found.disagreement, found.first.stored) == (None, {"orders": [1]})
    every = replay(path, schedules="every")
    assert isinstance(every, ScheduleReplay)
    assert every.disagreement is None
    assert every.taken == every.transitions


RUNS_OUT = """\
model: m
servers: {redis: {failover: 1, loses_last: 2}}
resources:
  s: {kind: 'redis.string[0..2]', expires: 1, initially: 1}
  l: {kind: 'redis.list[0..2]'}
processes:
  p:
    run: |
      first: l.rpush(2)
      other: l.rpush(1)
      gone: await s.get() is None
      last: l.rpush(0)
properties:
  kept: {never: "done(p) and s.value is None and l.items == [2]"}
"""


def test_a_key_that_has_run_out_is_not_on_the_replica_that_takes_over(tmp_path: Path) -> None:
    path = written(tmp_path, RUNS_OUT)
    found = replay(path)
    assert isinstance(found, TraceReplay)
    assert (found.disagreement, found.first.stored) == (None, {"s": None, "l": [2]})
    every = replay(path, schedules="every")
    assert isinstance(every, ScheduleReplay)
    assert every.disagreement is None
    assert every.taken == every.transitions


def test_a_named_server_is_never_made_to_fail_over(any_server: Server) -> None:
    with pytest.raises(LiveError, match=r"failover-lock\.yaml:8:5: a failover takes two servers"):
        replayed(FIELD / "failover-lock.yaml", any_server)


FLAKY_KIND = """\
redis.flaky:
  parameters: [T]
  joins: redis
  options:
    initially: T? = None
  state:
    value: T? = initially
  stored:
    state: value
    write: SET {key} {value}
    read: GET {key}
    bare: true
  commands:
    set:
      parameters: {new: T}
      run: value = new
      wire: SET {key} {new}
      answer: OK
    get:
      run: return value
      wire: GET {key}
      answer: "{result}"
  faults:
    rots:
      run: value = None
      wire: ({key} rots)
"""
FLAKY = """
model: flaky
kinds: flaky.yaml
resources:
  n: {kind: 'redis.flaky[1..3]', rots: 1}
processes:
  p:
    vars: {x: 1..3?}
    run: |
      a: n.set(1)
      b: x = n.get()
properties:
  there: {finally: p.x == 1, expect: violated}
"""


def test_a_fault_that_nothing_real_has_is_refused_with_its_place(
    tmp_path: Path, any_server: Server
) -> None:
    (tmp_path / "flaky.yaml").write_text(FLAKY_KIND, encoding="utf-8")
    path = written(tmp_path, FLAKY)
    with pytest.raises(LiveError, match=r"spec\.yaml:5:\d+: n is a redis\.flaky, and `rots` of it"):
        replayed(path, any_server)


def test_without_faults_nothing_goes_wrong_in_a_free_run_and_with_them_it_is_drawn() -> None:
    path = FIELD / "worker-crash.yaml"
    pace: dict[str, Any] = {"connections": 16, "interval": 0.005, "window": 0.005}
    calm = record(path, **pace)
    assert (calm.seed, calm.happened, calm.losing) == (None, {}, 0)
    rough = record(path, faults=True, seed=3, **pace)
    assert rough.seed == 3
    assert set(rough.happened) == {"worker.crashes"}
    assert 0 < rough.happened["worker.crashes"] <= 16
    assert rough.losing <= rough.happened["worker.crashes"]


def test_a_failover_is_not_drawn_in_a_free_run() -> None:
    with pytest.raises(LiveError, match=r"failover\.yaml:8:5: a failover can be replayed, not"):
        record(SPECS.parent / "docs" / "examples" / "failover.yaml", faults=True, connections=1)

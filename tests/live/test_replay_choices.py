"""What a server decides by itself: a replay has it decide as the trace says, a free run takes what
comes."""

from __future__ import annotations

from pathlib import Path

import pytest
from live_runs import commands_seen, explored, replayed
from model_check.language import SpecError, load
from model_check.live.brokers.server import Server
from model_check.live.brokers.vetting import vet
from model_check.live.runs.places import Pace
from model_check.live.runs.record import record
from model_check.live.runs.replaying import replay_schedules, run_live

BAG = """\
redis.bag:
  parameters: [T]
  joins: redis
  options:
    initially: set[T] = {}
  state:
    items: set[T] = initially
  stored: {state: items, write: "SADD {key} {value}", read: "SMEMBERS {key}"}
  disconnected: pass
  commands:
    pop:
      run: |
        taken = choose([item for item in items] if len(items) > 0 else [None])
        if taken is not None:
            items.discard(taken)
        return taken
      wire: SPOP {key}
      answer: "{result}"
      decided: SREM {key} {result}
"""
SPEC = """\
kinds: bag.yaml
model: m
types: {Item: 1..3}
resources:
  bag: {kind: "redis.bag[Item]", initially: "{1, 2, 3}", key: "bag:{session}"}
processes:
  p:
    count: 2
    vars: {mine: Item?, more: Item?}
    run: |
      take: mine = bag.pop()
      with atomic:
          again: mine = bag.pop()
          rest: more = bag.pop()
properties:
  two_left: {never: "p[0].mine == 2 and p[1].mine == 3"}
"""


def written(folder: Path, kind: str = BAG) -> Path:
    (folder / "bag.yaml").write_text(kind)
    path = folder / "spec.yaml"
    path.write_text(SPEC)
    return path


def test_what_the_trace_says_is_chosen_is_chosen_for_real(server: Server, tmp_path: Path) -> None:
    space, _ = explored(written(tmp_path))
    with commands_seen(server) as seen:
        found = run_live(replay_schedules(space, server, number=12, patience=5.0))
    assert found.disagreement is None
    sent = [each.split()[0] for each in seen]
    assert sent.count("SREM") == 12 * 3
    assert sent.count("SPOP") == 12 * 3  # of a bag that is empty by then


def test_a_free_run_takes_what_the_server_chooses(server: Server, tmp_path: Path) -> None:
    space, _ = explored(written(tmp_path))
    with commands_seen(server) as seen:
        found = run_live(record(space, server, Pace(0.01, 0.01, 0.01), connections=3, patience=5.0))
    assert found.connections == 3
    assert {each.split()[0] for each in seen if "bag:" in each} >= {"SPOP"}
    assert "SREM" not in {each.split()[0] for each in seen}


def test_what_decides_is_vetted_as_what_is_sent(tmp_path: Path) -> None:
    path = written(tmp_path, BAG.replace("SREM {key} {result}", "SREM other {result}"))
    with pytest.raises(SpecError) as error:
        vet(load(path))
    (found,) = error.value.diagnostics
    assert "other stands where SREM has a key" in found.message
    assert found.position.line == 19


GONE = """\
model: gone
types: {Job: 1..2, Group: enum(mail), Worker: "enum(ann, bob)"}
resources:
  log: {kind: "redis.stream[Job, Group, Worker]", key: "log:{session}"}
processes:
  p:
    vars: {found: "list[{id: int, value: Job}]", gone: "list[int]", taken: int}
    run: |
      group: log.xgroup_create(mail, 0, mkstream=True)
      one: log.xadd(1)
      two: log.xadd(2)
      take: found = log.xreadgroup(mail, ann)
      cut: log.xtrim(1)
      claim:
          over = log.xautoclaim(mail, bob, 60000, 0)
          gone = over.deleted
          taken = len(over.claimed)
properties:
  as_wanted: {never: "done(p) and p.gone == [1] and p.taken == 0"}
"""


@pytest.mark.parametrize("taken", [0, 1])
def test_a_server_takes_over_as_many_of_a_groups_entries_as_the_trace_says(
    taken: int, server: Server, tmp_path: Path
) -> None:
    """Also none, where it finds that one is gone; and one of two that are there."""
    path = tmp_path / "gone.yaml"
    there = GONE.replace("      cut: log.xtrim(1)\n", "").replace("p.gone == [1]", "p.gone == []")
    path.write_text(GONE if taken == 0 else there.replace("p.taken == 0", "p.taken == 1"))
    assert replayed(path, server).disagreement is None


NESTED = """\
model: nested
types: {Order: "{no: 1..2, rows: list[{sku: 1..2}]}"}
resources: {orders: {kind: "redis.list[Order]", key: "orders:{session}"}}
processes:
  shop:
    run: |
      put: orders.rpush({no: 1, rows: [{sku: 2}]})
  worker:
    vars: {order: Order?}
    run: |
      take: order = orders.blpop()
properties:
  taken: {never: done(worker)}
"""


def test_records_in_an_answer_are_entries_with_ids_only_where_these_decide(
    server: Server, tmp_path: Path
) -> None:
    path = tmp_path / "nested.yaml"
    path.write_text(NESTED)
    assert replayed(path, server).disagreement is None

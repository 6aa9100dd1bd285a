"""What specs of the field come to, with answers that can be found by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz.compare import native_differences
from model_check import check
from model_check.explore.space import Space
from model_check.language import Spec, load
from model_check.verify.checking import check_spec

ROOT = Path(__file__).parents[2]


def spec_of(folder: Path, text: str, *, faults: bool = True) -> Spec:
    path = folder / "m.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path, faults=faults)


def space_of(folder: Path, text: str, *, faults: bool = True) -> Space:
    space, _ = check_spec(spec_of(folder, text, faults=faults))
    return space


def verdicts(folder: Path, text: str, *, faults: bool = True) -> dict[str, str]:
    _, judgement = check_spec(spec_of(folder, text, faults=faults))
    return {each.name: each.verdict for each in judgement.results}


WORKER = """\
model: m
vars: {x: 0..9, y: 0..9}
processes:
  p:
    count: COUNT
    crashes: CRASHES
    KEEP
    vars: {mine: 0..9, kept: 0..9}
    run: |
      a:
          mine += 1
          kept += 1
      b: x += mine
      c: y += kept
properties:
  once: {always: x <= 1}
  kept_once: {always: y <= 1}
  ends: {finally: "done(p[0])"}
"""


def worker(*, crashes: str = "1", count: int = 1, keep: str = "") -> str:
    text = WORKER.replace("COUNT", str(count)).replace("CRASHES", crashes)
    return text.replace("    KEEP\n", keep and f"    {keep}\n")


def test_a_crash_loses_variables_and_begins_anew(tmp_path: Path) -> None:
    # A crash after b does a, b and c again, so x is 2; mine is lost, so it never adds 2.
    assert verdicts(tmp_path, worker())["once"] == "violated"
    assert verdicts(tmp_path, worker(crashes="0"))["once"] == "holds"
    # 4 places without a crash; with one, 4 more for each of 3 places where it can happen, but
    # a crash before a, and one after it, leave the same.
    assert len(space_of(tmp_path, worker()).states) == 4 + 2 * 4


def test_what_is_kept_outlives_a_crash(tmp_path: Path) -> None:
    found = verdicts(tmp_path, worker(keep="keeps: [kept]"))
    assert found["kept_once"] == "violated"
    assert verdicts(tmp_path, worker(keep="keeps: [mine]"))["kept_once"] == "holds"


def test_who_does_not_restart_stays_and_is_not_done(tmp_path: Path) -> None:
    found = verdicts(tmp_path, worker(keep="restarts: false"))
    assert found == {
        "once": "holds", "kept_once": "holds", "ends": "violated", "no_deadlock": "holds",
        "no_error": "holds",
    }  # fmt: skip


def test_a_budget_is_one_for_all_instances(tmp_path: Path) -> None:
    def crashes(space: Space) -> int:
        faults = {step.index for step in space.machine.steps if step.fault}
        return len({before for before, _, step in space.edges() if step in faults})

    alone, both = (space_of(tmp_path, worker(count=n)) for n in (1, 2))
    assert crashes(alone) == 3
    # Of two, only those can crash that have not ended, where none has crashed: 16 - 1 states.
    assert crashes(both) == 15


def test_without_faults_nothing_goes_wrong(tmp_path: Path) -> None:
    text = worker()
    with_none = space_of(tmp_path, text.replace("    crashes: 1\n", ""))
    without = space_of(tmp_path, text, faults=False)
    assert list(without.states) == list(with_none.states)


LEASE = """\
model: m
resources:
  lock: {kind: "redis.string[0..1]", expires: TRUE}
processes:
  p:
    run: |
      take: lock.set(1)
properties:
  taken: {finally: lock.value == 1}
  free: {possible: lock.value is None and done(p)}
"""


def test_what_expires_may_and_need_not(tmp_path: Path) -> None:
    found = verdicts(tmp_path, LEASE.replace("TRUE", "true"))
    assert (found["taken"], found["free"]) == ("violated", "holds")
    assert found["no_deadlock"] == "holds"
    space = space_of(tmp_path, LEASE.replace("TRUE", "true"))
    # Where the lock is held, only a fault can happen: the run may end there, or go on.
    assert (len(space.states), len(space.terminal)) == (3, 2)
    assert verdicts(tmp_path, LEASE.replace("TRUE", "0"))["taken"] == "holds"


TIMEOUT = """\
model: m
timeouts: WHEN
resources:
  ask: {kind: "queue[0..1]", loses: LOSES}
  reply: {kind: "queue[0..1]"}
processes:
  client:
    vars: {late: bool}
    run: |
      send: ask.put(1)
      either:
          hear: reply.get()
      or timeout:
          give_up: late = True
  server:
    run: |
      while True:
          serve: reply.put(ask.get())
properties:
  patient: {never: client.late}
"""


@pytest.mark.parametrize(
    ("when", "loses", "verdict"),
    [("any", "0", "violated"), ("last", "0", "holds"), ("last", "1", "violated")],
)
def test_a_timeout_that_comes_last_comes_where_nothing_else_can_happen(
    tmp_path: Path, when: str, loses: str, verdict: str
) -> None:
    text = TIMEOUT.replace("WHEN", when).replace("LOSES", loses)
    assert verdicts(tmp_path, text)["patient"] == verdict


SENT = """\
model: m
resources:
  log: {kind: "redis.list[1..3]"}
  bell: {kind: "redis.pubsub[1..3]"}
processes:
  p:
    run: |
      FIRST
      second: log.rpush(2)
properties:
  in_order: {always: "log.items in [[], [1], [1, 2]]"}
  arrives: {finally: len(log.items) == 2}
"""


def test_what_is_waited_for_comes_behind_what_was_sent(tmp_path: Path) -> None:
    text = SENT.replace("FIRST", "first: log.rpush(1, wait=False)")
    found = verdicts(tmp_path, text)
    assert (found["in_order"], found["arrives"], found["no_deadlock"]) == ("holds",) * 3
    # first, arrives, second: nothing else is possible.
    assert len(space_of(tmp_path, text).states) == 4


def test_another_connection_may_overtake_what_was_sent(tmp_path: Path) -> None:
    text = SENT.replace("FIRST", "first: bell.subscribe(wait=False)").replace(
        "  in_order", "  overtaken: {possible: len(log.items) > 0 and len(bell.subscribed) == 0}\n"
        "  in_order"
    )  # fmt: skip
    assert verdicts(tmp_path, text)["overtaken"] == "holds"


def test_a_crash_loses_what_is_under_way(tmp_path: Path) -> None:
    text = (
        SENT.replace("FIRST", "first: log.rpush(1, wait=False)")
        .replace("      second: log.rpush(2)\n", "")
        .replace("  p:\n", "  p:\n    crashes: 1\n    restarts: false\n")
    )
    text = text.replace("len(log.items) == 2", "len(log.items) == 1")
    assert verdicts(tmp_path, text)["arrives"] == "violated"


FAILOVER = """\
model: m
servers: {redis: {failover: 1, loses_last: LAST}}
resources:
  log: {kind: "redis.list[1..3]"}
  bell: {kind: "redis.pubsub[1..3]"}
processes:
  listener:
    run: |
      listen: bell.subscribe()
  writer:
    run: |
      for n in range(1, 4):
          write: log.rpush(n)
properties:
  length: {finally: len(log.items) >= 3 - LAST}
  less: {finally: len(log.items) >= 4 - LAST}
  prefix: {always: "log.items in [[], [1], [2], [3], [1, 2], [1, 3], [2, 3], [1, 2, 3]]"}
  heard: {finally: len(bell.subscribed) == 1}
"""


@pytest.mark.parametrize("last", [1, 2])
def test_a_failover_loses_the_last_writes_and_all_connections(tmp_path: Path, last: int) -> None:
    found = verdicts(tmp_path, FAILOVER.replace("LAST", str(last)))
    assert found == {
        "length": "holds", "less": "violated", "prefix": "holds", "heard": "violated",
        "no_deadlock": "holds", "no_error": "holds",
    }  # fmt: skip


def test_a_failover_that_loses_no_write_keeps_the_data(tmp_path: Path) -> None:
    found = verdicts(tmp_path, FAILOVER.replace("LAST", "0"))
    assert (found["length"], found["heard"]) == ("holds", "violated")


@pytest.mark.parametrize(
    "text",
    [
        worker(count=2), worker(count=2, keep="keeps: [kept]"), worker(keep="restarts: false"),
        worker(crashes="true"),
        LEASE.replace("TRUE", "true"),
        TIMEOUT.replace("WHEN", "last").replace("LOSES", "1"),
        SENT.replace("FIRST", "first: log.rpush(1, wait=False)"),
        FAILOVER.replace("LAST", "2"),
    ],
)  # fmt: skip
def test_both_engines_find_the_same(tmp_path: Path, text: str) -> None:
    assert native_differences(spec_of(tmp_path, text)) == []


@pytest.mark.parametrize(
    "name", sorted(each.stem for each in (ROOT / "specs/faults").glob("*.yaml"))
)
def test_the_specs_of_the_field_come_to_what_is_known_of_them(name: str) -> None:
    result = check(ROOT / f"specs/faults/{name}.yaml", reason=False)
    assert [each.name for each in result if not each.as_expected] == []

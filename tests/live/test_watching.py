"""What makes a transaction fail: each kind says of each command what real servers do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path

import pytest
from fuzz.kinds.model import Kind
from fuzz.kinds.sequences import Asking, Turn
from fuzz.kinds.servers import RealServer
from fuzz.kinds.subject import SUBJECTS
from live_runs import explored, users_server
from model_check.api.real_runs import monitor
from model_check.live.brokers.server import Server
from model_check.live.runs.replaying import replay_schedules, run_live
from real_servers import PROGRAMS
from test_monitor_foreign import logged

ROOT = Path(__file__).parents[2]

NAMES = {"redis.list": "items", "redis.string": "text", "redis.hash": "hash", "redis.stream": "log"}
NO_TIME = {"ex": None, "px": None, "keepttl": False}

Call = tuple[str, dict[str, object]]

SET: Call = ("set", {"new": 1, **NO_TIME})
PUSH: Call = ("rpush", {"value": 1})
HSET: Call = ("hset", {"field": "red", "value": 1})
XADD: Call = ("xadd", {"value": {"id": 1, "urgent": False}})

CASES: list[tuple[str, list[Call], Call, bool]] = [
    ("redis.string", [SET], SET, True),  # though the value is the same
    ("redis.string", [SET], ("set(nx)", {"new": 2, **NO_TIME}), False),
    ("redis.string", [], ("set(xx)", {"new": 2, **NO_TIME}), False),
    ("redis.string", [SET], ("get", {}), False),
    ("redis.string", [], ("getdel", {}), False),
    ("redis.string", [SET], ("getdel", {}), True),
    ("redis.string", [SET], ("getex", {"ex": None, "px": None}), False),
    ("redis.string", [SET], ("getex", {"ex": 100, "px": None}), True),
    ("redis.string", [SET], ("getex(persist)", {}), False),
    ("redis.string", [SET], ("incrby", {"increment": 0}), True),
    ("redis.string", [SET], ("expire", {"seconds": 100}), True),
    ("redis.string", [], ("expire", {"seconds": 100}), False),
    ("redis.string", [SET], ("expire", {"seconds": 0}), True),
    ("redis.string", [SET], ("persist", {}), False),
    ("redis.string", [SET, ("expire", {"seconds": 100})], ("persist", {}), True),
    ("redis.string", [SET], ("expire_now", {}), False),
    ("redis.string", [SET, ("expire", {"seconds": 100})], ("expire_now", {}), True),
    ("redis.string", [SET], ("delete", {}), True),
    ("redis.string", [], ("delete", {}), False),
    ("redis.list", [PUSH], ("lset", {"index": 0, "value": 1}), True),
    ("redis.list", [PUSH], ("lset", {"index": 7, "value": 1}), False),  # it is refused
    ("redis.list", [], ("lpop", {}), False),
    ("redis.list", [PUSH], ("lrem", {"number": 0, "value": 2}), False),
    ("redis.list", [], ("ltrim", {"start": 0, "stop": 0}), False),
    ("redis.hash", [HSET], HSET, True),
    ("redis.hash", [HSET], ("hdel", {"field": "blue"}), False),
    ("redis.hash", [HSET], ("hincrby", {"field": "red", "increment": 0}), True),
    ("redis.stream", [XADD], XADD, True),
    ("redis.stream", [XADD], ("xtrim", {"maxlen": 1}), False),
    ("redis.stream", [XADD], ("xtrim", {"maxlen": 0}), True),
]


@pytest.fixture(scope="module")
def servers() -> Iterator[list[Server]]:
    """All servers that are installed."""
    with ExitStack() as stack:
        yield [stack.enter_context(users_server(each)) for each in PROGRAMS.values()]


def turns(name: str, setup: Sequence[Call], action: Call) -> list[Turn]:
    """One client watches and has a transaction; another one acts in between."""
    key = NAMES[name]
    before = [Turn(0, (Asking(key, *each),)) for each in setup]
    watch, act = Turn(0, (Asking(key, "watch", {}),)), Turn(1, (Asking(key, *action),))
    return [*before, watch, act, Turn(0, (Asking(key, "exists", {}),), executes=True)]


@pytest.mark.parametrize("name", NAMES)
def test_what_touches_a_watched_key_is_what_makes_a_real_transaction_fail(
    name: str, servers: list[Server]
) -> None:
    kind = Kind(SUBJECTS[name][0])
    with ExitStack() as stack:
        reals = [stack.enter_context(RealServer(each, 3)) for each in servers]
        for mine, setup, action, touches in CASES:
            if mine == name:
                said = kind.says(turns(name, setup, action))
                assert (said.events[-1].results == ()) == touches, action
                for real in reals:
                    real.check(kind.spec, said)


def test_a_client_touches_what_it_watches_itself_and_a_transaction_ends_all_watching(
    servers: list[Server],
) -> None:
    kind = Kind(SUBJECTS["redis.string"][0])
    watch, change = Turn(0, (Asking("text", "watch", {}),)), Turn(0, (Asking("text", *SET),))
    execute = Turn(0, (Asking("text", "exists", {}),), executes=True)
    unwatch = Turn(0, (Asking("text", "unwatch", {}),))
    said = kind.says([
        watch, change, execute,  # its own command counts
        execute,                 # nothing is watched any more
        watch, execute, change, execute,
        watch, change, unwatch, execute,
        change, watch, execute,
    ])  # fmt: skip
    done = [each.results != () for each in said.events if each.executes]
    assert done == [False, True, True, True, True, True]
    for server in servers:
        with RealServer(server, 3) as real:
            real.check(kind.spec, said)


SPEC = ROOT / "specs/optimistic-watch.yaml"
LOG = """\
1795822576.000001 [0 127.0.0.1:1] "WATCH" "shop:stock"
1795822576.000002 [0 127.0.0.1:2] "WATCH" "shop:stock"
1795822576.000003 [0 127.0.0.1:1] "GET" "shop:stock"
1795822576.000004 [0 127.0.0.1:2] "GET" "shop:stock"
1795822576.000005 [0 127.0.0.1:1] "MULTI"
1795822576.000006 [0 127.0.0.1:1] "SET" "shop:stock" "1"
1795822576.000007 [0 127.0.0.1:1] "EXEC"
1795822576.000008 [0 127.0.0.1:2] "MULTI"
1795822576.000009 [0 127.0.0.1:2] "EXEC"
1795822576.000010 [0 127.0.0.1:2] "WATCH" "shop:stock"
1795822576.000011 [0 127.0.0.1:2] "GET" "shop:stock"
1795822576.000012 [0 127.0.0.1:2] "MULTI"
1795822576.000013 [0 127.0.0.1:2] "SET" "shop:stock" "0"
1795822576.000014 [0 127.0.0.1:2] "EXEC"
"""
BEGUN = '1795822576.000005 [0 127.0.0.1:1] "MULTI"\n'
FAILING = '1795822576.000009 [0 127.0.0.1:2] "EXEC"\n'


@pytest.mark.parametrize(
    ("log", "fits"),
    [
        (LOG, True),
        # Nothing was touched, so it could not fail.
        (LOG[: LOG.index(BEGUN)] + BEGUN + FAILING.replace(":2]", ":1]"), False),
        # It must have failed.
        (LOG.replace(FAILING, FAILING.replace('"EXEC"', '"SET" "shop:stock" "1"')), False),
    ],
)
def test_a_log_shows_a_transaction_that_fails_by_its_exec_alone(log: str, fits: bool) -> None:
    found = monitor(SPEC, [("a.log", BytesIO(log.encode()))], reason=False)
    (session,) = found.sessions
    assert (session.mismatch is None) == fits


CONDITIONAL = """
model: conditional
resources:
  stock: {kind: "redis.string[0..3]", key: "stock:{s}", initially: 1}
processes:
  p:
    count: 2
    vars: {left: 0..3}
    run: |
      watch: stock.watch()
      look: left = stock.get()
      try:
          with atomic(watch=[stock]):
              sell: if left > 0:
                  stock.set(left - 1)
      except changed:
          late: pass
properties:
  sold: {finally: stock.value == 0}
  in_time: {never: "count(at(w, late) for w in p) > 0"}
"""
FIRST = [("c:1", "WATCH", "stock:x"), ("c:1", "GET", "stock:x")]
SELL = [("c:1", "MULTI"), ("c:1", "SET", "stock:x", "0"), ("c:1", "EXEC")]
SECOND = [("c:2", "WATCH", "stock:x"), ("c:2", "GET", "stock:x")]
NOTHING = [("c:2", "MULTI"), ("c:2", "EXEC")]


@pytest.mark.parametrize(
    ("lines", "verdicts", "fits"),
    [
        ([*FIRST, *SECOND, *SELL, *NOTHING], {"sold": "holds", "in_time": "violated"}, True),
        # A pool sends what has nothing in it, or leaves it out.
        ([*FIRST, *SELL, *SECOND, *NOTHING], {"sold": "holds", "in_time": "holds"}, True),
        ([*FIRST, *SELL, *SECOND], {"sold": "holds", "in_time": "holds"}, True),
        ([*FIRST, *SECOND, *NOTHING], {}, False),
    ],
)
def test_a_transaction_with_nothing_in_it_looks_as_one_that_failed(
    lines: list[tuple[str, ...]], verdicts: dict[str, str], fits: bool, tmp_path: Path
) -> None:
    path = tmp_path / "conditional.yaml"
    path.write_text(CONDITIONAL, encoding="utf-8")
    (session,) = monitor(path, [("log", logged(lines))], reason=False).sessions
    assert (session.mismatch is None) == fits
    found = {each.name: each.verdict for each in session.properties}
    assert {name: found[name] for name in verdicts} == verdicts
    if not fits:
        assert session.mismatch is not None
        assert session.mismatch.words == ("EXEC",)


def test_where_no_process_watches_a_transaction_that_failed_leaves_it_open(tmp_path: Path) -> None:
    path = tmp_path / "atomic.yaml"
    path.write_text(
        CONDITIONAL.replace("      watch: stock.watch()\n", "")
        .replace("      try:\n", "")
        .replace("          with atomic(watch=[stock]):\n              sell", "      sell")
        .replace("                  stock.set", "          stock.set")
        .replace("      except changed:\n          late: pass\n", "      late: pass\n"),
        encoding="utf-8",
    )
    lines = [*FIRST, *SELL, *SECOND, *NOTHING]
    (session,) = monitor(path, [("log", logged(lines))], reason=False).sessions
    assert session.standing == "undetermined"
    assert "with atomic(watch=" in session.note


def test_a_reason_says_that_a_transaction_did_nothing(tmp_path: Path) -> None:
    path = tmp_path / "conditional.yaml"
    path.write_text(CONDITIONAL, encoding="utf-8")
    lines = [*FIRST, *SECOND, *SELL, *NOTHING]
    found = monitor(path, [("log", logged(lines))])
    events = [e for p in found.sessions[0].properties for r in p.races for e in r.events]
    assert {e.answer for e in events if e.line == 9} <= {"(nil)"}
    assert not any(e.answer for e in events if e.line != 9)


@pytest.mark.parametrize("path", ["specs/optimistic-watch", "docs/examples/refused"])
def test_every_transition_is_carried_out_for_real(path: str, servers: list[Server]) -> None:
    space, _ = explored(ROOT / f"{path}.yaml")
    for server in servers:
        found = run_live(replay_schedules(space, server, number=None, patience=5.0))
        assert found.disagreement is None
        assert found.taken == found.transitions


LEASES = """
resources:
  lock: {kind: "redis.string[0..1]", expires: 1}
processes:
  a:
    vars: {mine: bool, left: int}
    run: |
      take: mine = lock.set(0, nx=True, ex=100)
      ask: left = lock.ttl()
      keep: lock.persist()
      ask_again: left = lock.pttl()
      give: lock.getdel()
  b: {run: "take: lock.set(1, nx=True, px=90000)"}
properties: {asked: {always: "a.left in [-2, -1, 0, 90, 100, 90000, 100000]"}}
"""


def test_a_time_to_live_is_told_as_it_was_given(tmp_path: Path, servers: list[Server]) -> None:
    path = tmp_path / "leases.yaml"
    path.write_text(LEASES, encoding="utf-8")
    space, _ = explored(path)
    for server in servers:
        found = run_live(replay_schedules(space, server, number=None, patience=5.0))
        assert found.disagreement is None
        assert found.taken == found.transitions

"""Connections from pools: one serves several processes, and a process has several."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from live_runs import SPECS
from model_check.api.real_runs import monitor
from model_check.live.monitor.log import read_lines
from model_check.results.monitor import SessionVerdict
from test_monitor_foreign import logged as written

SPEC = """\
model: pool
about: A service with a pool publishes and saves; a reader of it reads, and then subscribes.
constants: {{TOTAL: 2}}
types: {{Seq: 1..TOTAL}}
resources:
  history: {{kind: "redis.list[Seq]", key: "chat:{{cid}}:history"}}
  events: {{kind: "redis.pubsub[Seq]", key: "chat:{{cid}}:events"}}
  jobs: {{kind: "redis.list[Seq]", key: "chat:{{cid}}:jobs"}}
processes:
  llm:{llm}
    run: |
      for seq in range(1, TOTAL + 1):
          publish: events.publish(seq)
          save: history.rpush(seq)
  sse:
    vars: {{shown: "list[Seq]"}}
    run: |
      read: shown = history.lrange(0, -1)
      subscribe: events.subscribe()
      while True:
          receive: shown.append(events.get_message())
  worker:
    vars: {{job: "Seq?"}}
    run: |
      take: job = jobs.blpop()
  boss:
    run: |
      put: jobs.rpush(1)
define:
  missing: set(Seq) - set(sse.shown)
properties:
  no_loss: {{finally: len(missing) == 0, expect: violated}}
"""
P1, S1, P2, S2 = (
    (name, key, seq)
    for seq in "12"
    for name, key in (("PUBLISH", "chat:a:events"), ("RPUSH", "chat:a:history"))
)
READ, LISTEN = ("LRANGE", "chat:a:history", "0", "-1"), ("SUBSCRIBE", "chat:a:events")
TAKE = ("BLPOP", "chat:a:jobs", "0")
Said = Sequence[str]


def logged(number: int, client: object, words: Said) -> bytes:
    said = " ".join(f'"{word}"' for word in words)
    return f"{1_700_000_000 + number}.000000 [0 a:{client}] {said}\n".encode()


def judged(folder: Path, lines: Sequence[tuple[int, Said]], llm: str = "") -> SessionVerdict:
    spec = folder / "pool.yaml"
    spec.write_text(SPEC.format(llm=llm), encoding="utf-8")
    raw = [logged(number, client, words) for number, (client, words) in enumerate(lines)]
    (session,) = monitor(spec, [("log", raw)], reason=False).sessions
    return session


def test_one_connection_serves_two_processes(tmp_path: Path) -> None:
    lines = [(1, P1), (1, S1), (1, READ), (1, P2), (1, S2), (2, LISTEN)]
    found = judged(tmp_path, lines)
    assert (found.mismatch, found.standing) == (None, "violated")
    assert found.connections == {"llm": ("a:1",), "sse": ("a:1", "a:2")}


def test_a_process_has_a_connection_for_each_command(tmp_path: Path) -> None:
    whole = [P1, S1, READ, LISTEN, P2, S2]
    assert judged(tmp_path, list(enumerate(whole))).standing == "holds"


def test_with_connection_it_is_its_processs_own(tmp_path: Path) -> None:
    lines = [(1, P1), (1, S1), (1, READ), (2, LISTEN), (1, P2), (1, S2)]
    assert judged(tmp_path, lines).mismatch is None
    mismatch = judged(tmp_path, lines, "\n    connection: main").mismatch
    assert mismatch is not None
    assert mismatch.line == 3
    assert "line 3 would fit on a connection of its own" in mismatch.why[0]
    lines[2] = (2, READ)
    assert judged(tmp_path, lines, "\n    connection: main").mismatch is None


def test_with_connection_it_has_one_and_another_follows_it(tmp_path: Path) -> None:
    own = "\n    connection: main"
    lines = [(1, P1), (2, S1), (2, P2), (2, S2), (3, READ), (4, LISTEN)]
    assert judged(tmp_path, lines, own).mismatch is None
    lines[2] = (1, P2)
    assert judged(tmp_path, lines).mismatch is None
    mismatch = judged(tmp_path, lines, own).mismatch
    assert mismatch is not None
    assert mismatch.line == 3


def test_nobody_speaks_over_a_connection_that_waits(tmp_path: Path) -> None:
    lines = [(1, TAKE), (1, P1), (1, S1), (2, READ), (3, LISTEN), (1, P2), (1, S2)]
    mismatch = judged(tmp_path, lines).mismatch
    assert mismatch is not None
    assert (mismatch.line, "of its own" in mismatch.why[0]) == (2, True)
    assert judged(tmp_path, [(9, TAKE), *lines[1:]]).mismatch is None


TWO = """\
model: two
resources:
  chan: {kind: "redis.pubsub[1..2]", key: "chan:{s}"}
  box: {kind: "redis.list[1..2]", key: "box:{s}"}
processes:
  one:
    run: |
      listen: chan.subscribe()
      leave: chan.unsubscribe()
  two:
    run: |
      listen: chan.subscribe()
      read: box.rpush(1)
properties: {no_deadlock: null}
"""


@pytest.mark.parametrize(
    ("lines", "fits"),
    [
        ("1 SUBSCRIBE chan:x, 1 UNSUBSCRIBE chan:x, 1 SUBSCRIBE chan:x, 2 RPUSH box:x 1", True),
        ("1 SUBSCRIBE chan:x, 2 SUBSCRIBE chan:x, 2 UNSUBSCRIBE chan:x, 1 RPUSH box:x 1", True),
        # A subscriber of the old protocol is nobody else's until it leaves.
        ("1 SUBSCRIBE chan:x, 1 SUBSCRIBE chan:x, 1 UNSUBSCRIBE chan:x, 2 RPUSH box:x 1", False),
        # Who sends what a subscriber may not send has another one.
        ("1 SUBSCRIBE chan:x, 1 RPUSH box:x 1, 1 SUBSCRIBE chan:x, 1 UNSUBSCRIBE chan:x", True),
    ],
)
def test_a_subscriber_is_nobody_elses_until_it_leaves(
    lines: str, fits: bool, tmp_path: Path
) -> None:
    spec = tmp_path / "two.yaml"
    spec.write_text(TWO, encoding="utf-8")
    split = [line.split() for line in lines.split(", ")]
    raw = [logged(number, client, words) for number, (client, *words) in enumerate(split)]
    (session,) = monitor(spec, [("log", raw)], reason=False).sessions
    assert (session.mismatch is None) == fits


def test_a_script_is_its_callers_and_its_own_line_says_nothing() -> None:
    """As redis-py's register_script: the first EVALSHA fails, and SCRIPT LOAD follows."""
    call = '"EVALSHA" "9dbe" "2" "chat:history:s" "chat:stream:s" "{chunk}"'
    lines = ["[0 a:1] " + call.format(chunk=1), '[0 a:1] "SCRIPT" "LOAD" "return 1"']
    lines += ['[0 a:2] "SUBSCRIBE" "chat:stream:s"', '[0 a:3] "LRANGE" "chat:history:s" "0" "-1"']
    for chunk in range(1, 11):
        payload = (
            rf'"{{\"content\": \"chunk{chunk}\", \"is_complete\": {str(chunk == 10).lower()}}}"'
        )
        lines += [
            "[0 a:1] " + call.format(chunk=chunk),
            f'[0 lua] "PUBLISH" "chat:stream:s" {payload}',
            f'[0 lua] "RPUSH" "chat:history:s" {payload}',
        ]
    raw = [f"170000000{n // 10}.{n:06d} {line}\n".encode() for n, line in enumerate(lines)]
    found = monitor(SPECS / "fix-atomic.yaml", [("log", raw)], {"STORED": 0}, reason=False)
    (session,) = found.sessions
    assert (session.standing, session.lines, session.complete) == ("holds", 22, True)
    assert session.connections["ai_service"] == ("a:1",)


WAITING = """
model: waiting
resources:
  jobs: {kind: "redis.list[1..2]", key: "jobs:{s}"}
  seen: {kind: "redis.list[1..2]", key: "seen:{s}"}
processes:
  worker:
    vars: {job: 1..2}
    run: |
      take: job = jobs.blpop()
      done_with: seen.rpush(job)
  sender:
    run: |
      send: jobs.rpush(1)
properties: {all_seen: {finally: "seen.items == [1]"}}
"""


def test_all_who_come_over_a_unix_socket_are_not_one(tmp_path: Path) -> None:
    """One waits there, and others speak meanwhile."""
    spec = tmp_path / "waiting.yaml"
    spec.write_text(WAITING, encoding="utf-8")
    socket = "unix:/run/redis.sock"
    lines = [(socket, "BLPOP", "jobs:x", "0"), (socket, "RPUSH", "jobs:x", "1"),
             (socket, "RPUSH", "seen:x", "1")]  # fmt: skip
    (session,) = monitor(spec, [("log", written(lines))], reason=False).sessions
    assert session.standing == "holds"


def test_transactions_over_a_unix_socket_may_lie_in_each_other() -> None:
    raw = written([("unix:s", "MULTI"), ("unix:s", "MULTI"), ("unix:s", "SET", "a", "1"),
                  ("unix:s", "EXEC"), ("unix:s", "SET", "b", "1"), ("unix:s", "EXEC")])  # fmt: skip
    blocks = [each.block for each in read_lines(raw, "log")]
    assert None not in blocks
    assert len(set(blocks)) == len(blocks) == 2

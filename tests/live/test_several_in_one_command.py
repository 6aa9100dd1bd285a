"""Commands with several members, fields or entries, and streams that are capped."""

from __future__ import annotations

from pathlib import Path

import pytest
from live_runs import replayed
from model_check import check
from model_check.api.real_runs import monitor
from model_check.live.brokers.server import Server

SPEC = """\
model: several
types: {Job: 1..2, Group: enum(mail), Worker: enum(ann)}
resources:
  order: {kind: "redis.hash[enum(status, tries), int]", key: order}
  due: {kind: "redis.sortedset[Job]", key: due}
  seen: {kind: "redis.set[Job]", key: seen}
  log: {kind: "redis.stream[Job, Group, Worker]", key: log}
processes:
  p:
    vars: {job: Job = 2, new: int, got: "list[int?]", found: "list[{id: int, value: Job}]"}
    run: |
      set: order.hset(mapping={status: job, tries: 0})
      plan: due.zadd({job: 5, 1: 3})
      mark: new = seen.sadd(1, job)
      group: log.xgroup_create(mail, 0, mkstream=True)
      one: log.xadd(1, maxlen=1000)
      two: log.xadd(2, maxlen=1000, approximate=False)
      take: found = log.xreadgroup(mail, ann)
      ack: log.xack(mail, *[each.id for each in found])
      look: got = order.hmget(tries, status)
      off: due.zrem(1, 2)
      gone: log.xdel(1, 2)
      drop: order.hdel(status, tries)
properties:
  ends: {never: "done(p)", expect: violated}
  right: {finally: "p.new == 2 and p.got == [0, 2] and len(due.items) == 0"}
"""
LOG = """\
HSET order status 2 tries 0
zadd due 5 2 3 1
SADD seen 1 2
XGROUP CREATE log mail 0 MKSTREAM
XADD log MAXLEN ~ 1000 * value 1
XADD log MAXLEN 1000 * value 2
XREADGROUP GROUP mail ann BLOCK 0 STREAMS log >
XACK log mail 1700000000050-0 1700000000060-0
HMGET order tries status
ZREM due 1 2
XDEL log 1700000000050-0 1700000000060-0
HDEL order status tries
"""
CAPPED = """\
model: capped
types: {News: 1..3}
resources: {log: {kind: "redis.stream[News]", key: log}}
processes:
  writer:
    run: |
      for news in News:
          add: log.xadd(news, maxlen=1)
properties:
  kept: {never: "done(writer) and len(log.entries) == 3", expect: violated}
  half: {never: "done(writer) and len(log.entries) == 2", expect: violated}
  last: {never: "done(writer) and len(log.entries) == 1", expect: violated}
  none: {never: "done(writer) and len(log.entries) == 0"}
"""


def test_several_are_sent_and_answered_as_the_model_says(tmp_path: Path, server: Server) -> None:
    path = tmp_path / "several.yaml"
    path.write_text(SPEC, encoding="utf-8")
    assert check(path).as_expected
    run = replayed(path, server)
    assert run.disagreement is None


@pytest.mark.parametrize("lost", [None, "HMGET", "ZREM"])
def test_lines_with_several_are_read(tmp_path: Path, lost: str | None) -> None:
    path = tmp_path / "several.yaml"
    path.write_text(SPEC, encoding="utf-8")
    lines = [line for line in LOG.splitlines() if lost is None or not line.startswith(lost)]
    said = [" ".join(f'"{word}"' for word in each.split()) for each in lines]
    log = [f"{1700000000 + i}.000000 [0 c:1] {each}\n".encode() for i, each in enumerate(said)]
    (session,) = monitor(path, [("log", log)], reason=False).sessions
    assert (session.mismatch is None) == (lost is None)


@pytest.mark.parametrize("name", ["kept", "half", "last"])
def test_a_server_may_drop_any_number_above_the_limit(
    name: str, tmp_path: Path, server: Server
) -> None:
    path = tmp_path / "capped.yaml"
    path.write_text(CAPPED, encoding="utf-8")
    assert check(path).as_expected
    assert replayed(path, server, name).disagreement is None

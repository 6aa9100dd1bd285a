"""Commands that wait for a limited time, or for several keys: replayed, and read in a log."""

from __future__ import annotations

from pathlib import Path

import pytest
from live_runs import replayed
from model_check.api.real_runs import monitor
from model_check.live.brokers.server import Server
from model_check.results.monitor import SessionVerdict

SPEC = """\
model: waiting
types: {Job: 1..2, Group: enum(mail)}
resources:
  log: {kind: "redis.stream[Job, Group, 0..1]", key: log}
  due: {kind: "redis.sortedset[Job]", key: due}
  late: {kind: "redis.sortedset[Job]", key: late}
  urgent: {kind: "redis.list[Job]", key: urgent}
  jobs: {kind: "redis.list[Job]", key: jobs}
processes:
  writer:
    vars: {out: bool}
    run: |
      add: log.xadd(1)
      rank: late.zadd(1, 5)
      push: jobs.rpush(2)
      out: out = True
  reader:
    vars:
      found: "list[{id: int, value: Job}]"
      next: "{member: Job, score: int}?"
      member: "{key: 0..1, member: Job, score: int}?"
      job: "{key: 0..1, value: Job}?"
    run: |
      make: log.xgroup_create(mail, 0, mkstream=True)
      quiet: found = log.xread("$", nowait=True)
      after: await writer.out
      take: found = log.xreadgroup(mail, 0, count=1, block=100)
      none: found = log.xreadgroup(mail, 0, count=1, block=100, noack=True)
      poll: found = log.xread(0, nowait=True)
      lowest: next = due.bzpopmin(timeout=5)
      highest: next = due.bzpopmax(timeout=5)
      first: member = due.bzpopmin(late, timeout=5)
      job: job = urgent.brpop(jobs, timeout=5)
      again: job = urgent.blpop(jobs, timeout=5)
properties:
  done: {never: "done(reader)", expect: violated}
"""
LOG = """\
XADD log * value 1
ZADD late 5 1
RPUSH jobs 2
XGROUP CREATE log mail 0 MKSTREAM
XREAD STREAMS log $
XREADGROUP GROUP mail 0 COUNT 1 BLOCK 2000 STREAMS log >
xreadgroup GROUP mail 0 NOACK BLOCK 300 COUNT 1 STREAMS log >
XREAD STREAMS log 0
BZPOPMIN due 0.5
BZPOPMAX due 5
BZPOPMIN due late 5
BRPOP urgent jobs 5
BLPOP urgent jobs 1
"""
WRITER = ("XADD", "ZADD", "RPUSH")


def written(folder: Path) -> Path:
    path = folder / "waiting.yaml"
    path.write_text(SPEC.replace("  done: {", "  ends: {"), encoding="utf-8")
    return path


def judged(folder: Path, log: str) -> SessionVerdict:
    lines = []
    for number, line in enumerate(log.splitlines()):
        client = 1 if line.split()[0] in WRITER else 2
        said = " ".join(f'"{word}"' for word in line.split())
        lines.append(f"{1_700_000_000 + number}.000000 [0 a:{client}] {said}\n".encode())
    (session,) = monitor(written(folder), [("log", lines)], reason=False).sessions
    return session


def test_a_server_gives_up_and_finds_the_key_as_the_model_says(
    tmp_path: Path, server: Server
) -> None:
    found = replayed(written(tmp_path), server)
    assert found.disagreement is None


def test_lines_with_limits_and_several_keys_are_read(tmp_path: Path) -> None:
    assert judged(tmp_path, LOG).mismatch is None
    assert judged(tmp_path, LOG).standing == "violated"


@pytest.mark.parametrize(
    ("line", "wrong", "number"),
    [
        ("BZPOPMIN due 0.5", "BZPOPMIN due 0", 9),
        ("BRPOP urgent jobs 5", "BRPOP jobs urgent 5", 12),
        ("XREAD STREAMS log 0", "XREAD BLOCK 5 STREAMS log 0", 8),
        ("COUNT 1 BLOCK 2000 ", "COUNT 1 ", 6),
    ],
)
def test_a_line_that_waits_otherwise_fits_nothing(
    line: str, wrong: str, number: int, tmp_path: Path
) -> None:
    assert line in LOG
    mismatch = judged(tmp_path, LOG.replace(line, wrong)).mismatch
    assert mismatch is not None
    assert mismatch.line == number


def test_other_keys_in_a_line_matter_as_soon_as_somebody_fills_them(tmp_path: Path) -> None:
    log = LOG.replace("urgent jobs 5", "urgent x jobs y 5")
    assert judged(tmp_path, log).standing == "violated"
    found = judged(tmp_path, log + "RPUSH y 1\n")
    assert (found.mismatch, found.standing) == (None, "undetermined")

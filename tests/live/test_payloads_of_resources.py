"""Payloads as real systems write them: read from a log, and sent to a real server."""

from __future__ import annotations

from pathlib import Path

import pytest
from live_runs import explored, replayed
from model_check.api.real_runs import monitor
from model_check.live.brokers.server import Server
from model_check.live.runs.replaying import replay_schedules, run_live

LISTS = """\
model: lists
types: {Chunk: 1..3}
resources:
  batches: {kind: "redis.pubsub[list[Chunk]]", key: "batches:{session}"}
  log: {kind: "redis.list[list[Chunk]]", key: "log:{session}"}
processes:
  reader:
    vars: {got: "list[Chunk]", saved: "list[list[Chunk]]"}
    run: |
      subscribe: batches.subscribe()
      receive: got = batches.get_message()
      read: saved = log.lrange(0, -1)
  writer:
    run: |
      wait: await at(reader, receive)
      save: log.rpush([1, 2])
      more: log.rpush([])
      publish: batches.publish([1, 2])
properties:
  received: {finally: "reader.got == [1, 2] and reader.saved == [[1, 2], []]"}
"""


def spec(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def log(tmp_path: Path, *lines: str) -> Path:
    """A log of MONITOR: `connection COMMAND words`, words in quotes as they stand there."""
    path = tmp_path / "log"
    shown = []
    for number, line in enumerate(lines):
        who, _, words = line.partition(" ")
        shown.append(f"1700000000.{number:06} [0 127.0.0.1:{who}] {words}\n")
    path.write_text("".join(shown), encoding="utf-8")
    return path


def test_a_list_as_a_value_is_one_word_of_json(tmp_path: Path, server: Server) -> None:
    path = spec(tmp_path, LISTS)
    space, _ = explored(path)
    found = run_live(replay_schedules(space, server, number=3, patience=5.0))
    assert found.disagreement is None
    lines = log(
        tmp_path,
        '1 "SUBSCRIBE" "batches:a"',
        '2 "RPUSH" "log:a" "[1, 2]"',
        '2 "RPUSH" "log:a" "[]"',
        '2 "PUBLISH" "batches:a" "[1,2]"',
        '3 "LRANGE" "log:a" "0" "-1"',
    )
    result = monitor(path, [lines])
    assert (result.standing, len(result.sessions)) == ("holds", 1)

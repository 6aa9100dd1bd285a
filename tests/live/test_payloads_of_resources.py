"""Payloads as real systems write them: read from a log, and sent to a real server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from live_runs import commands_seen, explored
from model_check.api.real_runs import monitor
from model_check.language import load
from model_check.live.brokers.misfits import misfits
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


def said(who: int, *words: str) -> str:
    """A line of a log, as `log` takes it."""
    return f"{who} {' '.join(json.dumps(each) for each in words)}"


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


EVERY_WAY = """\
model: payloads
types:
  Id: 1..9
  Chunk: {id: Id, last: bool}
  Kind: enum(mail, sms)
resources:
  entries:
    kind: redis.stream[Chunk]
    key: "entries:{session}"
    initially: "[{id: 2, last: False}]"
    payload: {uid: "{any}", id: "chunk-{value.id}", data: '{"last": {value.last}}'}
  jobs: {kind: "redis.list[Kind]", key: "jobs:{session}", payload: "{value}", initially: "[sms]"}
  news:
    kind: redis.pubsub[Id]
    key: news:{session}
    payload: '{"seq": {value}, "text": "{any}"}'
  total: {kind: "redis.string[Id]", key: "total:{session}", payload: "n={value}", initially: "7"}
processes:
  reader:
    vars: {got: "list[Id]", read: "list[Chunk]", last: Kind?, sum_read: Id?}
    run: |
      subscribe: news.subscribe()
      receive: got.append(news.get_message())
      look: read = [entry.value for entry in entries.xrange()]
      take: last = jobs.blpop()
      count: sum_read = total.get()
  writer:
    run: |
      wait: await at(reader, receive)
      add: entries.xadd({id: 3, last: True})
      push: jobs.rpush(mail)
      set: total.set(5)
      publish: news.publish(4)
properties:
  all_read:
    finally: reader.got == [4] and reader.last == sms and [e.id for e in reader.read] == [2, 3]
  no_deadlock: null
"""


def test_every_way_to_write_a_payload_is_carried_out_and_read(
    tmp_path: Path, server: Server
) -> None:
    path = spec(tmp_path, EVERY_WAY)
    space, _ = explored(path)
    with commands_seen(server) as seen:
        found = run_live(replay_schedules(space, server, number=2, patience=5.0))
    assert found.disagreement is None
    sent = [each for each in seen if each.split()[0] in ("PUBLISH", "RPUSH", "XADD", "SET")]
    ends = {each.split()[0]: each.split(maxsplit=2)[2] for each in sent}
    assert ends == {
        "XADD": '* uid any id chunk-3 data {"last": true}',
        "RPUSH": "mail",
        "SET": "n=5",
        "PUBLISH": '{"seq": 4, "text": "any"}',
    }


def test_a_log_is_read_by_the_payloads_of_the_spec(tmp_path: Path) -> None:
    path = spec(tmp_path, EVERY_WAY)
    lines = (
        said(9, "XADD", "entries:a", "*", "id", "chunk-2", "uid", "u-1", "data", '{"last":false}'),
        said(9, "RPUSH", "jobs:a", "sms"),
        said(9, "SET", "total:a", "n=7"),
        said(1, "SUBSCRIBE", "news:a"),
        said(2, "XADD", "entries:a", "*", "uid", "", "id", "chunk-3", "data", '{"last": true}'),
        said(2, "RPUSH", "jobs:a", "mail"),
        said(2, "SET", "total:a", "n=5"),
        said(2, "PUBLISH", "news:a", '{"text": "hello you", "at": 12, "seq":4}'),
        said(3, "XRANGE", "entries:a", "-", "+"),
        said(3, "BLPOP", "jobs:a", "0"),
        said(3, "GET", "total:a"),
    )
    result = monitor(path, [log(tmp_path, *lines)])
    assert (result.standing, len(result.sessions)) == ("holds", 1)
    other = [each.replace("chunk-3", "chunk-4") for each in lines]
    assert monitor(path, [log(tmp_path, *other)]).standing == "unfit"


HASH = """\
model: job
types: {Field: "enum(status, data)", Stage: 1..9}
resources:
  job:
    kind: redis.hash[Field, Stage]
    key: job:{id}
    initially: "{status: 1, data: None}"
    payload: {data: '{"n": {value}}', created: "{any}", ended: "{any}"}
processes:
  worker:
    vars: {seen: Stage?, found: Stage?, whole: "dict[Field, Stage?]", n: int}
    run: |
      set: n = job.hset(status, 2)
      set_data: n = job.hset(data, 5)
      get: seen = job.hget(status)
      get_data: found = job.hget(data)
      get_all: whole = job.hgetall()
properties:
  all_read: {finally: "worker.seen == 2 and worker.found == 5 and worker.whole[data] == 5"}
"""


def test_fields_of_a_hash_have_payloads_and_others_are_left_out(
    tmp_path: Path, server: Server
) -> None:
    path = spec(tmp_path, HASH)
    space, _ = explored(path)
    with commands_seen(server) as seen:
        found = run_live(replay_schedules(space, server, number=1, patience=5.0))
    assert found.disagreement is None
    sent = [each.split(maxsplit=2)[2] for each in seen if each.startswith("HSET")]
    assert sent == ["status 1", "status 2", 'data {"n": 5}']
    lines = [
        said(1, "HSET", "job:a", "created", "noon"),
        said(1, "HSET", "job:a", "created", "now", "status", "2"),
        said(1, "HSET", "job:a", "data", '{"m":1,"n":5}', "ended", ""),
        said(1, "HGET", "job:a", "status"),
        said(1, "HGET", "job:a", "created"),
        said(1, "HGET", "job:a", "data"),
        said(1, "HGETALL", "job:a"),
    ]
    assert monitor(path, [log(tmp_path, *lines)]).standing == "holds"
    other = [each.replace("ended", "begun") for each in lines]
    assert monitor(path, [log(tmp_path, *other)]).standing == "unfit"


WHY = [
    ("news", ["PUBLISH", "k", '{"n":1}'], "it has no field seq (payload of news)"),
    ("news", ["LPUSH", "k", "1"], "LPUSH is no command of the kind redis.pubsub"),
    ("jobs", ["RPUSH", "k", "fax"], "fax is no enum(mail, sms) (payload of jobs)"),
    ("jobs", ["LLEN", "k"], "no process of the spec calls jobs.llen"),
    ("jobs", ["RPUSH", "k", "mail", "sms"], "RPUSH is written otherwise than the spec has it on j"),
    ("entries", ["XADD", "k", "*", "a", "b"], "it has no field uid (payload of entries)"),
    ("plain", ["PUBLISH", "k", '{"seq":1,"text":"x"}'], "payload: '{\"seq\": {value}}'"),
    ("plain", ["PUBLISH", "k", "chunk-7"], "payload: 'chunk-{value}'"),
    ("plain", ["PUBLISH", "k", "chunk"], "chunk is no Id, 1..9, of this spec: say how plain"),
    ("plain", ["PUBLISH", "k", '{"content":"id12"}'], "says 12, which is no Id, 1..9, of this"),
    ("records", ["PUBLISH", "k", '{"last":true,"id":3,"x":0}'],
     "payload: '{\"id\": {value.id}, \"last\": {value.last}}'"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "words", "why"), WHY)
def test_it_is_told_why_words_are_no_command_of_the_spec(
    name: str, words: list[str], why: str, tmp_path: Path
) -> None:
    more = """\
  plain: {kind: "redis.pubsub[Id]"}
  records: {kind: "redis.pubsub[Chunk]"}
processes:
  other:
    run: |
      one: plain.publish(1)
      two: records.publish({id: 1, last: False})
"""
    read = load(spec(tmp_path, EVERY_WAY.replace("processes:\n", more, 1)), {})
    first, *_ = misfits(read.resource(name), 0, words)
    assert why in first
    assert misfits(read.resource("plain"), 0, ["publish", "k", "7"]) == []

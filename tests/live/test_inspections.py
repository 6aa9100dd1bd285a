"""What an engineer would ask the server is asked, and told as redis-cli tells it."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from live_runs import SPECS
from model_check.api.listening import listening_to
from model_check.api.live_options import MonitorOptions, Where
from model_check.api.real_runs import monitor, record, replay
from model_check.live.brokers.connection import Connection
from model_check.live.brokers.redis_cli import as_typed, printed
from model_check.live.brokers.server import Server
from model_check.live.runs.replay import _Replay
from model_check.live.runs.replaying import run_live
from model_check.report.documents.monitor import MONITORED
from model_check.report.documents.replay import RECORDED, REPLAYED
from model_check.report.text.monitor import render_monitored
from model_check.report.text.replay import render_trace_replay
from model_check.results.inspections import Inspection

LEGACY = SPECS / "legacy.yaml"

ASKED = (
    ["PUBSUB", "NUMSUB", "a channel", "b"],
    ["LRANGE", "mine", "0", "-1"],
    ["LRANGE", "nothing", "0", "-1"],
    ["GET", "nothing"],
    ["GET", "mine"],
    ["LLEN", "mine"],
    ["XRANGE", "log", "-", "+"],
    ["GET", "text"],
)


def test_commands_and_answers_look_as_in_redis_cli(any_server: Server) -> None:
    cli = shutil.which("redis-cli")
    assert cli is not None, "redis-cli comes with redis-server"

    async def ask(*commands: Sequence[str]) -> list[object]:
        line = await Connection.open(any_server)
        try:
            return [await line.ask(*words) for words in commands]
        finally:
            await line.close()

    items = ['{"seq": 1}', 'a "b" \\c', "tab\tline\nend\r", "\x07\x08\x01", *map(str, range(8))]
    run_live(
        ask(
            ["RPUSH", "mine", *items], ["XADD", "log", "1-1", "v", "1"], ["SET", "text", "x y"],
        )
    )  # fmt: skip
    try:
        replies = run_live(ask(*ASKED))
        for words, reply in zip(ASKED, replies, strict=True):
            done = subprocess.run(
                [cli, "--no-raw", "-u", any_server.url],
                input=as_typed(words) + "\n",
                capture_output=True,
                text=True,
                timeout=20,
                check=True,
            )
            assert done.stdout.rstrip("\n").split("\n") == list(printed(reply))
    finally:
        run_live(ask(["DEL", "mine", "log", "text"]))


def asked(found: Sequence[Inspection]) -> list[tuple[str, str, str, str]]:
    """When, at what, what, and the last line of the answer."""
    return [(e.moment, e.event, e.command.split()[0], e.answer[-1].strip()) for e in found]


def test_a_replay_asks_who_listens_and_what_is_kept(any_server: Server) -> None:
    found = replay(LEGACY, where=Where(redis=any_server.url))
    assert asked(found.first.inspections) == [
        ("before", "ai_service.publish[7]", "PUBSUB", "2) (integer) 0"),
        ("after", "gateway.subscribe", "PUBSUB", "2) (integer) 1"),
        ("end", "", "LRANGE", r'10) "{\"content\": \"chunk10\", \"is_complete\": true}"'),
    ]
    text = render_trace_replay(found, "legacy.yaml", 80, color=False, unicode=True)
    key = found.first.inspections[0].command.rpartition(":")[2]
    assert f"  before ai_service.publish[7]\n    > PUBSUB NUMSUB chat:stream:{key}\n" in text
    document = json.loads(REPLAYED.text((found, "legacy.yaml")))
    assert document["run"]["inspections"][1]["answer"][1] == "2) (integer) 1"
    assert any_server.client().keys("*") == []


def test_a_recording_asks_in_the_first_connection_that_lost_something(any_server: Server) -> None:
    where = Where(redis=any_server.url)
    pace = {"interval": 0.01, "window": 0.02}
    found = record(LEGACY, where=where, connections=8, **pace)
    assert found.losing > 0
    moments = [each.moment for each in found.inspections]
    assert {"before", "after", "end"} == {*moments}
    nobody = [each for each in found.inspections if each.moment == "before"]
    assert {each.answer[-1] for each in nobody} == {"2) (integer) 0"}
    (document,) = json.loads(RECORDED.text([(found, "legacy.yaml")]))["recordings"]
    assert len(document["inspections"]) == len(found.inspections)
    fine = record(SPECS / "fix-both.yaml", where=where, connections=2, **pace)
    assert fine.inspections == ()


def test_a_server_that_is_listened_to_is_asked_about_sessions_that_lost_something(
    any_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It is asked a moment after a line was heard: the next command is not to come in that moment.
    step = _Replay._step

    async def a_moment_later(self: _Replay, *words: Any) -> None:
        await asyncio.sleep(0.02)
        await step(self, *words)

    monkeypatch.setattr(_Replay, "_step", a_moment_later)
    where = Where(redis=any_server.url)
    heard: list[str] = []
    done = threading.Event()

    def run() -> None:
        client = any_server.client()
        while not heard:
            client.ping()
        replay(LEGACY, where=where)
        client.echo("the end")
        client.close()
        done.set()

    thread = threading.Thread(target=run)
    thread.start()
    with listening_to(LEGACY, where, MonitorOptions()) as listening:
        source = listening.hear(30.0, 1_000, done.is_set, heard.append)
        thread.join()
        found = listening.ask_about(monitor(LEGACY, [source], reason=False))
    (session,) = found.sessions
    assert session.standing == "violated"
    told = asked(session.inspections)
    assert told[0][::2] == ("after", "PUBSUB")
    assert told[0][1].startswith("PUBLISH in line ")
    assert (told[0][3], told[-2][3]) == ("2) (integer) 0", "2) (integer) 1")
    # The run has removed its keys by then.
    assert told[-1] == ("end", "", "LRANGE", "(empty array)")
    text = render_monitored(found, "legacy.yaml", 80, color=False, unicode=True)
    assert "    > PUBSUB NUMSUB chat:stream:" in text.replace("      >", "    >")
    document = json.loads(MONITORED.text((found, "legacy.yaml")))
    assert len(document["sessions"][0]["inspections"]) == len(told)
    # What was asked for this does not stand in the log; the replay has asked as well.
    askers = {line.split(b"]")[0].split()[-1] for line in source[1] if b'"NUMSUB"' in line}
    assert len(askers) == 1


TIMES = """
model: times
resources:
  lock: {kind: "redis.string[0..2]", expires: true}
processes:
  p:
    vars: {left: int}
    run: |
      take: lock.set(1, px=1500)
      look: left = lock.ttl()
properties:
  two: {possible: p.left == 2}
"""


def test_a_time_that_ran_down_is_told_with_the_servers_answer(
    tmp_path: Path, any_server: Server
) -> None:
    path = tmp_path / "times.yaml"
    path.write_text(TIMES, encoding="utf-8")
    where = Where(redis=any_server.url)
    found = replay(path, where=where, violating="two")
    text = render_trace_replay(found, "times.yaml", 200, color=False, unicode=True)
    # 1,500 ms are rounded to 2 s; a millisecond later it is one.
    if found.first.ran_down:
        assert found.first.ran_down[0].endswith("-> 1")
        assert "every answer as the model says; but for times that ran down: TTL" in text
    else:
        assert "every answer as the model says" in text

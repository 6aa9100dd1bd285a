"""A subscriber that reads too slowly and is cut off: as the model says it, and as a server does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from live_runs import explored, users_server
from model_check.api.real_runs import monitor
from model_check.live.brokers.server import Server
from model_check.live.runs.replaying import replay_schedules, run_live
from real_servers import PROGRAMS

SLOW = """\
model: slow
types: {Word: 1..2}
resources:
  log: {kind: "redis.list[Word]", key: "log:{session}"}
  chat: {kind: "redis.pubsub[Word]", key: "chat:{session}", overflows: 1}
processes:
  writer:
    run: |
      for word in Word:
          save: log.rpush(word)
          say: chat.publish(word)
  reader:
    vars: {shown: "set[Word]"}
    run: |
      while True:
          try:
              subscribe: chat.subscribe()
              read: shown = set(log.lrange(0, -1))
              while True:
                  receive: shown.add(chat.get_message())
          except disconnected:
              again: pass
properties:
  all_shown: {finally: len(reader.shown) == 2}
"""
FORGETFUL = SLOW.replace("read: shown = set(log.lrange(0, -1))", "read: pass")


def spec(tmp_path: Path, text: str = SLOW) -> Path:
    path = tmp_path / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_who_reads_again_after_an_overflow_has_all(tmp_path: Path, any_server: Server) -> None:
    space, traces = explored(spec(tmp_path))
    assert traces == {}
    found = run_live(replay_schedules(space, any_server, number=None, patience=5.0))
    assert (found.disagreement, found.taken) == (None, found.transitions)


def test_an_overflow_is_a_reason_for_a_loss(tmp_path: Path) -> None:
    before = FORGETFUL.replace("save: log", "wait: await at(reader, receive)\n          save: log")
    assert list(explored(spec(tmp_path, before))[1]) == ["all_shown"]
    assert explored(spec(tmp_path, before.replace("overflows: 1", "overflows: 0")))[1] == {}


def test_nothing_overflows_that_holds_nothing(tmp_path: Path) -> None:
    silent = SLOW.replace("say: chat.publish(word)", "say: pass")
    calm = silent + '  calm: {never: "at(reader, again)"}\n'
    assert "calm" in explored(spec(tmp_path, SLOW + '  calm: {never: "at(reader, again)"}\n'))[1]
    assert "calm" not in explored(spec(tmp_path, calm))[1]


def test_a_log_shows_an_overflow_by_what_comes_after_it(tmp_path: Path) -> None:
    said = '"{\\"content\\": \\"word1\\", \\"is_complete\\": false}"'
    words = [
        '2] "SUBSCRIBE" "chat:x"', '3] "LRANGE" "log:x" "0" "-1"', f'1] "RPUSH" "log:x" {said}',
        f'1] "PUBLISH" "chat:x" {said}', '5] "SUBSCRIBE" "chat:x"',
    ]  # fmt: skip
    lines = [f"1700000000.{n:06} [0 127.0.0.1:{each}\n".encode() for n, each in enumerate(words)]
    (session,) = monitor(spec(tmp_path), [("log", lines)]).sessions
    assert (session.mismatch, session.faults.certain) == (None, ("chat.overflows",))  # type: ignore[union-attr]
    (session,) = monitor(spec(tmp_path), [("log", lines[:3] + lines[4:])]).sessions
    # Nothing waited for it, so it was not cut off, and who listens there is somebody else.
    assert (session.mismatch, session.faults.certain) == (None, ())  # type: ignore[union-attr]
    assert ["127.0.0.1:5" in each for each in session.strangers] == [True]


@pytest.fixture(params=PROGRAMS)
def small_server(request: pytest.FixtureRequest) -> Iterator[redis.Redis]:
    """A server whose buffers for subscribers are small."""
    with users_server(PROGRAMS[request.param]) as server:
        client = server.client()
        client.execute_command("CONFIG", "SET", "client-output-buffer-limit", "pubsub 65536 0 0")
        yield client
        client.close()


def test_a_real_server_cuts_off_who_does_not_read(small_server: redis.Redis) -> None:
    listener = small_server.pubsub()
    listener.subscribe("news")
    assert listener.get_message(timeout=5) is not None
    # More than the sockets between the two hold.
    publishing = small_server.pipeline(transaction=False)
    for _ in range(2_000):
        publishing.publish("news", "x" * 10_000)
    answers = publishing.execute()
    assert (answers[0], answers[-1]) == (1, 0)
    with pytest.raises(redis.ConnectionError):
        _read_all(listener)
    listener.close()


def _read_all(listener: redis.client.PubSub) -> None:
    while listener.connection.read_response() is not None:  # type: ignore[union-attr]
        pass

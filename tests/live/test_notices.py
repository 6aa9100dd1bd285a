"""What a server tells of its keys: carried out, recorded, and allowed for in a log."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from live_runs import explored
from model_check.api.real_runs import monitor
from model_check.language import load
from model_check.live.brokers.notices import NOTIFY
from model_check.live.brokers.registry import stores_of
from model_check.live.brokers.server import Server
from model_check.live.errors import LiveError
from model_check.live.runs.replaying import replay_schedules, run_live
from model_check.results.monitor import MonitorResult, SessionVerdict

TIME_OUT = Path(__file__).parents[2] / "specs" / "faults" / "order-timeout.yaml"
LOCKS = """\
model: locks
types: {Key: 0..1, Told: "enum(set, expire, del_, expired)"}
resources:
  lock: {kind: "redis.string[bool]", key: "lock:{it}", count: 2}
  told: {kind: "KIND", key: "CHANNEL", of: lock}
processes:
  holder:
    run: |
      take: lock[0].set(True, ex=900)
      also: lock[1].set(True)
      give_back: lock[0].delete()
      nothing: lock[0].delete()
      over: lock[1].delete()
  other:
    vars: {heard: "list[MESSAGE]"}
    run: |
      listen: told.LISTEN
      while True:
          hear: heard.append(told.get_message())
properties:
  all_heard: {finally: len(other.heard) == MOST, expect: violated}
"""
FORMS = {
    "an event": ("redis.pubsub[Key]", "__keyevent@0__:del", "Key", "subscribe()", 2),
    "events": (
        "redis.channels[Told, Key]", "__keyevent@0__:{channel}", "{channel: Told, message: Key}",
        "psubscribe()", 5,
    ),
    "a key of several": (
        "redis.channels[Key, Told]", "__keyspace@0__:lock:{it}:{channel}",
        "{channel: Key, message: Told}", "subscribe(0)", 3,
    ),
}  # fmt: skip


def spec(tmp_path: Path, form: str) -> Path:
    kind, channel, message, listen, most = FORMS[form]
    text = LOCKS.replace("KIND", kind).replace("CHANNEL", channel).replace("MESSAGE", message)
    path = tmp_path / "locks.yaml"
    path.write_text(text.replace("LISTEN", listen).replace("MOST", str(most)), encoding="utf-8")
    return path


def each_its_own(tmp_path: Path) -> Path:
    """Two keys, with a channel of each."""
    text = LOCKS.replace("KIND", "redis.pubsub[Told]").replace("MESSAGE", "Told")
    text = text.replace('key: "CHANNEL"', 'key: "__keyspace@0__:lock:{it}", count: 2')
    text = text.replace("told.LISTEN", "told[1].subscribe()").replace("told.get", "told[1].get")
    path = tmp_path / "locks.yaml"
    path.write_text(text.replace("MOST", "2"), encoding="utf-8")
    return path


def run_for_real(path: Path, server: Server) -> None:
    """Carry complete runs out, in which all is heard, some, and nothing."""
    space, _ = explored(path)
    found = run_live(replay_schedules(space, server, number=25, patience=5.0))
    assert found.disagreement is None


@pytest.mark.parametrize("form", FORMS)
def test_what_a_server_tells_is_what_the_model_says(
    form: str, tmp_path: Path, server: Server
) -> None:
    run_for_real(spec(tmp_path, form), server)


def test_each_key_of_several_has_a_channel(tmp_path: Path, any_server: Server) -> None:
    run_for_real(each_its_own(tmp_path), any_server)


def test_a_time_that_is_over_is_told_as_such(any_server: Server) -> None:
    run_for_real(TIME_OUT, any_server)


def test_a_server_of_somebody_else_is_asked_and_not_changed(
    tmp_path: Path, any_server: Server
) -> None:
    space, _ = explored(spec(tmp_path, "an event"))
    theirs = replace(any_server, own=False)
    client = any_server.client()
    before = client.config_get(NOTIFY)[NOTIFY]
    try:
        client.config_set(NOTIFY, "Ex")
        with pytest.raises(LiveError, match=rf'{NOTIFY} is "xE".*CONFIG SET {NOTIFY} xEg'):
            run_live(replay_schedules(space, theirs, number=1, patience=5.0))
        assert client.config_get(NOTIFY)[NOTIFY] == "xE"
        client.config_set(NOTIFY, "Eg")
        run_live(replay_schedules(space, theirs, number=1, patience=5.0))
    finally:
        client.config_set(NOTIFY, before)
        client.close()


def test_a_channel_of_another_database_hears_nothing(tmp_path: Path, any_server: Server) -> None:
    path = spec(tmp_path, "an event")
    path.write_text(path.read_text(encoding="utf-8").replace("@0__", "@1__"), encoding="utf-8")
    with pytest.raises(LiveError, match=r"told hears of database 1, .* in database 0 of"):
        run_live(replay_schedules(explored(path)[0], any_server, number=1, patience=5.0))


def test_events_that_a_replay_itself_would_make_are_refused(tmp_path: Path) -> None:
    path = spec(tmp_path, "events")
    text = path.read_text(encoding="utf-8").replace("count: 2}", "count: 2, expires: 1}")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LiveError, match="lock expires here by a PEXPIRE, which told would hear"):
        stores_of(load(path, {}))


def read(path: Path, *lines: str) -> MonitorResult:
    shown = []
    for number, line in enumerate(lines):
        who, *words = line.split()
        quoted = " ".join(f'"{word}"' for word in words)
        shown.append(f"1700000000.{number:06} [0 127.0.0.1:{who}] {quoted}\n".encode())
    return monitor(path, [("log", shown)])


def verdict(session: SessionVerdict) -> str:
    return next(each.verdict for each in session.properties if each.name == "all_heard")


def test_who_listens_first_surely_hears_it_in_a_log(tmp_path: Path) -> None:
    path = spec(tmp_path, "an event")
    taken = ["1 SET lock:a:0 true EX 900", "1 SET lock:a:1 true"]
    ended = ["1 DEL lock:a:0", "1 DEL lock:a:0", "1 DEL lock:a:1"]
    listens = ["2 SUBSCRIBE __keyevent@0__:del"]
    (first,) = read(path, *listens, *taken, *ended).sessions
    (late,) = read(path, *taken, *ended, *listens).sessions
    assert [verdict(first), verdict(late)] == ["holds", "violated"]


def test_a_time_to_live_that_somebody_else_gives_is_an_event_too(tmp_path: Path) -> None:
    lines = ["2 PSUBSCRIBE __keyevent@0__:*", "1 SET lock:a:0 true EX 900", "3 EXPIRE lock:a:0 10"]
    (session,) = read(spec(tmp_path, "events"), *lines).sessions
    assert session.standing == "undetermined"
    assert "EXPIRE" in session.note

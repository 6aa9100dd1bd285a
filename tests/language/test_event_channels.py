"""Channels that tell of keys, as a spec says them: what is wrong is told with what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check import check
from model_check.language import load
from model_check.language.events import event_channel, event_named
from model_check.language.source.diagnostics import SpecError

SPEC = """\
model: keys
resources:
  lock: {kind: "redis.string[bool]", key: lock, COUNT}
  told: {kind: "KIND", key: "CHANNEL", OF}
processes:
  p:
    run: |
      listen: told.subscribe()
      take: TAKE
      hear: told.get_message()
"""


def written(
    tmp_path: Path,
    kind: str = "redis.pubsub[enum(del_)]",
    channel: str = "__keyspace@0__:lock",
    of: str = "of: lock",
    count: str = "",
) -> Path:
    text = SPEC.replace("KIND", kind).replace("CHANNEL", channel).replace("OF", of)
    text = text.replace("TAKE", "lock[0].delete()" if count else "lock.delete()")
    path = tmp_path / "spec.yaml"
    path.write_text(text.replace(", COUNT", f", {count}" if count else ""), encoding="utf-8")
    return path


WRONG = {
    "4:50: __keyspace@0__:lock tells what becomes of keys, and not of which resource": {"of": ""},
    "told tells of no keys: its key is not a channel of events": {"channel": "lock:told"},
    "no such resource: lok.*did you mean lock": {"of": "of: lok"},
    "channel of another key than that of lock.*__keyspace@0__:lock": {
        "channel": "__keyspace@0__:key"
    },
    "has no event lpush.*there is set, expire": {"kind": "redis.pubsub[enum(lpush)]"},
    "these are events, not 0..1": {"kind": "redis.pubsub[0..1]"},
    "has no event expird.*expired": {
        "kind": "redis.pubsub[0..0]", "channel": "__keyevent@0__:expird",
    },
    "which key of lock it was, by its number.*write 0..0": {"channel": "__keyevent@0__:del"},
    "not as many as lock, and each is of one key.*count: 2": {"count": "count: 2"},
    "the event is what tells these channels apart.*{channel} for it": {
        "kind": "redis.channels[enum(del_), 0..0]", "channel": "__keyevent@0__:del:{channel}",
    },
    "told has no events|a redis.pubsub has no events": {"of": "of: told"},
}  # fmt: skip


@pytest.mark.parametrize("message", WRONG)
def test_what_is_wrong_with_a_channel_of_events_is_told(message: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=f"(?s){message}"):
        load(written(tmp_path, **WRONG[message]), {})


def test_a_channel_has_the_name_that_redis_gives_it() -> None:
    found = event_channel("__keyspace@12__:a:__keyevent@0__:b")
    assert found is not None
    assert (found.by, found.database, found.rest) == ("keyspace", 12, "a:__keyevent@0__:b")
    assert event_channel("news:__keyspace@0__:a") is None
    assert event_channel("__keyspace@0__:") is None
    assert [*map(event_named, ["del_", "set", "xgroup_create"])] == ["del", "set", "xgroup-create"]


@pytest.mark.parametrize(("count", "verdict"), [("initially: true", "holds"), ("", "violated")])
def test_a_deletion_of_nothing_is_told_to_nobody(count: str, verdict: str, tmp_path: Path) -> None:
    path = written(tmp_path, of="of: lock")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("key: lock}", f"key: lock, {count}}}" if count else "key: lock}"))
    assert check(path)["no_deadlock"].verdict == verdict

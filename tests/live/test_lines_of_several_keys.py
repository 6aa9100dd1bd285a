"""Lines that name several keys: what they say to each is done in one atomic step."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check.api.real_runs import monitor
from model_check.results.monitor import SessionVerdict
from test_monitor_foreign import Said, logged

HEAD = """\
model: several
resources:
  a: {kind: "redis.string[0..3]", key: "a:{s}", initially: 1}
  b: {kind: "redis.string[0..3]", key: "b:{s}", initially: 2}
"""


def found_in(path: Path, spec: str, lines: list[Said]) -> list[SessionVerdict]:
    file = path / "spec.yaml"
    file.write_text(HEAD + spec, encoding="utf-8")
    return list(monitor(file, [("log", logged(lines))], reason=False).sessions)


def standing(path: Path, spec: str, lines: list[Said]) -> str:
    (session,) = found_in(path, spec, lines)
    assert session.mismatch is None, session.mismatch
    return session.standing


ONE = """\
processes:
  p:
    run: |
      with atomic:
          one: a.delete()
          two: b.delete()
properties: {gone: {finally: "a.value is None and b.value is None"}}
"""
STEPS = """\
processes:
  p:
    run: |
      zero: b.set(3)
      one: a.delete()
      two: b.delete()
properties:
  gone: {finally: "a.value is None and b.value is None"}
  both: {always: "(a.value is None) == (b.value is None)"}
"""


@pytest.mark.parametrize("line", ["DEL a:x b:x", "DEL b:x a:x", "unlink a:x b:x"])
def test_two_keys_are_removed_in_one_step(line: str, tmp_path: Path) -> None:
    said = [("c:1", *line.split())]
    assert standing(tmp_path, ONE, said) == "holds"


def test_steps_that_one_line_takes_leave_no_state_between_them(tmp_path: Path) -> None:
    first = ("c:1", "SET", "b:x", "3")
    assert standing(tmp_path, STEPS, [first, ("c:1", "DEL", "a:x", "b:x")]) == "holds"
    apart = [first, ("c:1", "DEL", "a:x"), ("c:1", "DEL", "b:x")]
    assert standing(tmp_path, STEPS, apart) == "violated"


TWO = """\
processes:
  p:
    run: |
      one: a.delete()
  q: {run: "two: b.delete()"}
"""


def test_one_line_is_of_one_process(tmp_path: Path) -> None:
    more = TWO.replace("one: a.delete()", "zero: a.set(3)\n      one: a.delete()")
    lines = [("c:1", "SET", "a:x", "3"), ("c:1", "DEL", "a:x", "b:x"), ("c:1", "SET", "a:x", "2")]
    (session,) = found_in(tmp_path, more, lines)
    assert session.mismatch is not None
    assert session.mismatch.fits == 1


READS = """\
processes:
  p:
    vars: {x: "0..3?", y: "0..3?"}
    run: |
      one: x = a.get()
      two: y = b.get()
  q:
    run: |
      one: a.set(3)
      two: b.set(3)
properties: {same: {finally: "p.x != 3 or p.y == 3"}, read: {finally: "p.x == 3"}}
"""


def test_values_are_read_and_written_together(tmp_path: Path) -> None:
    lines = [("c:2", "MSET", "a:x", "3", "b:x", "3"), ("c:1", "MGET", "a:x", "b:x")]
    assert standing(tmp_path, READS, lines) == "holds"
    (session,) = found_in(tmp_path, READS, lines[::-1])
    assert {each.name: each.verdict for each in session.properties}["read"] == "violated"


MIXED = """\
processes:
  p:
    run: |
      with atomic:
          one: a.delete()
          two: b.delete()
          new: a.set(3)
properties: {three: {finally: "a.value == 3 and b.value is None"}}
"""


def test_a_line_of_two_keys_stands_in_a_transaction(tmp_path: Path) -> None:
    lines = [("c:1", "MULTI"), ("c:1", "DEL", "a:x", "b:x"), ("c:1", "SET", "a:x", "3"),
             ("c:1", "EXEC")]  # fmt: skip
    assert standing(tmp_path, MIXED, lines) == "holds"


WATCHED = """\
processes:
  p:
    count: 2
    run: |
      one: a.watch()
      two: b.watch()
      try:
          with atomic(watch=[a, b]):
              new: a.set(3)
              other: b.set(3)
      except changed:
          late: pass
properties: {three: {finally: "a.value == 3"}}
"""


def test_two_keys_are_watched_at_once(tmp_path: Path) -> None:
    lines = [("c:1", "WATCH", "a:x", "b:x"), ("c:2", "WATCH", "b:x", "a:x"), ("c:1", "MULTI"),
             ("c:1", "SET", "a:x", "3"), ("c:1", "SET", "b:x", "3"), ("c:1", "EXEC"),
             ("c:2", "MULTI"), ("c:2", "EXEC")]  # fmt: skip
    assert standing(tmp_path, WATCHED, lines) == "holds"
    both = WATCHED.replace("one: a.watch()", "both_: with atomic:")
    both = both.replace("two: b.watch()", "    one: a.watch()\n          two: b.watch()")
    assert standing(tmp_path, both, lines) == "holds"


CHANNELS = """\
  one: {kind: "redis.pubsub[0..3]", key: "one:{s}"}
  two: {kind: "redis.pubsub[0..3]", key: "two:{s}"}
processes:
  p:
    vars: {seen: "0..3?"}
    run: |
      hear: one.subscribe()
      hear_too: two.subscribe()
      look: seen = a.get()
  q: {run: "tell: two.publish(1)"}
properties: {heard: {always: "p.seen is None or p.seen == 1"}}
"""


def test_two_channels_are_subscribed_to_at_once(tmp_path: Path) -> None:
    lines = [("c:1", "SUBSCRIBE", "one:x", "two:x"), ("c:2", "PUBLISH", "two:x", "1"),
             ("c:3", "GET", "a:x")]  # fmt: skip
    assert standing(tmp_path, CHANNELS, lines) == "holds"


def test_one_line_clears_several_sessions_away(tmp_path: Path) -> None:
    lines: list[Said] = [("c:1", "DEL", "a:x"), ("c:1", "DEL", "a:y")]
    lines.append(("c:9", "UNLINK", "a:x", "b:x", "a:y", "b:y", "elsewhere"))
    spec = TWO.replace('  q: {run: "two: b.delete()"}\n', "")
    assert [each.standing for each in found_in(tmp_path, spec, lines)] == ["holds", "holds"]


QUEUES = """\
model: queue
resources:
  q: {kind: "redis.list[1..3]", key: "q:{s}"}
  ready: {kind: "redis.list[1..3]", key: "q:{s}:done"}
processes:
  p:
    run: |
      one: q.rpush(1)
      two: ready.rpush(1)
properties: {both: {finally: len(ready.items) == 1}}
"""


def test_a_key_that_says_more_is_no_session_of_a_shorter_one(tmp_path: Path) -> None:
    file = tmp_path / "spec.yaml"
    file.write_text(QUEUES, encoding="utf-8")
    lines = [("c:1", "RPUSH", "q:x", "1"), ("c:1", "RPUSH", "q:x:done", "1")]
    found = monitor(file, [("log", logged(lines))], reason=False)
    assert [(each.name, each.standing) for each in found.sessions] == [("x", "holds")]


FILLED = """\
resources:
  a: {kind: "redis.string[0..3]", key: "a:{s}", initially: 1}
  b: {kind: "redis.string[0..3]", key: "b:{s}", initially: 2}
  q: {kind: "redis.list[1..3]", key: "q:{s}", initially: [1, 2, 3], payload: "{value}"}
  t: {kind: "redis.set[1..3]", key: "t:{s}", initially: "{1, 3}"}
  h: {kind: "redis.hash[enum(x, y), 0..3]", key: "h:{s}", initially: "{x: 1, y: 2}"}
processes:
  p:
    vars: {n: int, v: "0..3?"}
    run: |
      set: b.set(3)
      pop: v = q.lpop()
      drop: n = t.srem(1)
      look: v = h.hget(x)
properties: {two: {finally: "len(q.items) == 2 and p.n == 1"}}
"""

SAID: list[Said] = [
    ("c:2", "SET", "b:x", "3"),
    ("c:2", "LPOP", "q:x"),
    ("c:2", "SREM", "t:x", "1"),
    ("c:2", "HGET", "h:x", "x"),
]


def test_what_a_session_holds_at_first_is_put_there_several_values_at_once(tmp_path: Path) -> None:
    first: list[Said] = [
        ("c:1", "MSET", "a:x", "1", "b:x", "2"),
        ("c:1", "RPUSH", "q:x", "1"),
        ("c:1", "RPUSH", "q:x", "2", "3"),
        ("c:1", "SADD", "t:x", "3", "1"),
        ("c:1", "HSET", "h:x", "y", "2", "x", "1"),
    ]
    assert found_alone(tmp_path, FILLED, [*first, *SAID]) == "holds"
    other: Said = ("c:1", "MSET", "a:x", "1", "b:x", "1")
    assert found_alone(tmp_path, FILLED, [other, *first[1:], *SAID]) != "holds"


def found_alone(folder: Path, spec: str, lines: list[Said]) -> str:
    path = folder / "spec.yaml"
    path.write_text(spec, encoding="utf-8")
    return monitor(path, [("log", logged(lines))]).standing


COUNTED = """\
processes:
  p: {run: "next: a.incr()"}
  q: {run: "more: b.decrby(1)"}
properties: {two: {finally: "a.value == 2 and b.value == 1"}}
"""


@pytest.mark.parametrize("line", [("INCR", "a:x"), ("INCRBY", "a:x", "1")])
def test_a_number_is_counted_on_as_client_libraries_send_it(
    line: tuple[str, ...], tmp_path: Path
) -> None:
    assert standing(tmp_path, COUNTED, [("c:1", *line), ("c:2", "DECR", "b:x")]) == "holds"
    (session,) = found_in(tmp_path, COUNTED, [("c:1", "INCRBY", "a:x", "2")])
    assert session.standing != "holds"


MEMBERS = """\
  t: {kind: "redis.set[1..3]", key: "t:{s}"}
  h: {kind: "redis.hash[enum(x, y), 0..3]", key: "h:{s}"}
  q: {kind: "redis.list[0..3]", key: "q:{s}", payload: "{value}"}
processes:
  p:
    run: |
      add: t.sadd(1, 2)
      give: h.hset(mapping={x: 1, y: 2})
      push: q.rpush(1, 2)
properties: {two: {finally: "len(t.members) == 2"}}
"""


def test_members_and_fields_come_in_any_order_and_items_of_a_list_in_theirs(tmp_path: Path) -> None:
    lines: list[Said] = [
        ("c:1", "SADD", "t:x", "2", "1"),
        ("c:1", "HSET", "h:x", "y", "2", "x", "1"),
    ]
    assert standing(tmp_path, MEMBERS, [*lines, ("c:1", "RPUSH", "q:x", "1", "2")]) == "holds"
    for wrong in (
        [*lines, ("c:1", "RPUSH", "q:x", "2", "1")],
        [("c:1", "SADD", "t:x", "2", "3")],
        [lines[0], ("c:1", "HSET", "h:x", "y", "1", "x", "2")],
    ):
        (session,) = found_in(tmp_path, MEMBERS, wrong)
        assert session.mismatch is not None

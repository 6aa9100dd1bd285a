"""How long steps took, from logs: which times are taken, and which are not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from model_check.api.real_runs import monitor
from model_check.language.tree.timing import MOST_TIME
from model_check.results.step_times import Timing

SPEC = """\
model: timed
types: {Seq: 1..3}
resources:
  history: {kind: "redis.list[Seq]", key: "h:{s}", payload: "{value}"}
  events: {kind: "redis.pubsub[Seq]", key: "e:{s}", payload: "{value}"}
processes:
  writer:
    run: |
      for seq in Seq:
          publish: events.publish(seq)
          save: history.rpush(seq)
  reader:
    vars: {shown: "list[Seq]"}
    run: |
      read: shown = history.lrange(0, -1)
      note: pass
      subscribe: events.subscribe()
      while True:
          receive: shown.append(events.get_message())
"""

Said = tuple[int, int, str]
"""Microseconds, which connection, and the words."""


def log_of(lines: Sequence[Said], address: str = "127.0.0.1:50") -> list[bytes]:
    found = []
    for time, client, words in lines:
        quoted = " ".join(f'"{word}"' for word in words.split())
        whole = f"{1000 + time // 1_000_000}.{time % 1_000_000:06d}"
        found.append(f"{whole} [0 {address}{client}] {quoted}\n".encode())
    return found


def timed(folder: Path, spec: str, *logs: list[bytes], skew: float = 0.0) -> Timing:
    path = folder / "spec.yaml"
    path.write_text(spec)
    named = [(f"log{n}", lines) for n, lines in enumerate(logs)]
    found = monitor(path, named, reason=False, timing=True, skew=skew)
    assert all(each.mismatch is None for each in found.sessions)
    assert found.timing is not None
    return found.timing


def times(found: Timing) -> dict[tuple[str, str], tuple[int, ...]]:
    return {(each.step, each.since): each.times for each in found.steps if each.times}


def session(name: str, start: int, read: int, *, then: int = 300) -> list[Said]:
    lines = [
        (start, 1, f"PUBLISH e:{name} 1"), (start + 500, 1, f"RPUSH h:{name} 1"),
        (start + 5000, 1, f"PUBLISH e:{name} 2"), (start + 5600, 1, f"RPUSH h:{name} 2"),
        (start + 9000, 1, f"PUBLISH e:{name} 3"), (start + 9700, 1, f"RPUSH h:{name} 3"),
        (read, 2, f"LRANGE h:{name} 0 -1"), (read + then, 2, f"SUBSCRIBE e:{name}"),
    ]  # fmt: skip
    return sorted(lines)


def test_times_are_those_since_the_step_before_the_same_step_and_the_begin(
    tmp_path: Path,
) -> None:
    first, second = session("a", 0, 6000), session("b", 20_000, 20_000 + 1000, then=400)
    found = timed(tmp_path, SPEC, log_of([*first, *second]))
    assert (found.model, found.logs, found.sessions) == ("timed", ("log0",), 2)
    assert times(found) == {
        ("writer", "begin"): (0, 0),
        ("writer.publish", "step"): (3400, 3400, 4500, 4500),
        ("writer.publish", "same"): (4000, 4000, 5000, 5000),
        ("writer.save", "step"): (500, 500, 600, 600, 700, 700),
        ("writer.save", "same"): (4100, 4100, 5100, 5100),
        ("reader", "begin"): (1000, 6000),
        # What comes between, and no log shows, takes no time.
        ("reader.subscribe", "step"): (300, 400),
    }
    assert [each.left_out for each in found.steps] == [0] * len(found.steps)
    assert not any(each.waits for each in found.steps)


def test_sessions_that_say_the_same_have_times_of_their_own(tmp_path: Path) -> None:
    # The second is judged as the first is.
    lines = [*session("a", 0, 6000), *session("b", 20_000, 26_000, then=250)]
    found = times(timed(tmp_path, SPEC, log_of(lines)))
    assert found["reader.subscribe", "step"] == (250, 300)


WAITING = """\
model: waiting
resources:
  jobs: {kind: "redis.list[1..2]", key: "j:{s}", payload: "{value}"}
  ready: {kind: "redis.list[1..2]", key: "d:{s}", payload: "{value}"}
processes:
  boss:
    run: |
      put: jobs.rpush(1)
      again: jobs.rpush(2)
  worker:
    vars: {job: "1..2?"}
    run: |
      for turn in range(2):
          take: job = jobs.blpop()
          finish: ready.rpush(job)
"""


def test_what_waits_at_the_server_is_timed_where_it_is_sent_and_nothing_behind_it(
    tmp_path: Path,
) -> None:
    lines = [
        (0, 2, "BLPOP j:a 0"), (1000, 1, "RPUSH j:a 1"), (1200, 2, "RPUSH d:a 1"),
        (1500, 2, "BLPOP j:a 0"), (9000, 1, "RPUSH j:a 2"), (9500, 2, "RPUSH d:a 2"),
    ]  # fmt: skip
    found = timed(tmp_path, WAITING, log_of(lines))
    assert times(found) == {
        ("boss", "begin"): (1000,),
        ("boss.again", "step"): (8000,),
        ("worker", "begin"): (0,),
        ("worker.take", "step"): (300,),
        ("worker.take", "same"): (1500,),
        ("worker.finish", "same"): (8300,),
    }
    assert not any(each.waits for each in found.steps if each.step == "worker.take")


OPENED = """\
model: opened
vars: {open: bool}
resources:
  h: {kind: "redis.list[1..3]", key: "h:{s}", payload: "{value}"}
processes:
  boss:
    run: |
      put:
          h.rpush(1)
          open = True
  worker:
    run: |
      ask: h.llen()
      take:
          await open
          h.rpush(2)
"""


def test_a_step_that_can_wait_is_told_as_one_that_may_have_waited(tmp_path: Path) -> None:
    lines = [(0, 2, "LLEN h:a"), (5000, 1, "RPUSH h:a 1"), (5200, 2, "RPUSH h:a 2")]
    found = timed(tmp_path, OPENED, log_of(lines))
    assert {each.step: each.waits for each in found.steps} == {
        "boss": False, "worker": False, "worker.take": True,
    }  # fmt: skip
    assert times(found)["worker.take", "step"] == (5200,)


BESIDE = """\
model: beside
resources:
  left: {kind: "redis.list[1..2]", key: "l:{s}", payload: "{value}"}
  right: {kind: "redis.list[1..2]", key: "r:{s}", payload: "{value}"}
processes:
  p:
    run: |
      begin: left.rpush(1)
      both:
          a: left.rpush(2)
          b: left.llen()
      and:
          c: right.rpush(1)
          d: right.llen()
      end: right.rpush(2)
"""


def test_side_by_side_only_times_within_one_branch_are_taken(tmp_path: Path) -> None:
    lines = [
        (0, 1, "RPUSH l:a 1"), (100, 1, "RPUSH l:a 2"), (250, 1, "LLEN l:a"),
        (300, 2, "RPUSH r:a 1"), (470, 2, "LLEN r:a"), (1000, 1, "RPUSH r:a 2"),
    ]  # fmt: skip
    spec = BESIDE.replace('key: "r:{s}"', 'key: "r:{s}"')
    assert times(timed(tmp_path, spec, log_of(lines))) == {
        ("p", "begin"): (0,), ("p.b", "step"): (150,), ("p.d", "step"): (170,),
    }  # fmt: skip
    # Now the branches take turns: neither has two steps on end.
    mixed = [lines[0], lines[1], (200, 2, "RPUSH r:a 1"), (250, 1, "LLEN l:a"), *lines[4:]]
    assert times(timed(tmp_path, spec, log_of(mixed))) == {("p", "begin"): (0,)}


ALIKE = """\
model: alike
resources:
  h: {kind: "redis.list[1..2]", key: "h:{s}", payload: "{value}"}
processes:
  p:
    run: |
      a: h.rpush(1)
      b: h.llen()
  q:
    run: |
      c: h.rpush(1)
      d: h.llen()
"""


@pytest.mark.parametrize("address", ["127.0.0.1:50", "unix:/run/redis.sock"])
def test_times_on_which_the_runs_of_a_session_disagree_are_left_out(
    tmp_path: Path, address: str
) -> None:
    one, two = ("1", "2") if address[0] == "1" else ("", "")
    lines = log_of(
        [(0, 1, "RPUSH h:a 1"), (100, 2, "RPUSH h:a 1"), (250, 1, "LLEN h:a"),
         (470, 2, "LLEN h:a")], address if one else ""
    )  # fmt: skip
    if not two:
        lines = [
            line.replace(b"[0 1]", f"[0 {address}]".encode()).replace(
                b"[0 2]", f"[0 {address}]".encode()
            )
            for line in lines
        ]
    found = timed(tmp_path, ALIKE, lines)
    assert times(found) == {}
    assert all(each.left_out for each in found.steps)
    assert {each.step for each in found.steps} == {"p", "p.b", "q", "q.d"}


def test_between_two_clocks_no_time_is_taken(tmp_path: Path) -> None:
    lines = session("a", 0, 6000)
    subscribed = [each for each in lines if each[2].startswith("SUBSCRIBE")]
    rest = [each for each in lines if each not in subscribed]
    found = timed(tmp_path, SPEC, log_of(rest), log_of(subscribed), skew=0.001)
    (subscribe,) = (each for each in found.steps if each.step == "reader.subscribe")
    assert (subscribe.times, subscribe.left_out) == ((), 1)
    assert times(found)["reader", "begin"] == (6000,)


def test_a_clock_that_goes_backwards_and_a_very_long_time_are_left_out(tmp_path: Path) -> None:
    longest = MOST_TIME // 1000
    for then, taken in ((-1, False), (longest, True), (longest + 1, False)):
        lines = session("a", 20_000, 20_000 + 20_000)
        *rest, last = lines
        moved = [*rest, (last[0] - 300 + then, *last[1:])]
        found = timed(tmp_path, SPEC, log_of(moved))
        (subscribe,) = (each for each in found.steps if each.step == "reader.subscribe")
        assert subscribe.times == ((then,) if taken else ())
        assert subscribe.left_out == (0 if taken else 1)


def test_a_crash_leaves_no_time_behind_it(tmp_path: Path) -> None:
    spec = SPEC.replace("  reader:\n", "  reader:\n    crashes: 1\n")
    lines = [*session("a", 0, 6000)]
    lines = sorted([*lines, (50_000, 3, "LRANGE h:a 0 -1"), (50_700, 3, "SUBSCRIBE e:a")])
    found = times(timed(tmp_path, spec, log_of(lines)))
    assert found["reader", "begin"] == (6000,)
    assert found["reader.subscribe", "step"] == (300, 700)
    assert ("reader.read", "step") not in found
    assert ("reader.read", "same") not in found


def test_a_session_that_fits_no_run_has_no_times(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC)
    good, bad = session("a", 0, 6000), session("b", 20_000, 26_000)[1:]
    found = monitor(path, [("log", log_of([*good, *bad]))], reason=False, timing=True)
    assert found.timing is not None
    assert (len(found.sessions), found.timing.sessions) == (2, 1)
    assert times(found.timing)["reader.subscribe", "step"] == (300,)
    unasked = monitor(path, [("log", log_of(good))], reason=False)
    assert unasked.timing is None

"""What a log that ends says of properties that only whole runs decide, of steps, and of what is
possible: what it shows, and no more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from model_check import monitor
from model_check.live.monitor import tracking
from model_check.report.documents.monitor import MONITORED
from model_check.report.text.monitor import render_monitored
from model_check.results.monitor import LogVerdict, MonitorResult

POLL = Path(__file__).parent / "specs" / "poll.yaml"
ASK, TAKE, TELL = 'RPUSH "poll:jobs:{s}" 1', 'LLEN "poll:jobs:{s}"', 'SET "poll:ready:{s}" 1'
LOOK, WORK, GET = 'GET "poll:ready:{s}"', 'SET "poll:result:{s}" 2', 'GET "poll:result:{s}"'
WORKER = {TAKE, TELL, WORK}
CRASHED = (ASK, TAKE, TELL, LOOK, GET, GET)
ANSWERED = (ASK, TAKE, TELL, LOOK, GET, WORK, GET)


def log(*sessions: tuple[str, ...]) -> list[bytes]:
    """A log of sessions one after the other; the worker has a connection of its own."""
    lines = []
    for number, commands in enumerate(sessions):
        for each in commands:
            words = each.format(s=f"s{number}").replace('"', "").split()
            client = f"w:{number}" if each in WORKER else f"a:{number}"
            said = " ".join(f'"{word}"' for word in words)
            lines.append(f"{len(lines) + 1}.000000 [0 {client}] {said}\n".encode())
    return lines


def found(*sessions: tuple[str, ...], spec: Path = POLL) -> MonitorResult:
    return monitor(spec, [("log", log(*sessions))])


def of(result: MonitorResult, session: int = 0) -> dict[str, LogVerdict]:
    return {each.name: each for each in result.sessions[session].properties}


def told(result: MonitorResult) -> str:
    return render_monitored(result, "poll.yaml", 100, color=False, unicode=True)


def test_a_question_without_an_answer_is_told_and_nothing_is_claimed() -> None:
    result = found(CRASHED)
    verdicts = of(result)
    for name in ("answered_at_last", "some_time", "every_question", "formula"):
        assert verdicts[name].verdict == "undetermined", name
    shown = verdicts["every_question"].evidence
    assert shown is not None
    assert (shown.questions, shown.unanswered) == ((1, 1), (1, 1))
    assert verdicts["can_answer"].verdict == "holds"
    assert verdicts["stays_sent"].verdict == "holds"
    text = told(result)
    text = " ".join(text.split())
    assert (
        "every_question: 1 of 1 question had no answer when the log ended; it is violated" in text
    )
    assert "some_time: the log does not show it yet; it is violated in 0 of 1 ends" in text
    assert "formula is violated in 0 of 1 ends" in text
    text = told(result)
    assert "\ncan_answer: shown in 0 of 1 session\n" in text


def test_an_answer_that_came_is_one_for_certain() -> None:
    result = found(ANSWERED)
    verdicts = of(result)
    assert {each.verdict for each in verdicts.values()} == {"holds"}
    shown = verdicts["every_question"].evidence
    assert shown is not None
    assert (shown.questions, shown.unanswered) == ((1, 1), (0, 0))
    assert verdicts["some_time"].evidence is not None
    assert verdicts["some_time"].evidence.seen == "yes"
    assert verdicts["can_answer"].evidence is not None
    assert verdicts["can_answer"].evidence.seen == "yes"


def test_many_sessions_are_summed() -> None:
    result = found(ANSWERED, CRASHED, ANSWERED, CRASHED[:4], ANSWERED)
    assert result.standing == "undetermined"
    text = told(result)
    assert "\nevery_question: 2 of 5 questions had no answer when the log ended\n" in text
    assert "\nsome_time: shown in 3 of 5 sessions\n" in text
    document = json.loads(MONITORED.text((result, "poll.yaml")))
    (evidence,) = (
        each["evidence"]
        for each in document["sessions"][1]["properties"]
        if each["name"] == "every_question"
    )
    assert evidence == {"questions": [1, 1], "unanswered": [1, 1], "seen": None}


ENDS = """\
model: ends
types: {{Job: 1..2}}
resources:
  jobs: {{kind: "redis.list[Job]", key: "ends:jobs:{{session}}"}}
  done_ones: {{kind: "redis.list[Job]", key: "ends:done:{{session}}"}}
vars: {{seen: "0..2"}}
processes:
  asker:
    run: |
      one: jobs.rpush(1)
      two: jobs.rpush(2)
  worker:
    run: |
      for turn in range({turns}):
          take: await jobs.llen() > 0
          work: done_ones.rpush(turn + 1)
define:
  asked: len(jobs.items) > 0
  finished: 2 in done_ones.items
properties:
  answered: {{leads_to: {{after: asked, comes: finished}}}}
  some_time: {{eventually: finished}}
  formula: {{ltl: "F finished"}}
  never_both: {{ltl: "G (finished -> X !asked)"}}
  one_by_one: {{each_step: len(done_ones.items) <= len(old(done_ones.items)) + 1}}
  nothing_put: {{each_step: len(jobs.items) == len(old(jobs.items))}}
  can: {{possible: finished}}
"""
PUT, LEN = 'RPUSH "ends:jobs:{s}"', 'LLEN "ends:jobs:{s}"'
DONE = 'RPUSH "ends:done:{s}"'


def ended(tmp_path: Path, turns: int, lines: int) -> dict[str, LogVerdict]:
    path = tmp_path / "ends.yaml"
    path.write_text(ENDS.format(turns=turns), encoding="utf-8")
    commands = [("a", f"{PUT} 1"), ("a", f"{PUT} 2")]
    for turn in range(turns):
        commands += [("w", LEN), ("w", f"{DONE} {turn + 1}")]
    raw = []
    for number, (client, each) in enumerate(commands[:lines], start=1):
        said = " ".join(f'"{word}"' for word in each.format(s="s").replace('"', "").split())
        raw.append(f"{number}.000000 [0 {client}:1] {said}\n".encode())
    return of(monitor(path, [("log", raw)]))


def test_a_run_that_has_come_to_its_end_is_decided(tmp_path: Path) -> None:
    verdicts = ended(tmp_path, 1, 4)
    assert verdicts["answered"].verdict == "violated"
    assert verdicts["some_time"].verdict == "violated"
    assert verdicts["formula"].verdict == "violated"
    assert verdicts["one_by_one"].verdict == "holds"
    verdicts = ended(tmp_path, 2, 6)
    assert verdicts["answered"].verdict == "holds"
    assert verdicts["some_time"].verdict == "holds"
    assert verdicts["never_both"].verdict == "violated"


def test_a_step_that_is_broken_in_every_reading_is_so_for_certain(tmp_path: Path) -> None:
    for lines in (1, 2, 6):
        assert ended(tmp_path, 2, lines)["nothing_put"].verdict == "violated"


def test_what_every_continuation_leads_to_is_certain(tmp_path: Path) -> None:
    """After one line of six all that may come ends, and is finished then."""
    verdicts = ended(tmp_path, 2, 1)
    assert verdicts["answered"].verdict == "holds"
    assert verdicts["some_time"].verdict == "holds"
    shown = verdicts["answered"].evidence
    assert shown is not None
    assert (shown.questions, shown.unanswered) == ((1, 1), (1, 1))
    assert ended(tmp_path, 1, 1)["answered"].verdict == "violated"


SPINS = """\
model: spins
resources: {box: {kind: "redis.list[1..2]", key: "spins:{session}"}}
processes:
  p:
    vars: {n: 0..2}
    run: |
      put: box.rpush(1)
      while n != 2:
          spin: n = 1 - n
properties:
  some_time: {eventually: p.n == 2}
  at_last: {finally: p.n == 2}
  led: {leads_to: {after: len(box.items) > 0, comes: p.n == 2}}
  never_two: {each_step: p.n != 2}
  small: {always: p.n < 2}
  full: {never: len(box.items) == 1}
"""


def test_where_every_run_goes_on_for_ever_nothing_is_claimed(tmp_path: Path) -> None:
    path = tmp_path / "spins.yaml"
    path.write_text(SPINS, encoding="utf-8")
    raw = [b'1.000000 [0 p:1] "RPUSH" "spins:s" "1"\n']
    result = monitor(path, [("log", raw)])
    assert {name: each.verdict for name, each in of(result).items()} == {
        "some_time": "undetermined", "at_last": "undetermined", "led": "undetermined",
        "never_two": "holds", "small": "holds", "full": "violated", "no_deadlock": "holds",
    }  # fmt: skip
    assert result.standing == "violated"


def test_the_test_sees_a_prefix_that_decides_too_early(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A planted mistake: a log that ends is a run that ended."""
    is_broken = tracking.Tracking.is_broken
    monkeypatch.setattr(
        tracking.Tracking, "is_broken",
        lambda self, name, known, state, *, ended: is_broken(self, name, known, state, ended=True),
    )  # fmt: skip
    with pytest.raises(AssertionError):
        test_where_every_run_goes_on_for_ever_nothing_is_claimed(tmp_path)


UNSEEN = """\
model: unseen
resources: {box: {kind: "redis.list[1..2]", key: "unseen:{session}"}}
vars: {n: 0..2}
processes:
  p:
    run: |
      one:
          box.rpush(1)
          n = 1
      two:
          box.rpush(2)
          n = 2
  q:
    vars: {skipped: bool}
    run: |
      skip: skipped = True
define: {second: n == 2, first: n == 1}
properties:
  goes_on: {each_step: n != old(n) or n == 2}
  up: {each_step: n >= old(n)}
  next: {ltl: "G (first -> X second)"}
"""


def unseen(folder: Path) -> dict[str, str]:
    path = folder / "unseen.yaml"
    path.write_text(UNSEEN, encoding="utf-8")
    raw = [
        b'1.000000 [0 p:1] "RPUSH" "unseen:s" "1"\n',
        b'2.000000 [0 p:1] "RPUSH" "unseen:s" "2"\n',
    ]
    return {name: each.verdict for name, each in of(monitor(path, [("log", raw)])).items()}


def test_when_a_step_was_that_nobody_sees_is_not_made_up(tmp_path: Path) -> None:
    """It waits until the end of the log in every reading, where it would break nothing."""
    assert unseen(tmp_path) == {
        "goes_on": "undetermined", "up": "holds", "next": "undetermined", "no_deadlock": "holds",
    }  # fmt: skip


def test_the_test_sees_a_step_that_is_taken_to_be_where_it_was_put(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A planted mistake."""
    monkeypatch.setattr(tracking.Tracking, "_open", lambda self, state: 0)
    with pytest.raises(AssertionError):
        test_when_a_step_was_that_nobody_sees_is_not_made_up(tmp_path)

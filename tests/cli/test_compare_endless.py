"""`model-check compare` where a run never ends, and where a property asks whole runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from model_check import CompareError, check, compare
from model_check.report.documents import check as documents

POLL = Path(__file__).parent.parent / "live" / "specs" / "poll.yaml"
LATER = """\
extends: {base}
model: later
processes:
  worker:
    run: |
      take: await jobs.llen() > 0
      work: result.set(2)
      announce: ready.set(1)
properties:
  answered_at_last: {{expect: holds}}
  some_time: {{expect: holds}}
  every_question: {{expect: holds}}
  formula: {{expect: holds}}
"""


@pytest.fixture(name="later")
def _later(tmp_path: Path) -> Path:
    (tmp_path / "poll.yaml").write_text(POLL.read_text(encoding="utf-8"), encoding="utf-8")
    path = tmp_path / "later.yaml"
    path.write_text(LATER.format(base="poll.yaml"), encoding="utf-8")
    return path


def test_a_run_that_never_ends_is_followed_once_round(later: Path) -> None:
    found = compare(POLL, later)
    text = found.text()
    assert "7 turns until it has gone round once" in text or "6 turns until it has gone" in text
    assert "poll goes round for ever on this schedule: it has no end there" in text
    assert found
    for name in ("answered_at_last", "some_time", "every_question", "formula"):
        assert found.report.first.verdicts[name] == "violated"
        assert found.report.second.verdicts[name] == "holds"
    assert found.report.first.verdicts["stays_sent"] == "holds"
    assert found.report.first.verdicts["can_answer"] == "undetermined"
    assert found.report.second.verdicts["can_answer"] == "holds"
    assert json.loads(found.document())["first"]["endless"]
    assert "and so on for ever" in found.picture()


def test_a_second_run_that_goes_round_breaks_what_it_breaks() -> None:
    found = compare(POLL, POLL)
    assert not found
    assert found.report.second.endless
    assert found.report.second.verdicts["every_question"] == "violated"
    assert found.report.second.verdicts["no_deadlock"] == "holds"


def test_where_nothing_is_violated_there_is_no_trace_to_follow(later: Path) -> None:
    with pytest.raises(CompareError, match="nothing is violated in later"):
        compare(later, POLL)
    shown = compare(later, POLL, violating="can_answer")
    assert "which shows what can_answer asks for" in shown.text()
    assert shown.report.first.verdicts["can_answer"] == "holds"


SLEEPER = """\
model: sleeper
vars: {awake: bool, n: 0..1}
processes:
  clock:
    run: |
      while True:
          tick: n = 1 - n
  sleeper:
    run: |
      wake: awake = True
properties:
  woken: {eventually: awake}
  ticks: {each_step: n != old(n), expect: violated}
"""


def test_a_run_that_no_fair_run_is_breaks_nothing(tmp_path: Path) -> None:
    """A written one in which the sleeper could wake all the time, and never does."""
    path = tmp_path / "sleeper.yaml"
    path.write_text(SLEEPER, encoding="utf-8")
    trace = check(path, reason=False).trace("ticks")
    document = documents.TRACE.encode(trace)
    initial = document["initial"]
    tick = {"event": "clock.tick", "state": {**initial, "variables": {"awake": False, "n": 1}}}
    tock = {"event": "clock.tick#2", "state": initial}
    document |= {"steps": [tick, tock], "end": "loop", "loop_from": 0}
    written = tmp_path / "result.json"
    written.write_text(
        json.dumps({"properties": [{"name": "woken", "trace": document}]}), encoding="utf-8"
    )
    found = compare(path, path, trace=written)
    assert found.report.first.verdicts["woken"] == "undetermined"
    assert found.report.first.verdicts["ticks"] == "holds"
    assert found.report.second.verdicts["woken"] == "holds"


CUT = """\
model: cut
vars: {x: bool, n: 0..3}
processes:
  a:
    fairness: none
    run: |
      set: x = True
  b:
    run: |
      while True:
          tick: n = (n + 1) % 4
properties:
  steps: {each_step: n == old(n), expect: violated}
  comes: {finally: x, expect: violated}
"""


def test_a_run_that_is_cut_at_a_step_breaks_nothing_that_is_asked_of_ends(tmp_path: Path) -> None:
    path = tmp_path / "cut.yaml"
    path.write_text(CUT, encoding="utf-8")
    found = compare(path, path, violating="steps")
    assert found.report.first.verdicts["steps"] == "violated"
    assert found.report.first.verdicts["comes"] == "undetermined"
    assert found.report.second.verdicts["comes"] == "holds"


COUNTS = """\
model: counts
vars: {x: 0..1, n: 0..6}
processes:
  p:
    run: |
      while True:
          up:
              x = 1 - x
              n = (n + 1) % 7
properties:
  comes: {eventually: x > 1}
  seldom: {eventually: n == 4}
  low: {always: n < 5}
  early: {always: n != 1}
  steady: {finally: n < 2}
  toggles: {each_step: x != old(x)}
"""


def test_what_reads_a_value_that_need_not_come_back_is_judged_of_what_is_shown(
    tmp_path: Path,
) -> None:
    path = tmp_path / "counts.yaml"
    path.write_text(COUNTS, encoding="utf-8")
    result = check(path, reason=False)
    trace = result.trace("comes")
    assert (trace.loop_from, len(trace.steps), trace.varying) == (0, 2, ("n",))
    (tmp_path / "trace.json").write_text(json.dumps(
        {"properties": [{"name": "comes", "trace": documents.TRACE.encode(trace)}]}
    ), encoding="utf-8")  # fmt: skip
    # Nobody says of a file's trace which property it is of: then steps alone read.
    for given, varying in (({}, ("n",)), ({"trace": tmp_path / "trace.json"}, ("x", "n"))):
        first = compare(path, path, violating="comes", **given).report.first
        assert first.verdicts == {
            "comes": "violated", "seldom": "undetermined", "low": "undetermined",
            "early": "violated", "steady": "undetermined", "toggles": "holds",
            "no_deadlock": "holds", "no_error": "undetermined",
        }  # fmt: skip
        assert first.trace.varying == varying

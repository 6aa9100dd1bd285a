"""What is said beside a verdict is so: where little was judged, cut off, promised, or left."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check import Result, check, compare
from model_check.budget.spending import StopNow
from model_check.verify import verdicts

BACK = """\
vars: {n: 0..4, m: 0..299}
processes:
  p:
    run: |
      while True:
          up: n = (n + 1) % 5
  q:
    run: |
      while True:
          next: m = (m + 1) % 300
properties:
  grows: {each_step: n >= old(n)}
  late: {never: m == 299}
"""
CUT = """\
vars: {n: int}
within: n < 3
processes:
  p:
    run: |
      while True:
          up: n += 1
properties:
  three: {possible: n == 3}
  four: {never: n == 4}
"""
WAYS = """\
vars: {x: 0..1}
processes:
  p:
    run: |
      while True:
          either:
              idle: pass
          or:
              one: x = 1
          or:
              other: x = 1
  q:
    run: |
      while True:
          either:
              rest: pass
          or:
              third: x = 1
properties:
  comes: {eventually: x == 1}
"""
FAILING = """\
vars: {x: 0..1}
processes:
  p:
    run: |
      while True:
          either:
              idle: pass
          or:
              fail: x = 1 // x
properties:
  comes: {eventually: x == 1}
"""


def checked(folder: Path, text: str, name: str = "spec", **options: object) -> Result:
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return check(path, **options)  # type: ignore[arg-type]


def words(result: Result) -> str:
    return " ".join(result.text().split())


def test_a_limit_of_the_judging_leaves_the_space_explored_completely(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spent(*_: object) -> None:
        raise StopNow("the time limit of 1 s was reached")

    monkeypatch.setattr(verdicts, "judged_steps", spent)
    result = checked(tmp_path, BACK)
    assert result.space.complete
    told = words(result)
    assert "explored completely: 1,500 states" in told
    assert "explored in part" not in told
    assert (
        "Everything was explored, and the judging was stopped: the time limit of 1 s was reached."
    ) in told
    assert "Undetermined: grows" in told


def test_who_asked_for_one_violation_is_told_how_to_see_the_rest(tmp_path: Path) -> None:
    told = words(checked(tmp_path, BACK, first_violation=True))
    assert "grows is violated by step 5" in told
    assert "The search was stopped: grows is violated, and no more was asked for." in told
    assert "To decide the rest: leave out --first." in told
    assert "raise the limit" not in told


def test_what_is_possible_is_not_said_to_hold_within(tmp_path: Path) -> None:
    told = words(checked(tmp_path, CUT))
    assert "were not gone on from" in told or "was not gone on from" in told
    assert "what holds, holds within it, but for what is possible" in told
    alone = checked(tmp_path, CUT.replace("  three: {possible: n == 3}\n", ""))
    assert "but for" not in words(alone)


def test_a_comparison_says_within(tmp_path: Path) -> None:
    wrong = CUT.replace("never: n == 4", "never: n == 2")
    checked(tmp_path, wrong, "one")
    checked(tmp_path, wrong.replace("n += 1", "n += 3"), "two")
    found = compare(tmp_path / "one.yaml", tmp_path / "two.yaml")
    told = " ".join(found.text().split())
    assert "in every interleaving: violated in one (4 states), holds within in two (2" in told
    assert "holds within" in found.picture()


def test_of_several_promises_each_by_itself_is_enough(tmp_path: Path) -> None:
    told = words(checked(tmp_path, WAYS))
    assert (
        "With strong: [one] on p, or with strong: [other] on p, or with strong: [third] on q, this "
        "loop would not count"
    ) in told


def test_no_promise_is_advised_where_every_run_violates(tmp_path: Path) -> None:
    told = words(checked(tmp_path, WAYS.replace("x = 1\n", "pass\n")))
    assert "certain from the start: every fair run violates it" in told
    assert "would not count" not in told


def test_a_run_that_fails_is_not_said_to_go_on(tmp_path: Path) -> None:
    told = words(checked(tmp_path, FAILING))
    assert (
        "never certain: at every step some run still goes on, or fails, without violating it"
    ) in told
    assert "fair run still" not in told


def test_an_error_of_a_first_state_is_in_no_step(tmp_path: Path) -> None:
    text = "vars: {x: 0..1}\nprocesses: {p: {run: 'a: x = 1'}}\nproperties:\n" \
           "  some: {always: 1 // x == 1}\n"  # fmt: skip
    assert "a run-time error in the initial state" in words(checked(tmp_path, text))

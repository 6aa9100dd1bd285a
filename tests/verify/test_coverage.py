"""What no run does is named, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check import check
from model_check.explore.space import Space
from model_check.language import load
from model_check.report.words.coverage import unseen_texts
from model_check.verify import coverage
from model_check.verify.checking import check_spec
from model_check.verify.coverage import Coverage, coverage_of

SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.yaml"))
CONSUMER = """\
model: consumer
about: The guard is written the wrong way round.
resources:
  jobs: {kind: "redis.list[1..2]", key: jobs}
processes:
  producer:
    run: |
      for n in range(1, 3):
          push: jobs.rpush(n)
  consumer:
    count: 2
    vars: {got: "list[1..2]"}
    run: |
      start: pass
      while len(got) > 3:
          pop: got.append(jobs.blpop())
      if self == 1:
          second: pass
properties:
  few: {always: "len(consumer[0].got) <= 2"}
"""


def by_every_state(space: Space) -> set[str]:
    """The same by asking every process in every state."""
    machine = space.machine
    name = {
        each.index: f"{machine.instances[each.instance].process}.{each.label}"
        for each in machine.steps
    }
    taken = set()
    for state in space.states:
        out: list[tuple[int, int]] = []
        for labelled in space.program.labelled:
            labelled(state, out)
        taken |= {name[step] for _, step in out}
    return set(name.values()) - taken


def test_a_step_behind_a_wrong_guard_is_named(tmp_path: Path) -> None:
    path = tmp_path / "consumer.yaml"
    path.write_text(CONSUMER, encoding="utf-8")
    result = check(path)
    assert result["few"].verdict == "holds"
    assert result.report.untaken is not None
    assert [(each.name, each.line) for each in result.report.untaken] == [("consumer.pop", 16)]
    assert "no run ever takes consumer.pop (line 16)" in result.text()


def test_a_step_that_only_fails_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "fails.yaml"
    path.write_text(
        "model: fails\nvars: {x: 0..1}\nprocesses:\n  p:\n    run: |\n      a: x = 1 // x\n",
        encoding="utf-8",
    )
    assert coverage_of(check_spec(load(path))[0]) == Coverage((), ())


def test_nothing_is_said_of_what_was_not_explored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "consumer.yaml"
    path.write_text(CONSUMER, encoding="utf-8")
    assert check(path, max_states=2).report.untaken is None
    monkeypatch.setattr(coverage, "MOST_STATES", 3)
    assert coverage_of(check_spec(load(path))[0]) is None


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_step_of_the_specs_is_taken(path: Path) -> None:
    space, _ = check_spec(load(path))
    found = coverage_of(space)
    assert found is not None
    assert {each.name for each in found.untaken} == by_every_state(space) == set()
    assert found.unseen == ()


BRANCHES = """\
model: branches
vars: {x: 0..3, on: bool}
processes:
  p:
    count: 2
    vars: {log: "list[0..3]"}
    run: |
      a:
          if x > 3:
              log = [1]
          elif x == 0:
              x = 1
      while len(log) > 5:
          b: pass
      c: if on:
          d: pass
      if self == 0:
          e: pass
properties:
  small: {always: "x < 3 and not on"}
"""


def told(tmp_path: Path, text: str) -> list[str]:
    """What is told, without its codes."""
    path = tmp_path / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    return [each.rpartition(" [")[0] for each in unseen_texts(check(path, reason=False).report)]


def test_a_condition_that_always_comes_out_the_same_is_named(tmp_path: Path) -> None:
    text = BRANCHES.replace("on: bool", "on: bool = True")
    assert told(tmp_path, text) == [
        "no run ever takes p.b (line 14): what the verdicts say of its effects, they say of "
        "nothing",
        "`x > 3` is never true (line 9)",
        "`len(log) > 5` is never true (line 13)",
        "`on` is always true (line 15)",
    ]


def test_what_constants_alone_decide_is_not_worth_telling(tmp_path: Path) -> None:
    text = (
        "model: m\nconstants: {TRIES: 2}\nvars: {x: 0..3}\nprocesses:\n  p:\n    run: |\n"
        "      if TRIES > 1:\n          a: x = 1\n      else:\n          b: x = 2\n"
        "properties: {fine: {always: x < 3}}\n"
    )
    assert [each for each in told(tmp_path, text) if "TRIES" in each] == []


def test_a_step_that_is_meant_to_be_taken_never_is_not_named(tmp_path: Path) -> None:
    text = BRANCHES.replace("    count: 2\n", "    count: 2\n    never_taken: [b, a]\n")
    found = told(tmp_path, text)
    assert "p.a (line 9) is taken, though never_taken says that it is not" in found
    assert not any("p.b" in each for each in found)


ASKED = """\
model: asked
vars: {x: 0..3, y: bool}
processes:
  p:
    run: |
      while True:
          a: x = (x + 1) % 3
properties:
  PROPERTY
"""


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("p: {always: not x == 3 or y}", ["no state has `x == 3`: p is asked of nothing"]),
        ("p: {always: y if x == 3 else True}", ["no state has `x == 3`: p is asked of nothing"]),
        ("p: {always: not x == 2 or not y}", []),
        ("p: {leads_to: {after: x == 3, comes: y}}",
         ["no state has `x == 3`: p is asked of nothing"]),
        ("p: {leads_to: {after: x == 2, comes: x == 0}}", []),
        ('p: {ltl: "G (y -> F (y & X y))"}', ["no state has `y`: p is asked of nothing"]),
        ('p: {ltl: "G (F y -> F y)"}', []),
        ('p: {ltl: "(y -> F y) U at(p,a)"}', []),
        ('p: {ltl: "at(p,a) U (y -> F y)"}', ["no state has `y`: p is asked of nothing"]),
        ('p: {ltl: "G (y -> F y) W at(p,a)"}', ["no state has `y`: p is asked of nothing"]),
        ('p: {ltl: "at(p,a) R X (y -> F y)"}', ["no state has `y`: p is asked of nothing"]),
        ('p: {ltl: "G (y -> F y) & F at(p,a)"}', []),
        ('p: {ltl: "!G (y -> F y)"}', []),
        ("p: {possible: not y or x == 2}", []),
        ("p: {finally: not y}", ["no run ends: p is asked only of runs that never end"]),
    ],
)  # fmt: skip
def test_what_is_asked_of_nothing_is_named(tmp_path: Path, asked: str, said: list[str]) -> None:
    found = told(tmp_path, ASKED.replace("PROPERTY", asked))
    assert found == said


BUDGETS = """\
model: budgets
resources:
  q: {kind: "queue[1..2]", loses: 2, reorders: 1, duplicates: 1}
processes:
  w:
    crashes: 3
    restarts: false
    run: |
      a: q.put(1)
      b: await False
properties:
  p: {possible: "len(q.items) == 2"}
"""


def test_what_may_go_wrong_more_often_than_it_can_is_named(tmp_path: Path) -> None:
    path = tmp_path / "budgets.yaml"
    path.write_text(BUDGETS, encoding="utf-8")
    report = check(path).report
    # What never goes wrong is no step that somebody forgot.
    assert [each.name for each in report.untaken or ()] == ["w.b"]
    told = [each for each in unseen_texts(report) if "run:" in each]
    why = "is in no run: the spec allows more than can go wrong [never-so-often]"
    assert told == [f"3 times w.crashes (line 6) {why}"]
    never = BUDGETS.replace("duplicates: 1", "duplicates: 0")
    path.write_text(never.replace("possible:", "never:"), encoding="utf-8")
    told = unseen_texts(check(path).report)
    assert f"2 times q.loses (line 3) {why}" in told
    assert f"q.reorders (line 3) {why}" in told

"""Branches that run beside each other, with answers that can be found by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz.compare import differences, native_differences
from model_check import check, compare
from model_check.explore.space import Space
from model_check.language import Spec, load
from model_check.machine.fairness import promises_of
from model_check.results.check import CheckReport
from model_check.verify.checking import check_spec


def spec_of(folder: Path, text: str) -> Spec:
    path = folder / "m.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def space_of(folder: Path, text: str) -> Space:
    space, _ = check_spec(spec_of(folder, text))
    return space


def verdicts(folder: Path, text: str) -> dict[str, str]:
    _, judgement = check_spec(spec_of(folder, text))
    return {each.name: each.verdict for each in judgement.results}


def program(run: str, *, more: str = "", properties: str = "") -> str:
    lines = "\n".join(f"      {line}" for line in run.splitlines())
    asked = f"properties:\n{properties}" if properties else ""
    return (
        f"model: m\nvars: {{x: 0..9, y: 0..9}}\nprocesses:\n  p:\n    vars: {{n: 0..9}}\n{more}"
        f"    run: |\n{lines}\n{asked}"
    )


@pytest.mark.parametrize(
    ("run", "states"),
    [
        # Two branches of two and of one step, and what follows: (2 + 1) * (1 + 1) + 1.
        ("both:\n    a: pass\n    b: pass\nand:\n    c: pass\nd: pass", 7),
        # Three of one step each: 2 ** 3.
        ("both:\n    a: pass\nand:\n    b: pass\nand:\n    c: pass", 8),
        # One in the other: beside c, either of a and b, both, and d: (2 * 2 + 1) * 2.
        ("both:\n    both:\n        a: pass\n    and:\n        b: pass\n    d: pass\nand:\n"
         "    c: pass", 10),
        # Beside what follows, from its beginning on: 1 + 2 * 2.
        ("a: pass\nbackground:\n    b: pass\nc: pass", 5),
        # Twice round: each time, 2 * 2 states but the last one, which is the first of the next.
        ("for i in range(2):\n    both:\n        a: pass\n    and:\n        b: pass", 7),
    ],
)  # fmt: skip
def test_states_are_those_of_all_orders(run: str, states: int, tmp_path: Path) -> None:
    spec = spec_of(tmp_path, program(run))
    space, _ = check_spec(spec)
    assert len(space.states) == states
    assert len(space.terminal) == 1
    assert differences(spec) == []
    assert native_differences(spec) == []


def test_what_follows_begins_when_all_are_done(tmp_path: Path) -> None:
    run = "both:\n    a: x = 1\n    b: x = 2\nand:\n    c: y = 1\nd: n = x + y"
    asked = (
        "  each: {always: 'not at(p, d) or (x == 2 and y == 1)'}\n  total: {finally: p.n == 3}\n"
    )
    assert verdicts(tmp_path, program(run, properties=asked)) == {
        "each": "holds", "total": "holds", "no_deadlock": "holds", "no_error": "holds",
    }  # fmt: skip


def test_a_condition_behind_branches_is_decided_when_the_last_is_done(tmp_path: Path) -> None:
    run = "both:\n    a: n += 1\nand:\n    b: n += 1\nif n == 2:\n    c: x = 1\nelse:\n    d: x = 2"
    asked = "  two: {finally: x == 1}\n  never: {never: 'at(p, d)'}\n"
    found = verdicts(tmp_path, program(run, properties=asked))
    assert found["two"] == found["never"] == "holds"


def test_a_process_is_done_when_all_that_runs_beside_it_is(tmp_path: Path) -> None:
    run = "background:\n    a: x = 1\nb: y = 1"
    asked = (
        "  both: {always: 'not done(p) or (x == 1 and y == 1)'}\n"
        "  ends: {finally: done(p)}\n"
        "  text_first: {possible: 'y == 1 and not done(p)'}\n"
    )
    found = verdicts(tmp_path, program(run, properties=asked))
    assert {name: found[name] for name in ("both", "ends", "text_first")} == {
        "both": "holds", "ends": "holds", "text_first": "holds",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("run", "final"),
    [
        ("background:\n    while True:\n        a: await x == 1\nb: y = 1", True),
        ("background:\n    a: await x == 1\nb: y = 1", False),
        ("both:\n    while True:\n        a: await x == 1\nand:\n    b: y = 1", True),
        ("both:\n    a: await x == 1\nand:\n    b: y = 1", False),
        # A round of a loop has begun, and is not done.
        (
            "while True:\n    both:\n        a: await x == 1\n    and:\n        b: await x == 1",
            False,
        ),
    ],
)
def test_a_process_rests_if_all_that_runs_in_it_does(run: str, final: bool, tmp_path: Path) -> None:
    spec = spec_of(tmp_path, program(run))
    space, judgement = check_spec(spec)
    assert [space.is_final(space.states[each]) for each in space.terminal] == [final]
    found = {each.name: each.verdict for each in judgement.results}
    assert found["no_deadlock"] == ("holds" if final else "violated")
    assert differences(spec) == []


def test_each_branch_is_promised_a_step_by_itself(tmp_path: Path) -> None:
    run = "both:\n    a: await x == 1\nand:\n    while True:\n        b: y = 1 - y"
    other = "  q:\n    run: |\n      c: x = 1\n"
    text = program(run).rstrip("\n") + "\n" + other
    text += "properties:\n  passed: {eventually: 'x == 1 and not at(p, a)'}\n"
    assert verdicts(tmp_path, text)["passed"] == "holds"
    unfair = text.replace("    run: |\n      both", "    fairness: none\n    run: |\n      both")
    assert verdicts(tmp_path, unfair)["passed"] == "violated"
    promises = promises_of(space_of(tmp_path, text).machine)
    assert [(each.whose, len(each.steps)) for each in promises] == [
        ("p", 1), ("p", 1), ("q", 1),
    ]  # fmt: skip


CRASHING = """\
model: m
vars: {x: 0..9, y: 0..9}
processes:
  p:
    crashes: 1
    restarts: false
    vars: {n: 0..3}
    run: |
      background:
          a: x += 1
          b: x += 1
      both:
          for i in range(2):
              c: n += 1
      and:
          d: y += 1
properties:
  no_more: {leads_to: {after: "p.n == 0 and y == 1 and not at(p, c)", comes: "x == 9"}}
"""


def test_a_crash_ends_all_that_runs_in_a_process(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, CRASHING)
    space, _ = check_spec(spec)
    crashes = {step.index for step in space.machine.steps if step.fault}
    after = [target for _, target, step in space.edges() if step in crashes]
    assert after
    for number in after:
        assert space.successors(space.states[number]) == []
    # Also where only the background is left, and not where all is done.
    before = {source for source, _, step in space.edges() if step in crashes}
    assert len(before) == len(space.states) - len(set(after)) - 1
    assert differences(spec) == []
    assert native_differences(spec) == []


def test_a_crash_begins_all_of_it_anew(tmp_path: Path) -> None:
    text = CRASHING.replace("    restarts: false\n", "").replace("a: x += 1", "a: x = 1")
    spec = spec_of(tmp_path, text.replace("b: x += 1", "b: x = 2"))
    assert differences(spec) == []
    assert native_differences(spec) == []


def checked(folder: Path, text: str) -> CheckReport:
    path = folder / "m.yaml"
    path.write_text(text, encoding="utf-8")
    return check(path).report


LOSING = program(
    "both:\n    load: n = x\nand:\n    listen: y = 1\nmerge: pass",
    properties="  lost: {finally: 'p.n == 1 or y == 0', expect: violated}\n",
).replace("properties:", "  q:\n    run: |\n      save: x = 1\nproperties:")


def test_a_reason_tells_branches_apart_and_z3_agrees(tmp_path: Path) -> None:
    report = checked(tmp_path, LOSING)
    lost = next(each for each in report.results if each.name == "lost")
    assert lost.reason is not None
    assert [str(each) for each in lost.reason.facts] == ["p.load comes before q.save"]
    assert lost.reason.proved_by == "z3 and search"


def test_a_trace_names_all_places_of_a_process(tmp_path: Path) -> None:
    report = checked(tmp_path, LOSING)
    trace = next(each.trace for each in report.results if each.name == "lost")
    assert trace is not None
    assert trace.initial.locations == {"p": "load | listen", "q": "save"}
    assert trace.steps[-1].state.locations == {"p": "(end)", "q": "(end)"}
    assert {step.instance for step in trace.steps} == {"p", "q"}


def test_a_schedule_with_branches_is_followed(tmp_path: Path) -> None:
    first, second = tmp_path / "one.yaml", tmp_path / "two.yaml"
    first.write_text(LOSING, encoding="utf-8")
    run = "load: n = x\n      listen: y = 1\n      merge: pass"
    plain = LOSING[: LOSING.index("both:")] + run + LOSING[LOSING.index("\n  q:") :]
    second.write_text(plain, encoding="utf-8")
    for one, other in ((first, second), (second, first)):
        report = compare(one, other).report
        assert [turn.why for turn in report.turns if turn.why] == []

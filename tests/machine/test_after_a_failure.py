"""A step that fails is evaluated to its end: whatever it computes then must be defined."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from model_check.explain.reason import explain
from model_check.explore.search import Engine, SearchOptions, explore
from model_check.language import load
from model_check.verify.verdicts import judge

HEAD = "model: failing\nvars:\n  n: -5..5 = 0\n"
PROGRAM = "processes:\n  p:\n    run: |\n      down: n = n - 1\n      fails: {}\n"


def written(tmp_path: Path, variable: str, statement: str) -> Path:
    path = tmp_path / "failing.yaml"
    path.write_text(f"{HEAD}  x: {variable}\n{PROGRAM.format(statement)}", encoding="utf-8")
    return path


@pytest.mark.parametrize("engine", ["python", "native"])
@pytest.mark.parametrize(
    ("variable", "statement"),
    [
        ("set[0..9]", "x.add(n)"),
        ("set[0..9]", "x = {n, 3}"),
        ("set[0..9]", "x = set([n])"),
        ("set[3..9]", "x = set(m + n for m in range(3, 9))"),
        ("list[0..9]", "x.append(n)"),
        ("dict[0..3, int]", "x[n] = 1"),
        ("list[set[0..9]]", "x.append({n})"),
        ("set[0..9]?", "x = {n}"),
    ],
)
def test_a_value_outside_its_range_ends_the_step_and_not_the_search(
    tmp_path: Path, variable: str, statement: str, engine: Engine
) -> None:
    spec = load(written(tmp_path, variable, statement))
    space = explore(spec, options=SearchOptions(engine=engine))
    results = {r.name: r for r in judge(space).results}
    trace = results["no_error"].trace
    assert trace is not None
    assert [step.label for step in trace.steps] == ["down", "fails"]
    assert re.search(r"would be (-1|2), outside", trace.error)


def test_a_step_that_surely_fails_has_a_reason(tmp_path: Path) -> None:
    space = explore(
        load(written(tmp_path, "set[0..9]", "x.add(n)")), options=SearchOptions(engine="python")
    )
    judgement = judge(space)
    result = next(r for r in judgement.results if r.name == "no_error")
    reason = explain(space, judgement, result)
    assert (reason.facts, reason.proved_by) == ((), "search")

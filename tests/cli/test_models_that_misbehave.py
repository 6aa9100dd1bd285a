"""What the command says of models that grow, fail, are wrong from the start, or stand still."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_invoke import check, result_of, spec


def test_an_unbounded_counter_is_undetermined_and_named(tmp_path: Path) -> None:
    text = (
        "model: counter\nvars: {n: int}\nprocesses:\n  p:\n    run: |\n      while True:\n"
        "          add: n += 1\nproperties:\n  positive: {always: n >= 0}\n"
    )
    outcome = check(spec(tmp_path, text), tmp_path)
    assert outcome.code == 3
    assert "n may grow without end" in outcome.out
    space = result_of(tmp_path, "counter")["space"]
    assert space["grew"] == "n"  # type: ignore[index]


@pytest.mark.parametrize(
    ("declared", "step", "message"),
    [
        ("n: 0..3", "7 // n", "division by zero"),
        ("n: 0..3", "7 % n", "division by zero"),
        ("n: 0..3", "[1, 2][n + 2]", "out of range"),
        ("n: 0..3", "n - 1", "n would be -1, outside its range 0..3"),
    ],
    ids=["division", "remainder", "index", "range"],
)
def test_a_run_time_error_of_the_model_is_a_violation_with_a_trace(
    declared: str, step: str, message: str, tmp_path: Path
) -> None:
    text = (
        f"model: error\nvars:\n  {declared}\nprocesses:\n  p:\n    run: |\n"
        f"      first: pass\n      second: n = {step}\n"
    )
    path = spec(tmp_path, text)
    outcome = check(path, tmp_path)
    assert outcome.code == 1
    assert "a run-time error in step 2" in outcome.out
    found = result_of(tmp_path, "error")["properties"][-1]  # type: ignore[index]
    assert (found["name"], found["verdict"]) == ("no_error", "violated")
    trace = found["trace"]
    assert [each["label"] for each in trace["steps"]] == ["first", "second"]
    assert trace["end"] == "error"
    assert message in trace["error"]
    assert trace["error_at"].startswith(f"{path}:8:")


def test_a_value_outside_of_its_range_is_a_violation(tmp_path: Path) -> None:
    text = (
        "model: range\nvars: {n: 0..3}\nprocesses:\n  p:\n    run: |\n"
        "      while True:\n          add: n += 1\n"
    )
    outcome = check(spec(tmp_path, text), tmp_path)
    assert outcome.code == 1
    assert "a run-time error in step 4" in outcome.out


def test_an_error_in_a_property_is_a_violation_of_no_error(tmp_path: Path) -> None:
    text = (
        "model: formula\nvars: {n: 0..3}\nprocesses:\n  p:\n    run: |\n"
        "      add: n = 1\nproperties:\n  divides: {always: 1 // n < 5}\n"
    )
    outcome = check(spec(tmp_path, text), tmp_path)
    assert outcome.code == 1
    found = {p["name"]: p for p in result_of(tmp_path, "formula")["properties"]}  # type: ignore[attr-defined]
    assert found["divides"]["verdict"] == "undetermined"
    assert found["no_error"]["verdict"] == "violated"
    assert "in the property divides" in found["no_error"]["trace"]["error"]


def test_an_initial_state_that_violates_is_a_trace_of_no_steps(tmp_path: Path) -> None:
    text = (
        "model: born-wrong\nvars: {n: 0..3}\nprocesses:\n  p: {run: 'step: n = 1'}\n"
        "properties:\n  positive: {always: n > 0}\n"
    )
    outcome = check(spec(tmp_path, text), tmp_path)
    assert outcome.code == 1
    assert "positive is violated by the initial state already (0 steps)" in outcome.out
    found = result_of(tmp_path, "born-wrong")["properties"][0]  # type: ignore[index]
    assert found["trace"]["steps"] == []
    assert found["trace"]["initial"]["variables"] == {"n": 0}


def test_a_deadlock_is_a_violation_unless_the_spec_says_otherwise(tmp_path: Path) -> None:
    text = "model: stuck\nvars: {n: bool}\nprocesses:\n  p: {run: 'wait: await n'}\n"
    assert check(spec(tmp_path, text), tmp_path).code == 1
    expected = text + "properties:\n  no_deadlock: {expect: violated}\n"
    assert check(spec(tmp_path, expected), tmp_path).code == 0
    removed = text + "properties:\n  no_deadlock: null\n"
    assert check(spec(tmp_path, removed), tmp_path).code == 0

"""What is told of a space of which something was left out: its counts are those of what is left,
and its runs are told with real instances."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from model_check import check
from model_check.api.check import Result

WORKERS = """
model: tickets
types:
  Ticket: 0..2
vars:
  left: 0..3 = 3
  sold: dict[Ticket, 0..3]
processes:
  desk:
    count: 3
    run: |
      look: await left > 0
      sell: left -= 1
      note: sold[self] += 1
properties:
  all_sold:
    finally: left == 0
  two_at_once:
    never: count(at(d, note) for d in desk) > 1
    expect: violated
  one_each:
    always: all(sold[t] <= 1 for t in Ticket)
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """The same spec, by what is left out."""
    path = tmp_path_factory.mktemp("left_out") / "tickets.yaml"
    path.write_text(WORKERS, encoding="utf-8")
    kinds = ("none", "order", "symmetry")
    return {kind: check(path, reduce=kind, reason=False) for kind in kinds}


@pytest.mark.parametrize("kind", ["order", "symmetry"])
def test_verdicts_and_lengths_are_those_of_the_whole_space(
    kind: str, found: dict[str, Result]
) -> None:
    def told(result: Result) -> list[tuple[str, str, int | None]]:
        return [
            (each.name, each.verdict, None if each.trace is None else len(each.trace.steps))
            for each in result
        ]

    assert told(found[kind]) == told(found["none"])


def test_a_small_space_is_whole_unless_something_else_is_asked_for(
    found: dict[str, Result], tmp_path: Path
) -> None:
    path = tmp_path / "tickets.yaml"
    path.write_text(WORKERS, encoding="utf-8")
    assert check(path, reason=False).space.states == found["none"].space.states
    assert "explored completely:" in found["none"].text()
    assert "left out" not in found["none"].text()


def test_counts_are_not_told_as_those_of_the_whole_space(found: dict[str, Result]) -> None:
    symmetric, whole = found["symmetry"], found["none"]
    assert symmetric.space.reduced == ("symmetry",)
    assert symmetric.space.states < whole.space.states / 3
    text = " ".join(symmetric.text().split())
    assert "explored completely, less what makes no difference" in text
    assert "count as one: [0], [1] and [2] of desk (--reduce none explores every state)" in text
    assert "state that are left violate" in text or "states that are left violate" in text


def test_a_run_is_told_with_instances_that_take_the_steps(found: dict[str, Result]) -> None:
    trace = found["symmetry"]["two_at_once"].trace
    assert trace is not None
    taken: dict[str, list[str]] = {}
    for step in trace.steps:
        taken.setdefault(step.instance, []).append(step.label)
    # Each process goes through its own program from the start.
    assert all(labels == ["look", "sell", "note"][: len(labels)] for labels in taken.values())
    last = trace.steps[-1].state.locations
    assert sum(place == "note" for place in last.values()) == 2


def test_what_was_left_out_stands_in_the_result(found: dict[str, Result], tmp_path: Path) -> None:
    found["symmetry"].write(tmp_path)
    space = json.loads((tmp_path / "tickets" / "result.json").read_text(encoding="utf-8"))["space"]
    assert space["reduced"] == ["symmetry"]
    assert space["alike"] == ["[0], [1] and [2] of desk"]
    page = (tmp_path / "tickets" / "report.html").read_text(encoding="utf-8")
    assert "explored completely, less what makes no difference" in page


def test_why_nothing_is_left_out_is_said_to_who_asked_for_it(tmp_path: Path) -> None:
    path = tmp_path / "tickets.yaml"
    path.write_text(WORKERS.replace("finally: left == 0", "eventually: left == 0"))
    result = check(path, reduce="order", reason=False)
    assert result.space.reduced == ()
    assert "nothing is left out: all_sold speaks of whole runs" in result.report.notes
    stepwise = WORKERS.replace("finally: left == 0", "each_step: left <= old(left)")
    path.write_text(stepwise, encoding="utf-8")
    result = check(path, reduce="symmetry", reason=False)
    assert "nothing is left out: all_sold speaks of two states at once" in result.report.notes


def test_an_error_is_told_of_the_instance_that_runs_into_it(tmp_path: Path) -> None:
    path = tmp_path / "both.yaml"
    path.write_text(
        """
model: both
processes:
  p:
    count: 2
    vars: {m: 0..1, k: 0..2}
    run: |
      turn: k = 2 - k
      keep: m = k
""",
        encoding="utf-8",
    )
    result = check(path, reduce="symmetry")
    assert result.space.reduced == ("symmetry",)
    told = result["no_error"].reason
    assert told is not None
    assert "where something was left out of the space" in told.note
    trace = result["no_error"].trace
    assert trace is not None
    assert trace.end == "error"
    assert f"{trace.steps[-1].instance}.m would be 2" in trace.error

"""What is said after a simulation: violations with their runs, and never that something holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fuzz.repair import load_text, repaired
from fuzz.specs import random_spec
from model_check import Result, check
from model_check.explore.limits import Limits
from model_check.explore.search import SearchOptions
from model_check.explore.walks.simulate import Simulation
from model_check.language.source.diagnostics import SpecError
from model_check.language.source.recognize import find_specs
from model_check.results.check import CheckReport
from model_check.verify.checking import check_spec
from model_check.verify.simulated import simulate_spec

REPOSITORY = Path(__file__).parent.parent.parent
SPECS = sorted(find_specs(REPOSITORY / "specs"))
LEGACY = REPOSITORY / "specs" / "legacy.yaml"
PLAIN = SearchOptions(engine="python")
FAILING = """\
model: failing
vars:
  n: 0..3
  k: 0..9 = choose({0, 1, 2})
processes:
  p:
    run: |
      a: n = k
      b: n = 6 // (2 - k)
properties:
  has_value:
    always: 4 // (1 - n) < 9
  small:
    each_step: n < 3 or old(n) > 0
  never_there:
    possible: n == 3 and k == 1
  there:
    possible: n == 3
"""


def simulated(path: Path, **options: object) -> Result:
    return check(path, reason=False, **options)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_what_a_step_a_state_or_an_end_can_violate_is_found_and_nothing_holds(path: Path) -> None:
    result = simulated(path, simulate=600, depth=200, engine="python")
    for each in result:
        possible = each.form.somewhere and each.verdict == "holds"
        assert each.verdict in ("violated", "undetermined") or possible, each.name
        if each.verdict != "undetermined":
            assert each.verdict == each.expected, each.name
            assert each.trace is not None
        elif each.expected == "violated":
            assert each.form.asks_runs, each.name  # its run has no end
    assert result.exit_code in (0, 3)


@pytest.mark.thorough
def test_what_a_simulation_finds_is_so_in_the_whole_space() -> None:
    compared = found = 0
    for seed in range(400, 415):
        text = repaired(random_spec(seed))
        if text is None:
            continue
        try:
            spec = load_text(text)
            space, judged = check_spec(spec, Limits(max_states=20_000))
            walked, simulated = simulate_spec(spec, Simulation(walks=150), options=PLAIN)
        except SpecError:
            continue
        if not space.complete:
            continue
        compared += 1
        assert walked.simulated.tally.states <= 1.05 * len(space.states) + 2
        for whole, part in zip(judged.results, simulated.results, strict=True):
            if part.verdict != "undetermined":
                found += 1
                assert (part.name, part.verdict) == (whole.name, whole.verdict), text
                if whole.form.asks_all and whole.trace is not None and part.trace is not None:
                    assert len(part.trace.steps) >= min(e.length for e in whole.endings), text
    assert compared > 5
    assert found > 2


def test_errors_and_formulas_without_a_value_are_told() -> None:
    _, judged = simulate_spec(load_text(FAILING), Simulation(walks=200))
    verdicts = {each.name: each.verdict for each in judged.results}
    assert verdicts["no_error"] == "violated"
    assert verdicts["never_there"] == verdicts["no_deadlock"] == "undetermined"
    assert verdicts["there"] == "holds"
    assert verdicts["small"] == "violated"
    walks = {each.name: each.walks for each in judged.results}
    assert 0 < (walks["no_error"] or 0) <= 200
    assert walks["never_there"] is None
    error = next(each for each in judged.results if each.name == "no_error")
    assert error.trace is not None
    assert error.trace.end == "error"


def still(report: CheckReport) -> CheckReport:
    """A report without how long it took."""
    space = replace(report.space, seconds=0.0)
    return replace(report, seconds=0.0, space=space)


def test_the_same_seed_gives_the_same_report() -> None:
    first, again, other = (
        simulated(LEGACY, simulate=1_500, seed=seed, engine=engine)
        for seed, engine in ((5, "python"), (5, "native"), (6, "python"))
    )
    assert still(first.report) == still(again.report)
    assert first.text().replace(f"{first.report.seconds:.2f} s", "") == again.text().replace(
        f"{again.report.seconds:.2f} s", ""
    )
    assert still(first.report) != still(other.report)


def test_the_run_that_teaches_most_is_told() -> None:
    result = simulated(LEGACY, simulate=2_000)
    assert result.trace("no_loss").watch["missing"] == {7}
    assert result["no_loss"].walks is not None
    assert 1_500 < result["no_loss"].walks < 1_800


def test_what_only_a_whole_run_breaks_is_asked_of_some_walks() -> None:
    text = """\
model: polls
vars: {asked: bool, answered: bool}
processes:
  client:
    run: |
      ask: asked = True
      while True:
          poll: await asked
  server:
    crashes: 1
    restarts: false
    run: |
      take: await asked
      answer: answered = True
properties:
  answered_at_last: {leads_to: {after: asked, comes: answered}}
  never_asked: {eventually: not asked}
"""
    _, judged = simulate_spec(load_text(text), Simulation(walks=200, depth=50))
    found = {each.name: each for each in judged.results}
    assert found["answered_at_last"].verdict == "violated"
    trace = found["answered_at_last"].trace
    assert trace is not None
    assert trace.end == "loop"
    assert found["never_asked"].verdict == "undetermined"


def test_the_first_violation_ends_a_simulation() -> None:
    result = simulated(LEGACY, simulate=5_000, first_violation=True)
    found = result.space.simulation
    assert found is not None
    assert found.walks == 64
    assert "no_loss is violated" in found.over


def test_what_no_walk_did_is_told() -> None:
    found = simulated(LEGACY, simulate=3, depth=2).space.simulation
    assert found is not None
    assert found.cut == 3
    assert "client.show" in {each.name for each in found.untaken}
    assert "No walk took" in simulated(LEGACY, simulate=3, depth=2).text()
    assert simulated(LEGACY, simulate=300).space.simulation.untaken == ()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"simulate": 0}, "neither a number of walks nor a time"),
        ({"simulate": "soon"}, "neither a number of walks nor a time"),
        ({"simulate": 5, "bounded": True}, "--check bounded"),
        ({"simulate": 5, "max_states": 9}, "--max-states: a simulation keeps no states"),
        ({"simulate": 5, "seed": -1}, "a seed is 0 to"),
        ({"depth": 5}, "--depth: this is of a simulation"),
    ],
)
def test_what_a_simulation_cannot_be_asked_for_is_refused(
    options: dict[str, object], why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        check(LEGACY, None, None, **options)

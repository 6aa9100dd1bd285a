"""What is told of a run as a whole is so: when a formula is true, and why a loop is fair."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check import Result
from model_check.results.check import Trace
from model_check.results.in_time import PassedOver
from report.endless_specs import CHOICE, ENDLESS, ENDS, LOCK, POLL, RETRY, checked


def truths(result: Result, name: str) -> dict[str, list[bool | None]]:
    return {each.text: list(each.true) for each in result[name].moments}


def states_of(trace: Trace) -> list[dict[str, object]]:
    return [dict(each.variables) for each in (trace.initial, *(s.state for s in trace.steps))]


def test_the_moments_of_a_formula_are_those_of_the_states_that_are_shown(tmp_path: Path) -> None:
    result = checked(tmp_path, ENDS)
    seen = states_of(result.trace("answer"))
    assert truths(result, "answer") == {
        "asked": [each["asked"] for each in seen],
        "answered": [each["answered"] for each in seen],
    }
    assert [each.name for each in result["answer"].moments] == ["after", "comes"]
    ring = checked(tmp_path, ENDLESS["ring"])
    at = [each["place"] == 2 for each in states_of(ring.trace("settles"))]
    assert truths(ring, "settles") == {"two": at}
    assert truths(ring, "finished") == {"two": at}


def test_what_is_judged_of_states_has_no_moments(tmp_path: Path) -> None:
    result = checked(tmp_path, ENDS)
    assert [each.name for each in result if each.moments] == ["answer", "some", "form"]


def test_a_formula_without_a_value_is_neither_true_nor_false(tmp_path: Path) -> None:
    text = ENDS.replace("some: {eventually: n == 3}", "some: {eventually: 3 // n == 3}")
    result = checked(tmp_path, text)
    assert result["some"].verdict == "undetermined" or None in result["some"].moments[0].true


def test_who_has_ended_and_who_waits(tmp_path: Path) -> None:
    assert checked(tmp_path, POLL)["answered"].passed_over == (
        PassedOver("worker", "(end)", "ended"),
    )
    assert checked(tmp_path, CHOICE)["stops"].passed_over == (
        PassedOver("chooser", "stop", "choice", (1,)),
        PassedOver("idler", "begin", "unfair", (1,)),
        PassedOver("waiter", "wait", "waits"),
    )


def test_who_can_go_on_at_times_would_under_strong_fairness(tmp_path: Path) -> None:
    assert checked(tmp_path, LOCK)["served"].passed_over == (
        PassedOver("slow", "take", "at times", (2,)),
    )
    strong = LOCK.replace("  slow:\n", "  slow:\n    fairness: strong\n")
    assert checked(tmp_path, strong)["served"].verdict == "holds"


def test_a_choice_that_is_never_made_would_be_if_it_were_strong(tmp_path: Path) -> None:
    strong = CHOICE.replace("  chooser:\n", "  chooser:\n    strong: [stop]\n")
    assert checked(tmp_path, strong)["stops"].verdict == "holds"


def test_nobody_is_passed_over_where_all_take_steps(tmp_path: Path) -> None:
    result = checked(tmp_path, RETRY)
    assert result["one_wins"].passed_over == ()
    acting = {step.instance for step in result.trace("one_wins").steps}
    assert acting == {"client[0]", "client[1]"}


@pytest.mark.parametrize("name", list(ENDLESS))
def test_the_steps_after_which_somebody_could_go_on_are_those_of_the_graph(
    tmp_path: Path, name: str
) -> None:
    result = checked(tmp_path, ENDLESS[name])
    graph = result.graph()
    for each in result:
        lasso = result._judgement.lassos.get(each.name)
        if lasso is None:
            continue
        trace = result.trace(each.name)
        assert trace.loop_from == lasso.loop_from
        assert {len(m.true) for m in each.moments} == {len(trace.steps) + 1}
        around = range(trace.loop_from + 1, len(trace.steps) + 1)
        for passed in each.passed_over:
            can = [
                step
                for step in around
                for _, _, event in graph.out_edges(lasso.states[step], keys=True)
                if event.startswith(f"{passed.instance}.")
                and (passed.why != "choice" or event == f"{passed.instance}.{passed.place}")
            ]
            assert list(passed.at) == can
            own = [s for s in trace.steps[trace.loop_from :] if s.instance == passed.instance]
            assert bool(own) == (passed.why == "choice")
            assert passed.place not in {step.label for step in own}


TOGGLES = """\
model: toggles
vars:
  over: bool
  n: 0..{most}
processes:
  p:
    run: |
      while True:
          turn: n = (n + 1) % {size}
          look: if over:
              break
properties:
  ends: {{eventually: over}}
"""


@pytest.mark.parametrize("forget_from", [0, 30_000])
def test_a_loop_in_which_unread_values_change_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forget_from: int
) -> None:
    monkeypatch.setattr("model_check.api.check.FORGET_FROM", forget_from)
    result = checked(tmp_path, TOGGLES.format(most=4, size=5))
    assert result.space.states == (10 if forget_from else 2)
    trace = result.trace("ends")
    assert (trace.loop_from, len(trace.steps), trace.varying) == (0, 2, ("n",))
    assert len(result["ends"].moments[0].true) == 3
    text = " ".join(result.text(width=200).split())
    assert "no end: after step 2 all that is read again is as it was at the start, " in text
    varying = "n may differ from round to round, where neither a step nor this property reads"
    assert varying in text
    assert varying in result.mermaid("ends").replace("<br/>", " ")
    assert varying in result.svg("ends")
    for most in (0, 5_000):
        tables = result.tables(most)
        assert (tables.loops, len(tables.traces["ends"])) == ({"ends": 0}, 2)

"""`within`: states where it is false are found and judged, and not gone on from."""

from __future__ import annotations

import json
from html import unescape
from pathlib import Path

import pytest
from fuzz.compare import differences, native_differences
from model_check.api.check import check
from model_check.explore.limits import Limits
from model_check.explore.search import SearchOptions
from model_check.explore.space import Space
from model_check.language import Spec, SpecError, load
from model_check.report.documents.check import RESULT
from model_check.report.page.sections import verdicts as page_verdicts
from model_check.symbolic.bounded_check import second_opinion
from model_check.verify.checking import check_spec
from model_check.verify.doomed import doomed_states
from model_check.verify.judgement import Judgement
from model_check.verify.no_return import point_of_no_return

GROWING = """\
vars: {n: int, m: int}
within: n <= 3 and m <= 2
processes:
  a:
    run: |
      while True:
          up: n += 1
  b:
    run: |
      while True:
          up: m += 1
properties:
  small: {always: n <= 4}
  three: {never: n == 4}
  end: {finally: n == 100}
"""
BY_HAND = GROWING.replace("within: n <= 3 and m <= 2\n", "").replace(
    "up: ", "up:\n              await n <= 3 and m <= 2\n              "
)


def spec_of(folder: Path, text: str) -> Spec:
    path = folder / "spec.yaml"
    path.write_text(text)
    return load(path)


def checked(folder: Path, text: str, engine: str = "auto") -> tuple[Space, Judgement]:
    options = SearchOptions(engine=engine)  # type: ignore[arg-type]
    return check_spec(spec_of(folder, text), options=options)


def verdicts(judgement: Judgement) -> dict[str, str]:
    return {each.name: each.verdict for each in judgement.results}


@pytest.mark.parametrize("engine", ["python", "native"])
def test_a_space_is_that_of_a_spec_whose_every_step_waits(tmp_path: Path, engine: str) -> None:
    one, judgement = checked(tmp_path, GROWING, engine)
    other, _ = checked(tmp_path, BY_HAND, engine)
    # 5 * 4 states, but for the one that two steps outside would lead to.
    assert len(one.states) == len(other.states) == 19
    assert one.transitions == other.transitions == 24
    assert list(one.terminal) == []
    assert list(one.outside) == list(other.terminal)
    assert len(one.outside) == 7
    assert verdicts(judgement) == {
        "small": "holds", "three": "violated", "end": "holds", "no_deadlock": "holds",
        "no_error": "holds",
    }  # fmt: skip


def test_the_interpreter_and_both_engines_agree(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, GROWING)
    assert differences(spec) == []
    assert native_differences(spec) == []


def test_an_end_inside_is_judged_and_one_outside_is_none(tmp_path: Path) -> None:
    text = """\
vars: {n: 0..9}
within: n < 2
processes:
  p:
    run: |
      either:
          stop: n = 1
      or:
          go: n = 5
          last: n = 6
properties:
  low: {finally: n == 1}
  never_six: {never: n == 6}
"""
    space, judgement = checked(tmp_path, text)
    assert (len(space.terminal), len(space.outside)) == (1, 1)
    assert verdicts(judgement)["low"] == "holds"
    assert verdicts(judgement)["never_six"] == "holds"
    _, plain = checked(tmp_path, text.replace("within: n < 2\n", ""))
    assert verdicts(plain)["low"] == "violated"
    assert verdicts(plain)["never_six"] == "violated"


def test_a_first_state_may_lie_outside(tmp_path: Path) -> None:
    space, _ = checked(tmp_path, GROWING.replace("n: int,", "n: int = 7,"))
    assert (len(space.states), list(space.outside)) == (1, [0])


def test_a_search_for_one_violation_takes_no_cut_for_an_end(tmp_path: Path) -> None:
    text = GROWING.replace("  three: {never: n == 4}\n", "")
    limits = Limits(first_violation=True)
    space, judgement = check_spec(spec_of(tmp_path, text), limits)
    assert space.complete
    assert set(verdicts(judgement).values()) == {"holds"}


def test_a_bound_that_has_no_value_is_an_error_of_the_model(tmp_path: Path) -> None:
    _, judgement = checked(tmp_path, GROWING.replace("m <= 2", "9 // (2 - m) > 0"))
    assert verdicts(judgement)["no_error"] == "violated"


def test_z3_agrees_about_the_ends_that_there_are(tmp_path: Path) -> None:
    space, judgement = checked(tmp_path, GROWING)
    answers = {
        result.name: second_opinion(space, judgement, result, timeout=20).answer
        for result in judgement.results
    }
    assert set(answers.values()) == {"agrees"}


def test_nothing_is_called_lost_that_was_cut_off(tmp_path: Path) -> None:
    text = GROWING.replace("three: {never: n == 4}", "two: {never: n == 2}")
    space, judgement = checked(tmp_path, text)
    (result,) = [each for each in judgement.results if each.name == "two"]
    # By m alone a run can be cut off before n is 2.
    assert doomed_states(space, result) == frozenset(judgement.violating["two"])
    assert point_of_no_return(space, judgement, result).step == 2


def test_what_holds_holds_within(tmp_path: Path) -> None:
    spec_of(tmp_path, GROWING.replace("three: {never: n == 4}", "five: {never: n == 5}"))
    result = check(tmp_path / "spec.yaml")
    told = (
        "7 states outside of `within` (n <= 3 and m <= 2) were not gone on from: what holds, "
        "holds within it"
    )
    text = " ".join(result.text().split())
    assert "five holds within never: n == 5" in text
    assert "also hold within: no_deadlock, no_error" in text
    assert told in text
    assert result.exit_code == 0
    assert result["five"].verdict == "holds"
    space = json.loads(RESULT.text(result.report))["space"]
    assert (space["outside"], space["within"]) == (7, "n <= 3 and m <= 2")
    page = unescape(str(page_verdicts(result.report)))
    assert "holds within" in page
    assert told.replace("`within`", "<code>within</code>") in page


def test_what_holds_where_nothing_was_cut_off_holds(tmp_path: Path) -> None:
    spec_of(tmp_path, "vars: {n: 0..1}\nwithin: n < 2\nprocesses: {p: {run: 'a: n = 1'}}\n"
            "properties: {low: {always: n < 2}}\n")  # fmt: skip
    result = check(tmp_path / "spec.yaml")
    assert result.space.outside == 0
    assert "within" not in result.text().replace("within.yaml", "")


def test_what_is_possible_holds_and_what_is_not_found_is_undetermined(tmp_path: Path) -> None:
    spec_of(tmp_path, GROWING.replace("three: {never: n == 4}", "beyond: {possible: n == 4}\n"
            "  far: {possible: n == 9}"))  # fmt: skip
    text = " ".join(check(tmp_path / "spec.yaml").text().split())
    assert "beyond holds possible: n == 4" in text
    assert "far undetermined, expected holds possible: n == 9" in text
    assert "a state beyond `within` may have it" in text


def test_no_reason_is_given_where_runs_are_cut_off(tmp_path: Path) -> None:
    spec_of(tmp_path, GROWING)
    reason = check(tmp_path / "spec.yaml")["three"].reason
    assert reason is not None
    assert "cut off outside of `within`" in reason.note


def test_a_bound_must_be_a_truth(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as error:
        spec_of(tmp_path, GROWING.replace("within: n <= 3 and m <= 2", "within: n + m"))
    assert error.value.diagnostics[0].message == "within needs True or False, this is int"

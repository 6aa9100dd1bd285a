"""A run that nothing could make right any more is a violation, whether or not it goes on fairly."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fuzz.repair import load_text, repaired
from fuzz.run_specs import random_runs
from model_check import Result, check
from model_check.explore.limits import Limits
from model_check.explore.search import SearchOptions, explore
from model_check.report.page.data import page_data
from model_check.report.pictures.space import picture_of, space_dot
from model_check.symbolic.bounded_check import second_opinion
from model_check.verify import bad_prefixes
from model_check.verify.bad_prefixes import BadPrefixes
from model_check.verify.checking import check_spec
from model_check.verify.doomed import doomed_states
from model_check.verify.no_return import point_of_no_return

FAILS = """\
model: fails
vars: {x: 0..9}
processes:
  p:
    run: |
      a: x = 1
      b: x = 5
      c: x = 1 // (x - 5)
define: {small: x < 3, one: x == 1, five: x == 5}
properties:
  always_small: {always: small}
  small: {ltl: "G small"}
  before: {ltl: "five R small"}
  third: {ltl: "X X small"}
  until: {ltl: "small U five"}
  comes: {ltl: "F one"}
"""
LEAVES = FAILS.replace("vars:", "within: x < 4\nvars:")
ENDS = FAILS.replace("c: x = 1 // (x - 5)", "c: x = 1")
VERDICTS = {
    "always_small": "violated", "small": "violated", "before": "violated", "third": "violated",
    "until": "holds", "comes": "holds",
}  # fmt: skip


def checked(folder: Path, text: str, **options: object) -> Result:
    path = folder / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    return check(path, reason=True, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", [FAILS, LEAVES, ENDS], ids=["error", "within", "end"])
def test_what_went_wrong_before_an_error_or_a_bound_is_violated(tmp_path: Path, text: str) -> None:
    result = checked(tmp_path, text)
    found = {each.name: each.verdict for each in result if not each.form.built_in}
    expected = VERDICTS if text is not ENDS else {**VERDICTS, "small": "violated"}
    assert found == {**expected, "before": "violated"}
    trace = result.trace("small")
    # A fair run shows it as well, to its end, where there is one.
    assert (len(trace.steps), trace.end) == ((3, "final") if text is ENDS else (2, "state"))


def test_it_is_told_that_nothing_could_mend_it(tmp_path: Path) -> None:
    alone = FAILS.replace("  always_small: {always: small}\n", "")
    told = " ".join(checked(tmp_path, alone, bounded=True).text().split())
    assert (
        "small is violated after 2 steps, by what has happened so far: nothing that could follow "
        "would mend it"
    ) in told
    assert "end: the run so far violates the property: nothing could mend it any more" in told
    assert "runs that violate small, and had not before, come to 1 state" in told
    assert "comes holds ltl: F one every fair run runs into an error: this is asked of nothing" in (
        told
    )
    assert "ltl: small U five every fair run runs into an error: this is asked only of what" in told
    assert "disagrees" not in told
    assert "small agrees: violated after 2 steps, and not sooner" in told


@pytest.mark.parametrize("engine", ["python", "native"])
def test_the_shortest_of_several_bad_runs_is_shown(engine: str) -> None:
    text = """\
vars: {x: 0..9, n: 0..3}
processes:
  p:
    run: |
      either:
          slow: pass
          slower: x = 4
      or:
          quick: x = 5
      stop: n = 1 // n
define: {small: x < 3}
properties: {small: {ltl: "G small"}, twice: {ltl: "G (small | X small)"}}
"""
    options = SearchOptions(engine=engine)  # type: ignore[arg-type]
    space, judgement = check_spec(load_text(text), options=options)
    small, twice = judgement.results[:2]
    assert small.trace is not None
    assert [step.label for step in small.trace.steps] == ["quick"]
    assert (small.violating_states, [each.length for each in small.endings]) == (2, [1])
    # The error comes before a second state, which might have been small again.
    assert twice.verdict == "holds"
    assert second_opinion(space, judgement, small).answer == "agrees"
    assert second_opinion(space, judgement, twice).answer == "agrees"


def test_a_state_after_which_every_run_has_gone_wrong_is_lost() -> None:
    space, judgement = check_spec(load_text(FAILS))
    small = next(each for each in judgement.results if each.name == "small")
    comes = next(each for each in judgement.results if each.name == "comes")
    assert point_of_no_return(space, judgement, small).step == 0
    assert doomed_states(space, small) == {0, 1, 2}
    # Who runs into an error has not broken that something comes.
    assert doomed_states(space, comes) == frozenset()


@pytest.mark.parametrize("limits", [Limits(), Limits(max_states=4)], ids=["whole", "in part"])
def test_always_and_globally_agree_on_random_specs(limits: Limits) -> None:
    """Those of the fuzzer, whose runs may fail, or leave what `within` bounds."""
    broken_off = 0
    for seed in range(40):
        text = repaired(random_runs(seed))
        assert text is not None
        head = text.partition("properties:")[0]
        names = re.findall(r"^  ([abc]):", head.partition("define:")[2], re.MULTILINE)
        pairs = "".join(
            f"  always_{a}: {{always: {a}}}\n  globally_{a}: {{ltl: 'G {a}'}}\n" for a in names
        )
        _, judgement = check_spec(load_text(f"{head}properties:\n{pairs}"), limits)
        found = {each.name: each for each in judgement.results}
        for a in names:
            one, other = found[f"always_{a}"], found[f"globally_{a}"]
            assert one.verdict == other.verdict, (seed, a)
            if other.trace is not None and other.trace.end == "state":
                assert one.trace is not None
                assert len(one.trace.steps) == len(other.trace.steps)
                broken_off += 1
    assert broken_off > 5


def test_nobody_looks_where_every_run_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(BadPrefixes, "shortest")
    _, judgement = check_spec(load_text(ENDS.replace("b: x = 5", "b: x = 2")))
    assert next(each for each in judgement.results if each.name == "small").verdict == "holds"


def test_only_a_formula_that_says_what_never_comes_has_bad_prefixes() -> None:
    text = (
        FAILS[: FAILS.index("properties:")]
        + """\
properties:
  some: {eventually: small}
  at_last: {finally: small}
  answer: {leads_to: {after: small, comes: one}}
  again: {ltl: "G F small"}
  never: {ltl: "G F small & X one"}
"""
    )
    space = explore(load_text(text))
    asked = [each for each in space.machine.spec.properties if each.form.in_time]
    assert [BadPrefixes(space, each).are_possible for each in asked] == [False] * 4 + [True]


def test_of_a_formula_with_many_atoms_it_is_taken_to_have_some(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bad_prefixes, "MOST_ATOMS", 0)
    space = explore(load_text(FAILS))
    comes = next(each for each in space.machine.spec.properties if each.name == "comes")
    assert BadPrefixes(space, comes).are_possible


def test_what_has_no_value_makes_no_run_wrong() -> None:
    text = FAILS.replace("small: x < 3", "small: 9 // x < 5")
    _, judgement = check_spec(load_text(text))
    found = {each.name: each.verdict for each in judgement.results}
    assert (found["always_small"], found["small"]) == ("violated", "violated")
    _, judgement = check_spec(load_text(text.replace("9 // x < 5", "9 // x < 10")))
    found = {each.name: each.verdict for each in judgement.results}
    assert (found["always_small"], found["small"]) == ("undetermined", "undetermined")


def test_what_takes_too_much_to_tell_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bad_prefixes, "MOST_SETS", 0)
    _, judgement = check_spec(load_text(FAILS))
    third = next(each for each in judgement.results if each.name == "third")
    assert third.verdict == "undetermined"
    assert "too many sets of states to tell (" in third.limit


def test_pictures_and_the_page_do_not_say_that_such_a_run_ends(tmp_path: Path) -> None:
    result = checked(tmp_path, FAILS)
    dot = space_dot(result.report, picture_of(result.report, result.states))
    assert "a run has violated small when it comes here" in dot
    assert "ends here" not in dot
    assert "or a run has violated" in dot
    judged = page_data(result.report, result.tables(100))["judged"]
    assert (judged["small"], judged["always_small"]) == ("beginnings", "states")

"""Random small specs whose runs may never end, judged a second time by trying every lasso.

Loops, polls, choices and waiting, fairness of each kind, errors, and properties of every form.
The verdicts must be equal, and a lasso that is shown must be a run of the interpreter, closed,
fair, one that breaks the property, and no longer than need be. `python -m tests.fuzz --runs` goes
on with other seeds. Mistakes that are put into the tool must be seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from fuzz.compare import SkippedError, differences
from fuzz.repair import load_text, repaired
from fuzz.run_comparison import FEW, run_differences
from fuzz.run_specs import random_runs
from model_check.explore.demands import Demands
from model_check.language import Spec
from model_check.language.syntax import temporal as syntax
from model_check.language.temporal import Release, WeakUntil
from model_check.machine.fairness import promises_of
from model_check.machine.passes import liveness
from model_check.results.check import Trace
from model_check.verify import asking, fair_runs, lasso, lasso_space, shorter_lasso, verdicts
from model_check.verify.bad_prefixes import BadPrefixes
from model_check.verify.fair_runs import FairRuns, LassoRun
from model_check.verify.formulas import StepAnswers
from model_check.verify.one_run import Prefixes
from model_check.verify.same_state import SameState
from model_check.verify.trace import Tracer
from thorough import mostly

SEEDS = (range(14), range(35, 49))
ALL_WAYS = range(13, 25)
"""Compiling code for each takes a while."""
Planted = Callable[[pytest.MonkeyPatch], None]


def as_python_sees_it(spec: Spec) -> list[str]:
    return differences(spec, FEW)


def compared(
    seeds: Sequence[int], compare: Callable[[Spec], list[str]] = as_python_sees_it
) -> dict[int, list[str]]:
    """What differs, by seed; specs that are too large are left out."""
    found = {}
    for seed in seeds:
        text = repaired(random_runs(seed))
        assert text is not None
        try:
            found[seed] = compare(load_text(text))
        except SkippedError:
            continue
    return found


@pytest.mark.parametrize("seeds", SEEDS)
def test_the_tool_and_brute_force_see_the_same(seeds: range) -> None:
    found = compared(seeds)
    assert {seed: problems for seed, problems in found.items() if problems} == {}
    assert len(found) > len(seeds) * 3 // 4


@pytest.mark.thorough
def test_so_do_native_code_and_a_space_without_dead_values() -> None:
    kinds: set[str] = set()

    def compare(spec: Spec) -> list[str]:
        found = run_differences(spec)
        kinds.update(found.kinds)
        return [*found]

    found = compared(ALL_WAYS, compare)
    assert {seed: problems for seed, problems in found.items() if problems} == {}
    assert kinds == {
        "with native code", "with values forgotten", "out of `within`", "into errors",
        "bad prefixes",
    }  # fmt: skip


# --- mistakes ------------------------------------------------------------------------------------


def an_unfair_cycle_is_accepted(patch: pytest.MonkeyPatch) -> None:
    right = Demands.missing
    patch.setattr(
        Demands, "missing",
        lambda self, always, sometimes, taken: right(self, 0, sometimes, taken),
    )  # fmt: skip


def a_fair_cycle_is_refused(patch: pytest.MonkeyPatch) -> None:
    """Weak fairness is taken for strong."""
    patch_demands(patch, lambda asked: Demands(0, asked.weak | asked.strong, asked.acceptance))


def strong_fairness_is_taken_for_weak(patch: pytest.MonkeyPatch) -> None:
    patch_demands(patch, lambda asked: Demands(asked.weak | asked.strong, 0, asked.acceptance))


def acceptance_is_lost(patch: pytest.MonkeyPatch) -> None:
    patch_demands(patch, lambda asked: Demands(asked.weak, asked.strong, 0))


def patch_demands(patch: pytest.MonkeyPatch, change: Callable[[Demands], Demands]) -> None:
    right = FairRuns.demands
    patch.setattr(FairRuns, "demands", lambda self, acceptance: change(right(self, acceptance)))


def what_cannot_be_kept_makes_the_whole_component_unfair(patch: pytest.MonkeyPatch) -> None:
    """The part of a component in which a strong promise is not possible is forgotten."""
    right = Demands.missing
    patch.setattr(
        Demands, "missing",
        lambda self, always, sometimes, taken: right(self, always, sometimes, taken)
        or self.unkept(sometimes, taken) > 0,
    )  # fmt: skip


def promises_of_labels_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        fair_runs, "promises_of",
        lambda machine: tuple(each for each in promises_of(machine) if "." not in each.whose),
    )  # fmt: skip


def a_step_that_fails_is_not_possible(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(FairRuns, "_errors", ())


def stuttering_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(FairRuns, "_ends", lambda *_: {})


def a_deadlock_is_taken_for_endless(patch: pytest.MonkeyPatch) -> None:
    """Only good ends are ends."""
    right = FairRuns._ends

    def wrong(self: FairRuns, *given: Any) -> dict[int, int]:
        space = self._space
        found = right(self, *given)
        return {n: node for n, node in found.items() if space.is_final(space.states[n])}

    patch.setattr(FairRuns, "_ends", wrong)


def a_lasso_does_not_close(patch: pytest.MonkeyPatch) -> None:
    right = Tracer.lasso

    def wrong(self: Tracer, run: LassoRun, same: SameState) -> Trace:
        found = right(self, run, same)
        return replace(found, loop_from=max(0, (found.loop_from or 0) - 1))

    patch.setattr(Tracer, "lasso", wrong)


def what_the_property_reads_need_not_come_back(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(liveness, "fields_read", lambda formula: frozenset())


def what_varies_is_not_told(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SameState, "varying", lambda self, around, steps: ())


def the_way_in_is_not_the_shortest(patch: pytest.MonkeyPatch) -> None:
    """A cycle is entered one step later than it could be."""
    right = lasso.shortest_lasso

    def wrong(*given: Any) -> lasso.Lasso:
        found = right(*given)
        if len(found.cycle) < 2:
            return found
        finder = given[0]
        first, *rest = found.cycle
        return lasso.Lasso((*found.way, finder.rows.targets[first]), (*rest, first))

    patch.setattr(fair_runs, "shortest_lasso", wrong)
    patch.setattr(fair_runs, "run_of_states", lambda way, around, steps, may_begin: LassoRun(
        (*way, *around), tuple(steps), len(way) - 1
    ))  # fmt: skip
    patch.setattr(shorter_lasso.Shorter, "than", lambda self, found, *_: found)


def a_cycle_that_is_preferred_may_begin_anywhere(patch: pytest.MonkeyPatch) -> None:
    right = fair_runs.run_of_states
    patch.setattr(fair_runs, "run_of_states", lambda *given: right(*given[:-1], lambda state: True))


def any_fair_cycle_will_do(patch: pytest.MonkeyPatch) -> None:
    finder = lasso.CycleFinder
    patch.setattr(finder, "shortest", lambda self, start, inside, most: self.some(start, inside))


def what_is_preferred_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(verdicts, "preferred_in", lambda space, each: None)
    patch.setattr(lasso_space, "preferred_in", lambda space, each: None)


def undefined_atoms_are_taken_for_false(patch: pytest.MonkeyPatch) -> None:
    right = asking.letter_of

    def wrong(answers: Sequence[int], *, doubted: bool) -> int:
        return right([max(answer, 0) for answer in answers], doubted=doubted)

    patch.setattr(asking, "letter_of", wrong)


def doubts_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    right = verdicts.letters_for
    patch.setattr(
        verdicts, "letters_for", lambda space, name, doubted: right(space, name, doubted=False)
    )


def until_is_taken_for_weak(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(syntax.UNTIL, "U", WeakUntil)


def release_looks_the_other_way(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(syntax.UNTIL, "R", lambda left, right: Release(right, left))


def next_is_now(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(syntax.UNARY, "X", lambda of: of)


def every_automaton_of_two_places_waits(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(fair_runs, "_waits", lambda automaton, first: True)


def letters_that_deny_are_not_read(patch: pytest.MonkeyPatch) -> None:
    """What must not see an atom is read where it is true, too."""
    patch.setattr(fair_runs, "wanted", lambda must, must_not, atoms: must)


def before_and_after_are_mixed_up(patch: pytest.MonkeyPatch) -> None:
    right = StepAnswers.of
    patch.setattr(StepAnswers, "of", lambda self, before, after: right(self, after, before))


def what_an_error_ends_was_never_wrong(patch: pytest.MonkeyPatch) -> None:
    """Only fair runs are looked at."""
    patch.setattr(BadPrefixes, "may_count", False)


def what_leaves_within_was_never_wrong(patch: pytest.MonkeyPatch) -> None:
    """Runs that run into an error are looked at, and others that are not fair are not."""
    patch.setattr(
        BadPrefixes, "may_count", property(lambda self: bool(self._space.errors))
    )  # fmt: skip


def an_automaton_can_be_at_one_place_only(patch: pytest.MonkeyPatch) -> None:
    """So a run has gone wrong for good as soon as one way to be right is barred."""
    right = Prefixes.after
    patch.setattr(
        Prefixes, "after", lambda self, places, letter: right(self, places & -places, letter)
    )


def the_last_letter_before_an_error_is_not_read(patch: pytest.MonkeyPatch) -> None:
    """A state counts only if another one follows."""
    right = BadPrefixes.shortest

    def wrong(self: BadPrefixes) -> fair_runs.Ends:
        found = right(self)
        graph = self._space.graph
        kept = {n: node for n, node in found._nodes.items() if len(graph.of(n))}
        return fair_runs.Ends(kept, found._way_to, found._length)

    patch.setattr(BadPrefixes, "shortest", wrong)


MISTAKES: dict[Planted, int] = {
    an_unfair_cycle_is_accepted: 8,
    a_fair_cycle_is_refused: 42,
    strong_fairness_is_taken_for_weak: 64,
    what_cannot_be_kept_makes_the_whole_component_unfair: 501,
    promises_of_labels_are_forgotten: 16,
    a_step_that_fails_is_not_possible: 164,
    acceptance_is_lost: 17,
    stuttering_is_forgotten: 14,
    a_deadlock_is_taken_for_endless: 23,
    a_lasso_does_not_close: 2,
    the_way_in_is_not_the_shortest: 2,
    any_fair_cycle_will_do: 16,
    what_is_preferred_is_forgotten: 64,
    a_cycle_that_is_preferred_may_begin_anywhere: 24,
    what_the_property_reads_need_not_come_back: 16,
    what_varies_is_not_told: 43,
    undefined_atoms_are_taken_for_false: 12,
    doubts_are_forgotten: 88,
    until_is_taken_for_weak: 24,
    release_looks_the_other_way: 8,
    next_is_now: 42,
    every_automaton_of_two_places_waits: 52,
    letters_that_deny_are_not_read: 1,
    before_and_after_are_mixed_up: 26,
    what_an_error_ends_was_never_wrong: 15,
    what_leaves_within_was_never_wrong: 15,
    an_automaton_can_be_at_one_place_only: 21,
    the_last_letter_before_an_error_is_not_read: 41,
}
"""Each with a seed that shows it."""


@pytest.mark.parametrize(
    "mistake",
    mostly(MISTAKES, list(MISTAKES)[::3].__contains__),
    ids=lambda planted: planted.__name__,
)
def test_a_mistake_is_seen(mistake: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    seed = MISTAKES[mistake]
    assert compared([seed]) == {seed: []}
    mistake(monkeypatch)
    try:
        found = compared([seed])[seed]
    except AssertionError as own:  # the tool sees that two of its answers do not fit
        found = [str(own)]
    assert found

"""What the order floor says of small specs, twice.

What is told of a violation is judged by all runs (see `judge`), z3's answers about random sets
of orderings by the search's, and its verdicts for runs of a bounded number of steps by the
search's verdicts.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Iterator

from model_check.budget.deadline import FOREVER
from model_check.explain.constrained_search import BadRuns, GoodRuns
from model_check.explain.moves import Moves
from model_check.explain.reason import Explainer
from model_check.explain.runs import RunGraph
from model_check.explain.violation import Violation
from model_check.explore.limits import Limits
from model_check.explore.search import SearchOptions
from model_check.explore.space import Space
from model_check.language import SpecError
from model_check.language.tree.spec import Spec
from model_check.results.check import NoReturn, PropertyResult
from model_check.results.reasons import Reason
from model_check.symbolic.answer import Answer
from model_check.symbolic.bounded_check import second_opinion
from model_check.symbolic.facts import Fact
from model_check.symbolic.occurrences import Occurrence
from model_check.verify.checking import check_spec
from model_check.verify.judgement import Judgement
from model_check.verify.no_return import point_of_no_return

from .all_runs import Runs
from .compare import Differing, SkippedError, skip_stopped
from .judge import judged_by_short_runs, judged_reason, judged_return

__all__ = ["disagreements", "mistold"]

MOST_STATES = 400
MOST_EVENTS = 12
"""Of all instances together, in a run about which z3 is asked."""
MOST_SLOTS = 30
"""Steps of a run times instances, where z3 judges a verdict."""
ASKED = 1
"""Random sets of orderings about which z3 is asked, of a property."""
PATIENCE = 3.0
"""Seconds for one question to z3."""
ANSWERS = {True: Answer.YES, False: Answer.NO}


def mistold(spec: Spec, counts: Counter[str] | None = None, *, forget: bool = False) -> Differing:
    """What is told of the violations of a spec, and is not so.

    counts: is told what was judged. forget: in a space that forgets dead values. Raises
    SkippedError where the spec is too large.
    """
    counts = Counter() if counts is None else counts
    space, judgement = _checked(spec, forget=forget)
    runs = Runs(spec)
    explainer = Explainer(space, judgement)
    found: list[str] = []
    kinds = [*_kinds(spec)]
    for result in judgement.results:
        # What is possible has a trace, and needs no reason.
        if result.trace is not None and result.verdict == "violated":
            reason = explainer.explain(result, timeout=2 * PATIENCE)
            point = point_of_no_return(space, judgement, result)
            before, interrupted = counts["reasons"], counts["interrupted"]
            found += _told_wrong(runs, result, reason, point, counts)
            if reason.proved_by:
                found += _told_wrong_if_interrupted(runs, space, judgement, result, counts)
            kinds += ["interrupted"] * (counts["interrupted"] - interrupted)
            kinds += [f"reasons of {result.kind}"] * (counts["reasons"] - before)
            kinds += [f"of {reason.scope}"] * bool(reason.proved_by)
    return Differing(found, kinds)


def _kinds(spec: Spec) -> Iterator[str]:
    if sum(each.count for each in spec.processes) > 2:
        yield "three processes or more"
    if any(word in spec.properties[0].at.source.text for word in ("either:", "choose(")):
        yield "choices"
    if any(each.fairness != "weak" or each.strong for each in spec.processes):
        yield "fairness of its own"


def disagreements(
    spec: Spec, counts: Counter[str] | None = None, names: Collection[str] = ()
) -> list[str]:
    """What z3 and the search say otherwise.

    counts: is told what was compared. names: the properties looked at; none means all. Raises
    SkippedError where the spec is too large.
    """
    counts = Counter() if counts is None else counts
    space, judgement = _checked(spec)
    moves = Moves(space, FOREVER)
    explainer = Explainer(space, judgement)
    found: list[str] = []
    for result in judgement.results:
        if not names or result.name in names:
            found += _bounded(space, judgement, result, counts)
            violation = Violation(space.program, result.form, result.name, explainer.movers)
            found += _orderings(space, moves, result, violation, counts)
    return found


def _checked(spec: Spec, *, forget: bool = False) -> tuple[Space, Judgement]:
    try:
        limits = Limits(max_states=MOST_STATES)
        space, judgement = check_spec(
            spec, limits, options=SearchOptions(forget_from=0 if forget else None)
        )
    except SpecError as error:
        raise SkippedError(str(error)) from error
    skip_stopped(space.stopped)
    return space, judgement


def _told_wrong(
    runs: Runs, result: PropertyResult, reason: Reason, point: NoReturn, counts: Counter[str]
) -> list[str]:
    """What is not so of what is told of a violation, by all runs."""
    counts["points of no return"] += 1
    found = judged_return(runs, result, point)
    if "disagree" in reason.note:
        return [*found, f"reason: {result.name}: {reason.note}"]
    try:
        found += judged_by_short_runs(runs, result, reason)
        counts["by short runs"] += bool(reason.proved_by)
    except SkippedError:
        counts["no short runs"] += 1
    try:
        found += judged_reason(runs, result, reason)
    except SkippedError:
        counts["too many runs"] += 1
    else:
        counts["reasons"] += bool(reason.proved_by)
        counts["complete"] += bool(reason.complete_by)
        counts[f"of {reason.scope}"] += bool(reason.proved_by)
    return found


def _told_wrong_if_interrupted(
    runs: Runs, space: Space, judgement: Judgement, result: PropertyResult, counts: Counter[str]
) -> list[str]:
    """What is not so of what is told where somebody interrupts, at a moment that is drawn."""
    clock = _Looks()
    Explainer(space, judgement, clock).explain(result, timeout=2 * PATIENCE)
    # Before that, there hardly is a reason.
    last = random.Random(clock.looks).randrange(clock.looks // 2, clock.looks)
    short = Explainer(space, judgement, _Looks(last)).explain(result, timeout=2 * PATIENCE)
    if not short.proved_by:
        return []
    try:
        wrong = judged_reason(runs, result, short)
    except SkippedError:
        return []
    counts["interrupted"] += 1
    return [f"interrupted after {last} looks: {each}" for each in wrong]


class _Looks:
    """Somebody who interrupts after so many looks (none: never), and counts them."""

    def __init__(self, last: int | None = None) -> None:
        self.looks = 0
        self.last = last

    def __call__(self) -> bool:
        self.looks += 1
        return self.last is not None and self.looks > self.last


# --- z3 against the search ----------------------------------------------------------------------


def _bounded(
    space: Space, judgement: Judgement, result: PropertyResult, counts: Counter[str]
) -> list[str]:
    if space.depth * len(space.machine.instances) > MOST_SLOTS:
        return []
    opinion = second_opinion(space, judgement, result, timeout=PATIENCE)
    counts[f"bounded {opinion.answer}"] += 1
    wrong = opinion.answer == "disagrees"
    return [f"bounded: {result.name} is {result.verdict}, in {opinion.steps} steps"] * wrong


def _orderings(
    space: Space, moves: Moves, result: PropertyResult, violation: Violation, counts: Counter[str]
) -> list[str]:
    whole = RunGraph.of_space(moves, lambda _: False)
    if not whole.is_acyclic():
        return []
    bounds = whole.longest(len(space.machine.instances))
    graph = _graph(moves, violation)
    labels = [label for label in sorted(graph.labels) if label.instance >= 0]
    events = [Occurrence(label, number) for label in labels for number in (1, 2, 3)]
    pairs = [Fact(a, b, both) for a in events for b in events if a != b for both in (False, True)]
    pairs += [each for a in events for each in (Fact(a, None), Fact(None, a))] * len(events)
    if sum(bounds) > MOST_EVENTS or not pairs:
        return []
    draw = random.Random(len(space.states))
    initial = space.states[: space.initial]
    good, bad = GoodRuns(graph, FOREVER), BadRuns(graph, FOREVER)
    found = []

    def some(most: int) -> list[Fact]:
        return draw.sample(pairs, min(len(pairs), draw.randint(0, most)))

    for _ in range(ASKED):
        chosen = some(3)
        forces = good.find(chosen) is None
        answer = violation.is_forced(initial, bounds, chosen, None, FOREVER)
        counts[f"forced {answer.value}"] += 1
        if answer is ANSWERS[not forces]:
            found.append(f"forced: {result.name} by {chosen}: z3 {answer.value}, search {forces}")
        sets = [some(2) or pairs[:1] for _ in range(draw.randint(1, 3))]
        covers = bad.find(sets) is None
        answer = violation.is_covered(initial, bounds, sets, FOREVER)
        counts[f"covered {answer.value}"] += 1
        if answer is ANSWERS[not covers]:
            found.append(f"covered: {result.name} by {sets}: z3 {answer.value}, search {covers}")
    return found


def _graph(moves: Moves, violation: Violation) -> RunGraph:
    if violation.form.name == "no_error":
        return RunGraph.until_error(moves, violation.violates, violation.passing)
    if violation.form.name in ("finally", "no_deadlock"):
        return RunGraph.of_space(moves, violation.violates)
    return RunGraph.passing(moves, violation.violates)

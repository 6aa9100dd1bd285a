"""After the verdicts: why a violation happens, and what a second judge says of them.

In: an explored space, its judgement and the results. Out: the results with more known of them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from ..budget.spending import Ask, StopNow, why_of
from ..explain.patience import REASON_TIMEOUT, asking_why
from ..explore.space import Space
from ..results.check import NoReturn, PropertyResult, SecondOpinion
from ..results.reasons import Reason
from ..verify.judgement import Judgement
from ..verify.no_return import point_of_no_return

if TYPE_CHECKING:
    from ..explain.reason import Explainer

__all__ = ["Stage", "judged_again", "with_reasons"]

BOUNDED_TIMEOUT = 30.0
"""Seconds of work, counted in units, that z3 may take to judge one property."""

Stage = Callable[[str], None] | None
"""Told in words what is done after the search."""
Results = tuple[PropertyResult, ...]


def with_reasons(
    space: Space,
    judgement: Judgement,
    results: Results,
    names: Collection[str],
    stage: Stage,
    interrupted: Ask,
) -> Results:
    """The results, those of `names` that are violated with a reason and a point of no return, or
    with why they have none."""
    asked = [each.name for each in results if each.name in names and _is_asked(each)]
    if not asked:
        return results
    found = {each.name: each for each in results}
    why = why_of(interrupted)
    try:
        from ..explain.reason import Explainer

        explainer = Explainer(space, judgement, interrupted)
        for name in asked if not why else ():
            if stage is not None:
                stage(asking_why(name))
            found[name] = _with_reason(explainer, found[name], interrupted)
    except StopNow as stop:
        why = stop.why
    return tuple(
        _without_reason(each, why) if each.name in asked and each.reason is None else each
        for each in found.values()
    )


def _is_asked(result: PropertyResult) -> bool:
    """Whether there is a run to explain, and nobody has yet."""
    has_steps = result.trace is not None and bool(result.trace.steps)
    return has_steps and result.verdict == "violated" and result.reason is None


def _with_reason(explainer: Explainer, result: PropertyResult, interrupted: Ask) -> PropertyResult:
    """A violated property with its reason and its point of no return, or with why it has none."""
    space, judgement = explainer.space, explainer.judgement
    why = why_of(interrupted)
    try:
        if not why:
            told = explainer.explain(result, timeout=REASON_TIMEOUT)
            result = dataclasses.replace(result, reason=told)
            if result.form.of_steps:
                return result
            point = point_of_no_return(space, judgement, result, interrupted=interrupted)
            return dataclasses.replace(result, no_return=point)
    except StopNow as stop:
        why = stop.why
    return _without_reason(result, why)


def _without_reason(result: PropertyResult, why: str) -> PropertyResult:
    """A violated property of which it is not known why: `why` that is so, in words."""
    unknown = Reason((), "", "", f"why it happens is not known: {why}", 0.0)
    return dataclasses.replace(
        result, reason=result.reason or unknown, no_return=NoReturn(None, why)
    )


def judged_again(
    space: Space, judgement: Judgement, results: Results, stage: Stage, interrupted: Ask
) -> Results:
    """The results, each with what z3 says of its verdict; undetermined where it contradicts."""
    from ..symbolic.bounded_check import second_opinion

    found = []
    for result in results:
        if stage is not None:
            stage(f"judging {result.name} again with z3 (some {BOUNDED_TIMEOUT:g} s at most)")
        try:
            opinion = second_opinion(
                space, judgement, result, timeout=BOUNDED_TIMEOUT, interrupted=interrupted
            )
        except StopNow as stop:
            opinion = SecondOpinion("undetermined", 0, stop.why, 0.0)
        verdict = "undetermined" if opinion.answer == "disagrees" else result.verdict
        found.append(dataclasses.replace(result, bounded=opinion, verdict=verdict))
    return tuple(found)

"""A spec judged by the search and, a second time, by z3: what the two disagree about."""

from __future__ import annotations

from collections import Counter

from model_check.explore.limits import Limits
from model_check.language import SpecError
from model_check.language.tree.spec import Spec
from model_check.symbolic.bounded_check import second_opinion
from model_check.verify.checking import check_spec

from .compare import SkippedError, skip_stopped

__all__ = ["MOST_STATES", "PATIENCE", "contradictions", "opinions"]

MOST_STATES = 400
"""States of a spec that is small enough."""
PATIENCE = 2.0
"""Seconds for one property."""


def opinions(spec: Spec, patience: float = PATIENCE) -> tuple[Counter[str], list[str]]:
    """How often z3 agrees, disagrees, or does not know, and about what it disagrees.

    Raises SkippedError where the spec is too large, or has no initial state.
    """
    try:
        space, judgement = check_spec(spec, Limits(max_states=MOST_STATES))
    except SpecError as error:
        raise SkippedError(str(error)) from error
    skip_stopped(space.stopped)
    counts: Counter[str] = Counter()
    wrong = []
    for result in judgement.results:
        opinion = second_opinion(space, judgement, result, timeout=patience)
        counts[opinion.answer] += 1
        if opinion.answer == "disagrees":
            wrong.append(f"z3: {result.name} is {result.verdict} ({opinion.steps} steps)")
    return counts, wrong


def contradictions(spec: Spec) -> list[str]:
    """About what z3 contradicts the search. Raises as `opinions`."""
    return opinions(spec)[1]

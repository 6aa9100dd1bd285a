"""Which runs a reason speaks of: all that there are, where that is so, and otherwise which.

Runs are complete, or fair and without an end. One that a run-time error ends violates only that
there is none. So where a spec has such runs, what facts force is a claim of the others: it is never
said of more runs than it is true of.
"""

from __future__ import annotations

from ..results.reasons import COMPLETE_RUNS, FAIR_RUNS, FAIR_RUNS_WITHOUT_ERROR, WITHOUT_ERROR

__all__ = ["SAME_STEPS", "scope_of"]

SAME_STEPS = "runs of exactly these steps"


def scope_of(*, fair: bool, failing: bool) -> str:
    """The runs of which a claim about the runs of a graph is one. fair: there are some without an
    end, and only fair ones count. failing: some runs end in an error that does not violate."""
    if failing:
        return FAIR_RUNS_WITHOUT_ERROR if fair else WITHOUT_ERROR
    return FAIR_RUNS if fair else COMPLETE_RUNS

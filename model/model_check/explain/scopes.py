"""Which runs a reason speaks of: all that there are, where that is so, and otherwise which.

A property about the end says nothing of a run that has none, and a run that a run-time error
ends violates only that there is none. So where a spec has such runs, what orderings force is a
claim of the others: it is never said of more runs than it is true of.
"""

from __future__ import annotations

from ..results.check import COMPLETE_AND_ENDLESS_RUNS, COMPLETE_RUNS, PropertyResult
from .runs import RunGraph

__all__ = [
    "ENDING", "ENDING_RIGHT", "SAME_STEPS", "WITHOUT_ERROR", "scope_of", "why_not_explained",
]  # fmt: skip

SAME_STEPS = "runs of exactly these steps"
ENDING = "runs that come to an end"
WITHOUT_ERROR = "runs that no run-time error ends"
ENDING_RIGHT = "runs that come to an end without a run-time error"


def scope_of(graph: RunGraph, *, at_end: bool, failing: bool) -> str:
    """The runs of which a claim about the runs of a graph is one.

    at_end: the property is about ends. failing: some runs end in an error that does not
    violate it.
    """
    endless = not graph.is_acyclic()
    if at_end and endless:
        return ENDING_RIGHT if failing else ENDING
    if failing:
        return WITHOUT_ERROR
    return COMPLETE_AND_ENDLESS_RUNS if endless else COMPLETE_RUNS


def why_not_explained(result: PropertyResult) -> str:
    """Why no order of events is looked for that forces a violation: it is one of a whole run, or
    of a step, and not of a state; else ""."""
    if result.trace is not None and result.trace.end == "loop":
        return "which order of events forces it is not looked for: this run never ends"
    if result.trace is not None and result.trace.end == "rest":
        return "which order of events forces it is not looked for: more could happen, and need not"
    if result.form.asks_runs:
        return "which order of events forces it is not looked for: a whole run is asked"
    if result.form.of_steps:
        return "which order of events forces it is not looked for: a step is asked, not a state"
    return ""

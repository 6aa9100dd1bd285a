"""From a violated property to the trace that is shown of it, and from a verdict to whether it
decides a set of changes."""

from __future__ import annotations

from ..results.check import PropertyResult, Trace, Verdict
from ..verify.trace import Tracer
from ..verify.verdicts import Judgement

__all__ = ["decided", "shortest_violation"]


def shortest_violation(
    tracer: Tracer, judgement: Judgement, result: PropertyResult
) -> Trace | None:
    """A shortest trace to a state that violates a property, whatever it prefers to show; where
    no state by itself does, the run or the step that the check shows. None where no run can show
    it: what should be possible is not."""
    told = result.trace
    if told is None or told.end in ("error", "loop"):
        return told
    if result.form.asks_runs or result.form.of_steps:
        return told
    return tracer.to(judgement.violating[result.name][0])


def decided(result: PropertyResult) -> Verdict:
    """The verdict on a property, if nothing is left open beside it: one that holds of the runs
    that were looked at alone is not known."""
    if result.verdict == "holds" and result.note:
        return "undetermined"
    return result.verdict

"""From a violated property to the trace that is shown of it, and to what a run was; and from a
verdict to whether it decides a set of changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..results.check import PropertyResult, Trace, Verdict
from ..verify.judgement import Judgement
from ..verify.trace import Tracer

__all__ = ["Run", "decided", "shortest_violation"]


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


@dataclass(frozen=True, slots=True)
class Run:
    """A run that violates a property: its `steps`, by instance and label, and where everybody
    `stands` before the first of them and after each. `by_state`: a state by itself, the last one,
    is what counts, and not the run; `at_end`: where everybody stands there counts too."""

    steps: tuple[tuple[str, str], ...]
    stands: tuple[Mapping[str, str], ...]
    by_state: bool
    at_end: bool

    @classmethod
    def of(cls, trace: Trace, *, by_state: bool, at_end: bool) -> Run:
        """The run that a trace tells."""
        return cls(
            tuple((each.instance, each.label) for each in trace.steps),
            (trace.initial.locations, *(each.state.locations for each in trace.steps)),
            by_state,
            at_end,
        )

"""A violating run that was found for a race, told as a trace."""

from __future__ import annotations

from ..results.check import Trace
from ..symbolic.facts import Fact, all_kept
from ..verify.same_state import SameState
from ..verify.shorter_lasso import LassoRun
from ..verify.trace import Tracer
from .constrained_search import Run
from .runs import NO_STATE, RunGraph
from .violation import Violation

__all__ = ["trace_of_run"]


def trace_of_run(
    tracer: Tracer, graph: RunGraph, violation: Violation, facts: tuple[Fact, ...], run: Run
) -> Trace:
    """The run as far as it has violated and keeps the facts; as far as it goes, where that takes
    the whole of it."""
    space = tracer.space
    numbers = [graph.states[node] for node in run.nodes]
    labels = [graph.labels[label] for label in run.labels]
    end = next((i for i, node in enumerate(run.nodes) if node in graph.past), None)
    if end is not None and all_kept(facts, labels[:end]):
        numbers, labels, loop_from = numbers[: end + 1], labels[:end], None
    else:
        loop_from = run.loop_from
    if numbers[0] == NO_STATE:
        # What is chosen before the first step is no step.
        numbers, labels = numbers[1:], labels[1:]
        loop_from = None if loop_from is None else loop_from - 1
    steps = [label.step for label in labels]
    if loop_from is not None:
        lasso = LassoRun(tuple(numbers), tuple(steps[loop_from:]), loop_from)
        return tracer.lasso(lasso, SameState(space.program, violation.name), steps[:loop_from])
    if numbers[-1] == NO_STATE:
        states = [space.states[i] for i in numbers[:-1]]
        return tracer.along_to_error(states, steps[-1], steps[:-1])
    states = [space.states[i] for i in numbers]
    undefined = violation.undefined(states[-1])
    if undefined is not None:
        return tracer.along_to_undefined(states, *undefined, steps)
    if numbers[-1] not in set(space.terminal):
        return tracer.along(states, "state", steps)
    return tracer.along(states, "final" if space.is_final(states[-1]) else "deadlock", steps)

"""The events of the trace that is shown: what a reason of it speaks of.

In: the transitions of a space, and a trace, also by the numbers of its states. Out: its events as a
reason knows them. Several steps may lead from one state to the same other one: the one that is
shown is meant, for in a lasso it is what makes it fair.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..explore.space import Space
from ..machine.core import Machine
from ..results.trace import Trace, TraceStep
from ..symbolic.occurrences import Label
from .moves import Moves, Names

__all__ = ["events_shown", "steps_shown"]


def events_shown(moves: Moves, path: Sequence[int], trace: Trace | None) -> list[Label]:
    """The events of a trace through these states, one that fails too; before them which state it
    begins in, where there are several."""
    assert trace is not None
    machine, labels = moves.space.machine, moves.labels
    found = []
    if moves.initial != tuple(range(moves.space.initial)):
        root = moves.successors[moves.initial[0]]
        found.append(next(labels[n] for target, n in root if target == path[0]))
    for before, after, step in zip(path, path[1:], trace.steps, strict=False):
        ways = [labels[n] for target, n in moves.successors[before] if target == after]
        found.append(_shown(machine, ways, step))
    if len(trace.steps) > len(path) - 1:
        failing = [label for state, label in moves.failing if state == path[-1]]
        found.append(_shown(machine, failing, trace.steps[-1]))
    return found


def steps_shown(space: Space, path: Sequence[int], trace: Trace | None) -> list[Label]:
    """The same by names alone, where not all transitions are known."""
    assert trace is not None
    machine, names = space.machine, Names(space.machine)
    numbers = {(machine.instances[s.instance].name, s.label): s.index for s in machine.steps}
    return [
        names.label(space.states[state], numbers[step.instance, step.label])
        for state, step in zip(path, trace.steps, strict=False)
    ]


def _shown(machine: Machine, ways: Iterable[Label], step: TraceStep) -> Label:
    """The one of some events that a step of a trace is."""
    return next(
        each
        for each in ways
        if machine.steps[each.step].label == step.label
        and machine.instances[each.instance].name == step.instance
    )

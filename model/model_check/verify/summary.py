"""From a space to its size, in values a person reads."""

from __future__ import annotations

from ..explore.space import Space
from ..results.check import SpaceSummary
from .endings import not_final
from .trace import Tracer

__all__ = ["summarize"]


def summarize(space: Space) -> SpaceSummary:
    """The size of a space, in values a person reads."""
    final = len(space.terminal) - len(not_final(space, space.terminal))
    growth, within = space.growth, space.machine.spec.within
    reduction = space.reduction
    return SpaceSummary(
        states=len(space.states),
        transitions=space.transitions,
        depth=space.depth,
        final_states=final,
        deadlock_states=len(space.terminal) - final,
        seconds=space.seconds,
        stopped=space.stopped,
        grew=growth.variable if growth else "",
        growth=Tracer(space).to(growth.index) if growth and space.states else None,
        state_bits=space.machine.width,
        limit=growth.limit if growth else "",
        outside=len(space.outside),
        within=within.text if within else "",
        reduced=reduction.kinds if reduction else (),
        left_out=space.left_out,
        alike=reduction.alike if reduction else (),
    )

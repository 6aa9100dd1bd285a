"""From a run without an end to what of it can be carried out: in, then some times round.

Nobody can carry out all of such a run. Once round could be an accident of how the real thing
began; that it comes back to where it was, and does the same again from there, is shown by going
round more than once. The machine goes round as well: what nobody reads any more may be another in
each round, and is told as it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...explore.space import Space
from ...results.check import Trace
from ...verify.same_state import SameState
from ...verify.trace import Tracer, numbers_of_steps

__all__ = ["ROUNDS", "carried_out", "rounds_done"]

ROUNDS = 3
"""How often a run without an end goes round before it is left."""


def carried_out(space: Space, trace: Trace, states: Sequence[int]) -> Trace:
    """The steps of a trace that are carried out: all of them, and of one that never ends those
    that go round ROUNDS times. `states`: those of the run, of a space with all values."""
    begin = trace.loop_from
    if begin is None:
        return trace
    steps = numbers_of_steps(space.machine, trace.steps)
    around = steps[begin:]
    run = SameState(space.program).rounds(states, begin, around, ROUNDS)
    told = Tracer(space).along(run, "state", [*steps[:begin], *around * ROUNDS])
    assert len(told.steps) == begin + len(around) * ROUNDS
    return told


def rounds_done(trace: Trace, steps: int) -> int:
    """How often a run without an end has gone round after this many steps that were right."""
    assert trace.loop_from is not None
    around = len(trace.steps) - trace.loop_from
    return max(0, steps - trace.loop_from) // around

"""Whether it pays to leave steps out, seen from a few runs.

A choice in each state costs time. Where everything has to do with everything, it leaves out
nothing: that is seen from some states, for which runs are followed as a coin says, always the same
one.
"""

from __future__ import annotations

from ..explore.memo import GrowthNeededError
from ..explore.reduced import ReducedSteps
from ..explore.reduction import Order, Reduction
from ..machine.python.program import Program

__all__ = ["share_left_out"]

RUNS = 24
STEPS = 60
"""Of a run, at the most."""
MULTIPLIER, INCREMENT, MASK = 6364136223846793005, 1442695040888963407, (1 << 64) - 1
"""Of a linear congruential generator: Knuth, MMIX."""


def share_left_out(program: Program, order: Order) -> float:
    """Of the transitions of some states, the share that an order leaves out."""
    whole = ReducedSteps(program, Reduction())
    reduced = ReducedSteps(program, Reduction(order))
    initial: list[int] = []
    program.initial(initial)
    coin, kept, every = 1, 0, 0
    for _ in range(RUNS):
        state = initial[coin % len(initial)]
        for _ in range(STEPS):
            try:
                moves, left = whole.of(state).moves, reduced.of(state).moves
            except GrowthNeededError:
                break
            if not moves:
                break
            every += len(moves)
            kept += len(left)
            coin = (coin * MULTIPLIER + INCREMENT) & MASK
            state = moves[(coin >> 33) % len(moves)][0]
    return 1 - kept / every if every else 0.0

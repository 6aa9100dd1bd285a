"""What a simulation was, in values that a person can read."""

from __future__ import annotations

from ..language.records import dataclass
from .coverage import UntakenStep

__all__ = ["SimulationSummary"]


@dataclass(frozen=True, slots=True)
class SimulationSummary:
    """Walks at random, made by a `seed`: how many were begun, their `steps` together, and those of
    the longest; none may have more than `depth`. `over`: why no more were taken, in words.

    How they ended: `final` with all well, in `deadlocks`, `failed` with a run-time error where
    nothing else could happen, `outside` of `within`, `cut` off after `depth` steps, `limited` by a
    limit of this tool (`limit`: the first, in words). Walks that were under way at the end are in
    none of these.

    `states`: how many different ones there were, about. In the last `late_steps` of all steps,
    about `late_states` of these were new. `untaken`: what no walk did, be it a step or a fault.
    """

    walks: int
    steps: int
    seed: int
    depth: int
    longest: int
    over: str
    final: int
    deadlocks: int
    failed: int
    outside: int
    cut: int
    limited: int
    limit: str
    states: int
    late_steps: int
    late_states: int
    untaken: tuple[UntakenStep, ...] = ()
    faults: bool = False
    """Whether something can go wrong."""

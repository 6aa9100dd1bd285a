"""What came of runs, however that was found out: the common answer of all methods."""

from __future__ import annotations

from collections.abc import Mapping

from ..language.records import dataclass

__all__ = ["Measured", "Outcomes"]

Measured = tuple[float, float, float]
"""An estimate, and the ends of its interval (95 %); all three the same where it is exact."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """`method`: "markov" (exact, all times exponential or none), "regions" (exact, fixed and
    uniform times), "simulation", "splitting". `broken`: the share of runs that break each property;
    `endings`: of each property, for each kind of ending (see `TimedGraph.kinds`) in which it is
    broken, the share of all runs; `means`: the mean of each quantity at the end, of those that have
    come to rest there in all runs. `runs`: how many were simulated, `steps`: theirs together,
    `seed`. `counts`: of simulated ones, how many broke each property; `are_alike`: all did the
    same, for chance has no part in them. `note`: what else is to be said of how it was found out,
    in words."""

    method: str
    broken: Mapping[str, Measured]
    endings: Mapping[str, Mapping[int, Measured]]
    means: Mapping[str, Measured]
    runs: int = 0
    steps: int = 0
    seed: int = 0
    counts: Mapping[str, int] | None = None
    are_alike: bool = False
    note: str = ""

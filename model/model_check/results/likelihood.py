"""How likely runs go wrong, in values that a person can read."""

from __future__ import annotations

from ..language.records import dataclass
from .trace import Value

__all__ = ["Ending", "Likelihood", "LikelihoodReport", "Mean", "Share", "SweepPoint", "ToldTime"]


@dataclass(frozen=True, slots=True)
class Share:
    """A share of all runs, from 0 to 1, and the ends of its 95 % interval; all the same where it is
    exact. `runs`: how many of the simulated ones; None where none were, or they were weighted."""

    estimate: float
    low: float
    high: float
    runs: int | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """What runs that broke a property ended with: the `define`s by name, and their share."""

    values: tuple[tuple[str, Value], ...]
    share: Share


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Of one property: the share of runs that break it, and their endings, most likely first."""

    property: str
    share: Share
    endings: tuple[Ending, ...]


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean, over all runs, of a `define` at the end: of its number, or of how many there are in
    it (`counted`)."""

    name: str
    counted: bool
    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ToldTime:
    """What was assumed of a step (`gateway.subscribe`), or of when a process begins (`gateway`):
    its time in words; `source`: "spec", "log", "sweep" or "" where nothing is said and it takes
    none; `lines`: the place in the spec."""

    step: str
    text: str
    source: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class SweepPoint:
    """One value of the time that is swept, in nanoseconds, and what comes of it by property."""

    time: int
    shares: tuple[tuple[str, Share], ...]


@dataclass(frozen=True, slots=True)
class LikelihoodReport:
    """Of one spec. `method`: see `likelihood.tally.Outcomes`; `runs`, `steps`, `seed`: of a
    simulation (0, 0 where there was none); `precision`: what was asked; `times`: what was assumed;
    `unsaid`: the steps of which nothing is said, which take no time; `notes`: what else is to be
    known, a sentence each. `swept`: the step whose time is swept, as its `points` say. `undecided`:
    why nothing can be said, in words; "" where something is."""

    name: str
    path: str
    method: str
    runs: int
    steps: int
    seed: int
    precision: float
    times: tuple[ToldTime, ...]
    unsaid: tuple[str, ...]
    properties: tuple[Likelihood, ...]
    means: tuple[Mean, ...]
    notes: tuple[str, ...] = ()
    swept: str = ""
    points: tuple[SweepPoint, ...] = ()
    undecided: str = ""
    seconds: float = 0.0

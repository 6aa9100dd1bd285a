"""How likely runs go wrong, in values that a person can read."""

from __future__ import annotations

from ..language.records import dataclass
from .trace import Value

__all__ = [
    "Ending", "Likelihood", "LikelihoodReport", "Likelihoods", "Mean", "Share", "SweepPoint",
    "ToldTime",
]  # fmt: skip


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
    """What runs that broke a property ended with: the `define`s by name, and their share.
    `changing`: the names of those that can still change in a run that goes on for ever."""

    values: tuple[tuple[str, Value], ...]
    share: Share
    changing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Of one property: the share of runs that break it, and their endings, most likely first.
    `method`: how its share was found, see `LikelihoodReport`."""

    property: str
    share: Share
    endings: tuple[Ending, ...]
    method: str


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
    its time as it is written; `source`: "spec", or "log" where values were measured; `place`:
    where that stands, `file:line`."""

    step: str
    text: str
    source: str
    place: str


@dataclass(frozen=True, slots=True)
class SweepPoint:
    """One value of the time that is swept, in nanoseconds, and what comes of it by property;
    `methods`: how each of these was found, in the same order."""

    time: int
    shares: tuple[tuple[str, Share], ...]
    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LikelihoodReport:
    """Of one spec. `method`: of the shares and means of all runs, see `likelihood.tally.Outcomes`;
    that of a property is "splitting" where it is rare in a simulation, and "orders" where no order
    of the steps breaks it, so that no run does in which time goes on. `runs`, `steps`, `seed`: of a
    simulation (0, 0 where there was none); `precision`: what was asked, to either side; `times`:
    what was assumed; `unsaid`: the steps of which nothing is said, which take no time; `never`:
    what may go wrong of which nothing is said, and which never comes; `left_out`: the properties of
    which nothing is said, each with why; `notes`: what else is to be known, a sentence each.
    `swept`: the step whose time is swept, as its `points` say. `undecided`: why nothing can be
    said, in words; "" where something is. `stopped`: why it was ended before it was as precise as
    asked; "" if it was not.
    """

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
    never: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    swept: str = ""
    points: tuple[SweepPoint, ...] = ()
    undecided: str = ""
    stopped: str = ""

    @property
    def is_told(self) -> bool:
        """Whether all that was asked was found out, as precisely as it was asked."""
        return not self.undecided and not self.stopped


@dataclass(frozen=True, slots=True)
class Likelihoods:
    """Of one spec or several, in the order in which they were named. `command`: the command line
    that does the same again; `files`: what was written; `notes`: what is to be known of that."""

    reports: tuple[LikelihoodReport, ...]
    command: str
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

"""What replays and free runs of real processes found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .check import CallRecord, ResourceView, Trace, Value
from .faults import NO_FAULTS, Faults
from .inspections import Inspection
from .step_times import Timing

__all__ = [
    "CheckLine", "Disagreement", "RealStep", "RecordResult", "ReplayedRun",
    "ScheduleReplay", "Screen", "TraceReplay",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One line of the checklist."""

    text: str
    ticked: bool


@dataclass(frozen=True, slots=True)
class Screen:
    """One screen: `display` is the variable (`client.shown`), `shown` its value; `store` and
    `stored` the same of the history on the server; `missing`: what is stored and not shown.
    `checklist` is empty where nothing is missing."""

    display: str
    shown: tuple[Value, ...]
    store: str
    stored: tuple[Value, ...]
    missing: tuple[Value, ...]
    checklist: tuple[CheckLine, ...]

    @property
    def instance(self) -> str:
        """The process that shows it."""
        return self.display.rpartition(".")[0]


@dataclass(frozen=True, slots=True)
class RealStep:
    """A step as it really happened. `calls` have the real answers; `milliseconds`: since the
    run began, when the step was done."""

    number: int
    event: str
    instance: str
    calls: tuple[CallRecord, ...]
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Where the real thing did something else than the model: at a step (its number and
    event; 0 for the end of the run), and what."""

    number: int
    event: str
    message: str

    def __str__(self) -> str:
        where = f"step {self.number} ({self.event})" if self.number else "the end"
        return f"the model and the server disagree at {where}: {self.message}"


@dataclass(frozen=True)
class ReplayedRun:
    """What a replay measured.

    `variables`: what the processes hold, computed from what they really got; `stored`: what
    the server holds, read at the end; `watch`: the watched definitions over the processes'
    variables. `disagreement` None: all was as the model says.
    """

    trace: Trace
    steps: tuple[RealStep, ...]
    variables: Mapping[str, Value]
    stored: Mapping[str, Value]
    watch: Mapping[str, Value]
    disagreement: Disagreement | None
    seconds: float
    resources: tuple[ResourceView, ...] = ()
    """Those of the spec, by whose names keys may be told."""
    inspections: tuple[Inspection, ...] = ()
    """What was asked of the server beside that, at the moments that matter."""
    ran_down: tuple[str, ...] = ()
    """The answers that were less than the model's, since they are times that are left: the model
    has no clock, and they are told, and gone on with, as it has them."""


@dataclass(frozen=True)
class TraceReplay:
    """A trace that was carried out `times` times, on `server` (its name; `own`: started for
    this). `first` is the first run, `screens` what it showed; `same`: in how many runs every
    screen lacked what it lacked in the first. `disagreement`: the first one, it ended
    everything; `first` is then the run in which it happened. `rounds`: how often a run that has no
    end went round in `first`, as the model does; None for a run that ends."""

    model: str
    server: str
    own: bool
    times: int
    first: ReplayedRun
    screens: tuple[Screen, ...]
    same: int
    disagreement: Disagreement | None
    seconds: float
    rounds: int | None = None
    faults: Faults = NO_FAULTS
    """What may go wrong, or was left out."""

    @property
    def surprising(self) -> bool:
        """Whether the real thing did something else than the model, or not every time."""
        return self.disagreement is not None or self.same < self.times


@dataclass(frozen=True)
class ScheduleReplay:
    """Many complete runs of a model.

    `done`: how many; `asked`: how many were wanted, None for as many as take every transition.
    `taken` of the `transitions` of the space were in one of them. `losing`: in how many a
    screen lacked something, `lost`: how often what. `violated`: of the properties that are
    asked of ends, in how many runs each is broken, 0 included; `broken`: the same of those that
    are asked of steps and of whole runs; `unexpected`: those of them that the spec expects to
    hold. A `disagreement` ended everything with the last run, which is `last`.
    """

    model: str
    server: str
    own: bool
    asked: int | None
    done: int
    steps: int
    taken: int
    transitions: int
    losing: int
    lost: Mapping[str, int]
    violated: Mapping[str, int]
    unexpected: tuple[str, ...]
    last: ReplayedRun
    disagreement: Disagreement | None
    seconds: float
    broken: Mapping[str, int] = field(default_factory=dict)
    ran_down: bool = False
    """Whether an answer was less than the model's, since it was a time that was left."""
    faults: Faults = NO_FAULTS
    """What may go wrong, or was left out."""

    @property
    def surprising(self) -> bool:
        """Whether the real thing did something else than the model, or than the spec expects."""
        return self.disagreement is not None or bool(self.unexpected)


@dataclass(frozen=True)
class RecordResult:
    """What many connections showed.

    `judged`: how many connections there were of which anything could show that something went
    wrong: a property, or a screen. `unjudged`: the properties of which no connection says anything.
    `broken`: by property, how many connections broke it, 0 included; `unclear`: of how many of them
    that is not known, since the answers do not tell what was first at the server; `losing`: how
    many broke one, or had a screen that lacked something; `lost`: how often which item was missing.
    `seen`: by property that asks whether something is possible, how many connections showed it.
    `interval`, `gap` and `window`: seconds, as asked; `windows`: those that were measured, between
    the first and the last command of the process that connects, ascending. `restless`: how many
    connections did not come to an end in the time that they had, so that nothing is said of them.
    `seed`: what went wrong was drawn from it, None where nothing was to; `happened`: how often what
    did, in all of them together.
    """

    model: str
    server: str
    own: bool
    interval: float
    gap: float
    window: float
    connections: int
    judged: int
    unjudged: tuple[str, ...]
    losing: int
    broken: Mapping[str, int]
    lost: Mapping[str, int]
    windows: tuple[float, ...]
    seconds: float
    restless: int = 0
    seed: int | None = None
    happened: Mapping[str, int] = field(default_factory=dict)
    unclear: Mapping[str, int] = field(default_factory=dict)
    seen: Mapping[str, int] = field(default_factory=dict)
    inspections: tuple[Inspection, ...] = ()
    """What was asked of the server in the first connection in which something went wrong."""
    faults: Faults = NO_FAULTS
    """What may go wrong, or was left out."""
    timing: Timing | None = None
    """How long steps took; from when all processes of a connection were there, where it counts from
    the begin of a session."""

    @property
    def median_window(self) -> float | None:
        """The window that half of the connections had at most; None where nobody has one."""
        return self.windows[len(self.windows) // 2] if self.windows else None

    @property
    def share(self) -> float | None:
        """Of the judged connections that lost something, between 0 and 1; None where none was
        judged."""
        return self.losing / self.judged if self.judged else None

"""What logs of real servers say of a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from .check import Value, Verdict
from .faults import NO_FAULTS, Faults
from .inspections import Inspection
from .step_times import Timing

__all__ = [
    "ExpectedStep",
    "KeptRace",
    "LogEvidence",
    "LogFaults",
    "LogVerdict",
    "Mismatch",
    "MonitorResult",
    "SeenEvent",
    "SessionVerdict",
    "Standing",
    "Window",
]

Standing = Literal["unfit", "violated", "undetermined", "holds"]
"""Of a session: fits no run; a property is violated in all that it fits; not certain; in none."""


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """An event of a run: the log (by number) and line that it was seen in, and when
    (microseconds by that log's clock). `line` None: no log shows it, it came after line `after`
    of log `log` (None: before all). `answer`: of a transaction of which a log shows EXEC
    alone, what that answered: nothing was done."""

    name: str
    instance: str
    log: int | None
    line: int | None
    time: int | None
    after: int | None
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """While a process was between two of the events: `opened` and `closed`, in `milliseconds`
    (None where no log shows one of them, or they are in different logs)."""

    instance: str
    opened: SeenEvent
    closed: SeenEvent
    milliseconds: float | None


@dataclass(frozen=True, slots=True)
class KeptRace:
    """Facts that force the loss, in words, all of which the session
    kept; and the `events` that they name, in the order of the session (the second one of an
    ordering may not have happened when the log ended)."""

    facts: tuple[str, ...]
    events: tuple[SeenEvent, ...]
    window: Window | None


@dataclass(frozen=True, slots=True)
class ExpectedStep:
    """A step that could have come: by which process ("" for what fills a resource before the
    first step), and what a log would show of it. `clients`: the connections that are known to
    be that process's."""

    instance: str
    label: str
    wire: str
    clients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Where a log stops being a run of the model: its line, and what was expected.

    `time`: microseconds; `words`: what the line says; `known`: whether that is a command of
    the spec, with a value of the spec, at all; `fits`: how many lines of the session fit; `why`:
    what may be the reason, the likeliest first.
    """

    log: int
    line: int
    time: int
    client: str
    words: tuple[str, ...]
    known: bool
    fits: int
    expected: tuple[ExpectedStep, ...]
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LogEvidence:
    """What a session's log shows, as far as it goes, of a property that only a whole run decides,
    or one state; the fewest and the most over all ways to read it.

    `questions`: how often a `leads_to` began to wait, and `unanswered`: how many of these had no
    answer when the log ended; None where nothing is waited for. `seen`: whether what should be
    possible was seen, or a formula is true already, whatever comes: in all readings ("yes"), in
    none ("no"), or in some ("perhaps"); None where that is not asked."""

    questions: tuple[int, int] | None = None
    unanswered: tuple[int, int] | None = None
    seen: Literal["yes", "no", "perhaps"] | None = None


@dataclass(frozen=True, slots=True)
class LogFaults:
    """What must have gone wrong to explain a session's log: `least` faults, and none with fewer;
    in one way to read it those of `steps`. `certain`: the faults without which no reading fits,
    each with its owner: `worker.crashes`."""

    least: int
    steps: tuple[SeenEvent, ...]
    certain: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LogVerdict:
    """What a session's log says of a property. It is violated in `violating` of the `ends`
    that the log allows. `endings`: the different values of the watched definitions in those.
    `races`: the reasons that one violating run kept. `decided_by`: "search", with
    several logs also "z3 and search"; "" where nothing is decided. `open_races`:
    with several logs, what would have made it happen, for each reason the orderings that their
    clocks leave open. `evidence`: what the log shows of it as far as it goes, where it asks more
    than single states. `faults_violating`, `faults_kept`: the fewest faults in the ends that
    violate it, and in those that do not; None where there is no such end."""

    name: str
    verdict: Verdict
    violating: int
    ends: int
    endings: tuple[Mapping[str, Value], ...]
    races: tuple[KeptRace, ...]
    decided_by: str = "search"
    open_races: tuple[tuple[tuple[SeenEvent, SeenEvent], ...], ...] = ()
    evidence: LogEvidence | None = None
    faults_violating: int | None = None
    faults_kept: int | None = None


@dataclass(frozen=True, slots=True)
class SessionVerdict:
    """One session. `name`: what stands in the places of its keys. `started`, `ended`: of its
    lines, microseconds. `connections`: of each process, those that are certain. `mismatch`
    None: it fits. `complete`: nothing more need follow. `note`: why not more is known. `faults`:
    what must have gone wrong; None where nothing may, or it does not fit."""

    name: str
    db: int
    lines: int
    started: int
    ended: int
    connections: Mapping[str, tuple[str, ...]]
    complete: bool
    mismatch: Mismatch | None
    properties: tuple[LogVerdict, ...]
    note: str
    faults: LogFaults | None = None
    inspections: tuple[Inspection, ...] = ()
    """What was asked of the server about it, where one was listened to."""
    strangers: tuple[str, ...] = ()
    """Whose lines were not read as any process's, for it fits only so; of several, one is."""

    @property
    def standing(self) -> Standing:
        """What is known of it."""
        if self.mismatch is not None:
            return "unfit"
        verdicts = {each.verdict for each in self.properties}
        if "violated" in verdicts:
            return "violated"
        return "undetermined" if self.note or "undetermined" in verdicts else "holds"


@dataclass(frozen=True)
class MonitorResult:
    """What logs said of a model. Of the `lines` of all logs, `foreign` ones touch no session;
    `idle` sessions have no step of the model; `skipped` ones were not looked at. `cut`: why not
    all lines were read, "" where they were. `notes`: what else there is to know."""

    model: str
    logs: tuple[str, ...]
    skew: int
    lines: int
    foreign: int
    idle: int
    skipped: int
    cut: str
    sessions: tuple[SessionVerdict, ...]
    notes: tuple[str, ...]
    seconds: float
    faults: Faults = NO_FAULTS
    """What may go wrong, or was left out."""
    timing: Timing | None = None
    """How long steps took, where that was asked."""

    @property
    def standing(self) -> Standing:
        """The worst of the sessions'."""
        found = {each.standing for each in self.sessions}
        worst: tuple[Standing, ...] = ("unfit", "violated", "undetermined")
        for each in worst:
            if each in found:
                return each
        return "undetermined" if self.skipped or self.cut else "holds"

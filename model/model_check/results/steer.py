"""What was measured while a user's own services were steered through schedules of a model."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ..errors import EXIT_AS_EXPECTED, EXIT_UNDETERMINED, EXIT_UNEXPECTED, EXIT_WRONG_INPUT
from .check import ResourceView, SharedView, Trace, Verdict
from .faults import NO_FAULTS, Faults
from .monitor import SessionVerdict
from .replay import Screen

__all__ = ["Course", "Departure", "Outcome", "SteerResult", "SteeredCommand", "SteeredRun", "Turn"]

Course = Literal["carried out", "departed", "never came"]
"""How far a run kept to its schedule: to its end; until the services did something else; no command
of the spec came at all."""

Outcome = Literal["as said", "otherwise", "undetermined", "departed", "not possible", "never came"]
"""What came of a run: it was carried out, and ended as the model says; or otherwise; or that is not
known; and the other two of `Course`. Not possible: it was left since the connections of these
services keep another order."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What a schedule has of one step that the proxy sees, in its order. `number`: among these,
    from 1; `step`: number of the trace's step, `event`: its name (`publish#1`); `sends`: the
    commands that it sends, as text (`PUBLISH chat:stream:{session} 7`), several where they are
    carried out as one; `receives`: it sends nothing, a message is delivered to it instead."""

    number: int
    step: int
    instance: str
    event: str
    sends: tuple[str, ...]
    receives: bool = False


@dataclass(frozen=True, slots=True)
class SteeredCommand:
    """A request of a service, or a message to it (`delivered`), about the steered session, in the
    order in which they went through (`number`, from 1).

    `commands`: what it says, as MONITOR shows words, several of a transaction; `connection`: its
    number and address. `turn`: the number of its turn; None where it is part of none. `instance`:
    whose it is, "" where that is not known. `answer`: the server's, as redis-cli shows it, cut off;
    `differs`: the model's answer, where the real one is another; else "". Times are milliseconds
    since the run began: when it `came`, when it was let through (`went`), and when its answer was
    passed on (`answered`; None where it never was)."""

    number: int
    commands: tuple[str, ...]
    connection: int
    address: str
    turn: int | None
    instance: str
    answer: str
    differs: str
    came: float
    went: float
    answered: float | None
    delivered: bool = False
    lines: tuple[int, ...] = ()
    """Which of the run's lines it is, from 1."""

    @property
    def held(self) -> float:
        """Milliseconds that it was held."""
        return self.went - self.came


Cause = Literal["else", "silence", "over", "answered", "queued", "interrupted"]
"""Why a schedule was left (see `Departure`)."""


@dataclass(frozen=True, slots=True)
class Departure:
    """Where the services left a schedule: it was the turn of `turn`, which did not come. `held`:
    what they had sent by then and was not its turn, each as text with whose it is (`gateway:
    SUBSCRIBE chat:stream:1`); `instead`: of these, what the same process sent, "" where nothing;
    `unknown`: commands on the session's keys that no process of the spec says; `waited`: seconds
    until it was given up. `cause`: the process sent something `else`; nothing came (`silence`); the
    services were `over`; the turn was let through and is not `answered`; somebody `interrupted`.
    `broken`: connections that the server ended, or that spoke no protocol, each as text."""

    turn: Turn
    held: tuple[str, ...]
    instead: str
    unknown: tuple[str, ...]
    waited: float
    cause: Cause
    broken: tuple[str, ...] = ()


@dataclass(frozen=True)
class SteeredRun:
    """One run of the services under one schedule.

    `number`: of the schedule, from 1; `trace`: the model's run; `turns`: what of it the proxy sees,
    of which the first `done` were carried out. `departure` None: all were. `session`: what the
    commands that went through say of the session by the model's own formulas; None where none did.
    `screens`: what a user saw and what was stored in the trace that was carried out; () of another
    run. `lines`: the commands as MONITOR would show them. `status`: how the services' command
    ended; None where there was none, or it was ended (`ended`) by us. `reordered`: turns came in
    another order than in the schedule, one that the model takes with the same answers and that ends
    in the same state; the `trace` and its turns are told in that order. `given_up`: commands whose
    connections were closed while they were held, each as text with its connection."""

    number: int
    trace: Trace
    turns: tuple[Turn, ...]
    done: int
    commands: tuple[SteeredCommand, ...]
    departure: Departure | None
    session: SessionVerdict | None
    screens: tuple[Screen, ...]
    lines: tuple[str, ...]
    status: int | None
    ended: bool
    seconds: float
    reordered: bool = False
    given_up: tuple[str, ...] = ()

    @property
    def course(self) -> Course:
        if self.departure is None:
            return "carried out"
        return "departed" if self.commands or self.departure.held else "never came"

    @property
    def fails(self) -> bool:
        """Whether the model's run ends in a run-time error."""
        return self.trace.end == "error"

    @property
    def differing(self) -> tuple[SteeredCommand, ...]:
        """The commands whose answer is not the model's."""
        return tuple(each for each in self.commands if each.differs)

    @property
    def failed_alone(self) -> bool:
        """Whether the services' command failed by itself, and nothing that the model speaks of was
        violated: a test of the user's own may see what the spec does not say."""
        properties = self.session.properties if self.session is not None else ()
        violated = any(each.verdict == "violated" for each in properties)
        return self.status not in (None, 0) and not violated

    def verdict(self, name: str) -> Verdict:
        """What the run says of a property: `holds` where it was not violated in this run. Where the
        server answered otherwise than the model, what the model makes of the commands is not what
        happened."""
        if self.differing:
            return "undetermined"
        found = [each for each in self.session.properties if each.name == name] if self.session \
            else []  # fmt: skip
        return found[0].verdict if found else "undetermined"


@dataclass(frozen=True)
class SteerResult:
    """Services under schedules of `model`, through a proxy at `listen` before `server` (its name;
    `own`: started for this). `property`: the one whose trace was carried out; "" where schedules
    were. `asked`: how many schedules were wanted (None: every order). `orders`: how many different
    orders of the commands the model allows, of which `runs` tried the first ones; None where they
    were not counted (all of them). `expected`: by property, the model's verdict on each run, in
    the order of the runs. `stopped`: why fewer runs were made than were asked for; else ""."""

    model: str
    server: str
    own: bool
    listen: str
    property: str
    asked: int | None
    orders: int | None
    runs: tuple[SteeredRun, ...]
    expected: Mapping[str, tuple[Verdict, ...]]
    stopped: str
    seconds: float
    faults: Faults = NO_FAULTS
    """What may go wrong, or was left out."""
    schedules: bool = False
    """Whether different runs of the model were carried out, and not one trace."""
    promised: tuple[str, ...] = ()
    """The properties that the spec expects to hold in every run."""
    resources: tuple[ResourceView, ...] = ()
    """Those of the spec, by whose names keys may be told ..."""
    shared: tuple[SharedView, ...] = ()
    """... and its shared variables: what a picture needs to know of them."""
    formulas: Mapping[str, str] = field(default_factory=dict)
    """By property, what it says."""
    judge: str = ""
    """The command line that judges a log against the same spec, but for the file."""
    files: tuple[str, ...] = ()
    """What was written, as paths for a user ..."""
    notes: tuple[str, ...] = ()
    """... and what is to be known of it."""

    def said(self, run: SteeredRun) -> Mapping[str, Verdict]:
        """By property, what the model says of a run of this result."""
        place = run.number - 1
        if not (0 <= place < len(self.runs) and self.runs[place] is run):
            place = self.runs.index(run)
        return {name: verdicts[place] for name, verdicts in self.expected.items()}

    def otherwise(self, run: SteeredRun) -> tuple[str, ...]:
        """The properties of which a run says the opposite of what the model says of it."""
        if run.departure is not None:
            return ()  # it is another run than the model speaks of
        opposite = {"holds": "violated", "violated": "holds"}
        said = self.said(run).items()
        return tuple(name for name, each in said if run.verdict(name) == opposite.get(each))

    def outcome(self, run: SteeredRun) -> Outcome:
        """What came of a run of this result."""
        if run.departure is not None and run.departure.cause == "interrupted":
            return "undetermined"
        if run.departure is not None and run.departure.cause == "queued":
            # What came after it was let go is another run: it tells by itself what it violates.
            return "otherwise" if run.failed_alone else "not possible"
        if run.departure is not None:
            return "departed" if run.course == "departed" else "never came"
        # Behind a step that fails, the model says nothing.
        unfit = run.session is not None and run.session.standing == "unfit" and not run.fails
        if unfit or run.differing or run.failed_alone or self.otherwise(run):
            return "otherwise"
        said = self.said(run).items()
        unsaid = [n for n, each in said if each != run.verdict(n) and each != "undetermined"]
        return "undetermined" if unsaid or run.done < len(run.turns) else "as said"

    @builtins.property
    def broken(self) -> Mapping[str, int]:
        """By property that the spec expects to hold, in how many runs it was violated; those of
        which there is none are left out."""
        found = {n: sum(r.verdict(n) == "violated" for r in self.runs) for n in self.promised}
        return {name: times for name, times in found.items() if times}

    @builtins.property
    def exit_code(self) -> int:
        """0: every schedule was carried out and ended as the model says; 1: one ended otherwise,
        or was left, or, of several, one violated what the spec expects to hold; 2: services that
        never came; 3: not known of one of them, none was possible, or there are fewer than were
        asked
        for."""
        found = {self.outcome(run) for run in self.runs}
        if found & {"otherwise", "departed"} or (self.schedules and self.broken):
            return EXIT_UNEXPECTED
        if "never came" in found or not (self.runs or self.stopped):
            return EXIT_WRONG_INPUT
        unknown = "undetermined" in found or found == {"not possible"} or self.stopped
        return EXIT_UNDETERMINED if unknown else EXIT_AS_EXPECTED

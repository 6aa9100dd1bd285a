"""From a session's log to its verdict: does it fit the model, and what is true of properties."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ...budget.spending import Ask
from ...language.keys import WATCH
from ...language.tree.spec import Property
from ...results.check import Value
from ...results.monitor import (
    LogEvidence,
    LogVerdict,
    Mismatch,
    SeenEvent,
    SessionVerdict,
)
from ..step_times import StepLabels
from .events import EXECUTED, LogSession
from .least_faults import least_faults
from .log import UNIX
from .log_readings import LogReadings
from .observable_steps import ObservableSteps
from .possible_ends import PossibleEnd, PossibleEnds, possible_ends_of, watched
from .reading import TooManyError
from .reporting import SessionReporter
from .step_times import Intervals, intervals_of
from .task import MonitorTask
from .ways import way_to
from .windows import events_of

__all__ = ["SessionJudgement", "judge_session"]


EVIDENCE = 2_000
"""Readings that are kept to say what a log shows so far of a property whose verdict is known ..."""
EVIDENCE_LINES = 200
"""... of a session with no more lines than this."""


@dataclass(frozen=True, slots=True)
class SessionJudgement:
    """What was found of a session. `idle`: it fits because no process did anything in it. `ways`:
    of each property a run that the log allows and that violates it, and one that does not (None:
    there is none), as events of session `like`, which is like this one; `open`: whether it may have
    been cut off. `intervals`: the times of its steps, where that is asked; None where the session
    says nothing of them."""

    session: LogSession
    verdict: SessionVerdict
    like: LogSession
    idle: bool = False
    ways: Mapping[str, tuple[Events | None, Events | None]] = field(default_factory=dict)
    open: bool = True
    intervals: Intervals | None = None


Events = tuple[SeenEvent, ...]


def judge_session(
    observable: ObservableSteps,
    session: LogSession,
    judged: Sequence[Property],
    logs: Sequence[str],
    options: MonitorTask,
    interrupted: Ask,
    tell: Callable[[int], None] = lambda _: None,
) -> SessionJudgement:
    """Judge a session; `tell` is told how many of its lines were read. Raises NoRoomError (see
    `ObservableSteps`), LiveError."""
    return _SessionJudge(observable, session, judged, logs, options, interrupted, tell).judge()


class _SessionJudge:
    def __init__(
        self,
        observable: ObservableSteps,
        session: LogSession,
        judged: Sequence[Property],
        logs: Sequence[str],
        options: MonitorTask,
        interrupted: Ask,
        tell: Callable[[int], None],
    ) -> None:
        self.observable = observable
        self.session = session
        self.judged = judged
        self.options = options
        self.interrupted = interrupted
        self.tell = tell
        self.reporter = SessionReporter(observable, session, logs)

    def judge(self) -> SessionJudgement:
        """The verdict on the session, and on each property."""
        if self.session.open:
            return self._unknown(self.session.open)
        if why := self._unknown_speaker():
            return self._unknown(why)
        crossed = {p.name for p in self.judged if self.observable.is_crossed(p.name)}
        names = frozenset(each.name for each in self.judged) - crossed
        try:
            readings = self._readings(names, self.options.readings)
        except TooManyError as error:
            return self._unknown(str(error))
        if readings.disturbed:
            return self._disturbed(readings)
        if not readings.fits and self._is_over_a_socket():
            # They may be several connections.
            return self._unknown(
                "it does not fit, but MONITOR shows all who come over a Unix socket as one"
            )
        if not readings.fits:
            found = readings.longest()
            owners = self.reporter.connections(found.readings.values())
            mismatch = self.reporter.mismatch(readings, found, owners)
            return self._judgement(owners, (), mismatch=mismatch)
        return self._judged(readings, crossed)

    def _unknown_speaker(self) -> str:
        """Why it is not known what a line is about: it says no more than that it is of a connection
        of which several look the same."""
        for event in self.session.all_events():
            if event.line.client.startswith(UNIX):
                watching = any(each.command in (WATCH, EXECUTED) for each in event.meanings)
                if watching or (event.leaves and len(event.line.words) == 1):
                    return (
                        f"line {event.line.number} is about all that its connection has watched or"
                        " subscribed to, and MONITOR shows all who come over a Unix socket as one"
                    )
        return ""

    def _is_over_a_socket(self) -> bool:
        events = self.session.all_events()
        return any(each.line.client.startswith(UNIX) for each in events)

    def _readings(self, names: frozenset[str], most: int) -> LogReadings:
        return LogReadings(
            self.observable, self.session, self.options, self.interrupted,
            self.observable.following(names), most=most, tell=self.tell,
        )  # fmt: skip

    def _judgement(
        self,
        connections: Mapping[str, tuple[str, ...]],
        properties: tuple[LogVerdict, ...],
        *,
        mismatch: Mismatch | None = None,
        note: str = "",
    ) -> SessionJudgement:
        verdict = self.reporter.verdict(connections, False, mismatch, properties, note)
        return SessionJudgement(self.session, verdict, self.session)

    def _unknown(self, note: str) -> SessionJudgement:
        """That nothing is known of any property, and why."""
        return self._judgement({}, tuple(map(_unknown, self.judged)), note=note)

    def _judged(self, readings: LogReadings, crossed: set[str]) -> SessionJudgement:
        possible = possible_ends_of(readings, self.judged, self.options.readings)
        verdicts: list[LogVerdict] = []
        ways: dict[str, tuple[Events | None, Events | None]] = {}
        notes = [possible.note] if possible.note else []
        for each in self.judged:
            verdict, ends = _log_verdict(readings, possible, each), possible.of(each.name)
            if each.name in crossed:
                known = possible.is_known(each.name)
                verdict, ends, note = self._alone(each, verdict, ends, decided=known)
                notes += [note] if note and note not in notes else []
            verdicts.append(verdict)
            if self.options.reason and ends:
                ways[each.name] = self._ways(each.name, ends)
        owners = self.reporter.connections(readings.final.values())
        session = self.reporter.verdict(
            owners, possible.complete, None, tuple(verdicts), "; ".join(notes)
        )
        session = replace(session, faults=least_faults(readings, self.options, self.interrupted))
        idle = self.reporter.nobody_spoke(readings.final.values())
        times = self._intervals(readings) if self.options.timing else None
        return SessionJudgement(
            self.session, session, self.session, idle, ways, possible.open, times
        )

    def _intervals(self, readings: LogReadings) -> Intervals:
        labels = StepLabels(self.observable.written, self.observable.spec)
        return intervals_of(self.observable, labels, readings.final)

    def _alone(
        self, asked: Property, known: LogVerdict, ends: tuple[PossibleEnd, ...], *, decided: bool
    ) -> tuple[LogVerdict, tuple[PossibleEnd, ...], str]:
        """The verdict on a property that is followed for itself, with the ends that it is over, and
        why it is not known, where that is so; `known`: what the ends alone say, and whether that is
        `decided` by them."""
        if decided and self.session.lines > EVIDENCE_LINES:
            return known, ends, ""
        most = min(EVIDENCE, self.options.readings) if decided else self.options.readings
        try:
            readings = self._readings(frozenset({asked.name}), most)
        except TooManyError as error:
            return known, ends, "" if decided else f"of {asked.name}, {error}"
        possible = possible_ends_of(readings, [asked], most)
        found = _log_verdict(readings, possible, asked)
        if possible.note and decided:
            return replace(known, evidence=found.evidence), ends, ""
        return found, possible.of(asked.name), possible.note

    def _ways(self, name: str, ends: Sequence[PossibleEnd]) -> tuple[Events | None, Events | None]:
        bad = next((end for end in ends if name in end.broken), None)
        if bad is None and len(self.session.events) == 1:
            return None, None
        good = next((end for end in ends if name not in end.broken), None)
        observable = self.observable
        one, other = (
            None
            if end is None
            else tuple(events_of(observable.machine, way_to(end.way, observable.renaming)))
            for end in (bad, good if len(self.session.events) > 1 else None)
        )
        return one, other

    def _disturbed(self, readings: LogReadings) -> SessionJudgement:
        """What is known of a session in which somebody did what is none of the spec's."""
        event = min((each.event for each in readings.disturbed), key=lambda e: e.line.time)
        so_far = [*readings.final, *(each.reading for each in readings.disturbed)]
        bits = readings.following.bits
        verdicts = tuple(
            replace(_unknown(each), verdict="violated", decided_by="search")
            if each.name in bits and all(r.broken & bits[each.name] for r in so_far)
            else _unknown(each)
            for each in self.judged
        )
        ways = [*readings.final.values(), *(each.way for each in readings.disturbed)]
        note = self.reporter.disturbance(event)
        return self._judgement(self.reporter.connections(ways), verdicts, note=note)


def _unknown(asked: Property) -> LogVerdict:
    return LogVerdict(asked.name, "undetermined", 0, 0, (), (), "")


def _log_verdict(readings: LogReadings, possible: PossibleEnds, asked: Property) -> LogVerdict:
    name = asked.name
    ends = possible.of(name)
    violating = [end for end in ends if name in end.broken]
    endings: list[Mapping[str, Value]] = []
    for end in violating:
        values = watched(readings, end.state)
        if values not in endings:
            endings.append(values)
    verdict = possible.verdict(name)
    decided = "" if verdict == "undetermined" else "search"
    return LogVerdict(
        name, verdict, len(violating), len(ends), tuple(endings), (), decided,
        evidence=_evidence(readings, asked),
        faults_violating=_fewest(possible, violating),
        faults_kept=_fewest(possible, [e for e in ends if name not in e.broken | e.unknown]),
    )  # fmt: skip


def _fewest(possible: PossibleEnds, ends: Sequence[PossibleEnd]) -> int | None:
    """The fewest faults in some of the ends; None where there is none, or not all are known."""
    if possible.unended:
        return None
    return min((end.faults for end in ends), default=None)


def _evidence(readings: LogReadings, asked: Property) -> LogEvidence | None:
    """What the log shows as far as it goes of a property that asks more than single states. Of a
    formula of the user's own that it does not show, nothing: it may be none that a log can show."""
    name, tracking, final = asked.name, readings.following.tracking, readings.final
    if name not in readings.following.names:
        return None
    pairs = [tracking.questions(name, each.tracked) for each in final]
    known = [each for each in pairs if each is not None]
    if known:
        counts, left = zip(*known, strict=True)
        return LogEvidence((min(counts), max(counts)), (min(left), max(left)))
    seen = {tracking.was_seen(name, each.tracked, each.state) for each in final}
    if None in seen or (asked.in_time is not None and seen == {False}):
        return None
    return LogEvidence(seen="perhaps" if len(seen) > 1 else "yes" if True in seen else "no")

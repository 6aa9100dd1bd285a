"""From a session's log to its verdict: does it fit the model, and what is true of properties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ...budget.spending import Ask
from ...language.tree.spec import Property
from ...results.check import Value
from ...results.monitor import (
    ExpectedStep,
    LogEvidence,
    LogVerdict,
    Mismatch,
    SeenEvent,
    SessionVerdict,
)
from ...verify.show import printable
from ..brokers.addresses import Addresses
from ..brokers.keys import key_of
from ..brokers.payload import codec_of
from ..brokers.wire import EntryIds, RealId, words_of
from .events import LogEvent, LogSession, Utterance
from .least_faults import least_faults
from .log_readings import LogPrefix, LogReading, LogReadings, TooManyError
from .names import address_names, names_in_payloads
from .observable_steps import ObservableSteps
from .possible_ends import PossibleEnd, PossibleEnds, possible_ends_of, watched
from .task import MonitorTask
from .ways import Way, speakers, way_to
from .windows import events_of

__all__ = ["SessionJudgement", "judge_session"]

LONGEST_SAID = 80
"""Characters of a line that a note shows."""


EVIDENCE = 2_000
"""Readings that are kept to say what a log shows so far of a property whose verdict is known ..."""
EVIDENCE_LINES = 200
"""... of a session with no more lines than this."""


@dataclass(frozen=True, slots=True)
class SessionJudgement:
    """What was found of a session. `idle`: it fits because no process did anything in it. `ways`:
    of each property a run that the log allows and that violates it, and one that does not (None:
    there is none), as events of session `like`, which is like this one; `open`: whether it may have
    been cut off."""

    session: LogSession
    verdict: SessionVerdict
    like: LogSession
    idle: bool = False
    ways: Mapping[str, tuple[Events | None, Events | None]] = field(default_factory=dict)
    open: bool = True


Events = tuple[SeenEvent, ...]


def judge_session(
    observable: ObservableSteps,
    session: LogSession,
    judged: Sequence[Property],
    logs: Sequence[str],
    options: MonitorTask,
    interrupted: Ask,
) -> SessionJudgement:
    """Judge a session. Raises NoRoomError (see `ObservableSteps`), LiveError."""
    return _SessionJudge(observable, session, judged, logs, options, interrupted).judge()


class _SessionJudge:
    def __init__(
        self,
        observable: ObservableSteps,
        session: LogSession,
        judged: Sequence[Property],
        logs: Sequence[str],
        options: MonitorTask,
        interrupted: Ask,
    ) -> None:
        self.observable = observable
        self.session = session
        self.judged = judged
        self.options = options
        self.interrupted = interrupted
        self.reporter = _SessionReporter(observable, session, logs)

    def judge(self) -> SessionJudgement:
        """The verdict on the session, and on each property."""
        if self.session.open:
            return self._judgement({}, tuple(map(_unknown, self.judged)), note=self.session.open)
        crossed = {p.name for p in self.judged if self.observable.is_crossed(p.name)}
        names = frozenset(each.name for each in self.judged) - crossed
        try:
            readings = self._readings(names, self.options.readings)
        except TooManyError as error:
            unknown = tuple(map(_unknown, self.judged))
            return self._judgement({}, unknown, note=str(error))
        if readings.disturbed:
            return self._disturbed(readings)
        if not readings.fits:
            found = readings.longest()
            owners = self.reporter.connections(found.readings.values())
            mismatch = self.reporter.mismatch(readings, found, owners)
            return self._judgement(owners, (), mismatch=mismatch)
        return self._judged(readings, crossed)

    def _readings(self, names: frozenset[str], most: int) -> LogReadings:
        return LogReadings(
            self.observable, self.session, self.options, self.interrupted,
            self.observable.following(names), most=most,
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

    def _judged(self, readings: LogReadings, crossed: set[str]) -> SessionJudgement:
        possible = possible_ends_of(readings, self.judged, self.options.readings)
        verdicts: list[LogVerdict] = []
        ways: dict[str, tuple[Events | None, Events | None]] = {}
        notes = [possible.note] if possible.note else []
        for each in self.judged:
            verdict, ends = _log_verdict(readings, possible, each), possible.of(each.name)
            if each.name in crossed:
                verdict, ends, note = self._alone(each, verdict, ends)
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
        return SessionJudgement(self.session, session, self.session, idle, ways, possible.open)

    def _alone(
        self, asked: Property, known: LogVerdict, ends: tuple[PossibleEnd, ...]
    ) -> tuple[LogVerdict, tuple[PossibleEnd, ...], str]:
        """The verdict on a property that is followed for itself, with the ends that it is over, and
        why it is not known, where that is so; `known`: what the ends alone say."""
        decided = known.verdict != "undetermined"
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
        one, other = (
            None if end is None else tuple(events_of(self.observable.machine, way_to(end.way)))
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


class _SessionReporter:
    """Puts what was found of a session into values that a person can read."""

    def __init__(
        self, observable: ObservableSteps, session: LogSession, logs: Sequence[str]
    ) -> None:
        self.observable = observable
        self.session = session
        self.logs = logs
        self._keys = {
            store: key for event in session.all_events() for store, key in event.keys.items()
        }

    def verdict(
        self,
        connections: Mapping[str, tuple[str, ...]],
        complete: bool,
        mismatch: Mismatch | None,
        properties: tuple[LogVerdict, ...],
        note: str,
    ) -> SessionVerdict:
        times = [event.line.time for event in self.session.all_events()]
        return SessionVerdict(
            name=self.session.name,
            db=self.session.db,
            lines=self.session.lines,
            started=min(times),
            ended=max(times),
            connections=connections,
            complete=complete,
            mismatch=mismatch,
            properties=properties,
            note=note,
        )

    def connections(self, ways: Iterable[Way]) -> dict[str, tuple[str, ...]]:
        """The connections of each process over which it has spoken in all of these readings."""
        found = self._speakers(ways)
        mine: dict[str, dict[str, None]] = {}
        for event in self.session.all_events():
            owners = found.get((event.log, event.line.number), frozenset())
            owner = next(iter(owners)) if len(owners) == 1 else None
            if owner is not None:
                name = self.observable.clients[owner]
                mine.setdefault(name, {})[self._client(event.client)] = None
        return {each: tuple(mine[each]) for each in self.observable.clients if each in mine}

    def nobody_spoke(self, ways: Iterable[Way]) -> bool:
        """Whether no line is a step of the model in any of these readings."""
        return all(each == {None} for each in self._speakers(ways).values())

    def _speakers(self, ways: Iterable[Way]) -> Mapping[tuple[int, int], frozenset[int | None]]:
        observable = self.observable
        numbers = {name: number for number, name in enumerate(observable.clients)}
        owner = {i: numbers[name] for i, name in enumerate(observable.owners)}
        return speakers(ways, owner)

    def disturbance(self, event: LogEvent) -> str:
        """Why nothing is known behind a line, which is named."""
        where = f"{self.logs[event.log]}:{event.line.number}"
        said = " ".join(event.line.words)
        shown = said[:LONGEST_SAID] + ("..." if len(said) > LONGEST_SAID else "")
        return f"{where}, {shown}, {event.disturbs}"

    def _client(self, client: tuple[int, str]) -> str:
        log, address = client
        return f"{address} in {self.logs[log]}" if len(self.logs) > 1 else address

    def mismatch(
        self, readings: LogReadings, prefix: LogPrefix, owners: Mapping[str, tuple[str, ...]]
    ) -> Mismatch:
        """Where the longest prefix ends."""
        event = prefix.next[0]
        line = event.line
        expected: dict[ExpectedStep, None] = {}
        for reading in prefix.readings:
            plan = readings.plans[reading.plan]
            place = (event.log, prefix.cut[event.log])
            if place in plan.broken_off:
                wire = printable(plan.broken_off[place])
                expected[ExpectedStep("", "the content at first", wire, ())] = None
            if reading.over or place in plan.broken_off:
                continue
            for move in self.observable.moves(reading.state):
                if move.sends:
                    instance = self.observable.machine.instances[move.instance].name
                    label = self.observable.machine.steps[move.step].label
                    wire = "; ".join(self._wire(each, reading) for each in move.sends)
                    clients = owners.get(self.observable.owners[move.instance], ())
                    expected[ExpectedStep(instance, label, wire, clients)] = None
        return Mismatch(
            log=event.log,
            line=line.number,
            time=line.time,
            client=self._client(event.client),
            words=line.words,
            known=bool(event.uttered),
            fits=sum(prefix.cut),
            expected=tuple(expected),
        )

    def _wire(self, each: Utterance, reading: LogReading) -> str:
        """What a log would show."""
        command = self.observable.command(each)
        name = each.store.partition("[")[0]
        resource = self.observable.spec.resource(name)
        number = int(each.store[len(name) + 1 : -1]) if resource.count is not None else 0
        key = self._keys.get(each.store)
        if key is None or resource.address:
            key = key_of(self.observable.spec, resource, number, self.session.places)
        names = address_names(resource)
        if names is not None:
            value = each.arguments.get(names.place)
            key = Addresses(names.place, names.written(reading.ids)).key(key, value)
        ids = _ids(each, reading, resource.stored.ids) if resource.stored.ids else None
        beside = names_in_payloads(self.observable.spec, reading.ids)
        beside = replace(beside, places=self.session.places)
        words = words_of(command, key, each.arguments, codec_of(resource, beside), ids)
        return printable(" ".join(words))


def _ids(each: Utterance, reading: LogReading, parameters: Sequence[str]) -> EntryIds:
    """The ids of entries as far as they are known, and words for the others."""
    known = {
        number: f"{real[0]}-{real[1]}"
        for store, number, real in reading.ids
        if store == each.store and isinstance(number, int) and isinstance(real, RealId)
    }
    numbers = [v for v in each.arguments.values() if isinstance(v, int)]
    most = max([0, *numbers, *known])
    return EntryIds(parameters, [known.get(n, f"(id of entry {n})") for n in range(1, most + 1)])

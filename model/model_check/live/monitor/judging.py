"""From a session's log to its verdict: does it fit the model, and what is true of properties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ...budget.spending import Ask
from ...language.tree.spec import Property
from ...results.check import Value
from ...results.monitor import ExpectedStep, LogEvidence, LogVerdict, Mismatch, SessionVerdict
from ...verify.show import printable
from ..brokers.addresses import Addresses
from ..brokers.keys import key_of
from ..brokers.payload import codec_of
from ..brokers.wire import EntryIds, RealId, words_of
from .events import LogSession, Utterance
from .least_faults import least_faults
from .log_readings import LogReading, LogReadings, TooManyError, owner_of
from .names import address_names
from .observable_steps import ObservableSteps
from .possible_ends import PossibleEnd, PossibleEnds, possible_ends_of, watched
from .task import MonitorTask

__all__ = ["SessionJudgement", "judge_session"]


@dataclass(frozen=True, slots=True)
class SessionJudgement:
    """What was found of a session, with the readings that it was found by (None: too many)."""

    session: LogSession
    verdict: SessionVerdict
    readings: LogReadings | None
    possible: PossibleEnds | None

    @property
    def idle(self) -> bool:
        """Whether it fits because no process did anything in it."""
        return (
            self.readings is not None
            and self.readings.fits
            and all(owner_of(o) is None for each in self.readings.final() for o in each.owners)
        )


def judge_session(
    observable: ObservableSteps,
    session: LogSession,
    judged: Sequence[Property],
    logs: Sequence[str],
    options: MonitorTask,
    interrupted: Ask,
) -> SessionJudgement:
    """Judge a session. Raises NoRoomError (see `ObservableSteps`), LiveError."""
    reporter = _SessionReporter(observable, session, logs)
    if session.open:
        return SessionJudgement(session, reporter.open(judged, session.open), None, None)
    try:
        readings = LogReadings(observable, session, options, interrupted)
    except TooManyError as error:
        return SessionJudgement(session, reporter.open(judged, str(error)), None, None)
    if not readings.fits:
        mismatch = reporter.mismatch(readings)
        owners = reporter.connections(readings, readings.longest().readings)
        return SessionJudgement(
            session, reporter.verdict(owners, False, mismatch, (), ""), readings, None
        )
    possible = possible_ends_of(readings, judged, options.readings)
    verdicts = tuple(_log_verdict(readings, possible, each) for each in judged)
    owners = reporter.connections(readings, readings.final())
    verdict = reporter.verdict(owners, possible.complete, None, verdicts, possible.note)
    verdict = replace(verdict, faults=least_faults(readings, options, interrupted))
    return SessionJudgement(session, verdict, readings, possible)


def _log_verdict(readings: LogReadings, possible: PossibleEnds, asked: Property) -> LogVerdict:
    name = asked.name
    violating = [end for end in possible.ends if name in end.broken]
    endings: list[Mapping[str, Value]] = []
    for end in violating:
        values = watched(readings, end.state)
        if values not in endings:
            endings.append(values)
    verdict = possible.verdict(name)
    decided = "" if verdict == "undetermined" else "search"
    return LogVerdict(
        name, verdict, len(violating), len(possible.ends), tuple(endings), (), decided,
        evidence=_evidence(readings, asked),
        faults_violating=_fewest(possible, violating),
        faults_kept=_fewest(
            possible, [e for e in possible.ends if name not in e.broken | e.unknown]
        ),
    )  # fmt: skip


def _fewest(possible: PossibleEnds, ends: Sequence[PossibleEnd]) -> int | None:
    """The fewest faults in some of the ends; None where there is none, or not all are known."""
    if possible.unended:
        return None
    return min((end.faults for end in ends), default=None)


def _evidence(readings: LogReadings, asked: Property) -> LogEvidence | None:
    """What the log shows as far as it goes of a property that asks more than single states. Of a
    formula of the user's own that it does not show, nothing: it may be none that a log can show."""
    name, tracking, final = asked.name, readings.tracking, readings.final()
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

    def open(self, judged: Sequence[Property], why: str) -> SessionVerdict:
        """That nothing is known of a session, and why."""
        unknown = tuple(LogVerdict(p.name, "undetermined", 0, 0, (), (), "") for p in judged)
        return self.verdict({}, False, None, unknown, why)

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

    def connections(
        self, readings: LogReadings, found: Sequence[LogReading]
    ) -> dict[str, tuple[str, ...]]:
        """The connections of each process that are the same in all of these readings."""
        mine: dict[str, list[str]] = {}
        for number, client in enumerate(readings.clients):
            owners = {owner_of(each.owners[number]) for each in found}
            if len(owners) == 1 and (owner := owners.pop()) is not None:
                name = self.observable.clients[owner]
                mine.setdefault(name, []).append(self._client(client))
        return {each: tuple(mine[each]) for each in self.observable.clients if each in mine}

    def _client(self, client: tuple[int, str]) -> str:
        log, address = client
        return f"{address} in {self.logs[log]}" if len(self.logs) > 1 else address

    def mismatch(self, readings: LogReadings) -> Mismatch:
        """Where the longest prefix ends."""
        prefix = readings.longest()
        event = prefix.next[0]
        line = event.line
        owners = self.connections(readings, prefix.readings)
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
        names = address_names(each.store, resource)
        if names is not None:
            value = each.arguments.get(names.place)
            key = Addresses(names.place, names.written(reading.ids)).key(key, value)
        ids = _ids(each, reading, resource.stored.ids) if resource.stored.ids else None
        keys = {other: self._keys.get(str(each.arguments[other])) for other in command.others}
        given = {**each.arguments, **keys}
        words = words_of(command, key, given, codec_of(resource), ids)
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

"""From what was found of a session's log to values that a person can read: whose its connections
are, where it stops to fit, what could have come there, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from ...language.tree.spec import Resource
from ...results.monitor import ExpectedStep, LogVerdict, Mismatch, SessionVerdict
from ...verify.show import printable
from ..brokers.addresses import Addresses
from ..brokers.keys import key_of
from ..brokers.misfits import misfits
from ..brokers.payload import codec_of
from ..brokers.wire import EntryIds, RealId, words_of
from .events import LogEvent, LogSession, Utterance
from .line_meanings import OF_WATCHING
from .log_readings import LogReadings
from .names import address_names, names_in_payloads
from .observable_steps import Move, ObservableSteps
from .reading import LogPrefix, LogReading
from .ways import Way, speakers

__all__ = ["SessionReporter"]

LONGEST_SAID = 80
"""Characters of a line that a note shows."""


class SessionReporter:
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
            if owner is not None and owner not in self.observable.renaming.alike:
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
        return speakers(ways, lambda move: owner[move.instance])

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
                    instance = self._whose(move)
                    label = self.observable.machine.steps[move.step].label
                    wire = "; ".join(self._wire(each, reading) for each in move.sends)
                    clients = owners.get(self.observable.owners[move.instance], ())
                    expected[ExpectedStep(instance, label, wire, clients)] = None
        return Mismatch(
            log=event.log,
            line=line.number,
            time=line.time,
            client=self._client(event.client),
            # EXEC names no keys: what was watched is said here only to read it.
            words=line.words[:1] if line.words[0].upper() in OF_WATCHING else line.words,
            known=any(event.meanings),
            fits=sum(prefix.cut),
            expected=tuple(expected),
            why=tuple(
                dict.fromkeys(printable(each) for each in self._why(readings, prefix, event))
            ),
        )

    def _why(self, readings: LogReadings, prefix: LogPrefix, event: LogEvent) -> Iterator[str]:
        """What may be the reason that a line does not fit, the likeliest first."""
        observable = self.observable
        if not any(event.meanings):
            for store in event.keys:
                resource, number = self._resource(store)
                yield from misfits(resource, number, event.line.words)
            return
        if readings.would_fit(prefix, event):
            yield (
                f"line {event.line.number} would fit on a connection of its own: what came over"
                f" {event.line.client} before is another process's, that listens or waits there, or"
                " has it alone (connection:)"
            )
        if all(reading.over for reading in prefix.readings):
            yield "the keys of the session were removed before it"
        for reading in prefix.readings:
            for move in observable.moves(reading.state):
                said = [(each.store, each.command) for each in move.sends]
                if len(said) > 1 and any((u.store, u.command) in said for u in event.meanings):
                    whose = self._whose(move)
                    label = observable.machine.steps[move.step].label
                    yield self._apart(f"{whose}.{label}", said, event)

    def _whose(self, move: Move) -> str:
        """Who would take a step: of instances that are alike, any of them."""
        observable = self.observable
        instance = observable.machine.instances[move.instance]
        return (
            instance.process
            if observable.owner(move) in observable.renaming.alike
            else instance.name
        )

    def _apart(self, step: str, said: Sequence[tuple[str, str]], event: LogEvent) -> str:
        """Why lines are not the step that has one of them."""
        together = [each for each in self.session.events[event.log] if _is_with(each, event)]
        meant = [[(u.store, u.command) for u in piece] for e in together for piece in e.pieces]
        told = " and ".join(f"{store}.{command}" for store, command in said)
        if len(together) < 2:
            return f"{step} sends {told} in one step: in one MULTI/EXEC, or one script"
        if sorted(said) == sorted(piece[0] for piece in meant if piece):
            order = ", then ".join(f"{store}.{command}" for store, command in said)
            if any(one not in piece for one, piece in zip(said, meant, strict=False)):
                return f"{step} sends {order}: these lines have them in another order"
            return f"{step} sends {order}, and would send other values there"
        return f"{step} sends {told} in one step, and these lines say something else together"

    def _resource(self, store: str) -> tuple[Resource, int]:
        name = store.partition("[")[0]
        resource = self.observable.spec.resource(name)
        return resource, int(store[len(name) + 1 : -1]) if resource.count is not None else 0

    def _wire(self, each: Utterance, reading: LogReading) -> str:
        """What a log would show."""
        command = self.observable.command(each)
        resource, number = self._resource(each.store)
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


def _is_with(event: LogEvent, other: LogEvent) -> bool:
    """Whether two lines are carried out as one."""
    if event.line.number == other.line.number:
        return True
    same = event.client == other.client and event.line.block == other.line.block
    return same and event.line.block is not None


def _ids(each: Utterance, reading: LogReading, parameters: Sequence[str]) -> EntryIds:
    """The ids of entries as far as they are known, and words for the others."""
    known = {
        number: f"{real[0]}-{real[1]}"
        for store, number, real in reading.ids
        if store == each.store and isinstance(number, int) and isinstance(real, RealId)
    }
    values = (v if isinstance(v, list) else [v] for v in each.arguments.values())
    numbers = [n for several in values for n in several if isinstance(n, int)]
    most = max([0, *numbers, *known])
    return EntryIds(parameters, [known.get(n, f"(id of entry {n})") for n in range(1, most + 1)])

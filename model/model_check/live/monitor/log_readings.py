"""From a session's log to all its readings as a run of the model, and how far they go.

A log leaves much open: which connection is which process, what happened that it does not show,
and with several logs what came first. A reading is a state of the model with what was decided
so far. All readings of each prefix of the log are kept, not only the first that fits, since
what is asked is what must have happened in every one of them. Where one line follows another
in time, a prefix is a number of lines of the log; with several logs it is a number for each (a
cut), and every order is followed that keeps each log's own order and all orders beyond the
skew of the clocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ...budget.spending import Ask, why_of
from ...explore.memo import GrowthNeededError
from .closings import Closing
from .entry_ids import Ids, agree
from .events import LogEvent, LogSession, Utterance
from .observable_steps import Move, ObservableSteps
from .session_setup import SessionSetup
from .task import MonitorTask
from .tracking import Tracked

__all__ = ["LogPrefix", "LogReading", "LogReadings", "ReadingStep", "TooManyError", "owner_of"]

OUTSIDE = -1
"""Whose connection it is that no process has: it only looks, fills and cleans up."""
UNKNOWN = -2
_GONE = -3
"""And less: a connection that has ended. Whose it was is the distance from here."""

Cut = tuple[int, ...]


class TooManyError(Exception):
    """More readings than the limit allows; the text says so."""


@dataclass(frozen=True, slots=True)
class LogReading:
    """A state of the model, and what was decided on the way: `plan` and `owners` by number
    (`owners[c]`: the client that has connection c, see `owner_of`), the `ids` of a stream's
    entries that are known, the properties asked of every state that were `broken` (a bit each),
    whether the session's keys were removed: it is `over`; and what is `tracked` of properties
    that ask more."""

    state: int
    plan: int
    owners: tuple[int, ...]
    ids: Ids
    broken: int
    over: bool
    tracked: Tracked


@dataclass(frozen=True, slots=True)
class ReadingStep:
    """How a reading came from the one before: by a step of the model (None: by something that
    is no step), and which lines it was seen in. `faults`: how much went wrong up to there, at
    least."""

    before: LogReading
    cut: Cut
    move: Move | None
    events: tuple[LogEvent, ...]
    faults: int = 0


@dataclass(frozen=True, slots=True)
class LogPrefix:
    """A part of the log that fits, all `readings` of it, and the lines that could be `next`."""

    cut: Cut
    next: tuple[LogEvent, ...]
    readings: tuple[LogReading, ...]


class LogReadings:
    """All readings of one session; `without`: the steps that are no part of them. Raises
    TooManyError where there are more than the options allow, NoRoomError (see
    `ObservableSteps`)."""

    def __init__(
        self,
        observable: ObservableSteps,
        session: LogSession,
        options: MonitorTask,
        interrupted: Ask,
        without: Iterable[int] = (),
    ) -> None:
        self.observable = observable
        # What the states here are states of: the next session may need more room.
        self.machine = observable.machine
        self.session = session
        self._setup = SessionSetup(observable)
        self.plans = self._setup.plans(session)
        self.clients = list(dict.fromkeys(each.client for each in session.all_events()))
        self._number = {client: i for i, client in enumerate(self.clients)}
        self._skew = options.skew
        self._most = options.readings
        self._interrupted = interrupted
        self._without = frozenset(without)
        self._carried: dict[tuple[Cut, str], dict[int, bool]] = {}
        self._count = 0
        self._bits = {
            each.name: 1 << place
            for place, each in enumerate(observable.spec.properties)
            if each.form.asks_all
        }
        self._watched = [
            (
                self._bits[each.name],
                observable.program.formulas.properties[each.name].answer,
                each.form.wrong_answer,
            )
            for each in observable.spec.properties
            if each.name in self._bits
        ]
        self.tracking = observable.tracking
        self.end: Cut = tuple(len(each) for each in session.events)
        self.at: dict[Cut, dict[LogReading, ReadingStep | None]] = {}
        self._search()

    def _search(self) -> None:
        start: Cut = (0,) * len(self.end)
        waiting: dict[int, list[Cut]] = {}
        for number, plan in enumerate(self.plans):
            owners = (UNKNOWN,) * len(self.clients)
            state = plan.initial
            tracked = self._tracked(None, state)
            reading = LogReading(state, number, owners, (), self._broken(state), False, tracked)
            self._put(start, reading, None, waiting)
        for total in range(sum(self.end) + 1):
            for cut in waiting.pop(total, []):
                self._go_on(cut, waiting)

    def _put(
        self,
        cut: Cut,
        reading: LogReading,
        how: ReadingStep | None,
        waiting: dict[int, list[Cut]],
    ) -> bool:
        """Whether the reading is new there, or came about with fewer faults."""
        here = self.at.get(cut)
        if here is None:
            here = self.at[cut] = {}
            waiting.setdefault(sum(cut), []).append(cut)
        if reading in here:
            known = here[reading]
            if how is not None and known is not None and how.faults < known.faults:
                here[reading] = how
                return True
            return False
        here[reading] = how
        self._count += 1
        if self._count > self._most:
            raise TooManyError(
                f"there are more than {self._most:,} readings of it (--max-states keeps more)"
            )
        if self._count % 1024 == 0 and (why := why_of(self._interrupted)):
            raise TooManyError(why)
        return True

    def _go_on(self, cut: Cut, waiting: dict[int, list[Cut]]) -> None:
        """From all readings at a cut, first by steps that no log shows, then by lines."""
        # Those with the fewest faults first, so that each is gone on from with its fewest.
        todo: dict[int, list[LogReading]] = {}
        for reading in self.at[cut]:
            todo.setdefault(self.faults(cut, reading), []).append(reading)
        while todo:
            faults = min(todo)
            reading = todo[faults].pop()
            if not todo[faults]:
                del todo[faults]
            if self.faults(cut, reading) < faults:
                continue
            waiting_for_end = self.observable.waiting(reading.state) if cut != self.end else ()
            for move in self.observable.moves(reading.state):
                if move.instance in waiting_for_end or move.sends or move.target is None:
                    continue
                if move.step in self._without:
                    continue
                more = faults + move.fault
                how = ReadingStep(reading, cut, move, (), more)
                for after in self.followed(reading, move, cut):
                    if self._put(cut, after, how, waiting):
                        todo.setdefault(more, []).append(after)
        for log in range(len(cut)):
            event = self._next(cut, log)
            if event is not None:
                for reading in list(self.at[cut]):
                    for after, used, step in self._read(reading, cut, log, event):
                        events = tuple(self.session.events[log][cut[log] : cut[log] + used])
                        target = _advanced(cut, log, used)
                        how = ReadingStep(reading, cut, step, events, self.faults(cut, reading))
                        self._put(target, after, how, waiting)

    def faults(self, cut: Cut, reading: LogReading) -> int:
        """How much went wrong up to a reading, at least."""
        how = self.at[cut][reading]
        return 0 if how is None else how.faults

    def followed(self, reading: LogReading, move: Move, cut: Cut) -> Iterator[LogReading]:
        """The readings after a step that no log shows."""
        assert move.target is not None
        yield from self._closed(self.moved(reading, move.target), move.closes, cut)

    def _closed(
        self, reading: LogReading, closing: Closing | None, cut: Cut
    ) -> Iterator[LogReading]:
        """The reading when connections have ended: one for each that may be meant."""
        if closing is None:
            yield reading
            return
        owners = reading.owners
        of = self.observable.clients.index(closing.client) if closing.client else None
        mine = [i for i, owner in enumerate(owners) if owner >= 0 and of in (None, owner)]
        if not closing.store:
            for client in mine:
                owners = _with(owners, client, _GONE - owners[client])
            yield replace(reading, owners=owners)
            return
        used = self._used(cut, closing.store)
        mine = [each for each in mine if each in used]
        # What was subscribed is gone: so it is that connection, where there is one.
        mine = [each for each in mine if used[each]] or mine
        for client in mine:
            yield replace(reading, owners=_with(owners, client, _GONE - owners[client]))
        if not mine:
            yield reading

    def _used(self, cut: Cut, store: str) -> dict[int, bool]:
        """The connections that have carried commands of a resource instance in a part of the
        log, and whether something was subscribed over them."""
        known = self._carried.get((cut, store))
        if known is None:
            known = self._carried[cut, store] = {}
            for log, count in enumerate(cut):
                for event in self.session.events[log][:count]:
                    if store in event.keys:
                        client = self._number[event.client]
                        subscribes = any(
                            each.store == store and self.observable.command(each).connection
                            for each in event.uttered
                        )
                        known[client] = known.get(client, False) or subscribes
        return known

    def _next(self, cut: Cut, log: int) -> LogEvent | None:
        """The next line of a log, unless one of another log surely comes before it."""
        if cut[log] >= self.end[log]:
            return None
        event = self.session.events[log][cut[log]]
        for other, place in enumerate(cut):
            if other != log and place < self.end[other]:
                waiting = self.session.events[other][place]
                if waiting.line.time + self._skew < event.line.time:
                    return None
        return event

    def _read(
        self, reading: LogReading, cut: Cut, log: int, event: LogEvent
    ) -> Iterator[tuple[LogReading, int, Move | None]]:
        """What a line can be: of how many lines, and by which step."""
        plan = self.plans[reading.plan]
        client = self._number[event.client]
        owner = reading.owners[client]
        if (log, cut[log]) in plan.filling:
            yield reading, 1, None
            return
        if (log, cut[log]) in plan.broken_off:
            return
        nobody = client in plan.outsiders and owner in (UNKNOWN, OUTSIDE)
        if nobody and (event.removes or self._setup.is_look(event)):
            owners = _with(reading.owners, client, OUTSIDE)
            over = reading.over or event.removes
            yield replace(reading, owners=owners, over=over), 1, None
        if reading.over or owner == OUTSIDE or owner <= _GONE:
            return
        for move in self.observable.moves(reading.state):
            if not move.sends or move.target is None:
                continue
            mine = self.observable.owner(move)
            if owner not in (UNKNOWN, mine):
                continue
            events = self._together(cut, log, len(move.sends))
            ids = self._agreed(move.sends, events, reading.ids)
            if ids is not None:
                owners = _with(reading.owners, client, mine)
                after = self.moved(replace(reading, owners=owners, ids=ids), move.target)
                yield after, len(events), move

    def _together(self, cut: Cut, log: int, count: int) -> Sequence[LogEvent]:
        """The next lines of a log, where they are carried out as one; () where they are not."""
        events = self.session.events[log][cut[log] : cut[log] + count]
        first = events[0]
        if count == 1:
            return events
        if len(events) < count or first.line.block is None:
            return ()
        for number, each in enumerate(events):
            same = each.client == first.client and each.line.block == first.line.block
            if not same or self._next(_advanced(cut, log, number), log) is None:
                return ()
        return events

    def _agreed(
        self, sends: Sequence[Utterance], events: Sequence[LogEvent], ids: Ids
    ) -> Ids | None:
        """The ids that are known if these lines are what a step sends; None if they are not."""
        if not events:
            return None
        for wanted, event in zip(sends, events, strict=True):
            found = (
                agree(wanted, each, ids)
                for each in event.uttered
                if (each.store, each.command) == (wanted.store, wanted.command)
            )
            agreed = next((each for each in found if each is not None), None)
            if agreed is None:
                return None
            ids = agreed
        return ids

    def moved(self, reading: LogReading, target: int) -> LogReading:
        """The reading after a step that leads to this state."""
        broken = reading.broken | self._broken(target)
        tracked = self._tracked(reading, target)
        return replace(reading, state=target, broken=broken, tracked=tracked)

    def _tracked(self, before: LogReading | None, state: int) -> Tracked:
        """What is known of the properties that ask more, in an initial state or after a step."""
        try:
            if before is None:
                return self.tracking.start(state)
            return self.tracking.moved(before.tracked, before.state, state)
        except GrowthNeededError as growth:
            self.observable.grow(growth.code)
            raise

    def _broken(self, state: int) -> int:
        found = 0
        for bit, function, wrong in self._watched:
            answer = function(state)
            if answer == wrong:
                found |= bit
            elif answer < 0:
                self.observable.grow(-answer)
        return found

    def bit(self, name: str) -> int:
        """The bit of `LogReading.broken` for a property asked of every state."""
        return self._bits[name]

    @property
    def fits(self) -> bool:
        """Whether the whole log is a run of the model, as far as it goes."""
        return self.end in self.at

    def final(self) -> list[LogReading]:
        """The readings of the whole log."""
        return list(self.at.get(self.end, ()))

    def longest(self) -> LogPrefix:
        """The longest prefix that fits; of several, the first."""
        cut = max(self.at, key=sum)
        following = [self._next(cut, log) for log in range(len(cut))]
        events = tuple(each for each in following if each is not None)
        return LogPrefix(cut, events, tuple(self.at[cut]))

    def way_to(self, reading: LogReading) -> list[ReadingStep]:
        """How a reading of the whole log came about."""
        way: list[ReadingStep] = []
        cut = self.end
        while (how := self.at[cut][reading]) is not None:
            way.append(how)
            cut, reading = how.cut, how.before
        way.reverse()
        return way


def owner_of(known: int) -> int | None:
    """The client whose connection it is, or was; None where that is nobody's, or not known."""
    if known <= _GONE:
        return _GONE - known
    return known if known >= 0 else None


def _advanced(cut: Cut, log: int, used: int) -> Cut:
    return (*cut[:log], cut[log] + used, *cut[log + 1 :])


def _with(owners: tuple[int, ...], client: int, owner: int) -> tuple[int, ...]:
    if owners[client] == owner:
        return owners
    return (*owners[:client], owner, *owners[client + 1 :])

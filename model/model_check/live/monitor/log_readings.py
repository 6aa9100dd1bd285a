"""From a session's log to all its readings as a run of the model, and how far they go.

A log leaves much open: which line is whose, what happened that it does not show, and with several
logs what came first. A reading is a state of the model with what was decided so far. All readings
of a prefix of the log are followed, not only the first that fits, since what is asked is what must
have happened in every one of them. Where one line follows another in time, a prefix is a number of
lines of the log; with several logs it is a number for each (a cut), and every order is followed
that keeps each log's own order and all orders beyond the skew of the clocks.

Only the readings of the cuts at which the search stands are kept, and how each came about.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from ...budget.spending import Ask, why_of
from ...explore.memo import GrowthNeededError
from .closings import Closing
from .entry_ids import Ids
from .events import LogEvent, LogSession, Utterance
from .following import Following
from .holder import Holder
from .holds import Holds
from .line_steps import left_of, lines_sent
from .log import UNIX
from .observable_steps import Move, ObservableSteps
from .reading import Cut, Disturbed, LogPrefix, LogReading, Readings, TooManyError
from .renaming import Names
from .session_setup import SessionSetup, SetupPlan
from .task import MonitorTask
from .tracking import Tracked
from .ways import Way

__all__ = ["LogReadings"]


def _last(events: Sequence[LogEvent]) -> int:
    """Behind the last line by which somebody does not only leave, or clear away."""
    return max((place + 1 for place, each in enumerate(events) if not each.leaves), default=0)


class LogReadings:
    """All readings of one session, with what `following` follows; `without`: the steps that are no
    part of them; `tell` is told how many lines were read. Raises TooManyError where there are more
    than `most`, NoRoomError (see `ObservableSteps`)."""

    def __init__(
        self,
        observable: ObservableSteps,
        session: LogSession,
        options: MonitorTask,
        interrupted: Ask,
        following: Following,
        *,
        most: int | None = None,
        without: Iterable[int] = (),
        tell: Callable[[int], None] = lambda _: None,
    ) -> None:
        self.observable = observable
        self.following = following
        self.session = session
        self._setup = SessionSetup(observable)
        self.plans: list[SetupPlan] = self._setup.plans(session)
        self.clients = list(dict.fromkeys(each.client for each in session.all_events()))
        self._holder = Holder(observable, [log for log, _ in self.clients])
        self._number = {client: i for i, client in enumerate(self.clients)}
        # Of these nobody knows which connection a line came over.
        self._nameless = {i for each, i in self._number.items() if each[1].startswith(UNIX)}
        self._skew = options.skew
        self._most = options.readings if most is None else most
        self._interrupted = interrupted
        self._tell = tell
        self._without = frozenset(without)
        self._carried: dict[tuple[Cut, str], dict[int, bool]] = {}
        self._count = 0
        self.end: Cut = tuple(len(each) for each in session.events)
        # From there on, each log only has lines by which somebody leaves or clears away.
        self._last = [_last(each) for each in session.events]
        self._filling = frozenset[tuple[int, int]]().union(*(each.filling for each in self.plans))
        self.disturbed: list[Disturbed] = []
        # Of the last cut, the readings from which one step alone was gone on with.
        self.overtaken: set[LogReading] = set()
        self._at: dict[Cut, Readings] = {}
        self._longest: tuple[Cut, Readings] = (self.end, {})
        self._search()

    def _search(self) -> None:
        start: Cut = (0,) * len(self.end)
        waiting: dict[int, list[Cut]] = {}
        for number, plan in enumerate(self.plans):
            state = plan.initial
            broken, tracked = self._followed(None, state)
            reading = LogReading(state, number, (), (), broken, False, tracked)
            self._put(start, reading, Way(None), waiting)
        longest = -1
        for total in range(sum(self.end) + 1):
            self._tell(total)
            for cut in waiting.pop(total, []):
                self._go_on(cut, waiting)
                here = self._at[cut]
                if cut != self.end:
                    del self._at[cut]
                if total > longest:
                    longest, self._longest = total, (cut, here)

    def canonical(
        self, reading: LogReading, fixed: frozenset[int] = frozenset()
    ) -> tuple[LogReading, Names]:
        """The one reading that is followed of those which differ in the names of instances that are
        alike, and which names it has; the clients that are `fixed` keep theirs."""
        renaming = self.observable.renaming
        if not renaming.alike:
            return reading, ()
        state, holds, names = renaming.canonical(reading.state, reading.holds, fixed)
        return replace(reading, state=state, holds=holds) if names else reading, names

    def _put(
        self, cut: Cut, found: LogReading, way: Way, waiting: dict[int, list[Cut]]
    ) -> LogReading | None:
        """The reading as it is followed, where it is new there or came about with fewer faults."""
        reading, way.names = self.canonical(found)
        here = self._at.get(cut)
        if here is None:
            here = self._at[cut] = {}
            waiting.setdefault(sum(cut), []).append(cut)
        known = here.get(reading)
        if known is not None:
            return reading if known.also(way) else None
        here[reading] = way
        self._count += 1
        if self._count > self._most:
            raise TooManyError(
                f"there are more than {self._most:,} readings of it (--max-states keeps more)"
            )
        if self._count % 256 == 0 and (why := why_of(self._interrupted)):
            raise TooManyError(why)
        return reading

    def _go_on(self, cut: Cut, waiting: dict[int, list[Cut]]) -> None:
        """From all readings at a cut, first by steps that no log shows, then by lines."""
        here = self._at[cut]
        # Those with the fewest faults first, so that each is gone on from with its fewest.
        todo: dict[int, list[LogReading]] = {}
        for reading, way in here.items():
            todo.setdefault(way.faults, []).append(reading)
        overtaken = self.overtaken = set()
        while todo:
            faults = min(todo)
            reading = todo[faults].pop()
            if not todo[faults]:
                del todo[faults]
            way = here[reading]
            if way.faults < faults:
                continue
            silent, alone = self._silent(reading, here, at_end=cut == self.end)
            if alone:
                overtaken.add(reading)
            for move in silent:
                more = faults + move.fault
                for follower in self.followed(reading, move, cut):
                    new = self._put(cut, follower, Way(way, move, (), more), waiting)
                    if new is not None:
                        todo.setdefault(more, []).append(new)
        for log in range(len(cut)):
            event = self._next(cut, log)
            if event is None:
                continue
            for reading, way in list(here.items()):
                if reading in overtaken:
                    continue
                for after, used, by, before in self._read(reading, way, cut, log, event):
                    events = tuple(self.session.events[log][cut[log] : cut[log] + used])
                    target = (*cut[:log], cut[log] + used, *cut[log + 1 :])
                    self._put(target, after, Way(before, by, events, way.faults), waiting)

    def _silent(
        self, reading: LogReading, known: Readings, *, at_end: bool
    ) -> tuple[list[Move], bool]:
        """The steps to take that no log shows; whether nothing else need be tried."""
        moves = self.observable.moves(reading.state)
        waiting, able = self.following.put_off(reading.state)
        later = frozenset[int]() if at_end else waiting
        silent = [
            each
            for each in moves
            if not each.sends
            and each.target is not None
            and each.instance not in later
            and each.step not in self._without
        ]
        first = self.first_of(moves, able, later)
        if first:
            steps = (next(iter(self.followed(reading, move, ()))) for move in first)
            after = [self.canonical(each)[0] for each in steps]
            # Who goes round in a circle must not be alone for ever.
            if known.keys().isdisjoint(after):
                return first, True
        return silent, False

    def first_of(
        self,
        moves: Sequence[Move],
        able: Sequence[int],
        later: frozenset[int] = frozenset(),
        *,
        shown: bool = False,
    ) -> list[Move]:
        """The steps of an instance that is `able` to take them before all others, and not one of
        those that act `later`; also what a log would show, where it is `shown`; [] if there is
        none."""
        for instance in able:
            if instance in later:
                continue
            mine = [each for each in moves if each.instance == instance]
            if mine and not any(
                (each.sends and not shown) or each.target is None or each.fault
                or each.closes is not None or each.step in self._without
                for each in mine
            ):  # fmt: skip
                return mine
        return []

    def followed(self, reading: LogReading, move: Move, cut: Cut) -> Iterator[LogReading]:
        """The readings after a step that no log shows."""
        assert move.target is not None
        after = self.moved(reading, move.target)
        holds = self._holder.moved(after.holds, move) if after.holds else ()
        if move.closes is None:
            yield after if holds is after.holds else replace(after, holds=holds)
            return
        for each in self._holder.closed(holds, move.closes, self._used(cut, move.closes)):
            yield replace(after, holds=each)

    def _used(self, cut: Cut, closing: Closing) -> dict[int, bool]:
        """The connections that have carried commands of a resource instance in a part of the
        log, and whether something was subscribed over them."""
        known = self._carried.get((cut, closing.store))
        if known is None:
            known = self._carried[cut, closing.store] = {}
            for log, count in enumerate(cut):
                for event in self.session.events[log][:count]:
                    client = self._number[event.client]
                    if client in self._nameless:
                        continue
                    if not closing.store or closing.store in event.keys:
                        subscribes = any(
                            each.store == closing.store and self.observable.command(each).connection
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
        self, reading: LogReading, way: Way, cut: Cut, log: int, event: LogEvent
    ) -> Iterator[tuple[LogReading, int, Move | None, Way]]:
        """What a line can be: of how many lines, by which step, and what it came about from."""
        plan = self.plans[reading.plan]
        client = self._number[event.client]
        if (log, cut[log]) in plan.filling:
            yield reading, 1, None, way
            return
        if (log, cut[log]) in plan.broken_off:
            return
        if client in plan.outsiders and self._setup.is_look(event):
            yield reading, 1, None, way
        elif client in plan.outsiders and event.removes and self._is_empty(cut):
            yield reading, 1, None, way  # there was nothing to remove
        elif client in plan.outsiders and event.removes and self._is_last(cut):
            yield replace(reading, over=True), 1, None, way
        elif event.disturbs:
            if not event.leaves or not self._is_last(cut):
                # What fills a resource in another plan would have been there before in this one.
                if (log, cut[log]) not in self._filling:
                    self.disturbed.append(Disturbed(reading, way, event))
                return
            yield replace(reading, over=True), 1, None, way
        if reading.over:
            return
        for move in self.observable.moves(reading.state):
            if not move.sends or move.target is None:
                continue
            sent = self._sent(cut, log, move, reading.ids)
            if sent is None:
                continue
            used, ids = sent
            holds = self._spoken(reading.holds, client, move, event)
            if holds is not None:
                after = self.moved(replace(reading, holds=holds, ids=ids), move.target)
                yield after, used, move, way
        if event.parts:
            for after, before, move in self._one_after_another(reading, way, client, event):
                yield after, 1, move, before

    def _spoken(self, holds: Holds, client: int, move: Move, event: LogEvent) -> Holds | None:
        """What is known of connections when one has carried a line of a step; see `Holder`."""
        if client in self._nameless:
            return holds
        return self._holder.spoken(holds, client, move, event)

    def _sent(self, cut: Cut, log: int, move: Move, ids: Ids) -> tuple[int, Ids] | None:
        """How many of the next lines of a log are what a step sends; see `lines_sent`."""

        def follows(number: int) -> bool:
            return self._next((*cut[:log], cut[log] + number, *cut[log + 1 :]), log) is not None

        # No more lines than there are commands.
        events = self.session.events[log][cut[log] : cut[log] + len(move.sends)]
        return lines_sent(events, move.sends, ids, follows)

    def _one_after_another(
        self, reading: LogReading, way: Way, client: int, event: LogEvent
    ) -> Iterator[tuple[LogReading, Way, Move]]:
        """What a line that says something to each of several keys can be, in several steps of one
        process: the reading behind them, how the last of them came about, and that one."""
        todo: list[tuple[LogReading, Way, tuple[Sequence[Utterance], ...], Move | None]]
        todo = [(reading, way, event.parts, None)]
        seen: set[tuple[LogReading, int]] = set()
        while todo:
            here, before, left, last = todo.pop()
            for move in self.observable.moves(here.state):
                if move.target is None or (last is not None and move.instance != last.instance):
                    continue
                for rest, ids in left_of(move.sends, left, here.ids):
                    if not move.sends and (last is None or move.fault):
                        continue
                    holds = (
                        self._spoken(here.holds, client, move, event)
                        if move.sends
                        else self._holder.moved(here.holds, move)
                    )
                    if holds is None:
                        continue
                    if not rest:
                        if last is not None:
                            start = replace(reading, holds=holds, ids=ids)
                            yield self.moved(start, move.target), before, move
                        continue
                    after = replace(here, state=move.target, holds=holds, ids=ids)
                    if (after, len(rest)) not in seen:
                        seen.add((after, len(rest)))
                        lines = (event,) if move.sends else ()
                        mid = Way(before, move, lines, way.faults)
                        todo.append((after, mid, rest, move))

    def _is_last(self, cut: Cut) -> bool:
        """Whether only lines are left by which somebody leaves or clears away."""
        return all(map(operator.ge, cut, self._last))

    def _is_empty(self, cut: Cut) -> bool:
        """Whether nothing of the session can be kept there: no line before has put anything."""
        before = (e for log, count in enumerate(cut) for e in self.session.events[log][:count])
        return not self._filling and all(e.removes or self._setup.is_look(e) for e in before)

    def would_fit(self, prefix: LogPrefix, event: LogEvent) -> bool:
        """Whether a line that does not fit would, over a connection of its own."""
        return any(
            self._sent(prefix.cut, event.log, move, reading.ids) is not None
            for reading in prefix.readings
            if not reading.over
            for move in self.observable.moves(reading.state)
            if move.sends and move.target is not None
        )

    def moved(self, reading: LogReading, target: int) -> LogReading:
        """The reading after a step that leads to this state."""
        broken, tracked = self._followed(reading, target)
        return LogReading(
            target, reading.plan, reading.holds, reading.ids, reading.broken | broken,
            reading.over, tracked,
        )  # fmt: skip

    def _followed(self, before: LogReading | None, state: int) -> tuple[int, Tracked]:
        """What is known of the properties in an initial state or after a step."""
        following = self.following
        try:
            if before is None:
                return following.broken(state), following.tracked(None, state, state)
            return (
                following.broken(state), following.tracked(before.tracked, before.state, state)
            )  # fmt: skip
        except GrowthNeededError as growth:
            self.observable.grow(growth.code)
            raise

    @property
    def fits(self) -> bool:
        """Whether the whole log is a run of the model, as far as it goes."""
        return self.end in self._at

    @property
    def final(self) -> Readings:
        """The readings of the whole log."""
        return self._at.get(self.end, {})

    def longest(self) -> LogPrefix:
        """The longest prefix that fits; of several, the first."""
        cut, readings = self._longest
        following = [self._next(cut, log) for log in range(len(cut))]
        return LogPrefix(cut, tuple(each for each in following if each is not None), readings)

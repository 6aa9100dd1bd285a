"""What in a log is no step of any process: the first content put there, looks, and the end.

Where a resource holds something at first, the lines that put it there may be in the log. A
connection that only does that, looks at what is kept, and removes the session's keys is
nobody's: our own runs have one, and so have tests of real systems.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...machine.shapes import value_of
from ..brokers.broker_state import filling, reading
from ..brokers.contract import Store
from ..brokers.keys import instances_on_server
from ..brokers.payload import Codec, Value, codec_of
from .events import LogEvent, LogSession
from .observable_steps import ObservableSteps

__all__ = ["SessionSetup", "SetupPlan"]

Places = dict[tuple[int, int], str]
"""Lines of a session (log, place), with something to say of each."""


@dataclass(frozen=True, slots=True)
class SetupPlan:
    """How a reading begins: an initial state; the lines (log, place) that put there what it
    holds; the lines at which that breaks off, with what should have come; and the connections
    that may be nobody's."""

    initial: int
    filling: frozenset[tuple[int, int]]
    broken_off: Mapping[tuple[int, int], str]
    outsiders: frozenset[int]


class SessionSetup:
    """How sessions of a spec begin, and what in them is no step."""

    def __init__(self, observable: ObservableSteps) -> None:
        self.observable = observable
        # With no key: each session has keys of its own.
        self._stores = {
            name: Store(name, resource, number, "", codec_of(resource), None)
            for name, resource, number in instances_on_server(observable.spec)
        }

    def is_look(self, event: LogEvent) -> bool:
        """Whether a line only reads all that a resource keeps, as a look at it does."""
        words = event.line.words
        for name, key in event.keys.items():
            wanted = reading(self._stores[name].resource, key)
            if words[1:] == tuple(wanted[1:]) and [words[0].upper()] == wanted[:1]:
                return True
        return False

    def plans(self, session: LogSession) -> list[SetupPlan]:
        """All ways in which a session may begin: each initial state, with its content put
        there before the log, or in its first lines."""
        plans = []
        for state in self.observable.initial():
            found, broken_off = self._filling(session, state)
            before: Places = {}
            plans.append(SetupPlan(state, frozenset(), before, self._outsiders(session, before)))
            if found:
                outsiders = self._outsiders(session, found)
                plans.append(SetupPlan(state, frozenset(found), broken_off, outsiders))
        return plans

    def _filling(self, session: LogSession, state: int) -> tuple[Places, Places]:
        """The first lines for each resource that put its content there, or the end of it where
        the log began in between; and where that breaks off, with what should have come."""
        machine = self.observable.machine
        initial: Mapping[str, Value] = {
            each.name: value_of(machine, each, state)
            for each in machine.variables
            if not each.hidden
        }
        found: Places = {}
        broken_off: Places = {}
        for name, store in self._stores.items():
            wanted = list(filling(store, initial))
            for log, events in enumerate(session.events):
                places = [i for i, event in enumerate(events) if name in event.keys]
                begun = _begun(store.codec, wanted, [events[i] for i in places])
                count = _alike(store.codec, begun, [events[i] for i in places])
                found.update(((log, i), "") for i in places[:count])
                if 0 < count < min(len(begun), len(places)):
                    key = events[places[0]].keys[name]
                    words = [begun[count][0], key, *begun[count][2:]]
                    broken_off[log, places[count]] = " ".join(words)
        return found, broken_off

    def _outsiders(self, session: LogSession, filled: Places) -> frozenset[int]:
        """The connections, by number, that may be nobody's: they fill, look or remove and
        nothing else, and have done something that marks them."""
        clients = list(dict.fromkeys(each.client for each in session.all_events()))
        may = set(clients)
        marked = set(session.witnesses)
        for log, events in enumerate(session.events):
            for place, event in enumerate(events):
                if (log, place) in filled or event.removes:
                    marked.add(event.client)
                elif not self.is_look(event):
                    may.discard(event.client)
        return frozenset(i for i, each in enumerate(clients) if each in may & marked)


def _begun(
    codec: Codec, wanted: Sequence[list[str]], events: Sequence[LogEvent]
) -> Sequence[list[str]]:
    """What fills a resource, from where the log begins with it: [] if it does not."""
    for start, words in enumerate(wanted):
        if events and _fills(codec, words, events[0]):
            return wanted[start:]
    return []


def _alike(codec: Codec, wanted: Sequence[list[str]], events: Sequence[LogEvent]) -> int:
    """How many lines are as wanted, before one is not."""
    count = 0
    for words, event in zip(wanted, events, strict=False):
        if not _fills(codec, words, event):
            break
        count += 1
    return count


def _fills(codec: Codec, wanted: Sequence[str], event: LogEvent) -> bool:
    """Whether a line puts there what is wanted (the key aside, which is the event's)."""
    words = event.line.words
    return words[0].casefold() == wanted[0].casefold() and codec.same(words[2:], wanted[2:])

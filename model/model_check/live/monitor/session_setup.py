"""What in a log is no step of any process: the first content put there, looks, and the end.

Where a resource holds something at first, the lines that put it there may be in the log. A
connection that only does that, looks at what is kept, and removes the session's keys is
nobody's: our own runs have one, and so have tests of real systems.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...machine.shapes import value_of
from ..brokers.broker_state import filling, reading
from ..brokers.contract import Store
from ..brokers.keys import instances_on_server
from ..brokers.payload import Codec, Value, codec_of
from .events import LogEvent, LogSession
from .observable_steps import ObservableSteps
from .several_keys import one_by_one

__all__ = ["SessionSetup", "SetupPlan", "puts_there"]

_UNORDERED = frozenset({"HSET", "SADD", "ZADD"})
"""Commands of which it does not matter in which order they put values there."""

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
        found: dict[tuple[int, int], set[str]] = {}
        broken_off: Places = {}
        for name, store in self._stores.items():
            wanted = list(filling(store, initial))
            for log, events in enumerate(session.events):
                said = [
                    (place, words)
                    for place, event in enumerate(events)
                    if name in event.keys
                    for words in _said_to(event, event.keys[name], wanted, store.codec)
                ]
                in_order = _in_order_of(store.codec, wanted, [words for _, words in said])
                begun = _begun(store.codec, in_order, [words for _, words in said])
                count = _alike(store.codec, begun, [words for _, words in said])
                whole = {place for place, _ in said[:count]} - {place for place, _ in said[count:]}
                for place in whole:
                    found.setdefault((log, place), set()).add(name)
                if 0 < count < min(len(begun), len(said)):
                    words = [begun[count][0], said[0][1][1], *begun[count][2:]]
                    broken_off[log, said[count][0]] = " ".join(words)
        # A line of several keys fills nothing unless it fills each.
        filled = {
            (log, place): ""
            for (log, place), names in found.items()
            if names >= set(session.events[log][place].keys)
        }
        return filled, broken_off

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


def _said_to(
    event: LogEvent, key: str, wanted: Sequence[Sequence[str]], codec: Codec
) -> Iterator[Sequence[str]]:
    """What a line says to a key, one value after the other where it gives several at once: `MSET`,
    `RPUSH key 1 2`. `wanted` is how each value is put there."""
    parts = [each for each in one_by_one(event.line.words) if each[1] == key]
    for words in parts or [event.line.words]:
        width = len(wanted[0]) - 2 if wanted else 0
        rest = words[2:]
        several = 0 < width < len(rest) and len(rest) % width == 0
        if several and not any(_fills(codec, each, words) for each in wanted):
            starts = range(0, len(rest), width)
            yield from ((*words[:2], *rest[start : start + width]) for start in starts)
        else:
            yield words


def _in_order_of(
    codec: Codec, wanted: Sequence[list[str]], said: Sequence[Sequence[str]]
) -> Sequence[list[str]]:
    """What fills a resource in the order of a log, where its order does not matter; what the log
    does not show comes first, for that was there before."""
    if not wanted or wanted[0][0].upper() not in _UNORDERED:
        return wanted

    def shown(words: list[str]) -> int:
        places = (n for n, each in enumerate(said) if _fills(codec, words, each))
        return next(places, -1)

    return sorted(wanted, key=shown)


def _begun(
    codec: Codec, wanted: Sequence[list[str]], said: Sequence[Sequence[str]]
) -> Sequence[list[str]]:
    """What fills a resource, from where the log begins with it: [] if it does not."""
    for start, words in enumerate(wanted):
        if said and _fills(codec, words, said[0]):
            return wanted[start:]
    return []


def _alike(codec: Codec, wanted: Sequence[list[str]], said: Sequence[Sequence[str]]) -> int:
    """How many values are as wanted, before one is not."""
    count = 0
    for words, theirs in zip(wanted, said, strict=False):
        if not _fills(codec, words, theirs):
            break
        count += 1
    return count


def _fills(codec: Codec, wanted: Sequence[str], words: Sequence[str]) -> bool:
    """Whether words put there what is wanted (the key aside, which is theirs)."""
    return words[0].casefold() == wanted[0].casefold() and codec.same(words[2:], wanted[2:])


def puts_there(event: LogEvent, initial: Mapping[str, Value], stores: Mapping[str, Store]) -> bool:
    """Whether a line does nothing but put values there with which a run begins, each of them one
    that its resource holds at first; in whatever order, or once more."""
    for name, key in event.keys.items():
        store = stores.get(name)
        wanted = list(filling(store, initial)) if store is not None else []
        said = list(_said_to(event, key, wanted, store.codec)) if store is not None else []
        if store is None or not said or not all(
            any(_fills(store.codec, each, words) for each in wanted) for words in said
        ):  # fmt: skip
            return False
    return bool(event.keys)

"""PSUBSCRIBE and PUNSUBSCRIBE in a log: which sessions they are of, and what they say to them.

A pattern names no session: it listens to every channel that it takes, also to those of sessions
that begin later. So these lines are kept until all sessions are known.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...language.tree.spec import Resource, Spec
from ...language.tree.statements import Step
from ...language.tree.walk import calls_of, controls_in
from ..brokers.addresses import name_of, pattern_in, values_of
from ..brokers.globs import literal_start, takes
from ..brokers.keys import KeyPattern, instances_on_server, is_channel, key_of
from ..brokers.wire import is_sent
from .events import LogEvent, LogSession, Utterance
from .log import LogLine

__all__ = ["BY_PATTERN", "PatternListening"]

SUBSCRIBE, UNSUBSCRIBE = "PSUBSCRIBE", "PUNSUBSCRIBE"
BY_PATTERN = frozenset({SUBSCRIBE, UNSUBSCRIBE})
ANY_NAME = "any-other-name"
"""A name that a channel could have, where nothing says which there are."""


@dataclass(frozen=True, slots=True)
class _Channel:
    """A channel of the spec (or several, with an address). `commands`: of the spec, by the word
    that a log has for them; `listeners`: how many connections listen to it by a pattern, at
    most."""

    store: str
    resource: Resource
    number: int
    commands: Mapping[str, str]
    listeners: float


@dataclass(frozen=True, slots=True)
class _Heard:
    """One pattern in a line of log number `log`."""

    log: int
    line: LogLine
    pattern: str


class PatternListening:
    """The lines of a log that listen by a pattern."""

    def __init__(self, spec: Spec, patterns: Iterable[KeyPattern]) -> None:
        self._spec = spec
        self._patterns = {each.store: each for each in patterns}
        self._heard: list[_Heard] = []
        self._active: dict[tuple[int, str], dict[str, None]] = {}
        """By connection, the patterns that it listens by."""
        self._lines = 0
        self._channels = [
            _Channel(store, resource, number, {
                command.wire.split()[0].upper(): name
                for name, command in resource.commands[number].items()
                if is_sent(command)
            }, _listeners(spec, resource))
            for store, resource, number in instances_on_server(spec)
            if is_channel(resource)
        ]  # fmt: skip

    def hear(self, line: LogLine, log: int) -> None:
        """Take in a line of log number `log`."""
        self._lines += 1
        active = self._active.setdefault((log, line.client), {})
        patterns: Sequence[str] = line.words[1:]
        if line.words[0].upper() == SUBSCRIBE:
            active.update(dict.fromkeys(patterns))
        else:
            # Without a word, all of them end.
            patterns = patterns or list(active)
            for each in patterns:
                active.pop(each, None)
        self._heard += [_Heard(log, line, each) for each in dict.fromkeys(patterns)]

    def put_into(self, sessions: Sequence[LogSession]) -> int:
        """Put the lines into the sessions that they are of; how many are of none."""
        touched: set[tuple[int, int]] = set()
        for channel in self._channels if self._heard else ():
            for session, key, found in self._taken(channel, sessions):
                touched.update((heard.log, heard.line.number) for heard, _ in found)
                self._put(channel, session, key, found)
        return self._lines - len(touched)

    def _taken(
        self, channel: _Channel, sessions: Sequence[LogSession]
    ) -> Iterator[tuple[LogSession, str, list[tuple[_Heard, bool | None]]]]:
        """The sessions whose channel some patterns take, its name there, and those patterns, each
        with whether it takes all that have an address."""
        keys = [self._key(channel, each) for each in sessions]
        place = f"{{{channel.resource.address}}}" if channel.resource.address else ""
        begins = [key.partition(place)[0] if place else key for key in keys]
        order = sorted(range(len(keys)), key=lambda number: begins[number])
        ordered = [begins[number] for number in order]
        found: dict[int, list[tuple[_Heard, bool | None]]] = {}
        for heard in self._heard:
            # Of very many sessions only those whose channel begins as the pattern does.
            start = literal_start(heard.pattern)
            first = 0 if place else bisect_left(ordered, start)
            for number in order[first:]:
                if not place and not begins[number].startswith(start):
                    break
                taken = self._takes(channel, keys[number], heard.pattern)
                if taken is not False:
                    found.setdefault(number, []).append((heard, taken))
        for number in sorted(found):
            yield sessions[number], keys[number], found[number]

    def _put(
        self,
        channel: _Channel,
        session: LogSession,
        key: str,
        found: Sequence[tuple[_Heard, bool | None]],
    ) -> None:
        by: dict[tuple[int, str], set[str]] = {}
        if SUBSCRIBE not in channel.commands:
            found = _meanwhile(session, found)
        for heard, taken in found:
            name = heard.line.words[0].upper()
            command = channel.commands.get(name)
            patterns = by.setdefault((heard.log, heard.line.client), set())
            (patterns.add if name == SUBSCRIBE else patterns.discard)(heard.pattern)
            if command is None or taken is None or len(patterns) > 1:
                session.open = session.open or _why(heard, key, command, taken)
                continue
            said = (Utterance(channel.store, command, {}),)
            event = LogEvent(heard.log, heard.line, {channel.store: key}, said)
            session.events[heard.log].append(event)
        for events in session.events:
            events.sort(key=lambda event: event.line.number)
        if len(by) > channel.listeners and not session.open:
            session.open = (
                f"{len(by)} connections listen by a pattern to {key}, and {channel.listeners} of"
                " this spec do: which of them they are is not known"
            )

    def _key(self, channel: _Channel, session: LogSession) -> str:
        """The channel's name in a session, its address left open."""
        return key_of(self._spec, channel.resource, channel.number, session.places)

    def _takes(self, channel: _Channel, template: str, pattern: str) -> bool | None:
        """Whether a pattern takes a channel; of several, all of them, or none; None: some."""
        address = channel.resource.address
        if not address:
            return takes(pattern, template)
        found = {
            takes(pattern, template.replace(f"{{{address}}}", name))
            for name in self._names(channel)
        }
        return found.pop() if len(found) == 1 else None

    def _names(self, channel: _Channel) -> Iterator[str]:
        resource = channel.resource
        pattern = pattern_in(resource)
        if pattern is None:
            yield from (name_of(resource, each) for each in values_of(resource))
        else:
            yield from (pattern.value_for(f"{ANY_NAME}-{number}") for number in range(8))


def _listeners(spec: Spec, resource: Resource) -> float:
    """How many connections listen by a pattern to a resource: no more than instances of processes
    call it, unless some begin anew."""
    calling = [
        process
        for process in spec.processes
        if any(
            call.resource == resource.name and call.command.startswith(SUBSCRIBE.lower())
            for control in controls_in(process.run)
            for call in (calls_of(control.body) if isinstance(control, Step) else ())
        )
    ]
    if resource.disconnects is not None or any(each.crashes is not None for each in calling):
        return math.inf
    return sum(each.count for each in calling)


def _meanwhile(
    session: LogSession, found: Sequence[tuple[_Heard, bool | None]]
) -> list[tuple[_Heard, bool | None]]:
    """Of what no process of a spec does, the subscriptions that there were while a session lasted:
    what comes behind its last line changes nothing of what is certain by then."""
    times = [event.line.time for event in session.all_events()]
    if not times:
        return list(found)
    begun: dict[tuple[int, str, str], tuple[_Heard, bool | None]] = {}
    kept = []
    for heard, taken in found:
        which = (heard.log, heard.line.client, heard.pattern)
        if heard.line.words[0].upper() == SUBSCRIBE:
            if heard.line.time <= max(times):
                begun.setdefault(which, (heard, taken))
        elif heard.line.time >= min(times) and which in begun:
            kept.append(begun.pop(which))
        else:
            begun.pop(which, None)
    return [*kept, *begun.values()]


def _why(heard: _Heard, key: str, command: str | None, taken: bool | None) -> str:
    """Why it is not known what is heard by a pattern."""
    word = heard.line.words[0].upper()
    told = f"line {heard.line.number}: {word} {heard.pattern}"
    if taken is None:
        return (
            f"{told} takes some of {key} and not all: of a pattern like that the spec says nothing"
        )
    if command is None:
        return (
            f"{told} is about {key}, and no process of this spec listens by a pattern: who hears"
            f" what is published there is not known ({word.lower()}() in the spec reads it)"
        )
    return f"{told} is a second pattern by which this connection hears {key}: each message twice"

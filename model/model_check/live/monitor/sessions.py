"""From lines of logs to sessions: the lines that touch a session's keys, and what they say.

A line belongs to a session if it names one of its keys where the command has one. What a line
says is read by the `wire` of the spec's kinds; a line that is none of the spec's commands is
kept all the same, since it may have changed what the processes see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ...language.syntax.wire_form import wire_form
from ...language.tree.spec import Command, Resource, Spec
from ..brokers.keys import (
    KEY,
    SessionKey,
    instances_on_server,
    is_channel,
    patterns_of,
    session_name,
)
from ..brokers.payload import Codec, Value, codec_of
from ..brokers.wire import is_sent, said
from ..errors import LiveError
from .log import LogLine

__all__ = ["LogEvent", "LogSession", "Reader", "Utterance"]

EXPIRES = "expires"
"""What the Redis kinds call it that a key's time is over."""
HARMLESS = frozenset(
    {
        "DUMP", "EXISTS", "EXPIRETIME", "MEMORY", "OBJECT", "PEXPIRETIME", "PTTL", "PUBSUB",
        "RANDOMKEY", "TTL", "TYPE", "UNWATCH", "WATCH",
    }
)  # fmt: skip
"""Commands that no kind speaks of and that change nothing a process could see: WATCH has no
effect but that EXEC may carry out nothing, and that a log shows."""
LEASING = frozenset({"EXPIRE", "EXPIREAT", "PERSIST", "PEXPIRE", "PEXPIREAT"})
"""Commands that say when a key's time is over. Where a spec says that a key `expires`, that may be
at any moment, whatever they say."""
REMOVING = frozenset({"DEL", "UNLINK"})
EMPTYING = frozenset({"FLUSHALL", "FLUSHDB"})
"""Commands that remove all keys, and name none."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One meaning of a line: a command of the spec on a resource instance (`store`). How long it
    waits at most, a line does not say for a model."""

    store: str
    command: str
    arguments: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class LogEvent:
    """A line of one session in log number `log`. `keys`: of the session, by store; `client` is
    the address of the connection. No `uttered`: no process of the spec says this."""

    log: int
    line: LogLine
    keys: Mapping[str, str]
    uttered: tuple[Utterance, ...]

    @property
    def client(self) -> tuple[int, str]:
        """The connection."""
        return (self.log, self.line.client)

    @property
    def removes(self) -> bool:
        """Whether the line does nothing but remove keys of the session."""
        words = self.line.words
        if words[0].upper() in EMPTYING:
            return True
        return words[0].upper() in REMOVING and set(words[1:]) <= set(self.keys.values())


@dataclass
class LogSession:
    """The lines of one session, for each log those in its order. `witnesses`: connections
    that asked about the session what no process asks."""

    name: str
    db: int
    events: list[list[LogEvent]]
    witnesses: set[tuple[int, str]] = field(default_factory=set)

    def all_events(self) -> Iterator[LogEvent]:
        """The lines of all logs."""
        return (event for each in self.events for event in each)

    @property
    def lines(self) -> int:
        return sum(len(each) for each in self.events)


@dataclass(frozen=True, slots=True)
class _Form:
    """A command of a resource instance, as it is looked for in a line."""

    resource: Resource
    command: Command
    codec: Codec


def _expires(resource: Resource, number: int) -> bool:
    return any(each.command.name == EXPIRES for each in resource.faults[number])


class Reader:
    """Finds the lines of a spec's sessions. `ignored`: commands, in capitals, that are passed
    over. `foreign`: how many lines touch no session; `key_texts`: how keys look."""

    def __init__(self, spec: Spec, logs: int, ignored: Iterable[str] = ()) -> None:
        self._patterns = patterns_of(spec)
        self.key_texts = [each.text for each in self._patterns]
        self.foreign = 0
        self._logs = logs
        self._ignored = frozenset(ignored)
        self._sessions: dict[tuple[int, SessionKey], LogSession] = {}
        self._leased = {s for s, each, n in instances_on_server(spec) if _expires(each, n)}
        self._channels = {s for s, each, _ in instances_on_server(spec) if is_channel(each)}
        # By log, the sessions that may hold something since the server was emptied.
        self._filled: list[dict[tuple[int, SessionKey], None]] = [{} for _ in range(logs)]
        self._forms: dict[tuple[str, str], list[_Form]] = {}
        self._key_places: dict[str, set[int] | None] = {}
        self._channel_forms: set[tuple[str, str]] = set()
        for store, resource, number in instances_on_server(spec):
            for command in resource.commands[number].values():
                if is_sent(command):
                    self._add(store, resource, command)
        if not self._patterns:
            raise LiveError(f"{spec.name} has nothing on a Redis server that a log could show")

    def _add(self, store: str, resource: Resource, command: Command) -> None:
        variants = [[word.text for word in each] for each in wire_form(command.wire).variants()]
        form = _Form(resource, command, codec_of(resource))
        name = variants[0][0].upper()
        self._forms.setdefault((store, name), []).append(form)
        if is_channel(resource) and variants[0][1:] == [KEY]:
            self._channel_forms.add((store, name))
        places = self._key_places.setdefault(name, set())
        if command.carries:
            # What it carries may look like a key, and is none.
            if places is not None:
                places |= {
                    next((i for i, w in enumerate(each) if KEY in w), 0) for each in variants
                }
        else:
            self._key_places[name] = None

    def read(self, line: LogLine, log: int) -> None:
        """Take in a line of log number `log`."""
        name = line.words[0].upper()
        if name in EMPTYING and name not in self._ignored:
            self._emptied(line, log, name)
            return
        touched = list(self._touched(line, name))
        self.foreign += not touched
        for session, keys, words in touched:
            found = self._session(line.db, session)
            if name in HARMLESS:
                found.witnesses.add((log, line.client))
            elif name not in self._ignored and not self._leases(name, keys):
                uttered = tuple(self._uttered(name, keys, words))
                found.events[log].append(LogEvent(log, line, keys, uttered))
                if not self._channels.issuperset(keys):
                    self._filled[log][line.db, session] = None

    def _leases(self, name: str, keys: Mapping[str, str]) -> bool:
        """Whether a line only says when keys run out that may do so at any moment."""
        spoken = any((store, name) in self._forms for store in keys)
        return name in LEASING and self._leased.issuperset(keys) and not spoken

    def _emptied(self, line: LogLine, log: int, name: str) -> None:
        """Take in a line that removes the keys of all sessions of a server, or of a database."""
        filled = self._filled[log]
        gone = [key for key in filled if name == "FLUSHALL" or key[0] == line.db]
        self.foreign += not gone
        for key in gone:
            del filled[key]
            self._sessions[key].events[log].append(LogEvent(log, line, {}, ()))

    def _session(self, db: int, key: SessionKey) -> LogSession:
        found = self._sessions.get((db, key))
        if found is None:
            found = LogSession(session_name(key), db, [[] for _ in range(self._logs)])
            self._sessions[db, key] = found
        return found

    def _touched(
        self, line: LogLine, name: str
    ) -> Iterator[tuple[SessionKey, Mapping[str, str], Sequence[str]]]:
        """The sessions that a line touches: their keys in it, by store, and the words that are
        said to this session."""
        places = self._key_places.get(name)
        found: dict[SessionKey, dict[str, str]] = {}
        for number, word in enumerate(line.words[1:], start=1):
            if places is not None and number not in places:
                continue
            for pattern in self._patterns:
                session = pattern.read(word)
                if session is None:
                    continue
                if places is None and (pattern.store, name) in self._channel_forms:
                    # SUBSCRIBE takes many channels, and does the same to each.
                    yield session, {pattern.store: word}, (line.words[0], word)
                    continue
                found.setdefault(session, {})[pattern.store] = word
        for session, keys in found.items():
            yield session, keys, line.words

    def _uttered(
        self, name: str, keys: Mapping[str, str], words: Sequence[str]
    ) -> Iterator[Utterance]:
        for store, key in keys.items():
            for form in self._forms.get((store, name), ()):
                for found in said(form.command, words, form.codec, form.resource.stored.ids):
                    if found.key == key:
                        limit = form.command.limit
                        arguments = {
                            name: value
                            for name, value in found.arguments.items()
                            if limit is None or name != limit.parameter
                        }
                        yield Utterance(store, form.command.name, arguments)

    def sessions(self) -> list[LogSession]:
        """The sessions, in the order of their first line. Raises LiveError where keys without
        a place for a session belong to several."""
        shared = [key for key in self._sessions if key[1] == ()]
        for db, _ in shared:
            others = [key for key in self._sessions if key[0] == db and key[1] != ()]
            if len(others) > 1:
                event = next(self._sessions[db, ()].all_events(), None)
                key = next(iter(event.keys.values())) if event is not None else ""
                raise LiveError(
                    f"{key} is the same key for all of {len(others)} sessions: a log does not"
                    " say for which of them a command on it was; monitor one session at a time"
                )
            if others:
                self._merge(self._sessions[others[0]], self._sessions.pop((db, ())))
        return [each for each in self._sessions.values() if each.lines]

    def _merge(self, session: LogSession, other: LogSession) -> None:
        for mine, theirs in zip(session.events, other.events, strict=True):
            mine += theirs
            mine.sort(key=lambda event: event.line.number)
        session.witnesses |= other.witnesses

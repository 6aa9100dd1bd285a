"""From lines of logs to sessions: the lines that touch a session's keys, and what they say.

A line belongs to a session if it names one of its keys where the command has one, or subscribes by
a pattern that takes one of its channels. What a line says is read by the `wire` of the spec's
kinds; a line that is none of the spec's commands is kept all the same, since it may have changed
what the processes see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from ...language.syntax.wire_form import wire_form
from ...language.tree.spec import Command, Resource, Spec
from ..brokers.keys import (
    KEY,
    KeyPattern,
    SessionKey,
    instances_on_server,
    is_channel,
    patterns_of,
    place_names,
    session_name,
)
from ..brokers.payload import Codec, Value, codec_of
from ..brokers.wire import is_sent, said
from ..errors import LiveError
from .events import EMPTYING, LogEvent, LogSession, Utterance
from .joining import join_keys
from .listening_by_pattern import BY_PATTERN, PatternListening
from .log import LogLine
from .names import AddressNames, address_names

__all__ = ["Reader"]

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


@dataclass(frozen=True, slots=True)
class _Form:
    """A command of a resource instance, as it is looked for in a line."""

    resource: Resource
    command: Command
    codec: Codec
    names: AddressNames | None


def _leave_open(sessions: Iterable[LogSession], strays: Iterable[LogSession]) -> None:
    """Say of sessions that lines may be theirs which nothing gives to one. Those behind the end of
    a session change nothing of what is certain of it: it is certain whatever comes."""
    times = [(event.line.time, each.name) for each in strays for event in each.all_events()]
    if not times:
        return
    first, name = min(times)
    for session in sessions:
        last = max((event.line.time for event in session.all_events()), default=first)
        if first < last and not session.open:
            session.open = f"nothing in the log says whose {name} is: it could be of this session"


def _place(event: LogEvent) -> tuple[int, int]:
    return event.log, event.line.number


def _expires(resource: Resource, number: int) -> bool:
    return any(each.command.name == EXPIRES for each in resource.faults[number])


class Reader:
    """Finds the lines of a spec's sessions. `ignored`: commands, in capitals, that are passed
    over. `foreign`: how many lines touch no session; `key_texts`: how keys look."""

    def __init__(self, spec: Spec, logs: int, ignored: Iterable[str] = ()) -> None:
        self._patterns = patterns_of(spec)
        self.key_texts = [each.text for each in self._patterns]
        self._by_store = {each.store: each for each in self._patterns}
        self._said: list[tuple[SessionKey, tuple[tuple[str, str], ...]]] = []
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
        self._places = place_names(spec)
        self._listening = PatternListening(spec, self._patterns)
        self._names = {s: address_names(s, each) for s, each, _ in instances_on_server(spec)}
        for store, resource, number in instances_on_server(spec):
            for command in resource.commands[number].values():
                if is_sent(command):
                    self._add(store, resource, command)
        if not self._patterns:
            raise LiveError(f"{spec.name} has nothing on a Redis server that a log could show")

    def _add(self, store: str, resource: Resource, command: Command) -> None:
        variants = [[word.text for word in each] for each in wire_form(command.wire).variants()]
        form = _Form(resource, command, codec_of(resource), self._names[store])
        name = variants[0][0].upper()
        self._forms.setdefault((store, name), []).append(form)
        if is_channel(resource) and variants[0][1:] == [KEY]:
            self._channel_forms.add((store, name))
        places = self._key_places.setdefault(name, set())
        if command.carries:
            # What it carries may look like a key, and is none.
            if places is not None:
                own = {KEY, *(f"{{{other}}}" for other in command.others)}
                places |= {
                    next((i for i, w in enumerate(each) if KEY in w), 0) for each in variants
                }
                places |= {i for each in variants for i, word in enumerate(each) if word in own}
        else:
            self._key_places[name] = None

    def read(self, line: LogLine, log: int) -> None:
        """Take in a line of log number `log`."""
        name = line.words[0].upper()
        if name in EMPTYING and name not in self._ignored:
            self._emptied(line, log, name)
            return
        if name in BY_PATTERN:
            if name not in self._ignored:
                self._listening.hear(line, log)
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
            found = LogSession(
                session_name(value for _, value in key), db, [[] for _ in range(self._logs)]
            )
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
                session += self._named(pattern, word)
                if places is None and (pattern.store, name) in self._channel_forms:
                    # SUBSCRIBE takes many channels, and does the same to each.
                    yield session, {pattern.store: word}, (line.words[0], word)
                    continue
                found.setdefault(session, {})[pattern.store] = word
        for session, keys in found.items():
            yield session, keys, line.words

    def _named(self, pattern: KeyPattern, word: str) -> SessionKey:
        """What a key says of its session by an address that is a name: it is said elsewhere whose
        it is. Where no key says a session, all is one."""
        names = self._names.get(pattern.store)
        if names is None or names.known is not None or not self._places:
            return ()
        return ((names.of, pattern.address_in(word)),)

    def _uttered(
        self, name: str, keys: Mapping[str, str], words: Sequence[str]
    ) -> Iterator[Utterance]:
        for store, key in keys.items():
            for form in self._forms.get((store, name), ()):
                ids, unread = form.resource.stored.ids, form.resource.unread
                for found in said(form.command, words, form.codec, ids, unread):
                    if found.key != key:
                        continue
                    stores = {word: each for each, word in keys.items()}
                    if any(each not in stores for each in found.others.values()):
                        continue
                    arguments = dict(found.arguments)
                    arguments |= {name: stores[each] for name, each in found.others.items()}
                    if form.command.limit is not None:
                        del arguments[form.command.limit.parameter]
                    if self._says_address(form, self._by_store[store], key, arguments):
                        yield Utterance(store, form.command.name, arguments)

    def _says_address(
        self, form: _Form, pattern: KeyPattern, key: str, arguments: dict[str, Value]
    ) -> bool:
        """Whether a key says the address of a command, if that has one; put among its arguments."""
        names = form.names
        if names is None or names.place not in dict(form.command.parameters):
            return True
        address = names.read(pattern.address_in(key))
        arguments[names.place] = address
        return address is not None

    def sessions(self) -> list[LogSession]:
        """The sessions, in the order of their first line. Raises LiveError where keys without
        a place for a session belong to several."""
        found: list[LogSession] = []
        for db in dict.fromkeys(db for db, _ in self._sessions):
            found += self._joined(db)
        self.foreign += self._listening.put_into(found)
        known = [each for each in found if each.lines]
        return sorted(
            known, key=lambda each: min((e.log, e.line.number) for e in each.all_events())
        )

    def _joined(self, db: int) -> list[LogSession]:
        """The sessions of one database."""
        found: list[LogSession] = []
        strays: list[LogSession] = []
        parts = {key: each for (its, key), each in self._sessions.items() if its == db}
        shared = parts.pop((), None)
        groups = join_keys(parts, self._said, self._places)
        if shared is not None and len(groups) > 1:
            event = next(shared.all_events(), None)
            key = next(iter(event.keys.values())) if event is not None else ""
            raise LiveError(
                f"{key} is the same key for all of {len(groups)} sessions: a log does not"
                " say for which of them a command on it was; monitor one session at a time"
            )
        if not groups and shared is not None:
            return [shared]
        for group in groups:
            first, *others = (parts[key] for key in group.keys)
            for each in [*others, *filter(None, [shared])]:
                self._merge(first, each)
            first.places = {name: value for name, (value, *_) in group.places.items()}
            first.name = session_name(value for each in group.named for value in each)
            first.open = group.open
            if group.stray:
                strays.append(first)
            else:
                found.append(first)
        _leave_open(found, strays)
        return [*found, *strays]

    def _merge(self, session: LogSession, other: LogSession) -> None:
        for mine, theirs in zip(session.events, other.events, strict=True):
            mine += theirs
            mine.sort(key=lambda event: event.line.number)
            mine[:] = self._one_a_line(mine)
        session.witnesses |= other.witnesses

    def _one_a_line(self, events: Sequence[LogEvent]) -> Iterator[LogEvent]:
        """The events, those of one line as one that has the keys of all; but what a line does to
        each of several channels are several."""
        for _, group in groupby(events, key=lambda event: event.line.number):
            same = list(group)
            name = same[0].line.words[0].upper()
            if len(same) == 1 or any((s, name) in self._channel_forms for s in same[0].keys):
                yield from same
                continue
            keys = {store: key for each in same for store, key in each.keys.items()}
            uttered = tuple(self._uttered(name, keys, same[0].line.words))
            yield replace(same[0], keys=keys, uttered=uttered)

"""From lines of logs to sessions: the lines that touch a session's keys, and what they say.

A line belongs to a session if it names one of its keys where the command has one, or subscribes by
a pattern that takes one of its channels. What a line says is read by the `wire` of the spec's
kinds; a line that is none of the spec's commands is kept all the same, since it may have changed
what the processes see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby

from ...language.keys import WATCH
from ...language.syntax.wire_form import wire_form
from ...language.tree.spec import Command, Resource, Spec
from ..brokers.keys import (
    KEY,
    KeyPattern,
    SessionKey,
    instances_on_server,
    is_channel,
    is_leased,
    patterns_of,
    place_names,
    session_name,
)
from ..brokers.payload import Codec, Value, codec_of
from ..brokers.wire import ParsedCommand, is_sent, said, says_nothing
from ..errors import LiveError
from .events import EMPTYING, EXECUTED, JOINING, LEAVING, REMOVING, LogEvent, LogSession, Utterance
from .foreign import HARMLESS, LEASING, ONE_KEY, TIMING, Lease, disturbance, lease_of
from .joining import join_keys
from .listening_by_pattern import BY_PATTERN, PatternListening
from .log import SCRIPTS, LogLine
from .names import AddressNames, address_names, names_in_payloads, names_said

__all__ = ["Reader"]

OF_WATCHING = {"EXEC": EXECUTED, "UNWATCH": "unwatch"}
"""What is said by a line that names all keys which a connection watched."""
MOST_KNOWN = 20_000
"""Meanings of lines that are remembered."""
EXPIRES = "expires"
"""What the Redis kinds call it that a key's time is over."""
RESETTING = frozenset({"RESET", "QUIT"})
"""Commands that end all subscriptions of a connection."""
SWAPPING = "SWAPDB"


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


def _said(form: _Form, words: Sequence[str], key: str) -> list[ParsedCommand]:
    """What words say, if they are a command on this key."""
    ids, unread = form.resource.stored.ids, form.resource.unread
    found = said(form.command, words, form.codec, ids, unread)
    return [each for each in found if each.key == key]


def _place(event: LogEvent) -> tuple[int, int]:
    return event.log, event.line.number


def _expires(resource: Resource, number: int) -> bool:
    """Whether a key may expire at any moment, whatever time to live it is given."""
    expires = any(each.command.name == EXPIRES for each in resource.faults[number])
    return expires and not is_leased(resource, number)


class Reader:
    """Finds the lines of a spec's sessions. `ignored`: commands, in capitals, that are passed
    over. `foreign`: how many lines touch no session; `key_texts`: how keys look."""

    def __init__(self, spec: Spec, logs: int, ignored: Iterable[str] = ()) -> None:
        self._patterns = patterns_of(spec)
        self.key_texts = [each.text for each in self._patterns]
        self._by_store = {each.store: each for each in self._patterns}
        # By database, what lines about keys say of other places, and of names.
        self._said: dict[int, list[tuple[SessionKey, tuple[tuple[str, str], ...]]]] = {}
        self.foreign = 0
        self._logs = logs
        self._ignored = frozenset(ignored)
        self._sessions: dict[tuple[int, SessionKey], LogSession] = {}
        self._leased = {s for s, each, n in instances_on_server(spec) if _expires(each, n)}
        self._channels = {s for s, each, _ in instances_on_server(spec) if is_channel(each)}
        # Who listens to what becomes of these, is told of a time to live as well.
        told = {each.heard.of for each in spec.resources if each.heard is not None}
        self._told = {s for s, each, _ in instances_on_server(spec) if each.name in told}
        # By log, the sessions that may hold something since the server was emptied.
        self._filled: list[dict[tuple[int, SessionKey], None]] = [{} for _ in range(logs)]
        self._forms: dict[tuple[str, str], list[_Form]] = {}
        self._known: dict[tuple[str, str, tuple[str, ...]], Sequence[ParsedCommand]] = {}
        self._key_places: dict[str, set[int] | None] = {}
        self._channel_forms: set[tuple[str, str]] = set()
        self._leases: dict[tuple[int, int, SessionKey, str], Lease] = {}
        self._subscribed: dict[tuple[int, str], dict[tuple[int, SessionKey, str], str]] = {}
        self._places = place_names(spec)
        self._listening = PatternListening(spec, self._patterns)
        self._beside = names_in_payloads(spec)
        self._names = {s: address_names(each) for s, each, _ in instances_on_server(spec)}
        for store, resource, number in instances_on_server(spec):
            for command in resource.commands[number].values():
                if is_sent(command):
                    self._add(store, resource, command)
        if not self._patterns:
            raise LiveError(f"{spec.name} has nothing on a Redis server that a log could show")

    def _add(self, store: str, resource: Resource, command: Command) -> None:
        variants = [[word.text for word in each] for each in wire_form(command.wire).variants()]
        form = _Form(resource, command, codec_of(resource, self._beside), self._names[store])
        name = variants[0][0].upper()
        self._forms.setdefault((store, name), []).append(form)
        if is_channel(resource) and variants[0][1:] == [KEY]:
            self._channel_forms.add((store, name))
        if name == WATCH.upper():
            self._forms.setdefault((store, "EXEC"), []).append(form)
            self._key_places["EXEC"] = None
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
        if name in self._ignored:
            self.foreign += 1
        elif name in EMPTYING or name == SWAPPING:
            self._emptied(line, log, name)
        elif name in BY_PATTERN:
            self._listening.hear(line, log)
        elif name in RESETTING or (name in LEAVING and len(line.words) == 1):
            self._left(line, log)
        else:
            touched = list(self._touched(line, name))
            self.foreign += not touched
            # What a script does is shown behind it, command by command.
            for session, keys, words in touched if name not in SCRIPTS else ():
                self._take(line, log, session, keys, words)

    def _take(
        self, line: LogLine, log: int, key: SessionKey, keys: Mapping[str, str],
        words: Sequence[str],
    ) -> None:  # fmt: skip
        """Take in what a line says to a session."""
        name = words[0].upper()
        found = self._session(line.db, key)
        called = any((store, name) in self._forms for store in keys)
        if name in LEASING and not called and self._told.isdisjoint(keys):
            self._lease(line, log, key, keys)
            return
        if (name in HARMLESS or name in OF_WATCHING) and not called:
            found.witnesses.add((log, line.client))
            return
        if self._says_nothing(name, keys, words):
            return
        leases = (self._leases.get((log, line.db, key, store)) for store in keys)
        lease = min(filter(None, leases), key=lambda each: each.until, default=None)
        over = lease is not None and line.time >= lease.until
        disturbs = "" if called and not over else disturbance(name, words, lease, line.time)
        uttered = tuple(self._uttered(name, keys, words, (line.db, key)))
        found.events[log].append(LogEvent(log, line, keys, uttered, disturbs))
        if name in TIMING:
            self._lease(line, log, key, keys)
        elif name in REMOVING:
            for store in keys:
                self._leases.pop((log, line.db, key, store), None)
        if self._channels.issuperset(keys):
            self._listen(line, log, key, keys, name)
        else:
            self._filled[log][line.db, key] = None

    def _says_nothing(self, name: str, keys: Mapping[str, str], words: Sequence[str]) -> bool:
        """Whether a line is only of fields that the spec does not speak of."""
        return bool(keys) and all(
            any(says_nothing(f.command, words, f.codec) for f in self._forms.get((store, name), ()))
            for store in keys
        )

    def _lease(self, line: LogLine, log: int, key: SessionKey, keys: Mapping[str, str]) -> None:
        """Take in that a line says when keys run out: those that may do so at any moment, may."""
        for store in keys:
            if store in self._leased or store in self._channels:
                continue
            place = (log, line.db, key, store)
            lease = lease_of(line, self._leases.get(place))
            if lease is None:
                self._leases.pop(place, None)
            else:
                self._leases[place] = lease

    def _listen(
        self, line: LogLine, log: int, key: SessionKey, keys: Mapping[str, str], name: str
    ) -> None:
        """Remember which channels a connection listens to."""
        here = self._subscribed.setdefault((log, line.client), {})
        for store, channel in keys.items():
            if name in LEAVING:
                here.pop((line.db, key, store), None)
            elif name in JOINING:
                here[line.db, key, store] = channel

    def _left(self, line: LogLine, log: int) -> None:
        """Take in that a connection listens to nothing any more: it names no channel."""
        here = self._subscribed.pop((log, line.client), {})
        self.foreign += not here
        for (db, key, store), channel in here.items():
            words = ("UNSUBSCRIBE", channel)
            keys = {store: channel}
            called = (store, words[0]) in self._forms
            disturbs = "" if called else disturbance(words[0], words, None, line.time)
            uttered = tuple(self._uttered(words[0], keys, words))
            event = LogEvent(log, line, keys, uttered, disturbs)
            self._session(db, key).events[log].append(event)

    def _emptied(self, line: LogLine, log: int, name: str) -> None:
        """Take in a line that removes the keys of all sessions of a server, or of a database, or
        puts others in their place."""
        filled = self._filled[log]
        gone = [
            key
            for key in filled
            if name == "FLUSHALL"
            or (str(key[0]) in line.words[1:] if name == SWAPPING else key[0] == line.db)
        ]
        self.foreign += not gone
        disturbs = disturbance(name, line.words, None, line.time)
        for key in gone:
            del filled[key]
            self._sessions[key].events[log].append(LogEvent(log, line, {}, (), disturbs))
        for place in [each for each in self._leases if (each[1], each[2]) in gone]:
            del self._leases[place]

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
        places = self._key_places.get(name, {1} if name in ONE_KEY | LEASING else None)
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
        self,
        name: str,
        keys: Mapping[str, str],
        words: Sequence[str],
        session: tuple[int, SessionKey] | None = None,
    ) -> Iterator[Utterance]:
        """What a line says of these keys; what it says of other places is kept for the session that
        it is read for."""
        for store, key in keys.items():
            if name in OF_WATCHING and (store, name) in self._forms:
                yield Utterance(store, OF_WATCHING[name], {})
                continue
            for form in self._forms.get((store, name), ()):
                for found in self._meant(form, store, words, key):
                    arguments = found.arguments
                    if found.others:
                        stores = {word: each for each, word in keys.items()}
                        if any(each not in stores for each in found.others.values()):
                            continue
                        others = {each: stores[word] for each, word in found.others.items()}
                        arguments = {**arguments, **others}
                    if form.command.limit is not None:
                        left_out = form.command.limit.parameter
                        arguments = {n: each for n, each in arguments.items() if n != left_out}
                    if form.names is not None:
                        arguments = dict(arguments)
                        if not self._says_address(form, self._by_store[store], key, arguments):
                            continue
                    if session is not None and (found.places or self._beside.names):
                        self._keep(session, found.places, arguments)
                    yield Utterance(store, form.command.name, arguments)

    def _keep(
        self,
        session: tuple[int, SessionKey],
        places: Mapping[str, str],
        arguments: Mapping[str, Value],
    ) -> None:
        """Keep what a line says of other places, and of names, beside its key."""
        said = (
            *places.items(),
            *(name for each in arguments.values() for name in names_said(each)),
        )
        if said and session[1]:
            self._said.setdefault(session[0], []).append((session[1], said))

    def _meant(
        self, form: _Form, store: str, words: Sequence[str], key: str
    ) -> Sequence[ParsedCommand]:
        """What a line says, if it is this command on this key: other sessions say the same of other
        keys."""
        if words.count(key) > 1:
            return _said(form, words, key)
        plain = tuple(KEY if word == key else word for word in words)
        known = (store, form.command.name, plain)
        if known not in self._known:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[known] = _said(form, plain, KEY)
        return self._known[known]

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
        self._cross_databases()
        found: list[LogSession] = []
        for db in dict.fromkeys(db for db, _ in self._sessions):
            found += self._joined(db)
        self.foreign += self._listening.put_into(found)
        known = [each for each in found if each.lines]
        return sorted(
            known, key=lambda each: min((e.log, e.line.number) for e in each.all_events())
        )

    def _cross_databases(self) -> None:
        """Let channels be of the session whose keys are in another database: what is published in
        one is heard in all."""
        where: dict[SessionKey, list[int]] = {}
        for db, key in self._sessions:
            where.setdefault(key, []).append(db)
        for key, databases in where.items():
            if len(databases) == 1:
                continue
            parts = [self._sessions[db, key] for db in databases]
            keeping = [each for each in parts if self._keeps(each)] or parts[:1]
            heard = [each for each in parts if self._hears(each)]
            if len(keeping) > 1 and heard:
                for each in keeping:
                    each.open = each.open or (
                        f"its keys are in databases {' and '.join(str(k.db) for k in keeping)}, and"
                        " what is published in one is heard in all"
                    )
            for each in parts if len(keeping) == 1 else ():
                if each is not keeping[0]:
                    self._merge(keeping[0], self._sessions.pop((each.db, key)))

    def _keeps(self, session: LogSession) -> bool:
        """Whether a session has something that stands in a database."""
        return any(not self._channels.issuperset(event.keys) for event in session.all_events())

    def _hears(self, session: LogSession) -> bool:
        return any(not self._channels.isdisjoint(event.keys) for event in session.all_events())

    def _joined(self, db: int) -> list[LogSession]:
        """The sessions of one database."""
        found: list[LogSession] = []
        strays: list[LogSession] = []
        parts = {key: each for (its, key), each in self._sessions.items() if its == db}
        shared = parts.pop((), None)
        # What is published in one database is heard in all: see `_cross_databases`.
        several = len({its for its, _ in self._sessions}) > 1
        said = self._said.get(db, ()) if several else chain(*self._said.values())
        groups = join_keys(parts, said, self._places)
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
            first.open = first.open or group.open
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
            disturbs = "" if uttered else next((e.disturbs for e in same if e.disturbs), "")
            yield replace(same[0], keys=keys, uttered=uttered, disturbs=disturbs)

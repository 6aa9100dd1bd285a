"""From lines of logs to sessions: the lines that touch a session's keys, and what they say.

A line belongs to a session if it names one of its keys where the command has one, or subscribes by
a pattern that takes one of its channels. What a line says is read by the `wire` of the spec's
kinds; a line that is none of the spec's commands is kept all the same, since it may have changed
what the processes see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ...language.tree.spec import Resource, Spec
from ..brokers.keys import SessionKey, instances_on_server, is_channel, is_leased, session_name
from ..errors import LiveError
from .events import EMPTYING, JOINING, LEAVING, REMOVING, LogEvent, LogSession
from .foreign import HARMLESS, LEASING, TIMING, Lease, disturbance, lease_of
from .gathering import gather_sessions
from .line_meanings import OF_WATCHING, LineMeanings
from .listening_by_pattern import BY_PATTERN, PatternListening
from .log import SCRIPTS, LogLine
from .other_keys import OtherKeys

__all__ = ["Reader"]

EXPIRES = "expires"
"""What the Redis kinds call it that a key's time is over."""
RESETTING = frozenset({"RESET", "QUIT"})
"""Commands that end all subscriptions of a connection."""
SWAPPING = "SWAPDB"
NOT_WATCHED = (
    "is the end of a transaction that failed because of what it watched, or had nothing in it: what"
    " a process does that did not do its step, this spec does not say (with atomic(watch=[...]))"
)
QUIET = HARMLESS | JOINING | LEAVING
"""Commands of whoever only looks and listens."""


def _expires(resource: Resource, number: int) -> bool:
    """Whether the spec says that a key may expire."""
    return any(each.command.name == EXPIRES for each in resource.faults[number])


class Reader:
    """Finds the lines of a spec's sessions. `ignored`: commands, in capitals, that are passed
    over. `foreign`: how many lines touch no session; `key_texts`: how keys look."""

    def __init__(self, spec: Spec, logs: int, ignored: Iterable[str] = ()) -> None:
        self._meanings = LineMeanings(spec)
        self.key_texts = [each.text for each in self._meanings.patterns]
        self.foreign = 0
        self._logs = logs
        self._ignored = frozenset(ignored)
        self._sessions: dict[tuple[int, SessionKey], LogSession] = {}
        expiring = [(s, e, n) for s, e, n in instances_on_server(spec) if _expires(e, n)]
        # Those that may expire at any moment, and those for which the spec says when they may.
        self._leased = {s for s, each, n in expiring if not is_leased(each, n)}
        self._told_when = {s for s, each, n in expiring if is_leased(each, n)}
        self._channels = frozenset(
            s for s, each, _ in instances_on_server(spec) if is_channel(each)
        )
        # Who listens to what becomes of these, is told of a time to live as well.
        told = {each.heard.of for each in spec.resources if each.heard is not None}
        self._told = {s for s, each, _ in instances_on_server(spec) if each.name in told}
        # By log, the sessions that may hold something since the server was emptied.
        self._filled: list[dict[tuple[int, SessionKey], None]] = [{} for _ in range(logs)]
        self._leases: dict[tuple[int, int, SessionKey, str], Lease] = {}
        self._subscribed: dict[tuple[int, str], dict[tuple[int, SessionKey, str], str]] = {}
        self._other_keys = OtherKeys() if self._meanings.takes_from_lists else None
        self._loud: set[tuple[int, str]] = set()
        self._listening = PatternListening(spec, self._meanings.patterns)
        if not self._meanings.patterns:
            raise LiveError(f"{spec.name} has nothing on a Redis server that a log could show")

    def read(self, line: LogLine, log: int) -> None:
        """Take in a line of log number `log`."""
        name = line.words[0].upper()
        if self._other_keys is not None:
            self._other_keys.see(line, log)
        if name in self._ignored:
            self.foreign += 1
        elif name in EMPTYING or name == SWAPPING:
            self._emptied(line, log, name)
        elif name in BY_PATTERN:
            self._listening.hear(line, log)
        elif name in RESETTING or (name in LEAVING and len(line.words) == 1):
            self._left(line, log)
        else:
            touched = list(self._meanings.touched(line, name))
            self.foreign += not touched
            if touched and name not in QUIET:
                self._loud.add((log, line.client))
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
        said = self._meanings.read(name, keys, words, (line.db, key))
        if name in LEASING and not said.called and self._told.isdisjoint(keys):
            self._lease(line, log, key, keys)
            return
        if name == "EXEC" and not said.called:
            event = LogEvent(log, line, keys, (), NOT_WATCHED)
            found.events[log].append(event)
            return
        if (name in HARMLESS or name in OF_WATCHING) and not said.called:
            found.witnesses.add((log, line.client))
            return
        if self._meanings.says_nothing(name, keys, words):
            return
        leases = (self._leases.get((log, line.db, key, store)) for store in keys)
        lease = min(filter(None, leases), key=lambda each: each.until, default=None)
        over = lease is not None and line.time >= lease.until
        disturbs = "" if said.whole and not over else disturbance(name, words, lease, line.time)
        event = LogEvent(log, line, keys, said.uttered, disturbs, said.parts)
        found.events[log].append(event)
        if name in TIMING:
            self._lease(line, log, key, keys, own=bool(said.uttered or said.parts))
        elif name in REMOVING:
            for store in keys:
                self._leases.pop((log, line.db, key, store), None)
        if self._channels.issuperset(keys):
            self._listen(line, log, key, keys, name)
        else:
            self._filled[log][line.db, key] = None

    def _lease(
        self, line: LogLine, log: int, key: SessionKey, keys: Mapping[str, str], *,
        own: bool = False,
    ) -> None:  # fmt: skip
        """Take in that a line says when keys run out: those that may do so at any moment, may, and
        those that a process of the spec gives its time (`own`), as the model says."""
        for store in keys:
            if store in self._leased or store in self._channels:
                continue
            place = (log, line.db, key, store)
            known = self._leases.get(place)
            lease = lease_of(line, known)
            if lease is None or (own and store in self._told_when and lease is not known):
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
            called = self._meanings.is_called(store, words[0])
            disturbs = "" if called else disturbance(words[0], words, None, line.time)
            uttered = tuple(self._meanings.uttered(words[0], keys, words))
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

    def _quiet(self, session: LogSession) -> Iterator[tuple[int, str]]:
        """The connections that do nothing to a session but listen, or look when it is over."""
        last: dict[tuple[int, str], int] = {}
        begun: dict[tuple[int, str], int] = {}
        asking = set()
        for event in session.all_events():
            client, time = event.client, event.line.time
            last[client] = max(time, last.get(client, time))
            begun[client] = min(time, begun.get(client, time))
            if not self._channels.issuperset(event.keys):
                asking.add(client)
        for client in last.keys() - self._loud:
            others = (time for each, time in last.items() if each != client)
            if client not in asking or begun[client] > max(others, default=0):
                yield client

    def sessions(self) -> list[LogSession]:
        """The sessions, in the order of their first line. Raises LiveError where keys without
        a place for a session belong to several."""
        found = gather_sessions(self._sessions, self._channels, self._meanings)
        self.foreign += self._listening.put_into(found)
        known = [each for each in found if each.lines]
        for each in known:
            each.quiet = frozenset(self._quiet(each))
        if self._other_keys is not None:
            self._other_keys.settle(known)
        return sorted(
            known, key=lambda each: min((e.log, e.line.number) for e in each.all_events())
        )

"""From the lines that name the same keys to whole sessions: what belongs together is joined.

What is published in one database is heard in all; a key that has no place belongs to whatever
session there is; keys with different places belong together where the log says so (see `joining`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, groupby

from ..brokers.keys import SessionKey, session_name
from ..errors import LiveError
from .events import LogEvent, LogSession
from .joining import join_keys
from .line_meanings import LineMeanings

__all__ = ["gather_sessions"]

Parts = dict[tuple[int, SessionKey], LogSession]
"""By database and key, what lines say to keys that say the same of their session."""


def gather_sessions(
    parts: Parts, channels: frozenset[str], meanings: LineMeanings
) -> list[LogSession]:
    """The sessions that parts make, each whole. `channels`: the stores that keep nothing, and
    stand in no database. Raises LiveError where keys without a place for a session belong to
    several."""
    gathering = _Gathering(parts, channels, meanings)
    return gathering.sessions()


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


class _Gathering:
    def __init__(self, parts: Parts, channels: frozenset[str], meanings: LineMeanings) -> None:
        self._sessions = parts
        self._channels = channels
        self._meanings = meanings

    def sessions(self) -> list[LogSession]:
        self._cross_databases()
        found: list[LogSession] = []
        for db in dict.fromkeys(db for db, _ in self._sessions):
            found += self._joined(db)
        return found

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
        said = self._meanings.said.get(db, ()) if several else chain(*self._meanings.said.values())
        groups = join_keys(parts, said, self._meanings.places)
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
            if len(same) == 1 or self._meanings.takes_many(same[0].keys, name):
                yield from same
                continue
            keys = {store: key for each in same for store, key in each.keys.items()}
            said = self._meanings.read(name, keys, same[0].line.words)
            spoken = said.uttered or said.parts
            disturbs = "" if spoken else next((e.disturbs for e in same if e.disturbs), "")
            yield replace(
                same[0], keys=keys, uttered=said.uttered, parts=said.parts, disturbs=disturbs
            )

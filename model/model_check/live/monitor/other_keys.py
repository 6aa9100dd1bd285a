"""Waiting for keys of the spec and for other ones at once: `BRPOP jobs jobs:low 1`.

Whoever waits so is answered by the first key that has something. As long as nobody puts anything
into the other ones, the line means the same as without them. If somebody does, in the whole log,
it may be answered by one of these, and nobody knows what its process does then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from .events import LogEvent, LogSession
from .foreign import HARMLESS
from .log import LogLine

__all__ = ["TAKING", "OtherKeys", "without_others"]

TAKING = frozenset({"BLPOP", "BRPOP", "BZPOPMAX", "BZPOPMIN"})
"""Commands of keys alone and, behind them, a limit of time, which are answered by one of the
keys."""
LONGEST = 200
"""Letters of a word that is kept to be compared with keys."""


class OtherKeys:
    """What a log says of keys that are none of the spec's."""

    def __init__(self) -> None:
        self._written: set[tuple[int, str]] = set()

    def see(self, line: LogLine, log: int) -> None:
        """Take in a line that may put something into some key: any but those that only look."""
        name = line.words[0].upper()
        if name not in TAKING and name not in HARMLESS:
            self._written.update((log, each[:LONGEST]) for each in line.words[1:])

    def settle(self, sessions: Iterable[LogSession]) -> None:
        """Say of lines that other keys may have answered them."""
        for session in sessions:
            for events in session.events:
                events[:] = map(self._settled, events)

    def _settled(self, event: LogEvent) -> LogEvent:
        for word in others_in(event.line.words, event.keys.values()):
            if (event.log, word[:LONGEST]) in self._written and not event.disturbs:
                why = (
                    f"may be answered from {word}, which is no key of this session: what comes"
                    " behind it is not known"
                )
                return replace(event, disturbs=why)
        return event


def without_others(words: Sequence[str], keys: Collection[str]) -> Sequence[str]:
    """A line without the keys that are none of the session's."""
    if not others_in(words, keys):
        return words
    return [words[0], *(each for each in words[1:-1] if each in keys), words[-1]]


def others_in(words: Sequence[str], keys: Collection[str]) -> Sequence[str]:
    """The keys that a line waits for beside those of the session."""
    if words[0].upper() not in TAKING:
        return ()
    return [each for each in words[1:-1] if each not in keys]

"""What a line of a log is for a session, and the lines of a session."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ..brokers.payload import Value
from .log import LogLine

__all__ = [
    "EMPTYING", "EXECUTED", "JOINING", "LEAVING", "REMOVING", "LogEvent", "LogSession", "Utterance",
]  # fmt: skip

JOINING = frozenset({"SSUBSCRIBE", "SUBSCRIBE"})
LEAVING = frozenset({"PUNSUBSCRIBE", "SUNSUBSCRIBE", "UNSUBSCRIBE"})
"""Commands that end a subscription."""
REMOVING = frozenset({"DEL", "UNLINK"})
EXECUTED = "exec"
"""What is said by a transaction that fails because something was touched that is watched."""
EMPTYING = frozenset({"FLUSHALL", "FLUSHDB"})
"""Commands that remove all keys, and name none."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One meaning of a line: a command of the spec on a resource instance (`store`)."""

    store: str
    command: str
    arguments: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class LogEvent:
    """A line of one session in log number `log`. `keys`: of the session, by store; `client` is
    the address of the connection. No `uttered`: no process of the spec says this; where it says
    something to each of several keys, `parts` are what, all of them done at once. `disturbs`: why
    nothing is known behind it, where it is no line of anybody's in the spec and does something."""

    log: int
    line: LogLine
    keys: Mapping[str, str]
    uttered: tuple[Utterance, ...]
    disturbs: str = ""
    parts: tuple[tuple[Utterance, ...], ...] = ()

    @property
    def pieces(self) -> tuple[tuple[Utterance, ...], ...]:
        """What is said to one key after the other, each with all that it can mean."""
        return self.parts or (self.uttered,)

    @property
    def meanings(self) -> Iterator[Utterance]:
        """All that it can mean, whatever key that is about."""
        return (each for piece in self.pieces for each in piece)

    @property
    def client(self) -> tuple[int, str]:
        """The connection."""
        return (self.log, self.line.client)

    @property
    def removes(self) -> bool:
        """Whether the line does nothing but remove keys, of this session and perhaps of others."""
        return self.line.words[0].upper() in EMPTYING | REMOVING

    @property
    def leaves(self) -> bool:
        """Whether the line does nothing but end what somebody has of the session."""
        return self.removes or self.line.words[0].upper() in LEAVING | {"RESET", "QUIT"}


@dataclass
class LogSession:
    """The lines of one session, for each log those in its order. `witnesses`: connections
    that asked about the session what no process asks. `places`: what stands in the places of its
    keys, as far as they are known. `open`: why it is not known what belongs to it; "" where it
    is. `quiet`: the connections that do nothing to it but listen, or look when it is over, and
    write nothing elsewhere."""

    name: str
    db: int
    events: list[list[LogEvent]]
    witnesses: set[tuple[int, str]] = field(default_factory=set)
    places: Mapping[str, str] = field(default_factory=dict)
    open: str = ""
    quiet: frozenset[tuple[int, str]] = frozenset()

    def all_events(self) -> Iterator[LogEvent]:
        """The lines of all logs."""
        return (event for each in self.events for event in each)

    @property
    def lines(self) -> int:
        return sum(len(each) for each in self.events)

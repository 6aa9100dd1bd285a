"""From what a service asks at the proxy to what that says of a spec's sessions.

It is read as `monitor` reads the lines of a log: by keys and the `wire` of the spec's kinds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ...language.tree.spec import Spec
from ..brokers.globs import literal_start
from ..brokers.keys import SessionKey, instances_on_server
from ..monitor.events import LogEvent, Utterance
from ..monitor.foreign import HARMLESS
from ..monitor.line_meanings import OF_WATCHING, LineMeanings
from ..monitor.listening_by_pattern import BY_PATTERN
from ..monitor.log import SCRIPTS, LogBlock, LogLine
from ..proxy.gate import Connection, Request

__all__ = ["Recogniser", "Said", "word_text"]

WATCH, UNWATCH = "WATCH", "UNWATCH"
SCRIPT_KEYS = 3
"""Of a script: where its keys begin; the word before says how many there are."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a request says to one session. `events`: its commands that a process of the spec says;
    `unknown`: those that none says, and that may change something; `keys`: the keys of the session
    that it names, by store; `script`: nobody knows what is done to them."""

    session: SessionKey
    events: tuple[LogEvent, ...]
    unknown: tuple[LogLine, ...]
    keys: Mapping[str, str]
    script: bool = False

    @property
    def speaks(self) -> bool:
        """Whether it may be what a process of the spec sends."""
        return bool(self.events) or self.script

    @property
    def ends_watching(self) -> bool:
        """Whether it is UNWATCH alone, which clients send of their own accord, too."""
        return bool(self.events) and all(
            each.line.words[0].upper() == UNWATCH for each in self.events
        )


def word_text(word: bytes) -> str:
    """A word as a log has it."""
    return word.decode("utf-8", "surrogateescape")


class Recogniser:
    """Reads requests. `places`: the names of what tells one session's keys from another's."""

    def __init__(self, spec: Spec) -> None:
        self._meanings = LineMeanings(spec)
        self.places = frozenset(self._meanings.places)
        self._number = 0
        self._watched: dict[int, tuple[str, ...]] = {}
        self._by_pattern: dict[str, list[tuple[str, str, str]]] = {}
        starts = {each.store: each.text.partition("{")[0] for each in self._meanings.patterns}
        for store, resource, number in instances_on_server(spec):
            for name, command in resource.commands[number].items():
                word = command.wire.split()[0].upper()
                if word in BY_PATTERN:
                    found = (store, name, starts[store])
                    self._by_pattern.setdefault(word, []).append(found)

    def lines(self, request: Request, time: int) -> list[LogLine]:
        """The commands of a request as lines of a log, at a `time` in microseconds."""
        connection = request.connection
        self._number += 1
        block = LogBlock(self._number) if request.transaction else None
        return [
            LogLine(
                self._number, time, connection.db, connection.address,
                tuple(map(word_text, words)), block,
            )
            for words in request.commands
        ]  # fmt: skip

    def read(self, request: Request) -> list[Said]:
        """What a request says to each session that it names a key of."""
        found: dict[SessionKey, list[tuple[LogLine, LogEvent | None]]] = {}
        keys: dict[SessionKey, dict[str, str]] = {}
        script = False
        for line in self.lines(request, 0):
            name = line.words[0].upper()
            script = script or name in SCRIPTS
            line = _keys_alone(line) if name in SCRIPTS else line
            line = self._with_watched(line, name, request)
            for heard in self._of_pattern(line, name):
                found.setdefault((), []).append((line, heard))
            for session, its_keys, words in self._meanings.touched(line, name):
                event = self._event(line, name, its_keys, words)
                found.setdefault(session, []).append((line, event))
                keys.setdefault(session, {}).update(its_keys)
        return [
            self._said(session, each, keys.get(session, {}), script)
            for session, each in found.items()
        ]

    def _with_watched(self, line: LogLine, name: str, request: Request) -> LogLine:
        """UNWATCH with the keys that its connection watches; it names none itself."""
        number = request.connection.number
        if name == WATCH:
            self._watched[number] = (*self._watched.get(number, ()), *line.words[1:])
        elif name == UNWATCH:
            return replace(line, words=(UNWATCH, *self._watched.pop(number, ())))
        elif request.transaction:
            self._watched.pop(number, None)
        return line

    def _of_pattern(self, line: LogLine, name: str) -> Iterator[LogEvent]:
        """What is said by a pattern of channels: it names no session, so it may be of any."""
        for store, command, start in self._by_pattern.get(name, ()):
            literal = [literal_start(each) for each in line.words[1:]]
            if any(each.startswith(start) or start.startswith(each) for each in literal):
                said = (Utterance(store, command, {}),)
                yield LogEvent(0, line, {store: line.words[-1]}, said)

    def _event(
        self, line: LogLine, name: str, keys: Mapping[str, str], words: Sequence[str]
    ) -> LogEvent | None:
        """What a line says to a session; None where no process says it."""
        if name in SCRIPTS:
            return None
        said = self._meanings.read(name, keys, words)
        if not said.uttered and not said.parts:
            return None
        return LogEvent(0, line, keys, said.uttered, "", said.parts)

    @staticmethod
    def _said(
        session: SessionKey,
        found: Sequence[tuple[LogLine, LogEvent | None]],
        keys: Mapping[str, str],
        script: bool,
    ) -> Said:
        events = tuple(event for _, event in found if event is not None)
        unknown = tuple(
            line for line, event in found if event is None and _may_change(line.words[0].upper())
        )
        return Said(session, events, unknown, keys, script)

    def message(self, connection: Connection, channel: bytes, payload: bytes) -> list[Said]:
        """What a message to a subscriber is of: read as it was published."""
        publish = (b"PUBLISH", channel, payload)
        return self.read(Request(connection, (publish,), False, 0.0))


def _may_change(name: str) -> bool:
    return name not in HARMLESS and name not in OF_WATCHING and name not in SCRIPTS


def _keys_alone(line: LogLine) -> LogLine:
    """A script with nothing but its keys, which stand where it says how many there are. Where it
    says that there are none, some packages name them among its arguments."""
    words = line.words
    number = int(words[2]) if len(words) > 2 and words[2].isdigit() else 0
    keys = words[SCRIPT_KEYS : SCRIPT_KEYS + number] if number else words[SCRIPT_KEYS:]
    return LogLine(line.number, line.time, line.db, line.client, (words[0], *keys), line.block)

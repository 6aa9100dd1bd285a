"""What is asked of a server beside listening to it: who listens to a session's channels at the
moment when somebody subscribes or publishes, and what its keys hold when it is judged.

Nothing is changed by that, and what is asked does not stand in what is listened to. A line is heard
when its command was carried out, so the answer tells how it was a moment after that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from ...language.tree.spec import Spec
from ...results.inspections import Inspection, Moment
from ..brokers.broker_state import reading
from ..brokers.connection import Refusal, Reply
from ..brokers.keys import instances_on_server, is_channel, patterns_of, session_name
from ..brokers.redis_cli import as_typed, printed
from ..brokers.server import Server, translated
from .log import LogLine, parse_line

__all__ = ["Inquiry"]

ASKED_ABOUT = frozenset({"SUBSCRIBE", "UNSUBSCRIBE", "PUBLISH"})
MOST_OF_ONE = 20
"""Questions about one channel; a busy server is not asked more ..."""
MOST = 500
"""... nor more about all of them."""


class Inquiry:
    """Asks a server about the sessions of a spec while it is listened to. `found`: by session, what
    it has asked."""

    def __init__(self, spec: Spec, server: Server, patience: float) -> None:
        self._patterns = patterns_of(spec)
        self._resources = {name: each for name, each, _ in instances_on_server(spec)}
        self._server, self._patience = server, patience
        self._keys: dict[str, dict[str, str]] = {}
        self._asked: Counter[str] = Counter()
        self._client: Any = None
        self._own = ""
        self.found: dict[str, list[Inspection]] = {}

    def __enter__(self) -> Self:
        self._client = self._server.client(self._patience)
        with translated(self._server.place, self._patience):
            self._client.ping()
        name = self._client.connection._sock.getsockname()
        # A socket of the file system has no name by which a line could be known to be ours.
        self._own = f"{name[0]}:{name[1]}" if isinstance(name, tuple) else ""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._client.close()

    def hear(self, raw: bytes, number: int) -> bool:
        """Take in a line that was heard, which gets this number; whether it is none of ours."""
        line = parse_line(raw.decode("utf-8", "surrogateescape").rstrip("\r\n"), number)
        if line is None or not self._own:
            return True
        if line.client == self._own:
            return False
        for word in line.words[1:]:
            for pattern in self._patterns:
                values = pattern.read(word)
                if values is not None:
                    session = session_name(value for _, value in values)
                    self._keys.setdefault(session, {})[pattern.store] = word
                    self._hear_of(session, pattern.store, word, line)
        return True

    def _hear_of(self, session: str, store: str, key: str, line: LogLine) -> None:
        name = line.words[0].upper()
        if name not in ASKED_ABOUT or not is_channel(self._resources[store]):
            return
        if self._asked[key] >= MOST_OF_ONE or self._asked.total() >= MOST:
            return
        self._asked[key] += 1
        event = f"{name} in line {line.number}"
        inspection = self._ask("after", event, store, ["PUBSUB", "NUMSUB", key])
        self.found.setdefault(session, []).append(inspection)

    def look_at(self, session: str) -> None:
        """Ask what the keys of a session hold now."""
        for store, key in self._keys.get(session, {}).items():
            words = reading(self._resources[store], key)
            if words and not is_channel(self._resources[store]):
                found = self._ask("end", "", store, words)
                self.found.setdefault(session, []).append(found)

    def _ask(self, moment: Moment, event: str, store: str, words: Sequence[str]) -> Inspection:
        from redis.exceptions import ResponseError

        connection = self._client.connection
        reply: Reply
        with translated(self._server.place, self._patience):
            connection.send_command(*words)
            try:
                reply = connection.read_response()
            except ResponseError as error:
                reply = Refusal(str(error))
        return Inspection(moment, event, store, as_typed(words), printed(reply))

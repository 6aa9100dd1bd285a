"""What a server sends, in its order: each answer for the request it belongs to, each message for
the subscriber (https://redis.io/docs/latest/develop/reference/protocol-spec/).
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable

from .asked import Asked, Desk, Pushed
from .delivery import Delivery, Item
from .facts import Facts
from .gate import MOST_KEPT, Connection, Gate
from .messages import LISTENING, confirmed, message_in
from .values import Values

__all__ = ["RefusedError", "Replies"]

MOST_GATHERED = 16 * 1024 * 1024
"""Bytes of a message that are gathered before the gate is asked; of a larger one, the rest follows
behind."""
MOST_PENDING = 128 * 1024 * 1024
"""Bytes of memory for requests that wait for their answers. A client may write some 100,000
commands before it reads the first answer; a small number would stop it for ever."""
_PUSH, _ARRAY = b">"[0], b"*"[0]
_ERRORS = frozenset(b"-!")
_COPIES = frozenset({b"SYNC", b"PSYNC"})
"""What a replica says: what follows is no answer, nor any value."""
_WATCHED = re.compile(rb"\+\d+\.\d+ \[")
"""A line of what MONITOR shows."""


class RefusedError(Exception):
    """The server is one that cannot be steered; the text says why."""


class Replies:
    """`answered` is called with a request that has its whole answer, and whether that is an error;
    `delivery` takes what goes to the service."""

    def __init__(
        self,
        gate: Gate,
        connection: Connection,
        desk: Desk,
        delivery: Delivery[Asked],
        answered: Callable[[Asked, bool], None],
    ) -> None:
        self._gate = gate
        self._connection = connection
        self._desk = desk
        self._delivery = delivery
        self._answered = answered
        self._values = Values()
        self._facts = Facts(connection)
        self._pending: deque[Asked] = deque()
        self._open: Item | None = None
        """Of the value of which a part has come and is on its way."""
        self._asked: Asked | None = None
        """Whose answer that is; None: nobody's."""
        self._weight = 0
        """Bytes of memory that what is pending takes, about."""
        self._gathered: list[bytes] = []
        """Of the value of which a part has come and waits: it may be a message."""
        self._size = 0
        """Bytes of that."""

    @property
    def is_idle(self) -> bool:
        """Whether every request has its answer."""
        return all(each.quiet for each in self._pending)

    def expect(self, asked: Asked) -> None:
        """A request is sent, and will be answered; a quiet one may be, for some servers confirm to
        a subscriber what it has asked to hear no answer to."""
        if not asked.quiet or asked.name in LISTENING:
            self._pending.append(asked)
            self._weight += asked.weight
        elif asked.commands:
            self._facts.assume(asked.name, asked.commands[0])

    def feed(self, data: bytes) -> None:
        """Take bytes of the server. Raises ProtocolError."""
        start = 0
        if not self._is_copied:
            for end, kind in self._values.ends(data):
                self._take(data[start:end], kind, ended=True)
                start = end
                if self._is_copied:
                    break
        if start == len(data):
            return
        if self._is_copied:
            self._delivery.whole(data[start:])
        else:
            self._take(data[start:], self._values.kind, ended=False)

    def _take(self, raw: bytes, kind: int, *, ended: bool) -> None:
        if self._open is not None:
            self._go_on(raw, kind, ended=ended)
            return
        if self._gathered:
            self._gathered.append(raw)
            self._size += len(raw)
            if not ended and self._size < MOST_GATHERED:
                return
            raw = b"".join(self._gathered)
            self._gathered.clear()
        if kind not in (0, _PUSH) and not (kind == _ARRAY and self._may_be_pushed):
            self._answer(raw, kind, ended=ended)
        elif not ended and len(raw) < MOST_GATHERED:
            self._gathered.append(raw)
            self._size = len(raw)
        else:
            self._push(raw, kind, ended=ended)

    @property
    def is_full(self) -> bool:
        """Whether so much waits for its answer that nothing more is to be asked."""
        return self._weight > MOST_PENDING

    @property
    def _is_copied(self) -> bool:
        """Whether what comes is no answer any more, but what a replica is sent."""
        return bool(self._pending) and self._pending[0].name in _COPIES and self._open is None

    @property
    def only_listens(self) -> bool:
        """Whether the server takes little but SUBSCRIBE and UNSUBSCRIBE, as it does in RESP2."""
        return self._facts.protocol == 2 and bool(self._facts.heard)

    @property
    def _may_be_pushed(self) -> bool:
        """Whether an array may be what a push is in RESP3."""
        if self._facts.protocol == 3:
            return False
        return not self._pending or self._pending[0].name in LISTENING or bool(self._facts.heard)

    def _push(self, raw: bytes, kind: int, *, ended: bool) -> None:
        """Take a value that may be sent unasked."""
        message = message_in(raw)
        if message is not None:
            push = Pushed(self._desk, self._connection, message)
            self._begin(push.item, raw, None, ended=ended)
            if self._gate.pushes(push):
                push.item.free = True
            return
        found = confirmed(raw)
        asked = self._pending[0] if self._pending else None
        if found is None:
            if kind == _PUSH:
                self._deliver(raw, None, ended=ended)
            else:
                self._answer(raw, kind, ended=ended)
        elif asked is not None and not asked.quiet and asked.name == found[0]:
            self._answer(raw, kind, ended=ended)
        else:
            if asked is not None and asked.name == found[0]:
                self._confirm(asked)
            self._facts.heard.confirm(*found)
            self._deliver(raw, None, ended=ended)

    def _confirm(self, quiet: Asked) -> None:
        """A server confirms what it was asked not to answer."""
        quiet.left = (quiet.left or self._answers(quiet)) - 1
        if not quiet.left:
            self._pop()

    def _pop(self) -> None:
        self._weight -= self._pending.popleft().weight

    def _answer(self, raw: bytes, kind: int, *, ended: bool) -> None:
        while self._pending and self._pending[0].quiet:
            self._pop()
        asked = self._pending[0] if self._pending else None
        if self._facts.monitors and _WATCHED.match(raw):
            asked = None
        if asked is None:
            self._deliver(raw, None, ended=ended)
            return
        if not asked.left:
            asked.left = self._answers(asked)
        if kind in _ERRORS:
            asked.left = 1
        self._keep(asked, raw)
        if ended:
            self._ended(asked, raw, kind)
        self._deliver(raw, asked, ended=ended)
        if ended:
            self._replied(asked)

    def _answers(self, asked: Asked) -> int:
        if asked.name not in LISTENING or asked.transaction:
            return 1
        return self._facts.heard.answers(asked.name, len(asked.commands[0]) - 1)

    def _keep(self, asked: Asked, raw: bytes) -> None:
        if not asked.answer:
            asked.answer = raw if len(raw) <= MOST_KEPT else raw[:MOST_KEPT]
        elif len(asked.answer) < MOST_KEPT:
            asked.answer += raw[: MOST_KEPT - len(asked.answer)]

    def _ended(self, asked: Asked, raw: bytes, kind: int) -> None:
        """An answer is whole, perhaps the last one of its request."""
        listens = asked.name in LISTENING
        self._facts.learn(asked.name, asked.commands, raw if listens else asked.answer)
        if self._facts.refused:
            raise RefusedError(f"this server cannot be steered: {self._facts.refused}")
        asked.left -= 1
        if not asked.left:
            self._pop()
            asked.answered = time.monotonic()
            self._answered(asked, kind in _ERRORS)

    def _deliver(self, raw: bytes, asked: Asked | None, *, ended: bool) -> None:
        """Hand on a value, or the part of it that has come."""
        kept = asked is not None and asked.keep_answer and not asked.freed
        if ended and not kept:
            done = asked if asked is not None and not asked.left and asked.offered else None
            self._delivery.whole(raw, done)
            return
        item = Item()
        item.free = not kept
        if kept:
            assert asked is not None
            asked.items.append(item)
        self._begin(item, raw, asked, ended=ended)

    def _begin(self, item: Item, raw: bytes, asked: Asked | None, *, ended: bool) -> None:
        self._delivery.begin(item)
        self._open, self._asked = item, asked
        self._more(item, raw, asked, ended=ended)

    def _more(self, item: Item, raw: bytes, asked: Asked | None, *, ended: bool) -> None:
        self._delivery.more(item, raw)
        if ended:
            last = asked is not None and not asked.left and asked.offered
            self._delivery.end(item, asked if last else None)
            self._open = self._asked = None

    def cut_off(self) -> None:
        """Nothing more comes: of what has begun, this is all."""
        if self._gathered:
            self._deliver(b"".join(self._gathered), None, ended=True)
            self._gathered.clear()
        if self._open is not None:
            self._delivery.end(self._open)
            self._open = self._asked = None

    def press(self) -> None:
        """No more is read before something goes: tell of an answer that is kept and too large to be
        gathered."""
        asked = self._asked
        if asked is not None and asked.keep_answer and not asked.told:
            asked.told = True
            self._gate.replied(asked)

    def _replied(self, asked: Asked) -> None:
        """Tell of an answer that is there, and kept."""
        if asked.keep_answer and not asked.left and not asked.told:
            asked.told = True
            self._gate.replied(asked)

    def _go_on(self, raw: bytes, kind: int, *, ended: bool) -> None:
        """Take more of the value that is on its way."""
        item, asked = self._open, self._asked
        assert item is not None
        if asked is not None:
            self._keep(asked, raw)
            if ended:
                self._ended(asked, raw, kind)
        self._more(item, raw, asked, ended=ended)
        if asked is not None and ended:
            self._replied(asked)

"""One connection of a service: what it asks goes to the server, what that says comes back."""

from __future__ import annotations

import asyncio
import ssl
from typing import Protocol, cast

from ..brokers.server import PATIENCE
from .asked import Asked
from .commands import ProtocolError
from .delivery import Delivery, Item
from .gate import Connection, Gate
from .outbox import Outbox
from .replies import RefusedError, Replies
from .requests import Requests
from .target import Target

__all__ = ["Relay"]

BACKLOG = 64 * 1024
"""Bytes of a service that may wait here before no more are read."""
MOST_HELD = 16 * 1024 * 1024
"""Bytes of the server that may wait here for the gate before no more are read."""
MOST_UNREAD = 4 * 1024 * 1024
"""Bytes that a service may leave unread before no more are read from the server. A client that
writes a whole pipeline before it reads the first answer must not be stopped by a small number."""

LAST_ANSWERS = 0.5
"""Seconds for which a server may still answer a service that has ended, where the connection to it
cannot be ended by half."""
LAST_WORDS = 1.0
"""Seconds for which a service may still send what nobody reads, before its connection is broken."""
_TLS = b"\x16\x03"
"""How a connection begins that speaks TLS."""


class Home(Protocol):
    """Who knows the relays. `refused`: why the server cannot be steered; "": as far as is known, it
    can. `outbox`: what goes to the server."""

    refused: str
    outbox: Outbox

    def begun(self, relay: Relay) -> int:
        """A connection has come; its number."""

    def over(self, relay: Relay) -> None:
        """Both of its sides are gone."""


class End(asyncio.Protocol):
    """One of the two sides of a relay. `closed`: its transport is gone."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.is_full = False
        self.is_paused = False
        self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def write(self, data: bytes) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)

    def pause(self, paused: bool) -> None:
        """Read no more for the time being, or again."""
        if self.transport is None or paused == self.is_paused or self.transport.is_closing():
            return
        self.is_paused = paused
        if paused:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()

    def close(self) -> None:
        """What was written still goes."""
        if self.transport is not None:
            self.transport.close()

    def abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()


class ServerEnd(End):
    """The side of the server."""

    def __init__(self, relay: Relay) -> None:
        super().__init__()
        self._relay = relay

    def data_received(self, data: bytes) -> None:
        self._relay.from_server(data)

    def connection_lost(self, error: Exception | None) -> None:
        self.closed = True
        self._relay.server_lost(
            "the server closed it" if error is None else "the server broke it off"
        )

    def pause_writing(self) -> None:
        self.is_full = True

    def resume_writing(self) -> None:
        self.is_full = False
        self._relay.pump()


class Relay(End):
    """The side of the service, and what stands between the two."""

    def __init__(self, gate: Gate, target: Target, home: Home):
        super().__init__()
        self._gate = gate
        self._target = target
        self._home = home
        self._halves = True
        """Whether a side may end while the other goes on, which TLS does not know."""
        self._loop = asyncio.get_running_loop()
        self._server = ServerEnd(self)
        self._connecting: asyncio.Task[None] | None = None
        self._why = ""
        self._server_why = ""
        """Why the server is gone, while what it said before waits here."""
        self._wrong = ""
        """Why what the service sends is no Redis protocol."""
        self._is_new = True
        self._finished = False
        """The service has said that nothing more comes."""
        self.connection: Connection

    @property
    def is_open(self) -> bool:
        """Whether the connection has begun and not ended."""
        return self.transport is not None and not self._why

    # --- the beginning and the end ---------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        assert self.transport is not None
        self.transport.set_write_buffer_limits(high=MOST_UNREAD)
        self._halves = transport.get_extra_info("sslcontext") is None
        peer = transport.get_extra_info("peername")
        address = f"{peer[0]}:{peer[1]}" if isinstance(peer, tuple) else str(peer)
        self.connection = Connection(self._home.begun(self), address)
        self._delivery: Delivery[Asked] = Delivery(self.write, self._gate.answered)
        self._replies = Replies(self._gate, self.connection, self, self._delivery, self._answered)
        self._requests = Requests(self._gate, self.connection, self, self._replies, self._ask)
        self._gate.opened(self.connection)
        self.pause(True)
        self._connecting = self._loop.create_task(self._connect())

    async def _connect(self) -> None:
        if self._home.refused:
            self._say_last(self._home.refused)
            return
        try:
            await self._target.connect(self._server)
        except OSError as error:
            reason = _reason(error)
            self._say_last(f"the server {self._target.place} cannot be reached: {reason}")
            return
        if self._why:
            self._server.abort()
            return
        self.pause(False)
        self.pump()

    def connection_lost(self, error: Exception | None) -> None:
        self.closed = True
        broken = error is not None and not self._finished
        self.end("the service broke it off" if broken else "the service closed it")

    def server_lost(self, why: str) -> None:
        """The server has ended it: what it said before waits for the gate still, but whoever asks
        now gets no answer."""
        self._server_why = "the service closed it" if self._finished else why
        self._replies.cut_off()
        self._delivery.write()
        if self._why or self._delivery.is_empty or self._requests.is_stopped:
            self.end(self._server_why)

    def end(self, why: str, *, heard: bool = False) -> None:
        """End both sides, if that has not happened. `heard`: the service is to hear what was
        written last, which it would not if something that it sent were unread."""
        if not self._why:
            self._why = why
            self._delivery.write()
            self._delivery.drop()
            if heard and self._halves and self.transport is not None and not self._finished:
                self.transport.write_eof()
                self.pause(False)
                self._loop.call_later(LAST_WORDS, self._silence)
            else:
                self.close()
            self._server.close()
            self._gate.closed(self.connection, self._why)
        if self.closed and (self._server.closed or self._server.transport is None):
            self._home.over(self)

    def _silence(self) -> None:
        """Break off a service that has heard everything and goes on sending."""
        if self.transport is not None and self.transport.get_write_buffer_size():
            self._loop.call_later(LAST_WORDS, self._silence)
        else:
            self.abort()

    def break_off(self, why: str) -> None:
        """End both sides at once."""
        self.end(why)
        if self._connecting is not None:
            self._connecting.cancel()
        self.abort()
        self._server.abort()

    def _say_last(self, why: str, text: str = "") -> None:
        self._delivery.write()
        self.write(b"-ERR " + (text.encode("latin-1") or f"model-check: {why}".encode()) + b"\r\n")
        self.end(why, heard=True)

    # --- from the service to the server ----------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        if self._is_new and data.startswith(_TLS):
            self.end("it speaks TLS, which is not spoken here: redis://, not rediss://")
        self._is_new = False
        if not self._wrong and not self._why:
            self._requests.feed(data)
            self.pump()

    def eof_received(self) -> bool:
        self._finished = True
        self.connection.ended = True
        self.pump()
        return self._halves and not self._why

    def pump(self) -> None:
        """Let go what may go."""
        if self._why:
            return
        if self._server_why:
            if self._delivery.is_empty or self._requests.backlog:
                self.end(self._server_why)
            return
        if not self._wrong:
            try:
                self._requests.pump(self._may_write)
            except ProtocolError as error:
                self._wrong = str(error)
            finally:
                self._home.outbox.flush()
        stopped = self._requests.is_stopped or self._server.is_full
        if self._wrong and self._replies.is_idle and self._delivery.is_empty:
            shown = self._wrong.encode("ascii", "backslashreplace").decode()
            why = f"what came is no Redis protocol: {shown}"
            self._say_last(why, f"Protocol error: {self._wrong}")
        elif self._finished and not stopped and not self._wrong:
            self._no_more()
        else:
            self.pause(stopped and self._requests.backlog > BACKLOG)

    def _ask(self, data: bytes) -> None:
        self._home.outbox.put(self._server, data)

    def _may_write(self) -> bool:
        return not self._server.is_full

    def _no_more(self) -> None:
        transport = self._server.transport
        if transport is None or transport.is_closing():
            return
        if transport.can_write_eof():
            transport.write_eof()
        elif self._replies.is_idle:
            transport.close()
        else:
            self._loop.call_later(LAST_ANSWERS, transport.close)

    # --- from the server to the service ----------------------------------------------------------

    def from_server(self, data: bytes) -> None:
        if self._why:
            return
        try:
            self._replies.feed(data)
        except RefusedError as error:
            self._home.refused = self._home.refused or str(error)
            self._say_last(str(error))
            return
        except ProtocolError as error:
            why = f"the server {self._target.place} does not speak Redis's protocol: {error}"
            self._say_last(why)
            return
        self._delivery.write()
        self._delivery.tell()
        self.pump()
        self._balance()

    def _answered(self, asked: Asked, refused: bool) -> None:
        self._requests.answered(asked, refused=refused)

    def _balance(self) -> None:
        much = self._delivery.size > MOST_HELD
        self._server.pause(self.is_full or much)
        if much:
            self._replies.press()

    def pause_writing(self) -> None:
        self.is_full = True
        self._balance()

    def resume_writing(self) -> None:
        self.is_full = False
        self._balance()

    # --- what the gate lets through --------------------------------------------------------------

    def go(self, asked: Asked) -> None:
        """Let a request through to the server."""
        if not self._why and self._requests.go(asked):
            self._home.outbox.flush()
            self._loop.call_soon(self._gone, asked)

    def _gone(self, asked: Asked) -> None:
        self._requests.tell(asked)
        self.pump()

    def let(self, items: list[Item]) -> None:
        """Let values through to the service."""
        if not self._why and items:
            self._delivery.let(items)
            self._loop.call_soon(self._let)

    def _let(self) -> None:
        self._delivery.tell()
        if not self._why:
            self.pump()
            self._balance()


def _reason(error: OSError) -> str:
    """Why nothing can be reached, in words."""
    if isinstance(error, (ConnectionRefusedError, FileNotFoundError)):
        return "nothing listens there"
    if isinstance(error, TimeoutError):
        return f"no answer within {PATIENCE:g} s"
    if isinstance(error, ssl.SSLError):
        return f"no TLS with it ({getattr(error, 'verify_message', '') or error.reason or error})"
    return error.strerror or str(error) or type(error).__name__

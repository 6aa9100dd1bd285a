"""Real WebSockets: one server on loopback, and for each `websocket` resource a connection.

The first process of a resource holds the server's end, the other the client's. Buffers have
no bound, as the model's have none. Every program of this machine can connect to the loopback
interface, and so can every page in a browser: an end is given only to a client that knows its
path, which is made for it, and never to a page.
"""

from __future__ import annotations

import asyncio
import secrets
from contextlib import AsyncExitStack
from typing import Any

from ..errors import LiveError, ServerError
from .inbox import Inbox

__all__ = ["Hub", "SocketEnd"]


class SocketEnd:
    """One end of a connection, and the frames that have arrived there. `sent`: how many left
    here."""

    def __init__(self, connection: Any) -> None:
        self.inbox: Inbox[str] = Inbox()
        self.sent = 0
        self._connection = connection
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        from websockets.exceptions import ConnectionClosed

        try:
            while True:
                frame = await self._connection.recv()
                self.inbox.put(frame if isinstance(frame, str) else frame.decode("utf-8"))
        except ConnectionClosed:
            return  # what has arrived can still be read

    @property
    def is_open(self) -> bool:
        """Whether frames can still be sent."""
        from websockets.protocol import State

        return bool(self._connection.state is State.OPEN)

    async def send(self, frames: list[str]) -> bool:
        """Send frames one after the other; False if the connection is closed."""
        from websockets.exceptions import ConnectionClosed

        try:
            for frame in frames:
                await self._connection.send(frame)
                self.sent += 1
        except ConnectionClosed:
            return False
        return self.is_open

    async def fence(self) -> None:
        """Wait until all frames sent from here have arrived: a ping follows them, and its
        pong comes back. On a closed connection nothing more arrives."""
        from websockets.exceptions import ConnectionClosed

        try:
            pong = await self._connection.ping()
            await pong
        except ConnectionClosed:
            return

    @property
    def is_lost(self) -> bool:
        """Whether the connection ended without anybody closing it."""
        from websockets.exceptions import ConnectionClosedError

        return not self.is_open and isinstance(
            self._connection.protocol.close_exc, ConnectionClosedError
        )

    async def close(self) -> None:
        """Close the connection, and drop what was not read here."""
        await self._connection.close()
        self.inbox.items.clear()

    async def break_off(self) -> None:
        """Let the connection break: nothing is said to the other end."""
        self._connection.transport.abort()

    async def closed(self) -> None:
        """Wait until this end has learned that the connection is closed."""
        await self._connection.wait_closed()

    async def dismiss(self) -> None:
        """Leave nothing running."""
        await self._connection.close()
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)


class Hub:
    """The WebSocket server of a run. Use as `async with Hub() as hub`."""

    def __init__(self, patience: float) -> None:
        self.patience = patience
        self.port = 0
        self._awaited: dict[str, asyncio.Future[Any]] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Hub:
        from websockets.asyncio.server import serve

        try:
            server = await self._stack.enter_async_context(
                serve(
                    self._accept, "127.0.0.1", 0, max_queue=None, ping_interval=None,
                    compression=None, close_timeout=self.patience, origins=[None],
                )
            )  # fmt: skip
        except OSError as error:
            raise ServerError(f"no WebSocket server can be started here: {error}") from error
        self.port = next(iter(server.sockets)).getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    async def _accept(self, connection: Any) -> None:
        future = self._awaited.pop(connection.request.path, None)
        if future is None:
            return  # not one of ours
        future.set_result(connection)
        # The server closes a connection whose handler is done.
        await connection.wait_closed()

    async def connect(self) -> tuple[SocketEnd, SocketEnd]:
        """A new connection: the server's end and the client's."""
        from websockets.asyncio.client import connect
        from websockets.exceptions import WebSocketException

        path = f"/{secrets.token_urlsafe()}"
        future: asyncio.Future[Any] = asyncio.Future()
        self._awaited[path] = future
        try:
            async with asyncio.timeout(self.patience):
                client = await connect(
                    f"ws://127.0.0.1:{self.port}{path}", max_queue=None, ping_interval=None,
                    compression=None, proxy=None, close_timeout=self.patience,
                )  # fmt: skip
                served = await future
        except (OSError, WebSocketException) as error:
            # A time that is over says nothing of itself.
            why = str(error) or f"none opened within {self.patience:g} s"
            raise LiveError(f"no WebSocket on loopback: {why}") from error
        return SocketEnd(served), SocketEnd(client)

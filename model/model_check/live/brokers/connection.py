"""Connections to a Redis server, and what arrives on them.

A `Connection` is one connection of redis-py, used as the protocol is: words go out, answers come
back in the same order. Every answer that need not wait has a time in which it must come, so
that nobody waits for ever on a server that is gone or paused.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ..errors import ServerError
from .inbox import Inbox
from .server import PATIENCE, Server, translated

__all__ = [
    "SHORT_LIFE", "Connection", "Refusal", "Reply", "Subscription", "is_blocked", "looks",
    "until_blocked", "until_expired", "until_gone",
]  # fmt: skip

Reply = object
"""What redis-py's parser gives: str, int, None, a list of these, or a Refusal."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The server understood the command and refuses it: `WRONGTYPE ...`."""

    text: str


class Connection:
    """One connection. `identity`: the number by which the server knows it."""

    def __init__(self, server: Server, patience: float) -> None:
        from redis.asyncio import ConnectionPool

        options = {**server.connection_options(patience), "socket_timeout": None}
        del options["retry"]
        pool: Any = ConnectionPool.from_url(server.url, **options)
        self.place = server.place
        self.patience = patience
        self._connection: Any = pool.make_connection()
        self.identity = ""
        self._asking = asyncio.Lock()
        self._ended_by = ""
        """Why there is no connection any more, where something has said so."""

    @classmethod
    async def open(cls, server: Server, patience: float = PATIENCE) -> Connection:
        """A new connection. Raises ServerError."""
        line = cls(server, patience)
        with translated(line.place, patience):
            async with asyncio.timeout(patience):
                await line._connection.connect()
        line.identity = str(await line.ask("CLIENT", "ID"))
        return line

    async def ask(self, *words: str) -> Reply:
        """Send a command and wait for its answer, at most as long as patience lasts. Several
        may ask at the same time: they take turns."""
        async with self._asking:
            await self.send(*words)
            return await self.answer(self.patience)

    async def look(self, *words: str) -> Reply:
        """The same, to the end also where whoever asks is cancelled meanwhile, as a process is that
        crashes: what others ask here after that is not to meet half an answer."""
        asking = asyncio.ensure_future(self.ask(*words))
        try:
            return await asyncio.shield(asking)
        except asyncio.CancelledError:
            # Nobody is left to hear it, nor that there is none.
            asking.add_done_callback(lambda task: task.cancelled() or task.exception())
            raise

    def abort(self) -> None:
        """Have the network end the connection: neither side says a word, and redis-py learns it
        by the next command."""
        self._connection._writer.transport.abort()

    async def send(self, *words: str) -> None:
        """Send a command; somebody must read its answer."""
        if not self._connection.is_connected:
            # redis-py would reconnect.
            raise ServerError(self._ended_by or f"{self.place}: this connection is lost")
        with self._told():
            async with asyncio.timeout(self.patience):
                await self._connection.send_command(*words, check_health=False)

    async def answer(self, patience: float | None) -> Reply:
        """The next answer. `patience`: seconds; None: however long it takes."""
        from redis import exceptions as wrong

        ours = (wrong.NoPermissionError, wrong.ReadOnlyError, wrong.OutOfMemoryError)
        with self._told():
            try:
                async with asyncio.timeout(patience):
                    found = await self._connection.read_response(timeout=math.inf)
            except ours:
                raise
            except wrong.ResponseError as error:
                return Refusal(str(error))
        return _without_errors(found)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Failures as ServerErrors, the last of them kept for whoever comes after the end."""
        try:
            with translated(self.place, self.patience):
                yield
        except ServerError as error:
            self._ended_by = str(error)
            raise

    async def transaction(self, commands: list[list[str]]) -> list[Reply] | None:
        """The answers of several commands in one MULTI/EXEC; None where it fails because something
        was touched that is watched."""
        for words in [["MULTI"], *commands]:
            found = await self.ask(*words)
            if isinstance(found, Refusal):
                await self.ask("DISCARD")
                return [found] * len(commands)
        answers = await self.ask("EXEC")
        if answers is None or isinstance(answers, list):
            return answers
        return [Refusal(f"EXEC answered {answers}")] * len(commands)

    async def close(self) -> None:
        """End the connection; also one that is lost already."""
        await self._connection.disconnect(nowait=True)


def _without_errors(found: object) -> Reply:
    if isinstance(found, Exception):
        return Refusal(str(found))
    if isinstance(found, list):
        return [_without_errors(each) for each in found]
    return found


async def until_gone(control: Connection, identities: Sequence[str]) -> None:
    """Wait until the server knows none of these connections any more. Raises ServerError."""
    if not identities:
        return
    async for _ in looks(control):
        if not str(await control.look("CLIENT", "LIST", "ID", *identities)).strip():
            return
    raise ServerError(f"{control.place} has not seen the end of a connection")


SHORT_LIFE = "10"
"""The milliseconds that a key gets whose time is to be over. Of fewer, a busy Redis 7.0 may find
that they are over before the command has ended, and deletes the key, which is another event."""


async def until_expired(control: Connection, key: str) -> None:
    """Wait until a key that has a moment to live is gone. Raises ServerError."""
    async for _ in looks(control):
        if await control.ask("EXISTS", key) == 0:
            return
    raise ServerError(f"{control.place} still has a key whose time is over")


async def looks(control: Connection) -> AsyncIterator[None]:
    """Look again and again, as long as patience lasts."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + control.patience
    while loop.time() < deadline:
        yield
        await asyncio.sleep(0)


async def until_blocked(control: Connection, identity: str) -> None:
    """Wait until the server holds a connection's command back: `flags=b` in CLIENT LIST.

    A command that waits has no answer yet that would say it has come. Raises ServerError.
    """
    async for _ in looks(control):
        if await is_blocked(control, identity):
            return
    raise ServerError(f"{control.place} has not seen a command that was sent to it")


async def is_blocked(control: Connection, identity: str) -> bool:
    """Whether the server holds a connection's command back until something happens."""
    found = str(await control.look("CLIENT", "LIST", "ID", identity))
    facts = dict(word.partition("=")[::2] for word in found.split())
    return "b" in facts.get("flags", "")


class Subscription:
    """A connection for one channel, as redis-py's PubSub has: messages and acknowledgements
    come in one stream and are told apart as they arrive."""

    def __init__(self, line: Connection, hears: Callable[[str, str], bool]) -> None:
        self._hears = hears
        self.inbox: Inbox[tuple[str, str]] = Inbox()
        self.line = line
        self._acknowledged: asyncio.Queue[object] = asyncio.Queue()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def open(
        cls, server: Server, patience: float, hears: Callable[[str, str], bool]
    ) -> Subscription:
        """A new connection that has subscribed to nothing yet. `hears`: which messages, by channel
        and text, somebody is there for; all others are left alone."""
        return cls(await Connection.open(server, patience), hears)

    async def _read(self) -> None:
        try:
            while True:
                found = await self.line.answer(None)
                match found:
                    case ["message" | "smessage", str(channel), str(payload)]:
                        self._put(channel, payload)
                    case ["pmessage", _, str(channel), str(payload)]:
                        self._put(channel, payload)
                    case _:
                        self._acknowledged.put_nowait(found)
        except ServerError as error:
            self.inbox.fail(error)
            self._acknowledged.put_nowait(error)

    def _put(self, channel: str, payload: str) -> None:
        if self._hears(channel, payload):
            self.inbox.put((channel, payload))

    async def ask(self, *words: str) -> Reply:
        """SUBSCRIBE, UNSUBSCRIBE or PING, and wait until the server acknowledges it: all that
        came before is then in the inbox."""
        await self.line.send(*words)
        with translated(self.line.place, self.line.patience):
            async with asyncio.timeout(self.line.patience):
                found = await self._acknowledged.get()
        if isinstance(found, ServerError):
            raise found
        return found

    async def end(self) -> None:
        """Wait until the end of a connection has been noticed that the server has ended; what had
        arrived is gone with it."""
        async with asyncio.timeout(self.line.patience):
            await self._reading
        self.inbox.items.clear()

    async def close(self) -> None:
        """End the connection."""
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        # Who waits for an answer does not wait as long as patience lasts.
        self._acknowledged.put_nowait(ServerError(f"{self.line.place}: this connection is closed"))
        await self.line.close()

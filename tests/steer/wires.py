"""Connections without a client library, for tests: bytes there and bytes back; and gates."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
from collections.abc import AsyncIterator, Iterable, Sequence

from model_check.live.brokers.server import Server
from model_check.live.proxy.gate import Connection, Gate, Push, Request
from model_check.live.proxy.target import Target

PATIENCE = 10.0


def wire(*words: bytes | str | int) -> bytes:
    """A command as a client sends it."""
    parts = [each if isinstance(each, bytes) else str(each).encode() for each in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts)


def pieces(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    """The same bytes, cut at some places."""
    places = sorted({0, len(data), *(each % (len(data) + 1) for each in cuts)})
    return [data[a:b] for a, b in itertools.pairwise(places)]


def target_of(server: Server) -> Target:
    return Target.at(server.url)


class Line:
    """A connection. Use it as `async with Line(port) as line`."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> Line:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, *error: object) -> None:
        self.writer.close()

    async def send(self, *parts: bytes) -> None:
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()

    async def read(self, size: int) -> bytes:
        async with asyncio.timeout(PATIENCE):
            return await self.reader.readexactly(size)

    async def hears(self, expected: bytes) -> None:
        """These bytes come next."""
        found = await self.read(len(expected))
        assert found == expected, (found, expected)

    async def hears_nothing(self, seconds: float = 0.03) -> None:
        """Nothing comes for a while."""
        try:
            async with asyncio.timeout(seconds):
                raise AssertionError(await self.reader.read(100))
        except TimeoutError:
            return

    async def to_the_end(self) -> bytes:
        """All that comes until the other side closes."""
        async with asyncio.timeout(PATIENCE):
            try:
                return await self.reader.read()
            except ConnectionResetError:
                return b""


async def exchange(port: int, parts: Sequence[bytes]) -> bytes:
    """Send, say that nothing more comes, and hear all that is said."""
    async with Line(port) as line:
        try:
            for part in parts:
                line.writer.write(part)
                await line.writer.drain()
                if len(parts) > 1:
                    await asyncio.sleep(0)
            line.writer.write_eof()
        except ConnectionError:
            pass
        return await line.to_the_end()


@contextlib.asynccontextmanager
async def saying(answer: bytes, *, closes: bool = False) -> AsyncIterator[Target]:
    """A server that answers whatever comes with the same bytes, and then perhaps closes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1000):
            writer.write(answer)
            if closes:
                break
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield Target(port=server.sockets[0].getsockname()[1])
    finally:
        server.close()


class Listing(Gate):
    """Lets everything through, and writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, object]] = []
        self.requests: list[Request] = []

    def opened(self, connection: Connection) -> None:
        self.told.append(("opened", connection.number))

    def asks(self, request: Request) -> bool:
        self.requests.append(request)
        self.told.append(("asks", request.commands))
        return True

    def sent(self, request: Request) -> None:
        self.told.append(("sent", request.commands))

    def replied(self, request: Request) -> None:
        self.told.append(("replied", request.commands))

    def answered(self, request: Request) -> None:
        self.told.append(("answered", request.commands))

    def pushes(self, push: Push) -> bool:
        self.told.append(("pushes", (push.kind, push.pattern, push.channel, push.payload)))
        return True

    def closed(self, connection: Connection, why: str) -> None:
        self.told.append(("closed", why))

    def those(self, what: str) -> list[object]:
        """All that it was told of one kind."""
        return [each for kind, each in self.told if kind == what]


class Holding(Listing):
    """Holds every command whose first word is one of `held`, every message if `messages`, and every
    answer of a command in `kept`."""

    def __init__(self, *held: bytes, kept: Iterable[bytes] = (), messages: bool = False) -> None:
        super().__init__()
        self._held = held
        self._kept = tuple(kept)
        self._messages = messages
        self.waiting: list[Request] = []
        self.pushed: list[Push] = []

    def asks(self, request: Request) -> bool:
        super().asks(request)
        name = b"EXEC" if request.transaction else request.commands[0][0]
        request.keep_answer = name in self._kept
        if name not in self._held:
            return True
        self.waiting.append(request)
        return False

    def pushes(self, push: Push) -> bool:
        super().pushes(push)
        self.pushed.append(push)
        return not self._messages


class Whimsical(Gate):
    """Holds what it likes, for as long as it likes."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self.gone: list[bytes] = []

    def _later(self, let: object) -> None:
        loop = asyncio.get_running_loop()
        assert callable(let)
        if self._chance.random() < 0.5:
            loop.call_soon(let)
        else:
            loop.call_later(self._chance.random() / 500, let)

    def asks(self, request: Request) -> bool:
        request.keep_answer = self._chance.random() < 0.3
        way = self._chance.randrange(3)
        if way == 0:
            self._later(request.go)
        elif way == 1:
            request.go()
        return way == 2

    def replied(self, request: Request) -> None:
        if self._chance.random() < 0.3:
            request.answer_goes()
        else:
            self._later(request.answer_goes)

    def pushes(self, push: Push) -> bool:
        if self._chance.random() < 0.3:
            return True
        self._later(push.deliver)
        return False


async def until(true: object, seconds: float = PATIENCE) -> None:
    """Wait until something is so."""
    assert callable(true)
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.001)

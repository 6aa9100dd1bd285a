"""Real workers: each process instance with connections of its own.

A worker carries out the commands that its process asks for, one by one or, where a step has
several for the server, in one MULTI/EXEC; it knows nothing of what they mean. Answers come
back as values of the model's types.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ...language.tree import Command
from ...language.types import ListType, Type
from ...machine.core import Call
from ..brokers.broker_state import Store
from ..brokers.connection import Connection, Inbox, Refusal, Reply, Subscription, until_blocked
from ..brokers.payload import PayloadError, Value
from ..brokers.server import Server
from ..brokers.sockets import SocketEnd
from ..brokers.vetting import require_own_keys
from ..brokers.wire import answer_of, is_sent, words_of
from ..errors import LiveError, ServerError
from .open_system import Request

__all__ = ["RefusedError", "Surroundings", "Worker"]


class RefusedError(LiveError):
    """What the real thing answers is nothing that the model could answer."""


@dataclass
class Surroundings:
    """What the workers of one session share. `ends`: by resource and process instance."""

    server: Server
    patience: float
    control: Connection
    stores: Mapping[str, Store]
    ends: Mapping[tuple[str, str], SocketEnd]
    queues: dict[str, deque[Value]] = field(default_factory=dict)


class Worker:
    """One process instance."""

    def __init__(self, name: str, surroundings: Surroundings) -> None:
        self.name = name
        self._around = surroundings
        self._line: Connection | None = None
        self._identity = ""
        self._subscriptions: dict[str, Subscription] = {}

    # --- connections, each made when it is first needed -----------------------------------------

    async def prepare(self, calls: Iterable[Call]) -> None:
        """Connect for all that the process may call, so that no step has to wait for that."""
        for call in calls:
            store = self._around.stores[call.resource]
            if store.kind == "redis.pubsub" and call.command != "publish":
                await self.subscription(store)
            elif store.key:
                await self.line()

    async def line(self) -> Connection:
        """The connection for commands."""
        if self._line is None:
            self._line = await Connection.open(self._around.server, self._around.patience)
            self._identity = await self._line.identity()
        return self._line

    @property
    def identity(self) -> str:
        """The number of the command connection at the server, "" before there is one."""
        return self._identity

    async def subscription(self, store: Store) -> Subscription:
        """The connection for messages of a channel."""
        if store.name not in self._subscriptions:
            self._subscriptions[store.name] = await Subscription.open(
                self._around.server, self._around.patience
            )
        return self._subscriptions[store.name]

    @property
    def subscriptions(self) -> Sequence[Subscription]:
        """All connections for messages."""
        return list(self._subscriptions.values())

    async def close(self) -> None:
        """End all connections."""
        for each in self.subscriptions:
            await each.close()
        if self._line is not None:
            await self._line.close()

    # --- what a process asks --------------------------------------------------------------------

    def store(self, request: Request) -> Store:
        """The resource instance that a command is for."""
        return self._around.stores[request.call.resource]

    def command(self, request: Request) -> Command:
        """The command as its kind declares it."""
        store = self.store(request)
        return store.resource.commands[store.number][request.call.command]

    def is_for_server(self, request: Request) -> bool:
        """Whether it is a command that can stand in a transaction: one on this worker's
        command connection."""
        store = self.store(request)
        command = self.command(request)
        alone = store.kind == "redis.pubsub" and command.name != "publish"
        return bool(store.key) and not alone and is_sent(command) and not command.issue

    def inbox(self, request: Request) -> Inbox | None:
        """Where what a command waits for arrives, for those that wait without asking the
        server; None for the others."""
        store = self.store(request)
        if store.kind == "websocket" and request.call.command == "recv":
            return self._end(store).inbox
        if store.kind == "redis.pubsub" and request.call.command == "get_message":
            found = self._subscriptions.get(store.name)
            return found.inbox if found is not None else Inbox()
        return None

    async def perform(self, request: Request, patience: float | None) -> Value:
        """Carry a command out; its answer. `patience`: seconds to wait for what may take its
        time (None: for ever). Raises TimeoutError where that does not come, RefusedError for an
        answer that the model cannot give, ServerError where there is no server any more."""
        store = self.store(request)
        match store.kind:
            case "websocket":
                return await self._frame(store, request, patience)
            case "queue":
                return self._queue(store, request)
            case "redis.pubsub" if request.call.command != "publish":
                return await self._message(store, request, patience)
        command = self.command(request)
        if not is_sent(command):
            return await self._by_server(store, command)
        line = await self.line()
        if request.call.sending:
            await line.send(*self._words(request))
            return None
        if command.blocking:
            if not command.issue:
                await line.send(*self._words(request))
            return self._value(request, await self._waited(line, patience))
        return self._value(request, await line.ask(*self._words(request)))

    async def held(self) -> None:
        """Wait until the server has what was sent and holds it back: there is no answer yet
        that would say so."""
        await until_blocked(self._around.control, self._identity)

    async def transaction(self, calls: Sequence[Request]) -> list[Value]:
        """Carry several commands out in one MULTI/EXEC; their answers."""
        line = await self.line()
        replies = await line.transaction([self._words(each) for each in calls])
        return [self._value(a, r) for a, r in zip(calls, replies, strict=True)]

    def _words(self, request: Request) -> list[str]:
        store = self.store(request)
        words = words_of(
            self.command(request), store.key, request.arguments, store.codec, store.ids
        )
        require_own_keys(words, store.key)
        return words

    def _value(self, request: Request, reply: Reply) -> Value:
        if isinstance(reply, Refusal):
            raise RefusedError(f"the server refuses: {reply.text}")
        store = self.store(request)
        try:
            return answer_of(self.command(request), reply, store.codec, store.ids)
        except PayloadError as error:
            raise RefusedError(f"the answer is no value of the model: {error}") from error

    async def _waited(self, line: Connection, patience: float | None) -> Reply:
        # The command waits at the server; whether that is alive, the control line can tell.
        answer = asyncio.ensure_future(line.answer(None))
        try:
            async with asyncio.timeout(patience):
                return await asyncio.shield(answer)
        except BaseException:
            answer.cancel()
            await asyncio.gather(answer, return_exceptions=True)
            raise

    async def _by_server(self, store: Store, command: Command) -> Value:
        """What no client sends: a key whose time is over."""
        if command.name != "expire_now":
            raise LiveError(f"{store.name}.{command.name} is nothing that a client could do")
        await self._around.control.ask("PEXPIRE", store.key, "0")
        return None

    async def _message(self, store: Store, request: Request, patience: float | None) -> Value:
        subscription = await self.subscription(store)
        command = self.command(request)
        if not is_sent(command):
            async with asyncio.timeout(patience):
                text = await subscription.inbox.take()
            return self._value(request, text)
        found = await subscription.ask(*self._words(request))
        if isinstance(found, Refusal):
            raise RefusedError(f"the server refuses: {found.text}")
        return None

    async def _frame(self, store: Store, request: Request, patience: float | None) -> Value:
        end = self._end(store)
        match request.call.command:
            case "send":
                return await end.send([self._payload(request, "frame")])
            case "send_all":
                frames = request.arguments["frames"]
                assert isinstance(frames, list)
                ((_, kind),) = self.command(request).parameters
                return await end.send([store.codec.write(_item(kind), each) for each in frames])
            case "recv":
                async with asyncio.timeout(patience):
                    frame = await end.inbox.take()
                return self._value(request, frame)
            case "close":
                await end.close()
                for (name, _), other in self._around.ends.items():
                    if name == store.name:
                        async with asyncio.timeout(self._around.patience):
                            await other.closed()
                return None
            case "is_open":
                return end.is_open
        raise LiveError(f"a websocket has no command {request.call.command}")

    def _end(self, store: Store) -> SocketEnd:
        return self._around.ends[store.name, self.name]

    def _payload(self, request: Request, name: str) -> str:
        kinds = dict(self.command(request).parameters)
        return self.store(request).codec.write(kinds[name], request.arguments[name])

    def _queue(self, store: Store, request: Request) -> Value:
        items = self._around.queues.setdefault(store.name, deque())
        match request.call.command:
            case "put":
                items.append(request.arguments["item"])
                return None
            case "get":
                if not items:
                    raise TimeoutError
                return items.popleft()
            case "try_get":
                return items.popleft() if items else None
            case "size":
                return len(items)
        raise LiveError(f"a queue has no command {request.call.command}")


def _item(kind: Type) -> Type:
    return kind.item if isinstance(kind, ListType) else kind


async def is_alive(control: Connection) -> bool:
    """Whether the server still answers."""
    try:
        return await control.ask("PING") == "PONG"
    except ServerError:
        return False

"""The connections of a process to a Redis server, and what it asks there.

What is sent and not waited for is held here until it arrives. A connection that was cut says so by
the next command that goes over it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ...language.keys import WATCH
from ...language.tree.spec import Command
from ..errors import LiveError, ServerError
from .allowed import CHANNELS
from .broker_state import reading
from .connection import (
    SHORT_LIFE,
    Connection,
    Refusal,
    Reply,
    Subscription,
    is_blocked,
    until_blocked,
    until_expired,
    until_gone,
)
from .contract import (
    ChangedError,
    Client,
    DisconnectedError,
    RefusedError,
    Request,
    ServerRefusedError,
    Store,
    Undo,
    Wanted,
)
from .inbox import Inbox
from .keys import is_channel, is_leased
from .payload import Value
from .server import Server
from .vetting import EXPIRES, require_own_keys
from .wire import is_sent

__all__ = ["Base", "RedisClient"]

ANOTHER = ("", "MULTI")
"""The connection for transactions of a process that watches something on its usual one."""
LISTENING = CHANNELS - {"PUBLISH", "SPUBLISH"}
"""Commands of a connection that only listens."""


@dataclass
class Base:
    """Where the clients of a session turn to: it is another server when a replica has taken over.
    `control`: a connection there that is nobody's, to look and to clean up."""

    server: Server
    control: Connection
    patience: float


FOR_EVER = -1
"""What PTTL answers of a key without a time to live."""


class RedisClient(Client):
    """The connections of a process, each made when it is first needed: one for commands, one for
    the commands of each resource whose connections may break, and one for each channel that it
    listens to; and, as the pool of a client library gives it, one for what waits at each resource,
    where they are not `shared`."""

    def __init__(self, base: Base, *, shared: bool = False) -> None:
        self._shared = shared
        self.subscriptions: dict[str, Subscription] = {}
        self._base = base
        self._lines: dict[tuple[str, str], Connection] = {}
        """By the resource whose connections may break, and the one at which something waits."""
        self._cut: set[str] = set()
        """The resources whose connections are broken, and nothing has noticed it here."""
        self._under_way: dict[str, deque[tuple[Store, Request]]] = {}
        """What was sent and has not arrived, by which of the process's connections it goes."""
        self._watches = False
        self._missing: list[Callable[[], Awaitable[object]]] = []

    async def connect(self, store: Store, command: Command) -> None:
        if _listens(store, command):
            await self._subscription(store)
        else:
            await self._commands(store, waits=command.blocking)

    async def _commands(self, store: Store | None = None, *, waits: bool = False) -> Connection:
        """The connection for commands; for those of a resource whose connections may break one of
        its own, and one for what `waits` there."""
        own = store is not None and store.resource.disconnects is not None
        name = store.name if store is not None and own else ""
        return await self._line((name, store.name if store and waits and not self._shared else ""))

    async def _line(self, name: tuple[str, str]) -> Connection:
        if name not in self._lines:
            self._lines[name] = await Connection.open(self._base.server, self._base.patience)
        return self._lines[name]

    async def _subscription(self, store: Store) -> Subscription:
        """The connection for messages of a channel."""
        if store.name not in self.subscriptions:
            base = self._base
            self.subscriptions[store.name] = await Subscription.open(
                base.server, base.patience, store.hears
            )
        return self.subscriptions[store.name]

    async def fence(self) -> None:
        """Wait until all that was published has arrived where there is a connection still: one may
        end, and another begin, while this waits."""
        for name, subscription in list(self.subscriptions.items()):
            try:
                if self._stands(name, subscription):
                    await subscription.ask("PING")
            except ServerError:
                if self._stands(name, subscription):
                    raise

    def _stands(self, name: str, subscription: Subscription) -> bool:
        """Whether it is the process's connection for a resource, and was not cut."""
        return name not in self._cut and self.subscriptions.get(name) is subscription

    # --- what goes wrong ----------------------------------------------------------------------

    def _to(self, store: Store) -> Iterator[Connection]:
        """The connections to a resource whose connections may break."""
        yield from (line for (name, _), line in self._lines.items() if name == store.name)
        if store.name in self.subscriptions:
            yield self.subscriptions[store.name].line

    async def cut(self, store: Store) -> None:
        """Break the connections to a resource, and wait until the server has seen it."""
        lines, subscription = list(self._to(store)), self.subscriptions.get(store.name)
        self._cut.add(store.name)
        for line in lines:
            line.abort()
        await until_gone(self._base.control, [each.identity for each in lines])
        if subscription is not None:
            # What had arrived goes with the connection that it is of.
            await subscription.end()
        used = {each.connection for each in store.resource.commands[store.number].values()}
        for which in used:
            self._under_way.pop(which, None)

    async def server_goes(self, stores: Iterable[Store]) -> None:
        """All connections end with their server. Where they may break, a process learns it by the
        next command; elsewhere the client library connects anew, without a word: see
        `reconnect`."""
        for store in stores:
            if store.resource.disconnects is not None:
                await self.cut(store)
            elif store.name in self.subscriptions:
                await self.subscriptions.pop(store.name).close()
                self._missing.append(partial(self._subscription, store))
        for name in [each for each in self._lines if not each[0]]:
            await self._lines.pop(name).close()
            self._missing.append(partial(self._line, name))
        self._under_way.clear()

    async def reconnect(self) -> None:
        """Have all connections anew that went with the server."""
        while self._missing:
            await self._missing.pop()()

    async def _noticed(self, store: Store) -> None:
        """Have anew what was broken."""
        self._cut.discard(store.name)
        if store.name in self.subscriptions:
            await self.subscriptions.pop(store.name).close()
            await self._subscription(store)
        for name in [each for each in self._lines if each[0] == store.name]:
            await self._lines.pop(name).close()
            await self._line(name)

    async def crash(self, wanted: Wanted, spared: str = "") -> None:
        lines = [*self._lines.values(), *(each.line for each in self.subscriptions.values())]
        await self.close()
        await until_gone(self._base.control, [each.identity for each in lines])

    async def close(self) -> None:
        ended: list[Subscription | Connection] = [
            *self.subscriptions.values(),
            *self._lines.values(),
        ]
        self.subscriptions.clear()
        self._lines.clear()
        self._under_way.clear()
        self._cut.clear()
        for each in ended:
            await each.close()

    # --- what it asks -------------------------------------------------------------------------

    def inbox(self, store: Store, command: Command) -> Inbox[Any] | None:
        if is_sent(command) or not _listens(store, command):
            return None
        found = self.subscriptions.get(store.name)
        return found.inbox if found is not None else Inbox()

    def joins(self, store: Store, command: Command) -> bool:
        waits = command.issue or command.blocking
        joins = bool(command.joins) and is_sent(command)
        return joins and not waits and not _listens(store, command)

    async def undo(self, store: Store, request: Request) -> Undo:
        command = store.command(request)
        if not is_sent(command) and store.name in self.subscriptions:
            return self.subscriptions[store.name].inbox.undo()
        words = reading(store.resource, store.key)
        if not words or is_channel(store.resource):
            return await super().undo(store, request)
        control = self._base.control
        before = await control.ask(*words)

        async def is_untouched() -> bool:
            return await control.ask(*words) == before

        return is_untouched

    async def later(self, store: Store, request: Request) -> None:
        which = store.command(request).connection
        self._under_way.setdefault(which, deque()).append((store, request))

    async def arrives(self, store: Store, request: Request) -> Value:
        sent = self._under_way.get(store.command(request).connection)
        first = sent[0] if sent else None
        asked = (request.call.resource, request.call.command, request.arguments)
        if first is None or (*first[1].key[:2], first[1].arguments) != asked:
            raise RefusedError(f"{request.call.command} is not the next on its way")
        assert sent is not None
        sent.popleft()
        return await self.perform(store, request, self._base.patience)

    async def perform(self, store: Store, request: Request, patience: float | None) -> Value:
        try:
            return await self._perform(store, request, patience)
        except ServerError as error:
            if store.name not in self._cut:
                raise
            await self._noticed(store)
            raise DisconnectedError(str(error)) from error

    async def _perform(self, store: Store, request: Request, patience: float | None) -> Value:
        command = store.command(request)
        self._watches |= command.name == WATCH
        if _listens(store, command):
            return await self._listen(store, request, patience)
        if not is_sent(command):
            return await self._expire(store, command)
        line = await self._commands(store, waits=command.blocking)
        if request.call.sending:
            await line.send(*_words(store, request))
            return None
        if command.blocking:
            if not request.call.in_two:
                await line.send(*_words(store, request))
            elif request.gives_up:
                await self.give_up(store)
            return _value(store, request, await _waited(line, patience))
        return _value(store, request, await line.ask(*_words(store, request)))

    async def _listen(self, store: Store, request: Request, patience: float | None) -> Value:
        subscription = await self._subscription(store)
        if not is_sent(store.command(request)):
            async with asyncio.timeout(patience):
                channel, text = await subscription.inbox.take()
            reply = text if store.addresses is None else [channel, text]
            return _value(store, request, reply)
        found = await subscription.ask(*_words(store, request))
        if isinstance(found, Refusal):
            raise ServerRefusedError(found.text)
        return None

    async def _expire(self, store: Store, command: Command) -> Value:
        """What no client sends: a key whose time is over."""
        if command.name != EXPIRES:
            raise LiveError(f"{store.name}.{command.name} is nothing that a client could do")
        leased = is_leased(store.resource, store.number)
        if leased and await self._base.control.ask("PTTL", store.key) == FOR_EVER:
            return None
        # By a PEXPIRE of 0 it would be deleted, which is another event.
        if await self._base.control.ask("PEXPIRE", store.key, SHORT_LIFE) == 1:
            await until_expired(self._base.control, store.key)
        return None

    async def held(self, store: Store) -> None:
        line = await self._commands(store, waits=True)
        await until_blocked(self._base.control, line.identity)

    async def give_up(self, store: Store) -> None:
        line = await self._commands(store, waits=True)
        await self._base.control.ask("CLIENT", "UNBLOCK", line.identity, "TIMEOUT")

    async def number_held(self) -> int:
        """How many commands the server holds back."""
        lines = list(self._lines.values())
        return sum([await is_blocked(self._base.control, each.identity) for each in lines])

    async def transaction(
        self, requests: Sequence[tuple[Store, Request]], watched: Store | None = None
    ) -> list[Value]:
        """In one MULTI/EXEC."""
        line = await self._commands(watched)
        if watched is None and self._watches and not self._shared:
            line = await self._line(ANOTHER)  # of the pool: who watches keeps the usual one
        replies = await line.transaction([_words(*each) for each in requests])
        if replies is None:
            raise ChangedError("EXEC -> (nil): what is watched was touched")
        return [_value(*each, reply) for each, reply in zip(requests, replies, strict=True)]


def _listens(store: Store, command: Command) -> bool:
    """Whether a command is one of a connection that only listens to a channel."""
    alone = not is_sent(command) or command.wire.split()[0].upper() in LISTENING
    return is_channel(store.resource) and alone


def _words(store: Store, request: Request) -> list[str]:
    words = store.words(request)
    others = request.others.values()
    require_own_keys(words, store.key_for(request), store.resource.address, others)
    return words


def _value(store: Store, request: Request, reply: Reply) -> Value:
    if isinstance(reply, Refusal):
        raise ServerRefusedError(reply.text)
    return store.value(request, reply)


async def _waited(line: Connection, patience: float | None) -> Reply:
    # The command waits at the server; whether that is alive, the control line can tell.
    answer = asyncio.ensure_future(line.answer(None))
    try:
        async with asyncio.timeout(patience):
            return await asyncio.shield(answer)
    except BaseException:
        answer.cancel()
        await asyncio.gather(answer, return_exceptions=True)
        raise

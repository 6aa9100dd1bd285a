"""Redis: the keys of a session on a server, and the connections of its processes."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Self

from ...language.tree.spec import Command, Resource
from ..errors import LiveError, ServerError
from .broker_state import fill, kept_keys, measure, refuse_foreign
from .connection import (
    Connection,
    Refusal,
    Reply,
    Subscription,
    is_blocked,
    until_blocked,
)
from .contract import Broker, Client, RefusedError, Request, Store, Surroundings
from .inbox import Inbox
from .keys import is_channel, is_on_server
from .payload import Value
from .server import Server
from .vetting import EXPIRES, require_own_keys
from .wire import is_sent, words_of

__all__ = ["RedisBroker"]

CLEANING_PATIENCE = 10.0
"""Seconds to wait for a server that is to delete our keys: longer than for anything else."""
LISTENING = frozenset({"SUBSCRIBE", "UNSUBSCRIBE"})
"""Commands of a connection that only listens."""


class RedisBroker(Broker):
    """The keys of a session on a server. `control`: a connection that is nobody's, to look and
    to clean up."""

    def __init__(
        self, stores: Mapping[str, Store], around: Surroundings, control: Connection
    ) -> None:
        self.around = around
        self.control = control
        self._stores = stores
        self._clients: list[_RedisClient] = []

    @staticmethod
    def stands_behind(resource: Resource) -> bool:
        return is_on_server(resource)

    @classmethod
    async def prepare(
        cls,
        stores: Mapping[str, Store],
        around: Surroundings,
        initial: Mapping[str, Value],
        stack: AsyncExitStack,
    ) -> Self:
        control = await Connection.open(around.server, around.patience)
        stack.push_async_callback(control.close)
        await refuse_foreign(stores, control)
        stack.push_async_exit(_Cleanup(stores, around.server))
        await fill(stores, initial, control)
        return cls(stores, around, control)

    def client(self, process: str) -> Client:
        self._clients.append(_RedisClient(self, process))
        return self._clients[-1]

    @property
    def inboxes(self) -> Sequence[Inbox]:
        return [each.inbox for client in self._clients for each in client.subscriptions.values()]

    async def content(self) -> dict[str, Value]:
        return await measure(self._stores, self.control)

    async def settle(self, waiting: Collection[str]) -> bool:
        for client in self._clients:
            for subscription in client.subscriptions.values():
                await subscription.ask("PING")
            if client.process in waiting and not await is_blocked(self.control, client.identity):
                return False
        return True

    async def require_alive(self) -> None:
        try:
            alive = await self.control.ask("PING") == "PONG"
        except ServerError:
            alive = False
        if not alive:
            raise ServerError(
                f"{self.control.place} does not answer within {self.around.patience:g} s"
            )


class _Cleanup:
    """Deletes a session's keys, on a connection of its own: the others may be lost, or wait
    for an answer that never came."""

    def __init__(self, stores: Mapping[str, Store], server: Server) -> None:
        self._stores = stores
        self._server = server

    async def __aenter__(self) -> None:
        """Nothing to do before the end."""

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        keys = kept_keys(self._stores)
        if not keys:
            return
        try:
            line = await Connection.open(self._server, CLEANING_PATIENCE)
            try:
                await line.ask("DEL", *keys)
            finally:
                await line.close()
        except ServerError as problem:
            if self._server.own:
                return  # it ends with this run, and all it holds with it
            left = f"and so these keys may be left there: {' '.join(keys)}"
            first = error if isinstance(error, ServerError) else problem
            raise ServerError(f"{first}\n{left}") from problem


class _RedisClient(Client):
    """The connections of a process, each made when it is first needed: one for commands, and
    one for each channel that it listens to. `identity`: the number of the first at the server,
    "" before there is one."""

    def __init__(self, broker: RedisBroker, process: str) -> None:
        self.process = process
        self.identity = ""
        self.subscriptions: dict[str, Subscription] = {}
        self._broker = broker
        self._line: Connection | None = None

    async def connect(self, store: Store, command: Command) -> None:
        if _listens(store, command):
            await self._subscription(store)
        else:
            await self._commands()

    async def _commands(self) -> Connection:
        """The connection for commands."""
        if self._line is None:
            around = self._broker.around
            self._line = await Connection.open(around.server, around.patience)
            self.identity = await self._line.identity()
        return self._line

    async def _subscription(self, store: Store) -> Subscription:
        """The connection for messages of a channel."""
        if store.name not in self.subscriptions:
            around = self._broker.around
            self.subscriptions[store.name] = await Subscription.open(around.server, around.patience)
        return self.subscriptions[store.name]

    async def close(self) -> None:
        for each in self.subscriptions.values():
            await each.close()
        if self._line is not None:
            await self._line.close()

    def inbox(self, store: Store, command: Command) -> Inbox | None:
        if is_sent(command) or not _listens(store, command):
            return None
        found = self.subscriptions.get(store.name)
        return found.inbox if found is not None else Inbox()

    def joins(self, store: Store, command: Command) -> bool:
        return not _listens(store, command) and is_sent(command) and not command.issue

    async def perform(self, store: Store, request: Request, patience: float | None) -> Value:
        command = store.command(request)
        if _listens(store, command):
            return await self._listen(store, request, patience)
        if not is_sent(command):
            return await self._expire(store, command)
        line = await self._commands()
        if request.call.sending:
            await line.send(*_words(store, request))
            return None
        if command.blocking:
            if not command.issue:
                await line.send(*_words(store, request))
            return _value(store, request, await _waited(line, patience))
        return _value(store, request, await line.ask(*_words(store, request)))

    async def _listen(self, store: Store, request: Request, patience: float | None) -> Value:
        subscription = await self._subscription(store)
        if not is_sent(store.command(request)):
            async with asyncio.timeout(patience):
                text = await subscription.inbox.take()
            return _value(store, request, text)
        found = await subscription.ask(*_words(store, request))
        if isinstance(found, Refusal):
            raise RefusedError(f"the server refuses: {found.text}")
        return None

    async def _expire(self, store: Store, command: Command) -> Value:
        """What no client sends: a key whose time is over."""
        if command.name != EXPIRES:
            raise LiveError(f"{store.name}.{command.name} is nothing that a client could do")
        await self._broker.control.ask("PEXPIRE", store.key, "0")
        return None

    async def held(self) -> None:
        await until_blocked(self._broker.control, self.identity)

    async def transaction(self, requests: Sequence[tuple[Store, Request]]) -> list[Value]:
        """In one MULTI/EXEC."""
        line = await self._commands()
        replies = await line.transaction([_words(*each) for each in requests])
        return [_value(*each, reply) for each, reply in zip(requests, replies, strict=True)]


def _listens(store: Store, command: Command) -> bool:
    """Whether a command is one of a connection that only listens to a channel."""
    alone = not is_sent(command) or command.wire.split()[0].upper() in LISTENING
    return is_channel(store.resource) and alone


def _words(store: Store, request: Request) -> list[str]:
    command = store.command(request)
    words = words_of(command, store.key, request.arguments, store.codec, store.ids)
    require_own_keys(words, store.key)
    return words


def _value(store: Store, request: Request, reply: Reply) -> Value:
    if isinstance(reply, Refusal):
        raise RefusedError(f"the server refuses: {reply.text}")
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

"""Redis: the keys of a session on a server, and what goes wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any, Self

from ...language.keys import DISCONNECTS
from ...language.tree.spec import Resource
from ..errors import ServerError
from .broker_state import fill, kept_keys, measure, reading, refuse_foreign
from .connection import SHORT_LIFE, Connection, until_expired
from .contract import Broker, Client, RefusedError, Store, Surroundings, Wanted
from .inbox import Inbox
from .keys import is_channel, is_on_server
from .notices import require_notices
from .payload import Value
from .redis_cli import as_typed, printed
from .redis_client import Base, RedisClient
from .replica import copy_to

__all__ = ["RedisBroker"]

EXPIRES = "expires"
"""What may go wrong with a key."""

MOST_CHANNELS = 20
"""Channels of one resource that a server is asked about at once."""
CLEANING_PATIENCE = 10.0
"""Seconds to wait for a server that is to delete our keys: longer than for anything else."""


class RedisBroker(Broker):
    """The keys of a session on a server."""

    def __init__(self, stores: Mapping[str, Store], base: Base) -> None:
        self.base = base
        self._stores = stores
        self._clients: dict[str, RedisClient] = {}

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
        base = Base(around.server, control, around.patience)
        stack.push_async_callback(lambda: base.control.close())
        await require_notices([each.resource for each in stores.values()], around.server, control)
        await refuse_foreign(stores, control)
        stack.push_async_exit(_Cleanup(stores, base))
        await fill(stores, initial, control)
        return cls(stores, base)

    def client(self, process: str, *, shared: bool = False) -> Client:
        self._clients[process] = RedisClient(self.base, shared=shared)
        return self._clients[process]

    @property
    def inboxes(self) -> Sequence[Inbox[Any]]:
        clients = self._clients.values()
        return [each.inbox for client in clients for each in client.subscriptions.values()]

    async def content(self) -> dict[str, Value]:
        return await measure(self._stores, self.base.control)

    async def inspect(self, store: Store) -> tuple[str, tuple[str, ...]] | None:
        """PUBSUB NUMSUB of a channel (https://redis.io/docs/latest/commands/pubsub-numsub/), and
        of a key what its kind reads all of it with."""
        if is_channel(store.resource):
            words = ["PUBSUB", "NUMSUB", *store.keys[:MOST_CHANNELS]]
        else:
            words = reading(store.resource, store.key)
        if not words:
            return None
        return as_typed(words), printed(await self.base.control.look(*words))

    async def settle(self, waiting: Sequence[str]) -> bool:
        for process, client in self._clients.items():
            await client.fence()
            if await client.number_held() < waiting.count(process):
                return False
        return True

    @staticmethod
    def can_go_wrong(resource: Resource, what: str) -> bool:
        breaks = (f.command.name for each in resource.faults for f in each if f.breaks)
        return what in (DISCONNECTS, *breaks) or (what == EXPIRES and not is_channel(resource))

    async def goes_wrong(self, store: Store, what: str, wanted: Wanted) -> Value:
        """The key is given some milliseconds to live, and is gone when this returns
        (https://redis.io/docs/latest/commands/pexpire/); on the replica too, if it has it."""
        if await self.base.control.ask("PEXPIRE", store.key, SHORT_LIFE) != 1:
            raise RefusedError(f"{store.key} is not there, so its time cannot be over")
        await until_expired(self.base.control, store.key)
        if self.base.server.replica is not None:
            second = await Connection.open(self.base.server.replica, self.base.patience)
            try:
                if await second.ask("PEXPIRE", store.key, SHORT_LIFE) == 1:
                    await until_expired(second, store.key)
            finally:
                await second.close()
        return None

    async def unread(self, store: Store, client: str) -> int:
        await self._clients[client].fence()
        found = self._clients[client].subscriptions.get(store.name)
        return 0 if found is None else len(found.inbox.items)

    async def disconnect(self, store: Store, client: str | None, wanted: Wanted) -> None:
        await self._clients[client or ""].cut(store)

    async def copy_to_replica(self) -> None:
        replica = self.base.server.replica
        assert replica is not None
        await copy_to(replica, self.base.server, self.base.patience)

    async def fails_over(self) -> None:
        first, old = self.base.server, self.base.control
        assert first.replica is not None
        for client in self._clients.values():
            await client.server_goes(self._stores.values())
        second = replace(first.replica, replica=replace(first, replica=None))
        self.base.control = await Connection.open(second, self.base.patience)
        self.base.server = second
        await old.close()
        for client in self._clients.values():
            await client.reconnect()

    async def require_alive(self) -> None:
        try:
            alive = await self.base.control.ask("PING") == "PONG"
        except ServerError:
            alive = False
        if not alive:
            raise ServerError(
                f"{self.base.control.place} does not answer within {self.base.patience:g} s"
            )


class _Cleanup:
    """Deletes a session's keys, on a connection of its own: the others may be lost, or wait
    for an answer that never came."""

    def __init__(self, stores: Mapping[str, Store], base: Base) -> None:
        self._stores = stores
        self._base = base

    async def __aenter__(self) -> None:
        """Nothing to do before the end."""

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        keys = kept_keys(self._stores)
        if not keys:
            return
        try:
            line = await Connection.open(self._base.server, CLEANING_PATIENCE)
            try:
                await line.ask("DEL", *keys)
            finally:
                await line.close()
        except ServerError as problem:
            if self._base.server.own:
                return  # it ends with this run, and all it holds with it
            left = f"and so these keys may be left there: {' '.join(keys)}"
            first = error if isinstance(error, ServerError) else problem
            raise ServerError(f"{first}\n{left}") from problem

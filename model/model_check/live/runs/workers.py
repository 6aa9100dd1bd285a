"""Real workers: each process instance with what it has of every broker.

A worker carries out the commands that its process asks for, one by one or, where a step has
several for the server, in one transaction; it knows nothing of what they mean. Answers come
back as values of the model's types.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...language.tree.spec import Command
from ...machine.core import Call
from ..brokers.contract import Client, Request, Store, Undo, Wanted
from ..brokers.inbox import Inbox
from ..brokers.payload import Value

__all__ = ["Worker"]


class Worker:
    """One process instance, or what is under way on a connection of one. `stores`: the resources,
    by shown name, each with what the process has of its broker. `client`: who it is for them
    (itself, where nothing is said); whoever shares its connections is the same."""

    def __init__(
        self, name: str, stores: Mapping[str, tuple[Store, Client]], client: str = ""
    ) -> None:
        self.name = name
        self.client = client or name
        self._stores = stores

    async def prepare(self, calls: Iterable[Call]) -> None:
        """Connect for all that the process may call, so that no step has to wait for that."""
        for call in calls:
            store, client = self._stores[call.resource]
            await client.connect(store, store.command(Request(call, {})))

    async def close(self) -> None:
        """End all connections."""
        for client in self._clients():
            await client.close()

    def _clients(self) -> Iterable[Client]:
        return dict.fromkeys(client for _, client in self._stores.values())

    def _addressed(self, request: Request) -> Request:
        """A command with the keys of the other resources that it is given."""
        keys = {name: self._stores[each][0].key for name, each in request.call.others}
        return replace(request, others=keys) if keys else request

    def store(self, request: Request) -> Store:
        """The resource instance that a command is for."""
        return self._stores[request.call.resource][0]

    def command(self, request: Request) -> Command:
        """The command as its kind declares it."""
        return self.store(request).command(request)

    def joins(self, request: Request) -> bool:
        """Whether it is a command that can stand in a transaction."""
        store, client = self._stores[request.call.resource]
        return client.joins(store, store.command(request))

    def inbox(self, request: Request) -> Inbox[Any] | None:
        """Where what a command waits for arrives (see `Client`)."""
        store, client = self._stores[request.call.resource]
        return client.inbox(store, store.command(request))

    def is_ready(self, request: Request) -> bool:
        """Whether a command need not wait for others of the session (see `Client`)."""
        store, client = self._stores[request.call.resource]
        return client.is_ready(store, request)

    async def undo(self, request: Request) -> Undo:
        """How a command can be taken back that is carried out next (see `Client`)."""
        store, client = self._stores[request.call.resource]
        return await client.undo(store, request)

    async def perform(self, request: Request, patience: float | None) -> Value:
        """Carry a command out; its answer. Raises what `Client.perform` does."""
        store, client = self._stores[request.call.resource]
        return await client.perform(store, self._addressed(request), patience)

    async def held(self, request: Request) -> None:
        """Wait until what was sent is held back: there is no answer yet that would say so."""
        store, client = self._stores[request.call.resource]
        await client.held(store)

    async def give_up(self, request: Request) -> None:
        """Let the time of a command be over that is held back (see `Client`)."""
        store, client = self._stores[request.call.resource]
        await client.give_up(store)

    async def later(self, request: Request) -> None:
        """Send a command that nobody waits for (see `Client`)."""
        store, client = self._stores[request.call.resource]
        await client.later(store, request)

    async def arrives(self, request: Request) -> Value:
        """Let a command take effect that was sent and not waited for; its answer."""
        store, client = self._stores[request.call.resource]
        return await client.arrives(store, request)

    async def crash(self, wanted: Wanted, spared: str = "") -> None:
        """Die: all connections end, and the other sides have seen it when this returns (see
        `Client`)."""
        for client in self._clients():
            await client.crash(wanted, spared)

    async def transaction(self, requests: Sequence[Request], watched: str = "") -> list[Value]:
        """Carry several commands out as one; their answers. `watched`: a resource that is, where it
        fails if that was touched: raises ChangedError then."""
        stores = (pair for name, pair in self._stores.items() if name.partition("[")[0] == watched)
        line = next(stores, None) or (None, self._stores[requests[0].call.resource][1])
        store, client = line
        return await client.transaction(
            [(self.store(each), self._addressed(each)) for each in requests], store
        )

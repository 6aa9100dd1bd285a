"""A WebSocket between two processes: each of them has an end of a real connection."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any, Self

from ...language.keys import DISCONNECTS
from ...language.tree.spec import Command, Resource
from ...language.types import ListType
from ..errors import LiveError, ServerError
from .contract import (
    Broker,
    Client,
    DisconnectedError,
    RefusedError,
    Request,
    Store,
    Surroundings,
    Undo,
    Wanted,
    none_to_undo,
)
from .inbox import Inbox
from .payload import Value
from .sockets import SocketEnd

__all__ = ["WebSocketBroker"]

SENDING = ("send", "send_all")


class WebSocketBroker(Broker):
    """The WebSockets of a session. `ends`: by resource and process instance; `broken`: those that
    are broken, and the process has not noticed it."""

    shows_frames = True

    def __init__(
        self, stores: Mapping[str, Store], around: Surroundings, stack: AsyncExitStack
    ) -> None:
        self.ends: dict[tuple[str, str], SocketEnd] = {}
        self.broken: dict[tuple[str, str], SocketEnd] = {}
        self.patience = around.patience
        self._around = around
        self._stores = stores
        self._stack = stack
        self._opening = asyncio.Lock()

    @staticmethod
    def stands_behind(resource: Resource) -> bool:
        return resource.kind == "websocket"

    @classmethod
    async def prepare(
        cls,
        stores: Mapping[str, Store],
        around: Surroundings,
        initial: Mapping[str, Value],
        stack: AsyncExitStack,
    ) -> Self:
        broker = cls(stores, around, stack)
        for store in stores.values():
            await broker.connect(store)
        return broker

    async def connect(self, store: Store) -> None:
        """Give the processes of a resource the ends of a new connection."""
        processes = store.resource.clients[store.number].members
        for process in processes:
            if (store.name, process) in self.ends:
                self.ends[store.name, process].inbox.retire()
        for process, end in zip(processes, await self._around.hub.connect(), strict=False):
            self.ends[store.name, process] = end
            self._stack.push_async_callback(end.dismiss)

    async def reopen(self, store: Store) -> None:
        """Open a connection anew, if it is closed. What was not read of the old one is lost."""
        async with self._opening:
            old = [end for (name, _), end in self.ends.items() if name == store.name]
            if not any(end.is_open for end in old):
                await self.connect(store)

    @staticmethod
    def can_go_wrong(resource: Resource, what: str) -> bool:
        return what == DISCONNECTS

    async def disconnect(self, store: Store, client: str | None, wanted: Wanted) -> None:
        await self.lose(store, None, wanted)

    async def lose(self, store: Store, dead: str | None, wanted: Wanted) -> None:
        """End a connection without a word. Of the frames that were sent, as many arrive as is
        `wanted`: no network between two ends on one machine would lose any. `dead`: the process
        with which it ends, which reads nothing any more."""
        ends = {process: end for (name, process), end in self.ends.items() if name == store.name}
        if not all(end.is_open for end in ends.values()):
            raise RefusedError(f"{store.name} is closed already")
        async with asyncio.timeout(self.patience):
            while sum(e.sent for e in ends.values()) > sum(e.inbox.arrivals for e in ends.values()):
                for end in ends.values():
                    await end.fence()
            for end in ends.values():
                await end.break_off()
                await end.closed()
        for process, end in ends.items():
            items = end.inbox.items
            there = 0 if process == dead else wanted.kept(_inbox(store, process), len(items))
            while len(items) > there:
                items.pop()
            if process != dead and store.resource.disconnects is not None:
                self.broken.setdefault((store.name, process), end)
                end.inbox.fail(ServerError(f"{store.name} is broken"))

    def of(self, process: str) -> list[Store]:
        """The resources of which a process has an end."""
        return [self._stores[name] for name, each in self.ends if each == process]

    def client(self, process: str, *, shared: bool = False) -> Client:
        return _WebSocketClient(self, process)

    @property
    def inboxes(self) -> Sequence[Inbox[Any]]:
        return [end.inbox for end in self.ends.values()]

    async def settle(self, waiting: Sequence[str]) -> bool:
        for end in self.ends.values():
            await end.fence()
        return True


def _inbox(store: Store, process: str) -> str:
    """The variable that holds in the model what has arrived for a process."""
    return f"{store.name}.inbox[{process}]"


class _WebSocketClient(Client):
    def __init__(self, broker: WebSocketBroker, process: str) -> None:
        self._broker = broker
        self._process = process

    def _end(self, store: Store) -> SocketEnd:
        return self._broker.ends[store.name, self._process]

    def inbox(self, store: Store, command: Command) -> Inbox[Any] | None:
        return self._end(store).inbox if command.name == "recv" else None

    async def undo(self, store: Store, request: Request) -> Undo:
        match request.call.command:
            case "recv":
                return self._end(store).inbox.undo()
            case "is_open":
                return none_to_undo
        return await super().undo(store, request)

    async def crash(self, wanted: Wanted, spared: str = "") -> None:
        for store in self._broker.of(self._process):
            if store.name == spared:
                continue
            self._broker.broken.pop((store.name, self._process), None)
            if self._end(store).is_open:
                await self._broker.lose(store, self._process, wanted)
            self._end(store).inbox.items.clear()

    async def perform(self, store: Store, request: Request, patience: float | None) -> Value:
        broken = self._broker.broken.get((store.name, self._process))
        command = request.call.command
        if command == "connect":
            self._broker.broken.pop((store.name, self._process), None)
        waits = command == "recv" and not self._end(store).inbox.items
        if broken is not None and (waits or command in (*SENDING, "close")):
            self._broker.broken.pop((store.name, self._process))
            if command in SENDING:
                await broken.send(_frames(store, request))
            if broken.is_lost:
                raise DisconnectedError(f"the other end of {store.name} is gone")
        return await self._on(self._end(store), store, request, patience)

    async def _on(
        self, end: SocketEnd, store: Store, request: Request, patience: float | None
    ) -> Value:
        match request.call.command:
            case "connect":
                await self._broker.reopen(store)
                return None
            case command if command in SENDING:
                return await end.send(_frames(store, request))
            case "recv":
                async with asyncio.timeout(patience):
                    frame = await end.inbox.take()
                return store.value(request, frame)
            case "close":
                await end.close()
                for (name, _), other in self._broker.ends.items():
                    if name == store.name:
                        async with asyncio.timeout(self._broker.patience):
                            await other.closed()
                return None
            case "is_open":
                return end.is_open
        raise LiveError(f"a websocket has no command {request.call.command}")


def _frames(store: Store, request: Request) -> list[str]:
    ((name, kind),) = store.command(request).parameters
    value = request.arguments[name]
    if request.call.command == "send":
        return [store.codec.write(kind, value)]
    assert isinstance(kind, ListType)
    assert isinstance(value, list)
    return [store.codec.write(kind.item, each) for each in value]

"""A WebSocket between two processes: each of them has an end of a real connection."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Self

from ...language.tree.spec import Command, Resource
from ...language.types import ListType
from ..errors import LiveError
from .contract import Broker, Client, Request, Store, Surroundings
from .inbox import Inbox
from .payload import Value
from .sockets import Hub, SocketEnd

__all__ = ["WebSocketBroker"]


class WebSocketBroker(Broker):
    """The WebSockets of a session. `ends`: by resource and process instance."""

    shows_frames = True

    def __init__(self, hub: Hub, patience: float) -> None:
        self.hub = hub
        self.patience = patience
        self.ends: dict[tuple[str, str], SocketEnd] = {}
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
        broker = cls(around.hub, around.patience)
        stack.push_async_callback(broker._dismiss)
        for name, store in stores.items():
            processes = store.resource.clients[store.number].members
            await broker._open(name, processes)
        return broker

    async def _open(self, name: str, processes: Sequence[str]) -> None:
        for process, end in zip(processes, await self.hub.connect(), strict=False):
            self.ends[name, process] = end

    async def reopen(self, name: str) -> None:
        """Open a connection anew, if it is closed. What was not read of the old one is lost."""
        async with self._opening:
            old = {process: end for (each, process), end in self.ends.items() if each == name}
            if any(end.is_open for end in old.values()):
                return
            for end in old.values():
                await end.dismiss()
            await self._open(name, tuple(old))

    async def _dismiss(self) -> None:
        for end in self.ends.values():
            await end.dismiss()

    def client(self, process: str) -> Client:
        return _WebSocketClient(self, process)

    @property
    def inboxes(self) -> Sequence[Inbox]:
        return [end.inbox for end in self.ends.values()]

    async def settle(self, waiting: Collection[str]) -> bool:
        for end in self.ends.values():
            await end.fence()
        return True


class _WebSocketClient(Client):
    def __init__(self, broker: WebSocketBroker, process: str) -> None:
        self._broker = broker
        self._process = process

    def _end(self, store: Store) -> SocketEnd:
        return self._broker.ends[store.name, self._process]

    def inbox(self, store: Store, command: Command) -> Inbox | None:
        return self._end(store).inbox if command.name == "recv" else None

    async def perform(self, store: Store, request: Request, patience: float | None) -> Value:
        end = self._end(store)
        match request.call.command:
            case "connect":
                await self._broker.reopen(store.name)
                return None
            case "send" | "send_all":
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

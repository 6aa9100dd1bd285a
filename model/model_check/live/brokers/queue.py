"""A queue between processes: it stands in the memory of this one."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Self

from ...language.tree.spec import Resource
from ..errors import LiveError
from .contract import Broker, Client, Request, Store, Surroundings
from .payload import Value

__all__ = ["QueueBroker"]


class QueueBroker(Broker):
    """The queues of a session."""

    runs_freely = False

    def __init__(self, stores: Mapping[str, Store]) -> None:
        self.queues: dict[str, deque[Value]] = {name: deque() for name in stores}

    @staticmethod
    def stands_behind(resource: Resource) -> bool:
        return resource.kind == "queue"

    @classmethod
    async def prepare(
        cls,
        stores: Mapping[str, Store],
        around: Surroundings,
        initial: Mapping[str, Value],
        stack: AsyncExitStack,
    ) -> Self:
        return cls(stores)

    def client(self, process: str) -> Client:
        return _QueueClient(self.queues)


class _QueueClient(Client):
    def __init__(self, queues: Mapping[str, deque[Value]]) -> None:
        self._queues = queues

    async def perform(self, store: Store, request: Request, patience: float | None) -> Value:
        items = self._queues[store.name]
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

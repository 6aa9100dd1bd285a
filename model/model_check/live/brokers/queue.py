"""A queue between processes: it stands in the memory of this one."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from typing import Self

from ...language.tree.expressions import Compare, Literal
from ...language.tree.spec import Resource
from ...language.tree.statements import Await
from ..errors import LiveError
from .contract import (
    Broker,
    Client,
    Outcome,
    RefusedError,
    Request,
    Store,
    Surroundings,
    Undo,
    Wanted,
)
from .payload import Value

__all__ = ["QueueBroker"]


class QueueBroker(Broker):
    """The queues of a session."""

    def __init__(self, stores: Mapping[str, Store], initial: Mapping[str, Value]) -> None:
        self.queues: dict[str, deque[Value]] = {}
        for name in stores:
            items = initial[name]
            assert isinstance(items, list)
            self.queues[name] = deque(items)

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
        return cls(stores, initial)

    @staticmethod
    def can_go_wrong(resource: Resource, what: str) -> bool:
        return what in _FAULTS

    async def goes_wrong(self, store: Store, what: str, wanted: Wanted) -> Value:
        items = self.queues[store.name]
        outcomes = list(_FAULTS[what](list(items)))
        if not outcomes:
            raise RefusedError(f"{store.name} has too few items for that")
        chosen = wanted.outcome(store.name, outcomes)
        assert isinstance(chosen.left, list)
        self.queues[store.name] = deque(chosen.left)
        return chosen.answer

    def client(self, process: str, *, shared: bool = False) -> Client:
        return _QueueClient(self.queues)


def _loses(items: list[Value]) -> Iterator[Outcome]:
    for place, item in enumerate(items):
        yield Outcome(item, items[:place] + items[place + 1 :])


def _duplicates(items: list[Value]) -> Iterator[Outcome]:
    for item in items:
        yield Outcome(item, [*items, item])


def _reorders(items: list[Value]) -> Iterator[Outcome]:
    for place in range(len(items) - 1):
        first, second = items[place : place + 2]
        yield Outcome(first, [*items[:place], second, first, *items[place + 2 :]])


_FAULTS = {"loses": _loses, "duplicates": _duplicates, "reorders": _reorders}


def _room(store: Store) -> int | None:
    """How many items a queue has room for; None: as many as come. The kind's `put` says so."""
    first = store.resource.commands[store.number]["put"].run[0]
    match first:
        case Await(condition=Compare(operator="<", right=Literal(value=bound))):
            return bound
    return None


class _QueueClient(Client):
    def __init__(self, queues: Mapping[str, deque[Value]]) -> None:
        self._queues = queues

    def is_ready(self, store: Store, request: Request) -> bool:
        items = self._queues[store.name]
        match request.call.command:
            case "put":
                room = _room(store)
                return room is None or len(items) < room
            case "get":
                return bool(items)
        return True

    async def undo(self, store: Store, request: Request) -> Undo:
        items = self._queues[store.name]
        before = list(items)

        async def restore() -> bool:
            items.clear()
            items.extend(before)
            return True

        return restore

    async def perform(self, store: Store, request: Request, patience: float | None) -> Value:
        items = self._queues[store.name]
        match request.call.command:
            case "put":
                if not self.is_ready(store, request):
                    raise TimeoutError
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

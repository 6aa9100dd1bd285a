"""One run's surroundings: its keys on the server, its sockets and its workers, and their end.

Whatever happens inside, the session's keys are deleted and its connections closed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from ...language.tree import Spec
from ..brokers.broker_state import Store, fill, kept_keys, measure, refuse_foreign, stores_of
from ..brokers.connection import Connection
from ..brokers.payload import Value
from ..brokers.server import Server
from ..brokers.sockets import Hub, SocketEnd
from ..brokers.vetting import vet
from ..errors import ServerError
from .workers import Surroundings, Worker

__all__ = ["Session", "session"]

CLEANING_PATIENCE = 10.0
"""Seconds to wait for a server that is to delete our keys: longer than for anything else."""


@dataclass(frozen=True)
class Session:
    """What a run works with; `workers` by process instance."""

    workers: Mapping[str, Worker]
    surroundings: Surroundings

    @property
    def control(self) -> Connection:
        """A connection that is nobody's, to look and to clean up."""
        return self.surroundings.control

    async def measure(self) -> dict[str, Value]:
        """What the server holds now, by variable."""
        return await measure(self.surroundings.stores, self.control)


@asynccontextmanager
async def session(
    spec: Spec,
    server: Server,
    hub: Hub,
    initial: Mapping[str, Value],
    instances: Sequence[str],
    patience: float,
) -> AsyncIterator[Session]:
    """A new session with the model's initial content. Raises LiveError, ServerError, and
    SpecError where the spec's commands are none to be sent."""
    vet(spec)
    stores = stores_of(spec)
    async with AsyncExitStack() as stack:
        control = await Connection.open(server, patience)
        stack.push_async_callback(control.close)
        await refuse_foreign(stores, control)
        stack.push_async_exit(_Cleaning(stores, server))
        await fill(stores, initial, control)
        ends = await _connected(stores, hub, stack)
        around = Surroundings(server, patience, control, stores, ends)
        workers = {}
        for name in instances:
            workers[name] = Worker(name, around)
            stack.push_async_callback(workers[name].close)
        yield Session(workers, around)


class _Cleaning:
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


async def _connected(
    stores: Mapping[str, Store], hub: Hub, stack: AsyncExitStack
) -> dict[tuple[str, str], SocketEnd]:
    """A WebSocket for each resource that is one, by resource and process instance."""
    ends: dict[tuple[str, str], SocketEnd] = {}
    for name, store in stores.items():
        if store.kind == "websocket":
            for client, end in zip(
                store.resource.clients[store.number].members, await hub.connect(), strict=False
            ):
                ends[name, client] = end
                stack.push_async_callback(end.dismiss)
    return ends

"""What a real WebSocket says to the same commands: both ends of one, by the package websockets.

They are the workers of a replay, with their ends of a connection on loopback.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from types import TracebackType

from model_check.language.tree.spec import Spec
from model_check.live.brokers.contract import RefusedError, Request, Surroundings
from model_check.live.brokers.payload import Value
from model_check.live.brokers.registry import stores_of
from model_check.live.brokers.server import Server
from model_check.live.brokers.sockets import Hub, SocketEnd
from model_check.live.brokers.websocket import WebSocketBroker
from model_check.live.runs.workers import Worker

from .model import Event, Said
from .servers import PATIENCE, DifferentError

__all__ = ["RealSockets"]


class RealSockets:
    """A server of WebSockets. Use as `with RealSockets() as real`."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._hub = Hub(PATIENCE)

    def __enter__(self) -> RealSockets:
        self._loop.run_until_complete(self._hub.__aenter__())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.run_until_complete(self._hub.__aexit__(kind, error, trace))
        self._loop.close()

    def check(self, spec: Spec, said: Said) -> None:
        """Do what the clients do in a sequence, on a new connection. Raises DifferentError
        where the real one says something else."""
        self._loop.run_until_complete(self._check(spec, said))

    async def _check(self, spec: Spec, said: Said) -> None:
        stores = stores_of(spec)
        async with AsyncExitStack() as stack:
            nowhere = Server("", "", "", own=True)
            around = Surroundings(nowhere, self._hub, PATIENCE)
            broker = await WebSocketBroker.prepare(stores, around, {}, stack)
            for event in said.events:
                ends = list(broker.ends.values())
                if event.breaks:
                    await _arrived(ends)
                    await ends[event.client].break_off()
                    for end in ends:
                        await end.closed()
                    continue
                name = f"client[{event.client}]"
                client = broker.client(name)
                worker = Worker(name, {n: (each, client) for n, each in stores.items()})
                await self._happen(worker, event, ends)
            await self._compare_content(broker.ends, said)

    async def _happen(self, worker: Worker, event: Event, ends: list[SocketEnd]) -> None:
        (asked,) = event.asked
        if event.waits:
            await _arrived(ends)
            inbox = worker.inbox(asked)
            assert inbox is not None
            if inbox.items:
                raise DifferentError(f"nothing has come by the kind, really {inbox.items[0]}")
            return
        if asked.call.command == "close":
            # What was sent before is there, or it is lost: the model has it there.
            await _arrived(ends)
        found = await _said(worker, asked)
        if found != event.results[0]:
            raise DifferentError(
                f"{asked.call.command} answers {found} really, {event.results[0]} by the kind"
            )

    async def _compare_content(self, ends: Mapping[tuple[str, str], SocketEnd], said: Said) -> None:
        await _arrived(list(ends.values()))
        for (store, member), end in ends.items():
            expected = said.content[f"{store}.inbox[{member}]"]
            assert isinstance(expected, list)
            if len(end.inbox.items) != len(expected):
                raise DifferentError(
                    f"{len(end.inbox.items)} frames wait at {member} really,"
                    f" {len(expected)} by the kind"
                )


async def _arrived(ends: list[SocketEnd]) -> None:
    """Wait until all that was sent has come."""
    for end in ends:
        await end.fence()


async def _said(worker: Worker, asked: Request) -> Value:
    try:
        return await worker.perform(asked, PATIENCE)
    except TimeoutError as error:
        raise DifferentError(f"{asked.call.command} waits really, not by the kind") from error
    except RefusedError as error:
        raise DifferentError(str(error)) from error

"""From a spec to the brokers and the workers of one run, and their end.

Whatever happens inside, the session's keys are deleted and its connections closed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from ...language.tree.spec import Spec
from ..brokers.contract import Broker, Client, Store, Surroundings
from ..brokers.payload import Value
from ..brokers.registry import BROKERS, broker_of, stores_of
from ..brokers.vetting import vet
from .workers import Worker

__all__ = ["Session", "session"]


@dataclass(frozen=True)
class Session:
    """What a run works with; `workers` by process instance, and by what is under way on a
    connection; `stores` by the shown name of the resource."""

    workers: Mapping[str, Worker]
    brokers: Sequence[Broker]
    stores: Mapping[str, tuple[Store, Broker]]

    async def content(self) -> dict[str, Value]:
        """What stands in the resources now, by variable. Raises LiveError."""
        found: dict[str, Value] = {}
        for each in self.brokers:
            found |= await each.content()
        return found

    def arrivals(self) -> list[int]:
        """How much has arrived so far, at each place where something may."""
        return [inbox.arrivals for each in self.brokers for inbox in each.inboxes]

    async def settle(self, waiting: Sequence[str]) -> bool:
        """Wait until all that was sent has arrived (see `Broker`)."""
        for each in self.brokers:
            if not await each.settle(waiting):
                return False
        return True

    async def require_alive(self) -> None:
        """Raises ServerError where a broker does not answer any more."""
        for each in self.brokers:
            await each.require_alive()


@asynccontextmanager
async def session(
    spec: Spec,
    around: Surroundings,
    initial: Mapping[str, Value],
    clients: Mapping[str, str],
) -> AsyncIterator[Session]:
    """A new session with the model's initial content. `clients`: who works in it, and which client
    of the resources each of them is. Raises LiveError, ServerError, and
    SpecError where the spec's commands are none to be sent."""
    vet(spec)
    stores = stores_of(spec)
    async with AsyncExitStack() as stack:
        brokers: dict[type[Broker], Broker] = {}
        for kind in BROKERS:
            its = {n: each for n, each in stores.items() if broker_of(each.resource) is kind}
            brokers[kind] = await kind.prepare(its, around, initial, stack)
        behind = {n: (each, brokers[broker_of(each.resource)]) for n, each in stores.items()}
        own: dict[str, dict[str, tuple[Store, Client]]] = {}
        named = {each.connection for each in spec.processes}
        for client in dict.fromkeys(clients.values()):
            shared = client in named
            made = {broker: broker.client(client, shared=shared) for broker in brokers.values()}
            own[client] = {n: (store, made[broker]) for n, (store, broker) in behind.items()}
        workers = {name: Worker(name, own[each], each) for name, each in clients.items()}
        for worker in workers.values():
            stack.push_async_callback(worker.close)
        yield Session(workers, list(brokers.values()), behind)

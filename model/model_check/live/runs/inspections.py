"""What an engineer would ask the server, asked at the moments that matter.

Of a channel, how many listen to it: before a message that nobody gets, and after somebody has
subscribed. Of what is kept, all that is there in the end. Each is a command that can be typed into
the server's own client, with its answer.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...language.tree.spec import Command
from ...results.inspections import Inspection, Moment
from ..brokers.contract import Broker, Request, Store
from ..brokers.keys import is_channel
from ..brokers.payload import Value
from ..brokers.wire import is_sent

__all__ = ["Inspector"]


class Inspector:
    """Asks the brokers of a session. `found`: what it has asked, in that order."""

    def __init__(self, stores: Mapping[str, tuple[Store, Broker]]) -> None:
        self._stores = stores
        self.found: list[Inspection] = []

    async def before(self, event: str, request: Request) -> Inspection | None:
        """Look who listens before a command that sends something to a channel; it is told of only
        when that is known to matter (`tell`)."""
        store, _ = self._stores[request.call.resource]
        if request.call.sending or not _sends(store, store.command(request)):
            return None
        return await self._ask("before", event, request.call.resource)

    def tell(self, inspection: Inspection | None, answer: Value) -> None:
        """Keep what was seen before a command that nobody got."""
        if inspection is not None and answer == 0 and not isinstance(answer, bool):
            self.found.append(inspection)

    async def after(self, event: str, request: Request) -> None:
        """Look who listens after somebody has begun or ended to."""
        store, _ = self._stores[request.call.resource]
        if not request.call.sending and _listens(store, store.command(request)):
            inspection = await self._ask("after", event, request.call.resource)
            self.found += [] if inspection is None else [inspection]

    async def at_the_end(self) -> None:
        """Look at all that is kept."""
        for name, (store, _) in self._stores.items():
            inspection = None if is_channel(store.resource) else await self._ask("end", "", name)
            self.found += [] if inspection is None else [inspection]

    async def _ask(self, moment: Moment, event: str, name: str) -> Inspection | None:
        store, broker = self._stores[name]
        asked = await broker.inspect(store)
        return None if asked is None else Inspection(moment, event, name, *asked)


def _sends(store: Store, command: Command) -> bool:
    return is_channel(store.resource) and is_sent(command) and not command.connection


def _listens(store: Store, command: Command) -> bool:
    return is_channel(store.resource) and is_sent(command) and bool(command.connection)

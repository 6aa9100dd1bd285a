"""Whose a connection is, as far as what it did tells.

A program takes a connection from a pool for a command, and gives it back: one connection serves
several processes of a spec, and one process has several. What a connection did says when that is
not so: over one that has subscribed, a client of the old protocol sends nothing but what a
subscriber may send; one that waits at the server is its process's until it is answered; and with
`connection:`, processes have connections that are nobody else's: one to listen, as RESP2 wants it,
and one for all else, so that who sends something over another one has lost the one before. One that
has ended says nothing any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .closings import Closing
from .events import LEAVING, LogEvent
from .holds import GONE, LISTENS, NOBODY, OWN, TALKS, USED, WAITS, Hold, Holds
from .observable_steps import Move, ObservableSteps

__all__ = ["Holder"]

LISTENING = frozenset(
    {
        "PING", "PSUBSCRIBE", "PUNSUBSCRIBE", "QUIT", "RESET", "SSUBSCRIBE", "SUBSCRIBE",
        "SUNSUBSCRIBE", "UNSUBSCRIBE",
    }
)  # fmt: skip
"""What a client of RESP2 may send that has subscribed
(https://redis.io/docs/latest/develop/pubsub/)."""


class Holder:
    """Says who may speak over a connection, and what is known of it afterwards. `servers`: of each
    connection, by number, the number of the log that shows it."""

    def __init__(self, observable: ObservableSteps, servers: Sequence[int]) -> None:
        self._observable = observable
        self._servers = servers
        own = {each.connection for each in observable.spec.processes if each.connection}
        self._own = frozenset(i for i, name in enumerate(observable.clients) if name in own)

    def spoken(self, holds: Holds, connection: int, move: Move, event: LogEvent) -> Holds | None:
        """What is known of connections when this one has carried what a step sends, first this
        line; None where it cannot have been this connection."""
        client = self._observable.owner(move)
        word = event.line.words[0].upper()
        mine = {each for each in holds if each.connection == connection}
        for each in mine:
            if each.kind in (GONE, WAITS):
                return None
            if each.kind == OWN and each.client != client:
                return None
            if each.kind == USED and client in self._own:
                return None
            if each.kind == LISTENS and each.client != client and word in LISTENING:
                return None
        # Who sends what a subscriber may not send, over a connection that has subscribed, has
        # another protocol, or another connection with the same address.
        gone = {each for each in mine if each.kind == LISTENS and word not in LISTENING}
        for said in move.sends:
            command = self._observable.command(said)
            if command.connection:
                here = Hold(connection, LISTENS, client, said.store)
                if command.wire.split()[0].upper() in LEAVING:
                    gone.add(here)
                else:
                    mine.add(here)
        if client in self._own and word not in LISTENING:
            holds = self._without(holds, self._left_behind(holds, connection, client))
            mine.add(Hold(connection, TALKS, client, ""))
        if self._own:
            mine.add(Hold(connection, OWN, client, "") if client in self._own
                     else Hold(connection, USED, NOBODY, ""))  # fmt: skip
        if move.waits:
            mine.add(Hold(connection, WAITS, move.instance, move.sends[-1].store))
        return self._with(holds, connection, mine - gone)

    def _left_behind(self, holds: Holds, connection: int, client: int) -> set[int]:
        """The connections to the same server over which a client with its own has sent what it now
        sends over this one."""
        return {
            each.connection
            for each in holds
            if (each.kind, each.client) == (TALKS, client)
            and each.connection != connection
            and self._servers[each.connection] == self._servers[connection]
        }

    @staticmethod
    def _with(holds: Holds, connection: int, mine: set[Hold]) -> Holds:
        others = {each for each in holds if each.connection != connection}
        return tuple(sorted(others | mine)) if mine or len(others) < len(holds) else holds

    def moved(self, holds: Holds, move: Move) -> Holds:
        """What is known after a step that no log shows: what its instance waited for has come."""
        if not any(each.kind == WAITS and each.client == move.instance for each in holds):
            return holds
        return tuple(h for h in holds if (h.kind, h.client) != (WAITS, move.instance))

    def closed(self, holds: Holds, closing: Closing, used: dict[int, bool]) -> Iterator[Holds]:
        """What is known when connections have ended: one for each that may be meant. `used`: the
        connections that have carried commands of the resource instance until now (all, where all
        resources are meant), and whether something was subscribed over them."""
        observable = self._observable
        if not closing.client:
            everyone = {Hold(each, GONE, NOBODY, "") for each in used}
            yield tuple(sorted(everyone | {h for h in holds if h.connection not in used}))
            return
        client = observable.clients.index(closing.client)
        mine = [each for each in holds if self._is_of(each, client)]
        if not closing.store:
            yield self._without(holds, {each.connection for each in mine})
            return
        # What was subscribed is gone, or what waits: so it is that connection, where there is one.
        bound = {h.connection for h in mine if h.kind != OWN and h.store == closing.store}
        own = {h.connection for h in mine if h.kind == OWN and h.connection in used}
        bound = bound or {each for each in own if used[each]} or own
        for each in sorted(bound):
            yield self._without(holds, {each})
        if not bound:
            yield holds

    def _is_of(self, hold: Hold, client: int) -> bool:
        if hold.kind == WAITS:
            observable = self._observable
            return observable.owners[hold.client] == observable.clients[client]
        return hold.kind in (LISTENS, OWN) and hold.client == client

    @staticmethod
    def _without(holds: Holds, ended: set[int]) -> Holds:
        if not ended:
            return holds
        left = {each for each in holds if each.connection not in ended}
        return tuple(sorted(left | {Hold(each, GONE, NOBODY, "") for each in ended}))

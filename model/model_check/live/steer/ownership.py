"""Whose a connection is, as far as the turns say that went over it."""

from __future__ import annotations

from collections.abc import Collection

from ...language.tree.spec import Spec
from ..brokers.keys import instances_on_server
from ..proxy.gate import Connection
from .turns import ScheduledTurn

__all__ = ["Ownership"]


class Ownership:
    """Who has spoken over which connection, and who listens there."""

    def __init__(self, spec: Spec) -> None:
        self._owners: dict[int, str] = {}
        self._spoke: dict[str, set[int]] = {}
        self._listeners: dict[tuple[int, str], dict[str, None]] = {}
        self._apart = {
            (store, name)
            for store, resource, number in instances_on_server(spec)
            for name, command in resource.commands[number].items()
            if command.connection
        }

    def spoke(self, connection: Connection, turn: ScheduledTurn) -> None:
        """Take in that a turn goes over a connection."""
        self._spoke.setdefault(turn.instance, set()).add(connection.number)
        if not self._is_apart(turn):
            self._owners[connection.number] = turn.instance
        for each in turn.sends:
            place = (connection.number, each.store)
            self._listeners.setdefault(place, {})[turn.instance] = None

    def closed(self, connection: Connection) -> None:
        """Take in that nobody listens over a connection any more."""
        for place in [each for each in self._listeners if each[0] == connection.number]:
            del self._listeners[place]

    def owner(self, connection: Connection) -> str:
        """Whose turn a connection carried last; "" for nobody's."""
        return self._owners.get(connection.number, "")

    def spoke_over(self, instance: str) -> Collection[int]:
        """The numbers of the connections that have carried turns of a process."""
        return self._spoke.get(instance, ())

    def listeners(self, connection: Connection, store: str) -> tuple[str, ...]:
        """Who listens to a channel over a connection: several, where they share it."""
        return tuple(self._listeners.get((connection.number, store), ()))

    def rank(self, connection: Connection, turn: ScheduledTurn) -> int:
        """How well a connection fits a turn: 0 for the process's own, and for any that is nobody's
        where it has none, or speaks over another one than usual (a subscriber); 1 for one that is
        nobody's, 2 for another process's."""
        owner = self.owner(connection)
        if owner == turn.instance:
            return 0
        if owner:
            return 2
        alone = self._is_apart(turn) or turn.instance not in self._owners.values()
        return 0 if alone else 1

    def _is_apart(self, turn: ScheduledTurn) -> bool:
        """Whether a turn is sent over another connection than the usual one of its process."""
        return any((each.store, each.command) in self._apart for each in turn.sends)

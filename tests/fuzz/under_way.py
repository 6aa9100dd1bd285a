"""What was sent and not waited for: under way on a connection, and done in its order.

A client has one connection to each server, and one more for what it subscribes to. A command with
`wait=False` is put on it, and is done later, by a step of the connection's own; one that is waited
for comes behind all that is under way there. What goes with a connection never arrives.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

from model_check.language.tree.spec import Command, Resource

__all__ = ["Sent", "UnderWay", "Wire", "sent_on", "without", "words_of"]


class Wire(NamedTuple):
    """A connection: of which client, to which server, and which of those that it has there."""

    client: str
    server: str
    word: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A command under way: the `call` in the text that sent it, by whom, in the step with which
    `label`; to which instance of a resource, with which values."""

    call: int
    process: tuple[str, int]
    label: str
    resource: str
    number: int
    command: str
    given: tuple[Any, ...]

    @property
    def key(self) -> Any:
        """What tells it from others: who of those that share a connection sent it, nobody sees."""
        return self.call, self.number, self.given


UnderWay = dict[Wire, tuple[Sent, ...]]


def sent_on(under_way: UnderWay, wire: Wire, sent: Sent) -> UnderWay:
    """The same, and one more behind the others of its connection."""
    return {**under_way, wire: (*under_way.get(wire, ()), sent)}


def without(
    under_way: UnderWay,
    *,
    clients: Collection[str] | None = None,
    server: str | None = None,
    words: Collection[str] | None = None,
) -> UnderWay:
    """What is left where connections go: those of these clients, to this server, and of these
    words; None: of all."""
    return {
        wire: sent
        for wire, sent in under_way.items()
        if (clients is not None and wire.client not in clients)
        or (server is not None and wire.server != server)
        or (words is not None and wire.word not in words)
    }


def words_of(resource: Resource, number: int) -> set[str]:
    """The connections that are used for an instance of a resource, of those that a client has."""
    commands: Collection[Command] = resource.commands[number].values()
    return {each.connection for each in commands}

"""From commands that are only sent to what is under way on a connection.

A connection of a client holds the commands that were sent and have not taken effect, hidden: each
as the number of the place in the programs that sent it, the instance of its resource, and its
arguments. They take effect later, in their order (see `arrivals`), and a command that is
waited for comes behind all of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...language.records import dataclass
from ...language.source.diagnostics import Position
from ...language.tree.expressions import CommandCall
from ...language.tree.spec import Command, Spec
from ...language.tree.statements import Step
from ...language.tree.walk import calls_of, controls_in
from ...language.types import IntType, ListType, RecordType, Type
from ..ir import Const, Expr
from ..ir_builder import equal
from .coercion import appended
from .ir_writer import IRWriter
from .storage import Place, Storage, read, write
from .values import ListValue, RecordValue, ScalarValue, Value, default

__all__ = ["Connection", "Sender", "Sent", "connections_of", "declare_connections", "hidden_name"]

Key = tuple[str, str, str]
"""A connection: of which client, to which server, and which of its connections there."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A place in the program of a process that sends a command and does not wait for it."""

    process: str
    label: str
    call: CommandCall

    def command_in(self, spec: Spec) -> Command:
        """What is sent; of several instances of its resource, those know it that are meant."""
        known = (each.get(self.call.command) for each in spec.resource(self.call.resource).commands)
        return next(each for each in known if each is not None)


@dataclass(frozen=True, slots=True)
class Sender:
    """A process instance that sends on a connection."""

    process: str
    number: int


@dataclass(frozen=True, slots=True)
class Connection:
    """What can be under way on one connection of a client, and where it is kept. `sender`: one of
    those that send."""

    key: Key
    sender: Sender
    sites: tuple[Sent, ...]
    place: Place

    @property
    def _item(self) -> RecordType:
        assert isinstance(self.place.type, ListType)
        assert isinstance(self.place.type.item, RecordType)
        return self.place.type.item

    def _held(self, body: IRWriter) -> ListValue:
        value = read(body, self.place)
        assert isinstance(value, ListValue)
        return value

    def is_idle(self, body: IRWriter) -> Expr:
        """Whether nothing is under way."""
        return equal(self._held(body).length, Const(0))

    def send(self, body: IRWriter, call: CommandCall, number: int, values: Sequence[Value]) -> None:
        """Write that a call sends its command to instance `number` of its resource."""
        site = next(i for i, each in enumerate(self.sites) if each.call.at == call.at)
        held = self._held(body)
        fields: list[Value] = []
        for name, kind in self._item.fields:
            value = default(kind, body.layout)
            if name == "site":
                value = ScalarValue(Const(site), kind)
            elif name == "number":
                value = ScalarValue(Const(number), kind)
            elif name.startswith(f"{site} "):
                value = values[int(name.partition(" ")[2])]
            fields.append(value)
        item = RecordValue(tuple(fields), self._item)
        write(body, self.place, appended(body, held, item, call.at), call.at)

    def drop(self, body: IRWriter, at: Position) -> None:
        """Write that the connection goes: what is under way is lost. (That some of it still
        arrives is the run in which it arrived before.)"""
        write(body, self.place, default(self.place.type, body.layout), at)

    def arguments(self, site: int, item: RecordValue) -> list[Value]:
        """The arguments of a command that was sent from a site."""
        return [
            value
            for (name, _), value in zip(self._item.fields, item.fields, strict=True)
            if name.startswith(f"{site} ")
        ]


def connections_of(spec: Spec) -> dict[Key, tuple[Sender, list[Sent]]]:
    """The connections on which something is sent that nobody waits for, with what is, in the order
    of the programs."""
    found: dict[Key, tuple[Sender, list[Sent]]] = {}
    for process in spec.processes:
        steps = [each for each in controls_in(process.run) if isinstance(each, Step)]
        sites = [
            Sent(process.name, step.label, call)
            for step in steps
            for call in calls_of(step.body)
            if not call.wait
        ]
        for number in range(process.count):
            for site in sites:
                resource = spec.resource(site.call.resource)
                which = site.command_in(spec).connection
                key = (process.client_name(number), resource.server, which)
                found.setdefault(key, (Sender(process.name, number), []))[1].append(site)
    return found


def hidden_name(key: Key) -> str:
    """The hidden variable that holds what is under way on a connection."""
    client, server, which = key
    return f"{client} ({' '.join(filter(None, (server, which)))}, under way)"


def declare_connections(spec: Spec, storage: Storage) -> dict[Key, Connection]:
    """Make room for what is under way."""
    made = {}
    for key, (sender, sites) in connections_of(spec).items():
        # Several instances of a process that share a connection send from the same places; two
        # places of one step may send the same.
        own = tuple({each.call.at: each for each in sites}.values())
        numbers = 1
        fields: list[tuple[str, Type]] = [("site", IntType(0, len(own) - 1))]
        for index, site in enumerate(own):
            resource = spec.resource(site.call.resource)
            numbers = max(numbers, resource.count or 1)
            kinds = tuple(k for _, k in site.command_in(spec).parameters)
            fields += [(f"{index} {place}", kind) for place, kind in enumerate(kinds)]
        fields.append(("number", IntType(0, numbers - 1)))
        name = hidden_name(key)
        kind = ListType(RecordType(tuple(fields)))
        place = storage.add(name, "", kind, hidden=True)
        made[key] = Connection(key, sender, own, place)
    return made

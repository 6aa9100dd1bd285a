"""From what is under way on connections to the steps in which it takes effect.

Each connection is an instance of its own beside those of the processes, and acts as surely as a
process does: what was sent arrives, if nobody breaks the connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...language.tree.spec import ARRIVES
from ...language.types import IntType
from ..core import Action, Instance, Location, Step
from ..ir import Const, Emit
from ..ir_builder import ONE, ZERO, equal, op
from .calls import deliver
from .ir_writer import IRWriter
from .scope import LoweringScope, World
from .storage import read, write
from .under_way import Connection
from .values import ListValue, RecordValue, ScalarValue, item_at, unpack

__all__ = ["Arrivals"]


class Arrivals:
    """The instances and steps of all connections, put behind those that there are."""

    def __init__(
        self,
        world: World,
        instances: list[Instance],
        steps: list[Step],
        finish: Callable[[LoweringScope], None],
        guard: Callable[[IRWriter], None],
    ) -> None:
        self.world = world
        self.finish = finish
        """Writes what commands do when the step is done."""
        self.guard = guard
        self.todo: list[tuple[Instance, list[Step], Connection]] = []
        for connection in world.connections.values():
            client, server, which = connection.key
            hidden = " ".join(filter(None, (client, "to", server, which)))
            labels = [f"{each.label}{ARRIVES}" for each in connection.sites]
            where = world.storage.raw_field(f"{hidden} (location)", hidden, IntType(0, 0))
            place = Location(0, tuple(dict.fromkeys(labels)), rests=True, ended=False)
            instance = Instance(len(instances), "", 0, client, where, (place,))
            instances.append(instance)
            own = []
            for label, site in zip(labels, connection.sites, strict=True):
                own.append(Step(len(steps), instance.index, label, (), site.call.at))
                steps.append(own[-1])
            self.todo.append((instance, own, connection))

    def actions(self) -> Iterator[Action]:
        """What can arrive: the first of what is under way on each connection."""
        for instance, steps, connection in self.todo:
            for site, step in enumerate(steps):
                body = IRWriter(self.world.tables)
                self.guard(body)
                self._arrives(body, connection, site)
                body.emit(Emit(step.index))
                yield Action(instance.index, 0, (step.index,), body.statements)

    def _arrives(self, body: IRWriter, connection: Connection, site: int) -> None:
        held = read(body, connection.place)
        assert isinstance(held, ListValue)
        body.require(body.name(op("!=", held.length, ZERO)))
        first = unpack(body.name(item_at(held, ZERO)), held.item)
        assert isinstance(first, RecordValue)
        named = dict(zip((name for name, _ in first.type.fields), first.fields, strict=True))
        which, number = named["site"], named["number"]
        assert isinstance(which, ScalarValue)
        assert isinstance(number, ScalarValue)
        body.require(body.name(equal(which.expr, Const(site))))
        shorter = ListValue(
            body.name(op("-", held.length, ONE)),
            body.name(op(">>", held.items, Const(held.item.width))),
            held.item,
            held.type,
            held.bound,
        )
        at = connection.sites[site].call.at
        arguments = connection.arguments(site, first)
        # Read before it is shortened: the arguments are in locals of their own.
        kept = [body.name_value(each) for each in arguments]
        on = body.name(number.expr)
        write(body, connection.place, shorter, at)
        sender = connection.sender
        scope = LoweringScope(self.world, body, sender.process, sender.number)
        call = connection.sites[site].call
        resource = self.world.spec.resource(call.resource)
        for instance, known in enumerate(resource.commands):
            if call.command not in known:
                continue
            with body.block() as block:
                deliver(scope, call, instance, kept)
            body.when(equal(on, Const(instance)) if resource.count else ONE, block, [])
        self.finish(scope)

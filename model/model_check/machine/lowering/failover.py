"""From a server that fails over to what its replica holds then.

A replica has done what the server has, but for the last writes. So beside the data of the server
stands what it was before each of the last steps that changed it, hidden; each such step
moves these on. Who changes data in one step (a command, a MULTI/EXEC, a script) makes one write.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...language.records import dataclass, replace
from ...language.tree import statements as stmts
from ...language.tree.expressions import KindVar
from ...language.tree.spec import Resource, Server
from ...language.tree.walk import root_of, statements_in
from ..core import Action
from ..effects import fields_written
from ..ir import Expr, If, Let, Local, Statement
from ..ir_builder import ZERO, op
from ..names import field_local
from ..rewrite import with_emits
from .scope import World
from .storage import fields_of_place

__all__ = ["Replica", "replica_of"]


@dataclass(frozen=True, slots=True)
class Replica:
    """What stands beside the data of one server: of each of its `fields`, the fields that hold it
    as it was one write ago, two writes ago, and so on."""

    fields: dict[int, tuple[int, ...]]

    def lags(self) -> int:
        """How many writes ago it goes back."""
        return max((len(each) for each in self.fields.values()), default=0)

    def taking_over(self, lag: int) -> Iterator[Statement]:
        """The replica takes over without the last `lag` writes."""
        for field, before in self.fields.items():
            if lag:
                yield Let(field_local(field), Local(field_local(before[lag - 1])))

    def begun(self, initial: tuple[Statement, ...]) -> tuple[Statement, ...]:
        """What makes the first states, in which the replica has all that there is."""
        copied = [
            Let(field_local(each), Local(field_local(field)))
            for field, before in self.fields.items()
            for each in before
        ]
        return with_emits(initial, lambda emit: (*copied, emit))

    def moved_on(self, action: Action) -> Action:
        """An action that moves on what the replica holds, where it changes data."""
        changed = sorted(self.fields.keys() & fields_written(action.body))
        if not changed or not self.lags():
            return action
        if action.fault:
            return self._happened(action, changed)
        old = {field: f"old_{field_local(field)}" for field in self.fields}
        copies = [Let(name, Local(field_local(field))) for field, name in old.items()]
        differs: Expr = ZERO
        for field in changed:
            differs = op("|", differs, op("!=", Local(field_local(field)), Local(old[field])))
        moves: list[Statement] = []
        for field, before in self.fields.items():
            for later, sooner in zip(reversed(before), [*reversed(before[:-1]), None], strict=True):
                name = old[field] if sooner is None else field_local(sooner)
                moves.append(Let(field_local(later), Local(name)))
        moved = If(differs, tuple(moves))
        body = with_emits(action.body, lambda emit: (moved, emit))
        return replace(action, body=(*copies, *body))

    def _happened(self, action: Action, changed: Sequence[int]) -> Action:
        """A fault, such as a key that runs out, in which data has changed: it happens to the
        replica too. One that takes over is its own replica then."""
        too = [
            Let(field_local(each), Local(field_local(field)))
            for field in changed
            for each in self.fields[field]
        ]
        return replace(action, body=with_emits(action.body, lambda emit: (*too, emit)))


def replica_of(world: World, server: Server) -> Replica:
    """Make room for what stands beside the data of a server."""
    fields: dict[int, tuple[int, ...]] = {}
    for resource in world.spec.resources:
        if resource.server != server.name:
            continue
        for number in range(resource.count or 1):
            for name in _data(resource, number):
                place = world.stored[resource.name, number, name]
                copies = [
                    fields_of_place(world.storage.add_copy(place, f"({lag} ago)"))
                    for lag in range(1, server.loses_last + 1)
                ]
                for field, *before in zip(fields_of_place(place), *copies, strict=True):
                    fields[field] = tuple(before)
    return Replica(fields)


def _data(resource: Resource, number: int) -> list[str]:
    """The variables that a server copies to its replica: those that no connection owns, which is
    what its end changes."""
    lost = resource.disconnected[number]
    owned = set()
    for statement in statements_in(() if lost is None else lost.run):
        if isinstance(statement, stmts.Assign):
            root = root_of(statement.target)
            if isinstance(root, KindVar):
                owned.add(root.name)
    return [each.name for each in resource.state[number] if each.name not in owned]

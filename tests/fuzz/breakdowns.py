"""What goes wrong in a state: processes crash, connections break, resources lose what they hold.

From a state come the ones that it may lead to, one for each way that something can go wrong, as
often as it still may. `faults` says what each of them does to what is stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from model_check.language.tree.spec import FAILOVER, Crashes, Resource, Spec

from .beginning import first_values
from .control import Control
from .evaluate import publish_event
from .faults import Budget, broken_kinds, connection_broken, connection_lost
from .places import Location, Sequence
from .replicas import changed_by_fault, taken_over
from .states import Fired, State, is_alive
from .threads import Who
from .under_way import without, words_of
from .world import FailedError, Frame, Line, World

__all__ = ["Breakdowns"]


class Breakdowns:
    """What may go wrong in a spec."""

    def __init__(self, spec: Spec, control: Control) -> None:
        self.spec = spec
        self.control = control
        self.broken = [*broken_kinds(spec)]

    def declared(self, state: State) -> Iterator[tuple[Who, str]]:
        """All that is declared, however often it has happened."""
        for who, place in state.places.items():
            crashes = self.spec.process(who[0]).crashes
            if crashes is not None and crashes.most != 0 and is_alive(state, who, place):
                yield who, "crashes"
        for each in self.broken:
            yield (each.resource, each.number), each.label
        for owner, label, _, _ in self._lines(state):
            yield owner, label
        for server in self.spec.servers:
            yield (server.name, 0), FAILOVER

    def _lines(self, state: State) -> Iterator[tuple[Who, str, tuple[str, ...], int | None]]:
        """The connections that may break, if a client of theirs is there: of which instance of a
        resource, the label of that, the clients, and how often."""
        there = {
            self.spec.process(who[0]).client_name(who[1])
            for who, place in state.places.items() if place.point is not None
        }  # fmt: skip
        for resource in self.spec.resources:
            breaks = resource.disconnects
            for number, users in enumerate(resource.users if breaks is not None else ()):
                assert breaks is not None
                owner = (resource.name, number)
                lines = [(each,) for each in users] if resource.ends is None else [users]
                for line in lines:
                    label = "disconnects" if resource.ends else f"disconnects[{line[0]}]"
                    whole = [c for c in line if c in there and (*owner, c) not in state.world.cut]
                    if whole and breaks.most != 0:
                        yield owner, label, line, breaks.most

    def happen(self, state: State) -> Iterator[Fired]:
        """What may go wrong in a state, once for each way that it can."""
        for who, place in state.places.items():
            crashes = self.spec.process(who[0]).crashes
            if crashes is not None and is_alive(state, who, place):
                budget = (who[0], "crashes")
                if crashes.most is None or state.spent.get(budget, 0) < crashes.most:
                    for after in self.crash(
                        self._after_fault(state, budget, crashes.most), who, crashes
                    ):
                        yield Fired(who, "crashes", (), after, fault=True)
        yield from self._breaks(state)
        yield from self._takes_over(state)
        for each in self.broken:
            if each.most is not None and state.spent.get(each.budget, 0) >= each.most:
                continue
            owner = (each.resource, each.number)
            for stored in each.ways(state.world.stored[owner]):
                after = self._after_fault(state, each.budget, each.most)
                if stored is not None:
                    after.world.stored[owner] |= stored
                    changed_by_fault(after.world, owner, stored)
                    if each.label == "expires":
                        after.world.touch(*owner)
                        frame = Frame(after.world, resource=owner)
                        publish_event("expired", owner, frame)
                    self.control.freeze(after)
                ended = after if stored is not None else None
                yield Fired(owner, each.label, (), ended, fault=True)

    def _after_fault(self, state: State, budget: Budget, most: int | None) -> State:
        after = state.copy()
        if most is not None:
            after.spent[budget] = after.spent.get(budget, 0) + 1
        return after

    def _breaks(self, state: State) -> Iterator[Fired]:
        """Connections that break, once for each way that they can."""
        for owner, label, clients, most in self._lines(state):
            budget = (owner[0], "disconnects")
            if most is None or state.spent.get(budget, 0) < most:
                resource, stored = self.spec.resource(owner[0]), state.world.stored[owner]
                for left in connection_broken(resource, owner[1], clients, stored):
                    after = self._after_fault(state, budget, most)
                    after.world.stored[owner] |= left
                    after.world.cut |= {(*owner, each) for each in clients}
                    for each in clients:
                        after.world.forget(client=each, server=resource.server)
                    after.world.under_way = without(
                        after.world.under_way, clients=clients, server=resource.server,
                        words=words_of(resource, owner[1]),
                    )  # fmt: skip
                    yield Fired(owner, label, (), self.control.freeze(after), fault=True)

    def _takes_over(self, state: State) -> Iterator[Fired]:
        """A replica takes over from a server, and is its own replica then. All connections to it
        go; who calls something that `disconnects` will meet that."""
        for server in self.spec.servers:
            budget = (server.name, FAILOVER)
            if server.most is not None and state.spent.get(budget, 0) >= server.most:
                continue
            for world in taken_over(self.spec, state.world, server):
                after = self._after_fault(state, budget, server.most)
                after.world = world
                world.under_way = without(world.under_way, server=server.name)
                world.forget(server=server.name)
                for resource in self.spec.resources:
                    if resource.server == server.name:
                        self._cut_off(resource, world)
                self.control.freeze(after)
                yield Fired((server.name, 0), FAILOVER, (), after, fault=True)

    def _cut_off(self, resource: Resource, world: World) -> None:
        for number in range(resource.count or 1):
            stored = world.stored[resource.name, number]
            for client in resource.clients[number].members:
                (left,) = connection_lost(resource, number, client, stored)
                stored |= left
            if resource.disconnects is not None:
                world.cut |= {(resource.name, number, each) for each in resource.users[number]}

    def crash(
        self, state: State, who: Who, crashes: Crashes, spared: Line | None = None
    ) -> Iterator[State | None]:
        """One for each choice of what was lost under way, and of first values; None for a failure.
        The connection of which it crashes is `spared`."""
        process = self.spec.process(who[0])
        client = process.client_name(who[1])
        held = [
            ((each.name, number), each) for each in self.spec.resources
            for number in range(each.count or 1)
            if spared is None or spared[:2] != (each.name, number)
        ]  # fmt: skip
        lost = [
            connection_lost(resource, owner[1], client, state.world.stored[owner])
            for owner, resource in held
        ]
        forgotten = [each for each in process.vars if each.name not in crashes.keeps]
        for stored in product(*lost):
            world = state.copy().world
            options = [first_values(each, Frame(world, *who)) for each in forgotten]
            for values in product(*options):
                after = state.copy()
                after.world.under_way = without(after.world.under_way, clients=(client,))
                after.world.forget(client=client)
                for (owner, resource), left in zip(held, stored, strict=True):
                    after.world.stored[owner] |= left
                    self._meet_the_end(after, resource, owner, client)
                for variable, value in zip(forgotten, values, strict=True):
                    after.world.own[who][variable.name] = value
                for thread in [each for each in after.places if each[:2] == who]:
                    del after.places[thread]
                after.places[who] = Location(None, crashed=True)
                try:
                    if crashes.restarts:
                        again = Sequence(process.run, 0, None)
                        after.places[who] = self.control.location(again, after, who)
                    self.control.freeze(after)
                except FailedError:
                    yield None
                else:
                    yield after

    def _meet_the_end(self, after: State, resource: Resource, owner: Who, client: str) -> None:
        """Who shares a connection with a client that is gone, will meet that."""
        users = resource.users[owner[1]] if resource.disconnects is not None else ()
        if client in users:
            after.world.cut -= {(*owner, client)}
            if resource.ends is not None:
                after.world.cut |= {(*owner, each) for each in users if each != client}

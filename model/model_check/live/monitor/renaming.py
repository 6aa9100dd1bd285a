"""From a reading of a log to one that is the same up to the names of instances that are alike.

Of all readings that differ in such names alone, one is followed: that in which the instances stand
in the order of what they hold (a canonical state: Ip and Dill, 1996). Which names were changed on
the way is kept, so that a run can be told with one name for each instance.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ...language.types import EnumType, SetType, Type, parts_of
from ...machine.core import Machine, StateVariable
from .holds import WAITS, Holds

__all__ = ["Names", "Renaming"]

Names = tuple[tuple[int, ...], ...]
"""For each process whose instances are alike, the number that each of them now has; () where none
has another one."""
Bits = tuple[int, int]
"""Where in a state, and a mask."""


@dataclass(frozen=True, slots=True)
class _Group:
    """A process: of each instance, in the same order, the `bits` of all that it holds, and the
    numbers of its machine `instances`; its number as a client; and how its instances are called."""

    process: str
    bits: tuple[tuple[Bits, ...], ...]
    instances: tuple[tuple[int, ...], ...]
    clients: tuple[int, ...]

    def marks(self, holds: Holds) -> dict[int, list[tuple[int, str, str, int]]]:
        """What is known of the connections of each, but whose they are."""
        found: dict[int, list[tuple[int, str, str, int]]] = {}
        for each in holds:
            rows = self.instances if each.kind == WAITS else [(one,) for one in self.clients]
            for number, row in enumerate(rows):
                if each.client in row:
                    mark = (each.connection, each.kind, each.store, row.index(each.client))
                    found.setdefault(number, []).append(mark)
        return found


class Renaming:
    """Renames what a machine's states, steps and connections say of instances that are alike.
    `processes`: those whose instances are (it may find that it cannot rename some); `clients`: the
    names of all clients, by number."""

    def __init__(self, machine: Machine, processes: Iterable[str], clients: Sequence[str]) -> None:
        self._machine = machine
        made = (_group(machine, each, clients) for each in processes)
        self._groups = tuple(each for each in made if each is not None)
        self.alike = frozenset(client for each in self._groups for client in each.clients)
        """The numbers of the clients that may have other names."""

    def canonical(
        self, state: int, holds: Holds, fixed: frozenset[int] = frozenset()
    ) -> tuple[int, Holds, Names]:
        """The same with other names, and which; the clients that are `fixed` keep theirs."""
        names: list[tuple[int, ...]] = []
        changed = False
        for group in self._groups:
            rows = [[state >> offset & mask for offset, mask in each] for each in group.bits]
            known = group.marks(holds) if holds else {}
            free = [n for n, client in enumerate(group.clients) if client not in fixed]
            order = [*range(len(rows))]
            sort = sorted(free, key=lambda n: (rows[n], known.get(n, [])))
            for number, old in zip(free, sort, strict=True):
                order[number] = old
            names.append(_inverse(order))
            for number, old in enumerate(order):
                if number != old:
                    changed = True
                    for (offset, mask), value in zip(group.bits[number], rows[old], strict=True):
                        state = state & ~(mask << offset) | value << offset
        if not changed:
            return state, holds, ()
        return state, self._renamed(holds, names), tuple(names)

    def _renamed(self, holds: Holds, names: Sequence[tuple[int, ...]]) -> Holds:
        instances: dict[int, int] = {}
        clients: dict[int, int] = {}
        for group, numbers in zip(self._groups, names, strict=True):
            for old, new in enumerate(numbers):
                clients[group.clients[old]] = group.clients[new]
                instances.update(zip(group.instances[old], group.instances[new], strict=True))
        found = []
        for each in holds:
            meant = instances if each.kind == WAITS else clients
            found.append(each._replace(client=meant.get(each.client, each.client)))
        return tuple(sorted(found))

    @staticmethod
    def together(first: Names, then: Names) -> Names:
        """Names that were changed, and then once more."""
        if not first or not then:
            return first or then
        return tuple(
            tuple(after[each] for each in before) for before, after in zip(first, then, strict=True)
        )

    def told(self, instance: int, step: int, names: Names) -> tuple[int, int]:
        """A step of an instance, by number, with the names that there were before these were
        given."""
        if not names:
            return instance, step
        label, whose = self._machine.steps[step].label, instance
        for group, numbers in zip(self._groups, names, strict=True):
            old = _inverse(numbers)
            label = _called(group.process, lambda n: old[n])(label)  # noqa: B023
            for number, row in enumerate(group.instances):
                if instance in row:
                    whose = group.instances[old[number]][row.index(instance)]
        steps = _steps(self._machine, instance)
        if whose != instance:
            return whose, _steps(self._machine, whose)[steps.index(step)]
        return whose, next((n for n in steps if self._machine.steps[n].label == label), step)


def _others(name: str, process: str, count: int) -> Iterator[str]:
    """What is the same of all instances as what is called so of one; nothing where it is of
    none."""
    if _called(process, lambda _: 0)(name) != name or _called(process, lambda _: 1)(name) != name:
        for number in range(count):
            yield _called(process, lambda _: number)(name)  # noqa: B023


def _called(process: str, number: Callable[[int], int]) -> Callable[[str], str]:
    """Puts other numbers of instances of a process into a text."""
    pattern = rf"(?<!\w){re.escape(process)}\[(\d+)\]"
    return lambda text: re.sub(pattern, lambda m: f"{process}[{number(int(m[1]))}]", text)


def _inverse(order: Sequence[int]) -> tuple[int, ...]:
    return tuple(order.index(each) for each in range(len(order)))


def _steps(machine: Machine, instance: int) -> list[int]:
    return [each.index for each in machine.steps if each.instance == instance]


# --- what belongs to an instance ------------------------------------------------------------------


def _group(machine: Machine, process: str, clients: Sequence[str]) -> _Group | None:
    """A process whose instances hold the same things; None where they do not."""
    count = machine.spec.process(process).count
    mine = [machine.spec.process(process).instance_name(n) for n in range(count)]
    instances = [
        tuple(i.index for i in machine.instances if (i.process, i.number) == (process, number))
        for number in range(count)
    ]
    labels = {
        tuple(machine.steps[n].label for i in each for n in _steps(machine, i))
        for each in instances
    }
    places = {tuple(machine.instances[i].locations for i in each) for each in instances}
    bits = _bits(machine, process, mine)
    if bits is None or len(labels) > 1 or len(places) > 1:
        return None
    return _Group(process, bits, tuple(instances), tuple(clients.index(each) for each in mine))


def _bits(
    machine: Machine, process: str, mine: Sequence[str]
) -> tuple[tuple[Bits, ...], ...] | None:
    """Of each instance the bits of all that it holds; None where they are not alike."""
    by_name = {each.name: each for each in machine.variables}
    found: list[list[Bits]] = [[] for _ in mine]
    for variable in machine.variables:
        names = [*_others(variable.name, process, len(mine))]
        if names and variable.name != names[0]:
            if names[0] not in by_name:
                return None
            continue  # it is looked at with that of the first one
        if names:
            rows = [_of(machine, by_name[each], variable) for each in names if each in by_name]
            if len(rows) < len(names):
                return None
        elif isinstance(variable.type, SetType) and isinstance(variable.type.item, EnumType):
            members = variable.type.item.members
            if not any(each in members for each in mine):
                continue
            if not all(each in members for each in mine):
                return None
            rows = [_bit(machine, variable, members.index(each)) for each in mine]
        elif _speaks(variable.type, mine):
            return None
        else:
            continue
        if None in rows or len({_form(row) for row in rows if row is not None}) > 1:
            return None
        for row, bits in zip(rows, found, strict=True):
            bits += [(offset, mask) for offset, mask in row or () if offset >= 0]
    return tuple(map(tuple, found))


def _of(machine: Machine, variable: StateVariable, like: StateVariable) -> list[Bits] | None:
    """Where a variable lies; what has one value everywhere lies nowhere, and is told by that."""
    if variable.shape != like.shape or variable.type != like.type:
        return None
    fields = [machine.fields[each] for each in variable.fields]
    return [(e.offset, e.mask) if e.constant is None else (-1, e.constant) for e in fields]


def _bit(machine: Machine, variable: StateVariable, place: int) -> list[Bits] | None:
    """Where it stands whether an item is in a set."""
    for index in variable.fields:
        field = machine.fields[index]
        if place < field.width:
            if field.constant is not None:
                return [(-1, field.constant >> place & 1)]
            return [(field.offset + place, 1)]
        place -= field.width
    return None


def _form(row: Sequence[Bits]) -> tuple[Bits, ...]:
    return tuple((min(offset, 0), mask) for offset, mask in row)


def _speaks(kind: Type, mine: Sequence[str]) -> bool:
    if isinstance(kind, EnumType):
        return any(each in kind.members for each in mine)
    return any(_speaks(each, mine) for each in parts_of(kind))

"""Two numbers change places in a state: what becomes of every field.

Instance a of each process of a group becomes instance b, and the other way round, with all that is
theirs: their variables and locations, the resources that have their numbers, the entries of dicts
and the members of sets that are such numbers, and every value that is one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...language.records import dataclass
from ..ir import Const, Emit, Expr, Let, Local, Statement
from ..ir_builder import select
from ..names import field_local, temporary_local
from .groups import Group
from .packed import Bits
from .places import Places
from .renaming import Renaming, UnlikeError

__all__ = ["Alike", "Transposition", "transposition"]


@dataclass(frozen=True)
class Transposition:
    """Two numbers of a group change places: `fields[i]` is what field i holds then, of the fields
    before; the others keep their values. `instances[i]` is the instance that instance i becomes,
    `steps[i]` the step that step i does."""

    group: Group
    a: int
    b: int
    fields: Mapping[int, Expr]
    instances: tuple[int, ...]
    steps: tuple[int, ...]

    @property
    def body(self) -> tuple[Statement, ...]:
        """The same as statements."""
        named = [(temporary_local("t", index), index) for index in sorted(self.fields)]
        first = [Let(name, self.fields[index]) for name, index in named]
        then = [Let(field_local(index), Local(name)) for name, index in named]
        return (*first, *then, Emit(-1))


@dataclass(frozen=True, slots=True)
class Alike:
    """Numbers of a group, each two of which can change places; `changes[k]`: number k of them, and
    the one behind it, do."""

    group: Group
    numbers: tuple[int, ...]
    changes: tuple[Transposition, ...]


def transposition(places: Places, group: Group, a: int, b: int) -> Transposition:
    """What becomes of the fields of a machine where two numbers of a group change places. Raises
    UnlikeError where they cannot."""
    spec = places.machine.spec
    counts = [spec.process(each).count for each in group.processes]
    counts += [spec.resource(each).count or 1 for each in group.resources]
    if any((a < count) != (b < count) for count in counts):
        raise UnlikeError(f"not each of {', '.join(group.processes)} has numbers {a} and {b}")
    renaming = Renaming(places.sorts, group, a, b)
    fields = _fields(places, renaming)
    instances = _instances(places, renaming)
    return Transposition(group, a, b, fields, instances, _steps(places, renaming, instances))


def _source(places: Places, renaming: Renaming, variable: int) -> int:
    """The variable that comes in the place of one."""
    name, _ = places.of(variable)
    other = renaming.name(name)
    if other not in places.number:
        raise UnlikeError(f"there is no {other}")
    return places.number[other]


def _fields(places: Places, renaming: Renaming) -> dict[int, Expr]:
    machine = places.machine
    bits = Bits(renaming)
    found: dict[int, Expr] = {}
    for number, variable in enumerate(machine.variables):
        source = machine.variables[_source(places, renaming, number)]
        _, tree = places.of(number)
        if len(source.fields) != len(variable.fields):
            raise UnlikeError(f"{source.name} and {variable.name} are not alike")
        given: list[Expr] = []
        for mine, theirs in zip(variable.fields, source.fields, strict=True):
            one, other = machine.fields[mine], machine.fields[theirs]
            if one.width != other.width or (one.constant is None) != (other.constant is None):
                raise UnlikeError(f"{source.name} and {variable.name} are not alike")
            constant = other.constant
            given.append(Local(field_local(theirs)) if constant is None else Const(constant))
        made = bits.fields(source.shape, variable.shape, tree, iter(given))
        for index, theirs, expr in zip(variable.fields, source.fields, made, strict=True):
            # A field that is no part of the state is read by nobody.
            if machine.fields[index].constant is None:
                moved = _where_live(places, index, theirs, expr)
                if moved != Local(field_local(index)):
                    found[index] = moved
    return found


def _where_live(places: Places, index: int, source: int, expr: Expr) -> Expr:
    """What a field holds whose value comes from that of another: where that is forgotten, it is
    not changed."""
    mine, theirs = places.forgotten.get(index), places.forgotten.get(source)
    if mine is None or theirs is None or expr == Local(field_local(source)):
        return expr
    return select(theirs.live, expr, Const(mine.first))


def _instances(places: Places, renaming: Renaming) -> tuple[int, ...]:
    machine = places.machine
    by_field = {each.location_field: each.index for each in machine.instances}
    variable_of = {v.fields[0]: i for i, v in enumerate(machine.variables) if len(v.fields) == 1}
    found = []
    for each in machine.instances:
        source = _source(places, renaming, variable_of[each.location_field])
        other = by_field.get(machine.variables[source].fields[0])
        if other is None or len(machine.instances[other].locations) != len(each.locations):
            raise UnlikeError(f"{each.name} is not alike for both")
        found.append(other)
    return tuple(found)


def _steps(places: Places, renaming: Renaming, instances: Sequence[int]) -> tuple[int, ...]:
    machine = places.machine
    numbers = {
        (each.instance, each.label, each.at, each.fault, each.timeout): each.index
        for each in machine.steps
    }
    found = []
    for each in machine.steps:
        label = renaming.text(each.label)
        key = (instances[each.instance], label, each.at, each.fault, each.timeout)
        if key not in numbers:
            raise UnlikeError(f"{machine.instances[each.instance].name} has a step of its own")
        found.append(numbers[key])
    if sorted(found) != list(range(len(machine.steps))):
        raise UnlikeError("its steps are not alike")
    return tuple(found)

"""Where the variables of a machine belong, and what is forgotten of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...language.records import dataclass
from ...language.types import (
    DictType,
    ListType,
    SetType,
    Type,
)
from ..ir import Const, Expr, Local
from ..ir_builder import equal, union
from ..lowering.control import left_name, left_type, loops_of
from ..lowering.under_way import connections_of, hidden_name
from ..names import field_local
from ..python.program import Program
from ..shapes import keys_of
from .renaming import Key, Name, text_of
from .sorts import NONE, Sorts, Tree

__all__ = ["Forgotten", "Places"]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A field that has its `first` value wherever `live` is not true: what it held there is
    forgotten (see `passes.dead_values`)."""

    live: Expr
    first: int


def _forgotten(program: Program) -> Iterator[tuple[int, Forgotten]]:
    """The fields of which that is so."""
    if program.forgetting is None:
        return
    live, machine = program.forgetting.live, program.machine
    for instance in machine.instances:
        where = Local(field_local(instance.location_field))
        for index in sorted(live.private[instance.index] - live.always):
            at = [place for place, here in enumerate(live.at[instance.index]) if index in here]
            if machine.fields[index].constant is None and len(at) < len(instance.locations):
                is_live = union(equal(where, Const(place)) for place in at)
                yield index, Forgotten(is_live, program.forgetting.first[index])


class Places:
    """Where the variables of a machine belong: how each is called, and the sorts in it."""

    def __init__(self, program: Program, sorts: Sorts) -> None:
        machine = self.machine = program.machine
        self.sorts = sorts
        self.forgotten = dict(_forgotten(program))
        self.number = {each.name: i for i, each in enumerate(machine.variables)}
        self.known: dict[str, tuple[Name, Tree]] = {}
        spec = machine.spec
        for variable in spec.vars:
            self._add((variable.name,), variable.type, sorts.variables["", variable.name])
        for resource in spec.resources:
            for number in range(resource.count or 1):
                for variable in resource.state[number]:
                    name = resource.shown(number, variable.name)
                    self._add((name,), variable.type, sorts.variables[resource.name, variable.name])
        for process in spec.processes:
            for number in range(process.count):
                owner = process.instance_name(number)
                for variable in (*process.vars, *process.loops):
                    tree = sorts.variables[process.name, variable.name]
                    self._add((f"{owner}.{variable.name}",), variable.type, tree)
                for loop in loops_of(process.run):
                    kind = left_type(loop)
                    if isinstance(kind, ListType | SetType):
                        tree = Tree(parts=(sorts.variables[process.name, loop.variable],))
                        self._add((f"{owner}.{left_name(loop)}",), kind, tree)
        self._under_way()

    def _under_way(self) -> None:
        """What was sent and has not arrived holds the arguments, and a number of a resource."""
        spec, sorts = self.machine.spec, self.sorts
        for key, (_, sites) in connections_of(spec).items():
            sent = list({each.call.at: each for each in sites}.values())
            fields = [NONE]
            for site in sent:
                call = site.call
                for name, _ in site.command_in(spec).parameters:
                    fields.append(sorts.parameters.get((call.resource, call.command, name), NONE))
            numbered = {each.call.resource for each in sent}
            several = all(spec.resource(each).count is not None for each in numbered)
            fields.append(sorts.of_resource(min(numbered)) if several else NONE)
            tree = Tree(parts=(Tree(parts=tuple(fields)),))
            self.known[hidden_name(key)] = ((hidden_name(key),), tree)

    def _add(self, name: Name, kind: Type, tree: Tree) -> None:
        text = text_of(name)
        if text not in self.number and isinstance(kind, DictType):
            for key in keys_of(kind.key):
                inner = (*name, Key(key, kind.key, tree.parts[0]))
                self._add(inner, kind.value, tree.parts[1])
        else:
            self.known[text] = (name, tree)

    def of(self, variable: int) -> tuple[Name, Tree]:
        """How a variable is called, and the sorts in it as far as the spec tells."""
        name = self.machine.variables[variable].name
        if name in self.known:
            return self.known[name]
        copied = re.fullmatch(r"(.*) \(\d+ ago\)", name)
        if copied is not None and copied[1] in self.known:
            found, tree = self.known[copied[1]]
            return (*found, name[len(copied[1]) :]), tree
        return (name,), NONE

"""Finds the sorts of a spec's integers.

`self` begins the sort of a process; a resource with a `count` has one, and where it is indexed by
`self`, theirs is one. Numbers of a sort that are only stored, compared for equality and used as
index are a scalarset (Ip and Dill, Better verification through symmetry, Formal Methods in System
Design 9, 1996). What else is done with them is marked.

This is a guess with good reasons, and says why where it refuses; what is alike is proved of the
machine (see `symbolic.automorphisms`).
"""

from __future__ import annotations

from collections.abc import Iterable

from ...language.tree.spec import Command, Resource, Spec, Variable
from ...language.types import Type
from .program_sorts import Scope
from .sorts import Sorts, Tree

__all__ = ["sorts_of"]


def sorts_of(spec: Spec) -> Sorts:
    """The sorts of all integers that a spec's variables hold."""
    sorts = Sorts()
    for variable in spec.vars:
        sorts.variables["", variable.name] = sorts.tree(variable.type)
    for resource in spec.resources:
        for variables in resource.state:
            for variable in variables:
                key = (resource.name, variable.name)
                if key not in sorts.variables:
                    sorts.variables[key] = sorts.tree(variable.type)
    for process in spec.processes:
        for variable in (*process.vars, *process.loops):
            sorts.variables[process.name, variable.name] = sorts.tree(variable.type)
    _Inference(spec, sorts).run()
    return sorts


class _Inference:
    def __init__(self, spec: Spec, sorts: Sorts) -> None:
        self.spec = spec
        self.sorts = sorts
        self.others: dict[tuple[str, str, str], set[str]] = {}
        """The resources that a command is given by a name."""
        self.todo: list[tuple[str, Command]] = []
        self.seen: set[tuple[str, str]] = set()
        self.counts = False
        """Whether numbers that are written count: not where they are first values."""

    def run(self) -> None:
        spec = self.spec
        for process in spec.processes:
            self.sorts.of_process(process.name)
        self._first_values()
        self.counts = True
        for process in spec.processes:
            Scope(self, process=process).controls(process.run)
        everywhere = Scope(self)
        for each in spec.properties:
            for formula in (each.formula, each.of_steps, *each.prefer):
                if formula is not None:
                    everywhere.tree(formula)
        for define in spec.defines:
            everywhere.tree(define.value)
        if spec.within is not None:
            everywhere.tree(spec.within.value)
        for resource in spec.resources:
            self._beside(resource)
        while self.todo:
            name, command = self.todo.pop()
            self._command(name, command)

    def _first_values(self) -> None:
        spec = self.spec
        self._initial("", spec.vars, Scope(self))
        for resource in spec.resources:
            for variables in resource.state:
                self._initial(resource.name, variables, Scope(self, resource=resource.name))
        for process in spec.processes:
            scope = Scope(self, process=process)
            self._initial(process.name, (*process.vars, *process.loops), scope)
        if spec.initially is not None:
            Scope(self).block(spec.initially.body)

    def _initial(self, of: str, variables: Iterable[Variable], scope: Scope) -> None:
        for each in variables:
            if each.initial is not None:
                self.sorts.unify(self.sorts.variables[of, each.name], scope.tree(each.initial))

    def _beside(self, resource: Resource) -> None:
        """What nobody calls."""
        faults = [each.command for group in resource.faults for each in group]
        for command in (*faults, *resource.disconnected, *resource.broken):
            if command is not None:
                self.ask(resource.name, command)
        if resource.heard is not None:
            for command in resource.heard.commands:
                self.ask(resource.name, command)

    def called(self, resource: str, command: str) -> None:
        """A command is called: look at what it does, once."""
        if (resource, command) not in self.seen:
            self.seen.add((resource, command))
            for each in self.spec.resource(resource).commands:
                if command in each:
                    self.ask(resource, each[command])

    def ask(self, resource: str, command: Command) -> None:
        """A command may be carried out: look at it, once."""
        self.todo.append((resource, command))

    def parameter(self, resource: str, command: str, name: str, kind: Type) -> Tree:
        """What a command is given by a name; "": what it answers."""
        known, key = self.sorts.parameters, (resource, command, name)
        if key not in known:
            known[key] = self.sorts.tree(kind)
        return known[key]

    def _command(self, resource: str, command: Command) -> None:
        names: dict[str, Tree] = {
            name: self.parameter(resource, command.name, name, kind)
            for name, kind in command.parameters
        }
        scope = Scope(self, resource=resource, command=command, names=names)
        for body in (command.issue, command.run, command.afterwards, command.gives_up):
            scope.block(body)

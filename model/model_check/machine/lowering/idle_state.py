"""What a kind keeps and no command of a spec ever puts anything into: who listens by a pattern,
where nobody does. It is as it is at first in every state, so that there is nothing to show of it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

from ...language.source.diagnostics import Position
from ...language.tree.expressions import Binary, Content, KindVar
from ...language.tree.spec import Command, Resource, Spec
from ...language.tree.statements import Assign, StepStatement
from ...language.tree.walk import root_of, statements_in
from ...language.types import SetType

__all__ = ["IdleState"]


class IdleState:
    """The idle variables of a spec's resources."""

    def __init__(self, spec: Spec) -> None:
        self._read = frozenset(_contents((spec.properties, spec.defines, spec.watch, spec.within)))

    def of(self, resource: Resource, number: int) -> frozenset[str]:
        """The sets of a resource instance that are empty at first, to which nothing is added, and
        of which nothing is asked."""
        sets = {
            each.name
            for each in resource.state[number]
            if isinstance(each.type, SetType) and each.initial is None
        }
        sets -= {name for name in sets if (resource.name, name) in self._read}
        return (
            frozenset(sets - set(_filled(_statements(resource, number)))) if sets else frozenset()
        )


def _statements(resource: Resource, number: int) -> Iterator[StepStatement]:
    """All that may happen to an instance."""
    happening: list[Command | None] = [*resource.commands[number].values()]
    happening += [each.command for each in (resource.faults[number] if resource.faults else ())]
    happening += [each[number] for each in (resource.disconnected, resource.broken) if each]
    for command in filter(None, happening):
        yield from statements_in((*command.issue, *command.run, *command.afterwards))


def _filled(statements: Iterable[StepStatement]) -> Iterator[str]:
    """The variables to which something may be added."""
    for each in statements:
        if isinstance(each, Assign) and isinstance(root := root_of(each.target), KindVar):
            less = isinstance(each.value, Binary) and each.value.operator == "-"
            if not (less and isinstance(each.value, Binary) and each.value.left == each.target):
                yield root.name


def _contents(node: object) -> Iterator[tuple[str, str]]:
    """What of resources an expression looks at."""
    if isinstance(node, Content):
        yield node.resource, node.name
    elif isinstance(node, tuple):
        for each in node:
            yield from _contents(each)
    elif dataclasses.is_dataclass(node) and not isinstance(node, Position):
        for field in dataclasses.fields(node):
            yield from _contents(getattr(node, field.name))

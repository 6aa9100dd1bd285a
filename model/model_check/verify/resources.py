"""Where what processes share lives: a resource on a server, between two processes, or by itself; a
shared variable by whose steps use it."""

from __future__ import annotations

from collections.abc import Iterator

from ..language.tree.spec import Resource, Spec
from ..machine.core import Machine
from ..machine.effects import effects_of, union
from ..results.check import ResourceView, SharedView

__all__ = ["resource_views", "shared_views"]

_PEERS = 2
"""Ends of a connection between processes."""


def resource_views(spec: Spec) -> tuple[ResourceView, ...]:
    """All resource instances, in the order of the spec."""
    return tuple(view for each in spec.resources for view in _instances(each))


def _instances(resource: Resource) -> Iterator[ResourceView]:
    server, dot, _ = resource.kind.partition(".")
    for number, client in enumerate(resource.clients):
        name = resource.name if resource.count is None else f"{resource.name}[{number}]"
        yield ResourceView(
            name,
            server if dot else "",
            resource.key,
            tuple(client.members),
            between=resource.ends == _PEERS,
        )


def shared_views(machine: Machine) -> tuple[SharedView, ...]:
    """The shared variables of a machine, in the order of the spec."""
    touched: dict[str, frozenset[int]] = {}
    for tasks in machine.processes:
        steps = (a for each in tasks for a in machine.actions_of(each.index, fault=False))
        effects = union(effects_of(action.body, notes=False) for action in steps)
        touched[tasks[0].name] = effects.touches
    return tuple(
        SharedView(v.name, tuple(n for n, of in touched.items() if not of.isdisjoint(v.fields)))
        for v in machine.variables
        if not v.owner and not v.hidden
    )

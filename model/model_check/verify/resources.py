"""Where the resources of a spec live: on a server, between two processes, or by themselves."""

from __future__ import annotations

from collections.abc import Iterator

from ..language.tree.spec import Resource, Spec
from ..results.check import ResourceView

__all__ = ["resource_views"]

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

"""From a spec to what may go wrong in it, and how often."""

from __future__ import annotations

from collections.abc import Iterator

from ..language.keys import DISCONNECTS
from ..language.tree.spec import CRASHES, FAILOVER, Spec
from ..results.faults import FaultBudget

__all__ = ["budgets_of"]


def budgets_of(spec: Spec) -> tuple[FaultBudget, ...]:
    """What may go wrong in a spec: with its processes, its resources, its servers, in their
    order."""
    return tuple(_budgets(spec))


def _budgets(spec: Spec) -> Iterator[FaultBudget]:
    for process in spec.processes:
        # One that dies of a broken connection alone has a budget of none.
        if process.crashes is not None and process.crashes.most != 0:
            yield FaultBudget(process.name, CRASHES, process.crashes.most)
    for resource in spec.resources:
        for fault in resource.faults[0] if resource.faults else ():
            yield FaultBudget(resource.name, fault.command.name, fault.most)
        if resource.disconnects is not None and resource.disconnects.most != 0:
            yield FaultBudget(resource.name, DISCONNECTS, resource.disconnects.most)
    for server in spec.servers:
        yield FaultBudget(server.name, FAILOVER, server.most, server.loses_last)

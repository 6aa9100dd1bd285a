"""From a spec to what may go wrong in it, and how often."""

from __future__ import annotations

from collections.abc import Iterator

from ..language.tree.spec import CRASHES, Spec
from ..results.faults import FaultBudget

__all__ = ["budgets_of"]


def budgets_of(spec: Spec) -> tuple[FaultBudget, ...]:
    """What may go wrong in a spec: of its processes, then of its resources, in their order."""
    return tuple(_budgets(spec))


def _budgets(spec: Spec) -> Iterator[FaultBudget]:
    for process in spec.processes:
        if process.crashes is not None:
            yield FaultBudget(process.name, CRASHES, process.crashes.most)
    for resource in spec.resources:
        for fault in resource.faults[0] if resource.faults else ():
            yield FaultBudget(resource.name, fault.command.name, fault.most)

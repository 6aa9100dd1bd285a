"""Who a step of a trace is of."""

from __future__ import annotations

from collections.abc import Mapping

from ...results.check import TraceStep

__all__ = ["acting"]


def acting(step: TraceStep, processes: Mapping[str, object] | tuple[str, ...]) -> str:
    """The process instance that a step is of; "" where it is of none: of a resource, or of a
    connection that several share."""
    return step.instance if step.instance in processes else ""

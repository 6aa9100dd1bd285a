"""Who a step of a trace is of."""

from __future__ import annotations

from collections.abc import Mapping

from ...results.check import TraceStep

__all__ = ["acting"]


def acting(step: TraceStep, processes: Mapping[str, object] | tuple[str, ...]) -> str:
    """The process instance that a step is of; "" where it is of none. What a process has only
    sent, `listener to redis`, arrives for it."""
    if step.instance in processes:
        return step.instance
    client = step.instance.partition(" to ")[0]
    return "" if step.fault or client not in processes else client

"""A trace whose commands have no room for their keys: with the names of resources instead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...language.records import replace
from ...results.check import CallRecord, ResourceView, Trace
from ..words.columns import display_width
from ..words.keys import Keys

__all__ = ["keys_text", "with_short_keys", "with_told_keys"]

KEYS_TOLD = 8
"""Keys that are told; a spec with more of them has a family of alike ones."""


def with_short_keys(trace: Trace, resources: Sequence[ResourceView]) -> tuple[Trace, str]:
    """The trace with the names of resources in its commands where their keys are longer, and a
    line that says which name stands for which key; "" where none does."""
    keys = Keys(resources)
    used: dict[str, None] = {}

    def short(call: CallRecord) -> CallRecord:
        wire, named = keys.all_short(call.wire, call.resource)
        if display_width(wire) >= display_width(call.wire):
            return call
        used.update(dict.fromkeys(named))
        return replace(call, wire=wire)

    steps = tuple(
        replace(step, calls=tuple(map(short, step.calls))) if step.calls else step
        for step in trace.steps
    )
    return replace(trace, steps=steps), keys_text([keys.patterns(used)])


def with_told_keys(trace: Trace, resources: Sequence[ResourceView]) -> Trace:
    """The trace with whole keys in its commands, `chat:stream:<session>`."""
    keys = Keys(resources)
    steps = tuple(
        replace(step, calls=tuple(replace(c, wire=keys.told(c.wire)) for c in step.calls))
        if step.calls
        else step
        for step in trace.steps
    )
    return replace(trace, steps=steps)


def keys_text(given: Iterable[Iterable[str]]) -> str:
    """`keys: history = chat:history:<session>`: which names stand for which keys, each once; ""
    where none does."""
    patterns = list(dict.fromkeys(each for some in given for each in some))
    more = f", and {len(patterns) - KEYS_TOLD:,} more" if len(patterns) > KEYS_TOLD else ""
    return f"keys: {', '.join(patterns[:KEYS_TOLD])}{more}" if patterns else ""

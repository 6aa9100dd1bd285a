"""Short names for what is long on a server: the resource's own name instead of its key.

A key such as `chat:history:{session}` stands in every command on its resource, and says the same
each time. Where there is no room for that, the resource's name stands there, and the key once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ...results.check import CallRecord, ResourceView, Trace, TraceStep
from ...verify.show import printable
from .columns import display_width

__all__ = ["keys_text", "with_short_keys"]

KEYS_TOLD = 8
"""Names that are told with their keys; a spec with more of them has a family of alike ones."""


def with_short_keys(trace: Trace, resources: Sequence[ResourceView]) -> tuple[Trace, str]:
    """The trace with the names of resources in its commands, where their keys are longer, and a
    sentence that says which name stands for which key; "" where none does."""
    keys = {
        view.name: view.key
        for view in resources
        if display_width(printable(view.key)) > display_width(printable(view.name))
    }
    used: dict[str, str] = {}
    steps = tuple(_short_step(step, keys, used) for step in trace.steps)
    if not used:
        return trace, ""
    return replace(trace, steps=steps), keys_text(used)


def keys_text(keys: dict[str, str]) -> str:
    """`keys: history is chat:history:{session}, stream is chat:stream:{session}`."""
    told = [f"{printable(name)} is {printable(key)}" for name, key in keys.items()]
    rest = len(told) - KEYS_TOLD
    shown = told[:KEYS_TOLD] + ([f"and {rest:,} more like them"] if rest > 0 else [])
    return f"keys: {', '.join(shown)}"


def _short_step(step: TraceStep, keys: dict[str, str], used: dict[str, str]) -> TraceStep:
    calls = tuple(_short_call(call, keys, used) for call in step.calls)
    return step if calls == step.calls else replace(step, calls=calls)


def _short_call(call: CallRecord, keys: dict[str, str], used: dict[str, str]) -> CallRecord:
    key = keys.get(call.resource)
    if key is None:
        return call
    # As a word of its own, once: what is sent may contain the same letters.
    whole = rf"(?<![^\s(]){re.escape(key)}(?![^\s)])"
    wire = re.sub(whole, lambda _: call.resource, call.wire, count=1)
    if wire == call.wire:
        return call
    used[call.resource] = key
    return replace(call, wire=wire)

"""From a run without an end to what of it can be carried out: in, then some times round.

Nobody can carry out all of such a run. Once round could be an accident of how the real thing
began; that it comes back to where it was, and does the same again from there, is shown by going
round more than once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ...results.check import Trace, TraceStep, event_name

__all__ = ["ROUNDS", "carried_out", "rounds_done"]

ROUNDS = 3
"""How often a run without an end goes round before it is left."""


def carried_out(trace: Trace) -> Trace:
    """The steps of a trace that are carried out: all of them, and of one that never ends those
    that go round ROUNDS times."""
    if trace.loop_from is None:
        return trace
    around, seen = len(trace.steps) - trace.loop_from, trace.watch_at[trace.loop_from + 1 :]
    told = [*trace.steps, *trace.steps[trace.loop_from :] * (ROUNDS - 1)]
    watch_at = (*trace.watch_at, *seen * (ROUNDS - 1))
    assert len(told) == trace.loop_from + around * ROUNDS
    return replace(
        trace, steps=tuple(_numbered(told)), end="state", watch_at=watch_at, loop_from=None
    )


def _numbered(steps: Sequence[TraceStep]) -> Iterator[TraceStep]:
    """The same steps, counted anew: each by its place, events of one name among themselves."""
    times: Counter[str] = Counter()
    for number, step in enumerate(steps, start=1):
        name = event_name(step.instance, step.label, step.indices, 1)
        times[name] += 1
        yield replace(step, number=number, occurrence=times[name])


def rounds_done(trace: Trace, steps: int) -> int:
    """How often a run without an end has gone round after this many steps that were right."""
    assert trace.loop_from is not None
    around = len(trace.steps) - trace.loop_from
    return max(0, steps - trace.loop_from) // around

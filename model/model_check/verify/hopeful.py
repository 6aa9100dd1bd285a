"""From a large space to its states that are not doomed: from which some continuation does not
violate a property of states. What that means is said in `doomed`; here it is asked of whole arrays.

A continuation from a state does not violate if it comes, by way of states about which nothing is
settled, to one where a run ends without, or goes round among them for ever.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..explore.space import Space
from ..results.check import PropertyResult
from .doomed import Continuations
from .endings import not_final
from .fair_runs import FairRuns

__all__ = ["hopeful_states"]

OPEN, RIGHT, WRONG = 0, 1, 2
"""Where all depends on the states that a state leads to; where a run ends that does not violate;
and where all have violated."""


def hopeful_states(space: Space, result: PropertyResult, asked: Continuations) -> Sequence[int]:
    """1 for each state from which some continuation does not violate a property, else 0. Of a space
    that was explored completely, and a property that a step by itself cannot violate. Raises
    StopNow at a limit."""
    settled = bytearray(len(space.states))
    ends = [space.terminal]
    rests = FairRuns(space).rests
    if rests is not space.terminal:
        ends.append(rests)
    for numbers in ends:
        _set(settled, numbers, RIGHT)
        for each in asked.at_end:
            _set(settled, each.among(space, numbers), OPEN)
    if result.form.on_deadlock:
        _set(settled, not_final(space, space.terminal), OPEN)
    _set(settled, space.outside, RIGHT)
    if not result.form.on_error:
        _set(settled, space.failing, RIGHT)
    for each in asked.everywhere:
        _set(settled, each.among(space, each.suspects(space)), WRONG)
    graph = space.graph
    hopeful = settled.translate(bytes([0, 1, 0]) + bytes(253))
    if not space.goes_forward:
        unsettled = settled.translate(bytes([1, 0, 0]) + bytes(253))
        around = graph.components(unsettled)
        graph.flag(around, bytearray([0] + [1] * around.count), hopeful)
    return graph.leading_to(hopeful, settled.translate(bytes([1, 1, 0]) + bytes(253)))


def _set(settled: bytearray, numbers: Sequence[int], value: int) -> None:
    for number in numbers:
        settled[number] = value

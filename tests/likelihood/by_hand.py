"""Timed graphs that are written down node by node."""

from __future__ import annotations

from collections.abc import Sequence

from model_check.language.tree.timing import Distribution
from model_check.likelihood.tally import Outcomes
from model_check.likelihood.timed_graph import Clock, Flags, TimedGraph

Move = tuple[int, int, int]
"""From a node, by a step, to a node."""


def hand_made(
    moves: Sequence[Move],
    clocks: Sequence[Clock],
    *,
    instance_of: Sequence[int] | None = None,
    starts: Sequence[Sequence[int]] | None = None,
    begin_times: Sequence[Distribution | None] | None = None,
    initial: int = 1,
    is_over: Sequence[int] = (),
    marked: Sequence[int] = (),
    marking: Sequence[Move] = (),
) -> TimedGraph:
    """A graph with these moves. Steps are of one instance each, where nothing is said, and start
    its clocks alone. Of it are asked `end`, which every run breaks, so that its endings are those
    of all runs, by node; and `marked`, which runs break that come to one of the `marked` nodes, or
    take one of the `marking` moves."""
    count = 1 + max(max(source, target) for source, _, target in moves)
    instance_of = instance_of or range(len(clocks))
    begins, targets, steps, marks = [0], [], [], []
    for node in range(count):
        for source, step, target in moves:
            if source == node:
                targets.append(target)
                steps.append(step)
                marks.append(int((source, step, target) in marking))
        begins.append(len(targets))
    found = [int(node in marked) for node in range(count)]
    flags = Flags(
        first=found, found=found, keep=[-1] * count, of_transition=marks if marking else None,
        masks={"end": 0, "marked": 1},
        broken_at={"end": [1] * count, "marked": [0] * count},
    )  # fmt: skip
    return TimedGraph(
        begins=begins, targets=targets, steps=steps, initial=initial, clocks=clocks,
        instance_of=instance_of, starts=starts or [(each,) for each in instance_of],
        begin_times=begin_times or [None] * (1 + max(instance_of)),
        is_over=is_over or [0] * count, flags=flags, kinds=range(count), kind_count=count,
        values={"node": range(count)},
    )  # fmt: skip


def ends(found: Outcomes) -> dict[int, float]:
    """By node, how likely a run ends there."""
    return {node: share for node, (share, _, _) in found.endings["end"].items()}

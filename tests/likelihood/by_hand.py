"""Timed graphs that are written down node by node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from model_check.language.records import replace
from model_check.language.tree.timing import Distribution
from model_check.likelihood.coming import can_reach, coming_in, reached_from
from model_check.likelihood.settling import Acting, settle
from model_check.likelihood.tally import Outcomes
from model_check.likelihood.timed_graph import Clock, Flags, Renewals, Settled, TimedGraph

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
    flags: Flags | None = None,
    renewing: Mapping[Move, Sequence[int]] | None = None,
) -> TimedGraph:
    """A graph with these moves. Steps are of one instance each, where nothing is said, and start
    its clocks alone. Of it are asked `end`, which every run breaks, so that its endings are those
    of all runs, by node; and `marked`, which runs break that come to one of the `marked` nodes, or
    take one of the `marking` moves; or what `flags` say. `renewing`: the steps whose clocks some
    moves start anew, as if they had not been possible."""
    count = 1 + max(max(source, target) for source, _, target in moves)
    instance_of = instance_of or range(len(clocks))
    begins, targets, steps, marks = [0], [], [], []
    renewed: list[Sequence[int]] = [()]
    renewals: list[int] = []
    for node in range(count):
        for source, step, target in moves:
            if source == node:
                targets.append(target)
                steps.append(step)
                marks.append(int((source, step, target) in marking))
                renewed.append((renewing or {}).get((source, step, target), ()))
                renewals.append(len(renewed) - 1)
        begins.append(len(targets))
    found = [2 | (node in marked) for node in range(count)]
    flags = flags or Flags(
        first=found, found=found, keep=[-1] * count, of_transition=marks if marking else None,
        masks={"end": 2, "marked": 1},
    )  # fmt: skip
    graph = TimedGraph(
        begins=begins, targets=targets, steps=steps, initial=initial, clocks=clocks,
        instance_of=instance_of, starts=starts or [(each,) for each in instance_of],
        begin_times=begin_times or [None] * (1 + max(instance_of)),
        is_over=is_over or [0] * count, flags=flags, settled=Settled.blank(count), kinds=(),
        kind_count=count, values={"node": range(count)},
        renewals=Renewals(renewals, renewed) if renewing else None,
    )  # fmt: skip
    return by_end(graph)


def by_end(graph: TimedGraph) -> TimedGraph:
    """The same, asked in which node a run ends; in the first one of those among which it may go
    round for ever."""
    moves = coming_in(graph)
    reached = reached_from(moves, graph.initial)
    of = moves.components(reached).of
    kinds = [of.index(of[node]) if of[node] else node for node in range(graph.count)]
    turning = {node for node, target, _ in moves.edges() if kinds[node] != kinds[target]}
    acting = Acting(graph.clocks, graph.instance_of, graph.starts, graph.renewals)
    settled = settle(moves, reached, graph.flags, acting, can_reach(moves, turning))
    return replace(graph, settled=settled, kinds=kinds, kind_count=graph.count)


def ends(found: Outcomes) -> dict[int, float]:
    """By node, how likely a run ends there."""
    return {node: share for node, (share, _, _) in found.endings["end"].items()}

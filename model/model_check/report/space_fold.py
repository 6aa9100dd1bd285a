"""Fold a graph of states until it can be drawn and read.

Above 500 nodes a drawing is a grey cloud and takes minutes. States in which every process
stands at the same place are then drawn as one; where that is not enough, all those of the
same depth. Nothing is left out: each drawn node says how many states it stands for.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

from ..verify.graph import StateGraph, StateNode
from ..verify.outcome import Trace, event_name

__all__ = ["NODES_DRAWN", "Hop", "Picture", "PictureEdge", "PictureNode", "fold", "trace_path"]

NODES_DRAWN = 500
"""The most nodes in a drawing (graphviz-pure: 0.4 s for 500, 1.7 s for 1,000)."""


@dataclass(frozen=True, slots=True)
class PictureNode:
    """What is drawn as one node: `states` states that share `label`."""

    number: int
    label: str
    states: int
    depth: int
    initial: bool
    final: bool
    deadlock: bool
    violates: tuple[str, ...]
    violating: int
    on_trace: bool


@dataclass(frozen=True, slots=True)
class PictureEdge:
    """What is drawn as one edge: what `instance` does on it, in order of appearance, without
    the instance's name. `turns` are the numbers of the trace's steps along it."""

    source: int
    target: int
    instance: str
    events: tuple[str, ...]
    turns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """The graph to draw. `folded_by` says in words what states were joined by, "" if none."""

    nodes: tuple[PictureNode, ...]
    edges: tuple[PictureEdge, ...]
    folded_by: str


Hop = tuple[int, int, str]
"""A step of the trace in the graph: from which state to which, by which event."""


def trace_path(graph: StateGraph, trace: Trace | None) -> tuple[Hop, ...]:
    """The way of the trace through the graph, from an initial state on; empty where there is
    no trace or none of its length (a failing step leads nowhere)."""
    if trace is None:
        return ()
    names = [event_name(s.instance, s.label, s.indices, 1) for s in trace.steps]
    if trace.end == "error":
        names = names[:-1]
    onward: dict[tuple[int, str], list[int]] = {}
    for each in graph.transitions:
        onward.setdefault((each.source, each.event), []).append(each.target)
    levels = [{node.number: -1 for node in graph.nodes if node.initial}]
    for name in names:
        level: dict[int, int] = {}
        for number in sorted(levels[-1]):
            for target in onward.get((number, name), ()):
                level.setdefault(target, number)
        levels.append(level)
    if not levels[-1]:
        return ()
    # Free choices can lead to several ends: take one that is wrong, if any is.
    number = min(levels[-1], key=lambda n: (not graph.nodes[n].violates, n))
    path: list[Hop] = []
    for name, level in zip(reversed(names), reversed(levels[1:]), strict=True):
        path.append((level[number], number, name))
        number = level[number]
    return tuple(reversed(path))


def fold(graph: StateGraph, path: tuple[Hop, ...]) -> Picture:
    """The graph as it is to be drawn; `path` is the way of the trace."""
    if len(graph.nodes) <= NODES_DRAWN:
        return _join(graph, path, lambda node: node.number, lambda node: node.label, "")
    by_place = _join(
        graph,
        path,
        # Apart: those that violate, or a red node would mostly stand for states that do not.
        lambda node: (node.locations, bool(node.violates), node.final),
        lambda node: "\n".join(node.locations),
        "all states in which every process stands at the same place",
    )
    if len(by_place.nodes) <= NODES_DRAWN:
        return by_place
    return _join(
        graph,
        path,
        lambda node: node.depth,
        lambda node: f"depth {node.depth}",
        "all states that are equally many steps from the start",
    )


def _join(
    graph: StateGraph,
    path: tuple[Hop, ...],
    key: Callable[[StateNode], Hashable],
    label: Callable[[StateNode], str],
    folded_by: str,
) -> Picture:
    numbers: dict[Hashable, int] = {}
    group: list[int] = []
    members: list[list[StateNode]] = []
    for node in graph.nodes:
        number = numbers.setdefault(key(node), len(numbers))
        if number == len(members):
            members.append([])
        members[number].append(node)
        group.append(number)
    on_trace = {group[node] for source, target, _ in path for node in (source, target)}
    nodes = tuple(
        _node(number, each, label(each[0]), number in on_trace)
        for number, each in enumerate(members)
    )
    return Picture(nodes, _edges(graph, path, group), folded_by)


def _node(number: int, states: list[StateNode], label: str, on_trace: bool) -> PictureNode:
    return PictureNode(
        number=number,
        label=label,
        states=len(states),
        depth=min(each.depth for each in states),
        initial=any(each.initial for each in states),
        final=any(each.final for each in states),
        deadlock=any(each.deadlock for each in states),
        violates=tuple(dict.fromkeys(name for each in states for name in each.violates)),
        violating=sum(bool(each.violates) for each in states),
        on_trace=on_trace,
    )


def _edges(graph: StateGraph, path: tuple[Hop, ...], group: list[int]) -> tuple[PictureEdge, ...]:
    turns: dict[tuple[int, int, str], list[int]] = {}
    for turn, (source, target, event) in enumerate(path, start=1):
        turns.setdefault((group[source], group[target], event), []).append(turn)
    found: dict[tuple[int, int, str], dict[str, None]] = {}
    walked: dict[tuple[int, int, str], dict[int, None]] = {}
    for each in graph.transitions:
        place = (group[each.source], group[each.target], each.instance)
        # Within a folded node nothing is to be seen; a state's own loop is.
        if place[0] == place[1] and each.source != each.target:
            continue
        found.setdefault(place, {})[each.event.removeprefix(each.instance + ".")] = None
        steps = turns.get((place[0], place[1], each.event), [])
        walked.setdefault(place, {}).update(dict.fromkeys(steps))
    return tuple(
        PictureEdge(*place, tuple(events), tuple(sorted(walked[place])))
        for place, events in sorted(found.items())
    )

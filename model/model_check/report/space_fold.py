"""Fold a graph of states until it can be drawn and read.

Above 500 nodes a drawing is a grey cloud and takes minutes. States in which every process
stands at the same place are then drawn as one; where that is not enough, all those of the
same depth. Nothing is left out: each drawn node says how many states it stands for.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..verify.outcome import Trace, event_name

if TYPE_CHECKING:
    import networkx

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


def trace_path(graph: networkx.MultiDiGraph[int], trace: Trace | None) -> tuple[Hop, ...]:
    """The way of the trace through the graph, from an initial state on; empty where there is
    no trace or none of its length (a failing step leads nowhere)."""
    if trace is None:
        return ()
    names = [event_name(s.instance, s.label, s.indices, 1) for s in trace.steps]
    if trace.end == "error":
        names = names[:-1]
    levels = [{n: -1 for n, data in graph.nodes(data=True) if data["initial"]}]
    for name in names:
        level: dict[int, int] = {}
        for node in sorted(levels[-1]):
            for _, target, data in graph.out_edges(node, data=True):
                if data["event"] == name:
                    level.setdefault(target, node)
        levels.append(level)
    if not levels[-1]:
        return ()
    # Free choices can lead to several ends: take one that is wrong, if any is.
    node = min(levels[-1], key=lambda n: (not graph.nodes[n]["violates"], n))
    path: list[Hop] = []
    for name, level in zip(reversed(names), reversed(levels[1:]), strict=True):
        path.append((level[node], node, name))
        node = level[node]
    return tuple(reversed(path))


def fold(graph: networkx.MultiDiGraph[int], path: tuple[Hop, ...]) -> Picture:
    """The graph as it is to be drawn; `path` is the way of the trace."""
    if graph.number_of_nodes() <= NODES_DRAWN:
        return _join(graph, path, lambda node, _: node, lambda data: str(data["label"]), "")
    by_place = _join(
        graph,
        path,
        # Apart: those that violate, or a red node would mostly stand for states that do not.
        lambda _, data: (tuple(data["locations"]), bool(data["violates"]), data["final"]),
        lambda data: "\n".join(data["locations"]),
        "all states in which every process stands at the same place",
    )
    if len(by_place.nodes) <= NODES_DRAWN:
        return by_place
    return _join(
        graph,
        path,
        lambda _, data: data["depth"],
        lambda data: f"depth {data['depth']}",
        "all states that are equally many steps from the start",
    )


def _join(
    graph: networkx.MultiDiGraph[int],
    path: tuple[Hop, ...],
    key: Callable[[int, dict[str, Any]], Hashable],
    label: Callable[[dict[str, Any]], str],
    folded_by: str,
) -> Picture:
    numbers: dict[Hashable, int] = {}
    group: dict[int, int] = {}
    members: list[list[dict[str, Any]]] = []
    for node in sorted(graph.nodes):
        data = graph.nodes[node]
        number = numbers.setdefault(key(node, data), len(numbers))
        if number == len(members):
            members.append([])
        members[number].append(data)
        group[node] = number
    on_trace = {group[node] for source, target, _ in path for node in (source, target)}
    nodes = tuple(
        _node(number, datas, label(datas[0]), number in on_trace)
        for number, datas in enumerate(members)
    )
    return Picture(nodes, _edges(graph, path, group), folded_by)


def _node(number: int, datas: list[dict[str, Any]], label: str, on_trace: bool) -> PictureNode:
    violates = dict.fromkeys(name for data in datas for name in data["violates"])
    return PictureNode(
        number=number,
        label=label,
        states=len(datas),
        depth=min(int(data["depth"]) for data in datas),
        initial=any(data["initial"] for data in datas),
        final=any(data["final"] for data in datas),
        deadlock=any(data["deadlock"] for data in datas),
        violates=tuple(violates),
        violating=sum(bool(data["violates"]) for data in datas),
        on_trace=on_trace,
    )


def _edges(
    graph: networkx.MultiDiGraph[int], path: tuple[Hop, ...], group: dict[int, int]
) -> tuple[PictureEdge, ...]:
    turns: dict[tuple[int, int, str], list[int]] = {}
    for turn, (source, target, event) in enumerate(path, start=1):
        turns.setdefault((group[source], group[target], event), []).append(turn)
    found: dict[tuple[int, int, str], dict[str, None]] = {}
    walked: dict[tuple[int, int, str], dict[int, None]] = {}
    for source, target, data in graph.edges(data=True):
        instance, event = str(data["instance"]), str(data["event"])
        place = (group[source], group[target], instance)
        # Within a folded node nothing is to be seen; a state's own loop is.
        if place[0] == place[1] and source != target:
            continue
        found.setdefault(place, {})[event.removeprefix(instance + ".")] = None
        steps = turns.get((place[0], place[1], event), [])
        walked.setdefault(place, {}).update(dict.fromkeys(steps))
    return tuple(
        PictureEdge(*place, tuple(events), tuple(sorted(walked[place])))
        for place, events in sorted(found.items())
    )

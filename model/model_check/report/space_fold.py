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

__all__ = ["NODES_DRAWN", "Picture", "PictureEdge", "PictureNode", "fold", "trace_path"]

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
    """What is drawn as one edge; `events` in their first order. `turn` is the number of the
    trace's first step along it, 0 where it takes none."""

    source: int
    target: int
    instance: str
    events: tuple[str, ...]
    turn: int


@dataclass(frozen=True, slots=True)
class Picture:
    """The graph to draw. `folded_by` says in words what states were joined by, "" if none."""

    nodes: tuple[PictureNode, ...]
    edges: tuple[PictureEdge, ...]
    folded_by: str


def trace_path(graph: networkx.MultiDiGraph[int], trace: Trace | None) -> tuple[int, ...]:
    """The states of the trace in the graph, from an initial one on; empty where there is no
    trace or it does not lead through the graph (a failing step leads nowhere)."""
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
    path = [node]
    for level in reversed(levels[1:]):
        node = level[node]
        path.append(node)
    return tuple(reversed(path))


def fold(graph: networkx.MultiDiGraph[int], path: tuple[int, ...]) -> Picture:
    """The graph as it is to be drawn; `path` are the nodes of the trace."""
    if graph.number_of_nodes() <= NODES_DRAWN:
        return _join(graph, path, lambda node, _: node, lambda data: str(data["label"]), "")
    by_place = _join(
        graph,
        path,
        lambda _, data: tuple(data["locations"]),
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
    path: tuple[int, ...],
    key: Callable[[int, dict[str, Any]], Hashable],
    label: Callable[[dict[str, Any]], str],
    folded_by: str,
) -> Picture:
    numbers: dict[Hashable, int] = {}
    group: dict[int, int] = {}
    members: list[list[dict[str, Any]]] = []
    for node, data in sorted(graph.nodes(data=True), key=lambda item: item[0]):
        number = numbers.setdefault(key(node, data), len(numbers))
        if number == len(members):
            members.append([])
        members[number].append(data)
        group[node] = number
    on_trace = {group[node] for node in path}
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
    graph: networkx.MultiDiGraph[int], path: tuple[int, ...], group: dict[int, int]
) -> tuple[PictureEdge, ...]:
    turns: dict[tuple[int, int], int] = {}
    for turn, (source, target) in enumerate(zip(path, path[1:], strict=False), start=1):
        turns.setdefault((group[source], group[target]), turn)
    found: dict[tuple[int, int, str], dict[str, None]] = {}
    for source, target, data in graph.edges(data=True):
        place = (group[source], group[target], str(data["instance"]))
        # Within a folded node nothing is to be seen; a state's own loop is.
        if place[0] == place[1] and source != target:
            continue
        found.setdefault(place, {})[str(data["event"])] = None
    return tuple(
        PictureEdge(source, target, instance, tuple(events), turns.get((source, target), 0))
        for (source, target, instance), events in sorted(found.items())
    )

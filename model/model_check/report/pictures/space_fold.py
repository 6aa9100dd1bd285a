"""From a graph of states to a smaller one, folded until it can be drawn and read.

Above 500 nodes a drawing is a grey cloud and takes minutes. States in which every process
stands at the same place are then drawn as one, in the same turn of its loops where that stays
readable; where that is not enough, those that lead to each other and back; and where that is
not, those that are equally far from the start. Or those in which an expression has the same
value, if one is given. States that differ in what is to become of them (they violate, they are
lost, they are ends) are never joined: or a red node would mostly stand for states that are not.
Nothing is left out: each drawn node says how many states it stands for.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, replace

from ...results.check import Trace, event_name
from ...verify.show import printable
from ...verify.state_graph import StateGraph, StateNode
from ..words.columns import shorten

__all__ = [
    "NODES_DRAWN", "NODES_READ", "Hop", "Picture", "PictureEdge", "PictureNode",
    "fold", "trace_path",
]  # fmt: skip

NODES_DRAWN = 500
"""The most nodes in a drawing (graphviz-pure: 0.4 s for 500, 1.7 s for 1,000)."""
EXPRESSION_LENGTH = 60
"""Characters of an expression that a picture shows."""
NODES_READ = 80
"""The most nodes that have room for words."""


@dataclass(frozen=True, slots=True)
class PictureNode:
    """What is drawn as one node: `states` states that share `label`. `lost`: every run from
    them violates the property that is shown; `again`: its trace comes by again and again."""

    number: int
    label: str
    states: int
    depth: int
    initial: bool
    final: bool
    deadlock: bool
    violates: tuple[str, ...]
    lost: bool
    on_trace: bool
    told: str
    """What is said of it when pointed at."""
    again: bool = False


@dataclass(frozen=True, slots=True)
class PictureEdge:
    """What is drawn as one edge: what `instance` does on it, in order of appearance, without
    the instance's name. `turns` are the numbers of the trace's steps along it; `closes`: one of
    them is the last of what goes round."""

    source: int
    target: int
    instance: str
    events: tuple[str, ...]
    turns: tuple[int, ...]
    closes: bool = False
    fault: bool = False
    """It is what goes wrong with `instance`."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The graph to draw. `folded_by` says in words what states were joined by, "" if none, and
    `lines` whose places the lines of the nodes' labels are, in order, if they are places;
    `shown` is the property whose trace and lost states are shown, "" if none is violated;
    `instances` are all process instances. `node_of` is by the number of a state the number of
    the node that stands for it."""

    nodes: tuple[PictureNode, ...]
    edges: tuple[PictureEdge, ...]
    folded_by: str
    shown: str
    instances: tuple[str, ...]
    node_of: tuple[int, ...]
    lines: tuple[str, ...] = ()


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
    wrong = {node.number for node in graph.nodes if node.violates or node.loops}
    number = min(levels[-1], key=lambda n: (n not in wrong, n))
    path: list[Hop] = []
    for name, level in zip(reversed(names), reversed(levels[1:]), strict=True):
        path.append((level[number], number, name))
        number = level[number]
    return tuple(reversed(path))


def fold(
    graph: StateGraph, path: tuple[Hop, ...] = (), shown: str = "", group_by: str = ""
) -> Picture:
    """The graph as it is to be drawn. `path`: the way of the trace. `shown`: the property whose
    lost states are shown. `group_by`: the text of the graph's first view; states are then
    joined by its value, however few they are."""
    join = _Join(graph, path, shown)
    if group_by:
        return _by_value(join, group_by)
    if len(graph.nodes) <= NODES_DRAWN:
        return join.picture(lambda node: node.number, _what_changed, "")
    for picture in _foldings(join):
        if len(picture.nodes) <= NODES_DRAWN:
            return picture
    return _by_depth(join)


def _foldings(join: _Join) -> Iterator[Picture]:
    """Pictures with ever fewer nodes, most probably."""
    standing = "all states in which every process stands at the same place"
    turns = _by_place(join, lambda node: node.places, f"{standing}, in the same turn of its loops")
    if len(turns.nodes) <= NODES_READ:
        yield turns
    yield _by_place(join, lambda node: node.locations, standing)
    yield turns
    components = _components(join.graph)
    yield join.picture(
        lambda node: components[node.number], _what_changed,
        "all states from which a run can come to each other and back",
    )  # fmt: skip


def _by_place(join: _Join, places: Callable[[StateNode], tuple[str, ...]], words: str) -> Picture:
    """By where all stand; told of those that are not always at the same place."""
    standing = dict.fromkeys(places(node) for node in join.graph.nodes)
    instances = range(len(next(iter(standing))))
    moving = [i for i in instances if len({each[i] for each in standing}) > 1]
    picture = join.picture(places, lambda node: "\n".join(places(node)[i] for i in moving), words)
    return replace(picture, lines=tuple(join.graph.instances[i] for i in moving))


def _by_depth(join: _Join) -> Picture:
    """By the steps from the start: in bands of ever more depths, until there are few enough."""
    words = "all states that are equally many steps from the start"
    picture = join.picture(lambda node: node.depth, lambda node: f"depth {node.depth}", words)
    band = 1
    while len(picture.nodes) > NODES_DRAWN:
        band *= 2
        picture = _in_bands(join, band)
    return picture


def _in_bands(join: _Join, band: int) -> Picture:
    def told(node: StateNode) -> str:
        first = node.depth // band * band
        return f"depth {first} to {first + band - 1}"

    words = f"all states in {band:,} depths that follow each other"
    return join.picture(lambda node: node.depth // band, told, words)


def _by_value(join: _Join, group_by: str) -> Picture:
    values, told = join.graph.views[0], shorten(printable(group_by), EXPRESSION_LENGTH)
    picture = join.picture(
        lambda node: values[node.number],
        lambda node: f"{told} = {values[node.number]}",
        f"all states in which {told} is the same",
    )
    if len(picture.nodes) <= NODES_DRAWN:
        return picture
    by_depth = _by_depth(join)
    count = f"{len(set(values)):,} values"
    words = f"{by_depth.folded_by} ({told} has {count}, too many for a picture)"
    return replace(by_depth, folded_by=words)


def _what_changed(node: StateNode) -> str:
    """In a picture of all states an arrow says what happened, and a node what it changed."""
    if node.initial:
        return "start"
    return node.label or node.changed


def _components(graph: StateGraph) -> dict[int, int]:
    """The number of each state's strongly connected component."""
    import networkx

    plain: networkx.DiGraph[int] = networkx.DiGraph()
    plain.add_nodes_from(node.number for node in graph.nodes)
    plain.add_edges_from((each.source, each.target) for each in graph.transitions)
    return {
        number: min(component)
        for component in networkx.strongly_connected_components(plain)
        for number in component
    }


class _Join:
    """Joins states of one graph by one key or another."""

    def __init__(self, graph: StateGraph, path: tuple[Hop, ...], shown: str) -> None:
        self.graph = graph
        self.path = path
        self.shown = shown

    def picture(
        self,
        key: Callable[[StateNode], Hashable],
        label: Callable[[StateNode], str],
        folded_by: str,
    ) -> Picture:
        """All states with the same `key` and the same fate as one node."""
        numbers: dict[Hashable, int] = {}
        group: list[int] = []
        members: list[list[StateNode]] = []
        for node in self.graph.nodes:
            fate = (
                bool(node.violates), self.shown in node.lost, self.shown in node.loops,
                node.final, node.deadlock,
            )  # fmt: skip
            number = numbers.setdefault((key(node), fate), len(numbers))
            if number == len(members):
                members.append([])
            members[number].append(node)
            group.append(number)
        on_trace = {group[node] for source, target, _ in self.path for node in (source, target)}
        nodes = tuple(
            self._node(number, each, label(each[0]), number in on_trace, bool(folded_by))
            for number, each in enumerate(members)
        )
        edges = self._edges(group)
        return Picture(nodes, edges, folded_by, self.shown, self.graph.instances, tuple(group))

    def _node(
        self, number: int, states: list[StateNode], label: str, on_trace: bool, folded: bool
    ) -> PictureNode:
        first = states[0]
        if folded:
            count = f"{len(states):,} state" + ("" if len(states) == 1 else "s")
            depths = sorted({first.depth, states[-1].depth})
            told = f"{label}\n{count}\ndepth {' to '.join(map(str, depths))}"
        else:
            told = f"{first.state}\n{', '.join(first.places)}\ndepth {first.depth}"
        return PictureNode(
            number=number,
            label=label,
            states=len(states),
            depth=first.depth,
            initial=any(each.initial for each in states),
            final=first.final,
            deadlock=first.deadlock,
            violates=tuple(dict.fromkeys(name for each in states for name in each.violates)),
            lost=self.shown in first.lost,
            on_trace=on_trace,
            told=told,
            again=self.shown in first.loops,
        )

    def _edges(self, group: list[int]) -> tuple[PictureEdge, ...]:
        turns: dict[tuple[int, int, str], list[int]] = {}
        for turn, (source, target, event) in enumerate(self.path, start=1):
            turns.setdefault((group[source], group[target], event), []).append(turn)
        found: dict[tuple[int, int, str, bool], dict[str, None]] = {}
        walked: dict[tuple[int, int, str, bool], dict[int, None]] = {}
        for each in self.graph.transitions:
            place = (group[each.source], group[each.target], each.instance, each.fault)
            # Within a folded node nothing is to be seen; a state's own loop is.
            if place[0] == place[1] and each.source != each.target:
                continue
            found.setdefault(place, {})[each.event.removeprefix(each.instance + ".")] = None
            steps = turns.get((place[0], place[1], each.event), [])
            walked.setdefault(place, {}).update(dict.fromkeys(steps))
        last = len(self.path) if any(self.shown in node.loops for node in self.graph.nodes) else 0
        return tuple(
            PictureEdge(
                *place[:3],
                tuple(events),
                tuple(sorted(walked[place])),
                last in walked[place],
                place[3],
            )
            for place, events in sorted(found.items())
        )

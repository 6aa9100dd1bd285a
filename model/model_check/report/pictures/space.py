"""From a graph of states to the picture of the space in DOT.

States stand in ranks by their depth, so time runs down. What a glance must tell: where it
starts, where it ends well (a green double border), where it ends badly (red), from where on
that is certain (pale red), which way the trace takes (thick), and what of it comes again and again
(a red border). Who acts is the edge's colour, a dashed red one is what goes wrong; what a state is
like is its tooltip.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from ...language.forms import PLAIN
from ...results.check import CheckReport, PropertyResult, with_trace
from ...verify.show import printable
from ..words.columns import shorten
from ..words.phrases import headline
from .fonts import text_width
from .palette import GREEN, INK, LIFELINE, LOST, MUTED, PAPER, PROCESSES, RED
from .space_fold import NODES_READ, Picture, PictureEdge, PictureNode, fold, trace_path

if TYPE_CHECKING:
    import graphviz

    from ...verify.state_graph import StateGraph

__all__ = ["Legend", "legend_of", "picture_of", "space_dot"]

FONT = "Helvetica,Arial,sans-serif"
LABELLED_EDGES = 30
"""Up to this many nodes all edges have room for words; beyond, those of the trace."""
LABEL_LENGTH = 34
TURNS_SHOWN = 3
ACTORS_IN_LINE = 6
NODE_SIZE = 10
NO_RETURN = "no way back"
FOR_EVER = "and so on for ever"
AGAIN = "red border: again and again, for ever"
WRONG = "dashed red: what goes wrong"


def picture_of(report: CheckReport, graph: StateGraph) -> Picture:
    """The picture of all states, folded if it has to be; the bold path is the trace of the first
    violated property that has one, or else of the first that has."""
    first = next(iter(with_trace(report)), None)
    path = trace_path(graph, first.trace if first else None)
    shown = first.name if first and first.verdict == "violated" else ""
    return fold(graph, path, shown, report.group_by)


def space_dot(report: CheckReport, picture: Picture) -> str:
    """A picture, folded or not, as DOT."""
    import graphviz

    colours = _colours(picture)
    labelled = len(picture.nodes) <= NODES_READ
    graph = graphviz.Digraph(
        name="space",
        graph_attr={
            "bgcolor": "white", "labelloc": "t", "labeljust": "l", "fontname": FONT,
            "fontcolor": INK, "ranksep": "0.4" if labelled else "0.3", "nodesep": "0.2",
            "label": f"<{_caption(report, picture)}>",
        },
        node_attr={"fontname": FONT, "fontsize": str(NODE_SIZE), "fontcolor": INK},
        edge_attr={
            "fontname": FONT, "fontsize": "9", "fontcolor": MUTED, "arrowsize": "0.6",
        },
    )  # fmt: skip
    results = {each.name: each for each in report.results}
    ranks: dict[int, list[PictureNode]] = defaultdict(list)
    for node in picture.nodes:
        ranks[node.depth].append(node)
    for depth in sorted(ranks):
        with graph.subgraph() as rank:
            assert rank is not None
            rank.attr(rank="same")
            for node in ranks[depth]:
                words = _words(node, bool(picture.folded_by), labelled)
                _add_node(rank, node, words, _tooltip(node, results))
    edges = _Edges(graph, picture, colours)
    for edge in picture.edges:
        edges.add(edge)
    return str(graph.source)


def _actors(picture: Picture) -> list[str]:
    """Who acts, in the order of the spec."""
    acting = dict.fromkeys(edge.instance for edge in picture.edges if not edge.fault)
    others = [name for name in acting if name not in picture.instances]
    return [*(name for name in picture.instances if name in acting), *others]


def _add_node(rank: graphviz.Digraph, node: PictureNode, words: str, tooltip: str) -> None:
    import graphviz

    bad = bool(node.violates)
    attributes = {
        "label": graphviz.escape(words),
        "tooltip": graphviz.escape(_plain(tooltip)),
        "shape": "octagon" if node.deadlock else "box" if words else "circle",
        "style": "filled,rounded" if words and not node.deadlock else "filled",
        "fillcolor": RED if bad else INK if node.initial else LOST if node.lost else PAPER,
        "fontcolor": PAPER if bad or node.initial else INK,
        "color": _outline(node),
        "penwidth": "2.4" if node.on_trace else "1",
        "peripheries": "2" if node.final else "1",
        "margin": "0.08,0.03",
    }
    if words:
        longest = max(words.split("\n"), key=len)
        inches = text_width(longest, NODE_SIZE) / 72 + 0.16
        attributes |= {"height": "0.25", "width": f"{inches:.2f}"}
    else:
        attributes |= {"height": "0.16", "width": "0.16", "fixedsize": "true"}
    rank.node(str(node.number), **attributes)


def _outline(node: PictureNode) -> str:
    if node.violates or node.again:
        return RED
    if node.final:
        return GREEN
    return INK if node.initial or node.on_trace or node.deadlock else LIFELINE


def _tooltip(node: PictureNode, results: Mapping[str, PropertyResult]) -> str:
    told = node.told
    if node.violates:
        told += "".join(f"\n{_wrong(name, results.get(name))}" for name in node.violates)
    elif node.lost:
        told += "\nlost: every run from here violates it"
    told += "\nagain and again, in a run that never ends" if node.again else ""
    return told + ("\ndeadlock" if node.deadlock else "")


def _wrong(name: str, result: PropertyResult | None) -> str:
    """What is wrong with a state: it need not be what violates."""
    form = PLAIN if result is None else result.form
    if result is not None and result.by_then:
        return f"a run has violated {name} when it comes here"
    if form.asks_runs:
        return f"a run that violates {name} ends here"
    return f"a step that violates {name} leads here" if form.of_steps else f"violates {name}"


def _words(node: PictureNode, folded: bool, labelled: bool) -> str:
    """What a node says: little; the whole is in its tooltip."""
    if folded and not labelled:
        return f"{node.states:,}"
    if not labelled:
        return ""
    lines = [shorten(line, LABEL_LENGTH) for line in _plain(node.label).split("\n")]
    if folded:
        lines.append(f"{node.states:,} state" + ("" if node.states == 1 else "s"))
    return "\n".join(lines)


def _plain(text: str) -> str:
    return "\n".join(printable(line) for line in text.split("\n"))


class _Edges:
    """Draws the edges of a picture."""

    def __init__(self, graph: graphviz.Digraph, picture: Picture, colours: dict[str, str]) -> None:
        self._graph = graph
        self._colours = colours
        self._nodes = {node.number: node for node in picture.nodes}
        self._labelled = len(picture.nodes) <= LABELLED_EDGES

    def add(self, edge: PictureEdge) -> None:
        """Draw one edge."""
        import graphviz

        whole = ", ".join(printable(event) for event in edge.events)
        source, target = self._nodes[edge.source], self._nodes[edge.target]
        attributes = {
            "color": RED if edge.fault else self._colours[edge.instance],
            "penwidth": "3" if edge.turns else "1",
            "tooltip": graphviz.escape(f"{printable(edge.instance)}: {whole}"),
        }
        if edge.fault:
            attributes["style"] = "dashed"
        if edge.turns:
            attributes |= {"weight": "8", "fontcolor": INK}
        if edge.turns or self._labelled:
            text = shorten(_event_words(edge), LABEL_LENGTH)
            # Layout programs measure Arial; where a wider font is shown, the blanks give it room.
            text = " " * (2 + len(text) // 5) + text + "  "
            if edge.turns and _seals(source, target):
                attributes["fontcolor"] = RED
                text = f"{text}\n   {NO_RETURN}  "
            if edge.closes:
                attributes["fontcolor"] = RED
                text = f"{text}\n     {FOR_EVER}  "
            attributes["label"] = graphviz.escape(text)
        if target.depth <= source.depth:
            # A step back, or one beside: it must not turn the ranks upside down.
            attributes["constraint"] = "false"
        self._graph.edge(str(edge.source), str(edge.target), **attributes)


def _seals(source: PictureNode, target: PictureNode) -> bool:
    """Whether a step makes certain what is not wrong yet."""
    return target.lost and not source.lost and not target.violates


def _event_words(edge: PictureEdge) -> str:
    """What happens along an edge, in few words: turns of loops are left out where there are
    several, as are all but the first turns of the trace."""
    labels = dict.fromkeys(printable(event) for event in edge.events)
    if edge.fault:
        # An edge's colour says who acts, and not who is hit.
        labels = {f"{printable(edge.instance)} {', '.join(labels)}": None}
    elif len(labels) > 1:
        labels = dict.fromkeys(label.partition("[")[0] for label in labels)
    turns = ", ".join(str(turn) for turn in edge.turns[:TURNS_SHOWN])
    more = ", …" if len(edge.turns) > TURNS_SHOWN else ""
    return f"{turns}{more}: {', '.join(labels)}" if turns else ", ".join(labels)


# --- the caption -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Legend:
    """What the signs of a picture mean: what was folded, in lines; `signs` with their colours; and
    by name who acts, with the colour of the arrows."""

    folded: tuple[str, ...]
    signs: tuple[tuple[str, str], ...]
    actors: tuple[tuple[str, str], ...]


def legend_of(report: CheckReport, picture: Picture) -> Legend:
    """What is told above a picture, so that its colours are understood."""
    folded: tuple[str, ...] = ()
    if picture.folded_by:
        folded = (
            f"Folded into {len(picture.nodes):,} nodes: each is {picture.folded_by},",
            f"and of the same colour. {_what_nodes_say(picture)}",
        )
    nodes = picture.nodes
    signs = [("dark: start", INK)]
    if any(node.final and not node.violates for node in nodes):
        signs.append(("green: a good end", GREEN))
    if any(node.violates for node in nodes):
        signs.append((_red(nodes, report), RED))
    if any(node.lost and not node.violates for node in nodes):
        signs.append((f"pale red: no way back, {picture.shown} will be violated", RED))
    if any(node.deadlock for node in nodes):
        signs.append(("octagon: deadlock", INK))
    if any(edge.turns for edge in picture.edges):
        signs.append(("thick: the trace", INK))
    if any(node.again for node in nodes):
        signs.append((AGAIN, RED))
    if any(edge.fault for edge in picture.edges):
        signs.append((WRONG, RED))
    return Legend(folded, tuple(signs), tuple(_colours(picture).items()))


def _colours(picture: Picture) -> dict[str, str]:
    """Who acts, with the colour of its arrows."""
    names = _actors(picture)
    return {name: PROCESSES[turn % len(PROCESSES)] for turn, name in enumerate(names)}


def _caption(report: CheckReport, picture: Picture) -> str:
    """A table of one column: title, verdict, what was folded, and the signs."""
    space = report.space
    violated = [headline(r) for r in report.results if r.verdict == "violated"]
    told = "; ".join(violated) if violated else "no property is violated"
    title = f"{report.model}: {space.states:,} states, {space.transitions:,} transitions"
    if not space.complete:
        title += " (explored in part)"
    legend = legend_of(report, picture)
    rows = [_cell(title, INK, 18, bold=True), _cell(told, RED if violated else INK, 13)]
    rows += (_cell(line, MUTED, 11) for line in legend.folded)
    rows.append(_line([each for each in legend.signs if each[0] not in (AGAIN, WRONG)]))
    rows += (_line([each]) for each in legend.signs if each[0] in (AGAIN, WRONG))
    actors = [(f"→ {name}", colour) for name, colour in legend.actors]
    for start in range(0, len(actors), ACTORS_IN_LINE):
        rows.append(_line(actors[start : start + ACTORS_IN_LINE]))
    body = "".join(f"<TR>{row}</TR>" for row in rows)
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">{body}</TABLE>'


def _red(nodes: Sequence[PictureNode], report: CheckReport) -> str:
    """What a red node is: where a step or a run violates, it is where that leads to."""
    names = {name for node in nodes for name in node.violates}
    results = [each for each in report.results if each.name in names]
    forms = [each.form for each in results]
    told = ["violates"] if any(not (f.of_steps or f.asks_runs) for f in forms) or not forms else []
    told += ["after a step that violates"] if any(f.of_steps for f in forms) else []
    of_runs = [each for each in results if each.form.asks_runs]
    told += ["a run that violates ends"] if any(not each.by_then for each in of_runs) else []
    told += ["a run has violated"] if any(each.by_then for each in of_runs) else []
    return f"red: {', or '.join(told)}"


def _what_nodes_say(picture: Picture) -> str:
    if len(picture.nodes) > NODES_READ or not picture.lines:
        return "It says how many."
    return f"It says where {' and '.join(picture.lines)} stand, and how many states it is."


def _line(texts: Sequence[tuple[str, str]]) -> str:
    """A cell of several texts in their colours, one beside the other."""
    runs = []
    for text, colour in texts:
        shown = printable(text)
        # Each run is placed where Arial would end: blanks make room for wider fonts.
        blanks = "&#160;" * (3 + 2 * len(shown) // 5)
        font = f'<FONT COLOR="{colour}" POINT-SIZE="11"><B>{escape(shown)}</B>{blanks}</FONT>'
        runs.append(font)
    return f'<TD ALIGN="LEFT">{"".join(runs)}</TD>'


def _cell(text: str, colour: str, size: int, bold: bool = False) -> str:
    """A cell wide enough for the text in any of the fonts that may show it."""
    width = int(text_width(printable(text), size, "bold" if bold else "sans")) + 10
    shown = escape(printable(text))
    if bold:
        shown = f"<B>{shown}</B>"
    font = f'<FONT COLOR="{colour}" POINT-SIZE="{size}">{shown}</FONT>'
    return f'<TD ALIGN="LEFT" WIDTH="{width}">{font}</TD>'

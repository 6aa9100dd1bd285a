"""The picture of the state space: every reachable state, in DOT.

States stand in ranks by their depth, so time runs down. What a glance must tell: where it
starts, where it ends well (a double border), where it ends badly (red), and which way the
trace takes (bold). Who acts is the edge's colour; what a state is like is its tooltip.
"""

from __future__ import annotations

from collections import defaultdict
from html import escape
from typing import TYPE_CHECKING

from .space_fold import Picture, PictureEdge, PictureNode, fold, trace_path
from .story import headline
from .summary import CheckReport, violated_with_trace
from .values import printable, shorten

if TYPE_CHECKING:
    import graphviz
    import networkx

__all__ = ["space_dot", "write_dot"]

FONT = "Helvetica,Arial,sans-serif"
INK, MUTED, RED, WHITE = "#1b2a38", "#66727f", "#c43e00", "#ffffff"
PROCESS_COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#8c6d1f")
"""Of Okabe and Ito, without the red that means a violation; used again from the first."""
LABELLED_NODES = 60
"""Up to so many nodes every node and edge has room for words."""
LABEL_LENGTH = 28


def write_dot(report: CheckReport, graph: networkx.MultiDiGraph[int]) -> str:
    """The graph of all states as DOT; the bold path is the first violated property's trace.

    Nodes are numbered from 0 in breadth-first order and have the attributes depth, initial,
    final, deadlock, violates, label and locations; edges have event and instance.
    """
    violated = violated_with_trace(report)
    path = trace_path(graph, violated[0].trace if violated else None)
    return space_dot(report, fold(graph, path), bool(path))


def space_dot(report: CheckReport, picture: Picture, has_trace: bool) -> str:
    """A picture, folded or not, as DOT."""
    import graphviz

    names = dict.fromkeys(edge.instance for edge in picture.edges)
    colours = {
        name: PROCESS_COLOURS[turn % len(PROCESS_COLOURS)] for turn, name in enumerate(names)
    }
    labelled = len(picture.nodes) <= LABELLED_NODES
    graph = graphviz.Digraph(
        name="space",
        graph_attr={
            "bgcolor": "white", "labelloc": "t", "labeljust": "l", "fontname": FONT,
            "fontcolor": INK, "ranksep": "0.45" if labelled else "0.3", "nodesep": "0.2",
            "label": f"<{_caption(report, picture, colours, has_trace)}>",
        },
        node_attr={"fontname": FONT, "fontsize": "10", "fontcolor": INK},
        edge_attr={"fontname": FONT, "fontsize": "9", "arrowsize": "0.6"},
    )  # fmt: skip
    ranks: dict[int, list[PictureNode]] = defaultdict(list)
    for node in picture.nodes:
        ranks[node.depth].append(node)
    for depth in sorted(ranks):
        with graph.subgraph() as rank:
            assert rank is not None
            rank.attr(rank="same")
            for node in ranks[depth]:
                _add_node(rank, node, bool(picture.folded_by), labelled)
    depths = {node.number: node.depth for node in picture.nodes}
    for edge in picture.edges:
        _add_edge(graph, edge, colours[edge.instance], depths, labelled)
    return str(graph.source)


def _add_node(rank: graphviz.Digraph, node: PictureNode, folded: bool, labelled: bool) -> None:
    import graphviz

    bad = bool(node.violates)
    told = f"{node.label}\ndepth {node.depth}"
    if folded:
        told += f"\n{node.states} states, {node.violating} of them violate" if bad else (
            f"\n{node.states} states"
        )  # fmt: skip
    if node.violates:
        told += f"\nviolates {', '.join(node.violates)}"
    if node.deadlock:
        told += "\ndeadlock"
    words = _words(node, folded, labelled)
    attributes = {
        "label": graphviz.escape(words),
        "tooltip": graphviz.escape(_plain(told)),
        "shape": "octagon" if node.deadlock else "box" if words else "circle",
        "style": "filled,rounded" if words and not node.deadlock else "filled",
        "fillcolor": RED if bad else INK if node.initial else WHITE,
        "fontcolor": WHITE if bad or node.initial else INK,
        "color": RED if bad else INK if node.initial or node.on_trace or node.final else "#9fb3c4",
        "penwidth": "2.4" if node.on_trace else "1",
        "peripheries": "2" if node.final else "1",
        "margin": "0.08,0.03",
    }
    if words:
        attributes |= {"height": "0.25", "width": "0.3"}
    else:
        attributes |= {"height": "0.16", "width": "0.16", "fixedsize": "true"}
    rank.node(str(node.number), **attributes)


def _words(node: PictureNode, folded: bool, labelled: bool) -> str:
    """What a node says: little; the whole is in its tooltip."""
    if folded:
        if not labelled:
            return f"{node.states:,}"
        lines = [shorten(_plain(line), LABEL_LENGTH) for line in node.label.split("\n")]
        count = f"{node.states:,} state" + ("" if node.states == 1 else "s")
        return "\n".join([*lines, count])
    if not labelled:
        return ""
    return shorten(_plain(node.label), LABEL_LENGTH)


def _plain(text: str) -> str:
    return "\n".join(printable(line) for line in text.split("\n"))


def _add_edge(
    graph: graphviz.Digraph,
    edge: PictureEdge,
    colour: str,
    depths: dict[int, int],
    labelled: bool,
) -> None:
    import graphviz

    events = ", ".join(printable(event) for event in edge.events)
    attributes = {
        "color": colour,
        "penwidth": "3" if edge.turn else "1",
        "tooltip": graphviz.escape(events),
    }
    if edge.turn:
        shown = f"{edge.turn}. {events}"
        attributes |= {
            "label": graphviz.escape(" " + shorten(shown, LABEL_LENGTH) + " "),
            "fontcolor": INK,
            "weight": "8",
        }
    elif labelled:
        attributes |= {
            "label": graphviz.escape(" " + shorten(events, LABEL_LENGTH) + " "),
            "fontcolor": MUTED,
        }
    if depths[edge.target] <= depths[edge.source]:
        # A step back, or one beside: it must not turn the ranks upside down.
        attributes["constraint"] = "false"
    graph.edge(str(edge.source), str(edge.target), **attributes)


# --- the caption -----------------------------------------------------------------------------


def _caption(
    report: CheckReport, picture: Picture, colours: dict[str, str], has_trace: bool
) -> str:
    space = report.space
    title = _font(f"{report.model}: {space.states:,} states, {space.transitions:,} transitions",
                  INK, 18, bold=True)  # fmt: skip
    violated = [headline(r) for r in report.results if r.verdict == "violated"]
    told = "; ".join(violated) if violated else "no property is violated"
    lines = [title, _font(told, RED if violated else INK, 13)]
    if picture.folded_by:
        drawn = f"{len(picture.nodes):,}"
        text = f"Folded into {drawn} nodes: each stands for {picture.folded_by}; "
        number = "it says how many states that are, and is red if one of them violates."
        lines.append(_font(text + number, MUTED, 11))
    signs = [_font("start", INK, 11, bold=True), _font("double border: can end here", MUTED, 11)]
    if any(node.violates for node in picture.nodes):
        signs.append(_font("red: violates", RED, 11, bold=True))
    if any(node.deadlock for node in picture.nodes):
        signs.append(_font("octagon: deadlock", MUTED, 11))
    if has_trace:
        signs.append(_font("bold: the trace", INK, 11, bold=True))
    signs += [_font(f"— {name}", colour, 11, bold=True) for name, colour in colours.items()]
    lines.append("   ".join(signs))
    return "".join(f'{line}<BR ALIGN="LEFT"/>' for line in lines)


def _font(text: str, colour: str, size: int, bold: bool = False) -> str:
    shown = escape(printable(text))
    if bold:
        shown = f"<B>{shown}</B>"
    return f'<FONT COLOR="{colour}" POINT-SIZE="{size}">{shown}</FONT>'

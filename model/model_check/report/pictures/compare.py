"""From a comparison to its picture: both runs of one schedule as sequence diagrams, side by side.

The rows of a turn stand at the same height, and between them a sign where they differ; at the
foot is what each run ends with.
"""

from __future__ import annotations

from dataclasses import replace

from ...results.check import PropertyResult
from ...results.comparison import CompareReport, Side
from ...verify.show import printable
from ..sequence.comparison import side_by_side
from ..sequence.diagram import Diagram
from ..words.phrases import end_line
from ..words.verdicts import bounded_verdict
from .fonts import text_width
from .foot import END, bare_result, draw_foot
from .lane_layout import key_lines
from .palette import AMBER, FAINT, GREEN, INK, MUTED, PAPER, RED
from .row_layout import CALL_SIZE
from .svg import Canvas, ShapeStyle, TextStyle
from .trace import draw_group, draw_lanes, draw_loop
from .trace_layout import MARGIN, TraceLayout, lay_out

__all__ = ["TURNS_DRAWN", "compare_svg"]

TURNS_DRAWN = 500
"""The longest schedule that is drawn."""
LONGEST = 170
"""Pixels that a command may push two lifelines apart: two diagrams share the width."""
HEAD = 112
NAME = TextStyle(INK, 15, "bold")
VERDICT = TextStyle(MUTED, 14, "bold")
WIDEST_TITLE, WIDEST_NAME = 1200, 400
"""Pixels to which texts may widen the picture."""
BETWEEN = 40
"""Pixels between the two diagrams, where the signs stand."""
SIGN = "≠"


def compare_svg(report: CompareReport) -> str:
    """The picture, as the text of an SVG file."""
    diagrams = side_by_side(report)
    first, second = _aligned(diagrams)
    foot = max(first.foot, second.foot)
    canvases, heights, widths = [], [], []
    for side, diagram, layout in zip(
        (report.first, report.second), diagrams, (first, second), strict=True
    ):
        canvas = Canvas()
        width = max(layout.width, _texts_width(side, report.shown))
        _draw_head(canvas, side, report.shown, width)
        draw_lanes(canvas, layout)
        for each in layout.groups:
            draw_group(canvas, layout, each, side.trace, layout.inside if layout.loop else width)
        draw_loop(canvas, layout, side.trace)
        _draw_passing(canvas, layout)
        result = _result(side, report.shown)
        heights.append(draw_foot(canvas, diagram, result, _end(side), foot, width))
        canvases.append(canvas)
        widths.append(width)
    _draw_over(canvases[0], report, second, widths[0])
    whole = Canvas()
    title = _title(report)
    used = whole.text(MARGIN, 34, title, TextStyle(INK, 17, "bold"), room=WIDEST_TITLE)
    whole.place(canvases[0], 0)
    whole.place(canvases[1], widths[0] + BETWEEN)
    _draw_signs(whole, report, first, widths[0] + BETWEEN / 2)
    wide = max(sum(widths) + BETWEEN, used + 2 * MARGIN)
    return whole.render(wide, max(heights), title)


def _aligned(diagrams: tuple[Diagram, Diagram]) -> tuple[TraceLayout, TraceLayout]:
    """Both layouts, each row as high as the higher one of the two."""
    heights: dict[tuple[int, int], float] = {}
    keys = max(len(key_lines(line)) for diagram in diagrams for line in diagram.lifelines)
    for diagram in diagrams:
        for placed in lay_out(diagram, HEAD, LONGEST).groups:
            for place, row in enumerate(placed.rows):
                key = (placed.group.first, place)
                heights[key] = max(heights.get(key, 0), row.bottom - row.top)
    first, second = (lay_out(each, HEAD, LONGEST, heights, keys=keys) for each in diagrams)
    return first, second


def _title(report: CompareReport) -> str:
    names = f"{report.first.name} and {report.second.name}"
    return f"The same schedule in {names}: at each turn the same process acts, if it can"


def _told(side: Side, shown: str) -> tuple[str, str, str]:
    """What is said of a run, in which colour, and what of all runs."""
    result = side.result(shown) if shown else None
    if result is None:
        return (f"it has no property {shown}" if shown else ""), MUTED, ""
    verdict = side.verdicts[shown]
    states = f"{side.report.space.states:,} states"
    colour = RED if verdict == "violated" else GREEN if verdict == "holds" else MUTED
    run = {"violated": "is violated", "holds": "holds", "undetermined": "is undetermined"}
    covered = "in every interleaving" if side.report.space.complete else "as far as explored"
    whole = f"{covered} ({states}): {bounded_verdict(result, side.report.space)}"
    return f"{shown} {run[verdict]} on this schedule", colour, whole


def _texts_width(side: Side, shown: str) -> float:
    """The width that what stands above and below a diagram needs."""
    run, _, whole = _told(side, shown)
    name = min(text_width(printable(side.name), NAME.size, NAME.font), WIDEST_NAME)
    above = max(name + 16 + text_width(run, VERDICT.size, VERDICT.font), text_width(whole, 12))
    below = text_width(_end(side), END.size, END.font)
    return min(max(above, below), WIDEST_TITLE) + 2 * MARGIN


def _draw_head(canvas: Canvas, side: Side, shown: str, width: float) -> None:
    run, colour, whole = _told(side, shown)
    x = MARGIN + canvas.text(MARGIN, 70, side.name, NAME, room=WIDEST_NAME) + 16
    canvas.text(x, 70, run, replace(VERDICT, fill=colour), room=width - x)
    canvas.text(MARGIN, 90, whole, TextStyle(MUTED), room=width - 2 * MARGIN)


def _draw_passing(canvas: Canvas, layout: TraceLayout) -> None:
    """Why nothing is done at a turn, at the lifeline of whose turn it is."""
    style = TextStyle(MUTED, CALL_SIZE, anchor="middle", behind=PAPER)
    for placed in (row for each in layout.groups for row in each.rows):
        row = placed.row
        if row.label and not row.steps:
            # An instance that is not there has no lifeline.
            x = placed.x if row.actor else layout.lanes[0].x
            canvas.text(x, placed.y + 4, row.label, style)


def _draw_over(canvas: Canvas, report: CompareReport, layout: TraceLayout, width: float) -> None:
    """That the schedule is over, where only the second run has rows."""
    rest = next((each for each in layout.groups if each.group.first > len(report.turns)), None)
    if rest is not None:
        to_its_end = "" if report.second.endless else " to its end"
        told = f"the schedule is over: {report.second.name} goes on{to_its_end}"
        y, room = rest.rows[0].y + 4, width - 2 * MARGIN
        canvas.text(MARGIN, y, told, TextStyle(MUTED, 12), room=room)


def _draw_signs(canvas: Canvas, report: CompareReport, layout: TraceLayout, x: float) -> None:
    """A line between the two, with a sign beside each row that differs."""
    turns = {turn.number: turn for turn in report.turns}
    bottom = layout.groups[-1].bottom
    canvas.line(x, layout.header, x, bottom, ShapeStyle(stroke=FAINT, thick=1.5))
    style = TextStyle(AMBER, 16, "bold", "middle", behind=PAPER)
    for placed in layout.groups:
        for place, row in enumerate(placed.rows):
            turn = turns.get(placed.group.first + place)
            if turn is not None and turn.difference:
                canvas.text(x, row.y + 5, SIGN, style)


def _result(side: Side, shown: str) -> PropertyResult:
    """The shown property with this run as its trace: what the foot draws is about it."""
    found = side.result(shown) or bare_result(shown)
    values = found.values
    if values is not None and found.trace != side.trace:
        values = replace(values, terms=())  # what is known of another run
    return replace(
        found, trace=side.trace, reason=None, no_return=None, moments=(), passed_over=(),
        values=values,
    )  # fmt: skip


def _end(side: Side) -> str:
    if side.left:
        return "At the end: it goes on, and was left here"
    if side.trace.end == "state" and "violated" not in side.verdicts.values():
        return "At the end: the schedule is over"
    return end_line(side.trace)

"""From a property to the picture of its trace: a sequence diagram in SVG.

Made for a slide: a title that says what is wrong, one lane a process and resource, each
command with its answer, a cross where a message reached nobody, a dashed red box for what goes
wrong and a broken lifeline where a process crashes, what the resources hold at that moment, the
window in which the violation became certain, the events of the reason that are not there, a bracket
around what goes round for ever, who waits for whom in a deadlock, and at the foot what is missing.
Nothing is said by colour alone.

What belongs to the row of a step is in a group `<g data-first="7" data-last="7">` (0: the
start), the risk window in `<g data-mark="window">`, the point of no return in
`<g data-mark="no-return">`, the bracket of a loop in `<g data-mark="loop">`, and what stands below
the last step in `<g data-mark="outside">` and `<g data-mark="waits">`: that is how a page finds
them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...results.check import CheckReport, PropertyResult, Trace, trace_of
from ...verify.show import format_value
from ..sequence.diagram import sequence_of
from ..words.columns import ELLIPSIS
from ..words.phrases import (
    end_line,
    headline,
    no_return_text,
    outcome_text,
    steps_text,
)
from ..words.reasons import window_text
from ..words.runs import again_text
from .fonts import Font, text_width
from .foot import END, draw_foot
from .lane_layout import KEY_SIZE, LANE_SIZE, key_lines, name_width
from .palette import (
    ACTOR,
    AMBER,
    BADGE,
    BLUE,
    FAINT,
    GREEN,
    INK,
    LIFELINE,
    MUTED,
    ON_ACTOR,
    PALE_AMBER,
    PALE_BLUE,
    PALE_RED,
    PAPER,
    RED,
    SERVER_EDGE,
    SERVER_LINE,
)
from .row_layout import (
    BOX_HEIGHT,
    CALL_SIZE,
    GAP,
    LABEL_SIZE,
    NOTE_HEIGHT,
    NOTE_PAD,
    Arrow,
    PlacedRow,
)
from .svg import Canvas, ShapeStyle, TextStyle
from .trace_layout import (
    CAPTION_HEIGHT,
    CAPTION_LINE,
    FOR_EVER,
    FOR_EVER_SIZE,
    KEY_LINE,
    LOOP_DEEP,
    MARGIN,
    NAME_HEIGHT,
    NUMBER_SIZE,
    Bracket,
    Lane,
    PlacedGroup,
    TraceLayout,
    lay_out,
    number_text,
)

__all__ = [
    "ABOUT", "BADGE_TEXT", "CAPTION", "HEAD", "SAID", "TITLE", "draw_arrow", "draw_asides",
    "draw_group", "draw_label", "draw_lanes", "draw_loop", "draw_rows", "trace_svg",
]  # fmt: skip

HEAD = 104
"""Pixels of the title, above the names of the lanes."""
TITLE = TextStyle(INK, 20, "bold")
CAPTION = TextStyle(AMBER, 12.5, "bold")
BADGE_TEXT = TextStyle(MUTED, 12, "bold", "middle")
WIDEST_HEAD = 1200
"""Pixels to which a title may widen the picture ..."""
WIDEST_BELOW = 900
"""... and the lines below it."""
ABOUT = TextStyle(MUTED, 13)
SAID = TextStyle(MUTED, 12, "mono")
CROSS = 6
"""Half the size of the cross of a crash."""


def trace_svg(report: CheckReport, result: PropertyResult) -> str:
    """The picture of the property's trace, as the text of an SVG file."""
    trace = trace_of(result)
    diagram = sequence_of(report, result)
    # A narrow trace must not cut the title that says what it shows, nor the reason.
    head = text_width(_title(report, result), TITLE.size, TITLE.font)
    head += text_width(_expected(result), BADGE_TEXT.size, BADGE_TEXT.font) + 60 + 2 * MARGIN
    about, told = _below_title(report, result)
    below = max(text_width(about, ABOUT.size), text_width(told, SAID.size, SAID.font)) + 2 * MARGIN
    head = max(head, min(below, WIDEST_BELOW))
    end = text_width(_end(result), END.size, END.font) + 2 * MARGIN
    caption = _caption(result, max(head, end, lay_out(diagram, HEAD).width))
    layout = lay_out(diagram, HEAD, lines=max(1, len(caption)))
    why = max(map(_caption_width, caption), default=0) if layout.window else 0
    width = max(layout.width, min(max(head, end, why), WIDEST_HEAD))
    canvas = Canvas()
    draw_rows(canvas, layout, caption, trace, width)
    with canvas.group(mark="no-return"):
        _draw_no_return(canvas, layout, result, width)
    _draw_below(canvas, layout)
    for bracket in layout.brackets:
        _draw_bracket(canvas, bracket)
    draw_loop(canvas, layout, trace)
    _draw_head(canvas, report, result, width)
    height = draw_foot(canvas, diagram, result, _end(result), layout.foot, width)
    return canvas.render(width, height, f"{report.model}: {outcome_text(result)}")


def _title(report: CheckReport, result: PropertyResult) -> str:
    return f"{report.model}: {headline(result)}"


def _end(result: PropertyResult) -> str:
    return end_line(trace_of(result), result.form)


def _caption(result: PropertyResult, room: float) -> tuple[str, ...]:
    """The lines at the top of the risk window: one, or one a fact where they take more room."""
    facts = window_text(result)
    together = ", ".join(facts)
    return (together,) if _caption_width(together) <= min(room, WIDEST_HEAD) else facts


def _caption_width(line: str) -> float:
    return text_width(line, CAPTION.size, CAPTION.font) + 2 * MARGIN


def _expected(result: PropertyResult) -> str:
    if result.expected == "either":
        return "without faults"
    return "as expected" if result.as_expected else f"EXPECTED {result.expected}"


def _draw_head(canvas: Canvas, report: CheckReport, result: PropertyResult, width: float) -> None:
    room = width - 2 * MARGIN
    expected = _expected(result)
    badge = text_width(expected, BADGE_TEXT.size, BADGE_TEXT.font) + 20
    canvas.text(MARGIN, 42, _title(report, result), TITLE, room=room - badge - 20)
    colour, pale = (MUTED, BADGE) if result.as_expected else (RED, PALE_RED)
    left = width - MARGIN - badge
    canvas.rect(left, 24, badge, 24, ShapeStyle(pale, round_by=12))
    canvas.text(left + badge / 2, 40, expected, replace(BADGE_TEXT, fill=colour))
    about, told = _below_title(report, result)
    canvas.text(MARGIN, 64, about, ABOUT, room=room)
    canvas.text(MARGIN, 83, told, SAID, room=room)


def _below_title(report: CheckReport, result: PropertyResult) -> tuple[str, str]:
    """What the property is about, and its formula with the constants and the number of steps."""
    about = " ".join(result.about.split())
    formula = f"{result.kind}: {' '.join(result.text.split())}" if result.text else ""
    constants = ", ".join(f"{k}={format_value(v)}" for k, v in report.constants.items())
    steps = steps_text(len(trace_of(result).steps))
    told = "   ".join(part for part in (formula, constants, steps) if part)
    return about or report.path, told


def draw_rows(
    canvas: Canvas, layout: TraceLayout, caption: Sequence[str], trace: Trace, width: float
) -> None:
    """The lanes and the rows of a trace, with the window behind them, and what that is."""
    with canvas.group(mark="window"):
        _draw_window(canvas, layout, caption, width)
    draw_lanes(canvas, layout)
    for each in layout.groups:
        with canvas.group(first=str(each.group.first), last=str(each.group.last)):
            # What goes round has its bracket at the right of the rows.
            draw_group(canvas, layout, each, trace, layout.inside if layout.loop else width)


def _draw_window(canvas: Canvas, layout: TraceLayout, caption: Sequence[str], width: float) -> None:
    """The rows between the events that made the violation certain."""
    if layout.window is None:
        return
    top, bottom = layout.window
    ground = ShapeStyle(PALE_AMBER, round_by=6)
    canvas.rect(MARGIN - 10, top, width - 2 * MARGIN + 20, bottom - top, ground)
    for turn, line in enumerate(caption):
        at = top + CAPTION_HEIGHT - 7 + CAPTION_LINE * turn
        canvas.text(MARGIN, at, line, CAPTION, room=width - 2 * MARGIN)


def draw_lanes(canvas: Canvas, layout: TraceLayout) -> None:
    """The lifelines, with their names."""
    bottom, window = layout.bottom, layout.window
    for lane in layout.lanes:
        process = lane.line.sort == "process"
        end = bottom if lane.end is None else lane.end + 5 * (not lane.crashed)
        cuts = list(lane.breaks)
        if window is not None and lane.start < window[0] < end:
            # The caption of the window stands across the lanes: leave it free.
            cuts.append((window[0], window[0] + layout.caption))
        colour, dash = (LIFELINE, "") if process else (SERVER_LINE, "2 4")
        start = lane.start
        for stop, onward in (*sorted(cuts), (end, end)):
            style = ShapeStyle(stroke=colour, thick=1.5, dash=dash)
            canvas.line(lane.x, start, lane.x, stop, style)
            start = onward
        bar = ShapeStyle(stroke=LIFELINE, thick=2.5)
        for top, below in lane.breaks:
            canvas.cross(lane.x, (top + below) / 2 - 1, CROSS, stroke=RED)
            canvas.line(lane.x - 8, below, lane.x + 8, below, bar)
        if lane.crashed:
            canvas.cross(lane.x, end, CROSS, stroke=RED)
        elif lane.end is not None:
            canvas.line(lane.x - 8, end, lane.x + 8, end, bar)
        _draw_name(canvas, lane, layout.header + 4)


def _draw_name(canvas: Canvas, lane: Lane, top: float) -> None:
    process = lane.line.sort == "process"
    width, left = name_width(lane.line), lane.x - name_width(lane.line) / 2
    if lane.line.sort == "shared":
        canvas.barrel(left, top, width, 26, ShapeStyle(PAPER, SERVER_EDGE))
    else:
        style = ShapeStyle(ACTOR, round_by=4) if process else ShapeStyle(PAPER, SERVER_EDGE, 1, 13)
        canvas.rect(left, top, width, 26, style)
    text = TextStyle(ON_ACTOR if process else MUTED, LANE_SIZE, "bold", "middle")
    canvas.text(lane.x, top + 17.5 + 1.5 * (lane.line.sort == "shared"), lane.line.name, text)
    for turn, (shown, key) in enumerate(key_lines(lane.line)):
        at = top + NAME_HEIGHT + KEY_LINE * turn + 9
        pattern = TextStyle(MUTED, KEY_SIZE, "mono", "middle")
        canvas.text(lane.x, at, shown, pattern, tooltip=key if key != shown else "")


def draw_group(
    canvas: Canvas, layout: TraceLayout, placed: PlacedGroup, trace: Trace, width: float
) -> None:
    """The rows of a step, or of a folded run: where several steps repeat themselves together,
    in a frame."""
    group, y = placed.group, placed.rows[0].y
    folded = len(placed.rows) > 1
    if folded:
        height = placed.bottom - placed.top - 5
        frame = ShapeStyle(stroke=FAINT, round_by=6)
        canvas.rect(MARGIN - 8, placed.top + 3, width - 2 * MARGIN + 16, height, frame)
    canvas.text(MARGIN, y + 4, number_text(group), TextStyle(MUTED, NUMBER_SIZE))
    if folded:
        told = f"×{group.times}" if group.times else "mixed"
        canvas.text(MARGIN, y + 18, told, TextStyle(MUTED, NUMBER_SIZE, "bold"))
    ground = _ground(layout, placed.top)
    for row in placed.rows:
        _draw_row(canvas, layout, row, trace, ground)


def _ground(layout: TraceLayout, y: float) -> str:
    """The colour of the paper at this height."""
    window = layout.window
    return PALE_AMBER if window is not None and window[0] <= y < window[1] else PAPER


def _draw_row(
    canvas: Canvas, layout: TraceLayout, row: PlacedRow, trace: Trace, ground: str
) -> None:
    for arrow in row.arrows:
        draw_arrow(canvas, arrow, ground)
    said = RED if row.row.broken else GREEN
    draw_asides(canvas, row, TextStyle(said, CALL_SIZE, "mono", behind=ground))
    for note in row.notes:
        frame = ShapeStyle(PAPER, INK if note.read else FAINT, round_by=3)
        canvas.rect(note.x, note.y - NOTE_HEIGHT / 2, note.width, NOTE_HEIGHT, frame)
        canvas.text(
            note.x + NOTE_PAD, note.y + 3.7, note.text,
            TextStyle(INK if note.read else MUTED, CALL_SIZE, "mono"),
            room=note.width - 2 * NOTE_PAD + 1, tooltip=note.whole,
        )  # fmt: skip
    if row.row.steps:
        _draw_box(canvas, layout, row, trace)


def _draw_box(canvas: Canvas, layout: TraceLayout, placed: PlacedRow, trace: Trace) -> None:
    """The step's label on its process's lifeline; of several steps, a stack of boxes."""
    row = placed.row
    number = row.steps[-1].number
    failing = trace.end == "error" and number == len(trace.steps)
    marked = number in layout.marked
    left, top = placed.x - placed.width / 2, placed.y - BOX_HEIGHT / 2
    wrong = failing or row.fault or row.broken
    fill = PALE_RED if wrong else PAPER if marked else PALE_BLUE
    stroke = RED if wrong else AMBER if marked else BLUE
    style = ShapeStyle(fill, stroke, round_by=4, dash="4 2" if row.fault else "")
    with canvas.group("\n".join(row.told)):
        if len(row.steps) > 1:
            canvas.rect(left + 3, top + 3, placed.width, BOX_HEIGHT, style)
        style = replace(style, thick=2 if wrong or marked else 1)
        label = TextStyle(RED if row.fault else INK, LABEL_SIZE, anchor="middle")
        draw_label(canvas, placed, style, replace(label, font="bold") if row.fault else label)


def draw_label(canvas: Canvas, placed: PlacedRow, style: ShapeStyle, label: TextStyle) -> None:
    """A box with a row's label on its lifeline."""
    left, top = placed.x - placed.width / 2, placed.y - BOX_HEIGHT / 2
    canvas.rect(left, top, placed.width, BOX_HEIGHT, style)
    canvas.text(placed.x, placed.y + 4.3, placed.row.boxed, label)


def _draw_below(canvas: Canvas, layout: TraceLayout) -> None:
    """What stands below the last step: events that the trace does not have, and who waits."""
    with canvas.group(mark="outside"):
        for row in layout.outside:
            style = ShapeStyle(PAPER, AMBER, round_by=4, dash="4 3")
            draw_label(canvas, row, style, TextStyle(AMBER, LABEL_SIZE, anchor="middle"))
            draw_asides(canvas, row, TextStyle(AMBER, CALL_SIZE, behind=_ground(layout, row.y)))
    with canvas.group(mark="waits"):
        for row in layout.waits:
            canvas.text(MARGIN, row.y + 4, "end", TextStyle(MUTED, NUMBER_SIZE))
            for arrow in row.arrows:
                draw_arrow(canvas, arrow, PAPER)
            draw_asides(canvas, row, TextStyle(RED, CALL_SIZE, "mono", behind=PAPER))
            label = TextStyle(RED, LABEL_SIZE, anchor="middle")
            draw_label(canvas, row, ShapeStyle(PALE_RED, RED, round_by=4), label)


def draw_asides(canvas: Canvas, row: PlacedRow, style: TextStyle) -> None:
    for aside in row.asides:
        canvas.text(aside.x, aside.y, aside.text, style)


def draw_arrow(canvas: Canvas, arrow: Arrow, ground: str) -> None:
    """A message: solid where it is sent, dashed where something comes back or is waited for, and
    thick in a cycle of waiting; with a cross at its end where it reached nobody."""
    message = arrow.message
    side = 1 if arrow.end > arrow.start else -1
    back, waits = message.sort == "reply", message.sort in ("wait", "cycle")
    wrong = message.lost or message.refused or waits
    colour = RED if wrong else GREEN if message.sort in ("reply", "push") else BLUE
    crossed = message.lost and not back
    end = arrow.end - side * (16 if crossed else 1)
    thick = 2.2 if message.sort == "cycle" else 1.4
    line = ShapeStyle(stroke=colour, thick=thick, dash="5 3" if back or waits else "")
    canvas.line(arrow.start, arrow.y, end, arrow.y, line)
    if crossed:
        canvas.cross(arrow.end - side * 11, arrow.y, 5.5, stroke=RED)
    else:
        canvas.arrow_head(end, arrow.y, side, fill=colour)
    font: Font = "mono-bold" if message.lost or message.refused or message.read else "mono"
    fill = colour if wrong else INK
    told, both = message.whole, f" {ELLIPSIS} "
    if len(message.told) > 1 and both in told and text_width(told, CALL_SIZE, font) > arrow.room:
        # The first and the last of several commands: without their middle both would read as one.
        told = told.partition(both)[0] + both.rstrip()
    canvas.text(
        arrow.middle, arrow.y - 4.5, told,
        TextStyle(fill, CALL_SIZE, font, "middle", keep_end=True, behind=ground),
        room=arrow.room, tooltip="\n".join(message.told),
    )  # fmt: skip


def _draw_no_return(
    canvas: Canvas, layout: TraceLayout, result: PropertyResult, width: float
) -> None:
    """The line below which the violation is certain."""
    if layout.sealed is None:
        return
    y, right = layout.sealed + CAPTION_HEIGHT / 2, width - MARGIN
    if layout.loop is not None and y > layout.loop.top:
        right = layout.inside - MARGIN  # the line is not to cross the bracket
    canvas.line(MARGIN, y, right, y, ShapeStyle(stroke=RED, thick=1.4, dash="6 4"))
    style = TextStyle(RED, 12.5, "bold", "end", behind=_ground(layout, layout.sealed))
    canvas.text(right, y + 4, no_return_text(result), style, room=right - MARGIN)


def _draw_bracket(canvas: Canvas, bracket: Bracket) -> None:
    x, low, high = bracket.x, *sorted((bracket.first, bracket.second))
    style = ShapeStyle(stroke=AMBER, thick=1.6)
    canvas.path(f"M{x + 7:.1f} {low:.1f}H{x:.1f}V{high:.1f}H{x + 5:.1f}", style)
    canvas.arrow_head(x + 10, bracket.second, 1, fill=AMBER)


def draw_loop(canvas: Canvas, layout: TraceLayout, trace: Trace) -> None:
    """From the last row of what goes round back to its first, with the words for it."""
    loop = layout.loop
    if loop is None:
        return
    x, far = loop.x, loop.x + LOOP_DEEP
    with canvas.group(again_text(trace), mark="loop"):
        line = f"M{x:.1f} {loop.bottom:.1f}H{far:.1f}V{loop.top:.1f}H{x + 6:.1f}"
        canvas.path(line, ShapeStyle(stroke=RED, thick=2))
        canvas.arrow_head(x, loop.top, -1, fill=RED)
        words = TextStyle(RED, FOR_EVER_SIZE, "bold")
        canvas.text(far + GAP, (loop.top + loop.bottom) / 2 + 4, FOR_EVER, words)

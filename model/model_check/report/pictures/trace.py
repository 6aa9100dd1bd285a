"""The picture of a violation: its trace as a sequence diagram in SVG.

Made for a slide: a title that says what is wrong, one lane a process and resource, each
command with its answer, a cross where a message reached nobody, what the resources hold at
that moment, the window in which the violation became certain, and at the foot what is
missing. Nothing is said by colour alone.

What belongs to the row of a step is in a group `<g data-first="7" data-last="7">` (0: the
start), the risk window in `<g data-mark="window">`, the point of no return in
`<g data-mark="no-return">`: that is how a page finds them.
"""

from __future__ import annotations

from ...verify.outcome import PropertyResult, Trace
from ..sequence.chips import ChipRow, chip_rows
from ..sequence.diagram import Diagram, folded_text, sequence_of
from ..words.columns import printable
from ..words.phrases import (
    end_text,
    headline,
    is_hole,
    no_return_text,
    outcome_text,
    standing,
    steps_text,
    window_text,
)
from ..words.summary import CheckReport
from ..words.values import format_value, name_of_bindings
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
from .svg import Canvas, text_width
from .trace_layout import (
    BOX_HEIGHT,
    CALL_SIZE,
    CAPTION_HEIGHT,
    LABEL_SIZE,
    LANE_SIZE,
    MARGIN,
    NOTE_HEIGHT,
    NOTE_PAD,
    NUMBER_SIZE,
    Arrow,
    Block,
    Lane,
    Layout,
    Line,
    lay_out,
    number_text,
)

__all__ = ["HEAD", "draw_block", "draw_foot", "draw_lanes", "trace_svg"]

HEAD = 104
"""Pixels of the title, above the names of the lanes."""
TITLE_SIZE = 20
END_SIZE = 13
WIDEST_HEAD = 1200
"""Pixels to which a title may widen the picture."""
CHIP = 27


def trace_svg(report: CheckReport, result: PropertyResult) -> str:
    """The picture of the property's trace, as the text of an SVG file."""
    trace = result.trace
    assert trace is not None
    diagram = sequence_of(report, result)
    layout = lay_out(diagram, HEAD)
    # A narrow trace must not cut the title that says what it shows.
    head = text_width(_title(report, result), TITLE_SIZE, "bold")
    head += text_width(_expected(result), 12, "bold") + 60 + 2 * MARGIN
    end = text_width(_end(trace), END_SIZE, "bold") + 2 * MARGIN
    width = max(layout.width, min(max(head, end), WIDEST_HEAD))
    canvas = Canvas()
    with canvas.group(mark="window"):
        _draw_window(canvas, layout, result, width)
    draw_lanes(canvas, layout)
    for block in layout.blocks:
        group = block.group
        with canvas.group(first=str(group.first), last=str(group.last)):
            draw_block(canvas, layout, block, trace, width)
    with canvas.group(mark="no-return"):
        _draw_no_return(canvas, layout, result, width)
    for bracket in layout.brackets:
        _draw_bracket(canvas, bracket.x, bracket.first, bracket.second)
    _draw_head(canvas, report, result, width)
    height = draw_foot(canvas, diagram, result, _end(trace), layout.foot, width)
    return canvas.render(width, height, f"{report.model}: {outcome_text(result)}")


def _title(report: CheckReport, result: PropertyResult) -> str:
    return f"{report.model}: {headline(result)}"


def _end(trace: Trace) -> str:
    return f"At the end: {end_text(trace)}"


def _expected(result: PropertyResult) -> str:
    return "as expected" if result.as_expected else f"EXPECTED {result.expected}"


def _draw_head(canvas: Canvas, report: CheckReport, result: PropertyResult, width: float) -> None:
    room = width - 2 * MARGIN
    expected = _expected(result)
    badge_width = text_width(expected, 12, "bold") + 20
    title_room = room - badge_width - 20
    canvas.text(
        MARGIN, 42, _title(report, result), size=TITLE_SIZE, font="bold", fill=INK, room=title_room
    )
    colour, pale = (MUTED, BADGE) if result.as_expected else (RED, PALE_RED)
    canvas.rect(width - MARGIN - badge_width, 24, badge_width, 24, fill=pale, round_by=12)
    canvas.text(
        width - MARGIN - badge_width / 2, 40, expected,
        size=12, font="bold", fill=colour, anchor="middle",
    )  # fmt: skip
    about = " ".join(result.about.split())
    formula = f"{result.kind}: {' '.join(result.text.split())}" if result.text else ""
    constants = ", ".join(f"{k}={format_value(v)}" for k, v in report.constants.items())
    assert result.trace is not None
    steps = steps_text(len(result.trace.steps))
    told = "   ".join(part for part in (formula, constants, steps) if part)
    canvas.text(MARGIN, 64, about or report.path, size=13, fill=MUTED, room=room)
    canvas.text(MARGIN, 83, told, size=11.5, font="mono", fill=MUTED, room=room)


def _draw_window(canvas: Canvas, layout: Layout, result: PropertyResult, width: float) -> None:
    """The rows between the events that made the violation certain."""
    if layout.window is None:
        return
    top, bottom = layout.window
    canvas.rect(
        MARGIN - 10, top, width - 2 * MARGIN + 20, bottom - top, fill=PALE_AMBER, round_by=6
    )
    canvas.text(
        MARGIN, top + CAPTION_HEIGHT - 7, ", ".join(window_text(result)),
        size=11.5, font="bold", fill=AMBER, room=width - 2 * MARGIN,
    )  # fmt: skip


def draw_lanes(canvas: Canvas, layout: Layout) -> None:
    """The lifelines, with their names."""
    bottom = layout.blocks[-1].bottom
    window = layout.window
    for lane in layout.lanes:
        process = lane.line.sort == "process"
        end = bottom if lane.end is None else lane.end + 5
        pieces = [(layout.header + 30, end)]
        if window is not None and pieces[0][0] < window[0] < end:
            # The caption of the window stands across the lanes: leave it free.
            pieces = [(pieces[0][0], window[0]), (window[0] + CAPTION_HEIGHT, end)]
        for start, stop in pieces:
            canvas.line(
                lane.x, start, lane.x, stop, stroke=LIFELINE if process else SERVER_LINE,
                thick=1.5, dash="" if process else "2 4",
            )  # fmt: skip
        if lane.end is not None:
            canvas.line(lane.x - 8, end, lane.x + 8, end, stroke=LIFELINE, thick=2.5)
        _draw_name(canvas, lane, layout.header + 4)


def _draw_name(canvas: Canvas, lane: Lane, top: float) -> None:
    process = lane.line.sort == "process"
    width = text_width(printable(lane.line.name), LANE_SIZE, "bold") + 20
    left = lane.x - width / 2
    if process:
        canvas.rect(left, top, width, 26, fill=ACTOR, round_by=4)
    else:
        canvas.rect(left, top, width, 26, fill=PAPER, stroke=SERVER_EDGE, round_by=13)
    canvas.text(
        lane.x, top + 17.5, lane.line.name, size=LANE_SIZE, font="bold",
        fill=ON_ACTOR if process else MUTED, anchor="middle",
    )  # fmt: skip


def draw_block(canvas: Canvas, layout: Layout, block: Block, trace: Trace, width: float) -> None:
    """The rows of a step, or of a folded run: where several steps repeat themselves together,
    in a frame."""
    group = block.group
    first = block.lines[0]
    if len(block.lines) > 1:
        canvas.rect(
            MARGIN - 8, block.top + 3, width - 2 * MARGIN + 16, block.bottom - block.top - 5,
            fill="none", stroke=FAINT, round_by=6,
        )  # fmt: skip
    canvas.text(MARGIN, first.y + 4, number_text(group), size=NUMBER_SIZE, fill=MUTED)
    if len(block.lines) > 1:
        told = f"×{group.times}" if group.times else "mixed"
        canvas.text(MARGIN, first.y + 18, told, size=NUMBER_SIZE, font="bold",
                    fill=MUTED)  # fmt: skip
    window = layout.window
    inside = window is not None and window[0] <= block.top < window[1]
    for line in block.lines:
        _draw_line(canvas, layout, line, trace, PALE_AMBER if inside else PAPER)


def _draw_line(canvas: Canvas, layout: Layout, line: Line, trace: Trace, ground: str) -> None:
    for arrow in line.arrows:
        _draw_arrow(canvas, arrow, ground)
    for aside in line.asides:
        canvas.text(aside.x, aside.y, aside.text, size=CALL_SIZE, font="mono", fill=GREEN,
                    behind=ground)  # fmt: skip
    for note in line.notes:
        canvas.rect(
            note.x, note.y - NOTE_HEIGHT / 2, note.width, NOTE_HEIGHT, fill=PAPER,
            stroke=FAINT, round_by=3,
        )  # fmt: skip
        canvas.text(
            note.x + NOTE_PAD, note.y + 3.7, note.text, size=CALL_SIZE, font="mono", fill=MUTED,
            room=note.width - 2 * NOTE_PAD + 1, tooltip=note.whole,
        )  # fmt: skip
    if line.row.steps:
        _draw_box(canvas, layout, line, trace)


def _draw_box(canvas: Canvas, layout: Layout, line: Line, trace: Trace) -> None:
    """The step's label on its process's lifeline; of several steps, a stack of boxes."""
    row = line.row
    number = row.steps[-1].number
    failing = trace.end == "error" and number == len(trace.steps)
    marked = number in layout.marked
    left, top = line.x - line.width / 2, line.y - BOX_HEIGHT / 2
    fill = PALE_RED if failing else PAPER if marked else PALE_BLUE
    stroke = RED if failing else AMBER if marked else BLUE
    thick = 2 if failing or marked else 1
    with canvas.group("\n".join(row.told)):
        if len(row.steps) > 1:
            canvas.rect(
                left + 3, top + 3, line.width, BOX_HEIGHT, fill=fill, stroke=stroke, round_by=4
            )
        canvas.rect(
            left, top, line.width, BOX_HEIGHT, fill=fill, stroke=stroke, thick=thick, round_by=4
        )
        canvas.text(line.x, line.y + 4, row.boxed, size=LABEL_SIZE, fill=INK, anchor="middle")


def _draw_arrow(canvas: Canvas, arrow: Arrow, ground: str) -> None:
    """A message: solid where it is sent, dashed where something comes back; with a cross at
    its end where it reached nobody."""
    message = arrow.message
    side = 1 if arrow.end > arrow.start else -1
    back = message.sort == "reply"
    colour = RED if message.lost else GREEN if message.sort in ("reply", "push") else BLUE
    crossed = message.lost and not back
    end = arrow.end - side * (16 if crossed else 1)
    canvas.line(
        arrow.start, arrow.y, end, arrow.y, stroke=colour, thick=1.4, dash="5 3" if back else ""
    )
    if crossed:
        canvas.cross(arrow.end - side * 11, arrow.y, 5.5, stroke=RED)
    else:
        canvas.arrow_head(end, arrow.y, side, fill=colour)
    text = f"{message.text} → {message.answer}" if message.answer else message.text
    canvas.text(
        arrow.middle, arrow.y - 4.5, text, size=CALL_SIZE,
        font="mono-bold" if message.lost else "mono", fill=colour if message.lost else INK,
        anchor="middle", room=arrow.room, keep_end=True, behind=ground,
        tooltip="\n".join(message.told),
    )  # fmt: skip


def _draw_no_return(canvas: Canvas, layout: Layout, result: PropertyResult, width: float) -> None:
    """The line below which the violation is certain."""
    if layout.sealed is None:
        return
    window = layout.window
    inside = window is not None and window[0] <= layout.sealed < window[1]
    y = layout.sealed + CAPTION_HEIGHT / 2
    canvas.line(MARGIN, y, width - MARGIN, y, stroke=RED, thick=1.4, dash="6 4")
    canvas.text(
        width - MARGIN, y + 4, no_return_text(result), size=11.5, font="bold", fill=RED,
        anchor="end", room=width - 2 * MARGIN, behind=PALE_AMBER if inside else PAPER,
    )  # fmt: skip


def _draw_bracket(canvas: Canvas, x: float, first: float, second: float) -> None:
    low, high = (first, second) if first < second else (second, first)
    canvas.path(f"M{x + 7:.1f} {low:.1f}H{x:.1f}V{high:.1f}H{x + 5:.1f}", stroke=AMBER, thick=1.6)
    canvas.arrow_head(x + 10, second, 1, fill=AMBER)


# --- the foot --------------------------------------------------------------------------------


def draw_foot(
    canvas: Canvas, diagram: Diagram, result: PropertyResult, end: str, top: float, width: float
) -> float:
    """What is there at the end, and what is wrong with it, below the words `end`; gives the
    height of the whole picture."""
    trace = result.trace
    assert trace is not None
    room = width - 2 * MARGIN
    canvas.line(MARGIN, top, width - MARGIN, top, stroke=FAINT, thick=1.5)
    y = top + 26
    bad = trace.end in ("deadlock", "error")
    canvas.text(
        MARGIN, y, end, size=END_SIZE, font="bold",
        fill=RED if bad else INK, room=room,
    )  # fmt: skip
    y += 12
    if trace.end in ("deadlock", "state"):
        for name, place in standing(trace):
            y += 18
            canvas.text(MARGIN, y, f"{name} {place}", size=12.5, fill=INK, room=room)
        y += 8
    rows = chip_rows(result)
    label = min(max((text_width(r.name, 12, "mono") for r in rows), default=0), room / 3)
    for chips in rows:
        y = _draw_chips(canvas, chips, y, label, room)
    if trace.watch:
        y += 24
        x = float(MARGIN)
        for name, value in trace.watch.items():
            hole = is_hole(result, name, value)
            text = name_of_bindings({name: value})
            size = 18 if hole else 14
            wanted = text_width(text, size, "bold")
            if x > MARGIN and x + wanted > width - MARGIN:
                x = float(MARGIN)
                y += 26
            x += 36 + canvas.text(
                x, y, text, size=size, font="bold" if hole else "sans", room=width - MARGIN - x,
                fill=RED if hole else INK,
            )  # fmt: skip
    if diagram.folded:
        y += 24
        canvas.text(MARGIN, y, folded_text(diagram), size=11.5, fill=MUTED, room=room)
    return y + 24


def _draw_chips(canvas: Canvas, chips: ChipRow, top: float, label: float, room: float) -> float:
    """A list with its holes, item by item; gives where the next row starts."""
    canvas.text(MARGIN, top + 20, chips.name, size=12, font="mono", fill=MUTED, room=label + 1)
    x = MARGIN + label + 14
    for chip in chips.chips:
        wide = max(CHIP, text_width(chip.text, 12.5, "bold") + 12)
        if x + wide > MARGIN + room:
            break
        if chip.hole:
            canvas.rect(
                x, top + 4, wide, 23, fill=PALE_RED, stroke=RED, thick=1.8, round_by=4, dash="4 3"
            )
        elif chip.text != "…":
            canvas.rect(x, top + 4, wide, 23, fill=PALE_BLUE, stroke=BLUE, round_by=4)
        canvas.text(
            x + wide / 2, top + 20, chip.text, size=12.5, font="bold",
            fill=RED if chip.hole else INK, anchor="middle",
            tooltip=f"{chip.text} is missing" if chip.hole else "",
        )  # fmt: skip
        x += wide + 4
    return top + 32

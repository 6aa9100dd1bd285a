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

from ..verify.outcome import CallRecord, PropertyResult, Trace
from .palette import (
    ACTOR,
    AMBER,
    AMBER_RULE,
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
    RULE,
    SERVER_EDGE,
    SERVER_LINE,
)
from .story import (
    call_text,
    end_text,
    headline,
    is_hole,
    label_text,
    no_return_text,
    outcome_text,
    reached_nobody,
    standing,
    steps_text,
)
from .summary import CheckReport
from .svg import Canvas, text_width
from .text import printable
from .trace_chips import ChipRow, chip_rows
from .trace_layout import (
    BOX_HEIGHT,
    CALL_SIZE,
    CAPTION_HEIGHT,
    CHANGE_LINE,
    CHANGE_ROOM,
    CHANGE_SIZE,
    CHANGES_SHOWN,
    LABEL_SIZE,
    LANE_SIZE,
    MARGIN,
    Arrow,
    Layout,
    Row,
    box_width,
    change_text,
    lay_out,
)
from .values import fit_value, format_value, name_of_bindings

__all__ = ["HEAD", "trace_svg"]

HEAD = 104
"""Pixels of the title, above the names of the lanes."""
TITLE_SIZE = 20
WIDEST_HEAD = 1200
"""Pixels to which a title may widen the picture."""
CHIP = 27


def trace_svg(report: CheckReport, result: PropertyResult) -> str:
    """The picture of the property's trace, as the text of an SVG file."""
    trace = result.trace
    assert trace is not None
    layout = lay_out(result, HEAD)
    # A narrow trace must not cut the title that says what it shows.
    head = text_width(_title(report, result), TITLE_SIZE, "bold")
    head += text_width(_expected(result), 12, "bold") + 60 + 2 * MARGIN
    width = max(layout.width, min(head, WIDEST_HEAD))
    canvas = Canvas()
    with canvas.group(mark="window"):
        _draw_window(canvas, layout, result, width)
    _draw_lanes(canvas, layout)
    for row in layout.rows:
        number = str(row.step.number if row.step else 0)
        with canvas.group(first=number, last=number):
            _draw_row(canvas, layout, row, trace, width)
    with canvas.group(mark="no-return"):
        _draw_no_return(canvas, layout, result, width)
    for bracket in layout.brackets:
        _draw_bracket(canvas, bracket.x, bracket.first, bracket.second)
    _draw_head(canvas, report, result, width)
    height = _draw_foot(canvas, result, trace, layout.foot, width)
    return canvas.render(width, height, f"{report.model}: {outcome_text(result)}")


def _title(report: CheckReport, result: PropertyResult) -> str:
    return f"{report.model}: {headline(result)}"


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
    orderings = result.reason.orderings if result.reason else ()
    names = " and ".join(printable(str(each)) for each in orderings)
    canvas.text(
        MARGIN, top + CAPTION_HEIGHT - 7, f"risk window: certain once {names}",
        size=11.5, font="bold", fill=AMBER, room=width - 2 * MARGIN,
    )  # fmt: skip


def _draw_lanes(canvas: Canvas, layout: Layout) -> None:
    bottom = layout.rows[-1].bottom
    window = layout.window
    for lane in layout.lanes:
        end = layout.rows[lane.end].bottom + 5 if lane.end is not None else bottom
        top = layout.header + 30
        pieces = [(top, end)]
        if window is not None and top < window[0] < end:
            # The caption of the window stands across the lanes: leave it free.
            pieces = [(top, window[0]), (window[0] + CAPTION_HEIGHT, end)]
        for start, stop in pieces:
            canvas.line(
                lane.x, start, lane.x, stop, stroke=LIFELINE if lane.process else SERVER_LINE,
                thick=1.5 if lane.process else 1, dash="" if lane.process else "2 4",
            )  # fmt: skip
        if lane.end is not None:
            canvas.line(lane.x - 8, end, lane.x + 8, end, stroke=LIFELINE, thick=2.5)
        width = text_width(lane.name, LANE_SIZE, "bold") + 20
        left = lane.x - width / 2
        if lane.process:
            canvas.rect(left, layout.header + 4, width, 26, fill=ACTOR, round_by=4)
        else:
            canvas.rect(
                left, layout.header + 4, width, 26, fill=PAPER, stroke=SERVER_EDGE, round_by=13
            )
        canvas.text(
            lane.x, layout.header + 21.5, lane.name, size=LANE_SIZE, font="bold",
            fill=ON_ACTOR if lane.process else MUTED, anchor="middle",
        )  # fmt: skip
    canvas.text(
        layout.changes_x, layout.header + 21.5, "holds after the step", size=11.5, fill=MUTED
    )


def _draw_row(canvas: Canvas, layout: Layout, row: Row, trace: Trace, width: float) -> None:
    step = row.step
    inside = layout.window is not None and layout.window[0] <= row.top < layout.window[1]
    ground = PALE_AMBER if inside else PAPER
    canvas.line(
        layout.changes_x - 12, row.bottom, width - MARGIN, row.bottom,
        stroke=AMBER_RULE if inside else RULE,
    )  # fmt: skip
    number = str(step.number) if step else "start"
    canvas.text(
        MARGIN + 18 if step else MARGIN, row.y + 4, number, size=11, fill=MUTED,
        anchor="end" if step else "start",
    )  # fmt: skip
    for arrow in row.arrows:
        _draw_arrow(canvas, arrow, ground)
    if step is not None:
        x = next(lane.x for lane in layout.lanes if lane.name == step.instance)
        failing = trace.end == "error" and step.number == len(trace.steps)
        marked = step.number in layout.marked
        wide = box_width(step)
        canvas.rect(
            x - wide / 2, row.y - BOX_HEIGHT / 2, wide, BOX_HEIGHT, round_by=4,
            fill=PALE_RED if failing else PAPER if marked else PALE_BLUE,
            stroke=RED if failing else AMBER if marked else BLUE,
            thick=2 if failing or marked else 1,
        )  # fmt: skip
        canvas.text(
            x, row.y + 4, label_text(step), size=LABEL_SIZE, fill=INK, anchor="middle",
            tooltip=f"{step.event}  {step.source}:{step.line}",
        )  # fmt: skip
    _draw_changes(canvas, layout, row)


def _draw_changes(canvas: Canvas, layout: Layout, row: Row) -> None:
    y = row.y + 4
    for turn, change in enumerate(row.changes):
        if turn == CHANGES_SHOWN and len(row.changes) > CHANGES_SHOWN + 1:
            rest = row.changes[turn:]
            canvas.text(
                layout.changes_x, y, f"+{len(rest)} more", size=CHANGE_SIZE, font="mono",
                fill=MUTED, tooltip=", ".join(change_text(c) for c in rest),
            )  # fmt: skip
            return
        name = f"{printable(change.name)} "
        columns = int(CHANGE_ROOM / text_width("m", CHANGE_SIZE, "mono")) - len(name)
        shown = name + fit_value(change.value, max(columns, 12))
        whole = change_text(change)
        canvas.text(
            layout.changes_x, y, shown, size=CHANGE_SIZE, font="mono", room=CHANGE_ROOM,
            fill=MUTED, tooltip=whole if whole != shown else "",
        )  # fmt: skip
        y += CHANGE_LINE


def _draw_arrow(canvas: Canvas, arrow: Arrow, ground: str) -> None:
    """A command: towards the resource, or back from it where it fetches something."""
    call = arrow.call
    side = 1 if arrow.end > arrow.start else -1
    lost = reached_nobody(call)
    colour = RED if lost else GREEN if _fetches(call) else BLUE
    end = arrow.end - side * (16 if lost else 1)
    canvas.line(
        arrow.start, arrow.y, end, arrow.y, stroke=colour, thick=1.4,
        dash="5 3" if _fetches(call) else "",
    )  # fmt: skip
    if lost:
        canvas.cross(arrow.end - side * 11, arrow.y, 5.5, stroke=RED)
    elif _fetches(call):
        canvas.arrow_head(arrow.start, arrow.y, -side, fill=colour)
    else:
        canvas.arrow_head(end, arrow.y, side, fill=colour)
    middle = (arrow.start + arrow.end) / 2
    beside = f" → {call.answer}" if call.answer and not arrow.stacked else ""
    canvas.text(
        middle, arrow.y - 4.5, call.wire + beside, size=CALL_SIZE,
        font="mono-bold" if lost else "mono", fill=colour if lost else INK, anchor="middle",
        room=arrow.room, keep_end=True, behind=ground,
        tooltip=call_text(call),
    )  # fmt: skip
    if arrow.stacked:
        canvas.text(
            middle, arrow.y + 13, f"→ {call.answer}", size=CALL_SIZE,
            font="mono-bold" if lost else "mono", fill=colour, anchor="middle",
            room=arrow.room, keep_end=True, behind=ground,
            tooltip=call_text(call),
        )  # fmt: skip


def _fetches(call: CallRecord) -> bool:
    """Whether data comes back: an answer that is more than a number or a state of affairs, or
    any answer to a command that takes nothing along."""
    if call.result is None or isinstance(call.result, bool):
        return False
    return not call.arguments or not isinstance(call.result, int)


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


def _draw_foot(
    canvas: Canvas, result: PropertyResult, trace: Trace, top: float, width: float
) -> float:
    """What is wrong at the end; gives the height of the whole picture."""
    room = width - 2 * MARGIN
    canvas.line(MARGIN, top, width - MARGIN, top, stroke=FAINT, thick=1.5)
    y = top + 26
    bad = trace.end in ("deadlock", "error")
    canvas.text(
        MARGIN, y, f"At the end: {end_text(trace)}", size=13, font="bold",
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
    return y + 26


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

"""The picture of a steered run: its sequence diagram, with the real time of each step that Redis
sees, and how long the proxy held it.

What Redis does not see has no time. Where the services left the schedule, the turn that did not
come stands in a dashed box, and what they did instead below it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...results.check import PropertyResult
from ...results.steer import SteeredRun, SteerResult
from ...verify.show import printable
from ..sequence.diagram import folded_text
from ..sequence.steered import SteeredDiagram, steered_sequence
from ..words.columns import wrap
from ..words.steering import (
    answered_text,
    command_ended,
    left_text,
    lost_text,
    meaning,
    through_text,
    verdict_text,
)
from .fonts import columns_in, text_width
from .foot import END, bare_result, draw_foot
from .palette import AMBER, BADGE, BLUE, FAINT, INK, MUTED, PALE_RED, PAPER, RED
from .row_layout import CALL_SIZE, GAP, PlacedRow
from .svg import Canvas, ShapeStyle, TextStyle
from .trace import (
    ABOUT,
    BADGE_TEXT,
    HEAD,
    SAID,
    TITLE,
    draw_arrow,
    draw_asides,
    draw_label,
    draw_loop,
    draw_rows,
)
from .trace_layout import (
    MARGIN,
    NAME_HEIGHT,
    NUMBER_SIZE,
    TraceLayout,
    lay_out,
    number_room,
)

__all__ = ["STEPS_DRAWN", "steer_svg"]

STEPS_DRAWN = 500
"""The longest trace that is drawn."""
WIDEST = 1500
"""Pixels to which a title may widen the picture."""
TIME = TextStyle(MUTED, NUMBER_SIZE, "mono", "end")
HELD_LONG = 1.0
"""Milliseconds from which on a command was held and did not only pass."""
_BADGES = {
    "as said": "as the model says", "otherwise": "not as the model says",
    "departed": "left the schedule", "not possible": "not possible here",
    "never came": "never came", "undetermined": "undetermined",
}  # fmt: skip


def steer_svg(found: SteerResult, run: SteeredRun) -> str:
    """The picture of one run, as the text of an SVG file."""
    drawn = steered_sequence(found, run)
    went, held = _columns(drawn)
    beside = went + held + 2 * GAP
    caption = _caption(drawn)
    layout = lay_out(drawn.diagram, HEAD, lines=max(1, len(caption)), beside=beside)
    head = text_width(_title(found, run), TITLE.size, TITLE.font)
    head += text_width(_badge(found, run), BADGE_TEXT.size, BADGE_TEXT.font) + 60 + 2 * MARGIN
    told = max((text_width(line, ABOUT.size) for line in _about(found, run)), default=0)
    width = max(layout.width, min(max(head, told + 2 * MARGIN), WIDEST))
    canvas = Canvas()
    draw_rows(canvas, layout, caption, run.trace, width)
    _draw_left(canvas, layout)
    draw_loop(canvas, layout, run.trace)
    _draw_times(canvas, run, drawn, layout, (went, held))
    _draw_head(canvas, found, run, width)
    height = _draw_foot(canvas, found, run, drawn, layout, width)
    return canvas.render(width, height, _title(found, run))


def _title(found: SteerResult, run: SteeredRun) -> str:
    if found.outcome(run) == "never came":
        return f"{found.model}: no command of the spec came"
    if run.departure is not None:
        return f"{found.model}: {left_text(run.departure)}"
    what = f"{found.property} " if not found.schedules else f"schedule {run.number:,} "
    return f"{found.model}: {what}on your own services"


def _badge(found: SteerResult, run: SteeredRun) -> str:
    return _BADGES[found.outcome(run)]


def _about(found: SteerResult, run: SteeredRun) -> tuple[str, str]:
    """The lines below the title."""
    where = f"{found.server}, {through_text(found)}"
    names = sorted(found.expected, key=lambda name: run.verdict(name) != "violated")
    parts = []
    for name in names if run.session is not None else ():
        lost = lost_text(run, name)
        parts.append(verdict_text(run, name) + (f": {lost}" if lost else ""))
    told = "; ".join(parts)
    unfit = run.session is not None and run.session.mismatch is not None
    return where, "" if unfit else told


def _columns(drawn: SteeredDiagram) -> tuple[float, float]:
    """How wide the times are, and how long what was held was held."""
    times = [*drawn.went.values(), *(each for each in drawn.left if each is not None)]
    went = [_time(each[0]) for each in times]
    held = [_time(each[1]) for each in times]
    return (
        max(text_width(t, TIME.size, TIME.font) for t in [*went, "ms"]),
        max(text_width(t, TIME.size, TIME.font) for t in [*held, "never", "held"]),
    )


def _time(milliseconds: float) -> str:
    return f"{milliseconds:,.1f}"


def _caption(drawn: SteeredDiagram) -> tuple[str, ...]:
    if drawn.open_for is None:
        return ()
    facts = ", and ".join(map(printable, drawn.facts))
    return (f"the window was open for {drawn.open_for:.1f} ms", facts)


def _draw_head(canvas: Canvas, found: SteerResult, run: SteeredRun, width: float) -> None:
    room = width - 2 * MARGIN
    told = _badge(found, run)
    badge = text_width(told, BADGE_TEXT.size, BADGE_TEXT.font) + 20
    canvas.text(MARGIN, 42, _title(found, run), TITLE, room=room - badge - 20)
    good = found.outcome(run) == "as said"
    left = width - MARGIN - badge
    canvas.rect(left, 24, badge, 24, ShapeStyle(BADGE if good else PALE_RED, round_by=12))
    style = TextStyle(MUTED if good else RED, BADGE_TEXT.size, "bold", "middle")
    canvas.text(left + badge / 2, 40, told, style)
    where, verdicts = _about(found, run)
    canvas.text(MARGIN, 64, where, ABOUT, room=room)
    canvas.text(MARGIN, 83, verdicts, SAID, room=room)


def _draw_times(
    canvas: Canvas,
    run: SteeredRun,
    drawn: SteeredDiagram,
    layout: TraceLayout,
    widths: tuple[float, float],
) -> None:
    """Beside each row that Redis sees: when it went through, and how long it was held."""
    at = MARGIN + number_room(drawn.diagram) + widths[0]
    until = at + GAP + widths[1]
    head = layout.header + NAME_HEIGHT - 9
    canvas.text(at, head, "ms", TextStyle(MUTED, NUMBER_SIZE, "bold", "end"))
    canvas.text(until, head, "held", TextStyle(MUTED, NUMBER_SIZE, "bold", "end"))
    rows = [(each.rows[0].y, drawn.went.get(each.group.first)) for each in layout.groups]
    rows += [(row.y, time) for row, time in zip(layout.outside, drawn.left, strict=True)]
    for y, time in rows:
        if time is not None:
            canvas.text(at, y + 4, _time(time[0]), TIME)
            long = time[1] >= HELD_LONG
            style = TextStyle(AMBER if long else MUTED, NUMBER_SIZE, "mono", "end")
            canvas.text(until, y + 4, _time(time[1]), style)
    if run.departure is not None and layout.outside:
        y = layout.outside[0].y + 4
        canvas.text(MARGIN, y, str(run.departure.turn.step), TextStyle(RED, NUMBER_SIZE, "bold"))
        canvas.text(until, y, "never", TextStyle(RED, NUMBER_SIZE, "mono", "end"))


def _draw_left(canvas: Canvas, layout: TraceLayout) -> None:
    """The turn that did not come, and what went through after it."""
    with canvas.group(mark="outside"):
        for row in layout.outside[:1]:
            draw_asides(canvas, row, TextStyle(RED, CALL_SIZE, "bold", behind=PAPER))
            label = TextStyle(RED, CALL_SIZE + 0.5, anchor="middle")
            draw_label(canvas, row, ShapeStyle(PALE_RED, RED, round_by=4, dash="4 3"), label)
        for row in layout.outside[1:]:
            _draw_free(canvas, row)


def _draw_free(canvas: Canvas, row: PlacedRow) -> None:
    for arrow in row.arrows:
        draw_arrow(canvas, arrow, PAPER)
    draw_asides(canvas, row, TextStyle(MUTED, CALL_SIZE, "mono", behind=PAPER))
    if row.arrows:
        canvas.rect(row.x - 5, row.y - 5, 10, 10, ShapeStyle(PAPER, BLUE, round_by=5))


def _draw_foot(
    canvas: Canvas,
    found: SteerResult,
    run: SteeredRun,
    drawn: SteeredDiagram,
    layout: TraceLayout,
    width: float,
) -> float:
    """What the model has at the end, where the run was its trace; else what that means. Gives the
    height of the whole picture."""
    height = layout.foot
    if found.outcome(run) == "as said":
        end = "At the end, what Redis does not see as the model has it:"
        height = draw_foot(canvas, drawn.diagram, _result(found, run), end, layout.foot, width)
        lines: list[str] = []
    else:
        canvas.line(MARGIN, height, width - MARGIN, height, ShapeStyle(stroke=FAINT, thick=1.5))
        height += 8
        lines = [*meaning(found, run), answered_text(run), command_ended(run)]
        lines += [folded_text(drawn.diagram)]
    if run.reordered:
        lines.append("the turns came in another order than planned, one that comes to the same")
    if drawn.more:
        lines.append(f"{drawn.more:,} commands that are no turn of the schedule are not drawn")
    return _draw_lines(canvas, [each for each in lines if each], height, width)


def _result(found: SteerResult, run: SteeredRun) -> PropertyResult:
    """What the foot is about: what the run violates, the one whose trace it is first."""
    violated = [each for each in found.expected if run.verdict(each) == "violated"]
    violated.sort(key=lambda name: name != found.property)
    name = violated[0] if violated else found.property
    bare = bare_result(name, run.trace)
    return replace(bare, text=found.formulas.get(name, ""), verdict=run.verdict(name))


def _draw_lines(canvas: Canvas, lines: Sequence[str], top: float, width: float) -> float:
    y = top
    room = width - 2 * MARGIN
    for number, text in enumerate(lines):
        style = END if number == 0 and top != y else TextStyle(INK, 12.5)
        for line in wrap(text, columns_in(room, style.size, style.font), "", "  "):
            y += 18
            canvas.text(MARGIN, y, line, style, room=room)
    return y + (16 if lines else 0)

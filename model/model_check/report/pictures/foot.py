"""From the end of a trace to the foot of its picture: what is there, and what is wrong with it."""

from __future__ import annotations

from dataclasses import replace

from ...language.forms import PLAIN
from ...results.check import PropertyResult, Trace, trace_of
from ..sequence.chips import Chip, ChipRow, chip_rows
from ..sequence.diagram import Diagram, folded_text
from ..words.columns import wrap
from ..words.formula import read_text, values_text
from ..words.phrases import is_hole
from ..words.runs import fairness_text, moments_text
from ..words.values import name_of_bindings
from ..words.waiting import cycle_text, end_places
from .fonts import columns_in, text_width
from .palette import BLUE, FAINT, INK, MUTED, PALE_BLUE, PALE_RED, RED
from .svg import Canvas, ShapeStyle, TextStyle
from .trace_layout import MARGIN

__all__ = ["END", "bare_result", "draw_foot"]

END = TextStyle(INK, 13, "bold")
VALUES = TextStyle(RED, 13, "bold")
"""What a formula says by its values."""
PLACE_SIZE = 12.5
CHIP = 27


def bare_result(name: str, trace: Trace | None = None) -> PropertyResult:
    """What a foot is drawn of where no more is known of a property than a run."""
    return PropertyResult(
        name=name, form=PLAIN, about="", text="", verdict="undetermined", expected="holds",
        violating_states=0, trace=trace, endings=(), chosen=None, reason=None,
    )  # fmt: skip


def draw_foot(
    canvas: Canvas, diagram: Diagram, result: PropertyResult, end: str, top: float, width: float
) -> float:
    """What is there at the end, and what is wrong with it, below the words `end`: first the lists
    and values that the property reads. Gives the height of the whole picture."""
    trace, keys = trace_of(result), diagram.keys
    room = width - 2 * MARGIN
    canvas.line(MARGIN, top, width - MARGIN, top, ShapeStyle(stroke=FAINT, thick=1.5))
    y = top + 26
    bad = trace.end in ("deadlock", "error")
    canvas.text(MARGIN, y, end, replace(END, fill=RED) if bad else END, room=room)
    if values := values_text(result):
        y += 22
        told = wrap(values, columns_in(room, VALUES.size, VALUES.font), "", "  ")
        for place, line in enumerate(told):
            y += 19 if place else 0
            style = VALUES if result.verdict == "violated" else END
            canvas.text(MARGIN, y, line, style, room=room)
    y += 8
    rows = chip_rows(result)
    label = min(max((text_width(r.name, 12, "mono") for r in rows), default=0), room / 3)
    for chips in rows:
        y = _draw_chips(canvas, chips, y, label, room)
    columns = columns_in(room, PLACE_SIZE)
    texts = [read_text(result, {row.name for row in rows})]
    texts += [*moments_text(result), *fairness_text(result)]
    if trace.end in ("deadlock", "state", "rest"):
        texts += (keys.told(f"{name} {place}") for name, place in end_places(trace))
    lines = [(line, INK) for text in texts for line in wrap(text, columns, "", "  ")]
    lines += [(line, RED) for line in wrap(cycle_text(trace), columns, "", "  ")]
    y += 4 if lines else 0
    for line, colour in lines:
        y += 18
        canvas.text(MARGIN, y, line, TextStyle(colour, PLACE_SIZE), room=room)
    if trace.watch:
        y += 24
        x = float(MARGIN)
        for name, value in trace.watch.items():
            hole = is_hole(result, name, value)
            text = name_of_bindings({name: value})
            style = TextStyle(RED, 18, "bold") if hole else TextStyle(INK, 14)
            wanted = text_width(text, style.size, "bold")
            if x > MARGIN and x + wanted > width - MARGIN:
                x = float(MARGIN)
                y += 26
            x += 36 + canvas.text(x, y, text, style, room=width - MARGIN - x)
    if diagram.folded:
        y += 24
        canvas.text(MARGIN, y, folded_text(diagram), TextStyle(MUTED, 12), room=room)
    return y + 24


def _draw_chips(canvas: Canvas, chips: ChipRow, top: float, label: float, room: float) -> float:
    """A list with its holes, item by item; gives where the next row starts."""
    canvas.text(MARGIN, top + 20, chips.name, TextStyle(MUTED, 12, "mono"), room=label + 1)
    x = first = MARGIN + label + 14
    for chip in chips.chips:
        wide = min(max(CHIP, text_width(chip.text, 12.5, "bold") + 12), room - label - 14)
        if x + wide > MARGIN + room and x > first:
            x, top = first, top + 28
        if chip.hole:
            style = ShapeStyle(PALE_RED, RED, thick=1.8, round_by=4, dash="4 3")
            canvas.rect(x, top + 4, wide, 23, style)
        elif chip.again:
            canvas.rect(x, top + 4, wide, 23, ShapeStyle(PALE_RED, RED, thick=1.8, round_by=4))
        elif not chip.left_out:
            canvas.rect(x, top + 4, wide, 23, ShapeStyle(PALE_BLUE, BLUE, round_by=4))
        canvas.text(
            x + wide / 2, top + 20, chip.text,
            TextStyle(RED if chip.hole or chip.again else INK, 12.5, "bold", "middle"),
            room=wide - 8, tooltip=_told(chip),
        )  # fmt: skip
        x += wide + 4
    return top + 32


def _told(chip: Chip) -> str:
    """What is said of an item where one points at it."""
    if chip.hole:
        return f"{chip.text} is missing"
    return f"{chip.text} is there again" if chip.again else ""

"""From a sequence diagram to the places of its lifelines, from left to right.

Two are as far apart as what goes between them is long.
"""

from __future__ import annotations

from ...verify.show import printable
from ..sequence.diagram import Diagram
from ..sequence.lifelines import Lifeline
from ..words.columns import display_width, shorten_middle
from ..words.values import short_value
from .fonts import text_width
from .row_layout import GAP, box_width, call_width

__all__ = ["KEY_SIZE", "LANE_SIZE", "head_width", "key_lines", "lane_places", "name_width"]

LANE_SIZE = 13.0
KEY_SIZE = 12.0
WIDEST_KEY = 44
"""Columns of one line that tells a key, below the name of its server."""
LONGEST = 262
"""Pixels that a command may push two neighbouring lifelines apart."""
LONGEST_OF_MANY = 196
"""The same where there are many of them."""
MANY = 4
NOTE_PUSHES = 130
"""Pixels that what a participant holds may push two lifelines apart."""


def name_width(line: Lifeline) -> float:
    """The width of the box with a lifeline's name."""
    return text_width(printable(line.name), LANE_SIZE, "bold") + 20


def key_lines(line: Lifeline) -> tuple[tuple[str, str], ...]:
    """The lines below a name, as shown and whole: a key on one, or on two where it is long."""
    told = []
    for key in line.keys:
        name, _, pattern = key.partition(" = ")
        fits = display_width(key) <= WIDEST_KEY
        told += [key] if fits else [f"{name} =", pattern]
    return tuple((shorten_middle(each, WIDEST_KEY), each) for each in told)


def head_width(line: Lifeline) -> float:
    """The width of a name with what stands below it."""
    keys = (text_width(shown, KEY_SIZE, "mono") + GAP for shown, _ in key_lines(line))
    return max([name_width(line), *keys])


def lane_places(diagram: Diagram, left: float, longest: float | None) -> dict[Lifeline, float]:
    """Where each lifeline stands, from left to right."""
    rows = diagram.rows
    lines = diagram.lifelines
    widest = longest or (LONGEST if len(lines) <= MANY else LONGEST_OF_MANY)
    half = {line: head_width(line) / 2 for line in lines}
    for row in rows:
        if row.actor is not None:
            half[row.actor] = max(half[row.actor], box_width(row) / 2)
    needs: dict[tuple[int, int], float] = {}
    for row in rows:
        for message in row.messages:
            a, b = lines.index(message.source), lines.index(message.target)
            pair = (min(a, b), max(a, b))
            wanted = min(call_width(message.whole), widest)
            if wanted == widest:
                wanted = min(max(call_width(message.text), call_width(message.answer)), widest)
            wanted += 34 + (box_width(row) / 2 if row.actor else 0)
            needs[pair] = max(needs.get(pair, 0), wanted)
        for held in row.held:
            at = lines.index(held.holder)
            wanted = min(call_width(f"{held.name} {short_value(held.change.value)}"), NOTE_PUSHES)
            if held.holder.sort == "process" and at + 1 < len(lines):
                needs[at, at + 1] = max(needs.get((at, at + 1), 0), wanted + 3 * GAP)
        for text in row.asides:
            if row.actor is not None and (at := lines.index(row.actor)):
                wanted = call_width(text) + box_width(row) / 2 + 2 * GAP
                needs[at - 1, at] = max(needs.get((at - 1, at), 0), min(wanted, widest))
    places: dict[Lifeline, float] = {}
    for index, line in enumerate(lines):
        x = left + half[line]
        for before, other in enumerate(lines[:index]):
            x = max(x, places[other] + needs.get((before, index), 0))
        if index:
            other = lines[index - 1]
            x = max(x, places[other] + half[other] + half[line] + 14)
        places[line] = x
    return places

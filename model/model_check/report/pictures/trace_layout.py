"""From a sequence diagram to the coordinates, in pixels, of everything in its picture.

Time runs down, each lifeline has its place from left to right (`lane_layout`), each step a row
(`row_layout`). How it looks is said in `trace`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from ...language.records import dataclass
from ..sequence.diagram import Diagram, Group
from ..sequence.lifelines import Lifeline
from ..sequence.rows import Row
from .fonts import text_width
from .lane_layout import head_width, key_lines, lane_places
from .row_layout import BOX_HEIGHT, BREAK, GAP, LAST_LINE, PlacedRow, call_width, place_row

__all__ = [
    "CAPTION_HEIGHT", "CAPTION_LINE", "FOR_EVER", "FOR_EVER_SIZE", "KEY_LINE", "LOOP_DEEP",
    "MARGIN", "NAME_HEIGHT", "NUMBER_SIZE", "Bracket", "Lane", "LoopBracket", "PlacedGroup",
    "TraceLayout", "lay_out", "number_room", "number_text",
]  # fmt: skip

_NO_HEIGHTS: Mapping[tuple[int, int], float] = MappingProxyType({})
MARGIN = 24
NUMBER_SIZE = 12.0
BRACKET_STEP = 12
NAME_HEIGHT = 30
"""From the top of a lifeline's name to its line."""
KEY_LINE = 16
CAPTION_HEIGHT = 24
CAPTION_LINE = 16
BRACKETS_SHOWN = 4
FOR_EVER = "for ever"
"""What stands beside the bracket of a loop."""
FOR_EVER_SIZE = 12.5
SHORTEST_BRACKET = 20
LOOP_DEEP = 16
"""Pixels from the ends of a loop's bracket to its line."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A lifeline at `x`, from height `start` on. `end` is where its process ends, None if it never
    does; `crashed`: it ends by a crash. At the `breaks` it has crashed, and starts anew below."""

    line: Lifeline
    x: float
    start: float
    end: float | None
    crashed: bool = False
    breaks: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class PlacedGroup:
    """The rows of a group, from the top of the first to the bottom of the last."""

    group: Group
    rows: tuple[PlacedRow, ...]

    @property
    def top(self) -> float:
        return self.rows[0].top

    @property
    def bottom(self) -> float:
        return self.rows[-1].bottom


@dataclass(frozen=True, slots=True)
class Bracket:
    """An ordering beside the rows: from the row of its first event to its second."""

    x: float
    first: float
    second: float


@dataclass(frozen=True, slots=True)
class LoopBracket:
    """What goes round for ever: from the row of its first step at `top` to the `bottom` of its
    last. The ends of the bracket stand at `x`, right of everything in the rows."""

    x: float
    top: float
    bottom: float


@dataclass(frozen=True, slots=True)
class TraceLayout:
    """All coordinates. `window` are top and bottom of the risk window, None without one, and
    `caption` the height of what is told at its top;
    `sealed` is the height of the line below which the violation is certain; `marked` are the
    numbers of the steps that the reason speaks of; `loop` is None where the run ends. `inside` is
    the width that the rows take, with a margin at both sides. `outside` are the rows of events that
    the trace does not have, `waits` those of who waits at its end; `bottom` is that of all rows.
    The names of the lifelines stand at `header`."""

    width: float
    foot: float
    header: float
    bottom: float
    lanes: tuple[Lane, ...]
    groups: tuple[PlacedGroup, ...]
    window: tuple[float, float] | None
    caption: float
    brackets: tuple[Bracket, ...]
    marked: frozenset[int]
    sealed: float | None
    loop: LoopBracket | None
    inside: float
    outside: tuple[PlacedRow, ...]
    waits: tuple[PlacedRow, ...]


def lay_out(
    diagram: Diagram,
    top: float,
    longest: float | None = None,
    heights: Mapping[tuple[int, int], float] = _NO_HEIGHTS,
    lines: int = 1,
    keys: int = 0,
    beside: float = 0,
) -> TraceLayout:
    """The layout of a diagram, its lifelines' names starting at height `top`. `longest`: pixels
    that a command may push two lifelines apart (None: by how many there are). `heights`: how
    high a row is at least, by its group's first number and its place there. `lines`: of text at
    the top of the risk window. `keys`: lines below the names that are left free at least. `beside`:
    pixels that are left free beside the numbers of the steps.
    """
    caption = CAPTION_HEIGHT + CAPTION_LINE * (lines - 1)
    shown = diagram.orderings[:BRACKETS_SHOWN]
    brackets_at = MARGIN + number_room(diagram) + beside
    left = brackets_at + BRACKET_STEP * len(shown)
    places = lane_places(diagram, left, longest)
    start = top + NAME_HEIGHT + KEY_LINE * max([keys, *(len(key_lines(line)) for line in places)])
    groups = _place_groups(diagram, places, (start + 10, left), heights, caption)
    groups_at = {b.group.first: b for b in groups}
    outside = _place_below(diagram.outside, places, groups[-1].bottom, left)
    bottom = outside[-1].bottom if outside else groups[-1].bottom
    waits = _place_below(diagram.waits, places, bottom, left)
    window = None
    if diagram.window is not None:
        last = next(each for each in groups if each.group.last >= diagram.window[1])
        end = bottom if outside else last.bottom
        window = (groups_at[diagram.window[0]].top - caption, end)
    rows_at = {number: each.rows[0] for number, each in groups_at.items()}
    rows_at |= {groups[-1].group.last + turn: row for turn, row in enumerate(outside, start=1)}
    brackets = tuple(
        Bracket(brackets_at + BRACKET_STEP * turn, rows_at[a].y, rows_at[b].y)
        for turn, (a, b) in enumerate(shown)
    )
    ends = _ends(diagram, groups)
    rows = [*(row for each in groups for row in each.rows), *outside, *waits]
    right = _right_edge(rows, places)
    loop = _loop(diagram, groups, right)
    return TraceLayout(
        width=right + MARGIN + (0 if loop is None else _loop_room()),
        foot=rows[-1].bottom + 12,
        header=top,
        bottom=rows[-1].bottom,
        lanes=tuple(
            _lane(line, (x, top + NAME_HEIGHT), ends.get(line), diagram, groups)
            for line, x in places.items()
        ),
        groups=tuple(groups),
        window=window,
        caption=caption,
        brackets=brackets,
        marked=diagram.marked,
        sealed=None if diagram.sealed is None else groups_at[diagram.sealed].bottom,
        loop=loop,
        inside=right + MARGIN,
        outside=outside,
        waits=waits,
    )


def _place_below(
    rows: Sequence[Row], places: dict[Lifeline, float], top: float, left: float
) -> tuple[PlacedRow, ...]:
    """Rows below those of the steps."""
    found: list[PlacedRow] = []
    for row in rows:
        found.append(place_row(row, places, found[-1].bottom if found else top, left))
    return tuple(found)


def _lane(
    line: Lifeline,
    below: tuple[float, float],
    end: float | None,
    diagram: Diagram,
    groups: Sequence[PlacedGroup],
) -> Lane:
    """The lifeline whose name ends at `below`."""
    x, start = below[0], below[1] + KEY_LINE * len(key_lines(line))
    hits = [
        row.y + BOX_HEIGHT / 2
        for each in groups
        for row in each.rows
        if row.row.broken and row.row.actor == line
    ]
    crashed = line in diagram.crashed and bool(hits)
    if crashed:
        end = hits.pop() + BREAK / 2
    return Lane(line, x, start, end, crashed, tuple((top, top + BREAK) for top in hits))


def _loop(diagram: Diagram, groups: Sequence[PlacedGroup], right: float) -> LoopBracket | None:
    """The bracket of what goes round for ever."""
    if diagram.loop is None:
        return None
    first, last = (
        next(each for each in groups if each.group.last >= number) for number in diagram.loop
    )
    top, bottom = first.rows[0].y, last.bottom - LAST_LINE / 2
    if bottom - top < SHORTEST_BRACKET:  # one row alone: around its middle
        top, bottom = top - SHORTEST_BRACKET / 2, top + SHORTEST_BRACKET / 2
    return LoopBracket(right + GAP, top, bottom)


def _loop_room() -> float:
    return LOOP_DEEP + 2 * GAP + text_width(FOR_EVER, FOR_EVER_SIZE, "bold")


def number_text(group: Group) -> str:
    """The numbers of a group's steps: `7`, `15-23`, `start`."""
    if not group.last:
        return "start"
    return str(group.first) if group.first == group.last else f"{group.first}-{group.last}"


def number_room(diagram: Diagram) -> float:
    """Pixels of the numbers of the steps, with a gap behind them."""
    widest = max(text_width(number_text(group), NUMBER_SIZE) for group in diagram.groups)
    return widest + GAP


def _ends(diagram: Diagram, groups: Sequence[PlacedGroup]) -> dict[Lifeline, float]:
    """The height at which each process that ends has ended."""
    return {
        line: next(b.bottom for b in groups if b.group.last >= number)
        for line, number in diagram.ends.items()
    }


def _right_edge(rows: Sequence[PlacedRow], places: dict[Lifeline, float]) -> float:
    edges = [x + head_width(line) / 2 for line, x in places.items()]
    for row in rows:
        edges += [note.x + note.width for note in row.notes]
        edges += [aside.x + call_width(aside.text) for aside in row.asides]
        edges.append(row.x + row.width / 2)
    return max(edges)


def _place_groups(
    diagram: Diagram,
    places: dict[Lifeline, float],
    corner: tuple[float, float],
    heights: Mapping[tuple[int, int], float],
    caption: float,
) -> list[PlacedGroup]:
    top, left = corner
    found = []
    for group in diagram.groups:
        if diagram.sealed is not None and group.first == diagram.sealed + 1:
            top += CAPTION_HEIGHT
        if diagram.window is not None and group.first == diagram.window[0]:
            top += caption
        rows = []
        for turn, row in enumerate(group.rows):
            placed = place_row(row, places, top, left)
            least = top + heights.get((group.first, turn), 0)
            rows.append(replace(placed, bottom=max(placed.bottom, least)))
            top = rows[-1].bottom
        found.append(PlacedGroup(group, tuple(rows)))
    return found

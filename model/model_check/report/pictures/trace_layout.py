"""Where everything in the picture of a trace stands.

Time runs down, each lifeline has its place from left to right, each step a row (of several
lines, where it sends several messages). Here are only coordinates, in pixels; how it looks is
`trace_picture`'s business. Lifelines are as far apart as what goes between them is long, and
what a participant holds stands beside its lifeline, where nothing else is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from ...language.records import dataclass
from ..sequence.diagram import Diagram, Group, Row
from ..sequence.lifelines import Held, Lifeline
from ..sequence.messages import Message
from ..words.columns import display_width, printable
from ..words.values import fit_value, short_value
from .svg import text_width

__all__ = [
    "BOX_HEIGHT", "CALL_SIZE", "CAPTION_HEIGHT", "LABEL_SIZE", "LANE_SIZE", "MARGIN", "NOTE_HEIGHT",
    "NOTE_PAD", "NUMBER_SIZE", "Arrow", "Aside", "Block", "Bracket", "Lane", "Layout", "Line",
    "Note", "lay_out", "number_text",
]  # fmt: skip

_NO_HEIGHTS: Mapping[tuple[int, int], float] = MappingProxyType({})
MARGIN = 24
NUMBER_SIZE = 11.0
BRACKET_STEP = 12
LANE_SIZE = 13.0
LABEL_SIZE = 11.5
CALL_SIZE = 10.5
BOX_HEIGHT = 19
FIRST_LINE = 19
"""From the top of a row to its first arrow, with the text above it."""
NEXT_LINE = 22
LAST_LINE = 11
"""From the last arrow to the end of the row."""
CAPTION_HEIGHT = 22
BRACKETS_SHOWN = 4
LONGEST = 262
"""Pixels that a command may push two neighbouring lifelines apart."""
LONGEST_OF_MANY = 196
"""The same where there are many of them."""
MANY = 4
NOTE_HEIGHT = 16
NOTE_PAD = 5
NOTE_ROOM = 230
"""Pixels for what a participant holds."""
NOTE_PUSHES = 130
"""Pixels that it may push two lifelines apart."""
SHORTEST_VALUE = 8
"""Columns below which a value is not cut."""
NOTES_SHOWN = 3
GAP = 12
"""Pixels between a lifeline and what stands beside it."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A lifeline at `x`. `end` is the height where its process ends, None if it never does."""

    line: Lifeline
    x: float
    end: float | None


@dataclass(frozen=True, slots=True)
class Arrow:
    """A message at height `y`, from the edge of a box or a lifeline to another. Its text is
    centred at `middle` and has `room` pixels."""

    message: Message
    y: float
    start: float
    end: float
    middle: float
    room: float

    @property
    def low(self) -> float:
        return min(self.start, self.end)

    @property
    def high(self) -> float:
        return max(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Aside:
    """A command that goes nowhere, beside its step, from `x` to the right."""

    text: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Note:
    """What a participant holds, between `x` and `x + width`, centred at `y`."""

    text: str
    whole: str
    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class Line:
    """A row between `top` and `bottom`: the actor's box is `width` wide at `x` and `y`."""

    row: Row
    top: float
    bottom: float
    x: float
    y: float
    width: float
    arrows: tuple[Arrow, ...]
    asides: tuple[Aside, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """The rows of a group, from the top of the first to the bottom of the last."""

    group: Group
    lines: tuple[Line, ...]

    @property
    def top(self) -> float:
        return self.lines[0].top

    @property
    def bottom(self) -> float:
        return self.lines[-1].bottom


@dataclass(frozen=True, slots=True)
class Bracket:
    """An ordering beside the rows: from the row of its first event to its second."""

    x: float
    first: float
    second: float


@dataclass(frozen=True, slots=True)
class Layout:
    """All coordinates. `window` are top and bottom of the risk window, None without one;
    `sealed` is the height of the line below which the violation is certain; `marked` are the
    numbers of the steps that the reason speaks of."""

    width: float
    foot: float
    header: float
    lanes: tuple[Lane, ...]
    blocks: tuple[Block, ...]
    window: tuple[float, float] | None
    brackets: tuple[Bracket, ...]
    marked: frozenset[int]
    sealed: float | None


def lay_out(
    diagram: Diagram,
    top: float,
    longest: float | None = None,
    heights: Mapping[tuple[int, int], float] = _NO_HEIGHTS,
) -> Layout:
    """The layout of a diagram, its lifelines' names starting at height `top`. `longest`: pixels
    that a command may push two lifelines apart (None: by how many there are). `heights`: how
    high a row is at least, by its group's first number and its place there.
    """
    shown = diagram.orderings[:BRACKETS_SHOWN]
    brackets_at = MARGIN + _number_room(diagram)
    left = brackets_at + BRACKET_STEP * len(shown)
    places = _places(diagram, left, longest)
    blocks = _blocks(diagram, places, top + 40, left, heights)
    blocks_at = {b.group.first: b for b in blocks}
    window = None
    if diagram.window is not None:
        first, last = (blocks_at[number] for number in diagram.window)
        window = (first.top - CAPTION_HEIGHT, last.bottom)
    brackets = tuple(
        Bracket(brackets_at + BRACKET_STEP * turn, blocks_at[a].lines[0].y, blocks_at[b].lines[0].y)
        for turn, (a, b) in enumerate(shown)
    )
    ends = _ends(diagram, blocks)
    return Layout(
        width=_right_edge(blocks, places) + MARGIN,
        foot=blocks[-1].bottom + 12,
        header=top,
        lanes=tuple(Lane(line, x, ends.get(line)) for line, x in places.items()),
        blocks=tuple(blocks),
        window=window,
        brackets=brackets,
        marked=frozenset(number for pair in diagram.orderings for number in pair),
        sealed=None if diagram.sealed is None else blocks_at[diagram.sealed].bottom,
    )


def number_text(group: Group) -> str:
    """The numbers of a group's steps: `7`, `15-23`, `start`."""
    if not group.last:
        return "start"
    return str(group.first) if group.first == group.last else f"{group.first}-{group.last}"


def _number_room(diagram: Diagram) -> float:
    widest = max(text_width(number_text(group), NUMBER_SIZE) for group in diagram.groups)
    return widest + GAP


def _ends(diagram: Diagram, blocks: Sequence[Block]) -> dict[Lifeline, float]:
    """The height at which each process that ends has ended."""
    return {
        line: next(b.bottom for b in blocks if b.group.last >= number)
        for line, number in diagram.ends.items()
    }


def _right_edge(blocks: Sequence[Block], places: dict[Lifeline, float]) -> float:
    edges = [x + _head(line) / 2 for line, x in places.items()]
    for line in (each for block in blocks for each in block.lines):
        edges += [note.x + note.width for note in line.notes]
        edges += [aside.x + _call_width(aside.text) for aside in line.asides]
        edges.append(line.x + line.width / 2)
    return max(edges)


# --- lifelines -------------------------------------------------------------------------------


def _head(line: Lifeline) -> float:
    """The width of the box with a lifeline's name."""
    return text_width(printable(line.name), LANE_SIZE, "bold") + 20


def _box_width(row: Row) -> float:
    return text_width(row.boxed, LABEL_SIZE, "sans") + 14


def _call_width(text: str) -> float:
    return text_width(text, CALL_SIZE, "mono")


def _places(diagram: Diagram, left: float, longest: float | None) -> dict[Lifeline, float]:
    """Where each lifeline stands, from left to right."""
    rows = [row for group in diagram.groups for row in group.rows]
    lines = diagram.lifelines
    widest = longest or (LONGEST if len(lines) <= MANY else LONGEST_OF_MANY)
    half = {line: _head(line) / 2 for line in lines}
    for row in rows:
        if row.actor is not None:
            half[row.actor] = max(half[row.actor], _box_width(row) / 2)
    needs: dict[tuple[int, int], float] = {}
    for row in rows:
        for message in row.messages:
            a, b = lines.index(message.source), lines.index(message.target)
            pair = (min(a, b), max(a, b))
            wanted = min(_call_width(_with_answer(message)), widest)
            if wanted == widest:
                wanted = min(max(_call_width(message.text), _call_width(message.answer)), widest)
            wanted += 34 + (_box_width(row) / 2 if row.actor else 0)
            needs[pair] = max(needs.get(pair, 0), wanted)
        for held in row.held:
            at = lines.index(held.holder)
            wanted = min(_call_width(f"{held.name} {short_value(held.change.value)}"), NOTE_PUSHES)
            if held.holder.sort == "process" and at + 1 < len(lines):
                needs[at, at + 1] = max(needs.get((at, at + 1), 0), wanted + 3 * GAP)
        for text in row.asides:
            if row.actor is not None and (at := lines.index(row.actor)):
                wanted = _call_width(text) + _box_width(row) / 2 + 2 * GAP
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


def _with_answer(message: Message) -> str:
    return f"{message.text} → {message.answer}" if message.answer else message.text


# --- rows ------------------------------------------------------------------------------------


def _blocks(
    diagram: Diagram,
    places: dict[Lifeline, float],
    top: float,
    left: float,
    heights: Mapping[tuple[int, int], float],
) -> list[Block]:
    found = []
    for group in diagram.groups:
        if diagram.sealed is not None and group.first == diagram.sealed + 1:
            top += CAPTION_HEIGHT
        if diagram.window is not None and group.first == diagram.window[0]:
            top += CAPTION_HEIGHT
        lines = []
        for turn, row in enumerate(group.rows):
            line = _Rower(row, places, top, left).line()
            least = top + heights.get((group.first, turn), 0)
            lines.append(replace(line, bottom=max(line.bottom, least)))
            top = lines[-1].bottom
        found.append(Block(group, tuple(lines)))
    return found


class _Rower:
    """Places what one row shows, line by line."""

    def __init__(self, row: Row, places: dict[Lifeline, float], top: float, left: float) -> None:
        self.row = row
        self.places = places
        self.top = top
        self.left = left
        self.x = places[row.actor] if row.actor else 0.0
        self.width = _box_width(row) if row.actor else 0.0
        self.taken: list[list[tuple[float, float]]] = [[]]
        """Of each line, the stretches where something stands."""
        if row.actor is not None:
            self.taken[0].append((self.x - self.width / 2, self.x + self.width / 2))

    def line(self) -> Line:
        arrows = self._arrows()
        asides = tuple(self._aside(text) for text in self.row.asides)
        notes = tuple(self._notes())
        last = self._y(len(self.taken) - 1)
        return Line(
            self.row, self.top, last + LAST_LINE, self.x, self._y(0), self.width, arrows, asides,
            notes,
        )  # fmt: skip

    def _y(self, line: int) -> float:
        return self.top + FIRST_LINE + NEXT_LINE * line

    def _arrows(self) -> tuple[Arrow, ...]:
        arrows: list[Arrow] = []
        for message in self._split():
            for at in range(len(self.taken) + 1):
                if at == len(self.taken):
                    self.taken.append([])
                arrow = self._arrow(message, at)
                later = all(a.y < arrow.y or not _overlap(a, arrow) for a in arrows)
                if later and self._free(at, arrow.low + 1, arrow.high - 1):
                    self.taken[at].append((arrow.low, arrow.high))
                    arrows.append(arrow)
                    break
        return tuple(arrows)

    def _split(self) -> list[Message]:
        """The messages; where an answer does not fit beside its command, it comes back as an
        arrow of its own."""
        found: list[Message] = []
        for message in self.row.messages:
            arrow = self._arrow(message, 0 if not found else 1)
            if message.answer and _call_width(_with_answer(message)) > arrow.room:
                answer = replace(
                    message, source=message.target, target=message.source, text=message.answer,
                    answer="", sort="reply",
                )  # fmt: skip
                found += [replace(message, answer=""), answer]
            else:
                found.append(message)
        return found

    def _arrow(self, message: Message, at: int) -> Arrow:
        start, end = self.places[message.source], self.places[message.target]
        side = 1 if end > start else -1
        box = side * self.width / 2
        leaving = message.source == self.row.actor
        # Even below the first line, which has the box, a text keeps clear of it.
        ends = (start + box, end) if leaving else (start, end - box)
        middle, room = (ends[0] + ends[1]) / 2, abs(ends[1] - ends[0]) - 18
        if at > 0:
            ends = (start + side * 4, end) if leaving else (start, end - side * 4)
        return Arrow(message, self._y(at), *ends, middle, room)

    def _free(self, at: int, low: float, high: float) -> bool:
        return all(high <= a or low >= b for a, b in self.taken[at])

    def _aside(self, text: str) -> Aside:
        width = _call_width(text)
        low = self.x - self.width / 2 - GAP - width
        at = 0
        if low < self.left or not self._free(0, low, low + width):
            low = self.x + self.width / 2 + GAP
            while not self._free(at, low, low + width):
                at += 1
                if at == len(self.taken):
                    self.taken.append([])
        self.taken[at].append((low, low + width))
        return Aside(text, low, self._y(at) + 4)

    def _notes(self) -> list[Note]:
        notes = [self._note(held) for held in self.row.held[:NOTES_SHOWN]]
        rest = self.row.held[NOTES_SHOWN:]
        if rest:
            whole = "\n".join(held.whole for held in rest)
            notes.append(self._placed(self.places[rest[0].holder], f"+{len(rest)} more", whole))
        return notes

    def _note(self, held: Held) -> Note:
        value = short_value(held.change.value)
        columns = int((NOTE_ROOM - 2 * NOTE_PAD) / text_width("m", CALL_SIZE, "mono"))
        left = max(columns - display_width(held.name) - 1, SHORTEST_VALUE)
        if display_width(value) > left:
            value = fit_value(held.change.value, left)
        text = f"{held.name} {value}"
        return self._placed(self.places[held.holder], text, held.whole)

    def _placed(self, x: float, text: str, whole: str) -> Note:
        """Beside the lifeline at `x`: to its right, else to its left, else a line below; over
        another lifeline, to which it would seem to belong, only where it must be."""
        width = _call_width(text) + 2 * NOTE_PAD
        self.taken.append([])
        places = [
            (at, low)
            for at in range(len(self.taken))
            for low in self._beside(x, at, width)
            if low > self.left and self._free(at, low - 3, low + width + 3)
        ]
        clear = [p for p in places if not self._crossed(x, p[1], width)]
        at, low = (clear or places)[0]
        if at < len(self.taken) - 1:
            self.taken.pop()
        self.taken[at].append((low, low + width))
        return Note(text, whole, low, self._y(at), width)

    def _beside(self, x: float, at: int, width: float) -> tuple[float, float]:
        """Where something so wide begins, right and left of the lifeline at `x`."""
        edge = self.width / 2 if at == 0 and x == self.x else 0
        return (x + edge + GAP, x - edge - GAP - width)

    def _crossed(self, x: float, low: float, width: float) -> bool:
        """Whether another lifeline than that at `x` is where something would stand."""
        return any(low - 4 < each < low + width + 4 for each in self.places.values() if each != x)


def _overlap(one: Arrow, other: Arrow) -> bool:
    return one.low < other.high and other.low < one.high

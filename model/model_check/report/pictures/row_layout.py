"""From a row of a sequence diagram to the coordinates of each thing in it.

A row has several lines where it sends several messages. What a participant holds stands beside its
lifeline, where nothing else is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...language.records import dataclass
from ..sequence.lifelines import HeldValue, Lifeline
from ..sequence.messages import Message
from ..sequence.rows import Row
from ..words.columns import display_width
from ..words.values import fit_value, short_value
from .fonts import columns_in, text_width

__all__ = [
    "BOX_HEIGHT", "BREAK", "CALL_SIZE", "GAP", "LABEL_SIZE", "LAST_LINE", "NOTE_HEIGHT", "NOTE_PAD",
    "Arrow", "Aside", "PlacedRow", "ValueNote", "box_width", "call_width", "place_row",
]  # fmt: skip

LABEL_SIZE = 12.5
CALL_SIZE = 12
BOX_HEIGHT = 21
FIRST_LINE = 21
"""From the top of a row to its first arrow, with the text above it."""
NEXT_LINE = 24
LAST_LINE = 12
"""From the last arrow to the end of the row."""
BREAK = 24
"""How far a lifeline is broken below the box of a crash."""
NOTE_HEIGHT = 18
NOTE_PAD = 5
NOTE_ROOM = 230
"""Pixels for what a participant holds."""
SHORTEST_VALUE = 8
"""Columns below which a value is not cut."""
NOTES_SHOWN = 3
"""Notes of one participant in a row, the last of which may say how many more there are."""
GAP = 12
"""Pixels between a lifeline and what stands beside it."""


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
class ValueNote:
    """What a participant holds, between `x` and `x + width`, centred at `y`. `read`: the property
    that is shown reads it."""

    text: str
    whole: str
    x: float
    y: float
    width: float
    read: bool = False


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """A row between `top` and `bottom`: the actor's box is `width` wide at `x` and `y`."""

    row: Row
    top: float
    bottom: float
    x: float
    y: float
    width: float
    arrows: tuple[Arrow, ...]
    asides: tuple[Aside, ...]
    notes: tuple[ValueNote, ...]


def place_row(row: Row, places: Mapping[Lifeline, float], top: float, left: float) -> PlacedRow:
    """The row, from the height `top`; nothing in it stands further left than `left`."""
    return _RowPlacer(row, places, top, left).placed()


def box_width(row: Row) -> float:
    return text_width(row.boxed, LABEL_SIZE, "bold" if row.fault else "sans") + 14


def call_width(text: str) -> float:
    return text_width(text, CALL_SIZE, "mono")


class _RowPlacer:
    """Places what one row shows, line by line."""

    def __init__(self, row: Row, places: Mapping[Lifeline, float], top: float, left: float) -> None:
        self.row = row
        self.places = places
        self.top = top
        self.left = left
        self.x = places[row.actor] if row.actor else 0.0
        self.width = box_width(row) if row.actor else 0.0
        self.taken: list[list[tuple[float, float]]] = [[]]
        """Of each line, the stretches where something stands."""
        if row.actor is not None:
            self.taken[0].append((self.x - self.width / 2, self.x + self.width / 2))

    def placed(self) -> PlacedRow:
        # In this order each takes a place that what stands before it has left free.
        arrows = self._arrows()
        asides = tuple(self._aside(text) for text in self.row.asides)
        notes = tuple(self._notes())
        return PlacedRow(
            row=self.row,
            top=self.top,
            bottom=self._bottom(),
            x=self.x,
            y=self._y(0),
            width=self.width,
            arrows=arrows,
            asides=asides,
            notes=notes,
        )

    def _bottom(self) -> float:
        """Below the last line, and below the break of a crash."""
        bottom = self._y(len(self.taken) - 1) + LAST_LINE
        broken = self._y(0) + BOX_HEIGHT / 2 + BREAK if self.row.broken else 0
        return max(bottom, broken + 3)

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
            if message.answer and call_width(message.whole) > arrow.room:
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
        width = call_width(text)
        low = self.x - self.width / 2 - GAP - width
        at = 0
        # Below the steps all of them stand on one side, as in a column.
        if not self.row.steps or low < self.left or not self._free(0, low, low + width):
            low = self.x + self.width / 2 + GAP
            while not self._free(at, low, low + width):
                at += 1
                if at == len(self.taken):
                    self.taken.append([])
        self.taken[at].append((low, low + width))
        return Aside(text, low, self._y(at) + 4)

    def _notes(self) -> list[ValueNote]:
        notes = []
        for holder in dict.fromkeys(held.holder for held in self.row.held):
            its = [held for held in self.row.held if held.holder == holder]
            shown = its if len(its) <= NOTES_SHOWN else its[: NOTES_SHOWN - 1]
            notes += [self._note(held) for held in shown]
            if rest := its[len(shown) :]:
                whole = "\n".join(held.whole for held in rest)
                notes.append(self._placed(self.places[holder], f"+{len(rest)} more", whole))
        return notes

    def _note(self, held: HeldValue) -> ValueNote:
        value = short_value(held.change.value)
        columns = columns_in(NOTE_ROOM - 2 * NOTE_PAD, CALL_SIZE, "mono")
        left = max(columns - display_width(held.name) - 1, SHORTEST_VALUE)
        if display_width(value) > left:
            value = fit_value(held.change.value, left)
        text = f"{held.name} {value}"
        return self._placed(self.places[held.holder], text, held.whole, read=held.read)

    def _placed(self, x: float, text: str, whole: str, *, read: bool = False) -> ValueNote:
        """Beside the lifeline at `x`: to its right, else to its left, else a line below; over
        another lifeline, to which it would seem to belong, only where it must be."""
        width = call_width(text) + 2 * NOTE_PAD
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
        return ValueNote(text, whole, low, self._y(at), width, read)

    def _beside(self, x: float, at: int, width: float) -> tuple[float, float]:
        """Where something this wide begins, right and left of the lifeline at `x`."""
        edge = self.width / 2 if at == 0 and x == self.x else 0
        return (x + edge + GAP, x - edge - GAP - width)

    def _crossed(self, x: float, low: float, width: float) -> bool:
        """Whether another lifeline than that at `x` is where something would stand."""
        return any(low - 4 < each < low + width + 4 for each in self.places.values() if each != x)


def _overlap(one: Arrow, other: Arrow) -> bool:
    return one.low < other.high and other.low < one.high

"""A program text as lines: which lines each statement takes, and the text with some replaced.

In: the text of a process. Out: an outline of it, a tree of statements with their lines, and a new
text after edits, in which every line still points to where it came from. An edit replaces whole
lines, so what does not change keeps its comments and its layout.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .source.diagnostics import Diagnostics
from .source.reader import ScalarNode
from .source.text import Text
from .syntax.lines import LogicalLine, logical_lines
from .syntax.nodes import Atomic, If, Labelled, Statement, While, blocks_of
from .syntax.program import parse_program

__all__ = [
    "INDENT",
    "Edit",
    "Place",
    "Row",
    "deeper",
    "edited",
    "outline_of",
    "rows_of",
    "text_of",
]  # fmt: skip

INDENT = 4
"""How much deeper what is written into a block stands."""

Row = tuple[str, int, int]
"""A line of program text, and the line and column of the file where its first character is."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Other lines in the place of the lines `start` to `stop` of a program text, counted from 0.
    `adds`: what is written there is a statement more than was, beside those that were."""

    start: int
    stop: int
    rows: tuple[str, ...]
    adds: bool = False

    def meets(self, start: int, stop: int) -> bool:
        """Whether it replaces one of these lines."""
        return self.start < stop and start < self.stop

    def is_within(self, start: int, stop: int) -> bool:
        """Whether it says anew what these lines, those of one statement, say, and no more."""
        return not self.adds and start <= self.start and self.stop <= stop


@dataclass(frozen=True, slots=True)
class Place:
    """A statement and its lines, counted from 0: the comments above it from `start` on, its first
    line `head`, and `stop` behind its last one. `rows` are its lines from `head` on, as deep as
    they stand. `blocks` are those that it is made of, as `blocks_of` tells them; those that do not
    stand on lines of their own are empty."""

    statement: Statement
    start: int
    head: int
    stop: int
    indent: int
    rows: tuple[str, ...] = field(repr=False)
    blocks: tuple[tuple[Place, ...], ...] = ()

    @property
    def label(self) -> str:
        """Its label; "" where it has none."""
        return self.statement.label.text if isinstance(self.statement, Labelled) else ""

    @property
    def choice(self) -> If | None:
        """The `if` that it is, with a label or without."""
        match self.statement:
            case If():
                return self.statement
            case Labelled(body=(If() as choice,), inline=True):
                return choice
        return None

    @property
    def body(self) -> tuple[str, ...]:
        """What stands behind the label, as lines from the margin on. Only of a step."""
        head = self.rows[0].strip()
        rest = re.sub(r"^\w+\s*:\s*", "", head, count=1)
        if rest and not rest.startswith("#"):
            return (rest, *_less(self.rows[1:], self.indent))
        code = [row for row in self.rows[1:] if row.strip() and not row.lstrip().startswith("#")]
        depth = min(len(row) - len(row.lstrip()) for row in code)
        return (*((rest,) if rest else ()), *_less(self.rows[1:], depth))


def outline_of(run: ScalarNode) -> tuple[Place, ...]:
    """The statements of a program text, which must be without mistakes; none where it is not
    written below `|`."""
    if run.style != "|":
        return ()
    lines = logical_lines(run.content, Diagnostics())
    return _Outline(run, lines).block(parse_program(run, Diagnostics()))


class _Outline:
    def __init__(self, run: ScalarNode, lines: list[LogicalLine]) -> None:
        self.first = run.content.at().line
        self.rows = run.text.split("\n")
        self.lines = lines
        self.places = {line.at.line - self.first: index for index, line in enumerate(lines)}

    def block(self, statements: Sequence[Statement]) -> tuple[Place, ...]:
        """The places of a block; none where one of its statements has no line of its own."""
        found: list[Place] = []
        for statement in statements:
            index = self.places.get(statement.at.line - self.first)
            if index is None or self.lines[index].at != statement.at:
                return ()
            head = statement.at.line - self.first
            line = self.lines[index]
            start = found[-1].stop if found else comments_above(self.rows, head, line.indent)
            stop = end_of(self.lines, index) - self.first + 1
            inner = statement
            if isinstance(statement, Labelled):
                match statement.body:
                    case (If() | While() | Atomic() as opened,) if statement.inline:
                        inner = opened
            blocks = () if inner is statement and isinstance(inner, Labelled) else blocks_of(inner)
            rows = tuple(self.rows[head:stop])
            below = tuple(self.block(each) for each in blocks)
            found.append(Place(statement, start, head, stop, line.indent, rows, below))
        return tuple(found)


def comments_above(rows: Sequence[str], head: int, indent: int) -> int:
    """Where the comments begin that stand directly above a step and as deep as it does."""
    start = head
    while start > 0 and rows[start - 1].startswith(" " * indent + "#"):
        start -= 1
    return start


def end_of(lines: Sequence[LogicalLine], index: int) -> int:
    """The last line, in the file, of what the logical line at `index` opens, with all its
    branches (`else:`, `or:`)."""
    indent = lines[index].indent
    last = index
    while last + 1 < len(lines) and (lines[last + 1].indent, _goes_on(lines[last + 1])) > (
        indent,
        False,
    ):
        last += 1
    text = lines[last].text
    return text.at(max(0, len(text.text) - 1)).line


_FOLLOWS = re.compile(r"(elif|else|or|and|except)\b")


def _goes_on(line: LogicalLine) -> bool:
    return _FOLLOWS.match(line.text.text) is not None


# --- writing -----------------------------------------------------------------------------------


def deeper(rows: Iterable[str], by: int = INDENT) -> tuple[str, ...]:
    """Lines that stand deeper, or less deep; blank ones as they are."""
    if by < 0:
        return _less(rows, -by)
    return tuple(" " * by + row if row.strip() else row for row in rows)


def _less(rows: Iterable[str], by: int) -> tuple[str, ...]:
    return tuple(row[min(by, len(row) - len(row.lstrip(" "))) :] for row in rows)


def rows_of(run: ScalarNode) -> list[Row]:
    """The lines of a program text and where they stand."""
    texts = run.text.split("\n")
    return [
        (row, line, column)
        for row, (_, line, column) in zip(texts, run.content.pieces, strict=True)
    ]


def edited(rows: Sequence[Row], edits: Iterable[Edit]) -> list[list[Row]]:
    """For each line what stands in its place: what an edit writes stands in the place of the first
    line that it replaces, and points there. The edits must not meet."""
    cells = [[row] for row in rows]
    for edit in edits:
        _, line, column = rows[edit.start]
        cells[edit.start] = [(text, line, column) for text in edit.rows]
        for gone in range(edit.start + 1, edit.stop):
            cells[gone] = []
    return cells


def text_of(rows: Iterable[Row], run: ScalarNode) -> Text:
    """Lines as the text of a program, in the place of `run`."""
    rows = list(rows)
    pieces = []
    offset = 0
    for text, line, column in rows:
        pieces.append((offset, line, column))
        offset += len(text) + 1
    return Text("\n".join(text for text, _, _ in rows), run.content.source, tuple(pieces))

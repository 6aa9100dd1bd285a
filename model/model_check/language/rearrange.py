"""A program text with its steps in another order, joined or split.

Works on lines, so that what does not change keeps its comments and its layout, and every line
still points to where it came from. Only steps move, and only within the block in which they
stand: a loop, a choice or a `break` between two steps keeps them apart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from .checker.survey import joined_label
from .source.diagnostics import Diagnostics
from .source.reader import ScalarNode
from .source.text import Text
from .syntax.lines import LogicalLine, logical_lines
from .syntax.nodes import Atomic, If, Labelled, Statement, While, blocks_of
from .syntax.program import parse_program

__all__ = ["Arrangement", "Segment", "Unit", "rearranged", "segments_of"]

INDENT = 4
"""How much deeper the steps in a new `with atomic:` stand."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A step in a program text: its label, and its lines `start` to `stop` (the comments above
    it first), counted from 0. `inner` are the labels of a `with atomic:` that can be split."""

    label: str
    start: int
    head: int
    stop: int
    indent: int
    inner: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """Steps of one block that stand one after the other, with nothing else between them."""

    units: tuple[Unit, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(unit.label for unit in self.units)


@dataclass(frozen=True, slots=True)
class Arrangement:
    """How the steps of a segment stand: `groups` in their order, each the places (of the
    segment as it is written) of steps that are joined into one; `split` are the places of
    `with atomic:` steps that are taken apart."""

    groups: tuple[tuple[int, ...], ...]
    split: frozenset[int] = frozenset()


def segments_of(run: ScalarNode, steps: Collection[str]) -> tuple[Segment, ...]:
    """The segments of a program text, in the order of the text. `steps` are the labels of its
    steps: other labelled statements are loops and choices. The text must be without mistakes.
    """
    if run.style != "|":
        return ()
    program = parse_program(run, Diagnostics())
    lines = logical_lines(run.content, Diagnostics())
    first = run.content.at().line
    rows = run.text.split("\n")
    places = {line.at.line - first: index for index, line in enumerate(lines)}
    found = []
    for block in _blocks(program):
        units: list[Unit] = []
        for statement in (*block, None):
            label = "" if statement is None else _label(statement)
            if statement is not None and label in steps:
                head = statement.at.line - first
                if head in places:
                    index = places[head]
                    start = units[-1].stop if units else _comments_above(rows, head, lines[index])
                    inner = _inner(statement, lines, index)
                    stop = _end(lines, index) - first + 1
                    units.append(Unit(label, start, head, stop, lines[index].indent, inner))
                    continue
            if units:
                found.append(Segment(tuple(units)))
            units = []
    return tuple(found)


def _label(statement: Statement) -> str:
    match statement:
        case Labelled(label):
            return label.text
        case Atomic():
            return joined_label(statement)
    return ""


def _blocks(block: tuple[Statement, ...]) -> Iterator[tuple[Statement, ...]]:
    """A block and all blocks in it, the outer ones first."""
    yield block
    for statement in block:
        match statement:
            case Labelled(body=(If() | While() as inner,)):
                parts = blocks_of(inner)
            case Labelled() | Atomic():
                continue
            case _:
                parts = blocks_of(statement)
        for part in parts:
            yield from _blocks(part)


def _comments_above(rows: list[str], head: int, line: LogicalLine) -> int:
    """Where the comments begin that stand directly above a step and as deep as it does."""
    start = head
    while start > 0 and rows[start - 1].startswith(" " * line.indent + "#"):
        start -= 1
    return start


def _end(lines: list[LogicalLine], index: int) -> int:
    """The last line, in the file, of what the logical line at `index` opens."""
    last = index
    while last + 1 < len(lines) and lines[last + 1].indent > lines[index].indent:
        last += 1
    text = lines[last].text
    return text.at(max(0, len(text.text) - 1)).line


def _inner(statement: Statement, lines: list[LogicalLine], index: int) -> tuple[str, ...]:
    """The labels in a `with atomic:` whose steps stand below it, each on lines of its own."""
    match statement:
        case Atomic(body) | Labelled(body=(Atomic(body),)):
            below = lines[index + 1].indent if index + 1 < len(lines) else 0
            labels = tuple(each.label.text for each in body if isinstance(each, Labelled))
            if below > lines[index].indent and len(labels) == len(body):
                return labels
    return ()


# --- writing -----------------------------------------------------------------------------------

_Row = tuple[str, int, int]
"""A line of program text, and the line and column of the file where its first character is."""


def rearranged(
    run: ScalarNode, segments: tuple[Segment, ...], arrangements: Mapping[int, Arrangement]
) -> ScalarNode:
    """The program text with its segments (by their place in `segments`) arranged anew."""
    rows: list[_Row] = [
        (row, line, column)
        for row, (_, line, column) in zip(
            run.text.split("\n"), run.content.pieces, strict=True
        )
    ]  # fmt: skip
    # From the end, so that the places of what stands before stay as they are.
    for number, arrangement in sorted(
        arrangements.items(), key=lambda each: -segments[each[0]].units[0].start
    ):
        units = segments[number].units
        written = [
            row
            for group in arrangement.groups
            for row in _group(rows, units, group, arrangement.split)
        ]
        rows[units[0].start : units[-1].stop] = written
    return ScalarNode(_text(rows, run), run.style, run.at)


def _group(
    rows: list[_Row], units: tuple[Unit, ...], group: tuple[int, ...], split: frozenset[int]
) -> list[_Row]:
    parts = [_unit(rows, units[place], place in split) for place in group]
    if len(parts) == 1:
        return parts[0]
    first = units[group[0]]
    _, line, column = rows[first.head]
    head = (" " * first.indent + "with atomic:", line, column)
    return [head, *(_moved(row, INDENT) for part in parts for row in part)]


def _unit(rows: list[_Row], unit: Unit, is_split: bool) -> list[_Row]:
    if not is_split:
        return rows[unit.start : unit.stop]
    above, below = rows[unit.start : unit.head], rows[unit.head + 1 : unit.stop]
    depth = min(len(text) - len(text.lstrip()) for text, _, _ in below if _is_code(text))
    return above + [_moved(row, unit.indent - depth) for row in below]


def _is_code(text: str) -> bool:
    return bool(text.strip()) and not text.lstrip().startswith("#")


def _moved(row: _Row, by: int) -> _Row:
    """A line that stands deeper, or less deep: but never a blank one, or beyond the margin."""
    text, line, column = row
    if not text.strip():
        return row
    if by >= 0:
        return (" " * by + text, line, max(1, column - by))
    gone = min(-by, len(text) - len(text.lstrip(" ")))
    return (text[gone:], line, column + gone)


def _text(rows: list[_Row], run: ScalarNode) -> Text:
    pieces = []
    offset = 0
    for text, line, column in rows:
        pieces.append((offset, line, column))
        offset += len(text) + 1
    return Text("\n".join(text for text, _, _ in rows), run.content.source, tuple(pieces))

"""A program text with its steps in another order, joined or split.

Works on lines, so that what does not change keeps its comments and its layout, and every line
still points to where it came from. Only steps move, and only within the block in which they
stand: a loop, a choice or a `break` between two steps keeps them apart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from .checker.survey import joined_label
from .outline import INDENT, Edit, Row, comments_above, edited, end_of, rows_of, text_of
from .source.diagnostics import Diagnostics
from .source.reader import ScalarNode
from .syntax.lines import LogicalLine, logical_lines
from .syntax.nodes import Atomic, If, Labelled, Statement, While, blocks_of
from .syntax.program import parse_program

__all__ = ["Arrangement", "Segment", "Unit", "rearranged", "segments_of"]


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
                    deep = lines[index].indent
                    start = units[-1].stop if units else comments_above(rows, head, deep)
                    inner = _inner(statement, lines, index)
                    stop = end_of(lines, index) - first + 1
                    units.append(Unit(label, start, head, stop, deep, inner))
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

_Cells = list[list[Row]]
"""For each line of a program text what stands in its place."""


def rearranged(
    run: ScalarNode,
    segments: tuple[Segment, ...],
    arrangements: Mapping[int, Arrangement],
    edits: Iterable[Edit] = (),
) -> ScalarNode:
    """The program text with some lines edited, and its segments (by their place in `segments`)
    arranged anew. An edit that meets one of these stays within one of its steps."""
    cells = edited(rows_of(run), edits)
    # From the end, so that the places of what stands before stay as they are.
    for number, arrangement in sorted(
        arrangements.items(), key=lambda each: -segments[each[0]].units[0].start
    ):
        units = segments[number].units
        written = [
            row
            for group in arrangement.groups
            for row in _group(cells, units, group, arrangement.split)
        ]
        cells[units[0].start : units[-1].stop] = [written]
    return ScalarNode(text_of(chain.from_iterable(cells), run), run.style, run.at)


def _group(
    cells: _Cells, units: tuple[Unit, ...], group: tuple[int, ...], split: frozenset[int]
) -> list[Row]:
    parts = [_unit(cells, units[place], place in split) for place in group]
    if len(parts) == 1:
        return parts[0]
    first = units[group[0]]
    _, line, column = cells[first.head][0]
    head = (" " * first.indent + "with atomic:", line, column)
    return [head, *(_moved(row, INDENT) for part in parts for row in part)]


def _unit(cells: _Cells, unit: Unit, is_split: bool) -> list[Row]:
    if not is_split:
        return list(chain.from_iterable(cells[unit.start : unit.stop]))
    above = list(chain.from_iterable(cells[unit.start : unit.head]))
    below = list(chain.from_iterable(cells[unit.head + 1 : unit.stop]))
    depth = min(len(text) - len(text.lstrip()) for text, _, _ in below if _is_code(text))
    return above + [_moved(row, unit.indent - depth) for row in below]


def _is_code(text: str) -> bool:
    return bool(text.strip()) and not text.lstrip().startswith("#")


def _moved(row: Row, by: int) -> Row:
    """A line that stands deeper, or less deep: but never a blank one, or beyond the margin."""
    text, line, column = row
    if not text.strip():
        return row
    if by >= 0:
        return (" " * by + text, line, max(1, column - by))
    gone = min(-by, len(text) - len(text.lstrip(" ")))
    return (text[gone:], line, column + gone)

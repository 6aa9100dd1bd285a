"""Program text into logical lines: what Python calls NEWLINE, INDENT and DEDENT.

`tokenize` of the standard library would do, but its tokens and its errors differ between
Python versions, and it stops at the first mistake.
"""

from __future__ import annotations

import re

from ..records import dataclass
from ..source.diagnostics import Diagnostics, Position
from ..source.text import Text, Token, tokens
from .expressions import MAX_LENGTH

__all__ = ["LogicalLine", "logical_lines"]

TAB = 4
"""How wide a tab in the indentation is taken to be, after it was reported."""

_LABEL = re.compile(r"[ \t]*[^\W\d]\w*[ \t]*:(?!=)")


@dataclass(frozen=True, slots=True)
class LogicalLine:
    """A logical line without its indentation and its final comment."""

    indent: int
    text: Text

    @property
    def at(self) -> Position:
        return self.text.at()


def logical_lines(text: Text, errors: Diagnostics) -> list[LogicalLine]:
    """Cut at the line ends outside of brackets; blank and comment lines are dropped.

    A line with a bracket or a string that never ends is reported and dropped, so that the
    rest is still read.
    """
    lines: list[LogicalLine] = []
    program = list(tokens(text.text))
    opened: list[int] = []  # indices of tokens
    start = stop = index = 0  # the line runs from `start`; `stop` is after its last word
    while index < len(program):
        token = program[index]
        broken = None
        if token.kind == "open":
            opened.append(index)
        elif token.kind == "close" and opened:
            opened.pop()
        if token.kind == "quote":
            broken = index
            errors.report(text.at(token.start), "this string has no end")
        elif opened and _ends_open(text, program, index, opened):
            broken = opened[0]
            bracket = program[broken]
            errors.report(text.at(bracket.start), f"this `{bracket.text}` is never closed")
        if broken is not None:
            opened.clear()
            index = _next_line(program, broken)
            start = stop = program[index].start if index < len(program) else len(text.text)
            continue
        index += 1
        if token.kind == "newline" and not opened:
            _add(lines, text, start, stop, errors)
            start = stop = token.stop
        elif token.kind != "comment" and token.text.strip():
            stop = token.stop
    _add(lines, text, start, stop, errors)
    return lines


def _ends_open(text: Text, program: list[Token], index: int, opened: list[int]) -> bool:
    """Whether the open brackets are never closed: the text ends, or the next label comes."""
    token = program[index]
    if index == len(program) - 1 or token.start - program[opened[0]].start > MAX_LENGTH:
        return True
    in_call = program[opened[-1]].text == "("
    return in_call and token.kind == "newline" and bool(_LABEL.match(text.text, token.stop))


def _next_line(program: list[Token], index: int) -> int:
    while index < len(program) and program[index].kind != "newline":
        index += 1
    return index + 1


def _add(lines: list[LogicalLine], text: Text, start: int, stop: int, errors: Diagnostics) -> None:
    raw = text.text[start:stop]
    if not raw.strip():
        return
    body = raw.lstrip(" \t")
    blanks = raw[: len(raw) - len(body)]
    if "\t" in blanks:
        at = text.at(start + blanks.index("\t"))
        errors.report(at, "a tab in the indentation", "indent with spaces")
    lines.append(LogicalLine(len(blanks.expandtabs(TAB)), text.part(start, stop)))

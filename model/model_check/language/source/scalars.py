"""Where the characters of a YAML scalar stand in the file.

YAML removes a block's indentation, folds lines and replaces escapes. Only white space and
escapes differ between a scalar's value and its source, so the visible characters of both can
be matched one by one.
"""

from __future__ import annotations

import re

from .diagnostics import Position, Source
from .text import Text

__all__ = ["as_written", "located"]


def located(source: Source, value: str, style: str, start: int, stop: int, at: Position) -> Text:
    """The scalar's value with the places of its characters.

    It was written in `style` ("" for plain) from `start` to `stop` in the source.
    """
    raw = source.text[start:stop]
    if style == "" and raw == value:
        return Text(value, source, ((0, at.line, at.column),))
    if style in ("'", '"') and raw[1:-1] == value and "\n" not in value:
        return Text(value, source, ((0, at.line, at.column + 1),))
    if style == "|":
        return _literal(source, value, raw, at.line)
    return _aligned(source, value, raw, style, at)


def as_written(source: Source, start: int, stop: int, at: Position) -> Text:
    """A stretch of the file as it stands."""
    text = source.text[start:stop]
    pieces = [(0, at.line, at.column)]
    offset = text.find("\n")
    while offset >= 0:
        pieces.append((offset + 1, at.line + len(pieces), 1))
        offset = text.find("\n", offset + 1)
    return Text(text, source, tuple(pieces))


def _literal(source: Source, value: str, raw: str, line: int) -> Text:
    """A block after `|`: each line of the value is a line of the file without its indent."""
    pieces = []
    offset = 0
    rows = raw.split("\n")
    for number, content in enumerate(value.split("\n"), start=1):
        row = rows[number] if number < len(rows) else content
        pieces.append((offset, line + number, max(0, len(row) - len(content)) + 1))
        offset += len(content) + 1
    return Text(value, source, tuple(pieces))


# In quoted text: an escape (also of a line's end), a doubled quote, or any character.
_DOUBLE = re.compile(r"\\(?:x..|u.{4}|U.{8}|.)|.", re.DOTALL)
_SINGLE = re.compile(r"''|.", re.DOTALL)
_BLANK_ESCAPES = "0abtnvfreN_LP \t\n"


def _aligned(source: Source, value: str, raw: str, style: str, at: Position) -> Text:
    """Folded and escaped text, its visible characters matched with those of the file."""
    places = _visible_places(raw, style)
    visible = [i for i, c in enumerate(value) if c.isprintable() and not c.isspace()]
    if len(places) != len(visible):
        # Rare escapes (of control characters): the whole text then stands at its start.
        return Text(value, source, ((0, at.line, at.column),))
    pieces: list[tuple[int, int, int]] = []
    row, row_start = at.line, 1 - at.column  # offset in `raw` of the first column of `row`
    searched = 0
    distance = -1
    for offset, place in zip(visible, places, strict=True):
        if place - offset != distance:
            distance = place - offset
            while (end := raw.find("\n", searched, place)) >= 0:
                row, row_start, searched = row + 1, end + 1, end + 1
            pieces.append((offset, row, place - row_start + 1))
    if not pieces or pieces[0][0] > 0:
        pieces.insert(0, (0, at.line, at.column))
    return Text(value, source, tuple(pieces))


def _visible_places(raw: str, style: str) -> list[int]:
    """The offsets in a scalar's source of what makes a visible character of its value."""
    if style in ("'", '"'):
        unit = _DOUBLE if style == '"' else _SINGLE
        found = [(m.start(), m.group()) for m in unit.finditer(raw, 1, len(raw) - 1)]
        return [
            place
            for place, text in found
            if not (text[1] in _BLANK_ESCAPES if text[0] == "\\" and text[1:] else text.isspace())
        ]
    # In front of a folded block stands its header: `>-`, perhaps with a comment.
    begin = raw.find("\n") + 1 if style == ">" else 0
    return [place for place in range(begin, len(raw)) if not raw[place].isspace()]

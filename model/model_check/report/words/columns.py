"""Text in terminal columns: made printable, measured, cut and wrapped.

Nothing that comes from a spec is shown before it has been through `printable`. Columns are
counted as terminals do: a Chinese character takes two, a combining accent none.
"""

from __future__ import annotations

import re
import unicodedata

from ...verify.show import printable

__all__ = [
    "ELLIPSIS",
    "NARROWEST",
    "NO_BREAK",
    "counted",
    "display_width",
    "in_ascii",
    "shorten",
    "shorten_middle",
    "together",
    "wrap",
]

ELLIPSIS = "…"
NO_BREAK = "\N{NO-BREAK SPACE}"
"""Words joined by it stay on one line; it is shown as a blank."""
WIDEST_CHARACTER = 2
NARROWEST = 48
"""Below this many columns nothing can be laid out: lines get longer than asked."""
_JOINED = frozenset(map(chr, range(0x1160, 0x1200)))
"""Hangul vowels and finals, shown in the columns of the consonant before them."""
_WORD = re.compile(r"[^ \t\n\r\f\v]+")


def counted(count: int, noun: str) -> str:
    """`1 state`, `1,398 states`."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def together(text: str) -> str:
    """The same text, on one line wherever it is wrapped."""
    return text.replace(" ", NO_BREAK)


def display_width(text: str) -> int:
    """The number of terminal columns that `text` takes."""
    if text.isascii():
        return len(text)
    return sum(_columns(c) for c in text)


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me") or character in _JOINED:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def in_ascii(text: str) -> str:
    """`text` with a `?` for every column of what is not ASCII: tables keep their form."""
    if text.isascii():
        return text
    return "".join(c if c.isascii() else "?" * _columns(c) for c in text)


def shorten(text: str, width: int) -> str:
    """`text` in at most `width` columns, its end replaced by `…` where it is longer."""
    if display_width(text) <= width:
        return text
    return _cut(text, max(width - 1, 0)) + ELLIPSIS if width > 0 else ""


def shorten_middle(text: str, width: int) -> str:
    """`text` in at most `width` columns, its middle replaced by `…` where it is longer: the
    end of a command holds its message."""
    if display_width(text) <= width:
        return text
    if width < 4:
        return shorten(text, width)
    tail = (width - 1) // 2
    return _cut(text, width - 1 - tail) + ELLIPSIS + _cut(text[::-1], tail)[::-1]


def _cut(text: str, width: int) -> str:
    used = 0
    for position, character in enumerate(text):
        used += _columns(character)
        if used > width:
            return text[:position]
    return text


def wrap(text: str, width: int, indent: str = "", hanging: str = "") -> list[str]:
    """The words of `text` in lines of at most `width` columns, every line after `indent`, all
    but the first after `hanging` as well. A word longer than a line is cut into pieces."""
    lines: list[str] = []
    start = indent
    line = ""
    for word in _WORD.findall(text):
        shown = printable(word.replace(NO_BREAK, " "))
        joined = f"{line} {shown}" if line else shown
        if line and display_width(start + joined) > width:
            lines.append(start + line)
            start = indent + hanging
            joined = shown
        while joined and display_width(start + joined) > width:
            piece = _cut(joined, max(width - display_width(start), WIDEST_CHARACTER))
            lines.append(start + piece)
            joined = joined[len(piece) :]
            start = indent + hanging
        line = joined
    return [*lines, start + line] if line else lines

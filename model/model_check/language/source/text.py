"""Text that knows where each of its characters stands in a file.

The parsers cut a spec's text into ever smaller parts (a block of program text, a line, one
side of an assignment). Each part must still be able to point at the file, whatever YAML did
to it on the way: indentation removed, lines folded, escapes replaced.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from operator import itemgetter
from typing import NamedTuple

from ..records import dataclass, field
from .diagnostics import Position, Source

__all__ = ["Text", "Token", "tokens"]


_start = itemgetter(0)


@dataclass(frozen=True, slots=True)
class Text:
    """A string and its places: from `offset` on, `text` stands at (line, column) of the file.

    `pieces` are (offset, line, column), ascending, the first at offset 0; within a piece the
    columns go up one by one.
    """

    text: str
    source: Source = field(repr=False)
    pieces: tuple[tuple[int, int, int], ...] = field(repr=False)

    @classmethod
    def of(cls, source: Source) -> Text:
        """The whole of a one-line source."""
        return cls(source.text, source, ((0, 1, 1),))

    def at(self, offset: int = 0) -> Position:
        """Where the character at `offset` stands; the end of the text is a place, too."""
        start, line, column = self.pieces[self._piece(offset) if len(self.pieces) > 1 else 0]
        return Position(self.source, line, column + offset - start)

    def _piece(self, offset: int) -> int:
        """The index of the piece in which the character at `offset` is."""
        return max(0, bisect_right(self.pieces, offset, key=_start) - 1)

    def part(self, start: int, stop: int | None = None) -> Text:
        """The text between two offsets, without white space around it."""
        if stop is None:
            stop = len(self.text)
        raw = self.text[start:stop]
        body = raw.strip()
        # White space only: its place is where it starts, that is where something is missing.
        start += len(raw) - len(raw.lstrip()) if body else 0
        first, last = self._piece(start), self._piece(start + len(body))
        offset, line, column = self.pieces[first]
        pieces = [(0, line, column + start - offset)]
        pieces += [(o - start, n, c) for o, n, c in self.pieces[first + 1 : last + 1]]
        return Text(body, self.source, tuple(pieces))


class Token(NamedTuple):
    """A piece of program text as far as brackets, strings, comments and lines go.

    `kind` is string, comment, open, close, newline, join (a backslash at a line's end),
    quote (a string that does not end on its line), operator or word (names, numbers, blanks).
    """

    kind: str
    text: str
    start: int

    @property
    def stop(self) -> int:
        return self.start + len(self.text)


_TOKEN = re.compile(
    r"""
    (?P<string>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")
    | (?P<comment>\#[^\n]*)
    | (?P<open>[(\[{])
    | (?P<close>[)\]}])
    | (?P<newline>\n)
    | (?P<join>\\\n)
    | (?P<quote>['"])
    | (?P<operator>\.\.|//=?|\*\*=?|<<=?|>>=?|[-+*/%|&^@<>=!:]=|[:;,=?])
    | (?P<word>[^'"\#()\[\]{}\n\\:;,=?.<>!+*/%|&^@-]+|.)
    """,
    re.VERBOSE,
)


def tokens(text: str) -> Iterator[Token]:
    """Cut program text into tokens that together are the whole text."""
    for match in _TOKEN.finditer(text):
        yield Token(str(match.lastgroup), match.group(), match.start())

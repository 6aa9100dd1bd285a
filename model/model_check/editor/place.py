"""Where somebody stands in a spec that is being typed, and so need not be YAML at this moment.

Found by the indentation alone: the keys that lead there, whether it is a program text, and the
word under the cursor.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Place", "place_in"]

_KEY = re.compile(r"(?P<key>[^\s#:'\"{\[-][^:#]*?)\s*:(?=\s|$)(?P<rest>.*)")
_BLOCK = re.compile(r"[|>][-+\d]*\s*(#.*)?")
_BEFORE = re.compile(r"[\w$]*\Z")
_AFTER = re.compile(r"[\w$]*")
_RECEIVER = re.compile(r"(?P<name>[^\W\d]\w*)(?:\[[^\[\]]*(?:\[[^\[\]]*\])?[^\[\]]*\])?\s*\.\s*\Z")


@dataclass(frozen=True)
class Place:
    """A place: the keys above it, outermost first, that of its own line as well where it stands in
    a value; `before` is the line up to it, and `word` what it stands in, from `start` on.
    `program`: it is in a program text."""

    keys: tuple[str, ...]
    before: str
    word: str
    start: int
    in_value: bool
    program: bool

    @property
    def typed(self) -> str:
        """The part of the word that stands before the cursor."""
        return self.before[self.start :]

    @property
    def receiver(self) -> str:
        """The name before a dot: `history` of `history.rpush`, `node` of `node[2].seen`."""
        return "" if self.names_step else self._before_dot

    @property
    def names_step(self) -> bool:
        """Whether a step is named there whose time is said: `node[2].take`."""
        return self.keys == ("timing",) and not self.in_value

    @property
    def _before_dot(self) -> str:
        match = _RECEIVER.search(self.before[: self.start])
        return match["name"] if match else ""

    @property
    def process(self) -> str:
        """The process in which it is, or of which a step is named; "" where it is in none."""
        if self.names_step:
            return self._before_dot
        return self.keys[1] if self.keys[:1] == ("processes",) and len(self.keys) > 1 else ""


def place_in(lines: Sequence[str], line: int, column: int) -> Place:
    """The place at a line and column of a text, both counted from 0."""
    text = lines[line] if line < len(lines) else ""
    before = text[:column]
    start = _BEFORE.search(before).start()  # type: ignore[union-attr]
    word = before[start:] + _AFTER.match(text, column).group()  # type: ignore[union-attr]
    blank = not text.strip()
    indent = column if blank else len(text) - len(text.lstrip())
    keys, program = _above(lines[:line], indent)
    in_value = False
    if not program and (match := _KEY.match(text.lstrip())):
        behind = len(text) - len(text.lstrip()) + match.start("rest")
        if column >= behind:
            keys, in_value = (*keys, match["key"]), True
    return Place(keys, before, word, start, in_value or program, program)


def _above(lines: Sequence[str], indent: int) -> tuple[tuple[str, ...], bool]:
    """The keys that lead to a line of this indentation, and whether it is in a program text."""
    keys: list[str] = []
    program = False
    for text in reversed(lines):
        stripped = text.lstrip()
        deep = len(text) - len(stripped)
        if not stripped or stripped.startswith("#") or deep >= indent:
            continue
        match = _KEY.match(stripped)
        if match is None:
            indent = deep
            continue
        if _BLOCK.fullmatch(match["rest"].strip()):
            # What looked like keys below were lines of its text.
            keys, program = [], True
        indent = deep
        keys.append(match["key"])
        if indent == 0:
            break
    return tuple(reversed(keys)), program

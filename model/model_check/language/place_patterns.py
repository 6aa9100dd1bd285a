"""What can stand in a place of a key: `{session:[0-9a-f]{12}}`, as a small regular expression.

A row of characters and classes, each with how often it may come: no groups, no alternatives, no
looking around. What may come several times must be told apart from what follows it, so there is
one way to read a word, and it is found in a time that grows with its length, whatever stands in a
log. A pattern also writes: `value_for` gives each name a value of its own that fits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .records import dataclass

__all__ = ["LONGEST", "PatternError", "PlacePattern", "parse_pattern"]

LONGEST = 100
"""Characters of a pattern."""
MOST = 1024
"""How often something may come: no key is longer."""
USUAL = 12
"""How long a value is that we write where a pattern leaves that open: as long as the names of our
own sessions."""
_DIGITS, _LOWER = "0123456789", "abcdefghijklmnopqrstuvwxyz"
_LETTERS = _LOWER + _LOWER.upper()
_NAMED = {"d": _DIGITS, "w": f"{_DIGITS}{_LETTERS}_"}
"""Classes that have a name."""
_WRITTEN = f"{_DIGITS}{_LETTERS}_-"
"""What we write where all but some characters can stand."""
_COUNT = re.compile(r"\{(\d{1,4})(?:(,)(\d{1,4})?)?\}")
_COUNTS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}


class PatternError(ValueError):
    """A pattern that is not read. `offset`: of the character that is wrong; the text says what is
    wrong with it, `hint` what would be right."""

    def __init__(self, offset: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.offset = offset
        self.hint = hint


@dataclass(frozen=True, slots=True)
class _Class:
    """Characters: these, or (`other`) all but these."""

    characters: frozenset[str]
    other: bool = False

    def meets(self, others: _Class) -> bool:
        """Whether a character is in both."""
        if self.other and others.other:
            return True
        if self.other or others.other:
            these, without = (others, self) if self.other else (self, others)
            return not these.characters <= without.characters
        return not self.characters.isdisjoint(others.characters)

    @property
    def regex(self) -> str:
        inside = "".join(map(re.escape, sorted(self.characters)))
        if not inside:
            return r"[\s\S]"
        return f"[{'^' if self.other else ''}{inside}]"

    @property
    def written(self) -> str:
        """Those of which we write."""
        if self.other:
            return "".join(each for each in _WRITTEN if each not in self.characters)
        return "".join(sorted(self.characters - set("{}"))) or "".join(sorted(self.characters))


@dataclass(frozen=True, slots=True)
class _Part:
    """A class, and how often it comes: at most `most` times, None: as often as it likes."""

    one_of: _Class
    least: int
    most: int | None

    @property
    def regex(self) -> str:
        if (self.least, self.most) == (1, 1):
            return self.one_of.regex
        return f"{self.one_of.regex}{{{self.least},{'' if self.most is None else self.most}}}"

    @property
    def length(self) -> int:
        """How often it comes in what we write."""
        if self.most is None:
            return max(self.least, USUAL)
        return max(self.least, min(self.most, USUAL))


@dataclass(frozen=True, slots=True)
class PlacePattern:
    """What a place of a key can hold; `text`: as written, `regex`: the same for Python's re."""

    text: str
    parts: tuple[_Part, ...]

    @property
    def regex(self) -> str:
        return "".join(each.regex for each in self.parts)

    def fits(self, value: str) -> bool:
        """Whether a value is one of these."""
        return len(value) <= MOST and re.fullmatch(self.regex, value) is not None

    @property
    def values(self) -> int:
        """How many values we could write."""
        count = 1
        for each in self.parts:
            count *= len(each.one_of.written) ** each.length
        return count

    def value_for(self, name: str) -> str:
        """The value that stands for a name: itself where it fits, else one drawn from it."""
        if self.fits(name):
            return name
        import hashlib

        number = int.from_bytes(hashlib.sha256(name.encode()).digest() * 4, "big")
        written = []
        for part in self.parts:
            among = part.one_of.written
            for _ in range(part.length):
                number, place = divmod(number, len(among))
                written.append(among[place])
        return "".join(written)

    def ends_before(self, character: str) -> bool:
        """Whether it is told apart from a character that follows it, or ("") from anything."""
        open_ended = list(_last(self.parts))
        if not character:
            return not open_ended
        return all(not each.one_of.meets(_one(character)) for each in open_ended)


def _last(parts: tuple[_Part, ...]) -> Iterator[_Part]:
    """What may come several times and can stand at the end."""
    for each in reversed(parts):
        if each.least != each.most:
            yield each
        if each.least:
            return


def _one(character: str) -> _Class:
    return _Class(frozenset(character))


def parse_pattern(text: str) -> PlacePattern:
    """The pattern that a text is. Raises PatternError."""
    if len(text) > LONGEST:
        raise PatternError(LONGEST, f"a pattern has at most {LONGEST} characters")
    parts: list[_Part] = []
    starts: list[int] = []
    at = 0
    while at < len(text):
        starts.append(at)
        found, at = _class_at(text, at)
        least, most, at = _count_at(text, at)
        if most != 0:
            parts.append(_Part(found, least, most))
        else:
            starts.pop()
    if not any(each.least for each in parts):
        raise PatternError(0, "a place holds something: the pattern also takes nothing", "[0-9]+")
    for place, part in enumerate(parts):
        if part.least != part.most:
            _require_apart(part, parts[place + 1 :], starts[place])
    return PlacePattern(text, tuple(parts))


def _require_apart(part: _Part, following: list[_Part], offset: int) -> None:
    """Refuse what may come several times and could also be what follows it."""
    for each in following:
        if part.one_of.meets(each.one_of):
            raise PatternError(
                offset, "where this ends and the next begins is not told apart",
                "say how often it comes, [0-9a-f]{8}, or use other characters for the two",
            )  # fmt: skip
        if each.least:
            return


def _class_at(text: str, at: int) -> tuple[_Class, int]:
    """The class that begins at a place of a pattern, and where it ends."""
    first = text[at]
    if first == "[":
        return _brackets(text, at)
    if first == ".":
        return _Class(frozenset("\n"), other=True), at + 1
    if first == "\\":
        return _escaped(text, at)
    if first in "()|^$*+?{}]":
        raise PatternError(
            at, f"{first} means nothing here",
            "a row of characters and classes, each with how often it comes: [0-9a-f]{12}, \\d+",
        )  # fmt: skip
    return _one(first), at + 1


def _escaped(text: str, at: int) -> tuple[_Class, int]:
    if at + 1 >= len(text):
        raise PatternError(at, "a character is missing behind the \\")
    escaped = text[at + 1]
    if escaped in _NAMED:
        return _Class(frozenset(_NAMED[escaped])), at + 2
    if escaped.isalnum():
        raise PatternError(at, f"\\{escaped} is not known", "\\d, \\w, or a class: [0-9a-f]")
    return _one(escaped), at + 2


def _brackets(text: str, start: int) -> tuple[_Class, int]:
    at = start + 1
    other = text[at : at + 1] == "^"
    at += other
    found: set[str] = set()
    while at < len(text) and text[at] != "]":
        each, at = _escaped(text, at) if text[at] == "\\" else (_one(text[at]), at + 1)
        if text[at : at + 1] == "-" and text[at + 1 : at + 2] not in ("", "]"):
            last = text[at + 1]
            (first,) = each.characters if len(each.characters) == 1 else ("",)
            if not first.isascii() or not last.isascii() or not first or first > last:
                raise PatternError(at, "a range goes from one ASCII character up to another", "a-z")
            each = _Class(frozenset(map(chr, range(ord(first), ord(last) + 1))))
            at += 2
        found |= each.characters
    if at >= len(text):
        raise PatternError(start, "the ] of this class is missing")
    if not found:
        raise PatternError(start, "this class has no character", "[0-9a-f]")
    return _Class(frozenset(found), other), at + 1


def _count_at(text: str, at: int) -> tuple[int, int | None, int]:
    """How often what stands before a place comes, and where that is said to its end."""
    if at >= len(text):
        return 1, 1, at
    if text[at] in _COUNTS:
        return *_COUNTS[text[at]], at + 1
    if text[at] != "{":
        return 1, 1, at
    found = _COUNT.match(text, at)
    if found is None:
        raise PatternError(at, "how often is written {12}, {8,12} or {8,}", "")
    least = int(found[1])
    most = least if found[2] is None else None if found[3] is None else int(found[3])
    if max(least, most or 0) > MOST or (most is not None and most < least):
        raise PatternError(at, f"{found[0]} is no number of times up to {MOST}")
    return least, most, found.end()

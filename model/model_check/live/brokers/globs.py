"""Patterns of a server, as PSUBSCRIBE takes them: which words they take, and one that takes a key.

https://redis.io/docs/latest/commands/psubscribe/; what they mean is `stringmatchlen` of the server:
* for anything, ? for one character, [ab-z] and [^a] for one of several, and \\ before a character
that is meant as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

__all__ = ["literal_start", "pattern_of", "takes"]

_SPECIAL = re.compile(r"[*?\[\]\\]")
LONGEST = 1024
"""Characters of a pattern that are looked at: no longer one takes a key."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One character: one of some `ranges`, or (`other`) none of them. `many`: any number of
    characters, whatever they are."""

    ranges: tuple[tuple[str, str], ...] = ()
    other: bool = False
    many: bool = False

    def is_one(self, character: str) -> bool:
        return any(first <= character <= last for first, last in self.ranges) != self.other


_MANY = _Part(many=True)
_ONE = _Part(other=True)


def pattern_of(key: str, address: str = "") -> str:
    """The pattern that takes a key alone, or all keys that differ in their `address`, a place that
    is still open in it."""
    parts = key.split(f"{{{address}}}") if address else [key]
    return "*".join(_SPECIAL.sub(r"\\\g<0>", part) for part in parts)


def literal_start(pattern: str) -> str:
    """What every word begins with that a pattern takes."""
    found = _SPECIAL.search(pattern)
    return pattern if found is None else pattern[: found.start()]


def takes(pattern: str, word: str) -> bool:
    """Whether a pattern takes a word. The time grows with the length of both, whatever they are."""
    if len(pattern) > LONGEST:
        return False
    parts = list(_parts(pattern))
    places = _passed({0}, parts)
    for character in word:
        reached = {p for p in places if p < len(parts) and parts[p].many}
        reached |= {
            p + 1
            for p in places
            if p < len(parts) and not parts[p].many and parts[p].is_one(character)
        }
        places = _passed(reached, parts)
        if not places:
            return False
    return len(parts) in places


def _passed(places: set[int], parts: Sequence[_Part]) -> set[int]:
    """The places of a pattern that are reached with these, since * may take nothing."""
    found = set(places)
    for place in places:
        while place < len(parts) and parts[place].many:
            place += 1
            found.add(place)
    return found


def _parts(pattern: str) -> Iterator[_Part]:
    at = 0
    while at < len(pattern):
        first = pattern[at]
        at += 1
        if first == "*":
            yield _MANY
        elif first == "?":
            yield _ONE
        elif first == "[":
            part, at = _class(pattern, at)
            yield part
        else:
            if first == "\\" and at < len(pattern):
                first = pattern[at]
                at += 1
            yield _Part(((first, first),))


def _class(pattern: str, at: int) -> tuple[_Part, int]:
    """What stands in brackets, from behind the first one; one that is not closed ends with the
    pattern."""
    other = pattern[at : at + 1] == "^"
    at += other
    ranges: list[tuple[str, str]] = []
    while at < len(pattern) and pattern[at] != "]":
        if pattern[at] == "\\" and at + 1 < len(pattern):
            at += 1
        elif pattern[at + 1 : at + 2] == "-" and at + 2 < len(pattern):
            first, last = sorted((pattern[at], pattern[at + 2]))
            ranges.append((first, last))
            at += 3
            continue
        ranges.append((pattern[at], pattern[at]))
        at += 1
    return _Part(tuple(ranges), other), at + 1

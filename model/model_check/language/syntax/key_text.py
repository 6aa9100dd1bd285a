"""The `key` of a resource: a text with places, `chat:{session}`, some with what can stand there.

`{session:[0-9a-f]{12}}` is a place with a pattern. Braces around anything else are part of the
key, as in the `{tag}:1` that keeps keys together in a cluster, but for a name alone.
"""

from __future__ import annotations

import re

from ..place_patterns import PatternError, PlacePattern, parse_pattern
from ..records import dataclass
from ..source.diagnostics import Diagnostics, Position
from ..source.text import Text

__all__ = ["KEY_PLACE", "KeyText", "parse_key"]

KEY_PLACE = re.compile(r"\{(\w+)\}")
"""A place in a key whose pattern, if it has one, stands elsewhere (`KeyText`)."""
_WRITTEN = re.compile(r"\{([^\W\d]\w*)(:|\})")


@dataclass(frozen=True, slots=True)
class KeyText:
    """A key as written, `text`, its places without their patterns: `chat:{session}`. `patterns`:
    by place, those that have one, with where it stands."""

    text: str = ""
    patterns: tuple[tuple[str, PlacePattern, Position], ...] = ()
    at: Position | None = None


def parse_key(written: Text | None, errors: Diagnostics) -> KeyText:
    """The key that is written. Reports what is wrong with a pattern at its place."""
    if written is None:
        return KeyText()
    text, parts, at = written.text, [], 0
    found: dict[str, tuple[PlacePattern, Position]] = {}
    for place in _WRITTEN.finditer(text):
        if place.start() < at or place[2] == "}":
            continue
        name, start = place[1], place.end()
        stop = _end(text, start)
        if stop is None:
            errors.report(written.at(place.start()), f"the }} of the place {name} is missing")
            break
        parts.append(f"{text[at : place.start()]}{{{name}}}")
        at = stop + 1
        try:
            pattern = parse_pattern(text[start:stop])
        except PatternError as error:
            errors.report(written.at(start + error.offset), str(error), error.hint)
            continue
        rest = text[at:]
        others = any(each[1] != name for each in _WRITTEN.finditer(rest))
        follows = "" if _WRITTEN.match(rest) else rest[:1]
        if others and not pattern.ends_before(follows):
            message = "where this ends and the next begins is not told apart"
            hint = "say how often it comes, [0-9a-f]{8}, or put another character between the two"
            errors.report(written.at(start), message, hint)
            continue
        known = found.setdefault(name, (pattern, written.at(start)))
        if known[0] != pattern:
            message = f"{name} has another pattern already, {known[0].text}"
            errors.report(written.at(start), message, f"say it once, then {{{name}}}")
    parts.append(text[at:])
    places = tuple((name, *each) for name, each in found.items())
    return KeyText("".join(parts), places, written.at(0))


def _end(text: str, start: int) -> int | None:
    """Where the place ends whose pattern begins at `start`: braces in it are counts, and in a
    class, or escaped, characters."""
    depth, in_class, at = 0, False, start
    while at < len(text):
        each = text[at]
        if each == "\\":
            at += 1
        elif in_class:
            in_class = each != "]"
        elif each == "[":
            in_class = True
        elif each == "{":
            depth += 1
        elif each == "}":
            if depth == 0:
                return at
            depth -= 1
        at += 1
    return None

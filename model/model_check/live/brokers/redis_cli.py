"""What `redis-cli` prints: a command as it is typed there, and an answer as it is shown on a
terminal (https://redis.io/docs/latest/develop/tools/cli/).
"""

from __future__ import annotations

from collections.abc import Sequence

from .connection import Refusal, Reply

__all__ = ["ESCAPES", "as_typed", "is_plain", "printed"]

ESCAPES = {
    "\\": "\\\\",
    '"': '\\"',
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\a": "\\a",
    "\b": "\\b",
}


def as_typed(words: Sequence[str]) -> str:
    """A command in one line; words that would not be one there are in quotes."""
    return " ".join(word if is_plain(word) else _quoted(word) for word in words)


def printed(reply: Reply) -> tuple[str, ...]:
    """An answer, line by line."""
    match reply:
        case None:
            return ("(nil)",)
        case Refusal(text):
            return (f"(error) {text}",)
        case bool() | int():
            return (f"(integer) {int(reply)}",)
        case list():
            return _listed(reply)
    return (_quoted(str(reply)),)


def _listed(items: Sequence[Reply]) -> tuple[str, ...]:
    if not items:
        return ("(empty array)",)
    width = len(str(len(items)))
    lines = []
    for number, item in enumerate(items, start=1):
        head = f"{number:>{width}}) "
        first, *others = printed(item)
        lines += [head + first, *(" " * len(head) + each for each in others)]
    return tuple(lines)


def is_plain(word: str) -> bool:
    """Whether a word is one where it stands without quotes."""
    return bool(word) and word.isprintable() and not any(c.isspace() or c in "\"'\\" for c in word)


def _quoted(text: str) -> str:
    """As `sdscatrepr` does it, but that text which is no ASCII stays as it is."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(letter: str) -> str:
    if letter in ESCAPES:
        return ESCAPES[letter]
    if letter.isprintable():
        return letter
    raw = letter.encode("utf-8", "surrogateescape")
    return "".join(f"\\x{byte:02x}" for byte in raw)

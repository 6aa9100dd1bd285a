"""From an answer as it stood on the wire to what redis-py's parser gives for it.

https://redis.io/docs/latest/develop/reference/protocol-spec/. What RESP3 has of its own is given as
RESP2 would: maps as lists of names and values, sets as lists, numbers that are no integers as text.
"""

from __future__ import annotations

from ..brokers.connection import Refusal, Reply

__all__ = ["CutOffError", "reply_of"]

DEEPEST = 64
"""Lists within lists: no command answers that many."""
_AGGREGATES = {b"*": 1, b"%": 2, b"~": 1, b">": 1}
"""Items for each that is counted."""


class CutOffError(Exception):
    """There is less than a whole answer, or what is there is none."""


def reply_of(raw: bytes) -> Reply:
    """What an answer says: str, int, None, Refusal, or a list of these. Raises CutOffError."""
    return _value(raw, 0, 0)[0]


def _line(raw: bytes, at: int) -> tuple[bytes, bytes, int]:
    end = raw.find(b"\r\n", at)
    if end < 0:
        raise CutOffError
    return raw[at : at + 1], raw[at + 1 : end], end + 2


def _value(raw: bytes, at: int, depth: int) -> tuple[Reply, int]:
    kind, text, at = _line(raw, at)
    if kind in (b"$", b"=", b"!"):
        return _bulk(raw, kind, _number(text), at)
    if kind == b"|":
        # Attributes come before what they speak of.
        for _ in range(2 * _number(text)):
            _, at = _value(raw, at, _deeper(depth))
        return _value(raw, at, _deeper(depth))
    if kind in _AGGREGATES:
        return _items(raw, _number(text) * _AGGREGATES[kind], at, depth)
    if kind == b":":
        return _number(text), at
    if kind == b"-":
        return Refusal(_text(text)), at
    if kind == b"#":
        return int(text == b"t"), at
    if kind == b"_":
        return None, at
    if kind in (b"+", b",", b"("):
        return _text(text), at
    raise CutOffError


def _items(raw: bytes, count: int, at: int, depth: int) -> tuple[Reply, int]:
    if count < 0:
        return None, at
    found: list[Reply] = []
    for _ in range(count):
        item, at = _value(raw, at, _deeper(depth))
        found.append(item)
    return found, at


def _bulk(raw: bytes, kind: bytes, size: int, at: int) -> tuple[Reply, int]:
    if size < 0:
        return None, at
    if len(raw) < at + size + 2:
        raise CutOffError
    text = _text(raw[at : at + size])
    if kind == b"!":
        return Refusal(text), at + size + 2
    # A verbatim string says first what it is: `txt:`.
    return (text[4:] if kind == b"=" else text), at + size + 2


def _deeper(depth: int) -> int:
    if depth >= DEEPEST:
        raise CutOffError
    return depth + 1


def _number(text: bytes) -> int:
    try:
        return int(text)
    except ValueError:
        raise CutOffError from None


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")

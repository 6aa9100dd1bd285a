"""From an answer as it stood on the wire to what redis-py's parser gives for it.

https://redis.io/docs/latest/develop/reference/protocol-spec/. What RESP3 has of its own is given as
RESP2 would: maps as lists of names and values, sets as lists, numbers that are no integers as text.
"""

from __future__ import annotations

from ..brokers.connection import Refusal, Reply
from .commands import ProtocolError
from .values import Values, bare, items

__all__ = ["CutOffError", "reply_of"]

DEEPEST = 64
"""Lists within lists: no command answers that many."""


class CutOffError(Exception):
    """There is less than a whole answer, or what is there is none."""


def reply_of(raw: bytes) -> Reply:
    """What an answer says: str, int, None, Refusal, or a list of these. Raises CutOffError."""
    try:
        whole = next(Values().ends(raw), None)
    except ProtocolError:
        whole = None
    if whole is None:
        raise CutOffError
    return _value(raw[: whole[0]], 0)


def _value(raw: bytes, depth: int) -> Reply:
    """What a value says, all of which is there."""
    if depth > DEEPEST:
        raise CutOffError
    raw = bare(raw)
    kind = raw[:1]
    head = raw[1 : raw.find(b"\r\n")]
    if kind in (b"*", b"%", b"~", b">"):
        return None if _number(head) < 0 else [_value(each, depth + 1) for each in items(raw)]
    if kind in (b"$", b"=", b"!"):
        if _number(head) < 0:
            return None
        text = _text(raw[len(head) + 3 : -2])
        # A verbatim string says first what it is: `txt:`.
        return Refusal(text) if kind == b"!" else text[4:] if kind == b"=" else text
    if kind == b":":
        return _number(head)
    if kind == b"-":
        return Refusal(_text(head))
    if kind == b"#":
        return int(head == b"t")
    if kind == b"_":
        return None
    if kind in (b"+", b",", b"("):
        return _text(head)
    raise CutOffError


def _number(text: bytes) -> int:
    try:
        return int(text)
    except ValueError:
        raise CutOffError from None


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")

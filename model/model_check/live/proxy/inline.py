"""Commands in a line of text, as one types them into a terminal: `SET greeting "hello world"`.

As a server splits them (`sdssplitargs` of Redis,
https://redis.io/docs/latest/develop/reference/protocol-spec/#inline-commands).
"""

from __future__ import annotations

__all__ = ["UnbalancedError", "split_words"]

_SPACE = b" \n\r\t\v\f"
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"a": b"\a"}
_HEX = frozenset(b"0123456789abcdefABCDEF")
_DOUBLE, _SINGLE, _BACKSLASH = b'"', b"'", b"\\"


class UnbalancedError(ValueError):
    """A quote is not closed, or something stands right behind a closing one."""


def split_words(line: bytes) -> tuple[bytes, ...]:
    """The words of a line, none where it has none. Raises UnbalancedError."""
    if not (_DOUBLE in line or _SINGLE in line):
        return tuple(line.split())
    words: list[bytes] = []
    at = 0
    while True:
        while at < len(line) and line[at] in _SPACE:
            at += 1
        if at >= len(line):
            return tuple(words)
        word, at = _word(line, at)
        words.append(word)


def _word(line: bytes, at: int) -> tuple[bytes, int]:
    """The word that begins at a place, and where what follows begins."""
    found = bytearray()
    while at < len(line) and line[at] not in _SPACE:
        letter = line[at : at + 1]
        if letter not in (_DOUBLE, _SINGLE):
            found += letter
            at += 1
            continue
        quoted, at = (_in_double if letter == _DOUBLE else _in_single)(line, at + 1)
        found += quoted
        if at < len(line) and line[at] not in _SPACE:
            raise UnbalancedError
    return bytes(found), at


def _in_double(line: bytes, at: int) -> tuple[bytes, int]:
    found = bytearray()
    while at < len(line):
        letter = line[at : at + 1]
        following = line[at + 1 : at + 2]
        if letter == _DOUBLE:
            return bytes(found), at + 1
        if letter != _BACKSLASH or not following:
            found += letter
            at += 1
        elif following == b"x" and _is_byte(line[at + 2 : at + 4]):
            found.append(int(line[at + 2 : at + 4], 16))
            at += 4
        else:
            found += _ESCAPES.get(following, following)
            at += 2
    raise UnbalancedError


def _is_byte(text: bytes) -> bool:
    return len(text) == 2 and _HEX.issuperset(text)


def _in_single(line: bytes, at: int) -> tuple[bytes, int]:
    found = bytearray()
    while at < len(line):
        letter = line[at : at + 1]
        if letter == _SINGLE:
            return bytes(found), at + 1
        if line[at : at + 2] == b"\\'":
            letter = _SINGLE
            at += 1
        found += letter
        at += 1
    raise UnbalancedError

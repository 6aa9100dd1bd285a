"""What a server sends, cut into values: RESP2 and RESP3, told apart by their first byte
(https://redis.io/docs/latest/develop/reference/protocol-spec/).

Nothing is gathered and nothing is called by itself: how deep a value goes, and how large it is,
costs no memory here, for what is inside is only counted.
"""

from __future__ import annotations

from collections.abc import Iterator

from .commands import ProtocolError

__all__ = ["Values", "bare", "items", "text"]

_LINES = frozenset(b"+-:,_#(")
_BULKS = frozenset(b"$!=")
_PER_ITEM = {b"*"[0]: 1, b"~"[0]: 1, b">"[0]: 1, b"%"[0]: 2, b"|"[0]: 2}
_ATTRIBUTES, _CHUNK, _END = b"|"[0], b";"[0], b"."[0]
_COUNTED = _BULKS | _PER_ITEM.keys() | {_CHUNK, _END}
_LONGEST_COUNT = 32
"""Bytes of a line that says how much follows."""
_MOST_LEVELS = 1000
"""Aggregates of unknown length inside each other, each of which is remembered."""


class Values:
    """Says where values end in bytes that come piece by piece."""

    def __init__(self) -> None:
        self._skip = 0
        """Bytes of a string that come, with the two behind it."""
        self._in_chunks = False
        """Within a string of unknown length."""
        self._in_line = False
        """Within a line of which only the end matters."""
        self._line = b""
        """The beginning of a line that says how much follows."""
        self._need = 1
        """Values that this level still takes."""
        self._levels: list[int] = []
        """What the levels around take, where this one ends with a `.`."""
        self.kind = 0
        """The first byte of the value that is not whole yet, behind its attributes; 0: unknown."""

    def ends(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Where values end in these bytes, each with its kind. Raises ProtocolError."""
        at, size = 0, len(data)
        while at < size:
            if self._skip:
                taken = min(self._skip, size - at)
                at += taken
                self._skip -= taken
                if self._skip:
                    break
                if not self._in_chunks:
                    self._need -= 1
            elif self._in_line:
                end = data.find(b"\n", at)
                if end < 0:
                    break
                at = end + 1
                self._in_line = False
                self._need -= 1
            else:
                at = self._head(data, at)
            if not self._need and not self._levels:
                kind, self._need, self.kind = self.kind, 1, 0
                yield at, kind

    def _head(self, data: bytes, at: int) -> int:
        """Read the first line of a value; where what follows begins."""
        if self._line:
            return self._head_in_pieces(data, at)
        kind = data[at]
        if not self.kind and self._need == 1 and kind != _ATTRIBUTES:
            self.kind = kind
        if not self._need and kind != _END:
            self._need = 1
        end = data.find(b"\n", at + 1)
        if kind in _LINES and not self._in_chunks:
            if end < 0:
                self._in_line = True
                return len(data)
            self._need -= 1
            return end + 1
        line = data[at:] if end < 0 else data[at:end]
        if kind not in _COUNTED or len(line) > _LONGEST_COUNT:
            raise ProtocolError(f"{_shown(line)} begins no value")
        if end < 0:
            self._line = line
            return len(data)
        self._count(kind, line.removesuffix(b"\r")[1:])
        return end + 1

    def _head_in_pieces(self, data: bytes, at: int) -> int:
        end = data.find(b"\n", at)
        line = self._line + (data[at:] if end < 0 else data[at:end])
        if len(line) > _LONGEST_COUNT:
            raise ProtocolError(f"{_shown(line)} begins no value")
        if end < 0:
            self._line = line
            return len(data)
        self._line = b""
        self._count(line[0], line.removesuffix(b"\r")[1:])
        return end + 1

    def _count(self, kind: int, text: bytes) -> None:
        """Take what a line says of how much follows."""
        if self._in_chunks != (kind == _CHUNK) or (not self._need and (kind, text) != (_END, b"")):
            raise ProtocolError(f"{_shown(bytes([kind]) + text)} where something else must come")
        if not self._need:
            self._need = self._levels.pop() - 1
        elif text == b"?" and kind in _BULKS:
            self._in_chunks = True
        elif text == b"?" and kind in _PER_ITEM:
            self._open()
        elif kind in _PER_ITEM:
            number = max(0, _length(text)) * _PER_ITEM[kind]
            self._need += number if kind == _ATTRIBUTES else number - 1
        elif (length := _length(text)) > 0 or (length == 0 and kind != _CHUNK):
            self._skip = length + 2
        else:
            self._in_chunks = False
            self._need -= 1

    def _open(self) -> None:
        if len(self._levels) >= _MOST_LEVELS:
            raise ProtocolError(f"more than {_MOST_LEVELS} aggregates inside each other")
        self._levels.append(self._need)
        self._need = 0


def _length(text: bytes) -> int:
    digits = text[1:] if text.startswith(b"-") else text
    if not digits.isdigit() or len(digits) > 19:
        raise ProtocolError(f"{_shown(text)} is no length")
    return int(text)


def _shown(text: bytes) -> str:
    """The beginning of what came, for a message."""
    return ascii(text[:_LONGEST_COUNT].decode("latin-1"))


def bare(raw: bytes) -> bytes:
    """A value without the attributes before it."""
    while raw.startswith(b"|"):
        at = raw.find(b"\n") + 1
        found = _split(raw[at:])
        before = max(0, _length(raw[1 : at - 2])) * _PER_ITEM[_ATTRIBUTES]
        raw = found[before] if before < len(found) else b""
    return raw


def items(raw: bytes) -> list[bytes]:
    """The bytes of each item of an aggregate; of one that is cut off, the last is as well."""
    raw = bare(raw)
    return _split(raw[raw.find(b"\n") + 1 :])


def _split(body: bytes) -> list[bytes]:
    found = []
    start = 0
    for end, _ in Values().ends(body):
        found.append(body[start:end])
        start = end
    if start < len(body):
        found.append(body[start:])
    return found


def text(raw: bytes) -> bytes | None:
    """What a string or a line says, as far as it is there; None for what is neither."""
    head, _, body = raw.partition(b"\r\n")
    if raw[:1] in (b"$", b"=") and head[1:].isdigit():
        said = body[: int(head[1:])]
        return said[4:] if raw[:1] == b"=" else said
    return head[1:] if raw[:1] in (b"+", b":") else None

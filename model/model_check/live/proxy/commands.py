"""What a service sends, cut into commands: their words, and the bytes as they came.

Bytes are cut where the server would cut them, which does not look at everything (that a `\\n`
follows a `\\r`, for one): what one of the two takes for the payload of a command must not be a
command for the other. The words for what is wrong are the server's
(https://redis.io/docs/latest/develop/reference/protocol-spec/#sending-commands-to-a-redis-server;
`processMultibulkBuffer` and `processInlineBuffer` in Redis's networking.c).
"""

from __future__ import annotations

from dataclasses import dataclass

from .inline import UnbalancedError, split_words

__all__ = ["MOST_COLLECTED", "Command", "Commands", "ProtocolError"]

MOST_COLLECTED = 16 * 1024 * 1024
"""Bytes of a command that are gathered before it is offered. Of a larger one the rest follows when
it was let through."""
LONGEST_LINE = 64 * 1024
"""Bytes of a line, of an inline command too (PROTO_INLINE_MAX_SIZE)."""
LONGEST_WORD = 512 * 1024 * 1024
"""Bytes of a word (proto-max-bulk-len); a server may be set to take less."""
MOST_WORDS = 2**31 - 1
_NUMBERS = {b"%d" % each: each for each in range(4096)}
CRLF = "\r\n"
_STAR, _DOLLAR = b"*"[0], b"$"[0]


class ProtocolError(Exception):
    """What came is no command: the text says why as the server would, each letter of it a byte."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command that has come. `more`: its last word is cut off, and the rest of it follows."""

    words: tuple[bytes, ...]
    raw: bytes
    more: bool = False


class Commands:
    """Takes bytes (`feed`) and gives commands (`take`, until it gives none); of one that has
    `more`, `rest` gives what follows until it was all."""

    def __init__(self, collected: int = MOST_COLLECTED) -> None:
        self._most = collected
        self._data = b""
        self._at = 0
        self._came: list[bytes] = []
        """What came after `_data`, while that is known to be too little."""
        self._short = 0
        """How much must come before there is anything to do."""
        self._words: list[bytes] = []
        self._taken: list[bytes] = []
        """The bytes of the command so far which are not in `_data`."""
        self._start = 0
        """Where the command goes on in `_data`."""
        self._left = 0
        """Words of the command that have not come."""
        self._word = 0
        """Bytes of the word that comes, with the two behind it; 0: not known yet."""
        self._size = 0
        """Bytes that were taken off for this command."""

    @property
    def backlog(self) -> int:
        """Bytes that came and were not given."""
        return len(self._data) - self._at + sum(map(len, self._came))

    def feed(self, data: bytes) -> None:
        """Take bytes."""
        self._came.append(data)
        self._short -= len(data)

    def take(self) -> Command | None:
        """The next command; None: what there is is none yet. Raises ProtocolError."""
        if self._came:
            if self._short > 0:
                return None
            self._join()
        while not self._left:
            if not self._begin():
                return None
            if self._words:
                return self._whole()
        while self._left:
            if not self._word and not self._length():
                return None
            if self._size + self._at - self._start + self._word > self._most:
                return self._too_large()
            end = self._at + self._word
            if end > len(self._data):
                self._short = end - len(self._data)
                return None
            self._words.append(self._data[self._at : end - 2])
            self._at = end
            self._word = 0
            self._left -= 1
        return self._whole()

    def rest(self) -> tuple[bytes, bool]:
        """What has come of the rest of a large command, and whether that was all. Raises
        ProtocolError."""
        self._join()
        while self._left:
            if not self._word and not self._length():
                break
            taken = min(self._word, len(self._data) - self._at)
            self._at += taken
            self._word -= taken
            if self._word:
                break
            self._left -= 1
        found = self._data[self._start : self._at]
        self._start = self._at
        return found, not self._left

    def _join(self) -> None:
        if self._start < self._at:
            self._taken.append(self._data[self._start : self._at])
            self._size += self._at - self._start
        tail = self._data[self._at :] if self._at else self._data
        self._data = b"".join([tail, *self._came]) if tail else b"".join(self._came)
        self._came.clear()
        self._at = self._start = self._short = 0

    def _begin(self) -> bool:
        """Read how many words a command has, or all of them where they stand in a line; False where
        too little has come."""
        if self._at >= len(self._data):
            return False
        if self._data[self._at] != _STAR:
            return self._inline()
        line = self._line("too big mbulk count string")
        if line is None:
            return False
        number = _number(line[1:])
        if number is None or number > MOST_WORDS:
            raise ProtocolError("invalid multibulk length")
        if number <= 0:
            self._start = self._at
            return True
        self._left = number
        return True

    def _inline(self) -> bool:
        end = self._data.find(b"\n", self._at)
        if end < 0:
            if len(self._data) - self._at > LONGEST_LINE:
                raise ProtocolError("too big inline request")
            return False
        line = self._data[self._at : end]
        if b"\0" in line:
            raise ProtocolError("a zero byte in an inline request")
        self._at = end + 1
        try:
            words = split_words(line.removesuffix(b"\r"))
        except UnbalancedError:
            raise ProtocolError("unbalanced quotes in request") from None
        self._words += words
        if not words:
            self._start = self._at
        return True

    def _length(self) -> bool:
        """Read how long the next word is; False where too little has come."""
        if self._at >= len(self._data):
            return False
        kind = self._data[self._at]
        line = self._line("too big bulk count string")
        if line is None:
            return False
        if kind != _DOLLAR:
            got = chr(kind)
            raise ProtocolError(f"expected '$', got '{' ' if got in CRLF else got}'")
        number = _number(line[1:])
        if number is None or not 0 <= number <= LONGEST_WORD:
            raise ProtocolError("invalid bulk length")
        self._word = number + 2
        return True

    def _line(self, too_long: str) -> bytes | None:
        """The line that begins here, with two bytes behind it, whatever the second of them is."""
        end = self._data.find(b"\r", self._at)
        if end < 0 or end + 1 >= len(self._data):
            if len(self._data) - self._at > LONGEST_LINE:
                raise ProtocolError(too_long)
            return None
        line = self._data[self._at : end]
        self._at = end + 2
        return line

    def _whole(self) -> Command:
        raw = self._data[self._start : self._at]
        if self._taken:
            raw = b"".join([*self._taken, raw])
            self._taken.clear()
        found = Command(tuple(self._words), raw)
        self._words.clear()
        if self._at == len(self._data):
            self._data, self._at = b"", 0
        self._start = self._at
        self._size = 0
        return found

    def _too_large(self) -> Command:
        self._words.append(self._data[self._at : self._at + self._word - 2])
        found = self._whole()
        return Command(found.words, found.raw, more=True)


def _number(text: bytes) -> int | None:
    """A number as a server reads one, without a sign or zeros before it; None: it is none."""
    found = _NUMBERS.get(text)
    if found is not None:
        return found
    digits = text.removeprefix(b"-")
    if not digits.isdigit() or digits.startswith(b"0") or len(digits) > 19:
        return None
    return int(text)

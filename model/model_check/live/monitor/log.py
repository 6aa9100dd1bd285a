r"""The lines of MONITOR: when, from which connection, and the words of the command.

    1339518083.107412 [0 127.0.0.1:60866] "rpush" "key" "a \"b\" \x01"

https://redis.io/docs/latest/commands/monitor/ tells the form; the words are quoted as
`sdscatrepr` of Redis and Valkey does it. A log is input from anywhere: a line that is none is
an error with its place, and lines have a greatest length.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from ...language.source.opening import UnreadableError, open_regular
from ..errors import LiveError

__all__ = [
    "SCRIPT", "UNIX", "LogBlock", "LogLine", "lines_of", "parse_line", "read_lines", "source_lines",
    "with_blocks",
]  # fmt: skip

LONGEST_LINE = 1 << 20
"""Bytes. A server takes larger commands; nobody monitors those line by line."""
LARGEST_LOG = 1 << 30
"""Bytes: some million lines. More would be read for hours."""
SHOWN = 60
"""Characters of a wrong line that a message shows."""

_LINE = re.compile(r"(\d{1,12})\.(\d{6}) \[(\d{1,9}) (.*?)\] (?=\")(.*)", re.DOTALL)
_WORD = re.compile(r'"((?:[^"\\]|\\(?:[\\"nrtab]|x[0-9a-fA-F]{2}))*)"(?: |$)', re.DOTALL)
_ESCAPE = re.compile(rb'\\(?:([\\"nrtab])|x([0-9a-fA-F]{2}))')
_PLAIN = {
    b"\\": b"\\", b'"': b'"', b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b",
}  # fmt: skip

UNIX = "unix:"
"""What MONITOR shows in place of a client's address where it has none: of all the same."""
SCRIPT = "lua"
"""The connection that a script's commands are shown with."""
SCRIPTS = frozenset({"EVAL", "EVALSHA", "EVAL_RO", "EVALSHA_RO", "FCALL", "FCALL_RO"})


@dataclass(frozen=True, slots=True)
class LogBlock:
    """Which MULTI/EXEC or script a line is part of: the number of the line that began it."""

    line: int


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line. `number`: from 1 in its log; `time`: microseconds; `client`: address of the
    connection (`127.0.0.1:60866`, `unix:/run/redis.sock`); `block`: None outside of any."""

    number: int
    time: int
    db: int
    client: str
    words: tuple[str, ...]
    block: LogBlock | None = None


def parse_line(text: str, number: int) -> LogLine | None:
    """What a line says; None for one that is no line of MONITOR."""
    found = _LINE.fullmatch(text)
    if found is None:
        return None
    words = []
    said = found[5]  # a copy, made once: a line may have very many words
    at = 0
    while at < len(said):
        word = _WORD.match(said, at)
        if word is None:
            return None
        words.append(_unquoted(word[1]))
        at = word.end()
    if said.endswith(" "):
        return None
    time = int(found[1]) * 1_000_000 + int(found[2])
    return LogLine(number, time, int(found[3]), found[4], tuple(words))


def _unquoted(text: str) -> str:
    if "\\" not in text:
        return text

    def plain(found: re.Match[bytes]) -> bytes:
        return _PLAIN[found[1]] if found[1] else bytes([int(found[2], 16)])

    raw = _ESCAPE.sub(plain, text.encode("utf-8", "surrogateescape"))
    return raw.decode("utf-8", "surrogateescape")


def read_lines(source: Iterable[bytes], name: str) -> Iterator[LogLine]:
    """The lines of a log, with the blocks they stand in. `name` is told in messages.

    The answer `OK` to MONITOR itself and empty lines are passed over, and a last line that does not
    end as those before it: it was cut off while it was written, and may read like a shorter one
    (`SADD key 1` of `SADD key 1 2`). Raises LiveError for anything else that is no such line.
    """
    return with_blocks(_lines(source, name))


def _lines(source: Iterable[bytes], name: str) -> Iterator[LogLine]:
    end = b""
    for number, raw in enumerate(source, start=1):
        if len(raw) > LONGEST_LINE:
            raise LiveError(f"{name}:{number}: a line of more than {LONGEST_LINE >> 20} MiB")
        if not raw.endswith(end):
            return
        end = raw[-1:] if raw.endswith(b"\n") else b""
        text = raw.decode("utf-8", "surrogateescape").rstrip("\r\n")
        if text in ("", "OK"):
            continue
        found = parse_line(text, number)
        if found is None:
            if not raw.endswith(b"\n"):
                return
            raise LiveError(
                f"{name}:{number}: this is no line of MONITOR: {_short(text)}\n"
                'such a line is 1339518083.107412 [0 127.0.0.1:60866] "GET" "key", as'
                " redis-cli monitor prints it"
            )
        yield found


def _short(text: str) -> str:
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[:SHOWN])
    return shown + ("..." if len(text) > SHOWN else "")


def with_blocks(lines: Iterable[LogLine]) -> Iterator[LogLine]:
    """The same lines, each with the MULTI/EXEC or the script that it is part of.

    The commands of a transaction are shown when EXEC carries them out, those of a script
    behind it, with `lua` in the place of the connection: they are its caller's. Of a transaction
    that fails, because something was touched that its connection watches, EXEC alone is shown: that
    is a line of its own here, with the keys that are watched; so is what ends all watching.
    """
    open_blocks: dict[str, LogBlock] = {}
    # Over a Unix socket several transactions can be begun at once, and look like one client's.
    begun: Counter[str] = Counter()
    caller: LogLine | None = None
    watched: dict[str, tuple[str, ...]] = {}
    empty: set[str] = set()
    for line in lines:
        word = line.words[0].upper()
        if line.client not in (SCRIPT, ""):
            yield from _unwatched(line, word, watched, line.client in empty)
            if word == "MULTI":
                empty.add(line.client)
            else:
                empty.discard(line.client)
        if line.client == SCRIPT and caller is not None:
            block = open_blocks.get(caller.client) or LogBlock(caller.number)
            yield replace(line, client=caller.client, block=block)
            continue
        caller = line if word in SCRIPTS else None
        if word == "MULTI":
            open_blocks[line.client] = LogBlock(line.number)
            begun[line.client] += line.client.startswith(UNIX)
        elif word in ("EXEC", "DISCARD"):
            open_blocks.pop(line.client, None)
            begun[line.client] -= begun[line.client] > 0
            if begun[line.client]:
                open_blocks[line.client] = LogBlock(line.number)
        elif word == "RESET":
            open_blocks.pop(line.client, None)
            yield line
        elif word != "UNWATCH":
            yield replace(line, block=open_blocks.get(line.client))


def _unwatched(
    line: LogLine, word: str, watched: dict[str, tuple[str, ...]], nothing_done: bool
) -> Iterator[LogLine]:
    """A line that ends what a connection watches, with the keys that it did: EXEC of a transaction
    that fails, UNWATCH, DISCARD."""
    if word == "WATCH":
        watched[line.client] = (*watched.get(line.client, ()), *line.words[1:])
    elif word in ("EXEC", "DISCARD", "RESET", "UNWATCH"):
        keys = watched.pop(line.client, ())
        if keys and (word != "EXEC" or nothing_done):
            yield replace(line, words=("EXEC" if word == "EXEC" else "UNWATCH", *keys))


def source_lines(path: Path | str) -> Iterator[bytes]:
    """The raw lines of a file by its path. Raises LiveError where it is no file to read."""
    try:
        with open_regular(path) as file:
            yield from lines_of(file, str(path))
    except UnreadableError as error:
        raise LiveError(f"{path}: {error}; a log that is still written can be piped to -") from None


def lines_of(file: BinaryIO, name: str) -> Iterator[bytes]:
    """The raw lines of a file, none of them much longer than is allowed. Raises LiveError after
    `LARGEST_LOG` bytes."""
    read = 0
    while line := file.readline(LONGEST_LINE + 1):
        read += len(line)
        if read > LARGEST_LOG:
            raise LiveError(f"{name}: a log of more than {LARGEST_LOG >> 30} GiB: cut it")
        yield line

"""What went through the proxy as MONITOR of the server shows it, line by line.

https://redis.io/docs/latest/commands/monitor/; words are quoted as `sdscatrepr` of the server does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ..brokers.redis_cli import ESCAPES, is_plain
from ..monitor.log import SCRIPTS
from ..proxy.gate import Request
from .recognising import word_text

__all__ = ["monitor_lines", "quoted", "said_text"]

LONGEST = 200
"""Characters of a command that are told; the lines have all of them."""
SECRET = frozenset({b"AUTH", b"HELLO", b"ACL", b"CONFIG", b"MIGRATE"})
"""Commands that may carry a password: MONITOR does not show them either."""
REJECTED = (
    b"-NOAUTH", b"-NOPERM", b"-OOM", b"-LOADING", b"-BUSY ", b"-READONLY", b"-MISCONF", b"-MOVED",
    b"-ASK", b"-TRYAGAIN", b"-CLUSTERDOWN", b"-CROSSSLOT", b"-MASTERDOWN", b"-NOREPLICAS",
    b"-ERR unknown command", b"-ERR unknown subcommand", b"-ERR wrong number of arguments",
)  # fmt: skip
"""How the answer to a command begins that the server has not begun to carry out (`processCommand`
in its server.c): MONITOR does not show it."""


def quoted(word: bytes) -> str:
    """A word of a line."""
    return '"' + "".join(map(_shown, word)) + '"'


def _shown(byte: int) -> str:
    plain = chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}"
    return ESCAPES.get(chr(byte), plain)


def monitor_lines(
    request: Request, time: float, scripted: Callable[[Sequence[str]], Sequence[Sequence[str]]]
) -> Iterator[str]:
    """The lines of a request that went through at a `time`, in seconds since 1970; `scripted`: what
    a script did. Of a transaction that did nothing there is EXEC alone, of what the server rejected
    nothing."""
    if request.answer.startswith(REJECTED):
        return
    commands: Sequence[tuple[bytes, ...]] = request.commands
    if request.transaction:
        done = () if request.answer[:2] in (b"*-", b"_\r", b"-E") else commands
        commands = ((b"MULTI",), *done, (b"EXEC",))
    for words in commands:
        if words[0].upper() not in SECRET:
            shown = " ".join(map(quoted, words))
            yield f"{time:.6f} [{request.connection.db} {request.connection.address}] {shown}"
        if words[0].upper().decode("ascii", "replace") in SCRIPTS:
            for inner in scripted([word_text(word) for word in words]):
                raw = (word.encode("utf-8", "surrogateescape") for word in inner)
                yield f"{time:.6f} [{request.connection.db} lua] {' '.join(map(quoted, raw))}"


def said_text(words: Sequence[bytes]) -> str:
    """A command as a person reads it, cut off where it is long."""
    text = " ".join(_readable(word) for word in words)
    return text if len(text) <= LONGEST else text[:LONGEST] + "..."


def _readable(word: bytes) -> str:
    text = word_text(word)
    return text if is_plain(text) else quoted(word)

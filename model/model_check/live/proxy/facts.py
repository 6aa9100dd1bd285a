"""What is known of a connection from the answers that it got: its database, its name, what it
listens to, and whether its server is one that cannot be steered."""

from __future__ import annotations

from .gate import Connection
from .messages import LISTENING, Heard, confirmed
from .values import bare, items, text

__all__ = ["Facts"]

Words = tuple[bytes, ...]
CLUSTER = (
    "it is a node of a Redis Cluster, which tells a service to connect to others, past this proxy:"
    " steer the services on one server without cluster mode"
)
SENTINEL = (
    "it is a Redis Sentinel, which tells a service where to connect, past this proxy: give the"
    " services the address of this proxy itself, and this proxy that of the server"
)
_TOLD = frozenset({b"SELECT", b"HELLO", b"RESET", b"CLIENT", b"MONITOR", b"EXEC"}) | LISTENING
_DOUBTED = frozenset({b"INFO", b"CLUSTER", b"ASKING", b"SENTINEL", b"HELLO"})
_OF_A_CLUSTER = frozenset({b"INFO", b"NODES", b"SHARDS", b"SLOTS"})
"""What only a node of a cluster says of it."""
_MODES = {b"cluster": CLUSTER, b"sentinel": SENTINEL}


class Facts:
    """`refused`: why the server cannot be steered; "": nothing speaks against it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.protocol = 2
        self.heard = Heard()
        self.monitors = False
        self.refused = ""

    def learn(self, name: bytes, commands: tuple[Words, ...], raw: bytes) -> None:
        """Take an answer. `name`: of the command, in capital letters; `commands`: of one, or of a
        transaction."""
        if raw.startswith((b"-MOVED ", b"-ASK ")):
            self.refused = CLUSTER
        if name in _DOUBTED:
            self._doubt(name, commands, raw)
        if name not in _TOLD:
            return
        raw = bare(raw)
        if raw[:1] in (b"-", b"!", b"_") or raw.startswith(b"*-1"):
            return
        if name != b"EXEC":
            self._tell(name, commands[0], raw)
            return
        names = [words[0].upper() for words in commands]
        if _TOLD.isdisjoint(names):
            return
        for inner, words, each in zip(names, commands, items(raw), strict=False):
            if inner in _TOLD and each[:1] not in (b"-", b"!"):
                self._tell(inner, words, each)

    def assume(self, name: bytes, words: Words) -> None:
        """Take that a command is carried out of which the server says nothing."""
        if name in _TOLD and name not in LISTENING and name != b"EXEC":
            self._tell(name, words, b"%" if words[1:2] == (b"3",) else b"*")

    def _tell(self, name: bytes, words: Words, raw: bytes) -> None:
        """Take that a command was carried out."""
        known = self._connection
        if name in LISTENING:
            found = confirmed(raw)
            if found is not None:
                self.heard.confirm(*found)
        elif name == b"SELECT":
            if len(words) == 2 and words[1].isdigit():
                known.db = int(words[1])
        elif name == b"HELLO":
            self.protocol = 3 if raw[:1] == b"%" else 2
            known.name = _named(words) or known.name
        elif name == b"CLIENT":
            if len(words) == 3 and words[1].upper() == b"SETNAME":
                known.name = words[2].decode("utf-8", "replace")
        elif name == b"MONITOR":
            self.monitors = True
        elif name == b"RESET":
            self.protocol, self.monitors = 2, False
            self.heard.clear()
            known.db, known.name = 0, ""

    def _doubt(self, name: bytes, commands: tuple[Words, ...], raw: bytes) -> None:
        if raw[:1] in (b"-", b"!"):
            return
        if name == b"INFO":
            for mode, why in _MODES.items():
                if b"redis_mode:" + mode in raw:
                    self.refused = why
        elif name == b"HELLO":
            said = [text(each) for each in items(raw)]
            if b"mode" in said[:-1]:
                mode = said[said.index(b"mode") + 1] or b""
                self.refused = _MODES.get(mode, self.refused)
        elif name == b"SENTINEL":
            self.refused = SENTINEL
        elif name == b"ASKING" or commands[0][1].upper() in _OF_A_CLUSTER:
            self.refused = CLUSTER


def _named(words: Words) -> str:
    """The name that HELLO gives a connection; "": none."""
    at = 2
    while at + 1 < len(words):
        option = words[at].upper()
        if option == b"SETNAME":
            return words[at + 1].decode("utf-8", "replace")
        at += 3 if option == b"AUTH" else 1
    return ""

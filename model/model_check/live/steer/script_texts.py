"""What the scripts of services can do, as far as their texts say it.

Of a script the proxy sees the keys, and several scripts of a package have the same ones. Which of
them a turn is shows in the commands that it calls: their names stand in its text, in quotes, unless
it puts them together. So a script without them comes only where no other one does. Many a text has
more names than it mostly calls: what MONITOR showed of a script in a run, or in one before, says
better what it is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence

from ..monitor.log import SCRIPTS
from ..proxy.gate import Connection, Request
from .recognising import Recogniser
from .turns import ScheduledTurn

__all__ = ["ScriptTexts", "commands_of", "done_to_keys"]

NAME = re.compile(rb"""["']([A-Za-z]{2,20})["']""")
"""A word in quotes: it may be the name of a command."""
MOST = 10_000
"""Texts that are kept."""


class ScriptTexts:
    """The names in the texts of the scripts that went by, and what each of them was seen to do.
    `grown`: whether something new was seen since that was set to False."""

    def __init__(self) -> None:
        self._names: dict[bytes, frozenset[bytes]] = {}
        self._did: dict[bytes, set[frozenset[bytes]]] = {}
        self.grown = False

    def note(self, request: Request) -> None:
        """Take note of the texts in a request: EVALSHA calls them by their SHA-1 later."""
        for words in request.commands:
            name = words[0].upper()
            text = words[1] if name in (b"EVAL", b"EVAL_RO") and len(words) > 1 else None
            if name == b"SCRIPT" and len(words) > 2 and words[1].upper() == b"LOAD":
                text = words[2]
            if text is not None and len(self._names) < MOST:
                self._names[_sha(text)] = frozenset(each.upper() for each in NAME.findall(text))

    def learn(self, words: Sequence[bytes], did: frozenset[bytes]) -> None:
        """Take note that a script did this with keys of the spec. One that did nothing may have
        had nothing to do."""
        script = _script_of(words)
        if script is not None and did and did not in self._did.setdefault(script, set()):
            self._did[script].add(did)
            self.grown = True

    def may_be(self, request: Request, turn: ScheduledTurn) -> bool:
        """Whether a script can do the commands of a turn, as far as that is known: all of them it
        was seen to do, and what it does each time is among them; of one that was never seen doing
        anything, they stand in its text, or that is not known."""
        wanted = commands_of(turn)
        scripts = [each for each in map(_script_of, request.commands) if each is not None]
        return not scripts or any(self._may_do(each, wanted) for each in scripts)

    def _may_do(self, script: bytes, wanted: frozenset[bytes]) -> bool:
        did = self._did.get(script)
        if did:
            return frozenset.intersection(*did) <= wanted <= frozenset.union(*did)
        names = self._names.get(script)
        return not names or wanted <= names


def commands_of(turn: ScheduledTurn) -> frozenset[bytes]:
    """The names of the commands that a turn sends."""
    return frozenset(each.split()[0].upper().encode() for each in turn.told.sends)


def done_to_keys(
    recogniser: Recogniser, connection: Connection, inner: Iterable[Sequence[str]]
) -> frozenset[bytes]:
    """The names of the commands of the spec among those that a script called."""
    found = set()
    for texts in inner:
        words = tuple(each.encode("utf-8", "surrogateescape") for each in texts)
        said = recogniser.read(Request(connection, (words,), False, 0.0))
        if any(each.events for each in said):
            found.add(words[0].upper())
    return frozenset(found)


def _script_of(words: Sequence[bytes]) -> bytes | None:
    """Which script a command calls; None where it calls none."""
    name = words[0].upper()
    if name.decode("ascii", "replace") not in SCRIPTS or len(words) < 2:
        return None
    return _sha(words[1]) if name in (b"EVAL", b"EVAL_RO") else words[1].lower()


def _sha(text: bytes) -> bytes:
    """The name that Redis gives a script."""
    return hashlib.sha1(text, usedforsecurity=False).hexdigest().encode()

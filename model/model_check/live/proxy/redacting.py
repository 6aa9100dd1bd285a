"""Words that nobody but the server is to see: passwords, as far as a server hides them in its own
logs (`redactClientCommandArgument` in Redis's source)."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["redacted"]

Words = tuple[bytes, ...]
REDACTED = b"(redacted)"
"""As a server writes it there."""
_OPTIONS = {
    b"HELLO": {b"AUTH": 2},
    b"MIGRATE": {b"AUTH": 1, b"AUTH2": 2},
    b"CONFIG": {b"REQUIREPASS": 1, b"MASTERAUTH": 1, b"PRIMARYAUTH": 1, b"TLS-KEY-FILE-PASS": 1},
}
"""After which words of a command so many secrets follow."""


def redacted(name: bytes, words: Words) -> Words:
    """A command without its secrets. `name`: its first word in capital letters."""
    if name == b"AUTH":
        return _without(words, range(1, len(words)))
    if name == b"ACL" and words[1:2] and words[1].upper() == b"SETUSER":
        return _without(words, range(3, len(words)))
    options = _OPTIONS.get(name)
    if options is None:
        return words
    hidden: set[int] = set()
    for at, word in enumerate(words):
        if at not in hidden:
            hidden.update(range(at + 1, at + 1 + options.get(word.upper(), 0)))
    return _without(words, hidden)


def _without(words: Words, hidden: Iterable[int]) -> Words:
    places = frozenset(hidden)
    return tuple(REDACTED if at in places else word for at, word in enumerate(words))

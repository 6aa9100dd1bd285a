"""Commands that name several keys, and do the same to each: `DEL a b` is `DEL a` and `DEL b`, in
one atomic step.

The kinds have a command for one key alone; what is said of several is read as those of each. Which
commands these are, and how many words each key has: https://redis.io/docs/latest/commands/.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["in_other_words", "one_by_one"]


@dataclass(frozen=True, slots=True)
class _Several:
    """What is said to each key, and how many words that is, the key first."""

    each: str
    words: int = 1


_SEVERAL = {
    "DEL": _Several("DEL"),
    "EXISTS": _Several("EXISTS"),
    "MGET": _Several("GET"),
    "MSET": _Several("SET", 2),
    # It differs from DEL in when the memory is given back.
    "UNLINK": _Several("DEL"),
    "WATCH": _Several("WATCH"),
}


def one_by_one(words: Sequence[str]) -> list[tuple[str, ...]]:
    """What a line says, key by key; [] for one that does not do the same to each of several."""
    several = _SEVERAL.get(words[0].upper())
    if several is None or len(words) < 2 or (len(words) - 1) % several.words:
        return []
    starts = range(1, len(words), several.words)
    return [(several.each, *words[start : start + several.words]) for start in starts]


_BY_ONE = {"INCR": "INCRBY", "DECR": "DECRBY"}


def in_other_words(words: Sequence[str]) -> tuple[str, ...]:
    """The other command that does just what a line says: redis-py sends `INCRBY key 1` where a
    program calls `incr`. () where there is none."""
    name = words[0].upper()
    if name in _BY_ONE and len(words) == 2:
        return (_BY_ONE[name], words[1], "1")
    short = next((each for each, by in _BY_ONE.items() if by == name), "")
    return (short, words[1]) if short and len(words) == 3 and words[2] == "1" else ()

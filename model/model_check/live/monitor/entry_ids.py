"""From what a line says and what a step sends to what is known of the names that a log has.

The model counts entries of a stream; a server gives them ids that only grow. What tells channels
apart may be a name that is made as a system runs (`names`): one for each value.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...language.syntax.call_form import base_name
from ..brokers.payload import Value
from ..brokers.values import RealName
from ..brokers.wire import RealId, Unread
from .events import Utterance

__all__ = ["Ids", "agree"]

ANY_ORDER = frozenset({"sadd", "srem", "zadd", "zrem", "hset", "hmset", "hdel"})
"""Commands that do the same, and answer the same, in whatever order their values are given: a
program sends those of a set as they come."""

Ids = tuple[tuple[str, Value, RealId | RealName], ...]
"""Of streams, by store, the entries whose ids are known; of addresses, by what they are of, the
values whose names are."""


def agree(wanted: Utterance, found: Utterance, ids: Ids) -> Ids | None:
    """The known ids if a line says what a step sends; None if it says something else."""
    for name, value in wanted.arguments.items():
        if name not in found.arguments:
            continue  # how long somebody waits, no model counts
        there: Value = found.arguments[name]
        if isinstance(there, Unread):
            continue
        agreed = _agreed(ids, wanted.store, value, there)
        if agreed is None and base_name(wanted.command) in ANY_ORDER:
            agreed = _agreed(ids, wanted.store, _in_one_order(value), _in_one_order(there))
        if agreed is None:
            return None
        ids = agreed
    return ids


def _in_one_order(value: Value) -> Value:
    """Several values, or fields with theirs, in an order that is always the same, where no two of
    them are for one."""
    if not isinstance(value, list):
        return value
    of = [next(iter(each.values()), None) if isinstance(each, dict) else each for each in value]
    return value if len(set(map(repr, of))) < len(of) else sorted(value, key=repr)


def _agreed(ids: Ids, store: str, value: Value, there: Value) -> Ids | None:
    """The known names or ids if what a line says is this value; None if it is another one."""
    parts: Iterable[tuple[Value, Value]]
    match value, there:
        case int(), RealId():
            return _learned(ids, store, value, there)
        case _, RealName():
            return _named(ids, value, there)
        case dict(), dict() if value.keys() == there.keys():
            parts = ((each, there[key]) for key, each in value.items())
        case list(), list() if len(value) == len(there):
            parts = zip(value, there, strict=True)
        case _:
            same = there == value and isinstance(there, bool) == isinstance(value, bool)
            return ids if same else None
    for part, its in parts:
        agreed = _agreed(ids, store, part, its)
        if agreed is None:
            return None
        ids = agreed
    return ids


def _learned(ids: Ids, store: str, number: int, real: RealId) -> Ids | None:
    """Ids grow with the numbers of the entries, and number 0 is before the first."""
    if (number <= 0) != (real == (0, 0)):
        return None
    if number <= 0:
        return ids
    for other, known, its in ids:
        if other != store or not isinstance(known, int) or not isinstance(its, RealId):
            continue
        if (known < number) != (its < real) or (known == number) != (its == real):
            return None
    return _with(ids, (store, number, real))


def _named(ids: Ids, value: Value, name: RealName) -> Ids | None:
    """A value has one name, and a name is one value's."""
    for of, known, its in ids:
        if of == name.of and (known == value) != (its == name):
            return None
    return _with(ids, (name.of, value, name))


def _with(ids: Ids, one: tuple[str, Value, RealId | RealName]) -> Ids:
    """In an order that does not depend on how they came to be known."""
    return ids if one in ids else tuple(sorted((*ids, one), key=lambda each: (each[0], each[2])))

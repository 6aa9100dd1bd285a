"""How a value of a spec is written for people, the same everywhere.

Sets are sorted, records and dicts keep their order, names stand bare, and nothing that
comes from a spec reaches a terminal or a file with its control characters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from ..results.check import Value

__all__ = [
    "brackets_of",
    "fill",
    "format_value",
    "parts_of",
    "printable",
    "runs_of",
    "sorted_items",
]


def printable(text: str) -> str:
    """`text` with everything that is no visible character (control characters, escape
    sequences, changes of writing direction) replaced by U+FFFD; newlines and other spaces
    become blanks."""
    return "".join(
        c if c.isprintable() else " " if c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in text
    )


def sorted_items(items: frozenset[Value] | set[Value]) -> list[Value]:
    """The elements of a set in a fixed order: numbers by value, names by alphabet, others by
    how they are written."""
    return sorted(items, key=_order)


def _order(value: Value) -> tuple[int, int, str]:
    if isinstance(value, int):
        return (0, int(value), "")
    if value is None:
        return (1, 0, "")
    return (2, 0, format_value(value))


def format_value(value: Value) -> str:
    """A value as people write it: `{7, 8}`, `[1, 2]`, `{id: 7, last: False}`, `none`."""
    if value is None:
        return "none"
    if isinstance(value, str):
        return printable(value)
    brackets = brackets_of(value)
    if brackets is None:
        return str(value)
    return brackets[0] + ", ".join(parts_of(value)) + brackets[1]


def brackets_of(value: Value) -> tuple[str, str] | None:
    """What a collection is written between; None for a single value."""
    if isinstance(value, list | tuple):
        return ("[", "]")
    if isinstance(value, frozenset | set | Mapping):
        return ("{", "}")
    return None


def parts_of(value: Value) -> list[str]:
    """The items of a collection, each as it is written."""
    if isinstance(value, Mapping):
        return [f"{format_value(k)}: {format_value(v)}" for k, v in value.items()]
    if isinstance(value, frozenset | set):
        return [format_value(item) for item in sorted_items(value)]
    assert isinstance(value, Sequence)
    return [format_value(item) for item in value]


def runs_of(items: Sequence[Value]) -> list[Sequence[Value]]:
    """The items in pieces, each as long as numbers follow each other: [1, 2, 3], [8, 9]."""
    starts = [
        place
        for place, item in enumerate(items)
        if place == 0 or not _follows(items[place - 1], item)
    ]
    return [items[a:b] for a, b in pairwise([*starts, len(items)])]


def _follows(before: Value, item: Value) -> bool:
    return type(before) is int and type(item) is int and item == before + 1


def fill(template: str, values: Mapping[str, Value]) -> str:
    """A kind's `wire` or `answer` with its places filled in.

    `{value}` is the value; `{value:receiver}` counts: 0 receivers, 1 receiver; with two words,
    `{value:sent|closed}` is the first if the value is true. `{values:*}` is the items of a list,
    one after the other, as RPUSH takes them; `{mapping:score,member}` those of records, field by
    field. Places that no value is given for stay as they
    stand: `{session}` in a key.
    """
    parts = []
    rest = template
    while "{" in rest:
        before, _, tail = rest.partition("{")
        place, closed, after = tail.partition("}")
        name, _, words = place.partition(":")
        if closed and name in values:
            parts += [before, _filled(values[name], words)]
            rest = after
        else:
            parts += [before, "{"]
            rest = tail
    return "".join([*parts, rest])


def _filled(value: Value, words: str) -> str:
    if "|" in words:
        yes, _, no = words.partition("|")
        return yes if value else no
    if "," in words and isinstance(value, list):
        fields = words.split(",")
        records = (each for each in value if isinstance(each, dict))
        return " ".join(format_value(each[name]) for each in records for name in fields)
    if words == "*" and isinstance(value, list):
        return " ".join(format_value(item) for item in value)
    if words:
        return f"{format_value(value)} {words}{'' if value == 1 else 's'}"
    return format_value(value)

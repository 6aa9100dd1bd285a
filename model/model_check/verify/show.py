"""How a value of a spec is written for people, the same everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .outcome import Value

__all__ = ["brackets_of", "format_value", "parts_of", "printable", "sorted_items"]


def printable(text: str) -> str:
    """`text` with everything that is no visible character (control characters, escape
    sequences, changes of writing direction) replaced by U+FFFD; newlines become spaces."""
    return "".join(
        c if c.isprintable() else " " if c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text
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

"""How a value of a spec is written for people, the same everywhere.

Sets are sorted, records and dicts keep their order, names stand bare, and nothing that
comes from a spec reaches a terminal or a file with its control characters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..verify.outcome import Value
from .text import ELLIPSIS, display_width, printable, shorten

__all__ = ["fit_value", "format_value", "name_of_bindings", "sorted_items"]


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
    brackets = _brackets(value)
    if brackets is None:
        return str(value)
    return brackets[0] + ", ".join(_parts(value)) + brackets[1]


def _brackets(value: Value) -> tuple[str, str] | None:
    if isinstance(value, (list, tuple)):
        return ("[", "]")
    if isinstance(value, (frozenset, set, Mapping)):
        return ("{", "}")
    return None


def _parts(value: Value) -> list[str]:
    if isinstance(value, Mapping):
        return [f"{format_value(k)}: {format_value(v)}" for k, v in value.items()]
    if isinstance(value, (frozenset, set)):
        return [format_value(item) for item in sorted_items(value)]
    assert isinstance(value, Sequence)
    return [format_value(item) for item in value]


def fit_value(value: Value, width: int) -> str:
    """`format_value` in at most `width` columns. A long collection loses its middle, never
    its last items: that is where a list changes. `[1, 2, …, 7]`."""
    text = format_value(value)
    if display_width(text) <= width:
        return text
    brackets = _brackets(value)
    if brackets is not None:
        parts = _parts(value)
        # An item takes three columns at least, with its comma: no need to try more of them.
        for shown in range(min(len(parts) - 1, width // 3 + 1), 0, -1):
            head = (shown - 1) // 2
            kept = [*parts[:head], ELLIPSIS, *parts[len(parts) - (shown - head) :]]
            text = brackets[0] + ", ".join(kept) + brackets[1]
            if display_width(text) <= width:
                return text
    return shorten(format_value(value), width)


def name_of_bindings(values: Mapping[str, Value]) -> str:
    """`missing = {7}, late = {}`: several named values in one line."""
    return ", ".join(f"{printable(name)} = {format_value(v)}" for name, v in values.items())

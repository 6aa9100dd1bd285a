"""Values where there is little room for them."""

from __future__ import annotations

from collections.abc import Mapping

from ..verify.outcome import Value
from ..verify.show import brackets_of, format_value, parts_of, printable, sorted_items
from .text import ELLIPSIS, display_width, shorten

__all__ = ["fit_value", "format_value", "name_of_bindings", "sorted_items"]


def fit_value(value: Value, width: int) -> str:
    """`format_value` in at most `width` columns. A long collection loses its middle, never
    its last items: that is where a list changes. `[1, 2, …, 7]`."""
    text = format_value(value)
    if display_width(text) <= width:
        return text
    brackets = brackets_of(value)
    if brackets is not None:
        parts = parts_of(value)
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

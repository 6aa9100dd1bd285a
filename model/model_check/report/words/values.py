"""From a value to its text, where there is little room for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...results.check import Value
from ...verify.show import brackets_of, format_value, parts_of, printable, runs_of, sorted_items
from .columns import ELLIPSIS, display_width, shorten

__all__ = ["fit_value", "name_of_bindings", "run_parts", "short_value"]

FEWEST_AS_RANGE = 3
NARROWEST_ITEM = 12
"""Columns of a list below which its last item, cut, says nothing."""


def short_value(value: Value) -> str:
    """A value in few words: numbers that follow each other as a range, `[1..6, 8..10]`."""
    brackets = brackets_of(value)
    if brackets is None or isinstance(value, Mapping):
        return format_value(value)
    return brackets[0] + ", ".join(_short_parts(value)) + brackets[1]


def _short_parts(value: Value) -> list[str]:
    """The items of a collection, three or more numbers that follow each other as one."""
    if isinstance(value, frozenset):
        value = sorted_items(value)
    if not isinstance(value, list):
        return parts_of(value)
    found = []
    for run in runs_of(value):
        found += run_parts(run)
    return found


def run_parts(run: Sequence[Value]) -> list[str]:
    """Numbers that follow each other: `1` and `2`, or `1..3`."""
    if len(run) < FEWEST_AS_RANGE:
        return [format_value(item) for item in run]
    return [f"{run[0]}..{run[-1]}"]


def fit_value(value: Value, width: int) -> str:
    """`format_value` in at most `width` columns. Where that is too long, numbers become ranges;
    then a collection loses its middle, never its last items: that is where a list changes; of one
    that is too long by itself, its end is cut.
    `[1, 2, 3]`, `[1..6, 8..10]`, `[1..6, …, 15]`."""
    text = format_value(value)
    if display_width(text) <= width:
        return text
    text = short_value(value)
    if display_width(text) <= width:
        return text
    brackets = brackets_of(value)
    if brackets is not None:
        parts = _short_parts(value)
        # An item takes three columns at least, with its comma: no need to try more of them.
        for shown in range(min(len(parts) - 1, width // 3 + 1), 0, -1):
            head = (shown - 1) // 2
            kept = [*parts[:head], ELLIPSIS, *parts[len(parts) - (shown - head) :]]
            text = brackets[0] + ", ".join(kept) + brackets[1]
            if display_width(text) <= width:
                return text
        if isinstance(value, list) and len(parts) > 1 and width > NARROWEST_ITEM:
            last = shorten(parts[-1], width - len("[, ]") - 1)
            return f"{brackets[0]}{ELLIPSIS}, {last}{brackets[1]}"
    return shorten(format_value(value), width)


def name_of_bindings(values: Mapping[str, Value]) -> str:
    """`missing = {7}, late = {}`: several named values in one line."""
    return ", ".join(f"{printable(name)} = {format_value(v)}" for name, v in values.items())

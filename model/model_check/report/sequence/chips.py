"""From a trace to the lists at its end that the property is about, item by item, with their holes
and with what is there twice.

A `define` such as `missing = {7}` says what is not there; drawn among the items of the list
that lacks it, everybody sees it at once: 1 2 3 4 5 6 _ 8 9 10.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ...results.check import PropertyResult, Value, trace_of
from ...verify.show import format_value, printable, sorted_items
from ..words.columns import ELLIPSIS
from ..words.formula import reads_of
from ..words.phrases import final_state, instances, is_hole, owner_of

__all__ = ["Chip", "ChipRow", "chip_rows"]

ROWS_SHOWN = 3
"""Lists below which some are shown that the property does not speak of."""
CHIPS_SHOWN = 30
ENDS_SHOWN = 8
"""Chips shown at each end of a longer list."""
AROUND_HOLE = 2


@dataclass(frozen=True, slots=True)
class Chip:
    """One item; `hole`: it is not there; `again`: it is, and was before, where the property asks
    for items that differ; `left_out`: it stands for so many that are not shown."""

    text: str
    hole: bool
    again: bool = False
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class ChipRow:
    """A list variable's items."""

    name: str
    chips: tuple[Chip, ...]


def chip_rows(result: PropertyResult) -> tuple[ChipRow, ...]:
    """The lists to show: first those that the property is about, with a hole or read by it, however
    many these are; where none of them is of a process, the longest one of processes, and where none
    is shared or of a resource, the longest of these, to compare with."""
    trace = trace_of(result)
    lists = {n: v for n, v in final_state(trace).variables.items() if isinstance(v, list) and v}
    actors = instances(trace)
    own = {n: v for n, v in lists.items() if owner_of(n, actors)}
    shared = {n: v for n, v in lists.items() if n not in own}
    holed = _holed(result, own) or _holed(result, shared)
    rows = [ChipRow(printable(n), _with_holes(lists[n], holes)) for n, holes in holed.items()]
    reads = {name for name in reads_of(result) if name in lists} - {*holed}
    shown = [name for group in (own, shared) for name in group if name in reads]
    for group in (own, shared):
        if group and not {*group} & {*shown, *holed} and len(rows) + len(shown) < ROWS_SHOWN:
            shown.append(max(group, key=lambda n: len(group[n])))
    rows += (_row(result, name, lists[name]) for name in shown)
    return tuple(rows)


def _row(result: PropertyResult, name: str, items: list[Value]) -> ChipRow:
    chips = [Chip(format_value(item), hole=False) for item in items]
    again = _asks_for_different(result, name)
    return ChipRow(printable(name), tuple(_elided(_repeated(chips) if again else chips)))


def _asks_for_different(result: PropertyResult, name: str) -> bool:
    """Whether a property compares the length of a list with that of the set of its items."""
    terms = () if result.values is None else result.values.terms
    names = {name, f"{name}.items"}  # a resource with one variable is shown by its name
    return any(each.text in {f"len(set({n}))" for n in names} for each in terms)


def _repeated(chips: Sequence[Chip]) -> list[Chip]:
    """The chips, those marked that stand there for the second time, or the third."""
    seen: set[str] = set()
    found = []
    for chip in chips:
        found.append(replace(chip, again=chip.text in seen))
        seen.add(chip.text)
    return found


def _holed(result: PropertyResult, lists: Mapping[str, list[Value]]) -> dict[str, list[Value]]:
    """By name of a list: what it lacks. A watched collection of numbers is taken for what a
    list lacks if the list is in order, has none of them, and is the longest such (of several,
    the last: what comes out at the end of the spec)."""
    trace = trace_of(result)
    found: dict[str, list[Value]] = {}
    for name, value in trace.watch.items():
        if not is_hole(result, name, value):
            continue
        if isinstance(value, frozenset):
            found |= _lacking(value, lists)
        elif isinstance(value, list):
            # One for each instance of a process: [{7}, {}] speaks of client[0] and client[1].
            for index, part in enumerate(value):
                mark = f"[{index}]."
                if isinstance(part, frozenset):
                    found |= _lacking(part, {n: v for n, v in lists.items() if mark in n})
    return found


def _lacking(missing: frozenset[Value], lists: Mapping[str, list[Value]]) -> dict[str, list[Value]]:
    """The list that lacks these numbers, if they are that and there is one."""
    lacking = sorted_items(missing)
    if not lacking or not _plain_numbers(lacking):
        return {}
    fitting = [
        name
        for name, items in lists.items()
        if _plain_numbers(items) and items == _sorted(items) and not missing & set(items)
    ]
    if not fitting:
        return {}
    longest = max(len(lists[name]) for name in fitting)
    return {[name for name in fitting if len(lists[name]) == longest][-1]: lacking}


def _plain_numbers(items: list[Value]) -> bool:
    return all(type(item) is int for item in items)


def _sorted(items: list[Value]) -> list[Value]:
    return sorted(items, key=lambda item: item if isinstance(item, int) else 0)


def _with_holes(items: list[Value], holes: list[Value]) -> tuple[Chip, ...]:
    merged: list[tuple[Value, bool]] = [(item, False) for item in items]
    if holes:
        merged += [(hole, True) for hole in holes]
        merged.sort(key=lambda pair: pair[0] if isinstance(pair[0], int) else 0)
    chips = [Chip(format_value(item), hole) for item, hole in merged]
    return tuple(_elided(chips))


def _elided(chips: list[Chip]) -> Iterator[Chip]:
    """The chips, those left out replaced by how many they are: the ends stay, and what is around
    a hole or is there again."""
    if len(chips) <= CHIPS_SHOWN:
        yield from chips
        return
    wanted = {*range(ENDS_SHOWN), *range(len(chips) - ENDS_SHOWN, len(chips))}
    for place, chip in enumerate(chips):
        if (chip.hole or chip.again) and len(wanted) < CHIPS_SHOWN:
            around = range(place - AROUND_HOLE, place + AROUND_HOLE + 1)
            wanted.update(p for p in around if 0 <= p < len(chips))
    previous = -1
    for place in sorted(wanted):
        if left_out := place - previous - 1:
            yield Chip(f"{ELLIPSIS} {left_out:,} more {ELLIPSIS}", hole=False, left_out=left_out)
        yield chips[place]
        previous = place

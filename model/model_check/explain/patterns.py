"""Races that differ in numbers alone, told as one: `for chunk in 7..10: ...`.

Two races are alike if their events have the same names but for numbers: the turns of loops
and which instance of a process it is. Numbers that are the same everywhere stay; numbers
that change together, or against each other, get one name; and a pattern stands for a rectangle:
every combination of its values is one of the races, and nothing else is claimed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..machine.core import Instance, Machine
from ..machine.shapes import decode
from ..results.reasons import Details, Pattern, fact_text
from ..results.trace import Value, event_name
from ..symbolic.facts import Fact, events_of
from ..symbolic.occurrences import BEGINNING, Occurrence
from .naming import Naming

__all__ = ["patterns_of"]


@dataclass(frozen=True, slots=True)
class _Part:
    """An event without its numbers: names (`of` for each number what it counts) and what is no
    number; `more` is what is said of it beside its name, and `both` that it is the first of two
    that happen. No event has no process."""

    process: str
    label: str
    occurrence: int
    fixed: tuple[Value, ...]
    of: tuple[str, ...]
    more: Details
    both: bool = False


_Row = tuple[int, ...]


def patterns_of(naming: Naming, races: Sequence[Sequence[Fact]]) -> tuple[Pattern, ...]:
    """The races by likeness, in the order of the first of each pattern."""
    groups: dict[tuple[_Part, ...], list[tuple[_Row, int]]] = {}
    orders: list[list[int]] = []
    for number, facts in enumerate(races):
        taken = [_taken_apart(naming, fact) for fact in facts]
        order = sorted(range(len(taken)), key=taken.__getitem__)
        orders.append(order)
        parts = tuple(part for i in order for part in taken[i][-1])
        row = tuple(n for i in order for n in taken[i][1])
        groups.setdefault(parts, []).append((row, number))
    machine = naming.machine
    found = [
        pattern
        for parts, rows in groups.items()
        for pattern in _folded(machine, parts, rows, orders[min(number for _, number in rows)])
    ]
    return tuple(
        replace(each, facts=_as_told(each.facts, orders[each.races[0]]))
        for each in sorted(found, key=lambda pattern: pattern.races[0])
    )


def _as_told(facts: Sequence[str], order: Sequence[int]) -> tuple[str, ...]:
    """Facts that were sorted, in the order in which a race has them."""
    return tuple(facts[order.index(i)] for i in range(len(order)))


def _taken_apart(naming: Naming, fact: Fact) -> tuple[tuple[str, ...], _Row, _Parts]:
    """What to sort the facts of a race by, so that like ones stand alike."""
    machine = naming.machine
    parts = _Parts(
        _Part("", "", 0, (), (), naming.details_of(fact))
        if each is None
        else replace(_part(naming, each), both=fact.both)
        for each in fact[:2]
    )
    names = tuple(f"{p.process}.{p.label}#{p.occurrence}{p.fixed}{p.more}{p.both}" for p in parts)
    numbers = tuple(n for each in events_of(fact) for n in _numbers(machine, each))
    return names, numbers, parts


class _Parts(tuple[_Part, ...]):
    """The two of a fact. What is told apart by names and numbers alone needs no order here."""

    __slots__ = ()

    def __lt__(self, other: object) -> bool:
        return False


def _values(machine: Machine, event: Occurrence) -> list[tuple[str, Value]]:
    """The turns of the loops around an event, each with its variable's name."""
    step = machine.steps[event.label.step]
    found = []
    for index, raw in zip(step.indices, event.label.indices, strict=True):
        name = machine.variables[index].name.rpartition(".")[2]
        found.append((name, decode(machine.variables[index].shape, raw)))
    return found


def _part(naming: Naming, event: Occurrence) -> _Part:
    machine = naming.machine
    more = naming.details(event.label)
    if event.label.instance == BEGINNING:
        return _Part("", "", event.number, (), (), more)
    step = machine.steps[event.label.step]
    values = _values(machine, event)
    fixed = tuple(None if type(value) is int else value for _, value in values)
    of = tuple(name for name, value in values if type(value) is int)
    return _Part(machine.instances[step.instance].owner, step.label, event.number, fixed, of, more)


def _numbers(machine: Machine, event: Occurrence) -> _Row:
    if event.label.instance == BEGINNING:
        return ()
    instance = machine.instances[machine.steps[event.label.step].instance]
    turns = [value for _, value in _values(machine, event) if isinstance(value, int)]
    return (_number(instance), *(value for value in turns if type(value) is int))


def _number(instance: Instance) -> int:
    """Which one of several its name says it is; what arrives bears the name of whoever sent it."""
    number = instance.name.rpartition("[")[2].removesuffix("]")
    return int(number) if instance.name.endswith("]") and number.isdecimal() else 0


def _folded(
    machine: Machine,
    parts: tuple[_Part, ...],
    rows: list[tuple[_Row, int]],
    order: Sequence[int],
) -> list[Pattern]:
    """As few patterns as there are rectangles to be found, one by one."""
    rows = sorted(rows)
    first = rows[0][0]
    # Columns that change together, by how they differ from the first row: alike, or one by as much
    # as the other, the other way (`reader[i]` and `reader[1 - i]`).
    classes: dict[_Row, list[int]] = {}
    for column in range(len(first)):
        changes = tuple(row[column] - first[column] for row, _ in rows)
        if any(changes):
            contrary = tuple(-each for each in changes)
            classes.setdefault(contrary if contrary in classes else changes, []).append(column)
    told = _told_first(parts, order)
    for columns in classes.values():
        columns.sort(key=told.__getitem__)
    values = [sorted({row[columns[0]] for row, _ in rows}) for columns in classes.values()]
    size = 1
    for each in values:
        size *= len(each)
    if size == len(rows):
        return [_pattern(machine, parts, rows, list(classes.values()))]
    shortest = min(range(len(values)), key=lambda i: len(values[i]))
    column = list(classes.values())[shortest][0]
    found = []
    for value in values[shortest]:
        fewer = [each for each in rows if each[0][column] == value]
        found += _folded(machine, parts, fewer, order)
    return found


def _told_first(parts: tuple[_Part, ...], order: Sequence[int]) -> list[int]:
    """For each number of a race the place in which its fact is told."""
    return [
        order[fact]
        for fact in range(len(parts) // 2)
        for part in parts[2 * fact : 2 * fact + 2]
        if part.process
        for _ in ("i", *part.of)
    ]


def _pattern(
    machine: Machine,
    parts: tuple[_Part, ...],
    rows: list[tuple[_Row, int]],
    classes: list[list[int]],
) -> Pattern:
    first = rows[0][0]
    counts = [name for part in parts if part.process for name in ("i", *part.of)]
    names: dict[str, tuple[int, ...]] = {}
    shown: list[Value] = list(first)
    for columns in classes:
        name = _free(counts[columns[0]], names)
        names[name] = tuple(sorted({row[columns[0]] for row, _ in rows}))
        lead = columns[0]
        for column in columns:
            more = first[column] - first[lead]
            if all(row[column] - row[lead] == more for row, _ in rows):
                shown[column] = name + (f" + {more}" if more > 0 else f" - {-more}" if more else "")
            else:
                shown[column] = f"{first[column] + first[lead]} - {name}"
    left = iter(shown)
    events = [_text(machine, part, left) for part in parts]
    facts = tuple(
        fact_text(a, b, part.more, both=part.both)
        for a, b, part in zip(events[::2], events[1::2], parts[::2], strict=True)
    )
    return Pattern(facts, names, tuple(sorted(number for _, number in rows)))


def _free(name: str, taken: dict[str, tuple[int, ...]]) -> str:
    wanted = name if name.isidentifier() else "n"
    number = 2
    while wanted in taken:
        wanted = f"{name}{number}"
        number += 1
    return wanted


def _text(machine: Machine, part: _Part, numbers: Iterator[Value]) -> str:
    if not part.process:
        return ""
    instance = next(numbers)
    names = {_number(each): each.name for each in machine.instances if each.owner == part.process}
    owner = f"{part.process}[{instance}]"
    if len(names) == 1 or isinstance(instance, int):
        owner = names[instance] if isinstance(instance, int) else part.process
    indices = tuple(next(numbers) if each is None else each for each in part.fixed)
    return event_name(owner, part.label, indices, part.occurrence)

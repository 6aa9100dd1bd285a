"""What a wait asks: the fields that its condition depends on, and its tests.

In: a machine, an instance, a state and the number of a wait. Out: what is read from the text of the
actions there (see `machine.effects`); nothing is executed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..machine.core import Instance, Machine
from ..machine.effects import locals_of
from ..machine.ir import Choice, Expr, Let, Local, Loop, Require, Statement
from ..machine.names import fields_of, is_field, is_given_once
from ..machine.rewrite import (
    Block,
    blocks_of,
    expressions_of,
    map_children,
    map_parts,
    statements_in,
)

__all__ = ["conditions_in", "fields_asked", "tests_of"]


def fields_asked(machine: Machine, instance: Instance, state: int, wait: int) -> frozenset[int]:
    """The fields that the condition of a wait depends on, where an instance stands."""
    place = machine.fields[instance.location_field].raw(state)
    found: set[str] = set()
    for action in machine.actions_at(instance.index, place):
        body = _up_to(action.body, wait)
        for each in statements_in(body):
            if isinstance(each, Require) and each.wait == wait:
                locals_of(each.test, found)
        _with_sources(body, found)
    return fields_of(found) - {instance.location_field}


def _up_to(body: Block, wait: int) -> Block:
    """What is done of a body as far as to the last place where it waits so; nothing where it does
    not."""

    def waits(each: Statement) -> bool:
        return any(isinstance(s, Require) and s.wait == wait for s in statements_in((each,)))

    def inside(block: Block) -> Block:
        return _up_to(block, wait) or block

    last = max((place for place, each in enumerate(body) if waits(each)), default=-1)
    if last < 0:
        return ()
    return (*body[:last], map_parts(body[last], lambda expr: expr, inside))


def _with_sources(body: Iterable[Statement], names: set[str]) -> None:
    """Add the locals from which those among `names` are computed in a body, and what decides
    whether they are."""
    body = tuple(body)
    size = -1
    while size != len(names):
        size = len(names)
        _add_sources(body, names)


def _add_sources(body: Iterable[Statement], names: set[str]) -> None:
    for each in body:
        inside = [s for block in blocks_of(each) for s in statements_in(block)]
        sets = {s.name for s in (each, *inside) if isinstance(s, Let)}
        if isinstance(each, Loop | Choice) and each.name in names:
            sets.add(each.name)
        if not sets.isdisjoint(names):
            for expression in expressions_of(each):
                locals_of(expression, names)
        for block in blocks_of(each):
            _add_sources(block, names)


def conditions_in(body: Block) -> Iterator[tuple[int, Expr | None]]:
    """What a body requires, by number of the wait: of the fields of the state before it alone;
    None where it is not that."""
    known: dict[str, Expr | None] = {}
    for each in statements_in(body):
        if isinstance(each, Let):
            once = is_given_once(each.name)
            known[each.name] = _of_fields(each.value, known) if once else None
        elif isinstance(each, Require):
            yield each.wait, _of_fields(each.test, known)


def _of_fields(expr: Expr, known: Mapping[str, Expr | None]) -> Expr | None:
    """An expression of fields that have not been written; None for one that is not of these."""
    names: set[str] = set()
    locals_of(expr, names)
    for name in names:
        if known.get(name, Local(name) if is_field(name) else None) is None:
            return None

    def change(part: Expr) -> Expr:
        if isinstance(part, Local):
            return known.get(part.name) or part
        return map_children(part, change)

    return change(expr)


def tests_of(machine: Machine, instance: Instance, state: int, wait: int) -> set[Expr | None]:
    """What a wait requires where an instance stands, of the fields of the state before it alone;
    None among them where it is not that."""
    place = machine.fields[instance.location_field].raw(state)
    bodies = (each.body for each in machine.actions_at(instance.index, place))
    return {test for body in bodies for number, test in conditions_in(body) if number == wait}

"""Variables without a bound, and steps of which what comes of them is left open.

A layout has room for some values of such a variable alone. What is to be said of all values, those
too for which there is no room, must not rest on which of them there are: so whatever a step makes
of such a variable is taken to be some function of it, and of the other values that go in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..machine.core import Machine
from ..machine.effects import assigned, effects_of, locals_in, locals_of, union
from ..machine.ir import Choice, Const, Emit, Expr, Fail, If, Let, Local, Loop, Require, Statement
from ..machine.names import field_local, fields_of
from ..machine.rewrite import Block, expressions_of, statements_in
from ..machine.shapes import is_boundless

__all__ = ["Growing", "LeftOpen", "left_open"]


class Growing:
    """The variables of a machine that may grow."""

    def __init__(self, machine: Machine) -> None:
        self._of = {
            field: number
            for number, each in enumerate(machine.variables)
            if is_boundless(each.type)
            for field in each.fields
        }
        self.fields = frozenset(self._of)
        self._touched = union(effects_of(a.body, notes=False) for a in machine.actions).touches

    def variables_of(self, fields: Iterable[int]) -> frozenset[int]:
        """Those to which some of the fields belong."""
        return frozenset(self._of[field] for field in fields if field in self._of)

    def forgets(self, field: int) -> bool:
        """Whether no step has to do with a field."""
        return field not in self._touched


@dataclass(frozen=True, slots=True)
class LeftOpen:
    """A body without what depends on some fields. Instead it gives fields that there are not, from
    a number on, the values that go in where it did: where these are the same, so is whatever comes
    of it. `open`: the fields whose values then are not known; `guards`, `fails`: whether whether it
    can be taken, or fails, is among that."""

    body: Block
    open: frozenset[int]
    guards: bool
    fails: bool


def left_open(
    machine: Machine, body: Block, fields: frozenset[int], doubtful: frozenset[str], first: int
) -> LeftOpen:
    """Leave open what depends on some fields, or on some locals that are `doubtful`; values that go
    in are those of fields from number `first` on. Whether there is room for what is open is not
    asked."""
    always = doubtful | {field_local(each) for each in fields}
    leaving = _Leaving(machine, always, first)
    left = leaving.block(body, set(always))
    return LeftOpen(left, fields_of(leaving.gone), leaving.guards, leaving.fails)


class _Leaving:
    def __init__(self, machine: Machine, always: frozenset[str], first: int) -> None:
        """`always`: locals that are open whatever they are given."""
        self.machine = machine
        self.always = always
        self.next = first
        self.gone: set[str] = set()
        """The locals that are given an open value somewhere."""
        self.guards = False
        self.fails = False

    def block(self, body: Block, tainted: set[str]) -> Block:
        """What is left of a body; `tainted`: the locals whose values are open."""
        found: list[Statement] = []
        for each in body:
            found += self.statement(each, tainted)
        return tuple(found)

    def statement(self, statement: Statement, tainted: set[str]) -> list[Statement]:
        match statement:
            case Let(name, value):
                if name not in self.always and self._reads(value).isdisjoint(tainted):
                    tainted.discard(name)
                    return [statement]
            case Fail(code, test, limit) if self._asks_for_room(code):
                # Where there never is, what is made is no value at all.
                never = isinstance(test, Const) and not limit
                return [statement] if self._reads(test).isdisjoint(tainted) and not never else []
            case If(test, then, orelse) if self._reads(test).isdisjoint(tainted):
                other = set(tainted)
                made = If(test, self.block(then, tainted), self.block(orelse, other))
                tainted |= other
                return [made]
            case Choice(name, count, bound, inner) if self._reads(count).isdisjoint(tainted):
                return [Choice(name, count, bound, self.block(inner, set(tainted)))]
            case _:
                concerned = self._all_read(statement) | assigned((statement,))
                if concerned.isdisjoint(tainted | self.always):
                    return [statement]
        return self._left(statement, tainted)

    def _left(self, statement: Statement, tainted: set[str]) -> list[Statement]:
        """A statement whose outcome is open: what goes in there instead."""
        inside = list(statements_in((statement,)))
        self.guards |= any(isinstance(each, Require | Emit | Choice) for each in inside)
        self.fails |= any(
            isinstance(each, Fail) and not self._asks_for_room(each.code) for each in inside
        )
        sets = assigned((statement,))
        ins = sorted(self._all_read(statement) - tainted)
        tainted |= sets
        self.gone |= sets
        found: list[Statement] = [self._given(Const(1)), *(self._given(Local(n)) for n in ins)]
        steps = {each.step for each in inside if isinstance(each, Emit)}
        return [*found, *map(Emit, sorted(steps))]

    def _asks_for_room(self, code: int) -> bool:
        return self.machine.failures[code - 1].unfinished

    def _given(self, value: Expr) -> Let:
        self.next += 1
        return Let(field_local(self.next - 1), value)

    def _reads(self, expression: Expr) -> set[str]:
        names: set[str] = set()
        locals_of(expression, names)
        return names

    def _all_read(self, statement: Statement) -> set[str]:
        if isinstance(statement, Loop | If | Choice):
            return locals_in((statement,), notes=False)
        names: set[str] = set()
        for each in expressions_of(statement):
            locals_of(each, names)
        return names

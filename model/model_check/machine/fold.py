"""Constants that only show once the whole machine is there.

A field that no step ever writes has its initial value in every state: the inbox of an end
that nobody sends to, a flag that nobody sets. It needs no bits, and what it decides is
decided here. The states that are told apart stay the same ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from .build import assigned, bit_count, negate, op, select, statements_in
from .core import (
    BitCount,
    Choice,
    Const,
    Emit,
    Expr,
    Fail,
    Formula,
    If,
    Let,
    Local,
    Loop,
    Machine,
    Note,
    Operation,
    Require,
    Select,
    Statement,
)
from .names import field_local, is_given_once
from .packing import packed_into_words

__all__ = ["constant_fields", "fold_constants"]


def constant_fields(machine: Machine, initial: Iterable[int]) -> dict[int, int]:
    """The fields that have one value in every state, with it; `initial` are the initial
    states. Locations are left alone: something is always asked of them."""
    states = list(initial)
    written = {name for action in machine.actions for name in assigned(action.body)}
    locations = {instance.location_field for instance in machine.instances}
    found = {}
    for each in machine.fields:
        if field_local(each.index) in written or each.index in locations:
            continue
        values = {each.raw(state) for state in states}
        if len(values) == 1:
            (found[each.index],) = values
    return found


def fold_constants(machine: Machine, constants: Mapping[int, int]) -> Machine:
    """The machine without bits for the given fields, and with what follows from their
    values computed. What makes the initial states stays as it is: on its way there a field
    has other values than in the end."""
    if not constants:
        return machine
    known = {field_local(index): Const(value) for index, value in constants.items()}
    fields, width = packed_into_words(
        replace(each, constant=constants.get(each.index)) for each in machine.fields
    )

    def formula(each: Formula) -> Formula:
        folder = _Folder(each.body, known)
        body = folder.body(each.body)
        return replace(each, body=body, value=folder.expr(each.value))

    return replace(
        machine,
        fields=fields,
        width=width,
        actions=tuple(
            replace(a, body=_Folder(a.body, known).body(a.body)) for a in machine.actions
        ),
        properties={name: formula(each) for name, each in machine.properties.items()},
        preferences={
            name: tuple(map(formula, group)) for name, group in machine.preferences.items()
        },
        defines=tuple(map(formula, machine.defines)),
        watch=tuple(map(formula, machine.watch)),
        views=tuple(map(formula, machine.views)),
    )


class _Folder:
    """Rewrites one body. Locals that are given a value once, a constant, are constants."""

    def __init__(self, body: Iterable[Statement], known: Mapping[str, Const]) -> None:
        self.known: dict[str, Expr] = dict(known)
        lets = (s.name for s in statements_in(body) if isinstance(s, Let))
        self.once = {name for name, times in Counter(lets).items() if times == 1}

    def expr(self, expr: Expr) -> Expr:
        match expr:
            case Local(name):
                return self.known.get(name, expr)
            case Operation(operator, left, right):
                return op(operator, self.expr(left), self.expr(right))
            case Select(test, then, orelse):
                return select(self.expr(test), self.expr(then), self.expr(orelse))
            case BitCount(value):
                return bit_count(self.expr(value))
        return expr

    def body(self, body: Iterable[Statement]) -> tuple[Statement, ...]:
        return tuple(each for statement in body for each in self.statement(statement))

    def statement(self, statement: Statement) -> Iterable[Statement]:
        match statement:
            case Let(name, value):
                folded = self.expr(value)
                if isinstance(folded, Const) and name in self.once and is_given_once(name):
                    self.known[name] = folded
                    return ()
                return (Let(name, folded),)
            case If(test, then, orelse):
                condition = self.expr(test)
                if isinstance(condition, Const):
                    return self.body(then if condition.value else orelse)
                first, second = self.body(then), self.body(orelse)
                if first:
                    return (If(condition, first, second),)
                return (If(negate(condition), second),) if second else ()
            case Loop(name, count, bound, inner):
                rounds = self.expr(count)
                if rounds == Const(0):
                    return ()
                body = self.body(inner)
                return (Loop(name, rounds, bound, body),) if body else ()
            case Choice(name, count, bound, inner):
                return (Choice(name, self.expr(count), bound, self.body(inner)),)
            case Require(test):
                condition = self.expr(test)
                known = isinstance(condition, Const) and condition.value
                return () if known else (Require(condition),)
            case Fail(_, test):
                condition = self.expr(test)
                if condition == Const(0):
                    return ()
                wrong = statement.value and self.expr(statement.value)
                return (replace(statement, test=condition, value=wrong),)
            case Note(_, values):
                return (replace(statement, values=tuple(self.expr(each) for each in values)),)
            case Emit():
                return (statement,)

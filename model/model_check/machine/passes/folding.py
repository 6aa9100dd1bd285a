"""Constants that only show once the whole machine is there.

A field that no step ever writes has its initial value in every state: the inbox of an end
that nothing is sent to, a flag that is never set. It needs no bits, and what it decides is
decided here. The states that are told apart stay the same ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from ...language.records import replace
from ..core import Formula, Machine
from ..effects import fields_written
from ..ir import Const, Expr, Fail, If, Let, Local, Loop, Require, Statement
from ..ir_builder import negate
from ..names import field_local, is_given_once, old_local
from ..packing import packed_into_words
from ..rewrite import map_children, map_parts, statements_in

__all__ = ["constant_fields", "fold_constants", "fold_formula"]


def constant_fields(machine: Machine, initial: Iterable[int]) -> dict[int, int]:
    """The fields that have one value in every state, with it; `initial` are the initial
    states. Locations are left alone: something is always asked of them."""
    states = list(initial)
    written = frozenset[int]().union(*(fields_written(each.body) for each in machine.actions))
    locations = {instance.location_field for instance in machine.instances}
    found = {}
    for each in machine.fields:
        if each.index in written or each.index in locations:
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
    known = _known(constants)
    fields, width = packed_into_words(
        replace(each, constant=constants.get(each.index)) for each in machine.fields
    )

    return replace(
        machine,
        fields=fields,
        width=width,
        actions=tuple(
            replace(a, body=_Folder(a.body, known).body(a.body)) for a in machine.actions
        ),
        formulas=machine.formulas.map(lambda each: fold_formula(each, constants)),
    )


def fold_formula(formula: Formula, constants: Mapping[int, int]) -> Formula:
    """A formula in which the given fields have these values."""
    folder = _Folder(formula.body, _known(constants))
    body = folder.body(formula.body)
    return replace(formula, body=body, value=folder.expr(formula.value))


def _known(constants: Mapping[int, int]) -> dict[str, Const]:
    """The locals of some fields, after a step and before it, with their values."""
    known = {field_local(index): Const(value) for index, value in constants.items()}
    return known | {old_local(name): value for name, value in known.items()}


class _Folder:
    """Rewrites one body. Locals that are given a value once, a constant, are constants."""

    def __init__(self, body: Iterable[Statement], known: Mapping[str, Const]) -> None:
        self.known: dict[str, Expr] = dict(known)
        lets = (s.name for s in statements_in(body) if isinstance(s, Let))
        self.once = {name for name, times in Counter(lets).items() if times == 1}

    def expr(self, expr: Expr) -> Expr:
        if isinstance(expr, Local):
            return self.known.get(expr.name, expr)
        return map_children(expr, self.expr)

    def body(self, body: Iterable[Statement]) -> tuple[Statement, ...]:
        return tuple(each for statement in body for each in self.statement(statement))

    def statement(self, statement: Statement) -> Iterable[Statement]:
        if isinstance(statement, If):
            return self.branch(statement)
        folded = map_parts(statement, self.expr, self.body)
        match folded:
            case Let(name, Const() as value) if name in self.once and is_given_once(name):
                self.known[name] = value
                return ()
            case Loop(count=Const(0)) | Loop(body=()) | Fail(test=Const(0)):
                return ()
            case Require(Const(value)) if value:
                return ()
        return (folded,)

    def branch(self, statement: If) -> tuple[Statement, ...]:
        test = self.expr(statement.test)
        if isinstance(test, Const):
            return self.body(statement.then if test.value else statement.orelse)
        first, second = self.body(statement.then), self.body(statement.orelse)
        if first:
            return (If(test, first, second),)
        return (If(negate(test), second),) if second else ()

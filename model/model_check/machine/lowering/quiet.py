"""From actions to whether none of them can happen: what a timeout waits for that comes last.

Each action is asked, not done: what decides whether it can happen runs on copies of what it
changes, and instead of making successors it notes that there is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..core import Action, Instance
from ..deciding import deciding
from ..effects import assigned
from ..ir import (
    Choice,
    Const,
    Decision,
    Emit,
    Expr,
    Fail,
    If,
    Let,
    Local,
    Loop,
    Note,
    Renewal,
    Require,
    Statement,
)
from ..ir_builder import ONE, ZERO, both, equal, negate, op, select
from ..names import field_local, is_field
from ..rewrite import map_children, map_parts, statements_in
from .ir_writer import IRWriter

__all__ = ["can_happen", "nothing_happens"]


def nothing_happens(
    body: IRWriter, instances: Sequence[Instance], actions: Iterable[Action]
) -> Expr:
    """Write whether no action can happen; one that would run into an error can."""
    found = body.fresh("v")
    body.emit(Let(found, ZERO))
    for action in actions:
        where = Local(field_local(instances[action.instance].location_field))
        question = _Question(body, found)
        with body.block() as asked:
            question.ask(deciding(action.body))
        body.emit(If(equal(where, Const(action.location)), tuple(asked)))
    return negate(Local(found))


def can_happen(body: IRWriter, statements: Sequence[Statement]) -> Expr:
    """Write whether an `Emit` among statements is reached, on copies of what they change."""
    found = body.fresh("v")
    body.emit(Let(found, ZERO))
    _Question(body, found).ask(deciding(statements))
    return Local(found)


class _Question:
    """One action, asked. `halt` stands for that of its body."""

    def __init__(self, body: IRWriter, found: str) -> None:
        self.body = body
        self.found = found
        self.halt = body.fresh("v")
        self.names: dict[str, str] = {}

    def ask(self, statements: Sequence[Statement]) -> None:
        """Write the question, behind a copy of each local that the action sets."""
        sets = assigned(statements)
        loops = {s.name for s in statements_in(statements) if isinstance(s, Loop | Choice)}
        self.names = {name: self.body.fresh("v") for name in sorted(sets | loops)}
        for name in sorted(sets):
            self.body.emit(Let(self.names[name], Local(name) if is_field(name) else ZERO))
        self.body.emit(Let(self.halt, ZERO))
        for each in self._block(statements):
            self.body.emit(each)

    def _block(self, statements: Iterable[Statement]) -> tuple[Statement, ...]:
        return tuple(made for each in statements for made in self._statement(each))

    def _statement(self, statement: Statement) -> list[Statement]:
        running = equal(Local(self.halt), ZERO)
        match statement:
            case Note() | Decision() | Renewal():
                return []
            case Require(test):
                stops = both(running, negate(self._expr(test)))
                return [Let(self.halt, select(stops, Const(-1), Local(self.halt)))]
            case Fail(test=test):
                stops = both(running, self._expr(test))
                return [Let(self.halt, select(stops, ONE, Local(self.halt)))]
            case Emit():
                return [
                    Let(self.found, op("|", Local(self.found), op(">=", Local(self.halt), ZERO)))
                ]
            case Let(name, value):
                return [Let(self.names[name], self._expr(value))]
            case Choice(name, count, bound, inside):
                # Every round starts from the values before it.
                kept = [self.halt, *(self.names[each] for each in sorted(assigned(inside)))]
                copies = {each: self.body.fresh("v") for each in kept}
                before = [Let(copy, Local(each)) for each, copy in copies.items()]
                again = tuple(Let(each, Local(copy)) for each, copy in copies.items())
                rounds = (*again, *self._block(inside))
                return [*before, Loop(self.names[name], self._expr(count), bound, rounds), *again]
            case Loop(name, count, bound, inside):
                return [Loop(self.names[name], self._expr(count), bound, self._block(inside))]
        return [map_parts(statement, self._expr, self._block)]

    def _expr(self, expr: Expr) -> Expr:
        if isinstance(expr, Local):
            return Local(self.names.get(expr.name, expr.name))
        return map_children(expr, self._expr)

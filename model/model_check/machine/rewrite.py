"""Going through expressions and bodies: what their parts are, and the same with other parts.

Whoever gives each node its meaning (the writers, the evaluators, the intervals) says so node by
node; everything else asks here, and need not know which nodes there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from ..language.records import replace
from .ir import (
    BitCount,
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
    Operation,
    Renewal,
    Require,
    Select,
    Statement,
)
from .ir_builder import bit_count, op, select
from .names import old_local

__all__ = [
    "Block", "blocks_of", "can_halt", "children", "depth_of", "expressions_of", "map_children",
    "map_parts", "of_old_values", "renamed", "statements_in", "with_emits",
]  # fmt: skip

Block = tuple[Statement, ...]


def children(expr: Expr) -> tuple[Expr, ...]:
    """The expressions that an expression is made of."""
    match expr:
        case Operation():
            return (expr.left, expr.right)
        case Select():
            return (expr.test, expr.then, expr.orelse)
        case BitCount():
            return (expr.value,)
        case Const() | Local():
            return ()


def map_children(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """An expression of other parts, computed now where it can be."""
    match expr:
        case Operation(operator, left, right):
            return op(operator, change(left), change(right))
        case Select(test, then, orelse):
            return select(change(test), change(then), change(orelse))
        case BitCount(value):
            return bit_count(change(value))
        case Const() | Local():
            return expr


def expressions_of(statement: Statement) -> tuple[Expr, ...]:
    """What a statement computes itself, without the statements in it."""
    match statement:
        case Let(value=value):
            return (value,)
        case If(test=test) | Require(test) | Decision(test=test):
            return (test,)
        case Fail(test=test, value=value):
            return (test,) if value is None else (test, value)
        case Loop(count=count) | Choice(count=count):
            return (count,)
        case Note(values=values):
            return values
        case Emit() | Renewal():
            return ()


def blocks_of(statement: Statement) -> tuple[Block, ...]:
    """The bodies inside a statement."""
    match statement:
        case If():
            return (statement.then, statement.orelse)
        case Loop() | Choice():
            return (statement.body,)
        case _:
            return ()


def map_parts(
    statement: Statement, change: Callable[[Expr], Expr], inside: Callable[[Block], Block]
) -> Statement:
    """A statement with other expressions, and other bodies inside, in the order of the text."""
    match statement:
        case Let(name, value):
            return Let(name, change(value))
        case If(test, then, orelse):
            return If(change(test), inside(then), inside(orelse))
        case Loop() | Choice():
            return replace(statement, count=change(statement.count), body=inside(statement.body))
        case Require(test, wait):
            return Require(change(test), wait)
        case Fail(test=test, value=value):
            wrong = None if value is None else change(value)
            return replace(statement, test=change(test), value=wrong)
        case Note(values=values):
            return replace(statement, values=tuple(map(change, values)))
        case Decision(condition, test):
            return Decision(condition, change(test))
        case Emit() | Renewal():
            return statement


def statements_in(body: Iterable[Statement]) -> Iterator[Statement]:
    """All statements of a body, inner ones too, in the order of the text."""
    for statement in body:
        yield statement
        for block in blocks_of(statement):
            yield from statements_in(block)


def of_old_values(body: Block) -> Block:
    """A body that speaks of the state before a step instead."""

    def change(expr: Expr) -> Expr:
        if isinstance(expr, Local):
            return Local(old_local(expr.name))
        return map_children(expr, change)

    return tuple(map_parts(each, change, of_old_values) for each in body)


def renamed(body: Iterable[Statement], names: Mapping[str, str]) -> Block:
    """A body that reads and writes other locals instead of some."""

    def expr(value: Expr) -> Expr:
        if isinstance(value, Local):
            return Local(names.get(value.name, value.name))
        return map_children(value, expr)

    def statement(each: Statement) -> Statement:
        if isinstance(each, Let):
            return Let(names.get(each.name, each.name), expr(each.value))
        return map_parts(each, expr, lambda inside: renamed(inside, names))

    return tuple(map(statement, body))


def with_emits(body: Iterable[Statement], instead: Callable[[Emit], Iterable[Statement]]) -> Block:
    """A body with other statements in the place of each `Emit`."""
    found: list[Statement] = []
    for each in body:
        if isinstance(each, Emit):
            found += instead(each)
        else:
            found.append(map_parts(each, lambda expr: expr, lambda b: with_emits(b, instead)))
    return tuple(found)


def can_halt(body: Iterable[Statement]) -> bool:
    """Whether a body may end without a successor: the local `halt` is needed."""
    return any(isinstance(each, Fail | Require) for each in statements_in(body))


def depth_of(body: Iterable[Statement]) -> int:
    """How deep statements lie in each other."""
    return max((1 + depth_of(block) for each in body for block in blocks_of(each)), default=0)

"""Walking through checked expressions and statements, in the order of evaluation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import get_args

from ..records import replace
from .expressions import CommandCall, Expr, Field, Index
from .statements import (
    Assign,
    Await,
    Background,
    Both,
    Branch,
    Control,
    Either,
    Evaluate,
    For,
    ForEach,
    If,
    Return,
    Step,
    StepStatement,
    Switch,
    Try,
    While,
)

__all__ = [
    "begins_with_branches", "blocks_of", "calls_of", "children_of", "controls_in", "expressions_in",
    "inner_expressions", "is_deeper", "root_of", "size_of", "statements_in", "with_steps",
]  # fmt: skip

_EXPRESSIONS = get_args(Expr)


def blocks_of(control: Control) -> tuple[tuple[Control, ...], ...]:
    """The blocks that a control is directly made of."""
    match control:
        case For(body=body) | While(body=body) | Background(body=body):
            return (body,)
        case Switch(branches, orelse):
            return (*(body for _, body in branches), orelse)
        case Either(branches) | Both(branches):
            return branches
        case Try(body, handlers):
            return (body, *(handler for _, handler in handlers))
    return ()


def begins_with_branches(run: tuple[Control, ...]) -> bool:
    """Whether a program begins with several things side by side."""
    for control in run[:1]:
        if isinstance(control, Both | Background):
            return True
        return any(map(begins_with_branches, blocks_of(control)))
    return False


def with_steps(run: tuple[Control, ...], change: Callable[[Step], Step]) -> tuple[Control, ...]:
    """A program with each of its steps changed."""

    def inside(block: tuple[Control, ...]) -> tuple[Control, ...]:
        return with_steps(block, change)

    def one(control: Control) -> Control:
        match control:
            case Step():
                return change(control)
            case For(body=body) | While(body=body) | Background(body=body):
                return replace(control, body=inside(body))
            case Switch(branches, orelse):
                tests = tuple((test, inside(body)) for test, body in branches)
                return replace(control, branches=tests, orelse=inside(orelse))
            case Either(branches) | Both(branches):
                return replace(control, branches=tuple(map(inside, branches)))
            case Try(body, handlers):
                caught = tuple((what, inside(block)) for what, block in handlers)
                return replace(control, body=inside(body), handlers=caught)
        return control

    return tuple(map(one, run))


def controls_in(block: tuple[Control, ...]) -> Iterator[Control]:
    """The controls of a block, inner ones too."""
    for control in block:
        yield control
        for inner in blocks_of(control):
            yield from controls_in(inner)


def statements_in(block: Iterable[StepStatement]) -> Iterator[StepStatement]:
    """The statements of a step, inner ones too."""
    for statement in block:
        yield statement
        match statement:
            case If(branches, orelse):
                for inner in (*(body for _, body in branches), orelse):
                    yield from statements_in(inner)
            case Branch(branches):
                for inner in branches:
                    yield from statements_in(inner)
            case ForEach(body=inner):
                yield from statements_in(inner)


def children_of(expression: Expr) -> Iterator[Expr]:
    """The expressions that an expression is directly made of."""
    for name in expression.__match_args__:
        if name not in ("type", "at"):
            yield from _expressions(getattr(expression, name))


def _expressions(value: object) -> Iterator[Expr]:
    if isinstance(value, _EXPRESSIONS):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _expressions(each)


def root_of(place: Expr) -> Expr:
    """The variable that an item, or a field, of something lies in."""
    while isinstance(place, Index | Field):
        place = place.base
    return place


def inner_expressions(expression: Expr) -> Iterator[Expr]:
    """An expression and all in it, what is computed first comes first."""
    for child in children_of(expression):
        yield from inner_expressions(child)
    yield expression


def expressions_in(statements: Iterable[StepStatement]) -> Iterator[Expr]:
    """All expressions of a step, inner ones too."""
    for statement in statements:
        match statement:
            case Assign(target, value):
                yield from inner_expressions(target)
                yield from inner_expressions(value)
            case Evaluate(value) | Return(value):
                yield from inner_expressions(value)
            case Await(condition):
                yield from inner_expressions(condition)
            case If(branches, orelse):
                for test, body in branches:
                    yield from inner_expressions(test)
                    yield from expressions_in(body)
                yield from expressions_in(orelse)
            case Branch(branches):
                for body in branches:
                    yield from expressions_in(body)
            case ForEach(_, source, body):
                yield from inner_expressions(source)
                yield from expressions_in(body)


def calls_of(statements: Iterable[StepStatement]) -> list[CommandCall]:
    """The command calls of a step."""
    return [each for each in expressions_in(statements) if isinstance(each, CommandCall)]


def size_of(expression: Expr, limit: int) -> int:
    """How many parts an expression has when it is written out; counting stops at `limit`."""
    total = 0
    for _ in inner_expressions(expression):
        total += 1
        if total >= limit:
            break
    return total


def is_deeper(expression: Expr, limit: int) -> bool:
    """Whether an expression is nested deeper than `limit`."""
    return limit == 0 or any(is_deeper(child, limit - 1) for child in children_of(expression))

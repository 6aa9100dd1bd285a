"""What decides whether a step can happen is all that is asked of it, and small."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from model_check.language import load
from model_check.machine.deciding import deciding
from model_check.machine.ir import (
    Choice,
    Const,
    Emit,
    Expr,
    Fail,
    If,
    Let,
    Local,
    Loop,
    Note,
    Operation,
    Require,
    Select,
    Statement,
)
from model_check.machine.make import make_program
from model_check.machine.rewrite import statements_in
from model_check.machine.shapes import Layout

A, B, C = map(Local, "abc")


def value(expr: Expr, known: dict[str, int]) -> int:
    match expr:
        case Const(number):
            return number
        case Local(name):
            return known[name]
        case Operation("+", left, right):
            return (value(left, known) + value(right, known)) % 4
        case Operation("<", left, right):
            return int(value(left, known) < value(right, known))
        case Select(test, then, orelse):
            return value(then if value(test, known) else orelse, known)
    raise TypeError(expr)


def happens(body: tuple[Statement, ...], known: dict[str, int]) -> bool:
    """Whether an `Emit` is reached with no guard false before it and before any failure."""
    return _Run(known).block(body)


class _Run:
    def __init__(self, known: dict[str, int]) -> None:
        self.known = known
        self.halt = 0

    def block(self, body: tuple[Statement, ...]) -> bool:
        reached = [self.statement(each) for each in body]
        return any(reached)

    def statement(self, statement: Statement) -> bool:
        match statement:
            case Let(name, expr):
                self.known[name] = value(expr, self.known)
            case If(test, then, orelse):
                return self.block(then if value(test, self.known) else orelse)
            case Loop(name, count, _, body):
                found = False
                for turn in range(value(count, self.known)):
                    self.known[name] = turn
                    found |= self.block(body)
                return found
            case Choice(name, count, _, body):
                before, halt, found = dict(self.known), self.halt, False
                for turn in range(value(count, self.known)):
                    self.known, self.halt = {**before, name: turn}, halt
                    found |= self.block(body)
                self.known, self.halt = before, halt
                return found
            case Require(test):
                self.halt = self.halt or -(not value(test, self.known))
            case Fail(code, test):
                self.halt = self.halt or code * bool(value(test, self.known))
            case Emit():
                return self.halt >= 0
        return False


def random_body(draw: random.Random, depth: int, *, ends: bool) -> tuple[Statement, ...]:
    """A body; one that `ends` does so with an `Emit`, or something in which that stands."""

    def expr(deep: int = 2) -> Expr:
        match draw.randrange(5 if deep else 2):
            case 0:
                return Const(draw.randrange(4))
            case 1:
                return draw.choice((A, B, C))
            case 2:
                return Select(expr(deep - 1), expr(deep - 1), expr(deep - 1))
        return Operation(draw.choice(("+", "<")), expr(deep - 1), expr(deep - 1))

    found: list[Statement] = []
    for _ in range(draw.randrange(5)):
        match draw.randrange(7 if depth else 4):
            case 0 | 1:
                found.append(Let(draw.choice("abc"), expr()))
            case 2:
                found.append(Require(expr()))
            case 3:
                found.append(Fail(draw.randrange(1, 3), expr()))
            case 4 | 5:
                inner = [random_body(draw, depth - 1, ends=False) for _ in range(2)]
                found.append(If(expr(), *inner))
            case _:
                inside = random_body(draw, depth - 1, ends=False)
                found.append(Loop("i", expr(), 3, (Let("a", Local("i")), *inside)))
    if ends and depth and draw.random() < 0.7:
        inner = [random_body(draw, depth - 1, ends=True) for _ in range(2)]
        choice = Choice("j", expr(), 3, (Let("b", Local("j")), *inner[0]))
        found.append(draw.choice((If(expr(), *inner), choice)))
    elif ends:
        found.append(Emit(draw.randrange(5)))
    return tuple(found)


@pytest.mark.parametrize("seed", range(300))
def test_a_step_can_happen_exactly_where_what_decides_says_so(seed: int) -> None:
    draw = random.Random(seed)
    body = random_body(draw, 3, ends=True)
    small = deciding(body)
    assert len(list(statements_in(small))) <= len(list(statements_in(body)))
    for _ in range(20):
        known = {name: draw.randrange(4) for name in "abcij"}
        assert happens(small, dict(known)) == happens(body, dict(known)), (body, small)


def test_what_comes_behind_the_last_guard_decides_nothing() -> None:
    guard = Require(Operation("<", A, B))
    body = (
        Let("c", Operation("+", A, B)), Fail(1, C), guard, Note(0, ()), Let("a", C), Fail(2, A),
        If(B, (Let("b", C), Emit(1)), (Emit(2),)),
    )  # fmt: skip
    # The failure before the guard does: it happens whatever the guard says.
    assert deciding(body) == (*body[:3], Emit(0))


def test_a_failure_of_one_round_comes_before_the_guard_of_the_next() -> None:
    body = (Loop("i", A, 3, (Require(B), Fail(1, Local("i")))), Emit(0))
    assert deciding(body) == body


LATE = """\
model: late
timeouts: last
within: "sum(n for n in items if n > 0) < 9"
vars: {items: 'list[0..9]', x: 0..9}
resources:
  jobs: {kind: 'redis.list[0..9]'}
processes:
  p:
    count: 2
    run: |
      while True:
          either:
              take: x = min(jobs.blpop(), 9)
          or timeout:
              late: x = 0
          keep: items.append(min([x, 9 - x]))
  q:
    run: |
      while True:
          work: items = [min(9, n + x) for n in items if n != x]
          put: jobs.rpush(max([n for n in items] + [0]))
"""


def test_the_question_whether_anything_else_can_happen_is_small(tmp_path: Path) -> None:
    # Each timeout asks for all other steps: with all that they do, LLVM took half a minute.
    path = tmp_path / "spec.yaml"
    path.write_text(LATE)
    machine = make_program(load(path), Layout({}, {})).machine
    whole = sum(len(list(statements_in(a.body))) for a in machine.actions if len(a.steps) == 1)
    for action in machine.actions:
        if len(action.steps) > 1:
            assert len(list(statements_in(action.body))) < whole

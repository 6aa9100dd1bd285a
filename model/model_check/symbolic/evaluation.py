"""A body of the machine, evaluated with values of which some are known and some are z3's.

This is a second reading of `machine.core`, beside the generated source: where all values
are known it computes the successors of a state as that does (tests compare the two), and
where they are symbols it gives, for every `Emit`, when it happens and what the fields are.

Both branches of an unknown `If` are evaluated and merged, loops are unrolled as far as they
can go, and every value of a `Choice` is an outcome of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ..budget.deadline import FOREVER, Deadline
from ..machine.core import Formula, Machine
from ..machine.ir import (
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
from ..machine.names import field_of, is_old
from ..machine.rewrite import statements_in
from .bit_vectors import TooManyBitsError, Value, bit_count, condition_of, merge, operate
from .terms import Condition, all_true, any_true, not_true

__all__ = [
    "Outcome", "can_fail", "evaluate", "evaluate_expression", "evaluate_formula", "evaluate_step",
    "fields_of",
]  # fmt: skip

# Rounds of a loop whose bound nobody knows: a symbolic count beyond it is not asked about.
MOST_ROUNDS = 64
UNITS_A_STATEMENT = 20
"""The work of a statement (see `Effort`)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one `Emit` gives: under `guard` a successor by `step`, in which the fields that
    were assigned have the values `fields`; under `failing` the step fails instead. `has_room`
    says that none of the failures happens that were taken for impossible."""

    step: int
    guard: Condition
    failing: Condition
    fields: Mapping[int, Value]
    has_room: Condition = True


class _Scope:
    """Locals, and whether the body still runs (`halt` is 0), fails (positive), or neither."""

    def __init__(
        self, load: Callable[[int], Value], before: Callable[[int], Value] | None = None
    ) -> None:
        """`before`: the fields before a step, where both sides of it are asked."""
        self.load = load
        self.before = before or load
        self.locals: dict[str, Value] = {}
        self.given: set[str] = set()
        """Those that were given a value since this was copied."""
        self.running: Condition = True
        self.failing: Condition = False
        self.has_room: Condition = True

    def copy(self) -> _Scope:
        other = _Scope(self.load, self.before)
        other.locals = dict(self.locals)
        other.running, other.failing = self.running, self.failing
        other.has_room = self.has_room
        return other

    def give(self, name: str, value: Value) -> None:
        """Let a local have a value."""
        self.locals[name] = value
        self.given.add(name)

    def value(self, name: str) -> Value:
        known = self.locals.get(name)
        if known is not None:
            return known
        index = field_of(name)
        # A local that only another branch has set is read where it does not matter.
        if index is None:
            return 0
        return self.before(index) if is_old(name) else self.load(index)

    def merged(self, test: Condition, then: _Scope, orelse: _Scope) -> None:
        """Go on with what two branches gave."""
        # What neither branch has set stays as it is.
        for name in sorted(then.given | orelse.given):
            self.give(name, merge(test, then.value(name), orelse.value(name)))
        self.running = _either(test, then.running, orelse.running)
        self.failing = _either(test, then.failing, orelse.failing)
        self.has_room = _either(test, then.has_room, orelse.has_room)


def _either(test: Condition, then: Condition, orelse: Condition) -> Condition:
    if then is orelse:
        return then
    return any_true(all_true(test, then), all_true(not_true(test), orelse))


class _BodyEvaluation:
    def __init__(
        self, impossible: frozenset[int] = frozenset(), deadline: Deadline = FOREVER
    ) -> None:
        self.impossible = impossible
        self.deadline = deadline
        self.outcomes: list[Outcome] = []

    def body(self, statements: Iterable[Statement], scope: _Scope, path: Condition) -> None:
        for statement in statements:
            self.deadline.spend(UNITS_A_STATEMENT)
            self.statement(statement, scope, path)

    def statement(self, statement: Statement, scope: _Scope, path: Condition) -> None:
        match statement:
            case Let(name, value):
                scope.give(name, compute(value, scope))
            case If(test, then, orelse):
                self.branch(condition_of(compute(test, scope)), then, orelse, scope, path)
            case Require(test):
                holds = condition_of(compute(test, scope))
                scope.running = all_true(scope.running, holds)
            case Fail(code, test) if code in self.impossible:
                wrong = condition_of(compute(test, scope))
                happens = all_true(scope.running, wrong)
                scope.has_room = all_true(scope.has_room, not_true(happens))
            case Fail(_, test, limit):
                wrong = condition_of(compute(test, scope))
                if limit and wrong is not False:
                    raise TooManyBitsError("a step or a formula that may meet a limit of this tool")
                scope.failing = any_true(scope.failing, all_true(scope.running, wrong))
                scope.running = all_true(scope.running, not_true(wrong))
            case Loop(name, count, bound, body):
                self.loop(name, compute(count, scope), bound, body, scope, path)
            case Choice(name, count, bound, body):
                self.choice(name, compute(count, scope), bound, body, scope, path)
            case Emit(step):
                self.emit(step, scope, path)
            case Note() | Decision() | Renewal():
                pass

    def branch(
        self,
        test: Condition,
        then: tuple[Statement, ...],
        orelse: tuple[Statement, ...],
        scope: _Scope,
        path: Condition,
    ) -> None:
        if isinstance(test, bool):
            self.body(then if test else orelse, scope, path)
            return
        one, other = scope.copy(), scope.copy()
        self.body(then, one, all_true(path, test))
        self.body(orelse, other, all_true(path, not_true(test)))
        scope.merged(test, one, other)

    def loop(
        self,
        name: str,
        count: Value,
        bound: int | None,
        body: tuple[Statement, ...],
        scope: _Scope,
        path: Condition,
    ) -> None:
        if isinstance(count, int):
            for i in range(count):
                scope.give(name, i)
                self.body(body, scope, path)
            return
        for i in range(_rounds(count, bound)):
            inside = condition_of(operate(">", count, i))
            if inside is False:
                return
            again = (Let(name, Const(i)), *body)
            self.branch(inside, again, (), scope, path)

    def choice(
        self,
        name: str,
        count: Value,
        bound: int | None,
        body: tuple[Statement, ...],
        scope: _Scope,
        path: Condition,
    ) -> None:
        for i in range(count if isinstance(count, int) else _rounds(count, bound)):
            inside = condition_of(operate(">", count, i))
            if inside is False:
                return
            own = scope.copy()
            own.give(name, i)
            self.body(body, own, all_true(path, inside))

    def emit(self, step: int, scope: _Scope, path: Condition) -> None:
        guard = all_true(path, scope.running)
        failing = all_true(path, scope.failing)
        if guard is False and failing is False:
            return
        fields = {
            index: value
            for name, value in scope.locals.items()
            if (index := field_of(name)) is not None
        }
        has_room = any_true(not_true(path), scope.has_room)
        self.outcomes.append(Outcome(step, guard, failing, fields, has_room))


def _rounds(count: Value, bound: int | None) -> int:
    assert not isinstance(count, int)
    most = getattr(count, "high", 1)
    if bound is not None:
        most = min(most, bound)
    elif most > MOST_ROUNDS:
        raise TooManyBitsError(f"a loop of up to {most} rounds")
    return max(0, most)


def compute(expr: Expr, scope: _Scope) -> Value:
    """The value of an expression."""
    match expr:
        case Const(value):
            return value
        case Local(name):
            return scope.value(name)
        case Operation(operator, left, right):
            return operate(operator, compute(left, scope), compute(right, scope))
        case Select(test, then, orelse):
            chosen = condition_of(compute(test, scope))
            if isinstance(chosen, bool):
                return compute(then if chosen else orelse, scope)
            return merge(chosen, compute(then, scope), compute(orelse, scope))
        case BitCount(value):
            return bit_count(compute(value, scope))


def evaluate(
    body: Iterable[Statement],
    load: Callable[[int], Value],
    impossible: frozenset[int] = frozenset(),
    deadline: Deadline = FOREVER,
) -> list[Outcome]:
    """What a body can do, in the order of its `Emit`s; `load(i)` gives field i before it. The
    failures with the codes `impossible` are taken never to happen (see `Outcome.has_room`). Raises
    DeadlineError."""
    run = _BodyEvaluation(impossible, deadline)
    run.body(body, _Scope(load), True)
    return run.outcomes


def evaluate_formula(formula: Formula, load: Callable[[int], Value]) -> tuple[Value, Condition]:
    """A formula's value, and when it has one (it fails elsewhere)."""
    scope = _Scope(load)
    _BodyEvaluation().body(formula.body, scope, True)
    return compute(formula.value, scope), scope.running


def evaluate_step(
    formula: Formula, before: Callable[[int], Value], after: Callable[[int], Value]
) -> tuple[Value, Condition]:
    """The same of a formula that speaks of a step, by the fields before it and after it."""
    scope = _Scope(after, before)
    _BodyEvaluation().body(formula.body, scope, True)
    return compute(formula.value, scope), scope.running


def evaluate_expression(expr: Expr, load: Callable[[int], Value]) -> Value:
    """The value of an expression that reads fields alone."""
    return compute(expr, _Scope(load))


def can_fail(formula: Formula) -> bool:
    """Whether there may be states in which a formula cannot be evaluated."""
    return any(isinstance(each, Fail) for each in statements_in(formula.body))


def fields_of(machine: Machine, state: int) -> dict[int, int]:
    """The raw values of all fields in a state."""
    return {each.index: each.raw(state) for each in machine.fields}

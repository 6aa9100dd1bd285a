"""From what lowering writes to the statements of one body.

An `IRWriter` hands out locals, collects statements in nested blocks, and numbers the failures
and calls of the whole machine (`Tables`), so that a message or a wire form is said once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from ...language.records import dataclass, field
from ...language.source.diagnostics import Position
from ..core import Call, Failure, Wait
from ..ir import Const, Decision, Expr, Fail, If, Let, Local, Note, Require, Statement
from ..ir_builder import ONE, ZERO, Interval, bounds, negate, op, select
from ..limits import LARGEST_INTEGER, LONGEST_LIST
from ..names import Temporary, temporary_local
from ..shapes import Layout
from .values import Value, components, merge, rebuild

__all__ = ["Attempt", "Called", "IRWriter", "Tables"]


@dataclass
class Tables:
    """What all bodies of a machine share: failures and calls, numbered as they appear."""

    layout: Layout
    failures: dict[tuple[str, str, Position, str], Failure] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    conditions: dict[Position, int] = field(default_factory=dict)
    """The conditions of the spec's own programs, numbered by their places."""
    waits: dict[Wait, int] = field(default_factory=dict)
    """What steps wait for, numbered."""

    def failure(
        self,
        kind: Literal["error", "growth", "limit"],
        message: str,
        at: Position,
        slot: str = "",
        capacity: int = 0,
    ) -> int:
        """The code of a failure, the same for the same failure at the same place."""
        key = (kind, message, at, slot)
        if key not in self.failures:
            code = len(self.failures) + 1
            self.failures[key] = Failure(code, kind, message, at, slot, capacity)
        return self.failures[key].code


@dataclass(frozen=True, slots=True)
class Called:
    """A command as it is named, and where it is called. `is_known`: its kind comes with the tool,
    so that nobody looks for the mistake there."""

    command: str
    at: Position
    is_known: bool


@dataclass
class Attempt:
    """What is known of a step that goes as far as to a command that raises: local `raised` says
    whether one has. What is written behind it is done in vain, so it neither holds the step back
    nor fails. `told` is what a trace shows as the answer of one whose connection is broken."""

    raised: str
    told: str
    hits: dict[int | str, str] = field(default_factory=dict)
    """By the field that says of a connection that it is broken, or what else is raised: the local
    that says whether that is what has."""
    waits: Callable[[Expr], None] | None = None
    """What is to be written where the command that is called now cannot go on."""


class IRWriter:
    """One body being written."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.layout = tables.layout
        self._blocks: list[list[Statement]] = [[]]
        self._count = 0
        self.choices = 0
        """Free choices around the place that is written."""
        self._intervals: dict[str, Interval] = {}
        self.called: Called | None = None
        """The command that is written; None outside of one."""
        self.attempt: Attempt | None = None
        """Set while a step is written as it goes where a command in it raises."""

    def emit(self, statement: Statement) -> None:
        self._blocks[-1].append(statement)

    @property
    def statements(self) -> tuple[Statement, ...]:
        """What has been written; only with all blocks closed."""
        (block,) = self._blocks
        return tuple(block)

    @contextmanager
    def block(self) -> Iterator[list[Statement]]:
        """Collect what is written inside apart, for the branch of an If or a loop."""
        inner: list[Statement] = []
        self._blocks.append(inner)
        try:
            yield inner
        finally:
            self._blocks.pop()

    def fresh(self, kind: Temporary = "t") -> str:
        """A local that no other place of this body uses."""
        self._count += 1
        return temporary_local(kind, self._count)

    def name(self, expr: Expr) -> Expr:
        """`expr` as something that may be repeated at no cost: a constant or a new local."""
        if isinstance(expr, Const):
            return expr
        local = self.fresh()
        self.emit(Let(local, expr))
        found = self.interval(expr)
        if found is not None:
            self._intervals[local] = found
        return Local(local)

    def lies(self, local: Expr, low: int, high: int) -> None:
        """Note between which numbers a local that is given a value once lies."""
        if isinstance(local, Local):
            self._intervals[local.name] = (low, high)

    def interval(self, expr: Expr) -> Interval | None:
        """Between which numbers an expression surely lies; None where that is not known."""
        return bounds(expr, self._intervals)

    def name_value(self, value: Value) -> Value:
        """A value all of whose components are constants or new locals."""
        return rebuild(value, iter([self.name(c) for c in components(value)]))

    def mutable(self, value: Value) -> tuple[Value, list[str]]:
        """New locals with the components of a value, to be assigned again; the value that
        they hold, whatever it will be."""
        names = []
        for component in components(value):
            local = self.fresh("v")
            self.emit(Let(local, component))
            names.append(local)
        return rebuild(value, iter([Local(n) for n in names]), bounded=False), names

    def store(self, names: list[str], value: Value) -> None:
        """Give the locals of a mutable value the components of another."""
        # All are computed before the first is assigned: they may read each other.
        parts = [c if isinstance(c, Const) else self.name(c) for c in components(value)]
        for local, part in zip(names, parts, strict=True):
            self.emit(Let(local, part))

    def when(self, test: Expr, then: list[Statement], orelse: list[Statement]) -> None:
        """An If, or what is left of it when the test is known."""
        if isinstance(test, Const):
            for statement in then if test.value else orelse:
                self.emit(statement)
        elif then:
            self.emit(If(test, tuple(then), tuple(orelse)))
        elif orelse:
            self.emit(If(negate(test), tuple(orelse)))

    def choose_value(
        self, test: Expr, then: tuple[list[Statement], Value], orelse: tuple[list[Statement], Value]
    ) -> Value:
        """The value of one of two blocks, of which only the chosen one runs."""
        if isinstance(test, Const):
            block, value = then if test.value else orelse
            for statement in block:
                self.emit(statement)
            return value
        if not then[0] and not orelse[0]:
            return self.name_value(merge(test, then[1], orelse[1]))
        test = self.name(test)
        shape = merge(test, then[1], orelse[1])
        names = [self.fresh("v") for _ in components(shape)]
        with self.block() as first:
            for statement in then[0]:
                self.emit(statement)
            self.store(names, then[1])
        with self.block() as second:
            for statement in orelse[0]:
                self.emit(statement)
            self.store(names, orelse[1])
        self.emit(If(test, tuple(first), tuple(second)))
        return rebuild(shape, iter([Local(n) for n in names]))

    def decided(self, test: Expr, at: Position) -> None:
        """A condition of the spec comes out so."""
        number = self.tables.conditions.setdefault(at, len(self.tables.conditions))
        if self.attempt is None:
            self.emit(Decision(number, test))

    def require(self, test: Expr, wait: Wait | None = None) -> None:
        """The step can fire only if `test`; `wait`: what is told of it otherwise."""
        number = -1
        if wait is not None:
            number = self.tables.waits.setdefault(wait, len(self.tables.waits))
        if self.attempt is not None:
            if self.attempt.waits is not None:
                self.attempt.waits(negate(test))
            number, test = -1, op("|", test, Local(self.attempt.raised))
        if test != ONE:
            self.emit(Require(test, number))

    def fail(self, test: Expr, message: str, at: Position, value: Expr | None = None) -> None:
        """The model goes wrong here if `test`: a violation, with this message, and in a trace
        the `value` that is wrong."""
        if test != ZERO:
            code = self.tables.failure("error", *self._as_called(message, at))
            self.emit(Fail(code, self._unless_raised(test), value=value))

    def limit(self, test: Expr, message: str, at: Position) -> None:
        """Here this tool goes no further if `test`: not an error of the model."""
        if test != ZERO:
            code = self.tables.failure("limit", *self._as_called(message, at))
            self.emit(Fail(code, self._unless_raised(test), limit=True))

    def _as_called(self, message: str, at: Position) -> tuple[str, Position]:
        """What goes wrong in a command goes wrong where that is called; but for what stands in no
        file, as commands that are answered from outside."""
        if self.called is None or not at.source.text:
            return message, at
        where = "" if self.called.is_known else f" ({at})"
        return f"{message}, in {self.called.command}{where}", self.called.at

    def _unless_raised(self, test: Expr) -> Expr:
        return test if self.attempt is None else select(Local(self.attempt.raised), ZERO, test)

    def integer(self, expr: Expr, at: Position) -> Expr:
        """A number that was computed, where it may be larger than any integer may be."""
        found = self.interval(expr)
        if found is not None and max(-found[0], found[1]) <= LARGEST_INTEGER:
            return expr
        expr, most = self.name(expr), Const(LARGEST_INTEGER)
        over = self.name(op("|", op("<", expr, Const(-LARGEST_INTEGER)), op(">", expr, most)))
        self.limit(over, f"a number beyond 2**{LARGEST_INTEGER.bit_length() - 1}", at)
        return self._at_most(select(over, ZERO, expr), -LARGEST_INTEGER, LARGEST_INTEGER)

    def length(self, expr: Expr, at: Position) -> tuple[Expr, Expr]:
        """The length of a list that was made, 0 where that is more than a list may have; and
        whether it is."""
        long = self.name(op(">", expr, Const(LONGEST_LIST)))
        self.limit(long, f"a list of more than {LONGEST_LIST:,} items", at)
        return self._at_most(select(long, ZERO, expr), 0, LONGEST_LIST), long

    def _at_most(self, expr: Expr, low: int, high: int) -> Expr:
        named = self.name(expr)
        self.lies(named, low, high)
        return named

    def grow(self, test: Expr, owner: str, slot: str, at: Position, capacity: int = 0) -> None:
        """Variable `owner` needs more room than `slot` has if `test`."""
        if capacity >= LONGEST_LIST:
            self.limit(test, f"{owner} would have more than {LONGEST_LIST:,} items", at)
        elif test != ZERO:
            code = self.tables.failure("growth", owner, at, slot, capacity)
            self.emit(Fail(code, self._unless_raised(test)))

    def note(self, call: int, values: tuple[Expr, ...], *, sent: bool = False) -> None:
        if self.attempt is None:
            self.emit(Note(call, values, sent))

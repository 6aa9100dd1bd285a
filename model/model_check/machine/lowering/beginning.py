"""From `initially` to the statements that make the first states.

Choices may stand in branches and loops here. To write what follows a branch only once, each
statement has a guard, a truth that says whether control comes to it: where it does not, nothing
is done, and what could be chosen is one way to do nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from ...language.records import replace
from ...language.tree import expressions as exprs
from ...language.tree import statements as stmts
from ...language.tree.walk import root_of, statements_in
from ...language.types import BOOL, IntType, ProcessType
from ..ir import Choice, Const, Emit, Expr, Local
from ..ir_builder import ONE, ZERO, both, equal, negate, op, select
from ..limits import MOST_CHOICES, TooLargeError
from ..shapes import raw_count
from .coercion import coerce
from .collections import over
from .expressions import cases_of
from .scope import LoweringScope
from .statements import after_choice, assign, chosen_in, conditional_names, declare
from .values import (
    ListValue,
    ProcessValue,
    ScalarValue,
    SetValue,
    Value,
    default,
    item_at,
    unpack,
)

__all__ = ["Beginning"]

Rest = Callable[[], None]


class Beginning:
    """Writes `initially` into the body that makes the first states."""

    def __init__(self, scope: LoweringScope) -> None:
        self.scope = scope
        self.body = scope.body

    def run(self, statements: Sequence[stmts.StepStatement], rest: Rest) -> None:
        """Write the statements, and `rest` once behind them."""
        conditional = conditional_names(statements)
        self.scope.conditional = self.scope.conditional | conditional
        # What a branch or a loop sets has a local before the first of them.
        nested = [s for s in statements if isinstance(s, stmts.If | stmts.ForEach | stmts.Branch)]
        declare(self.scope, nested)
        self.block(statements, ONE, rest)

    def block(self, statements: Sequence[stmts.StepStatement], guard: Expr, rest: Rest) -> None:
        for number, statement in enumerate(statements):
            if _branches(statement):
                following = partial(self.block, statements[number + 1 :], guard, rest)
                if guard == ZERO:
                    following()
                else:
                    self.branching(statement, guard, following)
                return
            with self.body.block() as written:
                self.plain(statement)
            self.body.when(guard, written, [])
        rest()

    def blocks(
        self, ways: Sequence[tuple[Sequence[stmts.StepStatement], Expr]], rest: Rest
    ) -> None:
        """Blocks of which at most one has a guard that is true."""
        if not ways:
            rest()
            return
        (statements, guard), *others = ways
        self.block(statements, guard, partial(self.blocks, others, rest))

    def plain(self, statement: stmts.StepStatement) -> None:
        """A statement after which there is one way to go on."""
        match statement:
            case stmts.Assign(target, value):
                self.put(target, self.scope.value(value))
            case stmts.If(branches, orelse):
                self.tests([*branches], orelse)
            case stmts.ForEach(binder, source, block):

                def visit(item: Value) -> None:
                    self.scope.names[binder] = item
                    for each in block:
                        self.plain(each)

                over(self.scope, source, visit)
                self.scope.names.pop(binder, None)
            case stmts.Pass():
                pass
            case _:
                raise TypeError(f"{type(statement).__name__} makes no first state")

    def tests(
        self,
        branches: Sequence[tuple[exprs.Expr, Sequence[stmts.StepStatement]]],
        orelse: Sequence[stmts.StepStatement],
    ) -> None:
        if not branches:
            for each in orelse:
                self.plain(each)
            return
        (test, statements), *others = branches
        condition = self.body.name(self.scope.scalar(test))
        with self.body.block() as then:
            for each in statements:
                self.plain(each)
        with self.body.block() as otherwise:
            self.tests(others, orelse)
        self.body.when(condition, then, otherwise)

    # --- where there are several ways, or none ----------------------------------------------

    def branching(self, statement: stmts.StepStatement, guard: Expr, rest: Rest) -> None:
        body = self.body
        match statement:
            case stmts.Await(condition):
                self.where(self.truth(condition, guard, ONE), rest)
            case stmts.If(branches, orelse):
                ways = []
                for test, block in branches:
                    truth = self.truth(test, guard, ZERO)
                    ways.append((block, body.name(both(guard, truth))))
                    guard = body.name(both(guard, negate(truth)))
                self.blocks([*ways, (orelse, guard)], rest)
            case stmts.Branch(branches):
                self.chosen_branch(branches, guard, rest)
            case stmts.ForEach():
                self.rounds(statement, guard, rest)
            case stmts.Assign(target, value) if choice := chosen_in(value):
                self.chosen_item(target, value, choice, guard, rest)
            case _:
                raise TypeError(f"no way to go on from {type(statement).__name__}")

    def where(self, test: Expr, rest: Rest) -> None:
        """Go on only where a test is true. What failed before it is told all the same: a number
        that found no room is not the number that was tested."""
        body = self.body
        with body.block() as kept:
            rest()
        with body.block() as left_out:
            body.require(ZERO)
            body.emit(Emit(-1))
        body.when(test, kept, left_out)

    def truth(self, condition: exprs.Expr, guard: Expr, otherwise: Expr) -> Expr:
        """A condition, looked at only under its guard."""
        with self.body.block() as block:
            value = self.scope.value(condition)
        chosen = self.body.choose_value(guard, (block, value), ([], ScalarValue(otherwise, BOOL)))
        assert isinstance(chosen, ScalarValue)
        return self.body.name(chosen.expr)

    def choice(self, count: Expr, bound: int | None, do: Callable[[Expr], None]) -> None:
        """Write a free choice of a number."""
        body, index = self.body, self.body.fresh("c")
        if body.choices >= MOST_CHOICES:
            raise TooLargeError(f"more than {MOST_CHOICES} choices for the first states")
        body.choices += 1
        with body.block() as block:
            do(Local(index))
        body.choices -= 1
        body.emit(Choice(index, count, bound, tuple(block)))

    def chosen_branch(
        self, branches: Sequence[Sequence[stmts.StepStatement]], guard: Expr, rest: Rest
    ) -> None:
        def go_on(index: Expr) -> None:
            self.blocks(
                [
                    (block, self.body.name(both(guard, equal(index, Const(number)))))
                    for number, block in enumerate(branches)
                ],
                rest,
            )

        count = len(branches)
        self.choice(self.body.name(select(guard, Const(count), ONE)), count, go_on)

    def chosen_item(
        self,
        target: exprs.Expr,
        value: exprs.Expr,
        choice: exprs.Choose,
        guard: Expr,
        rest: Rest,
    ) -> None:
        body, scope = self.body, self.scope
        with body.block() as block:
            found = scope.value(choice.source)
        source = body.choose_value(
            guard, (block, found), ([], default(choice.source.type, body.layout))
        )
        if isinstance(source, SetValue):
            size = raw_count(source.item)
            bound: int | None = size
            count: Expr = Const(size)
        else:
            assert isinstance(source, ListValue)
            bound = None if source.bound is None else max(source.bound, 1)
            # One round even of nothing: a failure on the way here must be told.
            count = select(equal(source.length, ZERO), ONE, source.length)
        count = body.name(select(guard, count, ONE))

        def go_on(index: Expr) -> None:
            if isinstance(source, SetValue):
                there, raw = op("&", op(">>", source.mask, index), ONE), index
            else:
                there, raw = op("!=", source.length, ZERO), item_at(source, index)

            def put_and_go_on() -> None:
                with body.block() as put:
                    item = unpack(body.name(raw), source.item)
                    fitted = coerce(body, item, choice.type, "the choice", choice.at)
                    self.put(target, after_choice(scope, value, fitted))
                body.when(guard, put, [])
                rest()

            self.where(body.name(select(guard, there, ONE)), put_and_go_on)

        self.choice(count, bound, go_on)

    def rounds(self, loop: stmts.ForEach, guard: Expr, rest: Rest) -> None:
        """A loop whose items are known, round by round."""
        items = self.items(loop.source)

        def go_on(number: int) -> None:
            if number == len(items):
                self.scope.names.pop(loop.binder, None)
                rest()
                return
            self.scope.names[loop.binder] = items[number]
            self.block(loop.body, guard, partial(go_on, number + 1))

        go_on(0)

    def items(self, source: exprs.Expr) -> list[Value]:
        match source:
            case exprs.Domain(of=ProcessType(process)):
                count = self.scope.world.spec.process(process).count
                return [ProcessValue(process, number) for number in range(count)]
            case exprs.Function("range", (exprs.Literal(start), exprs.Literal(stop))):
                return [ScalarValue(Const(n), IntType(n, n)) for n in range(start, stop)]
        value = self.scope.value(source)
        assert isinstance(value, ListValue)
        assert isinstance(value.length, Const)
        return [
            unpack(self.body.name(item_at(value, Const(number))), value.item)
            for number in range(value.length.value)
        ]

    # --- what is set -------------------------------------------------------------------------

    def put(self, target: exprs.Expr, value: Value) -> None:
        """Give a variable a value, also one of a process."""
        scope, body = self.scope, self.body
        root = root_of(target)
        if not isinstance(root, exprs.OtherVar):
            assign(scope, target, value)
            return
        own = _rooted(target, exprs.OwnVar(root.name, root.type, root.at))
        for test, number in cases_of(scope, root.instance, root.process):
            with body.block() as written:
                assign(replace(scope, process=root.process, number=number), own, value)
            body.when(body.name(test), written, [])


def _branches(statement: stmts.StepStatement) -> bool:
    """Whether there may be several ways to go on from a statement, or none."""
    return any(
        isinstance(each, stmts.Await | stmts.Branch)
        or (isinstance(each, stmts.Assign) and chosen_in(each.value) is not None)
        for each in statements_in((statement,))
    )


def _rooted(target: exprs.Expr, root: exprs.Expr) -> exprs.Expr:
    """A place in another variable."""
    if isinstance(target, exprs.Index | exprs.Field):
        return replace(target, base=_rooted(target.base, root))
    return root

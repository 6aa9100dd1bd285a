"""The statements inside one step, or in a part of a command.

A name that is set and declared nowhere is a temporary. Its type comes from all that is put
into it, so a body is looked at until the types of its temporaries stay as they are; only what
the last look finds wrong is reported.
"""

from __future__ import annotations

import ast
from itertools import chain
from typing import cast

from ...codes import Code
from ..records import replace
from ..source.diagnostics import Position
from ..syntax.nodes import (
    Assign,
    Atomic,
    Await,
    Background,
    Both,
    Break,
    Continue,
    Either,
    Evaluate,
    Expression,
    For,
    If,
    Labelled,
    Notify,
    Pass,
    Refuse,
    Return,
    Statement,
    Try,
    Watching,
    While,
)
from ..tree import expressions as exprs
from ..tree import statements as stmts
from ..tree.expressions import CommandCall, Domain, Expr, Literal, Temporary
from ..tree.statements import StepStatement
from ..types import NOTHING, BoolType, NothingType, ProcessType, Type, UnitType
from .adapting import adapt, boolean, described, opened
from .comprehensions import bind, check_source
from .context import Context, Scope
from .expressions import context_of
from .operators import ArithmeticSign, binary
from .relations import join, widened
from .survey import command_name
from .targets import NO_RETURN, changed, mutation, root_name, settable, target_of
from .temporaries import report_never_read, times_set

__all__ = ["Body", "check_step_body"]

_MAX_LOOKS = 8  # each look can only widen types; containers in containers take a few
_COARSE_AFTER = 3

_IN_A_LOOP = "a loop inside a step calls no command, unless it goes through all values of a type"


def does_something(statement: StepStatement) -> bool:
    """Whether it is anything but an `if` of a kind around nothing."""
    if not isinstance(statement, stmts.If):
        return True
    return any(
        map(does_something, chain(*(body for _, body in statement.branches), statement.orelse))
    )


def check_step_body(statements: tuple[Statement, ...], scope: Scope) -> tuple[StepStatement, ...]:
    """Check the statements of a step; labels among them belong to a `with atomic:`."""
    return Body(scope, statements).check()


class Body:
    """One body; `types` are the temporaries' types as far as they are known, `slips` the names that
    are changed and never given a value; `chooses`: whether something may be chosen in it."""

    def __init__(
        self, scope: Scope, statements: tuple[Statement, ...], *, chooses: bool = False
    ) -> None:
        self.scope = scope
        self.chooses = chooses or not scope.in_kind
        self.statements = statements
        self.found = scope.names.found
        self.sets, self.slips = times_set(statements, scope)
        self.types: dict[str, Type] = {}
        self.assigned: frozenset[str] = frozenset()
        self.coarse = False

    def check(self) -> tuple[StepStatement, ...]:
        mark = self.found.count
        body: tuple[StepStatement, ...] = ()
        for look in range(_MAX_LOOKS):
            self.found.forget(mark)
            self.coarse = look >= _COARSE_AFTER
            self.assigned = frozenset()
            before = dict(self.types)
            body = self.block(self.statements, self.scope, top=True)
            if self.types == before:
                break
        else:
            self.report_growth(before)
        report_never_read(self.statements, self.sets, self.scope)
        return body

    def report_growth(self, before: dict[str, Type]) -> None:
        """A temporary that holds itself, such as `y = [y]`, has no type."""
        for name, kind in self.types.items():
            if kind != before.get(name):
                self.found.report(
                    self.statements[0].at, f"the type of {name} grows with each round of a loop",
                    f"declare {name} as a variable with a type",
                )  # fmt: skip

    # --- what is known at a place -----------------------------------------------------------

    def context(self, expression: Expression, scope: Scope, **changes: str) -> Context:
        """An expression in the scope of its place, with the temporaries that have a value."""
        known: dict[str, Expr] = {
            name: Temporary(name, self.types[name], expression.at) for name in self.assigned
        }
        inner = replace(
            scope,
            locals={**scope.locals, **known},
            pending=frozenset(self.sets) - self.assigned,
            **changes,  # type: ignore[arg-type]
        )
        return context_of(expression, inner)

    def condition(self, expression: Expression, scope: Scope, what: str, **changes: str) -> Expr:
        context = self.context(expression, scope, **changes)
        return boolean(context.check(expression.node), expression.node, context, what)

    # --- statements -------------------------------------------------------------------------

    def block(
        self, statements: tuple[Statement, ...], scope: Scope, *, top: bool
    ) -> tuple[StepStatement, ...]:
        """Check statements in order; `top`: directly in the step, where `choose` can stand."""
        body: list[StepStatement] = []
        for i, statement in enumerate(statements):
            last = i == len(statements) - 1
            body += self.statement(statement, scope, top=top, last=last)
        return tuple(body)

    def statement(
        self, statement: Statement, scope: Scope, *, top: bool, last: bool
    ) -> tuple[StepStatement, ...]:
        match statement:
            case Labelled(_, body) if scope.joins:
                return self.block(body, scope, top=top)
            case Atomic(body, at, watch):
                if watch:
                    self.found.report(at, "a transaction that may fail stands around the step",
                                      "label: with atomic(watch=[...]):")  # fmt: skip
                return self.block(body, replace(scope, joins=True), top=top)
            case Assign():
                return self.assign(statement, scope, top=top)
            case Evaluate(value, at):
                return self.evaluate(value, scope, at, top=top)
            case Await(condition, at):
                if scope.repeated:
                    why, code = scope.repeated, Code.NOT_IN_A_STEP
                    self.found.report(at, "a loop inside a step cannot wait", why, code)
                return self.waiting(condition, scope, at)
            case Pass(at):
                return (stmts.Pass(at),)
            case If():
                kept = not (scope.missing or scope.untold)
                done = self.choice(statement, scope)
                return tuple(each for each in done if kept or does_something(each))
            case For():
                return self.loop(statement, scope)
            case Return(value, at):
                return self.answer(value, scope, at, allowed=top and last)
            case Watching(word, at):
                if not scope.in_kind:
                    self.found.report(at, f"`{word}` stands in the commands of a kind only",
                                      f"key.{word}() calls the command")  # fmt: skip
                return (stmts.Watching(word, at, scope.touched),)
            case Notify(event, of, at):
                if not scope.in_kind:
                    self.found.report(at, "notify stands in the commands of a kind only")
                other = _other(of, scope)
                if of and not other:
                    self.found.report(at, f"{of} is no resource that the command is given")
                return () if scope.untold else (stmts.Notify(event, other, at),)
            case Refuse(error, at):
                return self.refusal(error, scope, at, last=last)
        self.found.report(statement.at, *_misplaced(statement, scope), Code.NOT_IN_A_STEP)
        return ()

    def assign(self, statement: Assign, scope: Scope, *, top: bool) -> tuple[StepStatement, ...]:
        name = root_name(statement.target.node)
        if name in scope.missing:
            return ()
        why = settable(statement.target.node, scope, self.sets.keys())
        if why:
            self.found.report(statement.target.at, why)
            return ()
        free = "" if top and self.chooses else scope.choices
        context, node = self.context(statement.value, scope, choices=free), statement.value.node
        new = name in self.sets and isinstance(statement.target.node, ast.Name)
        if new and statement.operator is None:
            value = context.check(node, self.types.get(name))
            kind = self.learn(name, value, node, context)
            self.assigned |= {name}
            temporary = Temporary(name, kind, statement.target.at)
            return (stmts.Assign(temporary, value, statement.at),)
        target = self.target(statement.target, scope)
        value = context.check(node, target.type if target else None)
        if target is None:
            return ()
        if statement.operator is not None:
            sign = cast(ArithmeticSign, statement.operator)
            before = opened(target, node, context)
            value = binary(context, node, sign, before, opened(value, node, context))
        return self.stored(target, value, node, context, statement.at)

    def target(self, written: Expression, scope: Scope) -> Expr | None:
        """What is set or changed; None where a mistake was reported."""
        context = self.context(written, scope)
        return None if self.is_slip(context, written.node) else target_of(context, written.node)

    def is_slip(self, context: Context, place: ast.expr) -> bool:
        """Whether what is changed means nothing, which is reported."""
        name, known = root_name(place), context.scope.visible()
        if name in known or name not in self.slips:
            return False
        context.no_such(place, "variable", name, known)
        return True

    def stored(
        self, target: Expr, value: Expr, node: ast.expr, context: Context, at: Position
    ) -> tuple[StepStatement, ...]:
        """`target = value`; a temporary takes the type of what is put into it."""
        if isinstance(target, Temporary):
            kind = self.learn(target.name, value, node, context)
            return (stmts.Assign(replace(target, type=kind), value, at),)
        value = adapt(value, target.type, node, context, shown(target))
        return (stmts.Assign(target, value, at),)

    def learn(self, name: str, value: Expr, node: ast.expr, context: Context) -> Type:
        """The type of a temporary, now that `value` is put into it."""
        kind = value.type
        if isinstance(kind, UnitType):
            context.wrong(node, "this command answers nothing, so there is no value to keep")
            kind = NOTHING
        if isinstance(kind, ProcessType):
            context.wrong(node, f"{described(kind)} cannot be stored")
            kind = NOTHING
        if self.sets[name] > 1:
            kind = widened(kind, inside=self.coarse)
        common = join(self.types.get(name, NOTHING), kind)
        if common is None:
            context.wrong(
                node, f"{name} is {described(self.types[name])} elsewhere in this step, "
                f"this is {described(kind)}",
            )  # fmt: skip
            common = self.types[name]
        self.types[name] = common
        return common

    def evaluate(
        self, expression: Expression, scope: Scope, at: Position, *, top: bool
    ) -> tuple[StepStatement, ...]:
        """A command call, or a method that changes a variable."""
        change = mutation(expression)
        context = self.context(expression, scope, choices="" if top else scope.choices)
        node = expression.node
        if change is not None and not (
            isinstance(node, ast.Call) and command_name(node, scope.names.resources)
        ):
            return self.mutate(change, expression, scope, at)
        value = context.check(node)
        if not isinstance(value, CommandCall) and not isinstance(value.type, NothingType):
            context.wrong(node, "this value goes nowhere", "a statement calls a command, or sets "
                          "a variable with =")  # fmt: skip
        return (stmts.Evaluate(value, at),)

    def mutate(
        self,
        change: tuple[ast.expr, str, ast.Call],
        expression: Expression,
        scope: Scope,
        at: Position,
    ) -> tuple[StepStatement, ...]:
        place, method, call = change
        context = self.context(expression, scope)
        why = settable(place, scope, self.sets.keys())
        if why:
            context.wrong(place, why)
            return ()
        target = None if self.is_slip(context, place) else target_of(context, place)
        value = None if target is None else changed(context, target, method, call)
        if target is None or value is None:
            return ()
        return self.stored(target, value, call, context, at)

    def waiting(
        self, condition: Expression, scope: Scope, at: Position
    ) -> tuple[StepStatement, ...]:
        test = self.condition(condition, scope, "await")
        if isinstance(test, Literal) and isinstance(test.type, BoolType) and test.value:
            return ()  # such as the room in a queue without a bound: nothing waits
        return (stmts.Await(test, at, condition.text),)

    def choice(self, statement: If, scope: Scope) -> tuple[StepStatement, ...]:
        branches = []
        after: list[frozenset[str]] = []
        before = self.assigned
        later: dict[str, str] = {}
        for test, body in statement.branches:
            condition = self.condition(test, scope, "if", **later)
            later = {"commands": scope.commands or "an elif may not be looked at"}
            self.assigned = before
            branches.append((condition, self.block(body, scope, top=False)))
            after.append(self.assigned)
            self.assigned = before
        orelse = self.block(statement.orelse, scope, top=False)
        after.append(self.assigned)
        self.assigned = frozenset.intersection(*after)
        if scope.in_kind:
            # What depends on a type that is not given there is never done: nothing is refused.
            branches = [each for each in branches if not _is_false(each[0])]
        return (stmts.If(tuple(branches), orelse, statement.at),) if branches else orelse

    def loop(self, statement: For, scope: Scope) -> tuple[StepStatement, ...]:
        match statement.iterable.node:
            case ast.Name(id=name) if name in scope.others:
                return tuple(
                    chain(*(self.round(statement, scope, of) for of in scope.others[name]))
                )
        context = self.context(statement.iterable, scope)
        source = check_source(context, statement.iterable.node)
        within = bind(replace(context, scope=scope), statement.target, source)
        if within is None:
            return ()
        inner = self.inside(source, within.scope)
        before = self.assigned
        body = self.block(statement.body, inner, top=False)
        self.assigned = before
        return (stmts.ForEach(statement.target.text, source, body, statement.at),)

    def round(self, statement: For, scope: Scope, other: Expr) -> tuple[StepStatement, ...]:
        """The body of a loop over the resources that a command is given, for one of them."""
        assert isinstance(other, exprs.KindVar)
        named = {**scope.locals, statement.target.text: other}
        return self.block(statement.body, replace(scope, locals=named, touched=other.of), top=False)

    def inside(self, source: Expr, scope: Scope) -> Scope:
        """The scope of a loop over `source`, given that of its variable."""
        if isinstance(source, Domain):
            return scope
        return replace(scope, commands=scope.commands or _IN_A_LOOP, repeated=_IN_A_LOOP)

    def answer(
        self, value: Expression | None, scope: Scope, at: Position, *, allowed: bool
    ) -> tuple[StepStatement, ...]:
        if not scope.in_kind:
            self.found.report(at, "return stands in the commands of a kind only", NO_RETURN)
            return ()
        if not allowed:
            self.found.report(at, "return is the last statement of a command",
                              "choose the value with a if test else b")  # fmt: skip
            return ()
        if value is None:
            return ()
        return (stmts.Return(self.context(value, scope).check(value.node), at),)

    def refusal(
        self, error: str, scope: Scope, at: Position, *, last: bool
    ) -> tuple[StepStatement, ...]:
        why = ""
        if not scope.in_kind:
            why = "refuse stands in the commands of a kind only"
        elif scope.repeated:
            why = "a loop inside a step refuses nothing"
        elif not last:
            why = "what stands behind refuse is never done"
        if why:
            self.found.report(at, why, 'if test: refuse "ERR ..."')
        return (stmts.Refuse(error, at),)


def _is_false(test: Expr) -> bool:
    """Whether a condition is known, and known to be false."""
    return isinstance(test, Literal) and isinstance(test.type, BoolType) and not test.value


def _other(name: str, scope: Scope) -> str:
    """Which other resource that a command is given a name means; "" for none."""
    match scope.locals.get(name):
        case exprs.KindVar(of=str(of)):
            return of
    return ""


def shown(target: Expr) -> str:
    """How a message calls what is set."""
    match target:
        case exprs.OwnVar(name) | exprs.SharedVar(name) | exprs.KindVar(name) | Temporary(name):
            return name
        case exprs.OtherVar(process, _, name):
            return f"{process}.{name}"
        case exprs.Index(base):
            return f"an item of {shown(base)}"
        case exprs.Field(base, name):
            return f"{shown(base)}.{name}"
    return "the variable"


def _misplaced(statement: Statement, scope: Scope) -> tuple[str, str]:
    if scope.in_kind:
        return "a command of a kind has no labels, while, break, either or try", ""
    match statement:
        case Labelled(label):
            hint = "`with atomic:` joins labelled steps into one"
            return f"the label {label.text} stands inside a step", hint
        case While():
            hint = "`await x` waits until x is true; a loop has its labels inside"
            return "a step cannot loop with while", hint
        case Break() | Continue():
            return "a step cannot leave a loop", "end the step before it"
        case Either():
            hint = "x = choose(...) chooses a value"
            return "a step cannot choose between statements", hint
        case Both() | Background():
            return "a step does one thing after the other", "label the steps inside it instead"
        case Try():
            return "try stands around steps, not in one", "label the steps inside it instead"
    return "this cannot stand inside a step", ""

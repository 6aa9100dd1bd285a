"""`initially`: the statements that make the first states.

They are those of a step, and more: a choice may stand in branches and in loops whose items are
known, `either` chooses between statements, and the variables of processes are set from outside.
There are no commands, for nobody is there to call one, and no labels, for nothing happens.
"""

from __future__ import annotations

from ..records import replace
from ..source.diagnostics import Position
from ..syntax.nodes import (
    Atomic,
    Await,
    Background,
    Both,
    Break,
    Continue,
    Either,
    For,
    InitiallyDoc,
    Labelled,
    Notify,
    Refuse,
    Return,
    Statement,
    Try,
    Watching,
    While,
)
from ..tree import statements as stmts
from ..tree.expressions import Domain, Expr, Function, ListLiteral, Literal
from ..tree.spec import Initially
from ..tree.statements import StepStatement
from .context import Names, Scope
from .statements import Body
from .survey import all_statements

__all__ = ["check_initially"]

_COMMANDS = "in initially nobody is there to call it"
_PLACES = "the processes begin when the first states are made"
_KNOWN = "a loop with a choice goes through a type, a range of constants or a list of constants"


def check_initially(doc: InitiallyDoc, names: Names) -> Initially:
    """Check the text that makes the first states."""
    scope = Scope(names, commands=_COMMANDS, contents=True, places=_PLACES, first=True)
    return Initially(_Beginning(scope, doc.body).check(), doc.at)


class _Beginning(Body):
    def __init__(self, scope: Scope, statements: tuple[Statement, ...]) -> None:
        super().__init__(scope, statements)
        # `for w in worker: w.n = 1` sets a variable of an instance, and no temporary.
        for each in all_statements(statements):
            if isinstance(each, For):
                self.sets.pop(each.target.text, None)

    def block(
        self, statements: tuple[Statement, ...], scope: Scope, *, top: bool
    ) -> tuple[StepStatement, ...]:
        return super().block(statements, scope, top=not scope.repeated)

    def statement(
        self, statement: Statement, scope: Scope, *, top: bool, last: bool
    ) -> tuple[StepStatement, ...]:
        match statement:
            case Labelled(label, at=at):
                return self.refuse(at, f"the label {label.text} stands in initially",
                                   "the first states are made without a step")  # fmt: skip
            case Atomic(at=at):
                return self.refuse(at, "there are no steps in initially", "leave `with` out")
            case While(at=at):
                return self.refuse(at, "initially cannot loop with while",
                                   "for x in ... goes through what is known")  # fmt: skip
            case Break(at) | Continue(at):
                return self.refuse(at, "a loop in initially goes to its end")
            case Return(at=at):
                return self.refuse(at, "return stands in the commands of a kind only")
            case Watching(word, at):
                return self.refuse(at, f"`{word}` stands in the commands of a kind only")
            case Notify(at=at):
                return self.refuse(at, "notify stands in the commands of a kind only")
            case Refuse(at=at):
                return self.refuse(at, "refuse stands in the commands of a kind only")
            case Await(at=at) if scope.repeated:
                return self.refuse(at, "a loop over what is not known before cannot wait",
                                   "await all(... for x in ...)")  # fmt: skip
            case Both(at=at) | Background(at=at):
                return self.refuse(at, "in initially one thing is done after the other")
            case Try(at=at):
                return self.refuse(at, "there is nothing to catch in initially",
                                   "no command is called")  # fmt: skip
            case Either(at=at) if scope.repeated:
                return self.refuse(at, "nothing can be chosen here", _KNOWN)
            case Either():
                return (self.either(statement, scope),)
        return super().statement(statement, scope, top=top, last=last)

    def refuse(self, at: Position, message: str, hint: str = "") -> tuple[StepStatement, ...]:
        self.found.report(at, message, hint)
        return ()

    def either(self, statement: Either, scope: Scope) -> StepStatement:
        before = self.assigned
        branches, after = [], []
        for body in statement.branches:
            self.assigned = before
            branches.append(self.block(body, scope, top=True))
            after.append(self.assigned)
        self.assigned = frozenset.intersection(*after)
        return stmts.Branch(tuple(branches), statement.at)

    def inside(self, source: Expr, scope: Scope) -> Scope:
        if _is_known(source):
            return scope
        return replace(super().inside(source, scope), choices=_KNOWN)


def _is_known(source: Expr) -> bool:
    """Whether the items of a loop are known before anything runs."""
    match source:
        case Domain():
            return True
        case Function("range", parts) | ListLiteral(parts):
            return all(isinstance(part, Literal) for part in parts)
    return False

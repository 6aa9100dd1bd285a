"""What the commands of kinds do: their parts, each checked as a step is, and what all must be.

In: a command as its kind says it, and the scope that its resource gives. Out: the checked parts,
what it answers, whether it may wait, and the errors with which it may be refused.
"""

from __future__ import annotations

from ..records import dataclass
from ..syntax.nodes import CommandDoc
from ..tree import expressions as exprs
from ..tree import statements as stmts
from ..tree.statements import StepStatement
from ..tree.walk import root_of, statements_in
from ..types import UNIT, Type
from .context import Scope
from .relations import join
from .statements import Body

__all__ = ["CommandBody", "check_command_body", "refuse_refusals"]


@dataclass(frozen=True, slots=True)
class CommandBody:
    """The checked parts of a kind's command."""

    issue: tuple[StepStatement, ...]
    run: tuple[StepStatement, ...]
    result: Type
    blocking: bool
    afterwards: tuple[StepStatement, ...]
    gives_up: tuple[StepStatement, ...]
    refusals: tuple[str, ...]
    """The errors with which it may be refused."""


def check_command_body(doc: CommandDoc, scope: Scope, after: Scope) -> CommandBody:
    """Check what a command does when it is sent and when it is answered; in scope `after`, what
    follows when the step is done."""
    issue = Body(scope, doc.issue).check()
    run = Body(scope, doc.run, chooses=True).check()
    gives_up = Body(scope, doc.gives_up).check()
    result = _result(run)
    if gives_up:
        both = join(result, _result(gives_up))
        if both is None:
            at = gives_up[-1].at
            scope.names.found.report(at, f"{doc.name.text} answers another type when it gives up")
        result = both or result
    refusals = _refusals((*issue, *run), scope)
    blocking = _waits(issue) or _waits(run)
    afterwards = Body(after, doc.afterwards).check()
    _refuse_afterwards(afterwards, after)
    return CommandBody(issue, run, result, blocking, afterwards, gives_up, refusals)


def _refusals(body: tuple[StepStatement, ...], scope: Scope) -> tuple[str, ...]:
    """The errors with which a command may be refused, each once. One that is refused does nothing:
    it changes nothing before."""
    changed, found = False, dict[str, None]()
    for statement in statements_in(body):
        if isinstance(statement, stmts.Refuse):
            found[statement.error] = None
            if changed:
                message = "what is refused has changed something before"
                hint = "a command that is refused does nothing: refuse first"
                scope.names.found.report(statement.at, message, hint)
        if isinstance(statement, stmts.Assign):
            changed |= isinstance(root_of(statement.target), exprs.KindVar)
    return tuple(found)


def refuse_refusals(body: tuple[StepStatement, ...], scope: Scope, what: str) -> None:
    """Nobody would be told of what is refused there."""
    for statement in statements_in(body):
        if isinstance(statement, stmts.Refuse):
            scope.names.found.report(statement.at, f"{what} cannot be refused",
                                     "nobody calls that")  # fmt: skip


def _result(run: tuple[StepStatement, ...]) -> Type:
    last = run[-1] if run else None
    return last.value.type if isinstance(last, stmts.Return) else UNIT


def _refuse_afterwards(body: tuple[StepStatement, ...], scope: Scope) -> None:
    """What follows a step can neither hold it back nor answer anybody."""
    refuse_refusals(body, scope, "what is done afterwards")
    for statement in body:
        if isinstance(statement, stmts.Return):
            scope.names.found.report(statement.at, "nobody is answered afterwards",
                                     "return stands at the end of run")  # fmt: skip
    if _waits(body):
        scope.names.found.report(body[0].at, "the step is done afterwards: nothing can wait",
                                 "await stands in run")  # fmt: skip


def _waits(body: tuple[StepStatement, ...]) -> bool:
    """Whether an `await` stands in a body."""
    return any(isinstance(each, stmts.Await) for each in statements_in(body))

"""Commands that are sent in one step and answered in another.

`XREAD BLOCK` with `$` fixes what it waits for when it is sent. A step that calls such a
command has two halves, and others may act between them; so the call comes first in the step,
and its arguments are what no one else can change meanwhile.
"""

from __future__ import annotations

from ..tree.expressions import CommandCall, Expr, Outside, Temporary
from ..tree.statements import Assign, Await, Evaluate, StepStatement
from ..tree.walk import calls_of, inner_expressions
from .context import Names

__all__ = ["issue_of", "refuse_issue"]


def _is_sent(call: CommandCall, names: Names) -> bool:
    return bool(names.resources[call.resource].doc_of(call.command).issue)


def issue_of(body: tuple[StepStatement, ...], names: Names) -> CommandCall | None:
    """The call of a step whose command is sent first and answered later; reports one that
    stands where it cannot be sent first."""
    sent = [call for call in calls_of(body) if _is_sent(call, names)]
    if not sent:
        return None
    call, *more = sent
    for other in more:
        names.found.report(other.at, f"this step waits for {call.command} already",
                           "one step waits for one answer: make two of it")  # fmt: skip
    first = _calls_of_statement(body[0])
    if not first or first[0] is not call:
        names.found.report(
            call.at, f"{call.command} is sent before all else: it comes first in its step",
            "put what is before it into another step",
        )  # fmt: skip
    for argument in call.arguments if call.instance is None else (call.instance, *call.arguments):
        for part in inner_expressions(argument):
            if isinstance(part, Outside | CommandCall | Temporary):
                names.found.report(
                    part.at, f"what {call.command} is sent with must not change before its answer",
                    "keep it in a variable of the process",
                )  # fmt: skip
                break
    return call


def _calls_of_statement(statement: StepStatement) -> list[CommandCall]:
    match statement:
        case Assign() | Evaluate() | Await():
            return calls_of((statement,))
    return []


def refuse_issue(condition: Expr, names: Names) -> None:
    """A test is one step and cannot wait for an answer."""
    for part in inner_expressions(condition):
        if isinstance(part, CommandCall) and _is_sent(part, names):
            names.found.report(part.at, f"{part.command} waits for its answer: a condition cannot",
                               "x = ... in a step, then test x")  # fmt: skip

"""What waits: commands that are sent in one step and answered in another, and timeouts.

`XREAD BLOCK` with `$` fixes what it waits for when it is sent. A step that calls such a
command has two halves, and others may act between them; so the call comes first in the step,
and its arguments are what no one else can change meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..syntax.call_form import base_name
from ..syntax.nodes import Either
from ..tree.expressions import Broken, CommandCall, Expr, Outside, Temporary
from ..tree.statements import (
    Assign,
    Await,
    Control,
    Evaluate,
    ForEach,
    If,
    Step,
    StepStatement,
)
from ..tree.walk import calls_of, controls_in, inner_expressions, statements_in
from .context import Names
from .entries import ProcessEntry

__all__ = [
    "check_timeout", "issue_of", "may_give_up", "refuse_behind_sent", "refuse_issue",
    "refuse_limit",
]  # fmt: skip

_Sent = dict[tuple[str, str], str]
"""By server and connection: the command that a step has sent there."""


def _is_sent(call: CommandCall, names: Names, process: ProcessEntry) -> bool:
    return names.resources[call.resource].is_sent_first(call.command, process)


def issue_of(
    body: tuple[StepStatement, ...], names: Names, process: ProcessEntry
) -> CommandCall | None:
    """The call of a step whose command is sent first and answered later; reports one that
    stands where it cannot be sent first."""
    sent = [call for call in calls_of(body) if _is_sent(call, names, process)]
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


def may_give_up(body: Sequence[StepStatement], names: Names) -> bool:
    """Whether a step waits for a limited time; reports what does where it cannot."""
    limited = [call for call in calls_of(body) if _has_limit(call, names)]
    if not limited:
        return False
    call, *more = limited
    for other in more:
        names.found.report(other.at, f"this step waits for a limited time already, in "
                           f"{base_name(call.command)}", "make two steps of it")  # fmt: skip
    first = _calls_of_statement(body[0])
    if not first or first[0] is not call:
        names.found.report(
            call.at,
            f"{base_name(call.command)} waits for a limited time: it comes first in its step",
            "put what is before it into another step",
        )
    return True


def refuse_limit(condition: Expr, names: Names) -> None:
    """A test cannot come out in two ways."""
    for part in inner_expressions(condition):
        if isinstance(part, CommandCall) and _has_limit(part, names):
            message = f"{base_name(part.command)} waits for a limited time: a condition cannot"
            names.found.report(part.at, message, "x = ... in a step, then test x")


def _has_limit(call: CommandCall, names: Names) -> bool:
    return bool(names.resources[call.resource].doc_of(call.command).gives_up)


def refuse_behind_sent(body: Sequence[StepStatement], names: Names) -> None:
    """What a step waits for comes behind what is under way on the same connection: it would wait
    for ever for what the step itself only sends before."""
    _behind_sent(body, {}, names)


def _behind_sent(body: Sequence[StepStatement], sent: _Sent, names: Names) -> _Sent:
    """What is `sent` behind a body, by connection, with what was before."""
    for statement in body:
        for call in _calls_before_branches(statement):
            entry = names.resources[call.resource]
            line = (entry.server, entry.doc_of(call.command).connection)
            if not call.wait:
                sent = {**sent, line: call.command}
            elif line in sent and not entry.is_local(call.command):
                names.found.report(
                    call.at,
                    f"{call.command} would come behind the {sent[line]} that this step only sends",
                    f"put it into a step of its own, or wait for {sent[line]}",
                )
        match statement:
            case If(branches, orelse):
                behind = [
                    _behind_sent(inner, sent, names)
                    for inner in (*(body for _, body in branches), orelse)
                ]
                sent = {line: what for each in behind for line, what in each.items()}
            case ForEach(body=inner):
                # Another round comes behind what the first one sends.
                again = _behind_sent(inner, sent, names)
                if again != sent:
                    sent = _behind_sent(inner, again, names)
    return sent


def check_timeout(branches: Sequence[tuple[Control, ...]], statement: Either, names: Names) -> None:
    """A choice whose last branch is a timeout: it begins with a step, and another branch with one
    that can wait."""
    *others, late = branches
    for branch in others:
        for control in controls_in(branch[:1]):
            if isinstance(control, Step) and control.at_once:
                refuse_giving_up(control, names)
    if late and not isinstance(late[0], Step | Broken):
        at = late[0].at
        names.found.report(at, "a timeout begins with a step", "label: pass, and then the rest")
    waiting = any(
        _can_wait(control, names) for branch in others for control in controls_in(branch[:1])
    )
    if others and not waiting:
        names.found.report(
            statement.at, "nothing waits here that could wait too long",
            "`or timeout:` follows a branch that begins with a step that waits, "
            "such as x = inbox.get()",
        )  # fmt: skip


def _can_wait(control: Control, names: Names) -> bool:
    if isinstance(control, Broken):
        return True
    return isinstance(control, Step) and (
        any(isinstance(each, Await) for each in statements_in(control.body))
        or any(names.resources[c.resource].waits(c.command) for c in calls_of(control.body))
    )


def _calls_of_statement(statement: StepStatement) -> list[CommandCall]:
    match statement:
        case Assign() | Evaluate() | Await():
            return calls_of((statement,))
    return []


def refuse_giving_up(step: Step, names: Names) -> None:
    """What holds up a connection goes on to do so when nobody waits for it any more."""
    assert step.issue is not None
    names.found.report(
        step.issue.at,
        f"{step.issue.resource}.{step.issue.command} holds up the connection, over which others "
        "send: who has waited too long cannot take it back",
        "give who waits a connection of its own, as client libraries do",
    )


def _calls_before_branches(statement: StepStatement) -> list[CommandCall]:
    if isinstance(statement, If):
        tests = [part for test, _ in statement.branches for part in inner_expressions(test)]
        return [each for each in tests if isinstance(each, CommandCall)]
    return _calls_of_statement(statement)


def refuse_issue(condition: Expr, names: Names, process: ProcessEntry) -> None:
    """A test is one step and cannot wait for an answer."""
    for part in inner_expressions(condition):
        if isinstance(part, CommandCall) and _is_sent(part, names, process):
            names.found.report(part.at, f"{part.command} waits for its answer: a condition cannot",
                               "x = ... in a step, then test x")  # fmt: skip

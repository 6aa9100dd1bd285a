"""Waiting for what a command answers: no server takes back what it has done.

A step with an `await` that is false does not happen, so a command in it would have to be done and
undone. Who looks (`await log.llen() == 3`), or changes something only where the answer is the
wanted one (`await lock.setnx(me)`), asks again until it is; but BLPOP takes an item and INCR adds
one whatever they answer.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..syntax.call_form import base_name
from ..syntax.nodes import Assign, Await, CommandDoc, KindDoc, Watching
from ..tree import statements as stmts
from ..tree.expressions import CommandCall, Expr, OwnVar, Temporary
from ..tree.walk import inner_expressions, root_of, statements_in
from .context import Names
from .survey import all_statements
from .targets import root_name

__all__ = ["refuse_taking_back"]


def refuse_taking_back(body: Iterable[stmts.StepStatement], names: Names) -> None:
    """Report conditions that wait for another answer of a command that has done its work by then;
    in the call itself, or of what the same step has put its answer into."""
    answers: dict[str, CommandCall] = {}
    for statement in statements_in(tuple(body)):
        match statement:
            case stmts.Await(condition):
                for part in inner_expressions(condition):
                    call = _answered(part, answers, names)
                    if call is not None:
                        _report(call, condition, names)
                        break
            case stmts.Assign(target, value):
                root = root_of(target)
                call = next(filter(None, (_done(e, names) for e in inner_expressions(value))), None)
                if call is not None and isinstance(root, OwnVar | Temporary):
                    answers[root.name] = call


def _answered(part: Expr, answers: dict[str, CommandCall], names: Names) -> CommandCall | None:
    if isinstance(part, OwnVar | Temporary):
        return answers.get(part.name)
    return _done(part, names)


def _done(part: Expr, names: Names) -> CommandCall | None:
    """A call of a command of a server that does something whatever it answers."""
    if not isinstance(part, CommandCall):
        return None
    entry = names.resources[part.resource]
    doc = entry.doc_of(part.command)
    return part if entry.kind.joins and _always_does(doc, entry.kind) else None


def _always_does(command: CommandDoc, kind: KindDoc) -> bool:
    if command.local:
        return False
    if any(isinstance(each, Watching) and each.word == "touch" for each in command.run):
        return True
    held = (*kind.state, *kind.erased, *(each for _, each in kind.asked))
    state = {each.name.text for each in held} | {each.text for each in command.others}
    sets = (s.target for s in all_statements(command.run) if isinstance(s, Assign))
    waits = any(isinstance(each, Await) for each in command.run)
    return waits and (bool(command.more) or any(root_name(each.node) in state for each in sets))


def _report(call: CommandCall, condition: Expr, names: Names) -> None:
    shown = f"{call.resource}.{base_name(call.command)}"
    at = call.at if call in inner_expressions(condition) else condition.at
    names.found.report(
        at, f"{shown} has done its work before its answer is known: no await takes that back",
        f"make it x = {shown}(...), and test x in the next step: if x == ...:",
    )  # fmt: skip

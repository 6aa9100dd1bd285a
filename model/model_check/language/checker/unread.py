"""Variables that nobody reads: what is kept there makes no difference to anything.

Reading a variable to compute its own next value makes none either: a counter that only counts is
told too, but not that nobody reads it. Names that begin with `_` are meant to be so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ...codes import Code
from ..source.diagnostics import Diagnostics
from ..tree.expressions import Expr, Index, OtherVar, OwnVar, SharedVar
from ..tree.spec import Process, Spec, Variable
from ..tree.statements import (
    Assign,
    Await,
    Branch,
    Evaluate,
    For,
    ForEach,
    If,
    Return,
    Step,
    StepStatement,
    Switch,
    While,
)
from ..tree.walk import controls_in, inner_expressions, root_of, statements_in

__all__ = ["warn_of_unread"]

NAMED = 4
"""Variables that one warning names."""
_Variable = tuple[str, str]
"""The process of a variable ("": it is shared), and its name."""


def warn_of_unread(spec: Spec, found: Diagnostics) -> None:
    """Warn of the variables that no step, no property and no definition reads, or only to change
    them; at the first of each process."""
    read = set(_asked(spec))
    changed = set(_changed_by_themselves(spec))
    for process in spec.processes:
        read |= set(_read_by(process))
    for owner, variables in (("", spec.vars), *((p.name, p.vars) for p in spec.processes)):
        unread = [
            each
            for each in variables
            if (owner, each.name) not in read and not each.name.startswith("_")
        ]
        _warn(owner, [each for each in unread if (owner, each.name) not in changed], "", found)
        others = [each for each in unread if (owner, each.name) in changed]
        them = "it" if len(others) == 1 else "them"
        _warn(owner, others, f" but to change {them}", found)


def _warn(owner: str, unread: Sequence[Variable], but: str, found: Diagnostics) -> None:
    if unread:
        names = [f"{owner}.{each.name}" if owner else each.name for each in unread]
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        hint = f"leave it out, name it in watch, or call it _{unread[0].name}"
        found.warn(
            Code.UNREAD_VARIABLE,
            unread[0].at,
            f"nobody reads {', '.join(names[:NAMED])}{more}{but}",
            hint,
        )


def _changed_by_themselves(spec: Spec) -> Iterator[_Variable]:
    """The variables whose next value is computed from their own."""
    steps = [
        (process.name, control.body)
        for process in spec.processes
        for control in controls_in(process.run)
        if isinstance(control, Step)
    ]
    begin = [] if spec.initially is None else [("", spec.initially.body)]
    for process, body in (*steps, *begin):
        for statement in statements_in(body):
            if isinstance(statement, Assign):
                own = _variable(root_of(statement.target), process)
                if own is not None and own in _in(statement.value, process):
                    yield own


def _asked(spec: Spec) -> Iterator[_Variable]:
    """What is read by what is asked of states."""
    for define in (*spec.defines, *spec.watch, *spec.views):
        yield from _in(define.value, "")
    if spec.within is not None:
        yield from _in(spec.within.value, "")
    if spec.initially is not None:
        yield from _of_step(spec.initially.body, "")
    for each in spec.properties:
        asked = [each.formula, each.of_steps, *each.prefer, *(atom.value for atom in each.atoms)]
        for expression in asked:
            if expression is not None:
                yield from _in(expression, "")


def _read_by(process: Process) -> Iterator[_Variable]:
    """What the program of a process reads."""
    for control in controls_in(process.run):
        match control:
            case Step(body=body):
                yield from _of_step(body, process.name)
            case For(source=source):
                yield from _in(source, process.name)
            case While(condition=condition) if condition is not None:
                yield from _in(condition, process.name)
            case Switch(branches):
                for test, _ in branches:
                    yield from _in(test, process.name)


def _of_step(statements: Iterable[StepStatement], process: str) -> Iterator[_Variable]:
    for statement in statements:
        match statement:
            case Assign(target, value):
                own = _variable(root_of(target), process)
                yield from (each for each in _in(value, process) if each != own)
                while target != (base := getattr(target, "base", target)):
                    if isinstance(target, Index):
                        yield from _in(target.index, process)
                    target = base
            case Evaluate(value) | Return(value) | Await(value):
                yield from _in(value, process)
            case If(branches, orelse):
                for test, body in branches:
                    yield from _in(test, process)
                    yield from _of_step(body, process)
                yield from _of_step(orelse, process)
            case Branch(branches):
                for body in branches:
                    yield from _of_step(body, process)
            case ForEach(_, source, body):
                yield from _in(source, process)
                yield from _of_step(body, process)


def _in(expression: Expr, process: str) -> Iterator[_Variable]:
    """The variables that an expression of a process reads."""
    for each in inner_expressions(expression):
        variable = _variable(each, process)
        if variable is not None:
            yield variable


def _variable(expression: Expr, process: str) -> _Variable | None:
    match expression:
        case SharedVar(name):
            return "", name
        case OwnVar(name):
            return process, name
        case OtherVar(owner, _, name):
            return owner, name
    return None

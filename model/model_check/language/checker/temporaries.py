"""Temporaries: names that are given a value in a step (`x = ...`) and declared nowhere.

They are gone when the step is done. Which names are temporaries is seen from the text alone,
before anything is checked. A name that is only changed (`x += 1`, `x[0] = 1`) is none: nothing
gives it a value that could be changed.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Container

from ...codes import Code
from ..syntax.nodes import (
    Assign,
    Atomic,
    Either,
    Evaluate,
    For,
    If,
    Labelled,
    Statement,
    Try,
    While,
    blocks_of,
)
from ..syntax.written import Expression
from .context import Scope
from .survey import all_statements, expressions_of
from .targets import mutation, root_name

__all__ = ["report_never_read", "times_set"]


def _given_a_value(statements: tuple[Statement, ...]) -> frozenset[str]:
    """The names that a step gives a value, whatever they had before."""
    found = set()
    for statement in all_statements(statements):
        match statement:
            case Assign(Expression(node=ast.Name(id=name)), operator=None):
                found.add(name)
    return frozenset(found)


def times_set(
    statements: tuple[Statement, ...], scope: Scope
) -> tuple[Counter[str], frozenset[str]]:
    """How often each temporary of a step is set; twice for one that is set in a loop. And the names
    that are only changed, and mean nothing."""
    times: Counter[str] = Counter()

    def count(block: tuple[Statement, ...], rounds: int) -> None:
        for statement in block:
            match statement:
                case Assign(target, _):
                    times[root_name(target.node)] += rounds
                case Evaluate(value) if (change := mutation(value)) is not None:
                    times[root_name(change[0])] += rounds
                case For(body=body) | While(body=body):
                    count(body, 2)
                case Labelled() | Atomic() | If() | Either() | Try():
                    for body in blocks_of(statement):
                        count(body, rounds)

    count(statements, 1)
    names = scope.names
    known = {*scope.own, *names.shared, *scope.locals, *names.declared, *names.enums, ""}
    new, given = times.keys() - known, _given_a_value(statements)
    return Counter({name: times[name] for name in new & given}), frozenset(new - given)


def report_never_read(
    statements: tuple[Statement, ...], temporaries: Container[str], scope: Scope
) -> None:
    """Tell of each temporary that nothing reads: one with a name like that of a variable is a
    slip, any other is for nothing. Names that begin with `_` are meant to be so, and what a
    command answers may be named without being used."""
    everything = list(all_statements(statements))
    read = {
        node.id
        for statement in everything
        for expression in expressions_of(statement)
        for node in ast.walk(expression.node)
        if isinstance(node, ast.Name)
        and not (isinstance(statement, Assign) and node is statement.target.node)
    }
    for statement in everything:
        if isinstance(statement, Assign) and isinstance(statement.target.node, ast.Name):
            name = statement.target.node.id
            if name in temporaries and name not in read and not name.startswith("_"):
                _report_never_read(name, statement, scope)


def _report_never_read(name: str, statement: Assign, scope: Scope) -> None:
    at = statement.target.at
    known = [*scope.own, *scope.names.shared]
    found, message = scope.names.found, f"{name} is set here and never read"
    import difflib

    if close := difflib.get_close_matches(name, known, n=1, cutoff=0.75):
        found.report(at, message, f"did you mean {close[0]}?")
    elif not (isinstance(statement.value.node, ast.Call) and _is_command(statement.value.node)):
        hint = f"it is no variable, and gone when the step is done: declare {name}, or leave it out"
        found.warn(Code.UNREAD_NAME, at, message, hint)


def _is_command(call: ast.Call) -> bool:
    """Whether something is called as commands are: `inbox.get()`."""
    return isinstance(call.func, ast.Attribute)

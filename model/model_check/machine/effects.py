"""What a body reads and writes."""

from __future__ import annotations

from collections.abc import Iterable

from .core import Expr, Let, Local, Note, Statement
from .names import fields_of
from .rewrite import children, expressions_of, statements_in

__all__ = ["assigned", "locals_in", "locals_of", "written_fields"]


def locals_of(expression: Expr, into: set[str]) -> None:
    """Add the names of all locals that an expression reads."""
    if isinstance(expression, Local):
        into.add(expression.name)
    for part in children(expression):
        locals_of(part, into)


def locals_in(body: Iterable[Statement], *, notes: bool = True) -> set[str]:
    """The names of all locals that a body reads; `notes` counts those only traces read."""
    names: set[str] = set()
    for statement in statements_in(body):
        if notes or not isinstance(statement, Note):
            for expression in expressions_of(statement):
                locals_of(expression, names)
    return names


def written_fields(body: Iterable[Statement]) -> list[int]:
    """Indices of the fields that a body gives values to, ascending."""
    return sorted(fields_of(assigned(body)))


def assigned(body: Iterable[Statement]) -> set[str]:
    """The names of all locals that a body gives a value to (loop variables not counted)."""
    return {s.name for s in statements_in(body) if isinstance(s, Let)}

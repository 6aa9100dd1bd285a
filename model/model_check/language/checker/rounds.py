"""How often loops inside an expression repeat what is in them: counted before anything runs.

A loop over the values of a type, or over the instances of a process, is written out; one over
a range is gone through. What a define says counts wherever the define is named.
"""

from __future__ import annotations

import ast

from ..tree.expressions import Comprehension, Domain, Expr, Function
from ..tree.walk import children_of
from ..types import IntType, ProcessType, finite_size
from .context import Context, Names
from .relations import MAX_VALUES

__all__ = ["MAX_ROUNDS", "domain_size", "refuse_rounds", "source_rounds"]

MAX_ROUNDS = 1 << 20
"""Rounds of the loops inside one expression or step, as far as their ranges tell."""


def domain_size(source: Expr, names: Names) -> int | None:
    """How many items a source has if that is known: the values of a type, the instances of
    a process; None for a list."""
    if not isinstance(source, Domain):
        return None
    if isinstance(source.of, ProcessType):
        return names.processes[source.of.process].count
    return finite_size(source.of)


def source_rounds(source: Expr) -> int:
    """How many rounds a loop over a range has at most, where that is known; else 1."""
    match source:
        case Function("range", (start, stop)):
            match start.type, stop.type:
                case IntType(int(low)), IntType(_, int(high)):
                    return max(1, high - low)
    return 1


def _repeated(expression: Expr, names: Names) -> tuple[int, int]:
    """How often the most repeated part of an expression is written out, and gone through."""
    inner = [(1, 1), *(_repeated(child, names) for child in children_of(expression))]
    unrolled, rounds = (max(times) for times in zip(*inner, strict=True))
    match expression:
        case Comprehension(source=source) | Function(_, (source,)):
            return unrolled * max(1, domain_size(source, names) or 1), rounds * source_rounds(
                source
            )
    return unrolled, rounds


def refuse_rounds(context: Context, node: ast.expr, name: str, value: Expr) -> bool:
    """Whether a define, which has this name and value, is used in loops which repeat its own too
    often; then that is reported."""
    scope = context.scope
    unrolled, rounds = _repeated(value, scope.names)
    for times, most in (
        (scope.unrolled * unrolled, MAX_VALUES),
        (scope.rounds * rounds, MAX_ROUNDS),
    ):
        if times > most:
            message = f"with {name} put in, these loops have {times:,} rounds"
            context.wrong(node, f"{message}, {most:,} is the limit")
            return True
    return False

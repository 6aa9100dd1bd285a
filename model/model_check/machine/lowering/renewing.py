"""From what a command does with the time to live of a key to where that is given anew.

In a kind, each assignment to what it `leases` gives it anew, also one of the same value: EXPIRE
with the seconds that the key had begins them from the start. What is given itself (`lease if
keepttl else None`) is kept, and goes on as it was.
"""

from __future__ import annotations

from ...language.tree import expressions as exprs
from ...language.tree import statements as stmts
from ..ir import Expr, Renewal
from ..ir_builder import ONE, ZERO, negate, select
from .lvalues import lvalue_of
from .scope import LoweringScope
from .storage import fields_of_place

__all__ = ["renew"]


def renew(scope: LoweringScope, assigned: stmts.Assign) -> None:
    """Write that a time to live is given anew, where an assignment that is to follow does so."""
    body = scope.body
    if body.attempt is not None:
        return  # nothing of it is done
    match assigned.target:
        case exprs.KindVar(name, of=""):
            of = scope.resource
        case exprs.Field(exprs.KindVar(of=str(other)), name) if other:
            of, _ = scope.others[other]
        case _:
            return
    if not of or name not in scope.world.spec.resource(of).leases:
        return
    place = lvalue_of(scope, assigned.target)
    assert place is not None  # a variable of a kind
    with body.block() as renewed:
        body.emit(Renewal(fields_of_place(place)[0]))
    body.when(body.name(negate(_kept(scope, assigned.value, assigned.target))), renewed, [])


def _kept(scope: LoweringScope, value: exprs.Expr, target: exprs.Expr) -> Expr:
    """Whether a value is what its target holds, by the text of it."""
    if value == target:
        return ONE
    if isinstance(value, exprs.Conditional):
        test = scope.body.name(scope.scalar(value.test))
        then, orelse = (_kept(scope, each, target) for each in (value.then, value.orelse))
        return select(test, then, orelse)
    return ZERO

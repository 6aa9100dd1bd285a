"""Variables and their initial values: shared ones, those of processes, the state of kinds."""

from __future__ import annotations

import ast

from ..records import replace
from ..syntax.nodes import Expression, VarDoc
from ..tree.expressions import DictLiteral, Expr
from ..tree.spec import Variable
from ..types import DictType, NothingType, Type
from .adapting import adapt
from .context import Context, Scope
from .displays import literals_of
from .expressions import context_of

__all__ = ["initial_value", "variable"]


def variable(doc: VarDoc, kind: Type, scope: Scope) -> Variable:
    """A declared variable; its initial value is checked in `scope`."""
    initial = None
    if doc.initial is not None:
        initial = initial_value(doc.initial, kind, scope, doc.name.text)
    return Variable(doc.name.text, kind, initial, doc.name.at)


def initial_value(expression: Expression, kind: Type, scope: Scope, what: str) -> Expr:
    """A value that a variable starts with; for a dict also one value for all keys."""
    context = context_of(expression, scope)
    return _value(context, expression.node, kind, what)


def _value(context: Context, node: ast.expr, kind: Type, what: str) -> Expr:
    if isinstance(kind, DictType) and not isinstance(node, ast.Dict | ast.DictComp):
        value = context.check(node, kind)
        if isinstance(value.type, DictType | NothingType):
            return adapt(value, kind, node, context, what)
        each = replace(context, scope=replace(context.scope, choices=_WHY))
        value = _value(each, node, kind.value, f"each value of {what}")
        size = len(literals_of(kind.key, context, node))
        return DictLiteral((value,) * size, kind, context.at(node))
    return adapt(context.check(node, kind), kind, node, context, what)


_WHY = "each key would get the same: choose in a step"

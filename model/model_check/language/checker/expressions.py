"""Expressions: from Python's syntax nodes to typed ones.

This module only says who checks which node; `lookup`, `operators`, `displays`, `functions`,
`comprehensions` and `calls` do it. All of them work on a `Context`.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from ..syntax.nodes import Expression
from ..tree.expressions import Expr
from ..types import Type
from .adapting import adapt, boolean
from .calls import check_call
from .comprehensions import check_dict_comprehension, check_list_or_set
from .context import Context, Handler, Scope
from .displays import check_constant, check_dict, check_items, check_subscript
from .lookup import check_attribute, check_name
from .operators import (
    check_binary,
    check_comparison,
    check_conditional,
    check_logic,
    check_unary,
)

__all__ = ["check", "check_as", "check_condition", "context_of"]

_HANDLERS: Mapping[type[ast.expr], Handler] = {
    ast.Constant: check_constant,
    ast.Name: check_name,
    ast.Attribute: check_attribute,
    ast.Subscript: check_subscript,
    ast.List: check_items,
    ast.Set: check_items,
    ast.Dict: check_dict,
    ast.ListComp: check_list_or_set,
    ast.SetComp: check_list_or_set,
    ast.DictComp: check_dict_comprehension,
    ast.UnaryOp: check_unary,
    ast.BinOp: check_binary,
    ast.BoolOp: check_logic,
    ast.Compare: check_comparison,
    ast.IfExp: check_conditional,
    ast.Call: check_call,
}


def context_of(expression: Expression, scope: Scope) -> Context:
    """What the checking functions need to look at an expression in a scope."""
    return Context(scope, expression, _HANDLERS)


def check(expression: Expression, scope: Scope, expected: Type | None = None) -> Expr:
    """The typed form of an expression; mistakes go to the scope's diagnostics."""
    return context_of(expression, scope).check(expression.node, expected)


def check_as(expression: Expression, scope: Scope, target: Type, what: str) -> Expr:
    """An expression whose value goes into `what`, of type `target`."""
    context = context_of(expression, scope)
    value = context.check(expression.node, target)
    return adapt(value, target, expression.node, context, what)


def check_condition(expression: Expression, scope: Scope, what: str) -> Expr:
    """An expression that is true or false."""
    context = context_of(expression, scope)
    return boolean(context.check(expression.node), expression.node, context, what)

"""The content of a resource, seen from outside: `history.items`, `socket[0].closed`.

What a property, a definition or a preference may look at, and no process can: a program asks
a resource with commands, whose answers may be out of date in the next step.
"""

from __future__ import annotations

import ast

from ..source.diagnostics import did_you_mean
from ..tree.expressions import Content, Expr, Literal
from ..types import INT, IntType
from .adapting import adapt
from .context import Context, broken
from .entries import ResourceEntry

__all__ = ["check_content", "index_of", "resource_of"]


def resource_of(context: Context, node: ast.expr) -> ResourceEntry | None:
    """The resource that `history` or `socket[0]` stands for, if one."""
    root = node.value if isinstance(node, ast.Subscript) else node
    if not isinstance(root, ast.Name) or root.id in context.scope.locals:
        return None
    return context.scope.names.resources.get(root.id)


def check_content(context: Context, node: ast.Attribute, entry: ResourceEntry) -> Expr:
    """A name with a dot behind a resource or an instance of one."""
    name, kinds = node.attr, entry.content
    shown = entry.instance_name(0)
    if name not in kinds and entry.has(name):
        hint = "call it with ()" if not context.scope.commands else context.scope.commands
        return context.wrong(node, f"{entry.name}.{name} is a command", hint)
    if not context.scope.contents:
        return context.wrong(
            node, f"a program cannot look into {entry.name}",
            f"call one of its commands, {shown}.command()",
        )  # fmt: skip
    if name not in kinds:
        hint = did_you_mean(name, kinds)
        return context.wrong(node, f"{entry.kind_name} has no content {name}", hint)
    index = node.value.slice if isinstance(node.value, ast.Subscript) else None
    instance = index_of(context, node.value, entry, index, name)
    if (index is None) != (entry.count is None):
        return broken(context.at(node))
    types = kinds[name]
    number = instance.value if isinstance(instance, Literal) else 0
    if entry.count is not None and not isinstance(instance, Literal) and len(set(types)) > 1:
        return context.wrong(
            node, f"{name} has another type in each {entry.name}: its clients differ",
            f"say which, such as {shown}.{name}",
        )  # fmt: skip
    return Content(entry.name, instance, name, types[number], context.at(node))


def index_of(
    context: Context, node: ast.expr, entry: ResourceEntry, index: ast.expr | None, attribute: str
) -> Expr | None:
    """The checked index of the instance that `attribute` is asked of; None for the only one, and
    where it is reported that there should be one, or none."""
    name, count = entry.name, entry.count
    if index is None or count is None:
        if index is not None:
            context.wrong(index, f"there is only one {name}: write {name}.{attribute}")
        elif count is not None:
            context.wrong(node, f"there are {count} of {name}: say which, such as {name}[0]")
        return None
    what = f"the index of {name}"
    value = context.once("an index is computed apart from the call").check(index)
    number = adapt(value, INT, index, context, what)
    return adapt(number, IntType(0, count - 1), index, context, what)

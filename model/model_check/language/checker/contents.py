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

__all__ = ["check_content", "resource_of"]


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
    if not context.scope.defines:
        return context.wrong(
            node, f"a program cannot look into {entry.name}",
            f"call one of its commands, {shown}.command()",
        )  # fmt: skip
    if name not in kinds:
        hint = did_you_mean(name, kinds)
        return context.wrong(node, f"{entry.kind_name} has no content {name}", hint)
    instance = _instance(context, node.value, entry, name)
    if instance is None:
        return broken(context.at(node))
    types = kinds[name]
    number = instance.value if isinstance(instance, Literal) else 0
    if entry.count is not None and not isinstance(instance, Literal) and len(set(types)) > 1:
        return context.wrong(
            node, f"{name} has another type in each {entry.name}: its clients differ",
            f"say which, such as {shown}.{name}",
        )  # fmt: skip
    return Content(
        entry.name, None if entry.count is None else instance, name, types[number],
        context.at(node),
    )  # fmt: skip


def _instance(
    context: Context, node: ast.expr, entry: ResourceEntry, attribute: str
) -> Expr | None:
    """The index of the instance; 0 for the only one, None if it is wrong."""
    at = context.at(node)
    if not isinstance(node, ast.Subscript):
        if entry.count is None:
            return Literal(0, INT, at)
        context.wrong(node, f"there are {entry.count} of {entry.name}: say which, such as "
                      f"{entry.name}[0]")  # fmt: skip
        return None
    if entry.count is None:
        name = f"{entry.name}.{attribute}"
        context.wrong(node.slice, f"there is only one {entry.name}: write {name}")
        return None
    what = f"the index of {entry.name}"
    index = adapt(context.check(node.slice), INT, node.slice, context, what)
    return adapt(index, IntType(0, entry.count - 1), node.slice, context, what)

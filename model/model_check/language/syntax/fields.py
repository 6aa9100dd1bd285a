"""The values of a mapping's keys, each of the form that is expected there.

Every function reports what is wrong and answers with nothing, so that a reader of a spec can
go on and find the next mistake.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..source.diagnostics import Diagnostics, did_you_mean
from ..source.reader import MappingNode, Node, ScalarNode, SequenceNode
from ..source.text import Text
from .expressions import parse_expression, split_items
from .names import identifier, shorten
from .nodes import Expression, Name, VarDoc
from .type_text import parse_typed

__all__ = ["Fields", "expression", "expressions", "labels", "named", "names", "variables"]

_WHAT = {MappingNode: "a mapping", SequenceNode: "a list", ScalarNode: "text"}


class Fields:
    """A mapping with known keys, read key by key."""

    def __init__(self, node: Node, what: str, keys: tuple[str, ...], errors: Diagnostics) -> None:
        """Report what is no mapping and, if `keys` are given, every other key."""
        self.errors = errors
        self.what = what
        self.node = mapping(node, what, errors)
        for key, _ in self.node.entries if keys else ():
            if key.text not in keys:
                message = f"unknown key in {what}: {shorten(key.text)}"
                errors.report(key.at, message, did_you_mean(key.text, keys))

    def text(self, key: str) -> str:
        """Free text, "" where there is none."""
        value = self.node.get(key)
        if value is None:
            return ""
        if not isinstance(value, ScalarNode):
            self.errors.report(value.at, f"{key} must be text, this is {_WHAT[type(value)]}")
            return ""
        return value.text.strip()

    def truth(self, key: str) -> bool:
        """Whether something is said to be so; it is not where nothing is said."""
        text = self.text(key)
        if text not in ("", "true", "false"):
            self.refuse(key, f"{key} is true or false, not {shorten(text)}")
        return text == "true"

    def refuse(self, key: str, message: str, hint: str = "") -> None:
        """Report the value of a key, which has one."""
        self.errors.report((self.node.get(key) or self.node).at, message, hint)

    def written(self, key: str) -> Text | None:
        """The same text with its places in the file; None where there is none."""
        value = self.node.get(key)
        return value.content.part(0) if isinstance(value, ScalarNode) else None

    def expression(self, key: str) -> Expression | None:
        value = self.node.get(key)
        return None if value is None else expression(value, self.errors)

    def expressions(self, key: str) -> tuple[Expression, ...] | None:
        value = self.node.get(key)
        return None if value is None else expressions(value, self.errors)

    def section(self, key: str) -> Iterator[tuple[ScalarNode, Node]]:
        """The entries of the mapping that stands under a key."""
        value = self.node.get(key)
        if value is not None:
            yield from mapping(value, key, self.errors).entries


def mapping(node: Node, what: str, errors: Diagnostics) -> MappingNode:
    """`node` if it is a mapping; else that is reported, and the mapping is empty."""
    if isinstance(node, MappingNode):
        return node
    errors.report(node.at, f"{what} must be a mapping, this is {_WHAT[type(node)]}", "key: value")
    return MappingNode((), node.at)


def short_for(key: str, node: Node) -> Node:
    """`node`, and where it is a text alone, the mapping of `key` to it."""
    if not isinstance(node, ScalarNode) or node.is_null:
        return node
    name = ScalarNode(Text(key, node.at.source, ((0, node.at.line, node.at.column),)), "", node.at)
    return MappingNode(((name, node),), node.at)


def expression(node: Node, errors: Diagnostics) -> Expression | None:
    """A text, or a list or mapping in brackets on one line, which Python can read as well."""
    if isinstance(node, ScalarNode):
        return parse_expression(node.content, errors)
    if node.flow is not None:
        return parse_expression(node.flow, errors)
    errors.report(node.at, f"an expression is expected here, this is {_WHAT[type(node)]}")
    return None


def expressions(node: Node, errors: Diagnostics) -> tuple[Expression, ...]:
    """One expression or a list of them."""
    if not isinstance(node, SequenceNode):
        found = [expression(node, errors)]
    elif node.flow is not None and all(_is_plain(item) for item in node.items):
        # YAML cuts `[max(a, b), c]` at every comma; here only those between items count.
        inner = node.flow.part(1, len(node.flow.text) - 1)
        found = [parse_expression(item, errors) for item in split_items(inner) if inner.text]
    else:
        found = [expression(item, errors) for item in node.items]
    return tuple(item for item in found if item is not None)


def _is_plain(node: Node) -> bool:
    return not isinstance(node, ScalarNode) or node.style == ""


def named(key: ScalarNode, what: str, errors: Diagnostics, *, callable_: bool = False) -> Name:
    """The name that a key gives to something."""
    return identifier(key.content, what, errors, callable_=callable_)


def variables(
    entries: Iterator[tuple[ScalarNode, Node]], errors: Diagnostics
) -> tuple[VarDoc, ...]:
    """Variables: `name: type` or `name: type = initial`."""
    found = []
    for key, value in entries:
        name = named(key, "variable", errors)
        typed = parse_typed(value, errors)
        if typed is not None:
            found.append(VarDoc(name, *typed))
    return tuple(found)


def labels(fields: Fields, key: str, errors: Diagnostics) -> tuple[Name, ...]:
    """The labels that stand under a key: one, or a list of them."""
    return names(fields, key, "label", errors)


def names(fields: Fields, key: str, what: str, errors: Diagnostics) -> tuple[Name, ...]:
    """The names that stand under a key: one, or a list of them. `what` they are names of."""
    value = fields.node.get(key)
    if value is None:
        return ()
    found = []
    for item in value.items if isinstance(value, SequenceNode) else (value,):
        if isinstance(item, ScalarNode):
            callable_ = what in ("label", "command", "parameter")
            found.append(named(item, what, errors, callable_=callable_))
        else:
            errors.report(item.at, f"{key} names {what}s", f"{key}: [a, b]")
    return tuple(found)

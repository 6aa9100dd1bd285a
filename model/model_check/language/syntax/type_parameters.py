"""The type parameters of a kind: `[T]`, and `[T, S = int]` where one need not be given."""

from __future__ import annotations

from collections.abc import Iterator

from ..source.reader import ScalarNode, SequenceNode
from .expressions import split_at
from .fields import Fields
from .names import identifier
from .nodes import Name, TypeDoc
from .type_text import parse_type_text

__all__ = ["type_parameters"]


def type_parameters(fields: Fields) -> Iterator[tuple[Name, TypeDoc | None]]:
    """The type parameters of a kind, each with its default (None: it must be given)."""
    node, errors, ends = fields.node.get("parameters"), fields.errors, False
    if node is not None and not isinstance(node, SequenceNode):
        errors.report(node.at, "parameters must be a list of names", "[T]")
        return
    for item in () if node is None else node.items:
        if not isinstance(item, ScalarNode):
            errors.report(item.at, "a type parameter is a name", "[T]")
            continue
        halves = split_at(item.content, ("=",))
        name = item.content if halves is None else halves[1].part(0)
        default = None if halves is None else parse_type_text(halves[2], errors)
        if ends and halves is None:
            errors.report(item.at, "behind one with a default, all have one", "S = int")
        ends = ends or halves is not None
        yield identifier(name, "type parameter", errors), default

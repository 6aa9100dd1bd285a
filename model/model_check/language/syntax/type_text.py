"""Types out of text: `1..TOTAL`, `enum(idle, busy)`, `dict[K, list[V]]`, `T?`, records.

They have a grammar of their own because `1..TOTAL` and `T?` are not Python. What is read is
handed on as `ast` nodes, like an expression; `syntax.TypeDoc` says in which form.
"""

from __future__ import annotations

import ast
import re
from typing import TypeVar

from ..source.diagnostics import Diagnostics
from ..source.reader import MappingNode, Node, ScalarNode
from ..source.text import Text
from .expressions import MAX_DEPTH, is_sound, parse_expression, split_at, split_bar, split_items
from .names import identifier, normal, shorten
from .nodes import Expression, Name, RecordTypeDoc, TypeDoc

__all__ = ["parse_kind", "parse_type", "parse_type_text", "parse_typed"]

EXAMPLES = "such as 1..TOTAL, bool, enum(a, b), list[T], T?"


def parse_type(node: Node, errors: Diagnostics) -> TypeDoc | None:
    """A type as text or, for a record, as a mapping of field names to types."""
    if isinstance(node, MappingNode):
        return _record(node, errors)
    if not isinstance(node, ScalarNode):
        errors.report(node.at, "a type is expected here, this is a list", EXAMPLES)
        return None
    return parse_type_text(node.content, errors)


def parse_typed(node: Node, errors: Diagnostics) -> tuple[TypeDoc, Expression | None] | None:
    """`type` or `type = initial`; without an initial value also a record's mapping."""
    if not isinstance(node, ScalarNode):
        kind = parse_type(node, errors)
        return None if kind is None else (kind, None)
    halves = split_at(node.content, ("=",))
    if halves is None:
        kind = parse_type_text(node.content, errors)
        return None if kind is None else (kind, None)
    _, left, right = halves
    kind = parse_type_text(left, errors)
    initial = parse_expression(right, errors)
    return None if kind is None or initial is None else (kind, initial)


def parse_kind(text: Text, errors: Diagnostics) -> tuple[Name, tuple[TypeDoc, ...]] | None:
    """A kind of resource with its type arguments: `redis.hash[Field, Value]`."""
    text = text.part(0)
    if not is_sound(text, errors):
        return None
    match = _GENERIC.fullmatch(text.text)
    name = match["name"] if match else text.text
    if not all(part.isidentifier() for part in name.split(".")):
        errors.report(text.at(), f"{shorten(name)} is no kind", "such as redis.list[Chunk]")
        return None
    arguments = []
    if match:
        for part in split_items(text.part(match.start("inner"), match.end("inner"))):
            node = _Types(errors).read(part, 0)
            if node is None:
                return None
            arguments.append(Expression(node, part.source, part.text))
    return Name(name, text.at()), tuple(arguments)


def _record(node: MappingNode, errors: Diagnostics) -> TypeDoc | None:
    fields = []
    if not node.entries:
        errors.report(node.at, "a record needs at least one field", "name: type")
    for key, value in node.entries:
        name = identifier(key.content, "field", errors, callable_=True)
        kind = parse_type(value, errors)
        if kind is not None:
            fields.append((name, kind))
    return RecordTypeDoc(tuple(fields), node.at)


def parse_type_text(text: Text, errors: Diagnostics) -> TypeDoc | None:
    """A type that stands in a text."""
    text = text.part(0)
    if not text.text:
        errors.report(text.at(), "a type is missing here", EXAMPLES)
        return None
    if not is_sound(text, errors):
        return None
    node = _Types(errors).read(text, 0)
    return None if node is None else Expression(node, text.source, text.text)


# A name with something in brackets after it; that the brackets belong together is known.
_GENERIC = re.compile(r"(?P<name>[\w.]+)\s*\[(?P<inner>.*)\]", re.DOTALL)
_ENUM = re.compile(r"enum\s*\((?P<inner>.*)\)", re.DOTALL)
_COUNTS = {"list": 1, "set": 1, "dict": 2}


class _Types:
    """The grammar; every method answers None after it reported a mistake."""

    def __init__(self, errors: Diagnostics) -> None:
        self.errors = errors

    def read(self, text: Text, depth: int) -> ast.expr | None:
        content = text.text
        if content.isidentifier():
            return _placed(ast.Name(normal(content), ast.Load()), text)
        if depth > MAX_DEPTH:
            self.errors.report(text.at(), f"this type is nested deeper than {MAX_DEPTH} levels")
            return None
        if content.endswith("?"):
            item = self.read(text.part(0, len(content) - 1), depth + 1)
            optional = _placed(ast.Name("optional", ast.Load()), text)
            return (
                None if item is None else _placed(ast.Subscript(optional, item, ast.Load()), text)
            )
        either = split_bar(text)
        if either is not None:
            parts = [self.read(each, depth + 1) for each in either]
            if None in parts:
                return None
            left, right = (each for each in parts if each is not None)
            return _placed(ast.BinOp(left, ast.BitOr(), right), text)
        interval = split_at(text, ("..",))
        if interval is not None:
            low = parse_expression(interval[1], self.errors)
            high = parse_expression(interval[2], self.errors)
            if low is None or high is None:
                return None
            return _placed(ast.BinOp(low.node, ast.MatMult(), high.node), text)
        if content.startswith("{") and content.endswith("}"):
            return self._record(text, depth)
        if match := _ENUM.fullmatch(content):
            return self._enum(text, text.part(match.start("inner"), match.end("inner")))
        if (match := _GENERIC.fullmatch(content)) and match["name"].isidentifier():
            inner = text.part(match.start("inner"), match.end("inner"))
            return self._generic(text, match["name"], split_items(inner), depth)
        self.errors.report(text.at(), f"{shorten(content) or 'nothing'} is not a type", EXAMPLES)
        return None

    def _generic(self, text: Text, name: str, parts: list[Text], depth: int) -> ast.expr | None:
        if name not in _COUNTS:
            hint = "list, set and dict do; T? is a value or None"
            self.errors.report(text.at(), f"the type {shorten(name)} takes no [...]", hint)
            return None
        if len(parts) != _COUNTS[name]:
            wanted = "dict[K, V]" if name == "dict" else f"{name}[T]"
            self.errors.report(text.at(), f"{name} is written {wanted}")
            return None
        items = [self.read(part, depth + 1) for part in parts]
        found = [item for item in items if item is not None]
        if len(found) < len(items):
            return None
        inner = found[0] if len(found) == 1 else _placed(ast.Tuple(found, ast.Load()), text)
        kind = _placed(ast.Name(name, ast.Load()), text)
        return _placed(ast.Subscript(kind, inner, ast.Load()), text)

    def _enum(self, text: Text, inner: Text) -> ast.expr | None:
        members: list[ast.expr] = []
        for part in split_items(inner):
            name = identifier(part, "member of an enum", self.errors, callable_=True)
            members.append(_placed(ast.Name(name.text, ast.Load()), part))
        function = _placed(ast.Name("enum", ast.Load()), text)
        return _placed(ast.Call(function, members, []), text)

    def _record(self, text: Text, depth: int) -> ast.expr | None:
        keys: list[ast.expr | None] = []
        values: list[ast.expr] = []
        for part in split_items(text.part(1, len(text.text) - 1)):
            halves = split_at(part, (":",))
            if halves is None:
                self.errors.report(part.at(), "a field of a record is written name: type")
                return None
            name = identifier(halves[1], "field", self.errors, callable_=True)
            kind = self.read(halves[2], depth + 1)
            if kind is None:
                return None
            keys.append(_placed(ast.Name(name.text, ast.Load()), halves[1]))
            values.append(kind)
        return _placed(ast.Dict(keys, values), text)


_Expr = TypeVar("_Expr", bound=ast.expr)


def _placed(node: _Expr, text: Text) -> _Expr:
    begin, end = text.at(), text.at(len(text.text))
    node.lineno, node.col_offset = begin.line, begin.column - 1
    node.end_lineno, node.end_col_offset = end.line, end.column - 1
    return node

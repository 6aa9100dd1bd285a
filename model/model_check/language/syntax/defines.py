"""The heads of definitions: from `free(x)` to a name and its parameters.

A definition stands under its name, or under its name with parameters in brackets:
`dist(a, b)`, or with types, `"dist(a: 0..3, b: 0..3)"`.
"""

from __future__ import annotations

from ..source.diagnostics import Diagnostics
from ..source.reader import MappingNode
from ..source.text import Text
from .expressions import is_sound, split_at, split_items
from .fields import Fields
from .names import identifier, shorten
from .nodes import DefineDoc, Name, TypeDoc
from .type_text import parse_type_text

__all__ = ["define_name", "parse_head", "read_defines"]

Parameters = tuple[tuple[Name, TypeDoc | None], ...]


def define_name(key: str) -> str:
    """What a definition is called whose key this is: two of one name are one."""
    return key.partition("(")[0].strip()


def read_defines(fields: Fields) -> tuple[DefineDoc, ...]:
    """The definitions that stand under `define`."""
    errors = fields.errors
    section = Fields(
        MappingNode(tuple(fields.section("define")), fields.node.at), "define", (), errors
    )
    found = []
    for key, _ in section.node.entries:
        name, parameters = parse_head(key.content.part(0), errors)
        value = section.expression(key.text)
        if value is not None:
            found.append(DefineDoc(name, value, parameters))
    return tuple(found)


def parse_head(text: Text, errors: Diagnostics) -> tuple[Name, Parameters]:
    """The name and the parameters of a definition; reports what is wrong with them."""
    place = text.text.find("(")
    if place < 0:
        return identifier(text, "definition", errors), ()
    name = identifier(text.part(0, place), "definition", errors)
    if not is_sound(text, errors):
        return name, ()
    if not text.text.endswith(")"):
        message = f"{shorten(text.text)} names no definition"
        errors.report(text.at(), message, f"name, or {name.text}(x, y)")
        return name, ()
    inner = text.part(place + 1, len(text.text) - 1)
    if not inner.text:
        errors.report(inner.at(), f"{name.text}() has no parameters", f"write {name.text}")
        return name, ()
    found = [_parameter(part, errors) for part in split_items(inner)]
    names = [parameter.text for parameter, _ in found]
    for number, (parameter, _) in enumerate(found):
        if parameter.text in names[:number]:
            errors.report(parameter.at, f"{name.text} has two parameters {parameter.text}")
    return name, tuple(found)


def _parameter(text: Text, errors: Diagnostics) -> tuple[Name, TypeDoc | None]:
    halves = split_at(text, (":",))
    if halves is None:
        return identifier(text, "parameter", errors), None
    _, left, right = halves
    return identifier(left, "parameter", errors), parse_type_text(right, errors)

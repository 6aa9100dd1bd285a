"""The properties of a spec as they are written: which form, its formulas, what is expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..forms import BUILT_IN, FORMS, FORMULAS, SAYS_ITSELF, Form
from ..keys import BUILT_IN_PROPERTY, PROPERTY, key_names, words_of
from ..source.diagnostics import Diagnostics
from ..source.reader import MappingNode, Node, ScalarNode
from .expressions import parse_expression
from .fields import Fields, named, short_for
from .file_names import same_file, why_no_stem
from .names import shorten
from .nodes import Expression, Name, PropertyDoc

if TYPE_CHECKING:
    from ..temporal import Formula

__all__ = ["read_properties"]

_PROPERTY_KEYS = key_names(PROPERTY)
_BUILTIN_KEYS = key_names(BUILT_IN_PROPERTY)
_VERDICTS = words_of("expect", PROPERTY)


def read_properties(fields: Fields, errors: Diagnostics) -> tuple[PropertyDoc, ...]:
    """The spec's properties in the order of the file, then the built-in ones."""
    found = [_property(key, value, errors) for key, value in fields.section("properties")]
    files: dict[str, Name] = {}
    for name in (each.name for each in found):
        first = files.setdefault(same_file(name.text), name)
        if first is not name:
            where = f"line {first.at.line}" if first.at.source == name.at.source else str(first.at)
            message = f"{name.text} and {first.text}, in {where}, are one file on some systems"
            errors.report(name.at, message, "rename one of them")
    return tuple(sorted(found, key=lambda each: each.name.text in BUILT_IN))


def _property(key: ScalarNode, node: Node, errors: Diagnostics) -> PropertyDoc:
    name = named(key, "property", errors)
    why, hint = why_no_stem(name.text) if name.text.isidentifier() else ("", "")
    if why:
        errors.report(name.at, why, hint)
    builtin = name.text in BUILT_IN
    node = node if builtin else short_for("always", node)
    keys = _BUILTIN_KEYS if builtin else _PROPERTY_KEYS
    fields = Fields(node, f"the property {shorten(name.text)}", keys, errors)
    present = [(k, v) for k, v in fields.node.entries if k.text in FORMULAS]
    kind = ""
    formulas: tuple[tuple[str, Expression], ...] = ()
    in_time: Formula | None = None
    if not builtin and isinstance(node, MappingNode):
        known = all(k.text in keys for k, _ in fields.node.entries)
        if len(present) == 1:
            kind = present[0][0].text
            if FORMS[kind].in_time == SAYS_ITSELF:
                in_time, formulas = _in_time(fields, kind, errors)
            else:
                formulas = _formulas(FORMS[kind], fields, present[0][1], errors)
        elif present or known:  # a mistyped one has been told already
            at = present[1][0].at if present else key.at
            hint = "an inherited one is removed with null" if present else ""
            message = f"{shorten(name.text)} needs exactly one of {', '.join(FORMULAS)}"
            errors.report(at, message, hint)
    expect = fields.text("expect") or _VERDICTS[0]
    if expect not in _VERDICTS:
        fields.refuse("expect", f"expect is holds or violated, not {shorten(expect)}")
    prefer = () if builtin else fields.expressions("prefer") or ()
    return PropertyDoc(name, fields.text("about"), kind, formulas, expect, prefer, in_time)


def _in_time(
    fields: Fields, key: str, errors: Diagnostics
) -> tuple[Formula | None, tuple[tuple[str, Expression], ...]]:
    """A temporal formula, and its atoms."""
    text = fields.written(key)
    if text is None:
        fields.refuse(key, f"{key} is a formula in quotes", f'{key}: "G (asked -> F answered)"')
        return None, ()
    from ..temporal import MOST_ATOMS, atoms  # most specs have no such formula
    from .readings import warn_of_readings
    from .temporal import parse_formula

    formula = parse_formula(text, errors)
    if formula is None:
        return None, ()
    warn_of_readings(text, errors)
    found = atoms(formula)
    if len(found) > MOST_ATOMS:
        errors.report(found[MOST_ATOMS].at, f"a formula has at most {MOST_ATOMS} atoms")
    asked = [(each.name, parse_expression(each.text, errors)) for each in found[:MOST_ATOMS]]
    return formula, tuple((name, value) for name, value in asked if value is not None)


def _formulas(
    form: Form, fields: Fields, node: Node, errors: Diagnostics
) -> tuple[tuple[str, Expression], ...]:
    """The formulas of a property, by their keys."""
    if not form.parts:
        value = fields.expression(form.name)
        return () if value is None else (("", value),)
    keys = ", ".join(f"{part}: ..." for part in form.parts)
    if not isinstance(node, MappingNode):
        errors.report(node.at, f"{form.name} needs {' and '.join(form.parts)}", f"{{{keys}}}")
        return ()
    inner = Fields(node, form.name, form.parts, errors)
    found = []
    for part in form.parts:
        given = node.get(part)
        if given is None:
            errors.report(node.at, f"{form.name} needs {part}", f"{{{keys}}}")
        elif isinstance(given, ScalarNode) and given.is_null:
            hint = f"{{{keys}}} is replaced whole; null removes a whole property"
            errors.report(given.at, f"{form.name} needs {part}, null is none", hint)
        elif (value := inner.expression(part)) is not None:
            found.append((part, value))
    return tuple(found)

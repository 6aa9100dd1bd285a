"""The JSON Schema of a spec's file, for editors: made from the table of keys, and from the kinds.

It refuses what the form of a file can tell: unknown keys, words and kinds, and values that no key
takes. What program texts, types and expressions say is text to it. A file that extends another
shows only what it changes, and `null` removes there, so that less is asked of it.
(https://json-schema.org/draft/2020-12)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .forms import BUILT_IN, FORMULAS
from .keys import (
    ALTERNATIVE,
    BREAKS,
    BUILT_IN_PROPERTY,
    PROCESS,
    PROPERTY,
    RESOURCE,
    SERVER,
    SPEC,
    Key,
    Takes,
)  # fmt: skip
from .syntax.nodes import KindDoc

__all__ = ["SCHEMA_ID", "spec_schema"]

SCHEMA_ID = "https://model-check.invalid/spec/1"

Schema = dict[str, Any]

_SCALARS = ["string", "number", "boolean"]
# YAML says `2` and `true` where the language has text. Names are those of Python, as far as a
# pattern can say it that every validator reads alike.
_NAME = r"[^\s!-/:-@\[-^`{-~0-9][^\s!-/:-@\[-^`{-~]*"
_STEP = rf"^{_NAME}(\[\d+\])?(\.{_NAME}(\+{_NAME})*(\[[^\[\]]+(\[\d+\])?\])?)?$"
_IN_BRACES = {"type": ["string", "number", "boolean", "array", "object"]}
_VALUES: Mapping[Takes, Schema] = {
    Takes.TEXT: {"type": _SCALARS},
    Takes.FILE: {"type": "string", "pattern": r"\.ya?ml\s*$"},
    Takes.FILES: {
        "type": ["string", "array"],
        "pattern": r"\.ya?ml\s*$",
        "items": {"type": "string", "pattern": r"\.ya?ml\s*$"},
    },
    Takes.EXPRESSION: _IN_BRACES,
    Takes.EXPRESSIONS: _IN_BRACES,
    Takes.PROGRAM: {"type": "string"},
    Takes.PAYLOAD: {"type": ["string", "object"], "additionalProperties": {"type": "string"}},
    Takes.NAMES: {"type": ["string", "array"], "items": {"type": "string"}},
    Takes.FORMULA: {"type": ["string", "boolean"]},
}


def spec_schema(kinds: Mapping[str, KindDoc]) -> Schema:
    """The schema of a spec that may use these `kinds`, and others of its own."""
    sections: dict[Takes, Schema] = {
        Takes.CONSTANTS: _named({"type": [*_SCALARS, "null"]}),
        Takes.TYPES: _named(_nullable(_typed())),
        Takes.VARIABLES: _named(_nullable(_typed())),
        Takes.DEFINITIONS: _named(_nullable(_IN_BRACES), rf"^\s*{_NAME}\s*(\([^()]*\))?\s*$"),
        Takes.SERVERS: _named(_object(SERVER, {})),
        Takes.RESOURCES: _named({"$ref": "#/$defs/resource"}),
        Takes.PROCESSES: _named({"$ref": "#/$defs/process"}),
        Takes.PROPERTIES: _named({"$ref": "#/$defs/property"})
        | {"properties": {name: {"$ref": "#/$defs/builtInProperty"} for name in BUILT_IN}},
        Takes.TIMES: _named({"type": ["string", "null"]}, _STEP),
        Takes.ALTERNATIVES: {
            "type": ["object", "null"],
            "additionalProperties": {"$ref": "#/$defs/alternative"},
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "A spec of model-check",
        **_object(SPEC, sections, null=False),
        "allOf": [{"if": {"not": {"required": ["extends"]}}, "then": _whole()}, _known(kinds)],
        "$defs": {
            "type": _typed(),
            "process": _object(PROCESS, sections),
            "resource": _resource(kinds),
            "property": _property(),
            "builtInProperty": _object(BUILT_IN_PROPERTY, {}),
            "alternative": _object(ALTERNATIVE, sections),
        },
    }


def _object(
    keys: tuple[Key, ...], sections: Mapping[Takes, Schema], *, null: bool = True
) -> Schema:
    """A mapping with these keys and no others; it may be `null`, and so may the values."""
    return {
        "type": ["object", "null"] if null else "object",
        "additionalProperties": False,
        "properties": {key.name: _of_key(key, sections) for key in keys},
    }


def _of_key(key: Key, sections: Mapping[Takes, Schema]) -> Schema:
    match key.takes:
        case Takes.WORD:
            # `true` is a truth to YAML, and a text in quotes.
            truths = [word == "true" for word in key.words if word in ("true", "false")]
            value: Schema = {"enum": [*key.words, *truths, None]}
        case Takes.PARTS:
            value = {
                "type": ["object", "null"],
                "additionalProperties": False,
                "required": list(key.words),
                "properties": dict.fromkeys(key.words, _IN_BRACES),
            }
        case takes:
            value = _nullable(sections.get(takes) or _VALUES[takes])
    return {"description": key.about, **value}


def _nullable(schema: Schema) -> Schema:
    """The same, or `null`: in a spec that extends another, that removes."""
    kinds = schema["type"]
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return {**schema, "type": kinds if "null" in kinds else [*kinds, "null"]}


def _named(value: Schema, pattern: str = f"^{_NAME}$") -> Schema:
    """A mapping from names to values."""
    return {
        "type": ["object", "null"],
        "propertyNames": {"pattern": pattern},
        "additionalProperties": value,
    }


def _typed() -> Schema:
    """A type as text, also with a value, or a record."""
    return {
        "type": ["string", "object"],
        "minProperties": 1,
        "propertyNames": {"pattern": f"^{_NAME}$"},
        "additionalProperties": {"$ref": "#/$defs/type"},
    }


def _property() -> Schema:
    """A formula alone, or a mapping with at most one form. (`null` removes a built-in one.)"""
    forms = [{"required": [name]} for name in FORMULAS]
    return {
        **_object(PROPERTY, {}),
        "type": [*_SCALARS, "object", "null"],
        "if": {"type": "object"},
        "then": {"oneOf": [*forms, {"not": {"anyOf": forms}}]},
    }


def _title(kind: KindDoc) -> str:
    needed = kind.parameters[: len(kind.parameters) - len(kind.defaults)]
    names = ", ".join(each.text for each in needed)
    return f"{kind.name}[{names}]" if names else kind.name


def _resource(kinds: Mapping[str, KindDoc]) -> Schema:
    """A kind alone, or a mapping; which options and faults there are, its kind says."""
    examples = [_title(kind) for kind in kinds.values()]
    kind_key = {"type": ["string", "null"], "examples": examples}
    whole = _object(RESOURCE, {Takes.KIND: kind_key})
    del whole["additionalProperties"]
    return {
        **whole,
        "type": ["string", "object", "null"],
        "examples": examples,
        "allOf": [
            {
                "if": {
                    "type": "object",
                    "required": ["kind"],
                    "properties": {"kind": {"type": "string", "pattern": _pattern([name])}},
                },
                "then": _options(kind),
            }
            for name, kind in kinds.items()
        ],
    }


def _options(kind: KindDoc) -> Schema:
    known: dict[str, Schema] = {key.name: {} for key in RESOURCE}
    faults = {fault.name.text: " ".join(fault.doc.about.split()) for fault in kind.faults}
    if kind.disconnected is not None:
        faults[BREAKS.name] = BREAKS.about
    for option, _, _ in kind.options:
        known[option.text] = {"description": f"An option of {kind.name}.", **_nullable(_IN_BRACES)}
    for name, about in faults.items():
        known[name] = {"description": about, **_nullable(_IN_BRACES)}
    return {"properties": known, "additionalProperties": False}


def _pattern(names: list[str]) -> str:
    """A kind of one of these names, with types or without."""
    either = "|".join(name.replace(".", r"\.") for name in names)
    return rf"^\s*({either})\s*(\[[\s\S]*)?$"


def _whole() -> Schema:
    """What is true of a spec that extends no other."""
    return {
        "properties": {
            "constants": {"additionalProperties": {"type": _SCALARS}},
            "types": {"additionalProperties": {"not": {"type": "null"}}},
            "vars": {"additionalProperties": {"not": {"type": "null"}}},
            "processes": {"additionalProperties": {"type": "object", "required": ["run"]}},
            "resources": {
                "additionalProperties": {
                    "type": ["string", "object"],
                    "if": {"type": "object"},
                    "then": {"required": ["kind"]},
                }
            },
            "properties": {
                "properties": {name: {} for name in BUILT_IN},
                "additionalProperties": {
                    "type": [*_SCALARS, "object"],
                    "if": {"type": "object"},
                    "then": {"anyOf": [{"required": [name]} for name in FORMULAS]},
                },
            },
        }
    }


def _known(kinds: Mapping[str, KindDoc]) -> Schema:
    """Where nothing brings kinds of its own, there are no others than these."""
    known = {"type": ["string", "null"], "pattern": _pattern(list(kinds))}
    brings = [{"required": ["extends"]}, {"required": ["kinds"]}]
    resource = {
        "if": {"type": "object"},
        "then": {"properties": {"kind": known}},
        "else": known,
    }
    return {
        "if": {"not": {"anyOf": brings}},
        "then": {"properties": {"resources": {"additionalProperties": resource}}},
    }

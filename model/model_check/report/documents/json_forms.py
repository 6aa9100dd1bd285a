"""The form of a JSON document, said once: what is written by it, and its JSON Schema.

A `JsonObject` names its keys in their order, each with its kind and what it says. A key's value is
the attribute of its name, unless the key says how it is found. Sets are written as sorted lists,
so that two runs of one spec differ in nothing but the seconds. A document is versioned: within a
version keys are only added.

The schemas in `docs/` are made from these forms (https://json-schema.org/draft/2020-12).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...language.records import dataclass
from ...results.check import Value
from ...verify.show import format_value, sorted_items

__all__ = [
    "ANY_NUMBER", "COUNT", "INTEGER", "NAME", "NUMBER", "SECONDS", "TEXT", "TEXTS", "TRUTH",
    "VALUE", "VALUES", "VERDICT", "Getter", "JsonDocument", "JsonKey", "JsonKind", "JsonObject",
    "by_name", "json_value", "list_of", "one_of", "optional",
]  # fmt: skip

Schema = dict[str, Any]
Getter = Callable[[Any], Any]
JsonKey = tuple["JsonKind | JsonObject", str] | tuple["JsonKind | JsonObject", str, Getter]
"""A key's kind, what it says, and how its value is found where that is not the attribute."""


@dataclass(frozen=True, slots=True)
class JsonKind:
    """What a value is: `encode` gives what `json` writes as it is. `uses`: the form that the
    schema refers to."""

    schema: Schema
    encode: Getter = lambda value: value
    uses: tuple[JsonObject, ...] = ()


@dataclass(frozen=True, slots=True)
class JsonObject:
    """An object: its `name` in the schemas, what it is, and its keys. `part`: of what is encoded,
    that which has the attributes."""

    name: str
    about: str
    keys: Mapping[str, JsonKey]
    part: Getter = lambda value: value

    @property
    def schema(self) -> Schema:
        """How a schema refers to it."""
        return {"$ref": f"#/$defs/{self.name}"}

    @property
    def uses(self) -> tuple[JsonObject, ...]:
        return (self,)

    def encode(self, value: Any) -> dict[str, Any]:
        """The object of a value, as `json` writes it."""
        part = self.part(value)
        found = {}
        for name, (kind, _, *how) in self.keys.items():
            found[name] = kind.encode(how[0](value) if how else getattr(part, name))
        return found

    def definition(self) -> Schema:
        """The schema of the object itself."""
        return {
            "description": self.about,
            "type": "object",
            "additionalProperties": False,
            "required": list(self.keys),
            "properties": {
                name: {"description": about} | kind.schema
                for name, (kind, about, *_) in self.keys.items()
            },
        }


@dataclass(frozen=True, slots=True)
class JsonDocument:
    """A whole document: `version`, such as `model-check/result/1`, stands under its first key. It
    is one of `forms`, and `which` says of a value which. `ascii`: everything else is escaped, for
    what a log holds need be no text."""

    version: str
    title: str
    forms: tuple[JsonObject, ...]
    ascii: bool = False
    which: Callable[[Any], int] = lambda value: 0

    def encode(self, value: Any) -> dict[str, Any]:
        """The document of a value, as `json` writes it."""
        return {"schema": self.version, **self.forms[self.which(value)].encode(value)}

    def text(self, value: Any) -> str:
        """The document as text, with a final newline."""
        return json.dumps(self.encode(value), indent=2, ensure_ascii=self.ascii) + "\n"

    def schema(self) -> Schema:
        """Its JSON Schema."""
        wholes = [self._whole(form) for form in self.forms]
        definitions = dict(_VALUES)
        for form in self.forms:
            _define(form, definitions)
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"https://model-check.invalid/{self.version.removeprefix('model-check/')}",
            "title": self.title,
            **(wholes[0] if len(wholes) == 1 else {"oneOf": wholes}),
            "$defs": definitions,
        }

    def _whole(self, form: JsonObject) -> Schema:
        whole = form.definition()
        known = {"schema": {"description": "The version of this form.", "const": self.version}}
        return whole | {
            "required": ["schema", *whole["required"]],
            "properties": known | whole["properties"],
        }


def _define(form: JsonObject, found: dict[str, Schema]) -> None:
    """Add the definitions of all that a form uses, each once."""
    for kind, *_ in form.keys.values():
        for used in kind.uses:
            if used.name not in found:
                found[used.name] = used.definition()
                _define(used, found)


def json_value(value: Value) -> Any:
    """A value of a spec in JSON: sets as sorted lists, records and dicts as objects."""
    if isinstance(value, Mapping):
        return {format_value(k): json_value(v) for k, v in value.items()}
    if isinstance(value, (frozenset, set)):
        return [json_value(item) for item in sorted_items(value)]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [json_value(item) for item in value]
    return value


_REFERENCE = {"$ref": "#/$defs/value"}
_VALUES: dict[str, Schema] = {
    "value": {
        "description": "A value of a spec: a number, a truth, a name, nothing, a list, a set (as"
        " a sorted list), a record or a dict (as an object).",
        "anyOf": [
            {"type": ["integer", "boolean", "string", "null"]},
            {"type": "array", "items": _REFERENCE},
            {"type": "object", "additionalProperties": _REFERENCE},
        ],
    }
}


def list_of(kind: JsonKind | JsonObject) -> JsonKind:
    """A list of such values."""
    return JsonKind(
        {"type": "array", "items": kind.schema},
        lambda values: [kind.encode(each) for each in values],
        kind.uses,
    )


def by_name(kind: JsonKind) -> JsonKind:
    """An object with such values under any names."""
    return JsonKind(
        {"type": "object", "additionalProperties": kind.schema},
        lambda values: {name: kind.encode(each) for name, each in values.items()},
        kind.uses,
    )


def optional(kind: JsonKind | JsonObject) -> JsonKind:
    """Such a value, or null."""
    return JsonKind(
        {"anyOf": [kind.schema, {"type": "null"}]},
        lambda value: None if value is None else kind.encode(value),
        kind.uses,
    )


def one_of(*values: Any) -> JsonKind:
    """One of these."""
    return JsonKind({"enum": list(values)})


TEXT = JsonKind({"type": "string"})
NAME = JsonKind({"type": "string", "minLength": 1})
TRUTH = JsonKind({"type": "boolean"})
INTEGER = JsonKind({"type": "integer"})
COUNT = JsonKind({"type": "integer", "minimum": 0})
NUMBER = JsonKind({"type": "integer", "minimum": 1})
ANY_NUMBER = JsonKind({"type": "number"})
SECONDS = JsonKind({"type": "number", "minimum": 0})
TEXTS = list_of(TEXT)
VERDICT = one_of("holds", "violated", "undetermined")
VALUE = JsonKind(_REFERENCE, json_value)
VALUES = by_name(VALUE)

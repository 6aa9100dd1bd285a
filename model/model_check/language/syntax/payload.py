"""How a resource's values look on a server: what a spec says of that under `payload`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..records import dataclass, field
from ..source.diagnostics import Position

__all__ = [
    "ANY", "MOST_ANYS", "PLACES", "VALUE", "Constant", "Items", "Members", "Payload", "Place",
    "Template", "Words", "places_in", "told_wire",
]  # fmt: skip

VALUE, ANY = "value", "any"
PLACES = (
    "{value}, {value.field} for a field of it, {any} for what the model leaves out, or a place of a"
    " key, as {session}"
)
MOST_ANYS = 2
"""Places for anything in one text: each more makes reading slower by the length of the text."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place for the value (`path`: the fields that lead to a part of it), or (None) for
    anything. `key`: for what stands in the place of this name in keys of the session."""

    path: tuple[str, ...] | None
    at: Position = field(compare=False, repr=False)
    key: str = ""

    def __str__(self) -> str:
        if self.key:
            return f"{{{self.key}}}"
        return "{any}" if self.path is None else "{" + ".".join((VALUE, *self.path)) + "}"


@dataclass(frozen=True, slots=True)
class Words:
    """A text, with places in it."""

    parts: tuple[str | Place, ...]


@dataclass(frozen=True, slots=True)
class Constant:
    """What JSON has beside texts, lists and objects."""

    value: float | int | bool | None


@dataclass(frozen=True, slots=True)
class Items:
    """A list of JSON."""

    items: tuple[Template, ...]


@dataclass(frozen=True, slots=True)
class Members:
    """An object of JSON."""

    members: tuple[tuple[str, Template], ...]


Template = Place | Words | Constant | Items | Members


@dataclass(frozen=True, slots=True)
class Payload:
    """What stands under `payload`: one template, or several by the `names` of fields, or of
    values; `texts`, as they are written. A template that is no JSON is `Words`, outside of any
    quotes: `as_text`."""

    templates: tuple[Template, ...]
    as_text: tuple[bool, ...]
    texts: tuple[str, ...]
    names: tuple[str, ...] | None
    names_at: tuple[Position, ...] = field(compare=False, repr=False)
    at: Position = field(compare=False, repr=False)


def told_wire(wire: str, payload: Payload | None = None) -> str:
    """A `wire` as it is shown, where a value is sent as fields: with the field that it is in, if
    it is in one."""

    def fields(found: re.Match[str]) -> str:
        name: str | None = "value"
        if payload is not None and payload.names is not None:
            named = zip(payload.names, payload.templates, strict=True)
            telling = [n for n, each in named if any(p.path is not None for p in places_in(each))]
            name = telling[0] if len(telling) == 1 else None
        place = f"{{{found[1]}}}"
        return place if name is None else f"{name} {place}"

    return re.sub(r"\{(\w+):fields\}", fields, wire)


def leaves(template: Template) -> Iterator[Place | Words | Constant]:
    """What a template is made of, in its order."""
    match template:
        case Items(items):
            for each in items:
                yield from leaves(each)
        case Members(members):
            for _, each in members:
                yield from leaves(each)
        case _:
            yield template


def places_in(template: Template) -> Iterator[Place]:
    """The places of a template, in their order."""
    for leaf in leaves(template):
        parts = leaf.parts if isinstance(leaf, Words) else (leaf,)
        yield from (each for each in parts if isinstance(each, Place))

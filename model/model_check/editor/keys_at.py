"""Which keys of a spec can stand at a place, and which one stands there."""

from __future__ import annotations

from collections.abc import Mapping

from ..language.forms import BUILT_IN
from ..language.keys import (
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
from ..language.syntax.nodes import KindDoc
from ..report.words.kinds import parameter_text, prose
from .symbols import Symbols

__all__ = ["key_at", "keys_below"]

_ENTRIES: Mapping[str, tuple[Key, ...]] = {
    "servers": SERVER,
    "resources": RESOURCE,
    "processes": PROCESS,
    "properties": PROPERTY,
    "alternatives": ALTERNATIVE,
}
"""The keys of what stands under a section by a name of its own."""


def keys_below(path: tuple[str, ...], symbols: Symbols | None) -> tuple[Key, ...]:
    """The keys that can stand under these; none where names of one's own stand."""
    match path:
        case ():
            return SPEC
        case ("alternatives", _, *inner) if inner:
            return keys_below(tuple(inner), symbols)
        case ("properties", name) if name in BUILT_IN:
            return BUILT_IN_PROPERTY
        case ("resources", name):
            kind = symbols.kind_of(name) if symbols else None
            return (*RESOURCE, *(_keys_of(kind) if kind else ()))
        case (section, _):
            return _ENTRIES.get(section, ())
        case ("properties", _, form):
            words = next((key.words for key in PROPERTY if key.name == form), ())
            return tuple(Key(word, Takes.EXPRESSION, f"A part of {form}.") for word in words)
    return ()


def key_at(path: tuple[str, ...], symbols: Symbols | None) -> Key | None:
    """The key that stands at the end of a path."""
    if not path:
        return None
    return next((each for each in keys_below(path[:-1], symbols) if each.name == path[-1]), None)


def _keys_of(kind: KindDoc) -> tuple[Key, ...]:
    """The options of a kind, and what may go wrong with it."""
    options = [
        Key(each[0].text, Takes.EXPRESSION, f"An option of {kind.name}: {parameter_text(*each)}.")
        for each in kind.options
    ]
    faults = [Key(each.name.text, Takes.EXPRESSION, prose(each.doc.about)) for each in kind.faults]
    return (*options, *faults, *((BREAKS,) if kind.disconnected is not None else ()))

"""A spec with what it extends, as one tree of nodes.

Merging happens before anything is understood, so every node still points into the file it
came from, and a fix needs to show only what it changes.
"""

from __future__ import annotations

import os
from pathlib import Path

from .diagnostics import Diagnostic, Position, Source, SpecError, did_you_mean
from .names import BUILTIN_PROPERTIES, shorten
from .reader import Mapping, Node, Scalar, read_source, read_yaml
from .text import Text

__all__ = ["read_merged", "resolve"]

MAX_CHAIN = 20
"""How many specs may extend one another."""

_OWN = ("model", "about", "extends")
"""Keys that say something of one file, and are not inherited."""


def read_merged(path: Path | str) -> tuple[Mapping, tuple[Source, ...]]:
    """Read a spec and what it extends; the sources are in the order of merging, its own last.

    Raises `SpecError`, at the value of `extends` where the file named there is no good.
    """
    chain: list[tuple[Mapping, Source]] = []
    seen: list[Path] = []
    shown = str(path)
    named: Scalar | None = None
    while True:
        source = _read(shown, named)
        real = Path(shown).resolve()
        if named is not None and real in seen:
            circle = [chained.path for _, chained in chain[seen.index(real) :]]
            raise _refuse(named, "a spec extends itself: " + " -> ".join([*circle, shown]))
        if named is not None and len(chain) >= MAX_CHAIN:
            raise _refuse(named, f"more than {MAX_CHAIN} specs extend one another")
        seen.append(real)
        root = read_yaml(source)
        chain.append((root, source))
        value = root.get("extends")
        if value is None:
            break
        if not isinstance(value, Scalar) or value.is_null or not value.text.strip():
            raise SpecError([Diagnostic(value.at, "extends names one other spec", "a path")])
        named = value
        shown = resolve(value)
    return _merge_chain(chain), tuple(source for _, source in reversed(chain))


def resolve(value: Scalar) -> str:
    """The path that a value names, relative to the file in which it stands."""
    text = value.text.strip()
    if not text.endswith((".yaml", ".yml")):
        raise _refuse(value, f"{shorten(text)} is not a YAML file", "its name ends with .yaml")
    return os.path.normpath(Path(value.at.source.path).parent / text)


def _read(shown: str, named: Scalar | None) -> Source:
    try:
        return read_source(shown)
    except SpecError as error:
        if named is None:
            raise
        first = error.diagnostics[0]
        raise _refuse(named, f"{shorten(shown)}: {first.message}", first.hint) from None


def _refuse(value: Scalar, message: str, hint: str = "") -> SpecError:
    return SpecError([Diagnostic(value.content.at(), message, hint)])


def _merge_chain(chain: list[tuple[Mapping, Source]]) -> Mapping:
    errors: list[Diagnostic] = []
    merged = _builtin(chain[-1][1])
    for root, _ in reversed(chain):
        inherited = tuple(entry for entry in merged.entries if entry[0].text not in _OWN)
        merged = _merge(Mapping(inherited, root.at), root, errors)
    if errors:
        raise SpecError(errors)
    return merged


def _builtin(source: Source) -> Mapping:
    """What every spec extends: the properties that are there without being written."""
    at = Position(source, 1, 1)

    def word(text: str) -> Scalar:
        return Scalar(Text(text, source, ((0, 1, 1),)), "", at)

    properties = tuple((word(name), Mapping((), at)) for name in BUILTIN_PROPERTIES)
    return Mapping(((word("properties"), Mapping(properties, at)),), at)


def _merge(base: Mapping, over: Mapping, errors: list[Diagnostic]) -> Mapping:
    """`over` on top of `base`. Recursion is as deep as the reader lets a file nest."""
    entries = {key.text: (key, value) for key, value in base.entries}
    for key, value in over.entries:
        before = entries.get(key.text)
        if isinstance(value, Scalar) and value.is_null:
            if before is None:
                hint = did_you_mean(key.text, entries) or "null removes what a base spec has"
                message = f"there is no {shorten(key.text)} here to remove"
                errors.append(Diagnostic(key.at, message, hint))
            entries.pop(key.text, None)
        elif isinstance(value, Scalar) and value.is_empty:
            hint = "write null to remove it" if before else "fill it or leave the key out"
            errors.append(Diagnostic(key.at, f"{shorten(key.text)} is empty", hint))
        else:
            entries[key.text] = (key, _over(before[1] if before else None, value, errors))
    return Mapping(tuple(entries.values()), over.at)


def _over(base: Node | None, value: Node, errors: list[Diagnostic]) -> Node:
    if not isinstance(value, Mapping) or (value.flow is not None and base is None):
        # A mapping in braces may be an expression (a set): what it holds is not looked into.
        return value
    return _merge(base if isinstance(base, Mapping) else Mapping((), value.at), value, errors)

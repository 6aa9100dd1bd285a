"""A spec with what it extends, as one tree of nodes.

Merging happens before anything is understood, so every node still points into the file it
came from, and a fix needs to show only what it changes. Sections, processes, resources,
properties and the variables of a process merge by name; whatever is deeper (a `run`, a type,
an expression) is replaced whole; `null` removes.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from ...codes import Code
from ..forms import BUILT_IN
from ..source.diagnostics import Diagnostic, Diagnostics, Position, Source, SpecError, did_you_mean
from ..source.reach import Reach, means_spec
from ..source.reader import MappingNode, Node, ScalarNode, read_yaml
from ..source.text import Text
from .defines import define_name
from .names import shorten

__all__ = ["is_merged", "merge_over", "read_merged", "read_named"]

MAX_CHAIN = 20
"""How many specs may extend one another."""

_OWN = ("model", "about", "extends", "alternatives")
"""Keys that say something of one file, and are not inherited."""
_ENTITIES = ("processes", "resources", "servers", "properties")
"""Sections whose entries are mappings that merge."""


def read_merged(path: Path | str, reach: Reach) -> tuple[MappingNode, tuple[Source, ...]]:
    """Read a spec and what it extends; the sources are in the order of merging, its own last.

    Raises `SpecError`, at the value of `extends` where the file named there is no good.
    """
    chain: list[tuple[MappingNode, Source]] = []
    seen: list[Path] = []
    source = reach.read(path)
    while True:
        seen.append(Path(source.path).resolve())
        root = read_yaml(source)
        chain.append((root, source))
        value = root.get("extends")
        if value is None:
            break
        if not isinstance(value, ScalarNode) or value.is_null or not value.text.strip():
            raise SpecError([Diagnostic(value.at, "extends names one other spec", "a path")])
        source = read_named(value, reach, "a spec", means_spec)
        real = Path(source.path).resolve()
        if real in seen:
            circle = [each.path for _, each in chain[seen.index(real) :]]
            raise _refuse(value, "a spec extends itself: " + " -> ".join([*circle, source.path]))
        if len(chain) >= MAX_CHAIN:
            raise _refuse(value, f"more than {MAX_CHAIN} specs extend one another")
    sources = tuple(source for _, source in reversed(chain))
    return _merge_chain([root for root, _ in reversed(chain)], sources[0]), sources


def read_named(
    value: ScalarNode, reach: Reach, what: str, is_meant: Callable[[Source], bool]
) -> Source:
    """Read the file that a value names, relative to the file in which the value stands.

    Raises `SpecError` at the value, also for a file that is not in `reach`, or that is not
    `what` is asked for: of no such file a line is ever shown.
    """
    text = value.text.strip()
    if not text.endswith((".yaml", ".yml")):
        raise _refuse(value, f"{shorten(text)} is not a YAML file", "its name ends with .yaml")
    path = os.path.normpath(Path(value.at.source.path).parent / text)
    try:
        if not reach.holds(path):
            message = f"{shorten(text)} is outside of {reach.root}"
            hint = "--allow-outside lets a spec read files from elsewhere"
            raise _refuse(value, message, hint, Code.OUTSIDE_REACH)
    except (OSError, RuntimeError, ValueError):
        raise _refuse(value, f"this is not a path: {shorten(text)}") from None
    try:
        source = reach.read(path)
    except SpecError as error:
        first = error.diagnostics[0]
        raise _refuse(value, f"{first.message}: {path}", first.hint) from None
    if not is_meant(source):
        raise _refuse(value, f"{path} is not {what}")
    return source


def _refuse(value: ScalarNode, message: str, hint: str = "", code: Code | None = None) -> SpecError:
    return SpecError([Diagnostic(value.content.at(), message, hint, code=code)])


def _merge_chain(roots: list[MappingNode], source: Source) -> MappingNode:
    builtin = _builtin(source)
    merge = _Merge(builtin.entries[0])
    merged = builtin
    for root in roots:
        inherited = tuple(entry for entry in merged.entries if entry[0].text not in _OWN)
        merged = merge.over(MappingNode(inherited, root.at), root, ())
    merge.errors.raise_if_any()
    return merged


def merge_over(base: MappingNode, top: MappingNode) -> MappingNode:
    """A merged spec with another part of a spec on top, as if that extended it.

    Raises `SpecError` where `top` removes what is not there, or has an empty value.
    """
    merge = _Merge(_builtin(base.at.source).entries[0])
    merged = merge.over(base, top, ())
    merge.errors.raise_if_any()
    return merged


def _builtin(source: Source) -> MappingNode:
    """What every spec extends: the properties that are there without being written."""
    at = Position(source, 1, 1)

    def word(text: str) -> ScalarNode:
        return ScalarNode(Text(text, source, ((0, 1, 1),)), "", at)

    properties = tuple((word(name), MappingNode((), at)) for name in BUILT_IN)
    return MappingNode(((word("properties"), MappingNode(properties, at)),), at)


class _Merge:
    """Merges mappings, and reports what is empty or removes what is not there."""

    def __init__(self, properties: tuple[ScalarNode, Node]) -> None:
        self.errors = Diagnostics()
        self.properties = properties
        """What is left when a spec removes all properties of the one it extends."""

    def over(self, base: MappingNode, top: MappingNode, path: tuple[str, ...]) -> MappingNode:
        """`top` on top of `base`, which stand under the keys `path`."""
        named = define_name if path == ("define",) else str
        entries = {named(key.text): (key, value) for key, value in base.entries}
        own: set[str] = set()
        for key, value in top.entries:
            name = named(key.text)
            if name in own:
                self.errors.report(key.at, f"{shorten(name)} is defined here twice")
            own.add(name)
            before = entries.get(name)
            if isinstance(value, ScalarNode) and value.is_null:
                if before is None:
                    hint = did_you_mean(key.text, entries) if path else ""
                    hint = hint or "null removes what an extended spec has"
                    message = f"there is no {shorten(key.text)} here to remove"
                    self.errors.report(key.at, message, hint)
                entries.pop(name, None)
                if (name, path) == ("properties", ()):
                    entries[name] = self.properties
            elif isinstance(value, ScalarNode) and value.is_empty:
                hint = "write null to remove it" if before else "fill it or leave the key out"
                if top.flow is not None:
                    hint = "in braces a comma splits: quote a text that has one"
                self.errors.report(key.at, f"{shorten(key.text)} is empty", hint)
            else:
                inner = (*path, name)
                if isinstance(value, MappingNode) and is_merged(inner):
                    old = before[1] if before else None
                    below = old if isinstance(old, MappingNode) else MappingNode((), value.at)
                    value = self.over(below, value, inner)
                entries[name] = (key, value)
        # What is inherited does not stand in its braces.
        flow = top.flow if not base.entries else None
        return MappingNode(tuple(entries.values()), top.at, flow)


def is_merged(path: tuple[str, ...]) -> bool:
    """Whether the mapping under these keys holds named things, and not one value."""
    match path:
        case (_,):
            return True
        case (section, _):
            return section in _ENTITIES
        case ("processes", _, "vars"):
            return True
        case _:
            return False

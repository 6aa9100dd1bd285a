"""Which files a spec is read from: itself, what it extends, and its kinds; also while it is typed
and says nothing else that is right."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from .source.diagnostics import SpecError
from .source.reach import ANYWHERE, NOTHING_TYPED, Reach
from .source.reader import MappingNode, Node, ScalarNode, SequenceNode, read_yaml
from .syntax.merge import MAX_CHAIN

__all__ = ["named_files", "named_model"]


def named_files(spec: Path, typed: Mapping[Path, str] = NOTHING_TYPED) -> tuple[Path, ...]:
    """The files that a spec is read from, itself first: also those that are named and not there,
    for they may come. What cannot be read names none. `typed`: texts in the place of files."""
    reach = Reach(None, typed)
    found = [spec]
    kinds: list[Path] = []
    for path in found:
        if (root := _root(path, reach)) is None or len(found) > MAX_CHAIN:
            break
        found += [each for each in _named(path, root.get("extends")) if each not in found]
        kinds += [each for each in _named(path, root.get("kinds")) if each not in kinds]
    return (*found, *kinds)


def named_model(spec: Path) -> str:
    """The name that a spec gives its model, or has it from its file; "" where it cannot be read."""
    root = _root(spec, ANYWHERE)
    if root is None:
        return ""
    value = root.get("model")
    return value.text.strip() if isinstance(value, ScalarNode) else spec.stem


def _root(path: Path, reach: Reach) -> MappingNode | None:
    try:
        return read_yaml(reach.read(path))
    except SpecError:
        return None


def _named(path: Path, value: Node | None) -> list[Path]:
    """The files of a value, relative to the file in which it stands."""
    items = value.items if isinstance(value, SequenceNode) else (value,)
    names = [each.text.strip() for each in items if isinstance(each, ScalarNode)]
    return [
        Path(os.path.normpath(path.parent / name))
        for name in names
        if name.endswith((".yaml", ".yml")) and "\0" not in name
    ]

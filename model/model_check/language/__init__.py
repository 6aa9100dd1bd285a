"""The language: from the text of a spec to a checked `Spec`.

`document` reads, `checker` checks; `tree` is what both come to. Nothing here knows how a
spec is explored.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from .checker import check_document
from .diagnostics import Diagnostic, Position, SpecError
from .document import load_document
from .kindfile import builtin_kinds
from .tree import Spec

__all__ = ["Diagnostic", "Position", "Spec", "SpecError", "load"]

_NOTHING: Mapping[str, str] = MappingProxyType({})


def load(path: Path | str, overrides: Mapping[str, str] = _NOTHING) -> Spec:
    """Read and check a spec.

    `overrides` gives constants other values, as text: `{"TOTAL": "20"}`. Raises `SpecError`
    with every mistake that was found.
    """
    return check_document(load_document(path, overrides), builtin_kinds())

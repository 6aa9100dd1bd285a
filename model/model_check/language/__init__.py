"""The language: from the text of a spec to a checked `Spec`.

`document` reads, `checker` checks; `tree` is what both come to. Nothing here knows how a
spec is explored.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from .source.diagnostics import Diagnostic, Position, SpecError

if TYPE_CHECKING:
    from .tree.spec import Spec

__all__ = ["Diagnostic", "Position", "Spec", "SpecError", "load"]

_NOTHING: Mapping[str, str] = MappingProxyType({})


def load(
    path: Path | str,
    overrides: Mapping[str, str] = _NOTHING,
    views: Mapping[str, str] = _NOTHING,
    *,
    allow_outside: bool = False,
    faults: bool = True,
) -> Spec:
    """Read and check a spec.

    `overrides` gives constants other values, as text: `{"TOTAL": "20"}`. `views` are expressions
    to ask of every state beside the spec's own, by the name under which mistakes in them are
    told: `{"--group-by": "len(jobs)"}`. `allow_outside`: `extends` and `kinds` may name files
    outside of the spec's repository (or, where there is none, its folder). Without `faults`, what
    the spec says may go wrong (crashes, broken connections and the like) does not. Raises
    `SpecError` with every mistake that was found.
    """
    # Loaded when first needed: the pytest plugin asks this package which files are specs, in
    # every pytest run of an environment that has it.
    from .draft import Draft

    draft = Draft.read(path, overrides, views, allow_outside=allow_outside, faults=faults)
    return draft.checked()


def __getattr__(name: str) -> Any:
    if name == "Spec":
        from .tree.spec import Spec

        return Spec
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

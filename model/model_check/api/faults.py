"""What a command tells of faults, whatever it does with a spec."""

from __future__ import annotations

from pathlib import Path

from ..language import load
from ..language.tree.spec import Spec
from ..results.faults import Faults
from ..verify.faults import budgets_of
from .options import SpecOptions

__all__ = ["faults_of"]


def faults_of(path: Path | str, asked: SpecOptions, spec: Spec | None = None) -> Faults:
    """What the spec in a file says may go wrong, or would, if it were not asked to be left out;
    `spec` is that spec as it was asked for, where it was read already. Raises SpecError."""
    if spec is None or not asked.faults:
        spec = load(path, asked.overrides, allow_outside=asked.allow_outside)
    return Faults(budgets_of(spec), left_out=not asked.faults)

"""From a symmetry to LLVM text that makes of a state the one that stands for it."""

from __future__ import annotations

from ...machine.core import Machine
from ...machine.effects import effects_of
from ..reduction import Symmetry
from .bodies import FunctionWriter
from .module import known_locals
from .state_words import loaded_words

__all__ = ["canonical_text"]


def canonical_text(machine: Machine, symmetry: Symmetry) -> str:
    """`@canonical(state)`: rewrites the state at an address."""
    effects = effects_of(symmetry.body, notes=False)
    function = FunctionWriter(machine, known_locals(machine, symmetry.body), sorted(effects.writes))
    function.load_fields(effects.touches)
    function.block(symmetry.body)
    return "\n".join(
        [
            *function.constants,
            "define internal i64 @canonical(i64 %state.address) {",
            "entry:",
            "  %n.at = alloca i64",
            *function.allocas,
            "  store i64 0, ptr %n.at",
            "  %state = inttoptr i64 %state.address to ptr",
            "  %out = inttoptr i64 %state.address to ptr",
            *loaded_words(machine),
            *function.lines,
            "  ret i64 0",
            "}",
        ]
    )

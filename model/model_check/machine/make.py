"""From a checked spec to a program that runs."""

from __future__ import annotations

from ..language.tree.spec import Spec
from .lowering.spec import lower_spec
from .passes.dead_values import forget_dead
from .passes.folding import constant_fields, fold_constants
from .python.program import Program, compile_machine, initial_states
from .shapes import Layout

__all__ = ["make_program"]


def make_program(spec: Spec, layout: Layout, *, fold: bool = True, forget: bool = False) -> Program:
    """The program of a spec, with the room that `layout` gives. `fold` False keeps bits also
    for fields that never change (see `folding`); `forget` leaves out the values that no step reads
    any more, where there are any (see `dead_values`)."""
    machine = lower_spec(spec, layout)
    initial = initial_states(machine)
    # Where not even an initial state is right, there is nothing to learn from them.
    if any(state < 0 for state in initial):
        return compile_machine(machine)
    if fold:
        machine = fold_constants(machine, constant_fields(machine, initial))
    if not forget:
        return compile_machine(machine)
    initial = initial_states(machine)
    forgetting = forget_dead(machine, initial)
    if forgetting is None:
        return compile_machine(machine)
    machine = forgetting.machine
    if fold:
        machine = fold_constants(machine, constant_fields(machine, initial))
    return compile_machine(machine, forgetting)

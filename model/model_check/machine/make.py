"""From a checked spec to a program that runs."""

from __future__ import annotations

from ..language.tree import Spec
from .fold import constant_fields, fold_constants
from .generate import Program, compile_machine, initial_states
from .lower import lower_spec
from .shapes import Layout

__all__ = ["make_program"]


def make_program(spec: Spec, layout: Layout, *, fold: bool = True) -> Program:
    """The program of a spec, with the room that `layout` gives. `fold` False keeps bits also
    for fields that never change (see `fold`)."""
    machine = lower_spec(spec, layout)
    if fold:
        initial = initial_states(machine)
        # Where not even an initial state is right, there is nothing to learn from them.
        if all(state >= 0 for state in initial):
            machine = fold_constants(machine, constant_fields(machine, initial))
    return compile_machine(machine)

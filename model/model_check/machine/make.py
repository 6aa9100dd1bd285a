"""From a checked spec to a program that runs."""

from __future__ import annotations

from collections.abc import Sequence

from ..language.records import replace
from ..language.tree.spec import Define, Spec
from .core import Machine
from .effects import fields_read
from .lowering.spec import lower_spec, lower_terms
from .passes.folding import constant_fields, fold_constants, fold_formula
from .python.program import (
    Evaluator,
    Program,
    compile_formulas,
    compile_machine,
    initial_states,
)
from .shapes import Layout

__all__ = ["asked_of", "forgetting_program", "make_program"]


def make_program(spec: Spec, layout: Layout, *, fold: bool = True, forget: bool = False) -> Program:
    """The program of a spec, with the room that `layout` gives. `fold` False keeps bits also
    for fields that never change (see `folding`); `forget` leaves out the values that no step reads
    any more, where there are any (see `dead_values`)."""
    machine = lower_spec(spec, layout)
    initial = initial_states(machine)
    # Where there is no initial state, or not even that is right, there is nothing to learn from it.
    if not initial or any(state < 0 for state in initial):
        return compile_machine(machine)
    if fold:
        machine = fold_constants(machine, constant_fields(machine, initial))
    forgetting = forgetting_program(machine, fold=fold) if forget else None
    return forgetting or compile_machine(machine)


def asked_of(
    program: Program, layout: Layout, terms: Sequence[Define]
) -> tuple[tuple[Evaluator, frozenset[int]], ...]:
    """Expressions of a spec, ready to be asked of the whole states of its program, with the room
    that `layout` gives to what they compute; each with the fields that it reads, those too that
    never change. What would take too many bits is left out, or other fields of the states."""
    whole = program.whole.machine
    formulas, failures = lower_terms(whole, layout, terms)
    constants = {each.index: each.constant for each in whole.fields if each.constant is not None}
    folded = [fold_formula(each, constants) for each in formulas]
    evaluators = compile_formulas(replace(whole, failures=failures), folded)
    return tuple(zip(evaluators, map(fields_read, formulas), strict=True))


def forgetting_program(machine: Machine, *, fold: bool = True) -> Program | None:
    """The program of a machine without the values that neither a step nor one of its formulas
    reads any more; None where there are none. `fold` as for `make_program`."""
    initial = initial_states(machine)
    # Loaded late: few spaces are large.
    from .passes.dead_values import forget_dead

    forgetting = forget_dead(machine, initial)
    if forgetting is None:
        return None
    machine = forgetting.machine
    if fold:
        machine = fold_constants(machine, constant_fields(machine, initial))
    return compile_machine(machine, forgetting)

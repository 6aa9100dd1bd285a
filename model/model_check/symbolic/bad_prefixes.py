"""Runs that have gone wrong for good, as one formula for z3.

In: a machine, a property of whole runs, how many moves, and the automaton of the runs of which the
property is true. Out: whether after some of these moves the automaton has no place left to be in:
then no continuation is right. That it can be at a place is a truth for each state of a run, which
follows from those of the state before. What states there are, and in which order, z3 finds from
the machine; the automaton alone is the one that the search has.
"""

from __future__ import annotations

from ..language.tree.spec import Property
from ..verify.automaton import Automaton, Edge
from .bit_vectors import condition_of
from .evaluation import evaluate_formula
from .lassos import atoms_of
from .terms import Condition, all_true, any_true, not_true
from .unrolling import Unrolling

__all__ = ["becomes_bad"]


def becomes_bad(run: Unrolling, asked: Property, automaton: Automaton) -> Condition:
    """Whether some run of at most so many moves is a bad prefix of a property. Raises
    TooManyBitsError where a formula may have no value in some state: then z3 is not asked."""
    formulas = atoms_of(run.machine, asked)
    places: list[Condition] = [at == automaton.initial for at in range(len(automaton.edges))]
    found = []
    for number in range(run.moves + 1):
        run.deadline.look()
        said = [
            condition_of(evaluate_formula(formulas[name], run.load(number))[0])
            for name in automaton.atoms
        ]
        ways: list[list[Condition]] = [[] for _ in places]
        for at, edges in zip(places, automaton.edges, strict=True):
            for edge in edges:
                ways[edge.target].append(all_true(at, *_read(edge, said)))
        places = [any_true(*each) for each in ways]
        # Who waits for the others has not come to a state once more.
        idle = run.still(number - 1) if number else False
        found.append(all_true(not_true(idle), not_true(any_true(*places))))
    return any_true(*found)


def _read(edge: Edge, said: list[Condition]) -> list[Condition]:
    """That an edge can be taken where the atoms are so."""
    literals = []
    for bit, truth in enumerate(said):
        if edge.must >> bit & 1:
            literals.append(truth)
        if edge.must_not >> bit & 1:
            literals.append(not_true(truth))
    return literals

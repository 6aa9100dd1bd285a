"""From a temporal formula to what stands before its arrows, where that speaks of one state: what
the formula is asked under. Where it is never true, the formula is asked of nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from ..explore.space import Space
from ..language.temporal import (
    Always,
    And,
    Atom,
    Constant,
    Equivalent,
    Eventually,
    Formula,
    Implies,
    Next,
    Not,
    Or,
    Release,
    Until,
    WeakUntil,
    formula_text,
    speaks_of_time,
)
from ..language.tree.spec import Property
from .formulas import Answers
from .temporal import formula_of

__all__ = ["Premise", "left_of_arrows"]


Premise = tuple[str, int, Callable[[int], bool]]
"""What something is asked under: its text, the bits that it reads, and its truth in a state."""


def left_of_arrows(space: Space, each: Property) -> Iterator[Premise]:
    """What stands before the arrows of a temporal formula, where it speaks of one state, and where
    the whole formula is true if that is never so."""
    evaluators = map(Answers, space.program.formulas.asked_of_runs(each.name))
    atoms = dict(zip((atom.name for atom in each.atoms), evaluators, strict=True))
    texts = {atom.name: atom.text for atom in each.atoms}
    todo = [formula_of(each)]
    while todo:
        formula = todo.pop()
        if isinstance(formula, Implies) and not speaks_of_time(formula.left):
            left = formula.left
            text = texts[left.name] if isinstance(left, Atom) else formula_text(left)
            mask = 0
            for atom in atoms.values():
                mask |= atom.mask
            yield text, mask, partial(_holds, left, atoms)
        todo += reversed(_enough(formula))


def _enough(formula: Formula) -> tuple[Formula, ...]:
    """The parts of which each, true at every moment, is enough for the formula to be so. Both
    sides of an `&` must be true, and `p U q` asks for q: they are asked of more."""
    match formula:
        case Always(of) | Eventually(of) | Next(of):
            return (of,)
        case Or(parts):
            return parts
        case Implies(_, right) | Until(_, right) | Release(_, right):
            return (right,)
        case WeakUntil(left, right):
            return (left, right)
    return ()


def _holds(formula: Formula, atoms: Mapping[str, Answers], state: int) -> bool:
    """Whether a formula without temporal operators is true in a state."""
    match formula:
        case Atom(name):
            return atoms[name].of(state) == 1
        case Constant(value):
            return value
        case Not(of):
            return not _holds(of, atoms, state)
        case And(parts):
            return all(_holds(each, atoms, state) for each in parts)
        case Or(parts):
            return any(_holds(each, atoms, state) for each in parts)
        case Implies(left, right):
            return not _holds(left, atoms, state) or _holds(right, atoms, state)
        case Equivalent(left, right):
            return _holds(left, atoms, state) == _holds(right, atoms, state)
    raise TypeError(f"{formula_text(formula)} speaks of other states")

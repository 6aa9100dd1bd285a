"""Runs that never end as one formula for z3, and what must be true of them in the course of time.

In: a machine, a property, and how many moves. Out: what makes a run of these moves a lasso (its
last state is one of those before, and what is in between is fair), or a run that ends (it repeats
its last state), and whether the property is true of it.

That a run of k moves comes back to state l is a truth for each l, of which one is chosen. Until is
a least fixed point: what a state says of it follows from the next one's; the last state says what
state l does, and that is found by going once round, where `until` is false behind it. So every
part of a formula takes two rows of truths. See Biere, Cimatti, Clarke, Zhu, Symbolic model
checking without BDDs, TACAS 1999; Latvala, Biere, Heljanko, Junttila, Simple bounded LTL model
checking, FMCAD 2004. Nothing here is shared with what judges the explored space.

A lasso of fewer moves is one of k moves as well: it goes round some way further, before it is said
to. So there is one of at most k moves exactly if there is one of k.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..language import temporal
from ..language.source.diagnostics import Diagnostics, Source
from ..language.source.text import Text
from ..language.syntax.temporal import parse_formula
from ..language.temporal import Formula as TemporalFormula
from ..language.tree.spec import Property
from ..machine.core import Formula, Machine
from ..machine.fairness import promises_of
from .bit_vectors import TooManyBitsError, condition_of
from .evaluation import can_fail, evaluate_formula
from .terms import Condition, Term, all_true, any_true, at_most_one, boolean, not_true, xor
from .unrolling import Unrolling

__all__ = ["atoms_of", "ended_run", "false_of", "lasso"]

Row = list[Condition]
"""The truth of a formula in each state of a run, and last in the one that follows the last."""


def lasso(run: Unrolling) -> tuple[Condition, Sequence[Condition]]:
    """What makes a run a fair lasso, and for each of its states whether it comes back to it."""
    back: list[Term] = [boolean(f"comes back to {place}") for place in range(run.moves)]
    found = [any_true(*back), at_most_one(back)]
    for place, chosen in enumerate(back):
        found.append(any_true(not_true(chosen), run.alike(place, run.moves)))
    found += [not_true(run.still(number)) for number in range(run.moves)]
    return all_true(*found, _fair(run, back)), back


def ended_run(run: Unrolling) -> tuple[Condition, Sequence[Condition]]:
    """What makes a run one that has ended: nothing can happen in its last move; and the state that
    it then repeats."""
    last = run.moves - 1
    return run.still(last), [number == last for number in range(run.moves)]


def _fair(run: Unrolling, back: Sequence[Condition]) -> Condition:
    """Whether every promise is kept where the run goes round."""
    inside = [any_true(*back[: number + 1]) for number in range(run.moves)]
    found = []
    for promise in promises_of(run.machine):
        taken, idle = [], []
        for number, within in enumerate(inside):
            taken.append(all_true(within, run.taken(number, promise.steps)))
            possible = run.possible(number, promise.steps)
            idle.append((within, not_true(possible)))
        if promise.strong:
            never = all_true(*(any_true(not_true(within), not_) for within, not_ in idle))
            found.append(any_true(*taken, never))
        else:
            found.append(any_true(*taken, *(all_true(within, not_) for within, not_ in idle)))
    return all_true(*found)


def false_of(run: Unrolling, back: Sequence[Condition], asked: Property) -> Condition:
    """Whether a property is false of a run that comes back where `back` says. Raises
    TooManyBitsError where a formula may have no value in some state: then z3 is not asked."""
    return not_true(_Truths(run, back, atoms_of(run.machine, asked)).row(_formula(asked))[0])


def _formula(asked: Property) -> TemporalFormula:
    return asked.in_time or _parsed(asked.form.in_time)


def _parsed(text: str) -> TemporalFormula:
    errors = Diagnostics()
    formula = parse_formula(Text.of(Source("a form of property", text)), errors)
    errors.raise_if_any()
    assert formula is not None
    return formula


def atoms_of(machine: Machine, asked: Property) -> Mapping[str, Formula]:
    """What a property asks of states, by the name that its formula gives it. Raises
    TooManyBitsError where some may have no value."""
    said = [atom.name for atom in temporal.atoms(_formula(asked))]
    names = [each.name for each in asked.atoms]
    found = machine.formulas.asked_of_runs(asked.name)
    atoms = dict(zip(names if set(said) <= set(names) else said, found, strict=True))
    if any(map(can_fail, atoms.values())):
        raise TooManyBitsError("a formula that may have no value")
    return atoms


class _Truths:
    """The rows of a formula's parts."""

    def __init__(
        self, run: Unrolling, back: Sequence[Condition], atoms: Mapping[str, Formula]
    ) -> None:
        self.run = run
        self.back = back
        self.atoms = atoms
        self.count = run.moves

    def row(self, formula: TemporalFormula) -> Row:
        """The truth of a formula in each state."""
        self.run.deadline.look()
        match formula:
            case temporal.Constant(value):
                return [value] * (self.count + 1)
            case temporal.Atom(name):
                return self._atom(self.atoms[name])
        rows = [self.row(each) for each in temporal.parts_of(formula)]
        match formula:
            case temporal.Not():
                return _not(rows[0])
            case temporal.And():
                return [all_true(*each) for each in zip(*rows, strict=True)]
            case temporal.Or():
                return [any_true(*each) for each in zip(*rows, strict=True)]
            case temporal.Implies():
                return _either(_not(rows[0]), rows[1])
            case temporal.Equivalent():
                return [not_true(xor(left, right)) for left, right in zip(*rows, strict=True)]
            case temporal.Next():
                return self._closed(rows[0][1:])
        return self._lasting(formula, rows)

    def _lasting(self, formula: TemporalFormula, rows: Sequence[Row]) -> Row:
        """Operators that look at all that follows, each by `until`."""
        every: Row = [True] * (self.count + 1)
        first, last = rows[0], rows[-1]
        match formula:
            case temporal.Eventually():
                return self._until(every, first)
            case temporal.Always():
                return _not(self._until(every, _not(first)))
            case temporal.Until():
                return self._until(first, last)
            case temporal.WeakUntil():
                return _either(self._until(first, last), _not(self._until(every, _not(first))))
            case temporal.Release():
                return _not(self._until(_not(first), _not(last)))
            case temporal.StrongRelease():
                return self._until(last, _both(first, last))
        raise AssertionError(f"no operator of linear temporal logic: {formula}")

    def _atom(self, formula: Formula) -> Row:
        values = (evaluate_formula(formula, self.run.load(n))[0] for n in range(self.count))
        return self._closed([condition_of(value) for value in values])

    def _closed(self, row: Row) -> Row:
        """A row, with what the state that follows the last one says: that which it comes back
        to."""
        pairs = zip(self.back, row, strict=True)
        return [*row, any_true(*(all_true(chosen, truth) for chosen, truth in pairs))]

    def _until(self, left: Row, right: Row) -> Row:
        once = self._backwards(left, right, False)
        return self._backwards(left, right, self._closed(once[:-1])[-1])

    def _backwards(self, left: Row, right: Row, behind: Condition) -> Row:
        row: Row = [behind]
        for number in range(self.count - 1, -1, -1):
            row.append(any_true(right[number], all_true(left[number], row[-1])))
        row.reverse()
        return row


def _not(row: Row) -> Row:
    return [not_true(each) for each in row]


def _either(left: Row, right: Row) -> Row:
    return [any_true(*each) for each in zip(left, right, strict=True)]


def _both(left: Row, right: Row) -> Row:
    return [all_true(*each) for each in zip(left, right, strict=True)]

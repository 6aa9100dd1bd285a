"""From properties to what is remembered of a run, and to how its end tells which it broke.

A property is broken by a state or a step on the way, by the end, or by what was owed and never
came. Each of these is one bit of a run's memory. Of properties that ask more
of a run as a whole than this, nothing is said; nor of one that asks whether something is possible,
which is no question about one run.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence

from ..explore.rows import Rows
from ..explore.space import Space
from ..language.records import dataclass
from ..language.temporal import (
    Always,
    And,
    Atom,
    Constant,
    Equivalent,
    Eventually,
    Formula,
    Implies,
    Not,
    Or,
    atoms,
    parts_of,
    speaks_of_time,
)
from ..language.tree.spec import Property
from ..verify.asking import answered
from ..verify.formulas import Answers, StepAnswers
from ..verify.temporal import formula_of
from .timed_graph import Flags

__all__ = ["MOST_BITS", "UndecidedError", "flags_of", "left_out"]

MOST_BITS = 62
"""Bits of what is remembered of a run: of a number that is never negative."""
ALL = -1
"""Every bit."""
ONE_STATE = "it is asked of all runs together, not of one"
MORE = "it asks more of a run as a whole than is remembered of one"
ANYTHING = Constant(value=True)


class UndecidedError(Exception):
    """Nothing can be said of runs; the text says why."""


@dataclass(frozen=True, slots=True)
class _Demand:
    """What is asked of a run: that what is `owed` from a state on where `after` is true (`once`:
    from the first state on alone) comes: a state in which `comes` is. `comes` is None where
    nothing can mend it: no state may be so."""

    after: Formula
    comes: Formula | None
    once: bool = False


@dataclass(frozen=True, slots=True)
class _AtEnd:
    """What must be true at the end. Of a run without one: from some moment on for ever; `again`:
    again and again."""

    formula: Formula
    again: bool = False


def left_out(properties: Iterable[Property]) -> tuple[tuple[Property, str], ...]:
    """The properties of which nothing is said, and why."""
    found = []
    for each in properties:
        if each.form.somewhere:
            found.append((each, ONE_STATE))
        elif each.form.asks_runs and _demands(formula_of(each)) is None:
            found.append((each, MORE))
    return tuple(found)


def _demands(formula: Formula) -> tuple[_Demand | _AtEnd, ...] | None:
    """What a temporal formula asks, where that can be remembered; else None."""
    if not speaks_of_time(formula):
        return (_Demand(Not(formula), None, once=True),)
    match formula:
        case And(parts):
            found: list[_Demand | _AtEnd] = []
            for each in map(_demands, parts):
                if each is None:
                    return None
                found += each
            return tuple(found)
        case Always(of) if not speaks_of_time(of):
            return (_Demand(Not(of), None),)
        case Eventually(of) if not speaks_of_time(of):
            return (_Demand(ANYTHING, of, once=True),)
        case Always(Implies(after, Eventually(comes))) if not (
            speaks_of_time(after) or speaks_of_time(comes)
        ):
            return (_Demand(after, comes),)
        case Eventually(Always(of)) if not speaks_of_time(of):
            return (_AtEnd(of),)  # a run that has ended stays where it is
        case Always(Eventually(of)) if not speaks_of_time(of):
            return (_AtEnd(of, again=True),)
    return None


def _truth(formula: Formula, true: Mapping[str, bool]) -> bool:
    """Whether a formula that speaks of one state is true there, given which atoms are."""
    match formula:
        case Atom(name):
            return true[name]
        case Constant(value):
            return value
    values = [_truth(each, true) for each in parts_of(formula)]
    match formula:
        case Not():
            return not values[0]
        case And():
            return all(values)
        case Or():
            return any(values)
        case Implies():
            return values[1] or not values[0]
        case Equivalent():
            return values[0] == values[1]
    raise TypeError(formula)


def flags_of(
    space: Space, rows: Rows, reached: Sequence[int], properties: Sequence[Property]
) -> Flags:
    """What is remembered of runs for some properties, none of them one that is `left_out`.

    rows: the states of the space, and behind them the nodes at which a run has ended by an error.
    reached: 1 for each node that a run may come to. Raises UndecidedError.
    """
    memory = _Memory(space, rows, reached)
    for each in properties:
        memory.begin(each.name)
        if each.form.on_error:
            memory.ask_errors(each.name)
        elif each.form.on_deadlock:
            stuck = [n for n in space.terminal if not space.is_final(space.states[n])]
            memory.break_by(each.name, stuck)
        elif each.form.of_steps:
            memory.ask_steps(each)
        elif each.form.asks_runs:
            memory.ask_run(each)
        else:
            memory.ask_states(each)
    return memory.flags()


class _Memory:
    """The flags of a graph while they are made."""

    def __init__(self, space: Space, rows: Rows, reached: Sequence[int]) -> None:
        self.space, self.rows, self.reached = space, rows, reached
        self.formulas = space.program.formulas
        self.count = len(space.states)
        self.asked = array("I", [n for n in range(self.count) if reached[n]])
        self.found = array("q", [0]) * rows.count
        self.keep = array("q", [ALL]) * rows.count
        self.first = array("q", [0]) * rows.count
        self.of_transition: array[int] | None = None
        self.bits = self.owed = self.returning = 0
        self.masks: dict[str, int] = {}

    def begin(self, name: str) -> None:
        """Go on to another property."""
        self.masks[name] = 0

    def bit(self, name: str) -> int:
        """One more bit that tells that a property is broken."""
        if self.bits == MOST_BITS:
            raise UndecidedError(f"more than {MOST_BITS} things are asked of one run")
        found = 1 << self.bits
        self.bits += 1
        self.masks[name] |= found
        return found

    def break_by(self, name: str, nodes: Sequence[int]) -> None:
        """Have a run that comes to one of these nodes break a property."""
        if len(nodes):
            bit = self.bit(name)
            for node in nodes:
                self.found[node] |= bit

    def break_at_end(self, name: str, nodes: Sequence[int], *, again: bool = False) -> None:
        """Have a run that ends at one of these nodes break a property, or stays at such ones for
        ever; and where it need not be true `again` and again, one that comes back to them."""
        if len(nodes):
            bit = self.bit(name)
            self.owed |= bit
            for node in range(self.rows.count):
                self.keep[node] &= ~bit
            for node in nodes:
                self.found[node] |= bit
            if not again:
                self.returning |= bit

    # --- of states and steps --------------------------------------------------------------------

    def ask_states(self, each: Property) -> None:
        """A property of all states, or of ends."""
        evaluator = Answers(self.formulas.properties[each.name])
        wrong = self.answering(evaluator, lambda answer: answer == each.form.wrong_answer)
        if each.form.asks_ends:
            self.break_at_end(each.name, wrong)
        else:
            self.break_by(each.name, wrong)

    def ask_steps(self, each: Property) -> None:
        """A property of steps."""
        asked = StepAnswers(self.formulas.of_steps[each.name])
        self.mark_transitions(each.name, asked, failing=False)

    def mark_transitions(self, name: str, asked: StepAnswers, *, failing: bool) -> None:
        """Have the transitions break a property of which a formula is false, or has no value."""
        states, targets = self.space.states, self.rows.targets
        places = []
        for node in self.asked:
            for place in self.rows.of(node):
                if targets[place] < self.count:
                    answer = asked.of(states[node], states[targets[place]])
                    self._finished(asked, answer)
                    if (answer < 0) if failing else answer == 0:
                        places.append(place)
        if places:
            bit = self.bit(name)
            if self.of_transition is None:
                self.of_transition = array("q", [0]) * len(targets)
            for place in places:
                self.of_transition[place] |= bit

    def answering(self, evaluator: Answers, wanted: Callable[[int], bool]) -> Sequence[int]:
        """The states that a run may come to with certain answers."""

        def asked(answer: int) -> bool:
            self._finished(evaluator, answer)
            return wanted(answer)

        return answered(self.space, evaluator, self.asked).where(asked)

    def _finished(self, asked: Answers | StepAnswers, answer: int) -> None:
        if answer < 0 and asked.failure(answer).unfinished:
            raise UndecidedError(asked.failure(answer).text)

    # --- of errors ------------------------------------------------------------------------------

    def ask_errors(self, name: str) -> None:
        """That nothing runs into an error: no step, and nothing that a property asks."""
        wrong = {*range(self.count, self.rows.count)}
        for each in self.space.machine.spec.properties:
            for evaluator in map(Answers, self.formulas.asked_of_runs(each.name)):
                failing = self.answering(evaluator, lambda answer: answer < 0)
                wrong |= {*failing} & {*self.space.terminal} if each.form.asks_ends else {*failing}
        self.break_by(name, sorted(wrong))
        for asked in map(StepAnswers, self.formulas.of_steps.values()):
            self.mark_transitions(name, asked, failing=True)

    # --- of runs as a whole ---------------------------------------------------------------------

    def ask_run(self, each: Property) -> None:
        """A property of whole runs."""
        formula = formula_of(each)
        names = [one.name for one in atoms(formula)]
        evaluators = [*map(Answers, self.formulas.asked_of_runs(each.name))]
        known = dict(zip(names, evaluators, strict=True))
        for demand in _demands(formula) or ():
            if isinstance(demand, _AtEnd):
                wrong = self.where(each.name, Not(demand.formula), known)
                self.break_at_end(each.name, wrong, again=demand.again)
                continue
            bit = self.bit(each.name)
            starts = self.where(each.name, demand.after, known)
            into = self.first if demand.once else self.found
            for node in starts:
                into[node] |= bit
            if demand.comes is not None:
                self.owed |= bit
                for node in self.where(each.name, demand.comes, known):
                    self.keep[node] &= ~bit
                    self.found[node] &= ~bit
                    self.first[node] &= ~bit

    def where(self, name: str, formula: Formula, known: Mapping[str, Answers]) -> Sequence[int]:
        """The states that a run may come to in which a formula is true."""
        mask = 0
        for each in known.values():
            mask |= each.mask
        alike = self.space.alike(mask, self.asked)
        wanted = []
        for one in range(len(alike)):
            state = self.space.states[alike.first(one)]
            answers = {atom: each.of(state) for atom, each in known.items()}
            if min(answers.values(), default=0) < 0:
                raise UndecidedError(f"what `{name}` asks has no value in some states of runs")
            wanted.append(_truth(formula, {atom: answer == 1 for atom, answer in answers.items()}))
        return alike.chosen(wanted)

    # --- all together ---------------------------------------------------------------------------

    def flags(self) -> Flags:
        """All of it. What is owed where a run ends by an error, would perhaps have come."""
        for node in range(self.count, self.rows.count):
            self.keep[node] = ~self.owed
        first = array("q", [own | found for own, found in zip(self.first, self.found, strict=True)])
        return Flags(first, self.found, self.keep, self.of_transition, self.masks, self.returning)

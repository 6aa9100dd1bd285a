"""From an explored space to its doomed states: those from which every continuation violates.

A continuation is a run that goes on until nothing can happen any more, or for ever. What may go
wrong never has to: a run may end where nothing else can happen, or go on by it. A continuation
violates a property of all states when it comes to a state that does, one of ends, deadlocks
too, when it ends in a state that does, and that there are no errors when it runs into one. So
one that ends with a run-time error violates nothing but that there are none. Nothing is assumed
of fairness but that who need not act may stay where it is: a process may be passed over for ever.
Properties that speak of whole runs speak of fair ones: for them see `fair_continuations`. Which
steps violate one of steps is not looked for; but where one of these has no value, that is an error.

A state is doomed if every continuation from it violates; users read *lost*. This is the one
place that says what that means for a state by itself. `no_return` asks along a trace,
`doomed_states` of all states. They are the least set that has what violates by itself, and every
state whose every step leads into the set: least, because a run that goes round for ever outside
of it violates nothing. Tests hold one answer against the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from ..explore.space import Space
from ..language.records import dataclass
from ..machine.fairness import promises_of
from ..results.check import PropertyResult
from .asking import answered
from .formulas import Answers, StepAnswers

__all__ = ["Continuations", "LostStates", "doomed_states", "speaks_of_runs"]

ANY = 2
"""No value of the formula of a property."""
_Wrong = Callable[[int], bool]


@dataclass(frozen=True, slots=True)
class Asked:
    """A formula that a property asks of states: a state violates it whose answer `is_wrong`.
    `name`: the property whose own formula it is ("": it is not a whole one); `wrong`: the value
    that it must not have, 2 where it may have any."""

    answers: Answers
    name: str
    wrong: int

    def is_wrong(self, answer: int) -> bool:
        """Whether a state with this answer violates."""
        if self.wrong != ANY:
            return answer == self.wrong
        return answer < 0 and not self.answers.failure(answer).unfinished

    def __call__(self, state: int) -> bool:
        return self.is_wrong(self.answers.of(state))

    def suspects(self, space: Space) -> Sequence[int]:
        """The states that may violate it."""
        found = space.scan(self.name, self.wrong, 0) if space.scan and self.name else None
        return range(len(space.states)) if found is None else found

    def among(self, space: Space, numbers: Sequence[int]) -> Sequence[int]:
        """Those of some states that violate it."""
        return answered(space, self.answers, numbers).where(self.is_wrong)


def speaks_of_runs(space: Space, result: PropertyResult) -> bool:
    """Whether what a property says of whole runs counts: not if all runs end, where nothing can
    happen any more, and ends decide."""
    form = result.form
    if form.asks_runs or not form.in_time:
        return form.asks_runs
    return space.goes_round or any(p.fairness == "none" for p in space.machine.spec.processes)


class Continuations:
    """What the continuations from a state must come to, to violate one property."""

    def __init__(self, space: Space, result: PropertyResult) -> None:
        self._form = result.form
        self._is_outside = space.program.is_outside
        self.everywhere: list[Asked] = []
        """What makes a state violate, wherever it is in a run."""
        self.at_end: list[Asked] = []
        """What makes an end violate."""
        formulas = space.program.formulas
        for each in space.machine.spec.properties:
            if each.formula is not None:
                answers = Answers(formulas.properties[each.name])
                place = self.at_end if each.form.at_ends else self.everywhere
                if each.name == result.name:
                    place.append(Asked(answers, each.name, each.form.wrong_answer))
                elif result.form.on_error:
                    place.append(Asked(answers, each.name, ANY))
            if result.form.on_error and each.form.asks_runs:
                asked = map(Answers, formulas.asked_of_runs(each.name))
                self.everywhere += [Asked(answers, "", ANY) for answers in asked]
        asked_of_steps = formulas.of_steps.values() if result.form.on_error else ()
        self._of_steps = [*map(StepAnswers, asked_of_steps)]
        self._is_stuck: _Wrong = lambda state: result.form.on_deadlock and not space.is_final(state)
        self._labelled = space.program.labelled
        self._owed = _owed(space)

    def violates(self, state: int) -> bool:
        """Whether a run has violated the property by coming to a state, wherever it goes."""
        return any(wrong(state) for wrong in self.everywhere)

    @property
    def asks_steps(self) -> bool:
        """Whether a step may violate by itself."""
        return bool(self._of_steps)

    def breaks(self, before: int, after: int) -> bool:
        """Whether a run violates the property by going from one state to another."""
        return any(
            (answer := asked.of(before, after)) < 0 and not asked.failure(answer).unfinished
            for asked in self._of_steps
        )

    def settled(self, state: int, *, moves: bool, failing: bool, may_end: bool) -> bool | None:
        """Whether all continuations from a state violate, where that does not depend on where
        its steps lead: True, they do (and have by now); False, one ends here without; None, a
        state is lost exactly if all those are that its steps lead to.

        `moves`: whether a step leads on from here; `failing`: whether one runs into an error;
        `may_end`: whether neither has to happen, since all of them are what may go wrong.
        """
        if self.violates(state):
            return True
        if failing and not self._form.on_error:
            return False
        rests = not may_end and self._may_rest(state)
        if may_end or rests:
            if self._is_outside(state):
                return False  # how the run would go on is not known
            stuck = may_end and self._is_stuck(state)
            if not stuck and not any(wrong(state) for wrong in self.at_end):
                return False
            if not (moves or failing):
                return True
        return None

    def _may_rest(self, state: int) -> bool:
        """Whether a run may stay in a state for ever though somebody could act: nobody has to."""
        if self._owed is None:
            return False
        out: list[tuple[int, int]] = []
        for labelled in self._labelled:
            labelled(state, out)
        return all(step not in self._owed for _, step in out)


def _owed(space: Space) -> frozenset[int] | None:
    """The steps that a fair run cannot put off for ever; None where these are all."""
    owed = frozenset(n for promise in promises_of(space.machine) for n in promise.steps)
    all_of_them = all(each.fault or each.index in owed for each in space.machine.steps)
    return None if all_of_them else owed


class LostStates(Mapping[str, frozenset[int]]):
    """The doomed states of each violated property that has a trace, by name; found when they are
    asked for first, and kept."""

    def __init__(self, space: Space, results: Iterable[PropertyResult]) -> None:
        self._space = space
        self._results = {
            each.name: each for each in results if each.verdict == "violated" and each.trace
        }
        self._found: dict[str, frozenset[int]] = {}

    def __getitem__(self, name: str) -> frozenset[int]:
        if name not in self._found:
            self._found[name] = doomed_states(self._space, self._results[name])
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._results)

    def __len__(self) -> int:
        return len(self._results)


def doomed_states(space: Space, result: PropertyResult) -> frozenset[int]:
    """The numbers of the states that are doomed for a property, for certain: found backwards
    from what violates, once over every transition.

    Where not everything was explored, a state that was not looked into counts as doomed only if
    it violates itself, so that each one named is doomed however the rest may be.
    """
    if result.form.of_steps:
        return frozenset()
    if speaks_of_runs(space, result):
        from .fair_continuations import lost_in_time  # most specs ask nothing of whole runs

        return lost_in_time(space, result)
    graph = space.graph
    open_ways = [len(graph.of(number)) for number in range(len(space.states))]
    continuations = Continuations(space, result)
    failing = {number for number, _, _ in space.errors}
    broken: set[tuple[int, int]] = set()
    if continuations.asks_steps:
        for number, target, _ in space.edges():
            if continuations.breaks(space.states[number], space.states[target]):
                broken.add((number, target))
                failing.add(number)
                open_ways[number] -= 1
    waits: set[int] = set()
    ends = {*space.terminal, *space.outside}
    reached: list[int] = []
    for number, state in enumerate(space.states):
        if number >= space.expanded:
            settled: bool | None = continuations.violates(state)
        else:
            settled = continuations.settled(
                state,
                moves=open_ways[number] > 0,
                failing=number in failing,
                may_end=number in ends,
            )
        if settled or (settled is None and not open_ways[number]):
            reached.append(number)
        elif settled is None:
            waits.add(number)
    doomed = set(reached)
    while reached:
        target = reached.pop()
        for number in graph.before(target):
            if (number, target) in broken:
                continue
            open_ways[number] -= 1
            if open_ways[number] == 0 and number in waits and number not in doomed:
                doomed.add(number)
                reached.append(number)
    return frozenset(doomed)

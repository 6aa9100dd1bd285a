"""From a property to the runs that a reason of it speaks of: those that break it, and the others.

In: a space, its transitions as events, and a property that is violated. Out: two graphs of runs
(the same one where a node says of a run whether it violates), and which runs these are, in words.
Runs are complete, or go on for ever fairly, as those of a property are; of what must be so in time
the one graph has the runs that an automaton of the property accepts, the other those of its
negation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..explore.demands import Demands
from ..explore.letters import Letters
from ..explore.space import Space
from ..results.check import PropertyResult
from ..verify.asking import letters_of
from ..verify.automaton import Automaton, AutomatonTooLargeError
from ..verify.doomed import speaks_of_runs
from ..verify.fair_runs import readings_of
from ..verify.formulas import Answers, StepAnswers
from ..verify.reading import accepts_for_ever
from ..verify.temporal import breaking, keeping
from .moves import Moves
from .runs import NO_STATE, Round, RunGraph
from .scopes import scope_of
from .violation import Violation

__all__ = ["Graphs", "graphs_of"]

NO_VALUE = "which facts force it is not looked for: it has no value in some state, or at some step"
TOO_LARGE = "which facts force it is not looked for: its automaton is too large"
MOST_PAIRS = 1_000_000
"""Transitions of a space times places of an automaton, above which nobody waits for the answer."""


@dataclass(frozen=True, slots=True)
class Graphs:
    """The graph that has the runs that do not violate, and the one with those that do; `whole`:
    how a run goes on decides, not what has happened in it by some moment. `scope`: which runs
    these are."""

    good: RunGraph
    bad: RunGraph
    whole: bool
    scope: str


def graphs_of(moves: Moves, result: PropertyResult, violation: Violation) -> Graphs:
    """The runs of a property. Raises ValueError, with why, where it is not known of every run
    whether it violates."""
    space, form = moves.space, result.form
    failing = bool(moves.failing) and not form.on_error
    if speaks_of_runs(space, result) and not form.on_deadlock:
        good, bad = _in_time(moves, result)
        return Graphs(good, bad, True, scope_of(fair=True, failing=failing))
    if form.on_deadlock:
        graph = _without_end(RunGraph.of_space(moves, violation.violates), moves)
    elif form.at_ends:
        graph = RunGraph.of_space(moves, violation.violates)
    elif form.on_error:
        graph = RunGraph.until_error(moves, violation.violates, violation.passing)
    elif form.of_steps:
        graph = RunGraph.passing(moves, lambda state: False, _GoesWrong(space, result))
    else:
        graph = RunGraph.passing(moves, violation.violates)
    fair = graph.round is not None
    return Graphs(graph, graph, form.at_ends, scope_of(fair=fair, failing=failing))


class _GoesWrong:
    """Whether a step breaks a property of steps. Raises ValueError where it has no answer."""

    def __init__(self, space: Space, result: PropertyResult) -> None:
        self._asked = StepAnswers(space.program.formulas.of_steps[result.name])

    def __call__(self, before: int, after: int) -> bool:
        answer = self._asked.of(before, after)
        if answer < 0:
            raise ValueError(NO_VALUE)
        return answer == 0


def _without_end(graph: RunGraph, moves: Moves) -> RunGraph:
    """With the runs that never end: they do not violate what is asked of ends."""
    rests = frozenset(moves.rests()) - graph.bad
    graph = replace(graph, good=graph.good | rests)
    if graph.is_acyclic():
        return graph
    return replace(graph, round=_round(moves, Demands(*_owed(moves), 0), None))


def _owed(moves: Moves) -> tuple[int, int]:
    """The weak and the strong promises."""
    count, strong = moves.promises
    return (1 << count) - 1 & ~strong, strong


def _round(moves: Moves, good: Demands | None, bad: Demands | None) -> Round:
    return Round(moves.possible, _of_labels(moves), good, bad)


def _of_labels(moves: Moves) -> list[int]:
    return [moves.of_step[each.step] if each.step >= 0 else 0 for each in moves.labels]


def _in_time(moves: Moves, result: PropertyResult) -> tuple[RunGraph, RunGraph]:
    space, name = moves.space, result.name
    asked = next(each for each in space.machine.spec.properties if each.name == name)
    try:
        automata = keeping(asked), breaking(asked)
    except AutomatonTooLargeError:
        raise ValueError(TOO_LARGE) from None
    if space.transitions * max(len(each.edges) for each in automata) > MOST_PAIRS:
        raise ValueError(TOO_LARGE)
    atoms = [*map(Answers, space.program.formulas.asked_of_runs(name))]
    letters = letters_of(atoms, space.states, doubted=False)
    if letters.unanswered:
        raise ValueError(NO_VALUE)
    good, bad = (_Pairs(moves, each).graph(letters) for each in automata)
    around = good.round
    assert around is not None
    good = replace(good, round=replace(around, good=around.bad, bad=None))
    return replace(good, good=good.bad, bad=frozenset()), bad


class _Pairs:
    """The runs of a space that an automaton accepts: the `bad` ones of a graph of pairs."""

    def __init__(self, moves: Moves, automaton: Automaton) -> None:
        self.moves, self.automaton = moves, automaton

    def graph(self, letters: Letters) -> RunGraph:
        """The runs, given what states say of the automaton's atoms."""
        moves, automaton, space = self.moves, self.automaton, self.moves.space
        readings, kinds = readings_of(automaton, letters), len(space.machine.steps)
        pairs = space.graph.pairs(readings, letters, space.initial, automaton.initial, kinds)
        count = len(moves.labels)
        used: dict[int, int] = {}
        rows: list[tuple[tuple[int, int], ...]] = []
        for node, state in enumerate(pairs.states):
            row = []
            known = self._labels(state)
            for place in pairs.of(node):
                target, kind = pairs.targets[place], pairs.steps[place]
                label = known[pairs.states[target], kind % kinds]
                number = kind // kinds * count + label
                row.append((target, used.setdefault(number, len(used))))
            rows.append(tuple(row))
        states, initial = [*pairs.states], tuple(range(space.initial))
        if moves.initial != initial:
            # Which state a run begins in is an event, too.
            begins = moves.successors[moves.initial[0]]
            rows.append(tuple((i, used.setdefault(n, len(used))) for i, n in begins))
            initial = (len(states),)
        marks = [moves.possible[state] for state in pairs.states]
        weak, strong = _owed(moves)
        width = moves.promises[0]
        kept = _of_labels(moves)
        of_label = [kept[number % count] | number // count << width for number in used]
        demands = Demands(weak, strong, ((1 << automaton.acceptance) - 1) << width)
        ends = frozenset(
            node
            for node in pairs.ending([*moves.rests()], None)
            if accepts_for_ever(
                automaton, pairs.places[node], letters.of[pairs.states[node]], letters.atoms
            )
        )
        labels = tuple(moves.labels[number % count] for number in used)
        return RunGraph(
            labels, tuple(rows), initial, frozenset(), ends,
            [*states, *[NO_STATE] * (len(rows) - len(states))],
            Round([*marks, *[0] * (len(rows) - len(states))], of_label, None, demands),
        )  # fmt: skip

    def _labels(self, state: int) -> dict[tuple[int, int], int]:
        """The label of each transition of a state, by where it leads and the step."""
        labels = self.moves.labels
        return {(t, labels[n].step): n for t, n in self.moves.successors[state]}

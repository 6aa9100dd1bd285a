"""Why a violation happens: the few orderings between processes that by themselves force it.

The search proposes the smallest set and makes each ordering as weak as it can be; z3 proves
that every run that keeps them violates, from the machine and not from the explored graph;
and for each ordering a run shows that the others alone do not force the violation. Then the
other reasons are found, until every run that violates keeps one of the sets.

"Every run" means every complete run, whatever steps it takes; for a property about all
states, or errors, also every endless one. Where no ordering of the
trace's events forces the violation in all of these, a property about all states is
explained among the runs that take exactly the steps of the trace, in any order that the
machine allows.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, partial
from itertools import pairwise

from ..budget.deadline import Deadline, DeadlineError
from ..budget.spending import Ask, never, why_of
from ..explore.space import Space
from ..machine.core import Machine
from ..machine.shapes import decode
from ..results.check import COMPLETE_RUNS, Ordering, PropertyResult, Race, Reason, Trace, event_name
from ..symbolic.answer import Answer
from ..symbolic.bit_vectors import TooManyBitsError
from ..symbolic.movers import Movers
from ..symbolic.occurrences import Occurrence, label_of, occurrences
from ..verify.judgement import Judgement
from ..verify.trace import Tracer
from .constrained_search import GoodRuns, is_kept
from .patterns import patterns_of
from .races import NOT_ALL, Pairs, Races, explained, find_races
from .runs import Moves, RunGraph
from .scopes import SAME_STEPS, scope_of
from .uncovered_runs import BadRun, BadRuns
from .violation import Violation

__all__ = ["Explainer", "explain"]

# Listing every run of a larger space takes longer than a reason is worth waiting for.
MOST_STATES = 200_000
# A trace has some n * n / 2 orderings; those of longer ones fill no head either.
MOST_STEPS = 200
# The clauses of an order of n events grow with n * n * n.
MOST_EVENTS = 150

TOO_LATE = "no reason was found in the time given"
Z3_TOO_LATE = "z3 gave no answer in the time given"
DISAGREE = "the search and z3 disagree about the reason: please report this spec"
BOTH = "z3 and search"

_Told = tuple[Pairs, tuple[Ordering, ...], Trace]
"""A race: its set, the same as it is told, and a run of its own."""


def explain(
    space: Space, judgement: Judgement, result: PropertyResult, *, timeout: float = 10.0
) -> Reason:
    """Why the trace of a violated property violates it. timeout: seconds of CPU for search and z3,
    whatever else the machine does. The answer is the same each time, unless the time runs out.
    """
    return Explainer(space, judgement).explain(result, timeout=timeout)


class Explainer:
    """Explains the violated properties of one space."""

    def __init__(self, space: Space, judgement: Judgement, interrupted: Ask = never) -> None:
        self.space = space
        self.judgement = judgement
        self.interrupted = interrupted
        self.tracer = Tracer(space)
        self.movers = Movers(space.machine)
        self._moves: Moves | None = None

    def moves(self, deadline: Deadline) -> Moves:
        """All transitions of the space, listed once."""
        if self._moves is None:
            self._moves = Moves(self.space, deadline)
        return self._moves

    def explain(self, result: PropertyResult, *, timeout: float = 10.0) -> Reason:
        """Why a property is violated (see `explain`)."""
        started = time.monotonic()
        deadline = Deadline.of_work(timeout, self.interrupted)
        return _Explanation(self, result, started, deadline).reason(timeout)


class _Explanation:
    def __init__(
        self, explainer: Explainer, result: PropertyResult, started: float, deadline: Deadline
    ) -> None:
        self.explainer = explainer
        self.space = explainer.space
        self.machine: Machine = self.space.machine
        self.result = result
        self.path = explainer.judgement.paths.get(result.name, ())
        self.started = started
        self.deadline = deadline
        self.at_end = result.form.at_ends
        self.violation = Violation(self.space.program, result.form, result.name, explainer.movers)
        self.scope = COMPLETE_RUNS if self.at_end else SAME_STEPS
        self.ends = self.at_end
        """Whether all runs of the scope come to an end."""

    def reason(self, timeout: float) -> Reason:
        """Search, weaken, prove, witness; then the other reasons."""
        try:
            return self._reason()
        except DeadlineError:
            return self._untold(why_of(self.explainer.interrupted) or f"{TOO_LATE} ({timeout:g} s)")

    def _reason(self) -> Reason:
        obstacle = self._obstacle()
        if obstacle:
            return self._untold(obstacle)
        run = self._run()
        try:
            graph, runs, found = self._forced(run)
        except ValueError as why:
            return self._untold(str(why))
        first = self._shown(runs, found)
        fixed = run if self.scope == SAME_STEPS else None
        told: list[_Told] = []
        races = Races((found,), (None,), "")
        if fixed is None:
            bad = BadRuns(graph, self.deadline)
            races = find_races(runs, bad, found, partial(self._waiting, graph))
            told, races = self._all_told(graph, runs, races)
        answer, note = self._ask(found, fixed)
        if answer is Answer.NO:
            return self._untold(DISAGREE)
        reason = Reason(first, self.scope, BOTH if answer is Answer.YES else "search", note, 0.0)
        if fixed is None:
            reason = self._with_races(reason, races, told, answer)
        return replace(reason, seconds=time.monotonic() - self.started)

    def _obstacle(self) -> str:
        """Why no reason is sought; "" if one is."""
        space = self.space
        if not self.path or self.result.trace is None:
            return "there is no trace to explain"
        if len(self.result.trace.steps) > MOST_STEPS:
            return f"no reason is sought for a trace of more than {MOST_STEPS} steps"
        if space.outside:
            return "runs are cut off outside of `within`: what every run does is not known"
        if not self.at_end:
            return self.violation.why_unknown()
        if space.stopped:
            return "not everything was explored: what every run does is not known"
        if len(space.states) > MOST_STATES:
            return (
                f"no reason is sought in a space of more than {MOST_STATES:,} states: "
                "make it smaller with --set"
            )
        return ""

    def _run(self) -> list[Occurrence]:
        """The events of the trace, one that fails too."""
        assert self.result.trace is not None
        space = self.space
        states = [space.states[i] for i in self.path]
        labels = []
        for before, after in pairwise(states):
            step = next(step for target, step in space.successors(before) if target == after)
            labels.append(label_of(self.machine, before, step))
        if len(self.result.trace.steps) > len(labels):
            last = self.result.trace.steps[-1]
            step = next(
                s.index
                for s in self.machine.steps
                if s.label == last.label
                and self.machine.instances[s.instance].name == last.instance
            )
            labels.append(label_of(self.machine, states[-1], step))
        return occurrences(labels)

    # --- the search ---------------------------------------------------------------------------

    def _forced(self, run: Sequence[Occurrence]) -> tuple[RunGraph, GoodRuns, Pairs]:
        """The orderings that force the violation, in as many runs as can be. Raises ValueError
        where none do."""
        space = self.space
        if self.at_end or (not space.stopped and len(space.states) <= MOST_STATES):
            graph = self._graph()
            runs = GoodRuns(graph, self.deadline)
            waiting = self._waiting(graph, run, self.path[-1])
            try:
                found = explained(runs, run, waiting)
            except ValueError:
                if self.at_end:
                    raise
            else:
                self.scope = scope_of(graph, at_end=self.at_end, failing=self._can_fail(graph))
                self.ends = self.at_end or graph.is_acyclic()
                return graph, runs, found
        bad, passing = self.violation.violates, self.violation.passing
        graph = RunGraph.of_steps(space.program, run, bad, passing, self.deadline)
        runs = GoodRuns(graph, self.deadline)
        return graph, runs, explained(runs, run, [[]])

    def _can_fail(self, graph: RunGraph) -> bool:
        """Whether an error can end a run that has not violated before."""
        if self.result.form.on_error:
            return False
        failing = self.explainer.moves(self.deadline).failing
        return any(self.at_end or state not in graph.bad for state, _ in failing)

    def _graph(self) -> RunGraph:
        moves = self.explainer.moves(self.deadline)
        if self.at_end:
            return RunGraph.of_space(moves, self.violation.violates)
        if self.result.form.on_error:
            return RunGraph.until_error(moves, self.violation.violates, self.violation.passing)
        return RunGraph.until(moves, self.violation.violates)

    def _shown(self, runs: GoodRuns, pairs: Pairs) -> tuple[Ordering, ...]:
        """A set of orderings, as it is told: with the witness of each."""
        witnesses = [self._witness(runs, pairs, i) for i in range(len(pairs))]
        self._check(pairs, witnesses)
        return tuple(
            Ordering(self._name(a), self._name(b), tuple(self._name(e) for e in run))
            for (a, b), run in zip(pairs, witnesses, strict=True)
        )

    def _waiting(
        self, graph: RunGraph, run: Sequence[Occurrence], number: int
    ) -> list[list[Occurrence]]:
        """What the processes stand before in a state, and do in other runs: what comes too
        late is as much of a reason as what came first. In a deadlock that is always so; in
        the middle of a run only where what happened is not reason enough."""
        if number >= len(self.space.states):
            return [[]]  # the step that failed was the last one
        state = self.space.states[number]
        if self.at_end and self.space.is_final(state):
            return [[]]
        waiting = {
            step
            for instance, place in enumerate(self.machine.places(state))
            for action in self.machine.actions_at(instance, place)
            for step in action.steps
        }
        happened = [event.label for event in run]
        further = [
            Occurrence(label, happened.count(label) + 1)
            for label in sorted(graph.labels)
            if label.step in waiting
        ]
        late = [event for event in further if graph.happens(event, self.deadline)]
        return [late] if self.at_end else [[], late]

    def _witness(self, runs: GoodRuns, pairs: Pairs, index: int) -> list[Occurrence]:
        """A good run that keeps all orderings but one."""
        run = runs.find([*pairs[:index], *pairs[index + 1 :]])
        # A smaller set that forces the violation would have been found first.
        assert run is not None
        return run

    def _check(self, pairs: Pairs, witnesses: Sequence[Sequence[Occurrence]]) -> None:
        """Do every witness again on the machine itself."""
        initial = [self.space.states[i] for i in range(self.space.initial)]
        for index, witness in enumerate(witnesses):
            kept = [is_kept(pair, witness) for pair in pairs]
            if kept != [i != index for i in range(len(pairs))]:
                raise AssertionError("a witness keeps the ordering that it is to break")
            if not self.violation.is_good(initial, witness, at_end=self.ends):
                raise AssertionError("a witness is no run of the machine")

    # --- all races ----------------------------------------------------------------------------

    def _all_told(self, graph: RunGraph, runs: GoodRuns, races: Races) -> tuple[list[_Told], Races]:
        """The races after the first, with witnesses and traces; where the time is over before,
        as many as there are."""
        told: list[_Told] = []
        try:
            for pairs, run in zip(races.sets[1:], races.runs[1:], strict=True):
                assert run is not None
                told.append((pairs, self._shown(runs, pairs), self._trace(graph, run)))
        except DeadlineError:
            count = len(told) + 1
            races = Races(races.sets[:count], races.runs[:count], races.note or NOT_ALL)
        return told, races

    def _with_races(
        self, reason: Reason, races: Races, told: Sequence[_Told], answer: Answer
    ) -> Reason:
        """The reason with all others beside it, and how it is known that these are all."""
        assert self.result.trace is not None
        found = [Race(reason.orderings, self.result.trace, reason.proved_by)]
        for pairs, orderings, trace in told:
            # A first answer in vain: so would be the others, for they are of the same form.
            again = answer is Answer.YES
            proved = self._proof_of_another(pairs) if again else Answer.UNKNOWN
            if proved is Answer.NO:
                return self._untold(DISAGREE)
            found.append(Race(orderings, trace, BOTH if proved is Answer.YES else "search"))
        note = races.note
        if note == NOT_ALL and (why := why_of(self.explainer.interrupted)):
            note = f"not every run that violates was looked at: {why}"
        complete = "" if note else "search"
        if complete and answer is Answer.YES:
            covered = self._covered(races)
            if covered is Answer.NO:
                return self._untold(DISAGREE)
            complete = BOTH if covered is Answer.YES else "search"
        return replace(
            reason, races=tuple(found), patterns=patterns_of(self.machine, races.sets),
            complete_by=complete, races_note=note,
        )  # fmt: skip

    def _trace(self, graph: RunGraph, run: BadRun) -> Trace:
        """A violating run, told."""
        tracer, space = self.explainer.tracer, self.space
        steps = [graph.labels[label].step for label in run.labels]
        if run.states[-1] == len(space.states):
            states = [space.states[i] for i in run.states[:-1]]
            return tracer.along_to_error(states, steps[-1], steps[:-1])
        states = [space.states[i] for i in run.states]
        undefined = self.violation.undefined(states[-1])
        if undefined is not None:
            return tracer.along_to_undefined(states, *undefined, steps)
        if run.states[-1] not in set(space.terminal):
            return tracer.along(states, "state", steps)
        return tracer.along(states, "final" if space.is_final(states[-1]) else "deadlock", steps)

    # --- z3 -----------------------------------------------------------------------------------

    def _ask(self, pairs: Pairs, fixed: Sequence[Occurrence] | None) -> tuple[Answer, str]:
        """Whether z3 proves that the orderings force it (NO: refutes it), and why not."""
        if fixed is None and not self._whole().is_acyclic():
            return Answer.UNKNOWN, "runs can be of any length: z3 was not asked"
        if sum(self._bounds(fixed)) > MOST_EVENTS:
            return Answer.UNKNOWN, f"runs have more than {MOST_EVENTS} events: z3 was not asked"
        try:
            answer = self._proof(pairs, fixed)
        except TooManyBitsError as wide:
            return Answer.UNKNOWN, f"z3 was not asked: {wide}"
        if answer is Answer.UNKNOWN:
            why = why_of(self.explainer.interrupted)
            return answer, f"z3 gave no answer: {why}" if why else Z3_TOO_LATE
        return answer, ""

    def _proof(self, pairs: Pairs, fixed: Sequence[Occurrence] | None) -> Answer:
        """The same in one word. Raises TooManyBitsError where z3 cannot be asked."""
        try:
            bounds = self._bounds(fixed)
            return self.violation.is_forced(self._initial(), bounds, pairs, fixed, self.deadline)
        except DeadlineError:
            return Answer.UNKNOWN

    def _proof_of_another(self, pairs: Pairs) -> Answer:
        try:
            return self._proof(pairs, None)
        except TooManyBitsError:
            return Answer.UNKNOWN

    def _covered(self, races: Races) -> Answer:
        """Whether z3 proves that every violating run keeps one of the sets."""
        try:
            bounds = self._bounds(None)
            return self.violation.is_covered(self._initial(), bounds, races.sets, self.deadline)
        except (DeadlineError, TooManyBitsError):
            return Answer.UNKNOWN

    def _initial(self) -> list[int]:
        return [self.space.states[i] for i in range(self.space.initial)]

    def _whole(self) -> RunGraph:
        """All transitions, whatever is good or bad."""
        return RunGraph.of_space(self.explainer.moves(self.deadline), lambda state: False)

    def _bounds(self, fixed: Sequence[Occurrence] | None) -> tuple[int, ...]:
        """The most events of each instance in a run."""
        instances = len(self.machine.instances)
        if fixed is None:
            return self._longest
        return tuple(sum(e.label.instance == i for e in fixed) for i in range(instances))

    @cached_property
    def _longest(self) -> tuple[int, ...]:
        return self._whole().longest(len(self.machine.instances))

    # --- telling ------------------------------------------------------------------------------

    def _untold(self, note: str) -> Reason:
        return Reason((), self.scope, "", note, time.monotonic() - self.started)

    def _name(self, event: Occurrence) -> str:
        machine = self.machine
        step = machine.steps[event.label.step]
        shapes = (machine.variables[index].shape for index in step.indices)
        values = tuple(decode(s, raw) for s, raw in zip(shapes, event.label.indices, strict=True))
        name = machine.instances[step.instance].name
        return event_name(name, step.label, values, event.number)

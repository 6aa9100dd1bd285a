"""Why a violation happens: the few facts that by themselves force it.

The search proposes the smallest set and makes each fact as weak as it can be; z3 proves
that every run that keeps them violates, from the machine and not from the explored graph;
and for each fact a run shows that the others alone do not force the violation. Then the
other reasons are found, until every run that violates keeps one of the sets.

"Every run" means every complete run, whatever steps it takes, and every fair one without an end.
Where not all of these are known, a property about all states is explained among the runs that take
exactly the steps of the trace, in any order that the machine allows.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from ..budget.deadline import Deadline, DeadlineError
from ..budget.spending import Ask, never
from ..explore.space import Space
from ..machine.core import Machine
from ..results.check import PropertyResult, Trace
from ..results.reasons import COMPLETE_RUNS, Pattern, Race, Reason
from ..results.reasons import Fact as ToldFact
from ..symbolic.answer import Answer
from ..symbolic.facts import Fact, all_kept, is_kept
from ..symbolic.movers import Movers
from ..symbolic.occurrences import BEGINNING, Label, Occurrence, occurrences
from ..verify.judgement import Judgement
from ..verify.trace import Tracer
from .candidates import Candidates, Course
from .causes import of_causes, told_together
from .constrained_search import BadRuns, GoodRuns, Run
from .graphs import Graphs, graphs_of
from .moves import Moves
from .naming import Naming
from .patterns import patterns_of
from .proofs import Proofs
from .race_traces import trace_of_run
from .races import NOT_ALL, Facts, NothingForcesError, Races, explained, find_races
from .rearrangements import rearrangements
from .runs import NO_STATE, RunGraph
from .scopes import SAME_STEPS
from .shown_events import events_shown, steps_shown
from .violation import Violation

__all__ = ["Explainer", "explain"]

# Listing every run of a larger space takes longer than a reason is worth waiting for.
MOST_STATES = 200_000
LEFT_OUT = "no reason is sought where something was left out of the space: make the model smaller \
with --set, or see --reduce none"
TOO_LARGE = f"no reason is sought in a space of more than {MOST_STATES:,} states: \
make it smaller with --set"
# A trace has some n * n / 2 facts; those of longer ones fill no head either.
MOST_STEPS = 200
UNITS_A_GRAPH = 5
"""The work of making a graph of runs, for each transition (see `Effort`)."""

TOO_LATE = "no reason was found with the work that is done for one: a smaller model may show it"
DISAGREE = "the search and z3 disagree about the reason: please report this spec"
BOTH = "z3 and search"

_Told = tuple[Facts, tuple[ToldFact, ...], Trace]
"""A race: its set, the same as it is told, and a run of its own."""


def explain(
    space: Space, judgement: Judgement, result: PropertyResult, *, timeout: float = 10.0
) -> Reason:
    """Why the trace of a violated property violates it. timeout: seconds of work for search and
    z3, counted in units (see `Deadline.of_work`): the answer is the same each time, and on every
    machine, unless one is so slow that its clocks end it, which is told.
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

    @property
    def may_rest(self) -> bool:
        """Whether some process need not act, whoever else does."""
        return any(each.fairness == "none" for each in self.space.machine.spec.processes)

    def moves(self, deadline: Deadline) -> Moves:
        """All transitions of the space, listed once."""
        if self._moves is None:
            self._moves = Moves(self.space, deadline)
        return self._moves

    @property
    def known_moves(self) -> Moves | None:
        """The same, where they were listed."""
        return self._moves

    def explain(self, result: PropertyResult, *, timeout: float = 10.0) -> Reason:
        """Why a property is violated (see `explain`)."""
        started = time.monotonic()
        deadline = Deadline.of_work(timeout, self.interrupted)
        return _Explanation(self, result, started, deadline).reason()


class _Explanation:
    def __init__(
        self, explainer: Explainer, result: PropertyResult, started: float, deadline: Deadline
    ) -> None:
        self.explainer = explainer
        self.space = explainer.space
        self.machine: Machine = self.space.machine
        self.result = result
        self.path = explainer.judgement.paths.get(result.name, ())
        self.lasso = explainer.judgement.lassos.get(result.name)
        self.started = started
        self.deadline = deadline
        self.violation = Violation(self.space.program, result.form, result.name, explainer.movers)
        self.naming = Naming(self.machine, lambda: explainer.known_moves)
        self.proofs = Proofs(self.space, self.violation, self._whole, deadline)
        self.scope = COMPLETE_RUNS
        self.goers: frozenset[int] = frozenset()
        """Who prevents the violation by going on for ever."""

    def reason(self) -> Reason:
        """Search, weaken, prove, witness; then the other reasons."""
        try:
            return self._reason()
        except DeadlineError:
            why = self.deadline.why()
            return self._untold(f"no reason was found: {why}" if why else TOO_LATE)
        except ValueError as why:
            return self._untold(str(why))

    def _reason(self) -> Reason:
        obstacle = self._obstacle()
        if obstacle:
            return self._untold(obstacle)
        if self._all_is_known:
            return self._of_all_runs()
        if not self.violation.can_be_replayed or self.result.form.at_ends:
            return self._untold(self._not_all)
        return self._of_these_steps()

    def _obstacle(self) -> str:
        """Why no reason is sought; "" if one is."""
        space, trace = self.space, self.result.trace
        if not self.path or trace is None:
            return "there is no trace to explain"
        if len(trace.steps) > MOST_STEPS:
            return f"no reason is sought for a trace of more than {MOST_STEPS} steps"
        if space.outside:
            return "runs are cut off outside of `within`: what every run does is not known"
        if self.result.form.at_ends and not space.keeps_all:
            return LEFT_OUT
        if self.result.form.at_ends and not space.stopped and len(space.states) > MOST_STATES:
            return TOO_LARGE
        return self.violation.why_unknown()

    @property
    def _not_all(self) -> str:
        """Why it is not known what every run does, in words."""
        if self.space.stopped:
            return "not everything was explored: what every run does is not known"
        return TOO_LARGE if self.space.keeps_all else LEFT_OUT

    @property
    def _all_is_known(self) -> bool:
        space = self.space
        return space.keeps_all and not space.stopped and len(space.states) <= MOST_STATES

    # --- among all runs -----------------------------------------------------------------------

    def _of_all_runs(self) -> Reason:
        self.deadline.look(UNITS_A_GRAPH * self.space.transitions)
        self.graphs = graphs = graphs_of(self._moves, self.result, self.violation)
        self.scope = graphs.scope
        runs, bad = GoodRuns(graphs.good, self.deadline), BadRuns(graphs.bad, self.deadline)
        if self.violation.asks_ends:
            self.goers = runs.goers()
        if not runs.can_be():
            return self._every_run_violates()
        course = self._course()
        needs_faults = self._needs_faults(bad)
        found = explained(runs, course, self._candidates)
        # Of this one all is known, whatever time is left for others.
        first = self._shown(runs, found)
        races = find_races(runs, bad, (found, course), self._course_of, self._candidates)
        races, short = of_causes(
            races, graphs, course, self._course_of, self._candidates, self.deadline
        )
        races = told_together(races)
        if races.sets[0] != found:
            first = self._shown(runs, races.sets[0])
        told, races = self._all_told(runs, races)
        answer, note = self.proofs.ask(races.sets[0], in_time=graphs.good is not graphs.bad)
        if answer is Answer.NO:
            return self._untold(DISAGREE)
        by = BOTH if answer is Answer.YES else "search"
        reason = Reason(first, self.scope, by, "; ".join(filter(None, (note, short))), 0.0)
        reason = replace(reason, needs_faults=needs_faults)
        return self._in_time(self._with_races(reason, races, told, answer))

    def _needs_faults(self, bad: BadRuns) -> bool:
        """Whether no run violates in which nothing goes wrong."""
        labels = {label.plain for label in bad.graph.labels if label.instance != BEGINNING}
        faults = sorted(each for each in labels if self.machine.steps[each.step].fault)
        try:
            never = [Fact(None, Occurrence(each, 1)) for each in faults]
            return bool(faults) and bad.run(never) is None
        except DeadlineError:
            return False

    def _every_run_violates(self) -> Reason:
        """No facts are needed: nothing is to be looked for, or asked of z3."""
        assert self.result.trace is not None
        every = Race((), self.result.trace, "search")
        none = Pattern((), {}, (0,))
        return self._in_time(Reason((), self.scope, "search", "", 0.0, (every,), (none,), "search"))

    def _in_time(self, reason: Reason) -> Reason:
        return replace(reason, seconds=time.monotonic() - self.started)

    @property
    def _moves(self) -> Moves:
        return self.explainer.moves(self.deadline)

    @cached_property
    def _candidates(self) -> Candidates:
        """What may be told: what can have to do with the violation."""
        matter = self.violation.steps_that_matter(self.space.states)
        seen = self.violation.steps_seen()
        steps = self.machine.steps
        matter |= {step.index for step in steps if step.instance in self.goers}
        free = self._moves.free if self._all_is_known else frozenset[int]()
        return Candidates(
            lambda label: label.instance == BEGINNING or label.step in matter,
            lambda label: label.instance != BEGINNING and steps[label.step].fault,
            lambda label: label.instance == BEGINNING or label.step in free,
            self.graphs.bad.labels,
            lambda label: label.step in seen,
        )

    def _course(self) -> Course:
        """What is to be explained of the trace."""
        labels = events_shown(self._moves, self.path, self.result.trace)
        if self.lasso is not None:
            # Where a run begins by a choice, that is its first event.
            loop_from = len(labels) - len(self.lasso.steps)
            return Course(tuple(labels), loop_from=loop_from)
        return self._course_to(labels, self.path[-1], failed=self._fails)

    @property
    def _fails(self) -> bool:
        assert self.result.trace is not None
        return len(self.result.trace.steps) > len(self.path) - 1

    def _course_to(
        self, labels: Sequence[Label], state: int, *, failed: bool, after: Sequence[Label] = ()
    ) -> Course:
        whole = self.graphs.whole
        late = [[]] if failed else self._waiting(labels, state)
        return Course(tuple(labels), whole, late, after=tuple(after))

    def _course_of(self, run: Run) -> Course:
        """What is to be explained of a run that was found: until it has violated."""
        graph = self.graphs.bad
        labels = [graph.labels[label] for label in run.labels]
        end = next((i for i, node in enumerate(run.nodes) if node in graph.past), len(labels))
        if end < len(labels) or run.loop_from is None:
            state = graph.states[run.nodes[end]]
            failed = state == NO_STATE
            return self._course_to(labels[:end], state, failed=failed, after=labels[end:])
        return Course(tuple(labels), loop_from=run.loop_from)

    def _waiting(self, run: Sequence[Label], number: int) -> list[list[Occurrence]]:
        """What the processes stand before in a state, and do in other runs: what comes too
        late is as much of a reason as what came first. In a deadlock that is always so; in
        the middle of a run only where what happened is not reason enough."""
        state = self.space.states[number]
        if self.graphs.whole and self.space.is_final(state):
            return [[]]
        waiting = {
            step
            for instance, place in enumerate(self.machine.places(state))
            for action in self.machine.actions_at(instance, place)
            for step in action.steps
        }
        happened = [label.plain for label in run]
        further = [
            Occurrence(label, happened.count(label) + 1)
            for label in sorted({each.plain for each in self.graphs.bad.labels})
            if label.step in waiting
        ]
        late = [each for each in further if self.graphs.bad.happens(each, self.deadline)]
        return [late] if self.graphs.whole else [[], late]

    # --- among the runs of the same steps -----------------------------------------------------

    def _of_these_steps(self) -> Reason:
        self.scope = SAME_STEPS
        run = steps_shown(self.space, self.path, self.result.trace)
        bad, passing = self.violation.violates, self.violation.passing
        graph = rearrangements(self.space.program, run, bad, passing, self.deadline)
        self.graphs = Graphs(graph, graph, False, self.scope)
        runs = GoodRuns(graph, self.deadline)
        if not runs.can_be():
            return self._untold(self._not_all)
        try:
            found = explained(runs, Course(tuple(run), whole=False), self._candidates)
        except NothingForcesError:
            return self._untold("no order of these same steps alone forces it")
        first = self._shown(runs, found)
        answer, note = self.proofs.ask_of_these(found, occurrences(run))
        if answer is Answer.NO:
            return self._untold(DISAGREE)
        by = BOTH if answer is Answer.YES else "search"
        return self._in_time(Reason(first, self.scope, by, note, 0.0))

    # --- witnesses ----------------------------------------------------------------------------

    def _shown(self, runs: GoodRuns, facts: Facts) -> tuple[ToldFact, ...]:
        """A set of facts, as it is told: with the witness of each."""
        found = []
        for i, fact in enumerate(facts):
            others = [*facts[:i], *facts[i + 1 :]]
            run = runs.run(others)
            # A smaller set that forces the violation would have been found first.
            assert run is not None
            labels = [runs.graph.labels[label] for label in run.labels]
            self._check(fact, others, labels, run.loop_from)
            found.append(self.naming.fact(fact, labels))
        return tuple(found)

    def _check(
        self,
        fact: Fact,
        others: Sequence[Fact],
        witness: Sequence[Label],
        loop_from: int | None,
    ) -> None:
        """Do a witness again on the machine itself; one without an end goes round from
        `loop_from` on."""
        if not all_kept(others, witness, loop_from):
            raise AssertionError("a witness does not keep the other facts")
        if is_kept(fact, witness, loop_from):
            raise AssertionError("a witness keeps the fact that it is not to keep")
        if loop_from is not None or not self.violation.can_be_replayed:
            return
        initial = [self.space.states[i] for i in range(self.space.initial)]
        # Where nobody has to act, a run may end before nothing can happen.
        at_end = self.scope != SAME_STEPS and not self.explainer.may_rest
        if not self.violation.is_good(initial, witness, at_end=at_end):
            raise AssertionError("a witness is no run of the machine")

    # --- all races ----------------------------------------------------------------------------

    def _all_told(self, runs: GoodRuns, races: Races) -> tuple[list[_Told], Races]:
        """The races after the first, with witnesses and traces; where the time is over before,
        as many as there are."""
        told: list[_Told] = []
        try:
            for facts, run in zip(races.sets[1:], races.runs[1:], strict=True):
                assert run is not None
                trace = trace_of_run(
                    self.explainer.tracer, self.graphs.bad, self.violation, facts, run
                )
                told.append((facts, self._shown(runs, facts), trace))
        except DeadlineError:
            count = len(told) + 1
            races = Races(races.sets[:count], races.runs[:count], races.note or NOT_ALL)
        return told, races

    def _with_races(
        self, reason: Reason, races: Races, told: Sequence[_Told], answer: Answer
    ) -> Reason:
        """The reason with all others beside it, and how it is known that these are all."""
        assert self.result.trace is not None
        found = [Race(reason.facts, self.result.trace, reason.proved_by)]
        for facts, shown, trace in told:
            # A first answer in vain: so would be the others, for they are of the same form.
            again = answer is Answer.YES
            proved = self.proofs.another(facts) if again else Answer.UNKNOWN
            if proved is Answer.NO:
                return self._untold(DISAGREE)
            found.append(Race(shown, trace, BOTH if proved is Answer.YES else "search"))
        note = races.note
        if note == NOT_ALL and (why := self.deadline.why()):
            note = f"the search for them was not ended: {why}"
        complete = "" if note else "search"
        if complete and answer is Answer.YES:
            covered = self.proofs.covered(races.sets)
            if covered is Answer.NO:
                return self._untold(DISAGREE)
            complete = BOTH if covered is Answer.YES else "search"
        return replace(
            reason, races=tuple(found), patterns=patterns_of(self.naming, races.sets),
            complete_by=complete, races_note=note,
        )  # fmt: skip

    def _whole(self) -> RunGraph:
        """All transitions, whatever is good or bad."""
        return RunGraph.of_space(self._moves, lambda state: False)

    # --- telling ------------------------------------------------------------------------------

    def _untold(self, note: str) -> Reason:
        return Reason((), self.scope, "", note, time.monotonic() - self.started)

"""Why a violation happens: the few orderings between processes that by themselves force it.

The search proposes the smallest set and makes each ordering as weak as it can be; z3 proves
that every run that keeps them violates, from the machine and not from the explored graph;
and for each ordering a run shows that the others alone do not force the violation.

What "every run" means depends on the property. For one about the end (`finally`,
`no_deadlock`): every complete run, whatever steps it takes. For the others: every run that
takes exactly the steps of the trace, in any order that the machine allows.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import pairwise

from ..explore.space import Space
from ..explore.telling import Teller
from ..machine.core import Machine
from ..machine.shapes import decode
from ..verify.outcome import Ordering, PropertyResult, Reason, event_name
from ..verify.verdicts import Judgement
from .claim import Claim
from .keeping import GoodRuns, is_kept
from .numbers import TooWideError
from .replay import fields_of
from .runs import DeadlineError, Occurrence, Pair, RunGraph, label_of, occurrences
from .smallest import candidates, smallest_forcing, weakened

__all__ = ["explain"]

# Listing every run of a larger space takes longer than a reason is worth waiting for.
MOST_STATES = 200_000
# A trace has some n * n / 2 orderings; those of longer ones fill no head either.
MOST_STEPS = 200
# The clauses of an order of n events grow with n * n * n.
MOST_EVENTS = 150

COMPLETE = "complete runs"
SAME_STEPS = "runs of exactly these steps"

TOO_LATE = "no reason was found in the time given"


def explain(
    space: Space, judgement: Judgement, result: PropertyResult, *, timeout: float = 10.0
) -> Reason:
    """Why the trace of a violated property violates it.

    timeout: seconds for all of it, search and z3. The answer is the same each time, unless
    the time runs out.
    """
    started = time.monotonic()
    deadline = started + timeout
    at_end = result.kind in ("finally", "no_deadlock")
    scope = COMPLETE if at_end else SAME_STEPS
    try:
        return _Explanation(space, judgement, result, started, deadline).reason()
    except DeadlineError:
        return Reason((), scope, "", f"{TOO_LATE} ({timeout:g} s)", time.monotonic() - started)


class _Explanation:
    def __init__(
        self,
        space: Space,
        judgement: Judgement,
        result: PropertyResult,
        started: float,
        deadline: float,
    ) -> None:
        self.space = space
        self.machine = space.machine
        self.result = result
        self.chosen = judgement.chosen.get(result.name)
        self.started = started
        self.deadline = deadline
        self.at_end = result.kind in ("finally", "no_deadlock")
        self.claim = Claim(space.program, result.kind, result.name)

    def reason(self) -> Reason:
        """Search, weaken, prove, witness."""
        obstacle = self._obstacle()
        if obstacle:
            return self._told((), "", obstacle)
        run = self._run()
        if run is None:
            return self._told((), "", "a property that cannot be evaluated has no reason")
        graph = self._graph(run)
        runs = GoodRuns(graph, self.deadline)
        pairs = candidates(run, self._missing(run, graph))
        if runs.find(pairs) is not None:
            return self._told((), "", self._choices())
        found = smallest_forcing(runs, pairs)
        if found is None:
            return self._told((), "", "it takes more orderings than would explain anything")
        found = weakened(runs, found, run)
        place = {event: i for i, event in enumerate(run)}
        found = tuple(sorted(found, key=lambda pair: (place[pair[0]], pair[1])))
        witnesses = [self._witness(runs, found, i) for i in range(len(found))]
        self._check(found, witnesses)
        return self._proved(run, graph, found, witnesses)

    def _obstacle(self) -> str:
        """Why no reason is sought; "" if one is."""
        space = self.space
        if self.chosen is None or self.result.trace is None:
            return "there is no trace to explain"
        if len(self.result.trace.steps) > MOST_STEPS:
            return f"no reason is sought for a trace of more than {MOST_STEPS} steps"
        if not self.at_end:
            return ""
        if space.stopped:
            return "not everything was explored: what every run does is not known"
        if len(space.states) > MOST_STATES:
            return (
                f"no reason is sought in a space of more than {MOST_STATES:,} states: "
                "make it smaller with --set"
            )
        return ""

    def _choices(self) -> str:
        if self.at_end:
            return "no order of these events forces it: it also takes other steps, or choices"
        return "no order of these steps forces it: it also takes a free choice"

    def _run(self) -> list[Occurrence] | None:
        """The events of the trace, one that fails too; None if it ends where a formula
        fails."""
        assert self.chosen is not None
        assert self.result.trace is not None
        space = self.space
        states = [space.states[i] for i in Teller(space).path(self.chosen)]
        labels = []
        for before, after in pairwise(states):
            step = next(step for target, step in space.successors(before) if target == after)
            labels.append(label_of(self.machine, before, step))
        if self.result.kind == "no_error":
            if len(self.result.trace.steps) == len(labels):
                return None
            last = self.result.trace.steps[-1]
            step = next(
                s.index
                for s in self.machine.steps
                if s.label == last.label
                and self.machine.instances[s.instance].name == last.instance
            )
            labels.append(label_of(self.machine, states[-1], step))
        return occurrences(labels)

    def _graph(self, run: Sequence[Occurrence]) -> RunGraph:
        violates = self.claim.violates
        if self.at_end:
            return RunGraph.of_space(self.space, violates, self.deadline)
        return RunGraph.of_steps(self.space.program, run, violates, self.deadline)

    def _missing(self, run: Sequence[Occurrence], graph: RunGraph) -> list[Occurrence]:
        """What the processes of a deadlock wait to do, and do in other runs: what comes too
        late is as much of a reason there as what came first."""
        assert self.chosen is not None
        state = self.space.states[self.chosen]
        if not self.at_end or self.space.is_final(state):
            return []
        fields = fields_of(self.machine, state)
        waiting = {
            step
            for action in self.machine.actions
            if action.location == fields[self.machine.instances[action.instance].location_field]
            for step in action.steps
        }
        happened = [event.label for event in run]
        return [
            Occurrence(label, happened.count(label) + 1)
            for label in sorted(graph.labels)
            if label.step in waiting
        ]

    def _witness(self, runs: GoodRuns, pairs: tuple[Pair, ...], index: int) -> list[Occurrence]:
        """A good run that keeps all orderings but one."""
        run = runs.find([*pairs[:index], *pairs[index + 1 :]])
        # A smaller set that forces the violation would have been found first.
        assert run is not None
        return run

    def _check(self, pairs: Sequence[Pair], witnesses: Sequence[Sequence[Occurrence]]) -> None:
        """Do every witness again on the machine itself."""
        initial = [self.space.states[i] for i in range(self.space.initial)]
        for index, witness in enumerate(witnesses):
            kept = [is_kept(pair, witness) for pair in pairs]
            if kept != [i != index for i in range(len(pairs))]:
                raise AssertionError("a witness keeps the ordering that it is to break")
            if not self.claim.is_good(initial, witness, at_end=self.at_end):
                raise AssertionError("a witness is no run of the machine")

    # --- the proof ----------------------------------------------------------------------------

    def _proved(
        self,
        run: Sequence[Occurrence],
        graph: RunGraph,
        pairs: tuple[Pair, ...],
        witnesses: Sequence[Sequence[Occurrence]],
    ) -> Reason:
        orderings = tuple(
            Ordering(self._name(a), self._name(b), tuple(self._name(e) for e in run))
            for (a, b), run in zip(pairs, witnesses, strict=True)
        )
        answer, note = self._ask(run, graph, pairs)
        if answer is False:
            return self._told(
                (), "", "the search and z3 disagree about the reason: please report this spec"
            )
        return self._told(orderings, "z3 and search" if answer else "search", note)

    def _ask(
        self, run: Sequence[Occurrence], graph: RunGraph, pairs: tuple[Pair, ...]
    ) -> tuple[bool | None, str]:
        """Whether z3 proves it (False: refutes it), and why not."""
        if not graph.is_acyclic():
            return None, "runs can be of any length: z3 was not asked"
        instances = len(self.machine.instances)
        if self.at_end:
            bounds = graph.longest(instances)
        else:
            bounds = tuple(sum(e.label.instance == i for e in run) for i in range(instances))
        if sum(bounds) > MOST_EVENTS:
            return None, f"runs have more than {MOST_EVENTS} events: z3 was not asked"
        initial = [self.space.states[i] for i in range(self.space.initial)]
        try:
            answer = self.claim.is_forced(
                initial, bounds, pairs, None if self.at_end else run, self.deadline
            )
        except TooWideError as wide:
            return None, f"z3 was not asked: {wide}"
        except DeadlineError:
            answer = None
        return answer, "" if answer is not None else "z3 gave no answer in the time given"

    def _told(self, orderings: tuple[Ordering, ...], proved_by: str, note: str) -> Reason:
        scope = COMPLETE if self.at_end else SAME_STEPS
        return Reason(orderings, scope, proved_by, note, time.monotonic() - self.started)

    def _name(self, event: Occurrence) -> str:
        machine: Machine = self.machine
        step = machine.steps[event.label.step]
        shapes = (machine.variables[index].shape for index in step.indices)
        values = tuple(decode(s, raw) for s, raw in zip(shapes, event.label.indices, strict=True))
        name = machine.instances[step.instance].name
        return event_name(name, step.label, values, event.number)

"""All smallest sets of changes after which the wanted properties hold.

z3 proposes a smallest candidate that answers every clause so far; the search explores it
exhaustively. If it holds, it is a repair, and no larger set that contains it is asked for. If
not, its counterexamples become clauses (see `counterexample_learning`), and so on until no
candidate is left: only then is the list complete. A candidate that a limit kept from being
decided is left out and counted, and the list is then not called complete.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from ..budget.deadline import Deadline, DeadlineError
from ..budget.spending import StopNow
from ..explore.limits import Limits
from ..explore.search import Engine, SearchOptions
from ..explore.space import Space
from ..language.draft import Draft
from ..language.source.diagnostics import SpecError
from ..language.tree.spec import Spec
from ..machine.make import make_program
from ..machine.python.program import Program
from ..machine.shapes import Layout
from ..results.check import Trace, Verdict
from ..results.repair import Attempt, Beyond, Repair, Repairs, SpecChange
from ..verify.checking import check_spec
from ..verify.judgement import Judgement
from ..verify.trace import Tracer
from .beyond_programs import beyond_programs
from .change_sets import ChangeSets
from .changes import Candidate, Plan, plan_of, require_properties
from .counterexample_learning import Counterexample, Variant, is_run_again, run_again
from .dependence import places_looked_at
from .generalization import Generalization
from .plain_runs import plain_way
from .violations import Run, decided, shortest_violation

__all__ = ["RepairSearch", "search_repairs", "wanted_of"]

MOST_SOUGHT = 20
"""Changes that are explored only to say what would mend most, where nothing mends all."""
Report = Callable[[str], None]
"""Told in words how far the search for repairs is."""


def wanted_of(spec: Spec, names: Sequence[str], verdicts: Mapping[str, Verdict]) -> tuple[str, ...]:
    """The properties that must hold: all, or those named and what is built in and holds."""
    if not names:
        return tuple(each.name for each in spec.properties)
    return tuple(
        each.name
        for each in spec.properties
        if each.name in names or (each.form.built_in and verdicts[each.name] != "violated")
    )


def search_repairs(
    draft: Draft,
    names: Sequence[str] = (),
    *,
    minimal: bool = False,
    limits: Limits | None = None,
    engine: Engine = "auto",
    report: Report | None = None,
) -> Repairs:
    """Find all smallest repairs of a spec.

    names: the properties that must hold; none means all. minimal: also larger repairs of which
    no part is one. limits: states and memory of each candidate, and the seconds of all.
    Raises SpecError where the spec is wrong, or a property is not there.
    """
    if report is not None:
        report("looking for what can be changed")
    plan = plan_of(draft)
    require_properties(plan.spec, names)
    if report is not None:
        report(f"{len(plan.changes)} changes can be made")
    return RepairSearch(plan, names, minimal, limits or Limits(), engine, report).run()


class RepairSearch:
    """One search; see `search_repairs`."""

    def __init__(
        self,
        plan: Plan,
        names: Sequence[str],
        minimal: bool,
        limits: Limits,
        engine: Engine,
        report: Report | None,
    ) -> None:
        self.plan = plan
        self.names = names
        self.minimal = minimal
        self.limits = limits
        self.engine: Engine = engine
        self.report = report
        self.started = time.monotonic()
        self.deadline = Deadline(interrupted=self._exceeded)
        self.sets = ChangeSets(plan)
        self.general = Generalization(plan, self.sets)
        self.own = plan.own_variables
        self.counterexamples: list[Counterexample] = []
        self.judged: set[object] = set()
        """The texts that were explored."""
        self.tested: dict[object, bool] = {}
        """The texts that were tried, and whether each is a repair."""
        self.wanted: tuple[str, ...] = ()
        self.broken: tuple[str, ...] = ()
        self.unknown: tuple[str, ...] = ()
        self.repairs: list[Repair] = []
        self.best: tuple[tuple[int, int, int, list[int]], Attempt] | None = None

        self.explored = self.replayed = self.undecided = self.size = self.states = self.alike = 0
        self.sought = 0
        self.always: dict[tuple[str, str], None] | None = None
        """The steps that are in all runs found so far."""
        self.beyond: list[tuple[str, Beyond]] = []
        self.stopped = ""
        self.why_undecided = ""
        self.layout = Layout()
        """The room that the candidate explored last needed: others need about the same."""

    def run(self) -> Repairs:
        try:
            complete = self._is_completed()
        except DeadlineError:
            complete = False
            self.stopped = self.stopped or self._exceeded() or "z3 gave no answer"
        except StopNow as stop:
            complete = False
            self.stopped = stop.why
        if complete and not self.repairs:
            with suppress(DeadlineError, StopNow):  # what is known stays known
                self._seek_best()
        place = self.plan.changes.index
        found = sorted(
            (each for each in self.repairs if each.changes),
            key=lambda each: (each.weight, [place(change) for change in each.changes]),
        )
        return Repairs(
            spec=self.plan.spec,
            draft=self.plan.draft,
            wanted=self.wanted,
            broken=self.broken,
            unknown=self.unknown,
            changes=self.plan.changes,
            repairs=tuple(found),
            minimal=self.minimal,
            complete=complete,
            size=self.size,
            alike=self.alike,
            explored=self.explored,
            replayed=self.replayed,
            undecided=self.undecided,
            why_undecided=self.why_undecided,
            stopped=self.stopped,
            best=None if self.repairs or self.best is None else self.best[1],
            states=self.states,
            always=tuple(self.always or ()),
            beyond=tuple(self.beyond),
            seconds=time.monotonic() - self.started,
        )

    def _is_completed(self) -> bool:
        """Try all candidates; whether each was decided. Raises DeadlineError."""
        while True:
            candidate = self.sets.smallest(self.deadline)
            if candidate is None or self._is_enough(candidate):
                return self.undecided == 0
            self.size = self.plan.weight(candidate)
            self._try(candidate)
            if self.repairs and not self.repairs[0].changes:
                return True  # the spec itself

    def _seek_best(self) -> None:
        """Explore single changes that were refuted without: one may mend more than what was
        explored so far, if not all."""
        for number in range(len(self.plan.changes)):
            candidate = frozenset({number})
            if self.best is None or len(self.best[1].violated) < 2 or self.sought == MOST_SOUGHT:
                return
            if self.plan.text(candidate) in self.judged:
                continue
            self.deadline.look()
            self.sought += 1
            draft = self.plan.variant(candidate)
            assert draft is not None  # a single change fits together with itself
            spec = draft.spec()
            space, judgement = self._judged(candidate, spec, make_program(spec, self.layout))
            results = {each.name: each for each in judgement.results}
            violated = tuple(n for n in self.wanted if decided(results[n]) == "violated")
            if violated:
                self._rank(candidate, violated, space, judgement)

    def _exceeded(self) -> str:
        """Why the whole search must stop now: its time is over, or it was interrupted."""
        over = replace(self.limits, max_states=None, max_memory=None)
        return over.exceeded(0, self.started)

    def _is_enough(self, candidate: Candidate) -> bool:
        return bool(
            self.repairs
            and not self.minimal
            and self.plan.weight(candidate) > self.repairs[0].weight
        )

    # --- one candidate -----------------------------------------------------------------------

    def _try(self, candidate: Candidate) -> None:
        self._tell(candidate)
        if self.plan.arrangements(candidate) is None:
            self.sets.refuse_parts(candidate)
            return
        text = self.plan.text(candidate)
        if text in self.tested:
            self._exclude_alike(candidate, is_repair=self.tested[text])
            return
        self.tested[text] = False
        try:
            draft = self.plan.variant(candidate)
            assert draft is not None  # its changes fit together
            spec = draft.spec()
        except SpecError:
            self.sets.exclude(candidate)
            return
        program = make_program(spec, self.layout)
        variant = Variant(program, self.own)
        for counterexample in self.counterexamples:
            self.deadline.look()
            run = run_again(counterexample, variant)
            if run is not None:
                self.replayed += 1
                self._note_steps(run.steps)
                self._learn(counterexample, run, candidate, spec)
                return
        self.tested[text] = self._explore(candidate, draft, spec, program)

    def _exclude_alike(self, candidate: Candidate, *, is_repair: bool) -> None:
        """Exclude other changes that make a text that was tried."""
        if is_repair:
            self.alike += 1
            self.sets.exclude_larger(candidate)
        else:
            self.sets.exclude(candidate)

    def _tell(self, candidate: Candidate, states: int = 0) -> None:
        if self.report is not None:
            found = f", {len(self.repairs)} repairs found" if self.repairs else ""
            now = f"; {states:,} states of one more" if states else ""
            self.report(
                f"sets of {len(candidate)} of {len(self.plan.changes)} changes: "
                f"{self.explored} explored, {self.replayed} refuted by known traces{found}{now}"
            )

    def _explore(self, candidate: Candidate, draft: Draft, spec: Spec, program: Program) -> bool:
        """Whether a candidate is a repair. Raises DeadlineError where that was not found out."""
        space, judgement = self._judged(candidate, spec, program)
        verdicts = {each.name: decided(each) for each in judgement.results}
        if not candidate:
            self.wanted = wanted_of(spec, self.names, verdicts)
            self.broken = tuple(n for n in self.wanted if verdicts[n] == "violated")
            self.unknown = tuple(n for n in self.wanted if verdicts[n] == "undetermined")
        violated = tuple(n for n in self.wanted if verdicts.get(n) == "violated")
        # What some alternative mends, something helps.
        self.beyond = [each for each in self.beyond if verdicts.get(each[0]) != "holds"]
        if violated:
            self._learn_all(candidate, spec, violated, space, judgement)
        elif all(verdicts[name] == "holds" for name in self.wanted):
            changes = self._chosen(candidate)
            self.repairs.append(Repair(changes, verdicts, len(space.states), draft))
            self.sets.exclude_larger(candidate)
            return True
        elif why := self._exceeded():
            self.stopped = why
            raise DeadlineError
        else:
            self.undecided += 1
            open_ = next(n for n in self.wanted if verdicts[n] == "undetermined")
            why = space.stopped or judgement.left_open(open_)
            self.why_undecided = self.why_undecided or why
            self.sets.exclude(candidate)
        return False

    def _judged(
        self, candidate: Candidate, spec: Spec, program: Program
    ) -> tuple[Space, Judgement]:
        """What a candidate makes, explored."""
        limits = self.limits
        if limits.timeout is not None:
            left = max(0.0, limits.timeout - (time.monotonic() - self.started))
            limits = replace(limits, timeout=left)
        space, judgement = check_spec(
            spec, limits, progress=lambda _, states, __: self._tell(candidate, states),
            options=SearchOptions(engine=self.engine), layout=self.layout, program=program,
        )  # fmt: skip
        self.explored += 1
        self.judged.add(self.plan.text(candidate))
        self.layout = space.layout
        self.states += len(space.states)
        return space, judgement

    def _chosen(self, candidate: Candidate) -> tuple[SpecChange, ...]:
        return tuple(self.plan.changes[i] for i in sorted(candidate))

    # --- what is learned -----------------------------------------------------------------------

    def _learn_all(
        self,
        candidate: Candidate,
        spec: Spec,
        violated: tuple[str, ...],
        space: Space,
        judgement: Judgement,
    ) -> None:
        results = {each.name: each for each in judgement.results}
        for name in violated:
            found = results[name].trace
            steps = () if found is None else found.steps
            self._note_steps((each.instance, each.label) for each in steps)
            if not candidate:
                shown = shortest_violation(Tracer(space), judgement, results[name])
                why = beyond_programs(spec, name, shown)
                self.beyond += [] if why is None else [(name, why)]
            if found is None:
                self.sets.exclude(candidate)
            elif is_run_again(results[name].form, found):
                # Which of the violating runs it is does not matter here.
                found = self._plain(candidate, space, judgement.violating[name])
                counterexample = Counterexample(found, name, results[name].form)
                self.counterexamples.append(counterexample)
                run = Run.of(found, by_state=True, at_end=results[name].form.at_ends)
                self._learn(counterexample, run, candidate, spec)
            else:
                run = Run.of(found, by_state=False, at_end=True)
                self.sets.exclude_alike(self.general.cubes(candidate, spec, run).values())
        self._rank(candidate, violated, space, judgement)

    def _note_steps(self, steps: Iterable[tuple[str, str]]) -> None:
        """Note what is in one more run that violates, by instance and label."""
        events = {(instance.partition("[")[0], label): None for instance, label in steps}
        before = events if self.always is None else self.always
        self.always = {each: None for each in before if each in events}

    def _rank(
        self, candidate: Candidate, violated: tuple[str, ...], space: Space, judgement: Judgement
    ) -> None:
        """Note a candidate if it violates less than what was explored before."""
        left = sum(name in self.broken for name in violated)
        rank = (len(violated), left, self.plan.weight(candidate), sorted(candidate))
        if self.best is None or rank < self.best[0]:
            first = next(each for each in judgement.results if each.name == violated[0])
            trace = shortest_violation(Tracer(space), judgement, first)
            self.best = (rank, Attempt(self._chosen(candidate), violated, trace))

    def _plain(self, candidate: Candidate, space: Space, violating: Sequence[int]) -> Trace:
        """A run to one of the violating states."""
        way = plain_way(space, violating, self.general.inner_steps(candidate))
        return Tracer(space).along([space.states[i] for i in way], "state")

    def _learn(
        self, counterexample: Counterexample, run: Run, candidate: Candidate, spec: Spec
    ) -> None:
        """Exclude a candidate, whose spec and run are given, and what surely violates as it
        does."""
        if places_looked_at(spec)[counterexample.name]:
            cubes = self.general.cubes(candidate, spec, replace(run, at_end=True))
            self.sets.exclude_alike(cubes.values())
        else:
            cubes = self.general.cubes(candidate, spec, run)
            self.sets.exclude_mixtures(counterexample.learn(cubes))

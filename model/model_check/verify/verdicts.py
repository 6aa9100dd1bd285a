"""From one explored space to the verdict on every property of its spec."""

from __future__ import annotations

import contextlib
from array import array
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from ..budget.spending import NotHereError, StopNow
from ..explore.letters import Letters
from ..explore.space import Space
from ..language.records import dataclass, replace
from ..language.tree.spec import Property
from ..results.check import Ending, PropertyResult, Trace, Verdict
from .asking import answered, letters_for, views_of, why_unanswered
from .automaton import AutomatonTooLargeError
from .doomed import LostStates
from .endings import group_key, groups_of, not_final
from .formulas import Answers
from .judgement import Judgement, result_of
from .preferences import nearest_preferred, preferred_in
from .step_answers import judged_steps
from .trace import End, Tracer

if TYPE_CHECKING:
    from .fair_runs import FairRuns, LassoRun, Refuted

__all__ = ["judge"]

MOST_TRANSITIONS = 500_000
"""Above, nobody waits for a search in Python: about a second."""
UNKNOWN_ENDLESS = f"judged of the runs that end: the space has more than {MOST_TRANSITIONS:,} \
transitions, so nobody looked whether some run never ends"
Way = Callable[[int], Sequence[int]]
"""The numbers of the states of the run that leads to a state, both included."""
Length = Callable[[int], int]
"""The steps of that run."""


@dataclass(frozen=True, slots=True)
class _NoAnswer:
    """A property that cannot be evaluated in the states `numbers`; `code` is the failure in
    the first of them, to which a step leads from `before` where it is one of steps."""

    name: str
    numbers: Sequence[int]
    code: int
    before: int | None = None


def judge(space: Space, *, all_traces: bool = False) -> Judgement:
    """Judge all properties of the space's spec.

    `all_traces`: also tell the shortest trace to each different ending.
    """
    judge = _PropertyJudge(space, all_traces)
    results = judge.results()
    views: tuple[tuple[str, ...], ...] = ()
    try:
        if not judge.stopped:
            views = views_of(space)
    except StopNow as stop:
        judge.stopped = stop.why
    return Judgement(
        results=results, violating=judge.violating, chosen=judge.chosen, paths=judge.paths,
        lassos=judge.lassos, endings=judge.endings, lost=LostStates(space, results), views=views,
        stopped=judge.stopped,
    )  # fmt: skip


class _PropertyJudge:
    def __init__(self, space: Space, all_traces: bool) -> None:
        self.space = space
        self.all_traces = all_traces
        self.tracer = Tracer(space)
        self.formulas = space.program.formulas
        self.defines = [*map(Answers, self.formulas.defines)]
        self.unanswered: list[_NoAnswer] = []
        self.limited = False
        self.violating: dict[str, Sequence[int]] = {}
        self.chosen: dict[str, int] = {}
        self.paths: dict[str, tuple[int, ...]] = {}
        """The traces to the chosen states."""
        self.endings: dict[str, tuple[int, ...]] = {}
        self.lassos: dict[str, LassoRun] = {}
        self.stopped = ""
        self._first: Sequence[int] = ()
        """A state that is known to violate the property that is judged, once there is one."""

    @cached_property
    def runs(self) -> FairRuns:
        """The fair runs of the space, where a property asks them."""
        from .fair_runs import FairRuns

        return FairRuns(self.space)

    def results(self) -> tuple[PropertyResult, ...]:
        spec = self.space.machine.spec
        # Errors last: they are also those of properties that could not be evaluated.
        ordered = sorted(spec.properties, key=lambda each: each.form.on_error)
        found = {each.name: self._result(each) for each in ordered}
        return tuple(found[p.name] for p in spec.properties)

    def _result(self, each: Property) -> PropertyResult:
        """The verdict on a property; where the judging ends early, by what is known of it."""
        self._first = ()
        try:
            if each.form.on_error:
                return self._errors(each)
            if not self.stopped:
                return self._asked(each)
        except AutomatonTooLargeError as error:
            return result_of(each, "undetermined", f"{error} ({each.at})")
        except NotHereError as error:
            return replace(result_of(each, "undetermined"), note=error.why)
        except StopNow as stop:
            self.stopped = self.stopped or stop.why
        return self._told(each)

    def _asked(self, each: Property) -> PropertyResult:
        """The verdict on a property, by its form."""
        if each.form.asks_runs:
            return self._runs(each)
        if each.form.of_steps:
            return self._steps(each)
        if each.form.somewhere:
            return self._possible(each)
        if each.form.on_deadlock:
            return self._judged(each, not_final(self.space, self.space.terminal))
        return self._judged(each, *self._formula(each))

    def _told(self, each: Property) -> PropertyResult:
        """What is known when the judging ended early: a violation is one, whatever else there
        is. Its trace is the first one found, and left out where there is no time for that."""
        if not self._first:
            return result_of(each, "undetermined")
        found = self._first[0]
        self.violating[each.name] = [found]
        self.chosen[each.name] = found
        self.endings[each.name] = ()
        self.paths[each.name] = tuple(self.space.path(found))
        trace = None
        with contextlib.suppress(StopNow):
            self.paths[each.name] = tuple(self.space.run(self.space.path(found)))
            trace = self.tracer.by_way_of(self.paths[each.name])
        return replace(result_of(each, "violated"), violating_states=1, trace=trace)

    def _formula(self, each: Property) -> tuple[Sequence[int], bool, str]:
        """The states that violate a property; whether it has a value in all others but those where
        it meets a limit of this tool, and that limit."""
        space = self.space
        asked: Sequence[int] = range(len(space.states))
        if each.form.at_ends:
            unfair = any(p.fairness == "none" for p in space.machine.spec.processes)
            asked = self.runs.rests if unfair else space.terminal
        elif space.scan is not None:
            found = space.scan(each.name, each.form.wrong_answer, 0)
            asked = asked if found is None else found
        answers = Answers(self.formulas.properties[each.name])
        if asked and answers.of(space.states[asked[0]]) == each.form.wrong_answer:
            self._first = asked[:1]
        return self._ask(each, answers, asked)

    def _ask(
        self, each: Property, asked: Answers, numbers: Sequence[int]
    ) -> tuple[Sequence[int], bool, str]:
        """The same of the states with these `numbers`."""
        wrong = each.form.wrong_answer
        found = answered(self.space, asked, numbers)
        limit = next((text for a in found.answers if (text := _limit(asked, a))), "")
        unanswered = found.where(lambda answer: answer < 0 and not _limit(asked, answer))
        code = -asked.of(self.space.states[unanswered[0]]) if unanswered else 0
        self._note(each, unanswered, code, limit)
        return found.where(lambda answer: answer == wrong), not unanswered, limit

    def _note(
        self,
        each: Property,
        unanswered: Sequence[int],
        code: int,
        limit: str,
        before: int | None = None,
    ) -> None:
        """A property has no answer in some states, with the code of the failure in the first;
        `before`: the state from which a step leads to that."""
        if unanswered:
            self.unanswered.append(_NoAnswer(each.name, unanswered, code, before))
        self.limited |= bool(limit)

    def _endless(self, each: Property, result: PropertyResult) -> PropertyResult:
        """The formula is false at no end: whether it is true from some moment on in every fair run
        that has none, too; else `result` is not all that there is to say."""
        if self.space.rows is None and self.space.transitions > MOST_TRANSITIONS:
            return replace(result, note=UNKNOWN_ENDLESS)
        if self.space.outside and result.verdict == "holds":
            result = replace(result, note=_of_none(self.runs.there_are_none))
        if not self.space.may_go_round:
            return result
        for doubted in (False, True):
            letters = letters_for(self.space, each.name, doubted=doubted)
            if doubted and not len(letters.unanswered):
                break
            found = self._refuted(each, letters, ends=False)
            if found.lasso is not None and doubted:
                lasso = found.lasso()
                why = why_unanswered(self.space, each.name, lasso.states[lasso.loop_from :])
                note = f"in some run that never ends the formula is not known to stay true: {why}"
                return replace(result_of(each, "undetermined"), note=note)
            if found.lasso is not None:
                return self._for_ever(each, found.lasso)
        return result

    def _runs(self, each: Property) -> PropertyResult:
        """What only a run as a whole can break."""
        letters = letters_for(self.space, each.name, doubted=False)
        is_known, limit = True, ""
        if len(letters.unanswered):
            for asked in map(Answers, self.formulas.asked_of_runs(each.name)):
                _, known, met = self._ask(each, asked, letters.unanswered)
                is_known, limit = is_known and known, limit or met
        self._first = ()
        found = self._refuted(each, letters)
        if not found:
            return self._by_then(each, answered=is_known, limit=limit)
        if found.ends or found.lasso is None:
            # What comes to an end is easier to follow than what does not.
            way = self._way(each, letters, found)
            nearest = found.ends.nearest_first
            return self._violated(each, nearest, (way, found.ends.__getitem__), "rest")
        return self._for_ever(each, found.lasso)

    def _by_then(self, each: Property, *, answered: bool, limit: str) -> PropertyResult:
        """No fair run breaks a property: whether another one has by the time that it runs into an
        error, out of `within`, or to where nobody looked."""
        from .bad_prefixes import BadPrefixes

        prefixes = BadPrefixes(self.space, each)
        if prefixes.may_count and (bad := prefixes.shortest()):
            return self._violated(each, bad.nearest_first, (bad.way, bad.__getitem__))
        known = answered and not limit and self.space.complete
        result = result_of(each, "holds" if known else "undetermined", limit)
        none = self.runs.there_are_none if known else ""
        return replace(result, note=_of_none(none, before=bool(none) and prefixes.are_possible))

    def _way(self, each: Property, letters: Letters, found: Refuted) -> Way:
        """The run that is told to an end: the one that is told of others too, if it is as short and
        breaks the property as well."""
        from .reading import accepts
        from .temporal import breaking

        automaton = breaking(each)

        def way(end: int) -> Sequence[int]:
            told = self.tracer.path(end)
            same = len(told) - 1 == found.ends[end] and accepts(automaton, letters, told)
            return told if same else found.ends.way(end)

        return way

    def _refuted(self, each: Property, letters: Letters, *, ends: bool = True) -> Refuted:
        # Loaded late: most specs ask nothing of runs that never end.
        from .temporal import breaking

        preferred = preferred_in(self.space, each)
        return self.runs.refuted(breaking(each), letters, ends=ends, preferred=preferred)

    def _for_ever(self, each: Property, found: Callable[[], LassoRun]) -> PropertyResult:
        """A property that a run without an end breaks; `found`: one in this space."""
        from .lasso_space import LassoSpace
        from .same_state import SameState

        same = SameState(self.space.program, each.name)
        lasso = LassoSpace(self.space, same).shortest(each, found)
        around = lasso.states[lasso.loop_from : -1]
        self.violating[each.name] = sorted(set(around))
        self.chosen[each.name] = lasso.states[-1]
        self.paths[each.name] = lasso.states
        self.endings[each.name] = ()
        self.lassos[each.name] = lasso
        trace = self.tracer.lasso(lasso, same)
        return replace(result_of(each, "violated"), trace=trace)

    def _steps(self, each: Property) -> PropertyResult:
        """What one step can break."""
        space = self.space
        found = judged_steps(space, each.name)
        self._note(each, found.unanswered, found.code, found.limit, found.before)
        if not found.wrong:
            known = not found.unanswered and not found.limit and space.complete
            return result_of(each, "holds" if known else "undetermined", found.limit)
        return self._violated(
            each,
            found.wrong,
            (
                lambda after: self.tracer.path_by(found.source(after), after),
                lambda after: space.depth_of(found.source(after)) + 1,
            ),
        )

    def _possible(self, each: Property) -> PropertyResult:
        """What one state is enough for: its shortest run is shown where it holds."""
        answers = Answers(self.formulas.properties[each.name])
        space, right = self.space, 1 - each.form.wrong_answer
        numbers: Sequence[int] = range(len(space.states))
        if space.scan is not None and (scanned := space.scan(each.name, right, 0)) is not None:
            numbers = scanned
        found = answered(space, answers, numbers)
        if right in found.answers:
            number = found.first(right)
            trace = self.tracer.to(number)
            self.paths[each.name] = tuple(self.tracer.path(number))
            return replace(result_of(each, "holds"), trace=trace)
        limit = next((text for a in found.answers if (text := _limit(answers, a))), "")
        unanswered = found.where(lambda answer: answer < 0 and not _limit(answers, answer))
        code = -answers.of(space.states[unanswered[0]]) if unanswered else 0
        self._note(each, unanswered, code, limit)
        known = not unanswered and not limit and space.complete and not space.outside
        note = "a state beyond `within` may have it" if space.outside else ""
        return replace(result_of(each, "violated" if known else "undetermined", limit), note=note)

    def _errors(self, each: Property) -> PropertyResult:
        space = self.space
        failing = space.failing
        found: Trace | None = None
        if space.errors:
            found = self.tracer.to_error(*space.errors[0])
        if self.unanswered:
            first = min(self.unanswered, key=lambda u: u.numbers[0])
            if found is None or first.numbers[0] < failing[0]:
                path = self.tracer.path(first.numbers[0])
                if first.before is not None:
                    path = self.tracer.path_by(first.before, first.numbers[0])
                self.paths[each.name] = tuple(path)
                found = self.tracer.in_property(path, first.name, first.code)
        wrong: Sequence[int] = failing
        if self.unanswered:
            wrong = sorted({*failing, *(n for u in self.unanswered for n in u.numbers)})
        if wrong:
            self.violating[each.name] = wrong
            way = self.paths.setdefault(each.name, tuple(self.tracer.path(wrong[0])))
            self.chosen[each.name] = self.space.stands_for(way[-1])
        partly = space.stopped or self.stopped or self.limited
        verdict: Verdict = "violated" if found else "undetermined" if partly else "holds"
        return replace(result_of(each, verdict), violating_states=len(wrong), trace=found)

    def _judged(
        self, each: Property, violating: Sequence[int], answered: bool = True, limit: str = ""
    ) -> PropertyResult:
        if violating:
            end: End = "rest" if each.form.in_time else "state"
            return self._violated(each, violating, otherwise=end)
        known = answered and not limit and self.space.complete
        result = result_of(each, "holds" if known else "undetermined", limit)
        return self._endless(each, result) if each.form.asks_ends else result

    def _violated(
        self,
        each: Property,
        violating: Sequence[int],
        ways: tuple[Way, Length] | None = None,
        otherwise: End = "state",
    ) -> PropertyResult:
        """A property that is violated in these states, the one with the shortest run first; `ways`:
        the run that leads to one, where it must not be any shortest one; `otherwise`: what its end
        is, where something can still happen."""
        self._first = violating[:1] if ways is None else ()
        self.violating[each.name] = violating if ways is None else array("I", sorted(violating))
        way, length = ways or (self.tracer.path, self.space.depth_of)
        groups = groups_of(self.space, self.defines, violating)
        best, preferred = nearest_preferred(self.space, each, violating)
        self.chosen[each.name] = best
        self.paths[each.name] = tuple(way(best))
        self.endings[each.name] = tuple(group.first for group in groups.values())
        endings = tuple(
            Ending(
                {d.formula.name: d.value(self.space.states[group.first]) for d in self.defines},
                group.count,
                length(group.first),
                preferred(group.first),
                self.tracer.by_way_of(way(group.first), otherwise) if self.all_traces else None,
            )
            for group in groups.values()
        )
        return replace(
            result_of(each, "violated"),
            violating_states=len(violating),
            trace=self.tracer.by_way_of(way(best), otherwise),
            endings=endings,
            chosen=[*groups].index(group_key(self.defines, self.space.states[best])),
        )


def _limit(asked: Answers, answer: int) -> str:
    """The limit of this tool that an answer says was met, in words; "" if none was."""
    failure = asked.failure(answer) if answer < 0 else None
    return failure.text if failure is not None and failure.kind == "limit" else ""


def _of_none(why: str, *, before: bool = False) -> str:
    """That a property is asked of no fair run, for there is none; `before`: of how they come to
    that, it is asked all the same. "" where there is one."""
    asked = "this is asked only of what comes before" if before else "this is asked of nothing"
    return f"{why}: {asked}" if why else ""

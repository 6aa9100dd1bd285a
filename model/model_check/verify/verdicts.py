"""From one explored space to the verdict on every property of its spec."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..budget.spending import StopNow
from ..explore.space import Space
from ..language.records import dataclass
from ..language.tree.spec import Property
from ..results.check import Ending, PropertyResult, SpaceSummary, Trace, Verdict
from .cycles import FairCycles
from .formulas import Answers
from .show import format_value
from .trace import Tracer

__all__ = ["Judgement", "judge", "summarize"]

# Expressions to prefer by that cannot be evaluated in a state: it is chosen last.
LAST = 1 << 62


@dataclass(frozen=True, slots=True)
class _NoAnswer:
    """A property that cannot be evaluated in the states `numbers`; `code` is the failure in
    the first of them."""

    name: str
    numbers: tuple[int, ...]
    code: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """The results in the order of the spec, and by property the numbers of the states that
    violate it, ascending; `chosen` is the one that the trace leads to, `paths` are the states
    on the way to it. `endings` are the first states of the result's endings, in their order.
    `views` are the values of the spec's views in each state by number, as text. `stopped` says
    why the judging ended early ("": it did not): what was not judged by then is undetermined,
    and where endings were not compared by then there are none, nor views."""

    results: tuple[PropertyResult, ...]
    violating: dict[str, list[int]]
    chosen: dict[str, int]
    paths: dict[str, tuple[int, ...]]
    endings: dict[str, tuple[int, ...]]
    views: tuple[tuple[str, ...], ...] = ()
    stopped: str = ""

    def left_open(self, name: str) -> str:
        """What keeps a property from being judged although everything was explored, in words;
        of run-time errors that is a limit which another one meets."""
        own = next(each for each in self.results if each.name == name)
        limits = (each.limit for each in self.results if each.limit)
        return own.note or own.limit or self.stopped or next(limits, "")


def judge(space: Space, *, all_traces: bool = False) -> Judgement:
    """Judge all properties of the space's spec.

    `all_traces`: also tell the shortest trace to each different ending.
    """
    judge = _PropertyJudge(space, all_traces)
    results = judge.results()
    paths = {name: tuple(judge.tracer.path(each)) for name, each in judge.chosen.items()}
    views: tuple[tuple[str, ...], ...] = ()
    try:
        if not judge.stopped:
            views = _views(space)
    except StopNow as stop:
        judge.stopped = stop.why
    return Judgement(
        results, judge.violating, judge.chosen, paths, judge.endings, views, judge.stopped
    )


def _views(space: Space) -> tuple[tuple[str, ...], ...]:
    return tuple(
        tuple([format_value(each.value(state)) for state in space.states])
        for each in map(Answers, space.program.formulas.views)
    )


class _PropertyJudge:
    def __init__(self, space: Space, all_traces: bool) -> None:
        self.space = space
        self.all_traces = all_traces
        self.tracer = Tracer(space)
        self.cycles = FairCycles(space)
        self.formulas = space.program.formulas
        self.defines = [*map(Answers, self.formulas.defines)]
        self.unanswered: list[_NoAnswer] = []
        self.limited = False
        self.violating: dict[str, list[int]] = {}
        self.chosen: dict[str, int] = {}
        self.endings: dict[str, tuple[int, ...]] = {}
        self.stopped = ""

    def results(self) -> tuple[PropertyResult, ...]:
        spec = self.space.machine.spec
        # Errors last: they are also those of properties that could not be evaluated.
        ordered = sorted(spec.properties, key=lambda each: each.form.on_error)
        found = {each.name: self._result(each) for each in ordered}
        return tuple(found[p.name] for p in spec.properties)

    def _result(self, each: Property) -> PropertyResult:
        """The verdict on a property; where the judging ends early, by what is known of it."""
        violating: list[int] = []
        try:
            if each.form.on_error:
                return self._errors(each)
            if not self.stopped:
                answered, limit = True, ""
                if each.form.on_deadlock:
                    self._deadlocks(violating)
                else:
                    answered, limit = self._formula(each, violating)
                return self._judged(each, violating, answered=answered, limit=limit)
        except StopNow as stop:
            self.stopped = stop.why
        return self._told(each, violating)

    def _told(self, each: Property, violating: Sequence[int]) -> PropertyResult:
        """What is known when the judging ended early: a violation is one, whatever else there
        is."""
        if not violating:
            return _plain(each, "undetermined")
        self.violating[each.name] = list(violating)
        self.chosen[each.name] = violating[0]
        self.endings[each.name] = ()
        trace = self.tracer.to(violating[0])
        return replace(_plain(each, "violated"), violating_states=len(violating), trace=trace)

    def _deadlocks(self, violating: list[int]) -> None:
        space = self.space
        for number in space.terminal:
            if not space.is_final(space.states[number]):
                violating.append(number)

    def _formula(self, each: Property, violating: list[int]) -> tuple[bool, str]:
        """Find the states that violate a property; whether it has a value in all others but
        those where it meets a limit of this tool, and that limit."""
        space = self.space
        answers = Answers(self.formulas.properties[each.name])
        wrong = each.form.wrong_answer
        asked: Iterable[int] = range(len(space.states))
        if each.form.at_ends:
            asked = space.terminal
        elif space.scan is not None:
            found = space.scan(each.name, wrong, 0)
            asked = asked if found is None else found
        states, mask = space.states, answers.mask
        unanswered: dict[int, int] = {}
        limit = ""
        for number in asked:
            answer = answers[states[number] & mask]
            if answer == wrong:
                violating.append(number)
            elif answer < 0 and answers.failure(answer).kind == "limit":
                limit = limit or answers.failure(answer).text
            elif answer < 0:
                unanswered[number] = -answer
        if unanswered:
            first = next(iter(unanswered))
            self.unanswered.append(_NoAnswer(each.name, tuple(unanswered), unanswered[first]))
        self.limited |= bool(limit)
        return not unanswered, limit

    def _ends(self, result: PropertyResult, answers: Answers) -> PropertyResult:
        """The formula speaks of ends: where a fair run has none, and the formula is not true in it
        from some moment on, nothing is claimed."""
        unsettled = self.cycles.unsettled(answers)
        if unsettled:
            return replace(result, verdict="undetermined", note=unsettled)
        return replace(result, note=self.cycles.unknown)

    def _errors(self, each: Property) -> PropertyResult:
        space = self.space
        failing = sorted({number for number, _, _ in space.errors})
        found: Trace | None = None
        if space.errors:
            found = self.tracer.to_error(*space.errors[0])
        if self.unanswered:
            first = min(self.unanswered, key=lambda u: u.numbers[0])
            if found is None or first.numbers[0] < failing[0]:
                found = self.tracer.in_property(first.numbers[0], first.name, first.code)
        wrong = sorted({*failing, *(n for u in self.unanswered for n in u.numbers)})
        if wrong:
            self.violating[each.name] = wrong
            self.chosen[each.name] = wrong[0]
        partly = space.stopped or self.stopped or self.limited
        verdict: Verdict = "violated" if found else "undetermined" if partly else "holds"
        return replace(_plain(each, verdict), violating_states=len(wrong), trace=found)

    def _judged(
        self, each: Property, violating: Sequence[int], *, answered: bool, limit: str
    ) -> PropertyResult:
        if not violating:
            known = answered and not limit and self.space.complete
            result = _plain(each, "holds" if known else "undetermined", limit)
            if known and each.form.asks_ends:
                return self._ends(result, Answers(self.formulas.properties[each.name]))
            return result
        self.violating[each.name] = list(violating)
        preferred = self._preferred(each, violating)
        best = min(violating, key=lambda number: (preferred[number], number))
        self.chosen[each.name] = best
        groups = self._groups(violating)
        self.endings[each.name] = tuple(members[0] for members in groups)
        endings = tuple(
            Ending(
                {d.formula.name: d.value(self.space.states[members[0]]) for d in self.defines},
                len(members),
                self.space.depth_of(members[0]),
                preferred[members[0]],
                self.tracer.to(members[0]) if self.all_traces else None,
            )
            for members in groups
        )
        chosen = next(i for i, members in enumerate(groups) if best in members)
        return replace(
            _plain(each, "violated"),
            violating_states=len(violating),
            trace=self.tracer.to(best),
            endings=endings,
            chosen=chosen,
        )

    def _preferred(self, each: Property, violating: Sequence[int]) -> dict[int, tuple[int, ...]]:
        asked = [*map(Answers, self.formulas.preferences[each.name])]
        states = self.space.states
        return {n: tuple(_number(a, states[n]) for a in asked) for n in violating}

    def _groups(self, violating: Sequence[int]) -> list[list[int]]:
        """The violating states by what the defines are there, shortest trace first."""
        groups: dict[tuple[int, ...], list[int]] = {}
        for number in violating:
            state = self.space.states[number]
            # What cannot be told apart in words is one ending.
            key = tuple(max(define.of(state), -1) for define in self.defines)
            groups.setdefault(key, []).append(number)
        return sorted(groups.values(), key=lambda members: members[0])


def _plain(each: Property, verdict: Verdict, limit: str = "") -> PropertyResult:
    """A verdict without a violation to show."""
    return PropertyResult(
        name=each.name,
        form=each.form,
        about=each.about,
        text=each.text,
        verdict=verdict,
        expected=each.expect,
        violating_states=0,
        trace=None,
        endings=(),
        chosen=None,
        reason=None,
        limit=limit,
    )


def _number(answers: Answers, state: int) -> int:
    value = answers.value(state)
    return value if isinstance(value, int) else LAST


def summarize(space: Space) -> SpaceSummary:
    """The size of a space, in values a person reads."""
    final = sum(1 for n in space.terminal if space.is_final(space.states[n]))
    growth, within = space.growth, space.machine.spec.within
    return SpaceSummary(
        states=len(space.states),
        transitions=space.transitions,
        depth=space.depth,
        final_states=final,
        deadlock_states=len(space.terminal) - final,
        seconds=space.seconds,
        stopped=space.stopped,
        grew=growth.variable if growth else "",
        growth=Tracer(space).to(growth.index) if growth and space.states else None,
        state_bits=space.machine.width,
        limit=growth.limit if growth else "",
        outside=len(space.outside),
        within=within.text if within else "",
    )

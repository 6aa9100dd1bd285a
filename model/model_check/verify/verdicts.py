"""The verdict of every property of a spec, from one explored space."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..explore.space import Space
from ..language.records import dataclass
from ..language.tree import Property
from .endless import Endless
from .formulas import Answers
from .outcome import Ending, PropertyResult, SpaceSummary, Trace, Verdict
from .show import format_value
from .trace import Tracer

__all__ = ["Judgement", "judge", "summarize"]

# Expressions to prefer by that cannot be evaluated in a state: it is chosen last.
LAST = 1 << 62


@dataclass(frozen=True, slots=True)
class _Unanswered:
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
    `views` are the values of the spec's views in each state by number, as text."""

    results: tuple[PropertyResult, ...]
    violating: dict[str, list[int]]
    chosen: dict[str, int]
    paths: dict[str, tuple[int, ...]]
    endings: dict[str, tuple[int, ...]]
    views: tuple[tuple[str, ...], ...] = ()


def judge(space: Space, *, all_traces: bool = False) -> Judgement:
    """Judge all properties of the space's spec.

    `all_traces`: also tell the shortest trace to each different ending.
    """
    judge = _Judge(space, all_traces)
    results = judge.results()
    paths = {name: tuple(judge.tracer.path(each)) for name, each in judge.chosen.items()}
    return Judgement(results, judge.violating, judge.chosen, paths, judge.endings, _views(space))


def _views(space: Space) -> tuple[tuple[str, ...], ...]:
    machine, program = space.machine, space.program
    views = [
        Answers(machine, formula, function)
        for formula, function in zip(machine.views, program.views, strict=True)
    ]
    return tuple(
        tuple([format_value(each.value(state)) for state in space.states]) for each in views
    )


class _Judge:
    def __init__(self, space: Space, all_traces: bool) -> None:
        self.space = space
        self.all_traces = all_traces
        self.tracer = Tracer(space)
        self.endless = Endless(space)
        machine, program = space.machine, space.program
        self.defines = [
            Answers(machine, formula, function)
            for formula, function in zip(machine.defines, program.defines, strict=True)
        ]
        self.unanswered: list[_Unanswered] = []
        self.limited = False
        self.violating: dict[str, list[int]] = {}
        self.chosen: dict[str, int] = {}
        self.endings: dict[str, tuple[int, ...]] = {}

    def results(self) -> tuple[PropertyResult, ...]:
        spec = self.space.machine.spec
        found = {p.name: self._formula(p) for p in spec.properties if p.formula is not None}
        for each in spec.properties:
            if each.kind == "no_deadlock":
                found[each.name] = self._judged(each, self._deadlocks())
            elif each.kind == "no_error":
                # Last: it also tells of properties that could not be evaluated.
                found[each.name] = self._errors(each)
        return tuple(found[p.name] for p in spec.properties)

    def _deadlocks(self) -> list[int]:
        space = self.space
        return [n for n in space.terminal if not space.is_final(space.states[n])]

    def _formula(self, each: Property) -> PropertyResult:
        space, machine = self.space, self.space.machine
        answers = Answers(
            machine, machine.properties[each.name], space.program.properties[each.name]
        )
        wrong = 1 if each.kind == "never" else 0
        asked: Iterable[int] = range(len(space.states))
        if each.kind == "finally":
            asked = space.terminal
        elif space.scan is not None:
            found = space.scan(each.name, wrong, 0)
            asked = asked if found is None else found
        states, mask = space.states, answers.mask
        violating = []
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
            self.unanswered.append(_Unanswered(each.name, tuple(unanswered), unanswered[first]))
        self.limited |= bool(limit)
        result = self._judged(each, violating, answered=not unanswered, limit=limit)
        return self._endless(result, answers) if result.verdict == "holds" else result

    def _endless(self, result: PropertyResult, answers: Answers) -> PropertyResult:
        """`finally` speaks of ends: where a fair run has none, and the formula is not true in it
        from some moment on, nothing is claimed."""
        if result.kind != "finally":
            return result
        unsettled = self.endless.unsettled(answers)
        if unsettled:
            return replace(result, verdict="undetermined", note=unsettled)
        return replace(result, note=self.endless.unknown)

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
        partly = space.stopped or self.limited
        verdict: Verdict = "violated" if found else "undetermined" if partly else "holds"
        return PropertyResult(
            each.name, each.kind, each.about, each.text, verdict, each.expect, len(wrong),
            found, (), None, None,
        )  # fmt: skip

    def _judged(
        self, each: Property, violating: Sequence[int], *, answered: bool = True, limit: str = ""
    ) -> PropertyResult:
        if not violating:
            known = answered and not limit and self.space.complete
            verdict: Verdict = "holds" if known else "undetermined"
            return PropertyResult(
                each.name, each.kind, each.about, each.text, verdict, each.expect, 0, None, (),
                None, None, limit=limit,
            )  # fmt: skip
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
        return PropertyResult(
            each.name, each.kind, each.about, each.text, "violated", each.expect,
            len(violating), self.tracer.to(best), endings, chosen, None,
        )  # fmt: skip

    def _preferred(self, each: Property, violating: Sequence[int]) -> dict[int, tuple[int, ...]]:
        machine, program = self.space.machine, self.space.program
        asked = [
            Answers(machine, formula, function)
            for formula, function in zip(
                machine.preferences[each.name], program.preferences[each.name], strict=True
            )
        ]
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


def _number(answers: Answers, state: int) -> int:
    value = answers.value(state)
    return value if isinstance(value, int) else LAST


def summarize(space: Space) -> SpaceSummary:
    """The size of a space, in values a person reads."""
    final = sum(1 for n in space.terminal if space.is_final(space.states[n]))
    growth = space.growth
    trace = None
    if growth is not None and space.states:
        trace = Tracer(space).to(growth.index)
    return SpaceSummary(
        len(space.states), space.transitions, space.depth, final, len(space.terminal) - final,
        space.seconds, space.stopped, growth.variable if growth else "", trace,
        space.machine.width, growth.limit if growth else "",
    )  # fmt: skip

"""What is to be expected of a property of whole runs, of steps, or of one state that is enough.

In: a checked spec and all of its states, as the interpreter explored them. Out: the verdict, where
a run can end that breaks it, and how many steps that takes; and what is wrong with a lasso that
the tool shows. What each form means is said here once more, from docs/language.md alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

import yaml
from model_check.language.tree.expressions import Expr
from model_check.language.tree.spec import Property, Spec

from .bad_prefixes import BadPrefixes
from .evaluate import evaluate
from .ltl import Formula, Letter, Truth, atoms, normal, parsed, truth
from .recurrence import Claims
from .run_graph import Run, RunGraph
from .states import Explored, Move
from .world import FailedError, Frame

__all__ = ["Expected", "InTime"]

MEANING = {
    "finally": "F G p",
    "eventually": "F p",
    "leads_to": "G (after -> F comes)",
}
"""What must be true of every fair run; one that ends repeats its last state."""
MANY = 8
"""Atoms without a value in one run of which every truth is tried."""
MOST_RUNS = 3_000
"""Beginnings of runs that are looked at one by one."""


@dataclass(frozen=True, slots=True)
class Expected:
    """`wrong`: the states in which a run can end that is shown, each with the fewest steps;
    `endless`: only a run without an end can be shown; `broken_off`: only the beginning of one,
    which nothing that follows can make right. `undefined`: where something that is asked has no
    value."""

    verdict: str
    wrong: Mapping[int, int] = field(default_factory=dict)
    endless: bool = False
    undefined: frozenset[int] = frozenset()
    broken_off: bool = False


class InTime:
    """The properties of one spec."""

    def __init__(self, spec: Spec, explored: Explored) -> None:
        self.spec = spec
        self.explored = explored
        self.graph = RunGraph.of(spec, explored)
        self._claims: dict[tuple[str, bool], Claims] = {}
        self._bad: dict[str, BadPrefixes] = {}
        self._expected: dict[str, Expected] = {}

    @cached_property
    def runs(self) -> tuple[list[tuple[int, tuple[Move, ...]]], int]:
        """The shortest runs, and up to which length these are all."""
        return self.graph.runs(MOST_RUNS)

    # --- what is asked ----------------------------------------------------------------------

    def formula(self, each: Property) -> Formula:
        """What must be true of every run, read from the text of the spec."""
        if each.form.name in MEANING:
            return parsed(MEANING[each.form.name])
        written = yaml.safe_load(each.at.source.text)
        return parsed(written["properties"][each.name]["ltl"])

    def letters(self, each: Property) -> list[Letter]:
        """What each state says of the atoms of a property."""
        asked = {atom.name: atom.value for atom in each.atoms}
        if each.form.name in ("finally", "eventually"):
            (value,) = (each.formula,) if each.formula is not None else asked.values()
            asked = {"p": value}
        assert atoms(self.formula(each)) <= asked.keys()
        return [
            {name: self._answer(value, n) for name, value in asked.items()}
            for n in range(len(self.explored.states))
        ]

    def _answer(self, asked: Expr, number: int, before: int | None = None) -> Truth:
        states = self.explored.states
        old = None if before is None else states[before].world
        try:
            return bool(evaluate(asked, Frame(states[number].world, before=old)))
        except FailedError:
            return None

    def claims(self, each: Property, *, doubted: bool = False) -> Claims:
        """The runs that break a property; `doubted`: what has no value may be so or not."""
        key = (each.name, doubted)
        if key not in self._claims:
            said = [
                frozenset(
                    (name, way)
                    for name, value in letter.items()
                    for way in (False, True)
                    if value is way or (doubted and value is None)
                )
                for letter in self.letters(each)
            ]
            self._claims[key] = Claims(self.graph, normal(self.formula(each), False), said)
        return self._claims[key]

    def bad_prefixes(self, each: Property) -> BadPrefixes:
        """The runs that no continuation could make right, whatever is true of what has no value."""
        if each.name not in self._bad:
            formula = normal(self.formula(each), True)
            self._bad[each.name] = BadPrefixes(self.graph, formula, self.letters(each))
        return self._bad[each.name]

    # --- verdicts ---------------------------------------------------------------------------

    def expected(self, each: Property) -> Expected:
        """The verdict on a property, and the runs that end and can be shown."""
        if each.name not in self._expected:
            self._expected[each.name] = self._judged(each)
        return self._expected[each.name]

    def _judged(self, each: Property) -> Expected:
        depths = self.explored.depths
        match each.form.name:
            case "each_step":
                return self._of_steps(each)
            case "possible":
                return self._possible(each)
            case "no_deadlock":
                wrong = {n: depths[n] for n in self.explored.deadlocks}
                return Expected("violated" if wrong else "holds", wrong)
            case "no_error":
                others = [p for p in self.spec.properties if p.form.name != "no_error"]
                undefined = [self.expected(p).undefined for p in others]
                wrong = {n: depths[n] for n in self.explored.errors.union(*undefined)}
                return Expected("violated" if wrong else "holds", wrong)
            case "always" | "never":
                wrong = {n: depths[n] for n in self.explored.violating[each.name]}
                missing = frozenset(self.explored.undefined[each.name])
                verdict = "violated" if wrong else "undetermined" if missing else "holds"
                return Expected(verdict, wrong, undefined=missing)
        return self._in_time(each)

    def _in_time(self, each: Property) -> Expected:
        undefined = {n for n, said in enumerate(self.letters(each)) if None in said.values()}
        asked = undefined & self.graph.ends if each.form.name == "finally" else undefined
        ends = self.claims(each).ends()
        endless = not ends and self.claims(each).endless()
        if ends or endless:
            return Expected("violated", ends, endless, frozenset(asked))
        if gone := self.bad_prefixes(each).nearest():
            return Expected("violated", gone, undefined=frozenset(asked), broken_off=True)
        doubts = bool(asked)
        if each.form.name == "finally" and undefined and not doubts:
            doubts = self.claims(each, doubted=True).endless()
        return Expected("undetermined" if doubts else "holds", undefined=frozenset(asked))

    def _of_steps(self, each: Property) -> Expected:
        assert each.of_steps is not None
        wrong: dict[int, int] = {}
        undefined = set()
        for move in self.explored.moves:
            answer = self._answer(each.of_steps, move.target, move.source)
            steps = self.explored.depths[move.source] + 1
            if answer is False:
                wrong[move.target] = min(steps, wrong.get(move.target, steps))
            elif answer is None:
                undefined.add(move.target)
        verdict = "violated" if wrong else "undetermined" if undefined else "holds"
        return Expected(verdict, wrong, undefined=frozenset(undefined))

    def _possible(self, each: Property) -> Expected:
        assert each.formula is not None
        answers = [self._answer(each.formula, n) for n in range(len(self.explored.states))]
        right = {n: self.explored.depths[n] for n, answer in enumerate(answers) if answer}
        undefined = frozenset(n for n, answer in enumerate(answers) if answer is None)
        if right:
            return Expected("holds", right)
        unknown = undefined or self.explored.outside
        return Expected("undetermined" if unknown else "violated", undefined=undefined)

    def liked(self, each: Property, states: Iterable[int]) -> list[int]:
        """Of some states those that a property prefers: the lowest numbers, and last those where
        a number has no value."""
        numbers = {n: self.numbers(each, n) for n in states}
        best = min(numbers.values())
        return [n for n, found in numbers.items() if found == best]

    def numbers(self, each: Property, state: int) -> list[float]:
        """What a property prefers, of one state."""
        return [self._number(asked, state) for asked in each.prefer]

    def _number(self, asked: Expr, number: int) -> float:
        try:
            return int(evaluate(asked, Frame(self.explored.states[number].world)))
        except FailedError:
            return float("inf")

    # --- lassos -----------------------------------------------------------------------------

    def breaks(self, each: Property, run: Run) -> bool:
        """Whether a run breaks a property, whatever is true of what has no value: of each that
        there may be."""
        letters, formula = self.letters(each), self.formula(each)
        word = [letters[n] for n in run.states]
        known = truth(formula, word, run.again_from)
        unknown = {(n, name) for n in run.states for name, so in letters[n].items() if so is None}
        if known is not None or len(unknown) > MANY:
            return known is False
        for values in product((False, True), repeat=len(unknown)):
            said = {n: dict(letters[n]) for n in run.states}
            for (n, name), value in zip(unknown, values, strict=True):
                said[n][name] = value
            if truth(formula, [said[n] for n in run.states], run.again_from):
                return False
        return True

    def same(self, each: Property) -> list[int]:
        """Of each state a number: those that have the same one cannot be told apart, neither by a
        step nor by the property, whatever comes after them."""
        letters = self.letters(each)
        prefers = [self.numbers(each, n) for n in range(len(letters))]
        return self.graph.alike([
            (tuple(sorted(said.items())), tuple(numbers))
            for said, numbers in zip(letters, prefers, strict=True)
        ])  # fmt: skip

    def shortest(
        self, each: Property, begins: Collection[int], same: Sequence[int]
    ) -> tuple[int | None, int]:
        """The moves of the shortest lasso that breaks a property and begins to go round in one of
        some states, by trying all (None: there was none); and up to which length all were tried.
        `same`: which states count as one."""
        runs, complete = self.runs
        letters, formula = self.letters(each), self.formula(each)
        known: dict[tuple[int, tuple[int, ...]], Truth] = {}
        for run in runs:
            for lasso in self.graph.fair_lassos(run, same):
                word = tuple(lasso.states)
                if word[lasso.again_from] not in begins:
                    continue
                key = (lasso.again_from, word)
                if key not in known:
                    known[key] = truth(formula, [letters[n] for n in word], lasso.again_from)
                if known[key] is False:
                    return len(lasso.moves), complete
        return None, complete

    def problems(self, each: Property, run: Run, same: Sequence[int]) -> Iterator[str]:
        """What is wrong with a run as a violation, where some states count as one."""
        if run.loop_from is None and self.bad_prefixes(each).is_bad(run.states):
            return
        if not run.closed(same):
            yield "its last step does not lead back to where it goes round"
            return
        if run.loop_from is None and run.states[-1] not in self.graph.ends:
            yield "it does not end there"
        cycle = run.moves[run.again_from :]
        for promise in self.graph.broken(cycle) if cycle else ():
            yield f"it is not fair to {promise.who}, {promise.label or 'which can always act'}"
        if not self.breaks(each, run):
            yield "it does not break the property"

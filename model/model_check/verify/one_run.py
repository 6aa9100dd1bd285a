"""From one run to whether it breaks a property that speaks of whole runs.

In: the states of a run, and how it goes on: it has ended, it goes round for ever, or that is not
known. Out: a verdict on this run alone, whatever others do; whether it is fair is not asked.

What is known of a run as far as it has come: the formula's automaton can be in some places after
it. Each of these accepts some continuation, so where there is none left, every continuation breaks
the property: the run is a bad prefix. Where the automaton of the runs that break it has none left,
none does (Kupferman, Vardi, Model checking of safety properties, Formal Methods in System Design
19, 2001).
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from functools import cached_property, reduce

from ..explore.letters import letter_of
from ..explore.rows import Rows
from ..language.records import dataclass
from ..language.tree.spec import Property
from ..machine.fairness import promises_of
from ..machine.python.program import Program
from ..results.check import Verdict
from .automaton import Automaton, AutomatonTooLargeError, Edge
from .formulas import Answers, StepAnswers
from .reading import accepts_for_ever, reads
from .temporal import breaking, keeping

__all__ = ["Prefixes", "Run", "RunQuestion", "is_fair"]


@dataclass(frozen=True, slots=True)
class Run:
    """A run through these states. `loop_from`: the place of the state that follows the last one,
    where it goes round for ever; where it has ended, the last one. None: how it goes on is not
    known."""

    states: tuple[int, ...]
    loop_from: int | None


class Prefixes:
    """The places, as a mask, that an automaton can be in when it has read part of a word, whose
    letters have this many `atoms`."""

    def __init__(self, automaton: Automaton, atoms: int) -> None:
        self.automaton = automaton
        self.atoms = atoms
        self.first = 1 << automaton.initial
        self._known: dict[tuple[int, int], int] = {}

    def after(self, places: int, letter: int) -> int:
        """The places after another letter."""
        key = (places, letter)
        if key not in self._known:
            self._known[key] = sum(
                {
                    1 << edge.target
                    for place, edges in enumerate(self.automaton.edges)
                    for edge in edges
                    if places >> place & 1 and self.reads(edge, letter)
                }
            )
        return self._known[key]

    def reads(self, edge: Edge, letter: int) -> bool:
        """Whether an edge can be taken on a letter."""
        return reads(edge, letter, self.atoms)

    def accepts_for_ever(self, places: int, letter: int) -> bool:
        """Whether one letter, repeated for ever, is accepted from one of these places on."""
        return any(
            places >> place & 1 and accepts_for_ever(self.automaton, place, letter, self.atoms)
            for place in range(len(self.automaton.edges))
        )


def is_fair(program: Program, around: Sequence[int], steps: Sequence[int]) -> bool:
    """Whether a run that goes round for ever through these states, by these steps, keeps what
    every fair run owes its processes."""
    able: list[set[int]] = []
    for state in around:
        out: list[tuple[int, int]] = []
        for labelled in program.labelled:
            labelled(state, out)
        able.append({step for _, step in out})
    for promise in promises_of(program.machine):
        possible = [not promise.steps.isdisjoint(each) for each in able]
        owed = any(possible) if promise.strong else all(possible)
        if owed and promise.steps.isdisjoint(steps):
            return False
    return True


class RunQuestion:
    """What a property asks of one run."""

    def __init__(self, program: Program, asked: Property) -> None:
        self.property = asked
        self._formulas = program.formulas

    @cached_property
    def _atoms(self) -> list[Answers]:
        return [*map(Answers, self._formulas.asked_of_runs(self.property.name))]

    @cached_property
    def breaking(self) -> Prefixes:
        """Of the runs that break the property. Raises AutomatonTooLargeError."""
        return Prefixes(breaking(self.property), len(self._atoms))

    @cached_property
    def keeping(self) -> Prefixes | None:
        """Of the runs of which it is true; None if that automaton is too large."""
        try:
            return Prefixes(keeping(self.property), len(self._atoms))
        except AutomatonTooLargeError:
            return None

    def letter(self, state: int, *, doubted: bool) -> int:
        """What a state says of the atoms; of those that have no answer, nothing, or (`doubted`)
        that both may be."""
        return letter_of([each.of(state) for each in self._atoms], doubted=doubted)

    def verdict(self, run: Run) -> Verdict:
        """What a run says of a property that asks steps, states one by one, or runs in time; what
        asks its end alone is asked elsewhere."""
        form = self.property.form
        if form.asks_all:
            return self._of_all(run)
        if form.of_steps:
            return self._of_steps(run)
        if form.somewhere:
            return self._of_one(run)
        if run.loop_from is None:
            return self._so_far(run)
        if self._breaks(run, run.loop_from, doubted=False):
            return "violated"
        return "undetermined" if self._breaks(run, run.loop_from, doubted=True) else "holds"

    def _breaks(self, run: Run, loop_from: int, *, doubted: bool) -> bool:
        """Whether a run that goes on for ever is accepted as one that breaks the property."""
        letters = [self.letter(state, doubted=doubted) for state in run.states]
        return _Word(self.breaking, letters, loop_from).is_accepted()

    def _so_far(self, run: Run) -> Verdict:
        letters = [self.letter(state, doubted=True) for state in run.states]
        if self.keeping is not None and not reduce(self.keeping.after, letters, self.keeping.first):
            return "violated"
        left = reduce(self.breaking.after, letters, self.breaking.first)
        return "undetermined" if left else "holds"

    def _of_steps(self, run: Run) -> Verdict:
        asked = StepAnswers(self._formulas.of_steps[self.property.name])
        around = [] if run.loop_from in (None, len(run.states) - 1) else [run.loop_from]
        following = [*run.states[1:], *(run.states[place] for place in around)]
        answers = [*map(asked.of, run.states, following)]
        if 0 in answers:
            return "violated"
        known = run.loop_from is not None and all(answer > 0 for answer in answers)
        return "holds" if known else "undetermined"

    def _of_all(self, run: Run) -> Verdict:
        answers = {*map(Answers(self._formulas.properties[self.property.name]).of, run.states)}
        if self.property.form.wrong_answer in answers:
            return "violated"
        known = run.loop_from is not None and min(answers) >= 0
        return "holds" if known else "undetermined"

    def _of_one(self, run: Run) -> Verdict:
        """One run can show that something is possible, and never that it is not."""
        asked = Answers(self._formulas.properties[self.property.name])
        right = 1 - self.property.form.wrong_answer
        return "holds" if any(asked.of(each) == right for each in run.states) else "undetermined"


class _Word(Rows):
    """The runs of an automaton over a word that goes round: nodes are pairs of a place in the word
    and one of the automaton, which it has come to and not read at yet. A transition's step are the
    acceptance sets that it is in."""

    def __init__(self, prefixes: Prefixes, letters: Sequence[int], loop_from: int) -> None:
        automaton = prefixes.automaton
        self.all_marks = automaton.all_marks
        self.begins = array("q", [0])
        self.targets = array("I")
        self.steps = array("I")
        nodes = [(0, automaton.initial)]
        numbers = {nodes[0]: 0}
        for place, at in nodes:  # it grows on the way
            following = place + 1 if place + 1 < len(letters) else loop_from
            for edge in automaton.edges[at]:
                if prefixes.reads(edge, letters[place]):
                    target = (following, edge.target)
                    if target not in numbers:
                        numbers[target] = len(nodes)
                        nodes.append(target)
                    self.targets.append(numbers[target])
                    self.steps.append(edge.marks)
            self.begins.append(len(self.steps))

    def is_accepted(self) -> bool:
        """Whether some run goes round through every acceptance set."""
        components = self.components()
        marks = [0] * (components.count + 1)
        for node, target, own in self.edges():
            if components.of[node] == components.of[target]:
                marks[components.of[node]] |= own
        return any(each == self.all_marks for each in marks[1:])

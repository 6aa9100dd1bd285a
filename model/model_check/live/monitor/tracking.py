"""What a reading of a log remembers of properties that ask more than single states.

In: the states that a reading passes. Out: what is certain of such a property if the run has ended
there, and if it goes on in a way that nobody knows; and what the log shows of it as far as it goes.

A reading remembers the places that the automata of a property can be in, of the runs of which it
is true and of those that break it (see `verify.one_run`); whether a step has broken it; whether
what should be possible was seen; and how many questions of a `leads_to` there were, and how many
of them have no answer. A question is a state with `after` that follows one without, or that is
open again after an answer.

Steps that nobody sees may stand elsewhere in a reading than they happened (`independence`). They
change nothing that the property reads between two of its changes, so this matters only to what
asks for the next state, or for a step that changes nothing: then nothing is certain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...language import temporal
from ...language.tree.spec import Property
from ...machine.effects import fields_read
from ...machine.python.program import Program
from ...verify.formulas import Answers, StepAnswers
from ...verify.one_run import RunQuestion
from ..errors import LiveError

__all__ = ["NOTHING", "Tracked", "Tracking", "asks_next", "is_tracked"]


def is_tracked(asked: Property) -> bool:
    """Whether a property asks more of a run than its states one by one, or its end."""
    return asked.form.asks_runs or asked.form.of_steps or asked.form.somewhere


@dataclass(frozen=True, slots=True)
class Tracked:
    """What is remembered, in the order of the properties: by those of whole runs the `places` of
    both automata before the present state was read; a bit each: `broken` by a step, `seen` in a
    state, `open` where the place of unseen steps would matter; `questions` and how many of them
    have no answer."""

    places: tuple[tuple[int, int], ...] = ()
    broken: int = 0
    seen: int = 0
    open: int = 0
    questions: tuple[tuple[int, int], ...] = ()


NOTHING = Tracked()


class _RunTracker:
    """A property of whole runs: what its automata say, and how many questions it has."""

    def __init__(self, program: Program, asked: Property) -> None:
        self.question = RunQuestion(program, asked)
        self.breaking, keeping = self.question.breaking, self.question.keeping
        if keeping is None:
            raise LiveError(f"{asked.name} is too long a formula to follow a log by")
        self.keeping = keeping
        self.asks_next = asked.in_time is not None and asks_next(asked.in_time)
        # Where a form has two formulas, the first one asks for the second.
        asks = bool(asked.form.parts)
        self.parts = [*map(Answers, program.formulas.atoms[asked.name])] if asks else []

    def first(self) -> tuple[int, int]:
        """Where the automata begin."""
        return self.keeping.first, self.breaking.first

    def read(self, places: tuple[int, int], state: int) -> tuple[int, int]:
        """The places after a state."""
        letter = self.question.letter(state, doubted=True)
        return self.keeping.after(places[0], letter), self.breaking.after(places[1], letter)

    def is_broken(self, places: tuple[int, int], state: int, *, ended: bool) -> bool | None:
        """Whether a run that comes to a state breaks the property, if it has ended there, or
        whatever comes; None if that is not known."""
        if ended:
            letter = self.question.letter(state, doubted=True)
            kept = self.keeping.accepts_for_ever(places[0], letter)
            broken = self.breaking.accepts_for_ever(places[1], letter)
        else:
            kept, broken = map(bool, self.read(places, state))
        return None if kept and broken else broken

    def is_broken_at_end(self, state: int) -> bool | None:
        """Whether a run that ends in a state breaks the property, whatever was before; None if that
        depends on what was."""
        letter = self.question.letter(state, doubted=True)
        kept, broken = (
            each.accepts_for_ever((1 << len(each.automaton.edges)) - 1, letter)
            for each in (self.keeping, self.breaking)
        )
        return None if kept and broken else broken

    def asked(self, state: int, before: int | None, known: tuple[int, int]) -> tuple[int, int]:
        """How many questions there are after a state, and how many have no answer."""
        count, left = known
        after, comes = (each.of(state) == 1 for each in self.parts)
        began = after and (before is None or self.parts[0].of(before) != 1)
        if comes:
            return count + began, 0
        if after and (began or not left):
            return count + 1, left + 1
        return count, left


def asks_next(formula: temporal.Formula) -> bool:
    """Whether a formula asks for the next state."""
    parts = temporal.parts_of(formula)
    return isinstance(formula, temporal.Next) or any(map(asks_next, parts))


class _StepTracker:
    """A property of steps."""

    def __init__(self, program: Program, asked: Property) -> None:
        formula = program.formulas.of_steps[asked.name]
        self.answers = StepAnswers(formula)
        self._mask = program.machine.bits(fields_read(formula.formula))

    def changes(self, before: int, after: int) -> bool:
        """Whether a step changes anything that the property reads."""
        return bool((before ^ after) & self._mask)


class Tracking:
    """Follows the properties of a spec that are tracked. `delayed`: whether steps that nobody sees
    may stand later than they happened, in what follows a state. What it is asked raises
    GrowthNeededError where a formula needs more room."""

    def __init__(
        self, program: Program, properties: Sequence[Property], delayed: Callable[[int], bool]
    ) -> None:
        self._delayed = delayed
        self._bits = {each.name: 1 << n for n, each in enumerate(properties) if is_tracked(each)}
        self._runs = {
            each.name: _RunTracker(program, each) for each in properties if each.form.asks_runs
        }
        self._steps = {
            each.name: _StepTracker(program, each) for each in properties if each.form.of_steps
        }
        self._possible = {
            each.name: (Answers(program.formulas.properties[each.name]), each.form.wrong_answer)
            for each in properties
            if each.form.somewhere
        }
        self._counting = [each for each in self._runs.values() if each.parts]

    def start(self, state: int) -> Tracked:
        """What is known at an initial state."""
        if not self._bits:
            return NOTHING
        return Tracked(
            tuple(each.first() for each in self._runs.values()),
            seen=self._seen(state),
            open=self._open(state),
            questions=tuple(each.asked(state, None, (0, 0)) for each in self._counting),
        )

    def moved(self, known: Tracked, before: int, after: int) -> Tracked:
        """What is known after a step from one state to another."""
        if not self._bits:
            return known
        broken, left_open = known.broken, known.open | self._open(after)
        for name, each in self._steps.items():
            wrong = each.answers.of(before, after) == 0
            if wrong and not each.changes(before, after) and self._delayed(before):
                left_open |= self._bits[name]
            elif wrong:
                broken |= self._bits[name]
        runs = zip(self._runs.values(), known.places, strict=True)
        counts = zip(self._counting, known.questions, strict=True)
        return Tracked(
            tuple(each.read(places, before) for each, places in runs),
            broken,
            known.seen | self._seen(after),
            left_open,
            tuple(each.asked(after, before, count) for each, count in counts),
        )

    def _seen(self, state: int) -> int:
        return sum(
            self._bits[name]
            for name, (answers, wrong) in self._possible.items()
            if answers.of(state) == 1 - wrong
        )

    def _open(self, state: int) -> int:
        """The properties to which it would matter where a step is that nobody sees."""
        if not self._delayed(state):
            return 0
        names = [name for name, each in self._runs.items() if each.asks_next]
        names += [n for n, each in self._steps.items() if each.answers.of(state, state) == 0]
        return sum(self._bits[name] for name in names)

    # --- what is certain ------------------------------------------------------------------------

    def is_broken(self, name: str, known: Tracked, state: int, *, ended: bool) -> bool | None:
        """Whether a run breaks a property that comes to a state like this, if it has ended there,
        or (`ended` False) whatever comes; None where that is not known."""
        if name in self._possible:
            return False
        if name in self._steps:
            broken = bool(known.broken & self._bits[name])
            return None if known.open & self._bits[name] and not broken else broken
        if known.open & self._bits[name]:
            return None
        places = known.places[[*self._runs].index(name)]
        return self._runs[name].is_broken(places, state, ended=ended)

    def is_broken_at_end(self, name: str, state: int) -> bool | None:
        """Whether a run that ends in a state breaks a property, whatever was before; None if that
        depends on what was."""
        if name in self._possible:
            return False
        return None if name in self._steps else self._runs[name].is_broken_at_end(state)

    # --- what a log shows -----------------------------------------------------------------------

    def questions(self, name: str, known: Tracked) -> tuple[int, int] | None:
        """How many questions a property had, and how many have no answer; None where it asks
        none."""
        tracker = self._runs.get(name)
        if tracker is None or not tracker.parts:
            return None
        return known.questions[self._counting.index(tracker)]

    def was_seen(self, name: str, known: Tracked, state: int) -> bool | None:
        """Whether what should be possible was seen, or a property of whole runs is true already,
        whatever comes; None where a property asks for something else."""
        if name in self._possible:
            return bool(known.seen & self._bits[name])
        if name not in self._runs or self._runs[name].parts:
            return None
        return self.is_broken(name, known, state, ended=False) is False

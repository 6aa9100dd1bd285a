"""What a counterexample teaches about other candidates than the one it was found on.

A trace is run again, step by step, on another candidate. If that can do the same steps, with
the same values, and ends in a violation too, the candidate is bad and need not be explored.

More follows. Call the changes of one process a coordinate, and the alternatives another. If a
trace runs on two candidates, it runs on every mixture that takes each coordinate whole from
one of them: in a given run, whether a process can do its next step, and what that does,
depends on its own program and on the values of variables, and both are those of one of the
two candidates. What a violation is must then depend on values alone, or on nobody being able
to do anything: so a trace is kept to its own candidate where a formula or a program asks
where processes stand, and so is a deadlock, which asks who is at rest.

So for each trace and each coordinate there is a set of variants on which it runs, and the
clause that it teaches is: in at least one coordinate, another variant than these.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ..explore.growth import value_of
from ..explore.memo import GrowthNeededError
from ..machine.generate import Program, initial_states
from ..verify.formulas import Answers
from ..verify.outcome import StateView, Trace
from .changes import Candidate

__all__ = ["Lesson", "replays"]

_REPLAYED = ("always", "never", "finally")


@dataclass(slots=True)
class Lesson:
    """A trace that violates property `name` (of a `kind`), and by coordinate the variants on
    which it is known to run. `mixes`: whether it runs on every mixture of them."""

    trace: Trace
    name: str
    kind: str
    mixes: bool
    variants: dict[str, set[Candidate]] = field(default_factory=dict)
    exact: set[Candidate] = field(default_factory=set)

    @property
    def is_replayed(self) -> bool:
        """Whether it can be asked of other candidates: a violation of a formula."""
        return self.kind in _REPLAYED and self.trace.end != "error"

    def learn(self, candidate: Candidate, coordinates: Mapping[str, Candidate]) -> None:
        """Note a candidate on which the trace runs."""
        self.exact.add(candidate)
        for name, numbers in coordinates.items():
            self.variants.setdefault(name, set()).add(candidate & numbers)

    def excludes(self, candidate: Candidate, coordinates: Mapping[str, Candidate]) -> bool:
        """Whether the trace is known to run on a candidate."""
        if not self.mixes:
            return candidate in self.exact
        return all(candidate & numbers in self.variants[n] for n, numbers in coordinates.items())


def replays(lesson: Lesson, program: Program) -> bool:
    """Whether a trace can happen in the program of a spec, with the same values of all
    variables that both know, and violates the property there as well. Where the program has
    not the room for it, the answer is no."""
    if not lesson.is_replayed:
        return False
    trace = lesson.trace
    states = [
        state
        for state in initial_states(program.machine)
        if state >= 0 and _agrees(program, state, trace.initial)
    ]
    names = {instance.name: instance.index for instance in program.machine.instances}
    for step in trace.steps:
        instance = names.get(step.instance)
        if instance is None:
            return False
        after = {
            target: None
            for state in states
            for target, label in _moves(program, instance, state)
            if label == step.label and _agrees(program, target, step.state)
        }
        states = list(after)
    return any(_violates(program, state, lesson) for state in states)


def _moves(program: Program, instance: int, state: int) -> Iterator[tuple[int, str]]:
    out: list[tuple[int, int]] = []
    program.labelled[instance](state, out)
    for target, step in out:
        if target >= 0:
            yield target, program.machine.steps[step].label


def _agrees(program: Program, state: int, view: StateView) -> bool:
    return all(
        value_of(program.machine, each, state) == view.variables[each.name]
        for each in program.machine.variables
        if not each.hidden and each.name in view.variables
    )


def _violates(program: Program, state: int, lesson: Lesson) -> bool:
    machine = program.machine
    if lesson.kind == "finally":
        out: list[int] = []
        for successors in program.successors:
            successors(state, out)
        if out:
            return False
    answers = Answers(machine, machine.properties[lesson.name], program.properties[lesson.name])
    try:
        return answers.of(state) == (1 if lesson.kind == "never" else 0)
    except GrowthNeededError:
        return False  # not known under this layout

"""What a counterexample teaches about other candidates than the one it was found on.

A trace is run again, step by step, on another candidate. If that can do the same steps, with
the same values, and ends in a violation too, the candidate is bad and need not be explored.

More follows among candidates that take the same alternatives: they are one spec but for the
order of steps, and which of them are joined. If a trace runs on two of these, it runs on every
mixture that takes the changes of each process whole from one of them: in a given run, whether
a process can do its next step, and what that does, depends on its own program, on what only
this process knows (where it stands, the turns of its loops) and on the values of variables.
The program and that knowledge are those of one of the two candidates, and the values are in
both those of the trace: so all variables must be in the trace. What a violation is must then
depend on values alone, or on nobody being able to do anything: so a trace is kept to its own
candidate where a formula or a program asks where processes stand, and so is a deadlock, which
asks who is at rest, and a run that never ends (see `is_run_again`).

An alternative is felt by more than the process that it is about: it can change constants, types,
initial values, or who uses a resource. So nothing is mixed between candidates that take other
alternatives, and each process with its changes and *all* alternatives is a coordinate. For each
trace and each coordinate there is a set of variants on which it runs, and the clause that it
teaches is: in at least one coordinate, another variant than these.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ..explore.memo import GrowthNeededError
from ..language.forms import Form
from ..machine.python.program import Program, initial_states
from ..machine.shapes import value_of
from ..results.check import StateView, Trace
from ..verify.formulas import Answers
from .changes import Candidate

__all__ = ["Counterexample", "is_run_again", "replays"]


@dataclass(slots=True)
class Counterexample:
    """A trace that violates property `name` (of a `form`), and by coordinate the variants on
    whose mixtures it runs."""

    trace: Trace
    name: str
    form: Form
    variants: dict[str, set[Candidate]] = field(default_factory=dict)

    def learn(self, candidate: Candidate, coordinates: Mapping[str, Candidate]) -> None:
        """Note a candidate on which the trace runs, and whose mixtures count."""
        for name, numbers in coordinates.items():
            self.variants.setdefault(name, set()).add(candidate & numbers)


def is_run_again(form: Form, trace: Trace) -> bool:
    """Whether a trace is asked of other candidates: it leads to a state that violates a formula by
    itself. A run that never ends violates only if it is fair, and what is fair depends on what
    all others could do in the meantime, in each candidate; so it says nothing of others here, and
    what asks steps or whole runs does not either."""
    alone = form.asks_all or form.asks_ends
    return alone and trace.end not in ("error", "loop")


def replays(counterexample: Counterexample, program: Program) -> bool:
    """Whether a trace can happen in the program of a spec that has the same variables, with the
    same values of all, and violates the property there as well. Where the program has not the
    room for it, the answer is no."""
    trace = counterexample.trace
    known = {each.name for each in program.machine.variables if not each.hidden}
    if known != set(trace.initial.variables):
        return False
    states = [
        state
        for state in initial_states(program.machine)
        if state >= 0 and _agrees(program, state, trace.initial)
    ]
    names: dict[str, list[int]] = {}
    for each in program.machine.instances:
        names.setdefault(each.name, []).append(each.index)
    for step in trace.steps:
        if step.instance not in names:
            return False
        after = {
            target: None
            for state in states
            for instance in names[step.instance]
            for target, label in _moves(program, instance, state)
            if label == step.label and _agrees(program, target, step.state)
        }
        states = list(after)
    return any(_violates(program, state, counterexample) for state in states)


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
        if not each.hidden
    )


def _violates(program: Program, state: int, counterexample: Counterexample) -> bool:
    if counterexample.form.at_ends and not program.is_end(state):
        return False
    answers = Answers(program.formulas.properties[counterexample.name])
    try:
        return answers.of(state) == counterexample.form.wrong_answer
    except GrowthNeededError:
        return False  # not known under this layout

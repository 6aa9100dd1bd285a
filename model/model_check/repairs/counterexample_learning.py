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
initial values, or who uses a resource; and so is a lock, which adds a variable for all. So nothing
is mixed between candidates that take others of these, and each process with its changes and *all*
of them is a coordinate. A variable that a change gives to a process for itself is a part of what
only this process knows: nobody else reads it, for nobody knew of it. For each
trace and each coordinate there is a set of variants on which it runs, and the clause that it
teaches is: in at least one coordinate, another variant than these. A process that takes no step
in a trace to a state that violates by itself is free: what it could have done does not matter.
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

__all__ = ["Counterexample", "Variant", "is_run_again", "replays"]


@dataclass(slots=True)
class Counterexample:
    """A trace that violates property `name` (of a `form`), and by coordinate the variants on
    whose mixtures it runs."""

    trace: Trace
    name: str
    form: Form
    variants: dict[str, set[frozenset[int]]] = field(default_factory=dict)

    def learn(
        self, shape: frozenset[int], coordinates: Mapping[str, frozenset[int]]
    ) -> Mapping[str, set[frozenset[int]]]:
        """Note what a set makes on which the trace runs; the variants of which all mixtures count.
        A process that takes no step in the trace can be any, where all that matters is the state
        that the trace leads to."""
        for name, numbers in coordinates.items():
            if not name or self.form.at_ends or self._moves(name):
                self.variants.setdefault(name, set()).add(shape & numbers)
        return self.variants

    def _moves(self, process: str) -> bool:
        """Whether a process takes a step."""
        return any(each.instance.partition("[")[0] == process for each in self.trace.steps)


def is_run_again(form: Form, trace: Trace) -> bool:
    """Whether a trace is asked of other candidates: it leads to a state that violates a formula by
    itself. A run that never ends violates only if it is fair, and what is fair depends on what
    all others could do in the meantime, in each candidate; so it says nothing of others here, and
    what asks steps or whole runs does not either."""
    alone = form.asks_all or form.asks_ends
    return alone and trace.end not in ("error", "loop")


class Variant:
    """The program that some changes make, for traces to be run again on it. `own`: the variables,
    by process and name, that changes give to a process for itself; traces are compared without
    them."""

    def __init__(self, program: Program, own: frozenset[tuple[str, str]] = frozenset()) -> None:
        self.program = program
        self.own = own
        shown = (each for each in program.machine.variables if not each.hidden)
        self.variables = [each for each in shown if not _is_own(each.name, own)]
        self.names = {each.name for each in self.variables}
        self.initial = [state for state in initial_states(program.machine) if state >= 0]
        self.instances: dict[str, list[int]] = {}
        for instance in program.machine.instances:
            self.instances.setdefault(instance.name, []).append(instance.index)

    def agrees(self, state: int, view: StateView) -> bool:
        """Whether a state has the values of that of a trace."""
        machine, known = self.program.machine, view.variables
        return all(value_of(machine, each, state) == known[each.name] for each in self.variables)


def _is_own(name: str, own: frozenset[tuple[str, str]]) -> bool:
    """Whether a variable, as it is shown, is one of these."""
    process, _, rest = name.partition(".")
    return (process.partition("[")[0], rest) in own


def replays(counterexample: Counterexample, variant: Variant) -> bool:
    """Whether a trace can happen in the program of a spec that has the same variables, with the
    same values of all, and violates the property there as well. Where the program has not the
    room for it, the answer is no."""
    trace = counterexample.trace
    told = {name for name in trace.initial.variables if not _is_own(name, variant.own)}
    if variant.names != told:
        return False
    states = [state for state in variant.initial if variant.agrees(state, trace.initial)]
    for step in trace.steps:
        after = {
            target: None
            for state in states
            for instance in variant.instances.get(step.instance, ())
            for target, label in _moves(variant.program, instance, state)
            if label == step.label and variant.agrees(target, step.state)
        }
        states = list(after)
        if not states:
            return False
    return any(_violates(variant.program, state, counterexample) for state in states)


def _moves(program: Program, instance: int, state: int) -> Iterator[tuple[int, str]]:
    out: list[tuple[int, int]] = []
    program.labelled[instance](state, out)
    for target, step in out:
        if target >= 0:
            yield target, program.machine.steps[step].label


def _violates(program: Program, state: int, counterexample: Counterexample) -> bool:
    if counterexample.form.at_ends and not program.is_end(state):
        return False
    answers = Answers(program.formulas.properties[counterexample.name])
    try:
        return answers.of(state) == counterexample.form.wrong_answer
    except GrowthNeededError:
        return False  # not known under this layout

"""What a counterexample teaches about other candidates than the one it was found on.

A trace is run again, turn by turn, on another candidate. A turn is what one process does while
nobody else moves. If the candidate can come in each turn to the same values, by whatever steps, and
ends in a violation too, it is bad and need not be explored.

More follows among candidates that take the same alternatives: they are one spec but for the
order of steps, and which of them are joined. If a trace runs on two of these, it runs on every
mixture that takes the changes of each process whole from one of them: in a given run, whether
a process can do its next turn, and what that does, depends on its own program, on what only
this process knows (where it stands, the turns of its loops) and on the values of variables.
The program and that knowledge are those of one of the two candidates, and the values are in
both those of the trace: so all variables must be in the trace. What a violation is must then
depend on values alone, or on nobody being able to do anything: so a trace is kept to its own
candidate where a formula or a program asks where processes stand, and so is a deadlock, which
asks who is at rest, and a run that never ends (see `is_run_again`).

An alternative is felt by more than the process that it is about: it can change constants, types,
initial values, or who uses a resource; and so is a lock, which adds a variable for all. So nothing
is mixed between candidates that take others of these, and each process with its changes and *all*
of them is a coordinate: all that the run feels of these (see `generalization`). A variable that a
change gives to a process for itself is a part of what only this process knows: nobody else reads
it, for nobody knew of it. For each trace and each coordinate there is a set of variants on which it
runs, and the clause that it teaches is: in at least one coordinate, another variant than these. A
process that takes no step in a trace to a state that violates by itself is free: what it could have
done does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest

from ..explore.memo import GrowthNeededError
from ..language.forms import Form
from ..language.keys import WATCH
from ..language.tree.spec import Spec
from ..language.tree.statements import Step
from ..language.tree.walk import controls_in
from ..machine.core import Machine
from ..machine.python.program import Program, initial_states
from ..machine.shapes import value_of
from ..results.check import StateView, Trace
from ..verify.formulas import Answers
from ..verify.trace import locations_of
from .change_sets import Cube
from .violations import Run

MOST_IN_A_TURN = 300
"""States that one instance is followed to while nobody else moves: one that goes round and
counts would have no end."""

__all__ = ["Counterexample", "Variant", "is_run_again", "run_again"]


@dataclass(slots=True)
class Counterexample:
    """A trace that violates property `name` (of a `form`), and by coordinate the variants on
    whose mixtures it runs."""

    trace: Trace
    name: str
    form: Form
    variants: dict[str, set[Cube]] = field(default_factory=dict)

    def learn(self, cubes: Mapping[str, Cube]) -> Mapping[str, set[Cube]]:
        """Note what a set makes on which the trace runs, or all of that which the trace feels; the
        variants of which all mixtures count. A process that takes no step in the trace can be any,
        where all that matters is the state that the trace leads to."""
        for name, cube in cubes.items():
            if not name or self.form.at_ends or self._moves(name):
                self.variants.setdefault(name, set()).add(cube)
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
        self.watches = any(
            isinstance(each, Step) and each.watches
            for process in program.machine.spec.processes
            for each in controls_in(process.run)
        )
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


def run_again(counterexample: Counterexample, variant: Variant) -> Run | None:
    """A run of the program of a spec with the same variables that goes the way of a counterexample,
    and violates the property there as well; None where it surely has none, or has not the room for
    it, or where that is not known. It has the same values after each turn of a process, where what
    goes wrong is a turn by itself; how many steps a process makes in its turn does not matter."""
    trace = counterexample.trace
    if variant.watches or any(c.command == WATCH for each in trace.steps for c in each.calls):
        return None  # a transaction fails by what was touched, which no variable tells
    told = {name for name in trace.initial.variables if not _is_own(name, variant.own)}
    if variant.names != told:
        return None
    found = [_Way(state) for state in variant.initial if variant.agrees(state, trace.initial)]
    for turn in _turns(trace, variant.program.machine.spec):
        found = _after(turn, found, variant)
    for way in found:
        if _violates(variant.program, way.state, counterexample):
            return _run_of(way, variant.program.machine, counterexample)
    return None


@dataclass(frozen=True, slots=True)
class _Turn:
    """Steps of one instance behind each other, and what is then. `label`: it must be that one
    step; "" where any will do."""

    instance: str
    label: str
    state: StateView


@dataclass(frozen=True, slots=True)
class _Way:
    """A state, the step that led there, and the way before it."""

    state: int
    instance: str = ""
    label: str = ""
    before: _Way | None = None


def _turns(trace: Trace, spec: Spec) -> Iterator[_Turn]:
    """What a trace consists of. Where something happens that no variable shows (what was sent, a
    connection that broke), each step is a turn."""
    shown = not (
        spec.sends
        or spec.servers
        or spec.timeouts == "last"
        or any(each.disconnects is not None for each in spec.resources)
    )
    names = {each.name for each in spec.processes}
    for step, following in zip_longest(trace.steps, trace.steps[1:]):
        if step.fault or not shown or step.instance.partition("[")[0] not in names:
            yield _Turn(step.instance, step.label, step.state)
        elif following is None or following.fault or following.instance != step.instance:
            yield _Turn(step.instance, "", step.state)


def _after(turn: _Turn, ways: list[_Way], variant: Variant) -> list[_Way]:
    """The ways on by a turn, one to each state."""
    found = {way.state: way for way in ways} if not turn.label else {}
    waiting = list(ways)
    while waiting and len(found) < MOST_IN_A_TURN:
        way = waiting.pop(0)
        for instance in variant.instances.get(turn.instance, ()):
            for target, label, fault in _moves(variant.program, instance, way.state):
                if target in found or (label != turn.label if turn.label else fault):
                    continue
                found[target] = _Way(target, turn.instance, label, way)
                if not turn.label:
                    waiting.append(found[target])
    return [way for state, way in found.items() if variant.agrees(state, turn.state)]


def _moves(program: Program, instance: int, state: int) -> Iterator[tuple[int, str, bool]]:
    """(successor, label of the step, whether that is what goes wrong)."""
    out: list[tuple[int, int]] = []
    program.labelled[instance](state, out)
    steps = program.machine.steps
    for target, step in out:
        if target >= 0:
            yield target, steps[step].label, steps[step].fault


def _run_of(way: _Way, machine: Machine, counterexample: Counterexample) -> Run:
    ways = [way]
    while ways[-1].before is not None:
        ways.append(ways[-1].before)
    ways.reverse()
    return Run(
        tuple((each.instance, each.label) for each in ways[1:]),
        tuple(locations_of(machine, each.state) for each in ways),
        by_state=True,
        at_end=counterexample.form.at_ends,
    )


def _violates(program: Program, state: int, counterexample: Counterexample) -> bool:
    if counterexample.form.at_ends and not program.is_end(state):
        return False
    answers = Answers(program.formulas.properties[counterexample.name])
    try:
        return answers.of(state) == counterexample.form.wrong_answer
    except GrowthNeededError:
        return False  # not known under this layout

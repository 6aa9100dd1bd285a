"""What the runs of a space never do: a verdict on what never happens is worth little.

In: a completely explored `Space`. Out: the steps that no run takes, each by process and label, the
conditions that always come out the same, the properties that are asked of nothing, and what may go
wrong more often than it can. What several
instances of a process have counts as seen if one of them shows it; a step is taken also if it
always runs into an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from ..explore.memo import footprints
from ..explore.space import Space
from ..language.records import dataclass
from ..language.source.diagnostics import Position
from ..language.tree.spec import Property
from ..language.tree.statements import Step as SpecStep
from ..language.tree.walk import controls_in
from ..language.types import IntType
from ..machine.core import Machine, Step
from ..machine.ir import Decision
from ..machine.lowering.control_flow import GIVES_UP
from ..machine.rewrite import statements_in
from ..results.coverage import Unseen, UntakenStep
from .conditions import condition_at
from .formulas import Answers

__all__ = ["MOST_STATES", "Coverage", "coverage_of"]

MOST_STATES = 500_000
"""Above, Python does not look: about a second."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What no run does. `untaken`: steps, but for those that the spec says are never taken.
    `unseen`: everything else, in the order of the spec; None where there is too much to look."""

    untaken: tuple[UntakenStep, ...]
    unseen: tuple[Unseen, ...] | None


def coverage_of(space: Space, most: int = MOST_STATES) -> Coverage | None:
    """What the runs of a space never do; None where that is not known: not everything was explored,
    or there are more than `most` states and no compiled code to ask."""
    if not space.complete or space.outside:
        return None
    machine = space.machine
    places = {_name(machine, step): step.at for step in machine.steps}
    faults = {_name(machine, step) for step in machine.steps if step.fault}
    outcomes: set[int] = set()
    few = len(space.states) <= most
    taken = _happening(space, outcomes) if few else _taken_fast(space, [*places])
    if taken is None:
        return None
    meant = {
        f"{process.name}.{label}"
        for process in machine.spec.processes
        for label in process.never_taken
    }
    # What is always answered at once is never sent in a step of its own: nobody wrote that step.
    spared = {
        f"{process.name}.{step.label}_send"
        for process in machine.spec.processes
        for step in controls_in(process.run)
        if isinstance(step, SpecStep) and step.at_once
    }
    spared |= {_name(machine, step) for step in machine.steps if step.label.endswith(GIVES_UP)}
    untaken = tuple(
        UntakenStep(name, at.source.path, at.line)
        for name, at in places.items()
        if name not in taken and name not in meant | spared | faults
    )
    unseen = [
        Unseen("taken", name, at.source.path, at.line)
        for name, at in places.items()
        if name in taken and name in meant
    ]
    if few:
        unseen += (*_one_sided(machine, outcomes), *_asked_of_nothing(space))
        rare = (_too_rare(space, name, places[name], name in taken) for name in sorted(faults))
        unseen += filter(None, rare)
    return Coverage(untaken, tuple(unseen) if few else None)


def _taken_fast(space: Space, names: list[str]) -> set[str] | None:
    """The names of the steps that are taken, by compiled code; None where that does not tell."""
    machine = space.machine
    if space.taken is None or not names:
        return None
    numbers = {name: number for number, name in enumerate(names)}
    flags = space.taken([numbers[_name(machine, step)] for step in machine.steps])
    if flags is None:
        return None
    taken = {name for name, number in numbers.items() if flags[number]}
    for number, instance, _ in space.errors:
        out: list[tuple[int, int]] = []
        space.program.labelled[instance](space.states[number], out)
        taken.update(_name(machine, machine.steps[step]) for _, step in out)
    return taken


def _happening(space: Space, outcomes: set[int]) -> set[str]:
    """The steps that are taken; into `outcomes` goes how conditions come out (see
    `Program.covered`), nothing where values are forgotten, since what decides is forgotten too."""
    machine, program = space.machine, space.program
    taken: set[str] = set()
    for instance, mask in enumerate(footprints(space.processes, len(machine.instances))):
        names = {_name(machine, each) for each in machine.steps if each.instance == instance}
        decided = set[int]() if program.forgetting is not None else _outcomes(machine, instance)
        seen: set[int] = set()
        for state in space.states:
            if names <= taken and decided <= outcomes:
                break
            # What an instance can do depends on the fields alone that it touches.
            key = state & mask
            if key in seen:
                continue
            seen.add(key)
            out: list[tuple[int, int]] = []
            program.labelled[instance](state, out)
            taken.update(_name(machine, machine.steps[step]) for _, step in out)
            if decided:
                found: list[int] = []
                program.covered[instance](state, found)
                outcomes.update(found)
    return taken


def _outcomes(machine: Machine, instance: int) -> set[int]:
    """How the conditions of an instance can come out (see `Program.covered`)."""
    return {
        2 * each.condition + truth
        for action in machine.actions_of(instance)
        for each in statements_in(action.body)
        if isinstance(each, Decision)
        for truth in (0, 1)
    }


def _one_sided(machine: Machine, outcomes: set[int]) -> Iterator[Unseen]:
    """The conditions that came out in one way only."""
    for number, at in enumerate(machine.conditions):
        never, always = 2 * number in outcomes, 2 * number + 1 in outcomes
        if never != always:
            yield Unseen("always" if always else "never", condition_at(at), at.source.path, at.line)


def _asked_of_nothing(space: Space) -> Iterator[Unseen]:
    """The properties that hold of nothing: of what never is so, or of ends where there are none."""
    for each in space.machine.spec.properties:
        at = (each.at.source.path, each.at.line)
        if each.form.asks_ends and not space.terminal and not space.errors:
            yield Unseen("ends", each.name, *at)
        premises = [*_premises(space, each)]
        if each.form.asks_runs:
            from .premises import left_of_arrows  # most specs ask nothing of whole runs

            premises += left_of_arrows(space, each)
        for text, is_true in premises:
            if not any(map(is_true, space.states)):
                yield Unseen("premise", f"{each.name}: {text}", *at)


_Truth = Callable[[int], bool]


def _premises(space: Space, each: Property) -> Iterator[tuple[str, _Truth]]:
    """What a formula of states is asked under: A of `not A or B`. Text, and truth in a state."""
    for premise in map(Answers, space.program.formulas.premises.get(each.name, ())):
        yield premise.formula.text, partial(_is_true, premise)


def _is_true(answers: Answers, state: int) -> bool:
    return answers.of(state) == 1


def _too_rare(space: Space, name: str, at: Position, happens: bool) -> Unseen | None:
    """Whether something goes wrong less often than it may, in every run."""
    text = ""
    if not happens:
        text = name
    elif space.program.forgetting is None:
        counted = {each.name: each for each in space.machine.variables if each.hidden}
        budget = counted.get("{} ({})".format(*name.split(".")))
        if budget is not None:
            assert isinstance(budget.type, IntType)
            (field,) = (space.machine.fields[index] for index in budget.fields)
            most = max(map(field.raw, space.states))
            if budget.type.high is not None and most < budget.type.high:
                text = f"{budget.type.high:,} times {name}"
    return Unseen("faults", text, at.source.path, at.line) if text else None


def _name(machine: Machine, step: Step) -> str:
    """Of a process and a step; of a resource and what may go wrong with it, whichever client it
    happens to."""
    instance = machine.instances[step.instance]
    label = step.label.partition("[")[0] if step.fault else step.label
    return f"{instance.owner}.{label}"

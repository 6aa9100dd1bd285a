"""What the runs of a space never do: a verdict on what never happens is worth little.

In: a completely explored `Space`. Out: the steps that no run takes, each by process and label, the
conditions that always come out the same, the properties that are asked of nothing, and what may go
wrong more often than it can. What several
instances of a process have counts as seen if one of them shows it; a step is taken also if it
always runs into an error.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator
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
from .premises import Premise

__all__ = ["Coverage", "coverage_of", "name_of_step", "untaken_steps"]

MOST_STATES = 500_000
"""Above, Python does not look at each state: about a second ..."""
PATIENCE = 0.2
"""Seconds in Python before compiled code is asked."""
MOST_KEYS = 100_000
"""... nor at more than so many different ones, as far as somebody is concerned."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What no run does. `untaken`: steps, but for those that the spec says are never taken.
    `unseen`: everything else, in the order of the spec; None where there is too much to look."""

    untaken: tuple[UntakenStep, ...]
    unseen: tuple[Unseen, ...] | None


def coverage_of(space: Space) -> Coverage | None:
    """What the runs of a space never do; None where that is not known: not everything was explored,
    or there is too much to look at, and no compiled code to ask. Raises StopNow at a limit."""
    if not space.complete or space.outside:
        return None
    if space.reduction and (space.errors or space.goes_round):
        return None  # what was left out need not come up elsewhere
    machine = space.machine
    places = {name_of_step(machine, step): step.at for step in machine.steps}
    faults = {name_of_step(machine, step) for step in machine.steps if step.fault}
    try:
        seen = _Seen(space)
    except _TooManyError:
        return None
    taken = seen.taken
    untaken, meant = untaken_steps(machine, taken), _never_taken(machine)
    unseen = [
        Unseen("taken", name, at.source.path, at.line)
        for name, at in places.items()
        if name in taken and name in meant
    ]
    try:
        unseen += (*_one_sided(machine, seen.outcomes), *_asked_of_nothing(space))
        rare = (_too_rare(space, name, places[name], name in taken) for name in sorted(faults))
        unseen += filter(None, rare)
    except _TooManyError:
        return Coverage(untaken, None)
    return Coverage(untaken, tuple(unseen))


def untaken_steps(machine: Machine, taken: Collection[str]) -> tuple[UntakenStep, ...]:
    """The steps, each by process and label, that are not among the `taken` ones; but for those of
    which the spec says that they are never taken, and what never has to happen."""
    spared = _never_taken(machine)
    # What is always answered at once is never sent in a step of its own: nobody wrote that step.
    spared |= {
        f"{process.name}.{step.label}_send"
        for process in machine.spec.processes
        for step in controls_in(process.run)
        if isinstance(step, SpecStep) and step.at_once
    }
    spared |= {
        name_of_step(machine, step)
        for step in machine.steps
        if step.fault or step.label.endswith(GIVES_UP)
    }
    places = {name_of_step(machine, step): step.at for step in machine.steps}
    return tuple(
        UntakenStep(name, at.source.path, at.line)
        for name, at in places.items()
        if name not in taken and name not in spared
    )


def _never_taken(machine: Machine) -> set[str]:
    """The steps of which the spec says that they are never taken."""
    return {
        f"{process.name}.{label}"
        for process in machine.spec.processes
        for label in process.never_taken
    }


class _TooManyError(Exception):
    """There is too much to look at."""


def _keys(space: Space, mask: int) -> Iterable[int]:
    """What there is of the bits of a mask among all states, each once. Raises _TooManyError."""
    few = space.sort is not None or len(space.states) <= MOST_STATES
    keys = space.keys(mask, MOST_KEYS) if few else None
    if keys is None:
        raise _TooManyError
    return keys


class _Seen:
    """What happens: the steps that are `taken`, and how conditions come out (`outcomes`, see
    `Program.covered`; none where values are forgotten, since what decides is forgotten too). Raises
    _TooManyError. Compiled code is asked where Python would take long; it says the same."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._begun = time.monotonic()
        self._decides = space.program.forgetting is None
        self.taken: set[str] = set()
        self.outcomes: set[int] = set()
        masks = footprints(space.processes, len(space.machine.instances))
        if not all(self._look(instance, mask) for instance, mask in enumerate(masks)):
            self._look_at_all()

    def _look(self, instance: int, mask: int) -> bool:
        """See what an instance does, unless compiled code is to be asked."""
        machine, program = self._space.machine, self._space.program
        names = {name_of_step(machine, each) for each in machine.steps if each.instance == instance}
        decided = _outcomes(machine, instance) if self._decides else set[int]()
        can_ask = self._space.happening is not None
        try:
            keys = _keys(self._space, mask)
        except _TooManyError:
            if can_ask:
                return False
            raise
        # What an instance can do depends on the fields alone that it touches.
        for key in keys:
            if names <= self.taken and decided <= self.outcomes:
                break
            if can_ask and time.monotonic() - self._begun > PATIENCE:
                return False
            out: list[tuple[int, int]] = []
            program.labelled[instance](key, out)
            self.taken.update(name_of_step(machine, machine.steps[step]) for _, step in out)
            if decided:
                found: list[int] = []
                program.covered[instance](key, found)
                self.outcomes.update(found)
        return True

    def _look_at_all(self) -> None:
        assert self._space.happening is not None
        machine = self._space.machine
        taken, outcomes = self._space.happening()
        self.taken = {
            name_of_step(machine, s) for s, t in zip(machine.steps, taken, strict=True) if t
        }
        if self._decides:
            self.outcomes = {number for number, each in enumerate(outcomes) if each}


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
        if not space.keeps_all:
            continue  # a state that was left out may have it
        premises = [*_premises(space, each)]
        if each.form.asks_runs:
            from .premises import left_of_arrows  # most specs ask nothing of whole runs

            premises += left_of_arrows(space, each)
        for text, mask, is_true in premises:
            if not any(map(is_true, _keys(space, mask))):
                yield Unseen("premise", f"{each.name}: {text}", *at)


def _premises(space: Space, each: Property) -> Iterator[Premise]:
    """What a formula of states is asked under: A of `not A or B`."""
    for premise in map(Answers, space.program.formulas.premises.get(each.name, ())):
        yield premise.formula.text, premise.mask, partial(_is_true, premise)


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
            most = max(map(field.raw, _keys(space, field.bits)))
            if budget.type.high is not None and most < budget.type.high:
                text = f"{budget.type.high:,} times {name}"
    return Unseen("faults", text, at.source.path, at.line) if text else None


def name_of_step(machine: Machine, step: Step) -> str:
    """Of a process and a step; of a resource and what may go wrong with it, whichever client it
    happens to."""
    instance = machine.instances[step.instance]
    label = step.label.partition("[")[0] if step.fault else step.label
    return f"{instance.owner}.{label}"

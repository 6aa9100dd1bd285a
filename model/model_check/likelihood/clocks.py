"""From what a spec says of the times of its steps to the clock of each step of its machine.

What is said of one instance is heard before what is said of all. Steps of which nothing is said
take no time; but what may go wrong never comes then, and a timeout comes when nothing else can.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..language.source.diagnostics import Diagnostic, SpecError, did_you_mean
from ..language.tree.spec import CRASHES, Spec
from ..language.tree.timing import Distribution, FromLog, StepTime
from ..language.tree.walk import begins_with_branches
from ..machine.core import Instance, Machine, Step
from .timed_graph import Clock
from .weights import weights_of

__all__ = ["clocks_of", "said_of"]


def clocks_of(
    machine: Machine, timing: Sequence[StepTime]
) -> tuple[tuple[Clock, ...], tuple[Distribution | None, ...]]:
    """The clock of each step of a machine, by its number, and when each instance begins, by its
    number; None: at once.

    Raises SpecError, at the entry of `timing`: it names no step; no log was read for a time `from
    log`; chances among which a process chooses are above 100 % together, or no weights can be
    found for them.
    """
    said = said_of(machine, timing)
    found = list(_mistakes(machine, timing))
    if found:
        raise SpecError(found)
    weights = weights_of(machine, said)
    clocks = tuple(
        _clock(machine, *each) for each in zip(machine.steps, said, weights, strict=True)
    )
    return clocks, tuple(_begin(machine, each, timing) for each in machine.instances)


def said_of(machine: Machine, timing: Sequence[StepTime]) -> tuple[StepTime | None, ...]:
    """For each step of a machine, by its number, the entry that says how long it takes; None where
    there is none."""
    names = [_names_of(machine, each) for each in machine.instances]
    return tuple(
        min(
            (each for each in timing if _is_of(each, step, names[step.instance])),
            key=lambda each: (each.number is None, "[" not in each.label),
            default=None,
        )
        for step in machine.steps
    )


def _clock(machine: Machine, step: Step, said: StepTime | None, weight: int) -> Clock:
    # No process waits for what has an instance of its own, or for what goes wrong with it.
    beside = step.fault or not machine.instances[step.instance].process
    if said is None:
        return Clock(never=step.fault, last=step.timeout, since_possible=beside, weight=weight)
    last = step.timeout and said.time is None
    return Clock(said.time, said.every, last=last, since_possible=beside, weight=weight)


def _begin(machine: Machine, instance: Instance, timing: Sequence[StepTime]) -> Distribution | None:
    """When an instance begins. Branches with which a process begins do so when it does."""
    if not instance.process:
        return None
    if instance.task and not begins_with_branches(machine.spec.process(instance.process).run):
        return None
    found = (
        each
        for each in timing
        if not each.label
        and each.process == instance.process
        and each.number in (None, instance.number)
    )
    said = min(found, key=lambda each: each.number is None, default=None)
    return None if said is None else said.time


# --- names -----------------------------------------------------------------------------------

_Name = tuple[str, int | None]


def _names_of(machine: Machine, instance: Instance) -> tuple[_Name, ...]:
    """By which owners, and numbers, the steps of an instance are named."""
    if instance.process:
        return ((instance.process, instance.number),)
    found: list[_Name] = [(instance.name, None), (instance.owner, instance.number)]
    # What was sent arrives in the name of who sent it, or of the connection that several share.
    found += [
        (process.name, number)
        for process in machine.spec.processes
        for number in range(process.count)
        if process.client_name(number) == instance.name
    ]
    return tuple(found)


def _is_of(each: StepTime, step: Step, names: Iterable[_Name]) -> bool:
    if not each.label or each.label not in (step.label, step.label.partition("[")[0]):
        return False
    return any(
        each.process == owner and (each.number is None or each.number == number)
        for owner, number in names
    )


# --- mistakes --------------------------------------------------------------------------------


def _mistakes(machine: Machine, timing: Sequence[StepTime]) -> Iterator[Diagnostic]:
    names = [_names_of(machine, each) for each in machine.instances]
    for each in timing:
        if isinstance(each.time, FromLog) and not each.time.times:
            message = f"no log was read that says how long {each.name} takes"
            hint = "--timing FILE: what model-check monitor SPEC LOG --timing FILE wrote"
            yield Diagnostic(each.at, message, hint)
        there = any(_is_of(each, step, names[step.instance]) for step in machine.steps)
        begins = not each.label and any(
            (i.process, i.number) == (each.process, each.number or 0) for i in machine.instances
        )
        if not there and not begins and not _is_left_out(machine.spec, each):
            known = sorted({_shown(machine, step) for step in machine.steps})
            what = "step" if each.label else "process"
            hint = did_you_mean(each.name, known)
            yield Diagnostic(each.at, f"no such {what}: {each.name}", hint)


def _is_left_out(spec: Spec, each: StepTime) -> bool:
    """Whether it is of what may go wrong, and does not: none of it is asked for (`crashes: 0`)."""
    if each.process in {process.name for process in spec.processes}:
        return each.label == CRASHES
    things = {resource.name for resource in spec.resources}
    return bool(each.label) and each.process in things | {one.server for one in spec.resources}


def _shown(machine: Machine, step: Step) -> str:
    return f"{machine.instances[step.instance].name}.{step.label}"

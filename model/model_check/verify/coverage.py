"""What the runs of a space never do: a verdict on what never happens is worth little.

In: a completely explored `Space`. Out: the steps that no run takes, each by process and label.
A step that several instances of a process have counts as taken if one of them takes it, also
if it always runs into an error.
"""

from __future__ import annotations

from ..explore.space import Space
from ..machine.core import Machine, Step
from ..results.check import UntakenStep

__all__ = ["MOST_STATES", "untaken_steps"]

MOST_STATES = 500_000
"""Above, Python does not look for a step that no run takes: about a second."""


def untaken_steps(space: Space, most: int = MOST_STATES) -> tuple[UntakenStep, ...] | None:
    """The steps that no run takes, in the order of the spec; None where that is not known: not
    everything was explored, or there are more than `most` states and no compiled code to ask."""
    if not space.complete:
        return None
    machine = space.machine
    places = {_name(machine, step): step.at for step in machine.steps}
    taken = _taken_fast(space, [*places]) if len(space.states) > most else _taken(space)
    if taken is None:
        return None
    return tuple(
        UntakenStep(name, at.source.path, at.line)
        for name, at in places.items()
        if name not in taken
    )


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


def _taken(space: Space) -> set[str]:
    """The names of the steps that are taken, asked of every state."""
    machine = space.machine
    taken: set[str] = set()
    for instance, differences in enumerate(space.processes):
        names = {_name(machine, each) for each in machine.steps if each.instance == instance}
        if names <= taken:
            continue
        seen: set[int] = set()
        for state in space.states:
            # What an instance can do depends on the fields alone that it touches.
            key = state & differences.mask
            if key in seen:
                continue
            seen.add(key)
            out: list[tuple[int, int]] = []
            space.program.labelled[instance](state, out)
            taken.update(_name(machine, machine.steps[step]) for _, step in out)
            if names <= taken:
                break
    return taken


def _name(machine: Machine, step: Step) -> str:
    return f"{machine.instances[step.instance].process}.{step.label}"

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
"""Above, a step that no run takes is not looked for: about a second."""


def untaken_steps(space: Space, most: int = MOST_STATES) -> tuple[UntakenStep, ...] | None:
    """The steps that no run takes, in the order of the spec; None where that is not known: not
    everything was explored, or there are more than `most` states."""
    if not space.complete or space.outside or len(space.states) > most:
        return None
    machine = space.machine
    places = {_name(machine, step): step.at for step in machine.steps}
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
    return tuple(
        UntakenStep(name, at.source.path, at.line)
        for name, at in places.items()
        if name not in taken
    )


def _name(machine: Machine, step: Step) -> str:
    return f"{machine.instances[step.instance].process}.{step.label}"

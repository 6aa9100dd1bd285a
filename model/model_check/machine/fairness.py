"""From a machine to what every fair run owes its processes.

A run is fair if it keeps each promise. A process instance that is scheduled weakly fairly takes
a step if it could take one at every moment from some moment on; strongly fairly, if it could
again and again. A label can be promised strongly by itself. See Lamport, The temporal logic of
actions, ACM TOPLAS 16 (3), 1994.
"""

from __future__ import annotations

from ..language.records import dataclass
from .core import Machine

__all__ = ["Promise", "promises_of"]


@dataclass(frozen=True, slots=True)
class Promise:
    """One of `steps` happens, if one of them is possible from some moment on for ever, or
    (`strong`) again and again. `whose`: the instance, or the step, as a person names it."""

    whose: str
    steps: frozenset[int]
    strong: bool


def promises_of(machine: Machine) -> tuple[Promise, ...]:
    """The promises of a machine, in the order of its instances; each step is one by number."""
    found = []
    for instance in machine.instances:
        own = [s for s in machine.steps if s.instance == instance.index and not s.fault]
        if not instance.process:  # what goes wrong may never happen, what was sent arrives
            steps = frozenset(step.index for step in own)
            found += [Promise(instance.name, steps, strong=False)] if own else []
            continue
        process = machine.spec.process(instance.process)
        if process.fairness != "none" and own:
            steps = frozenset(step.index for step in own)
            found.append(Promise(instance.name, steps, process.fairness == "strong"))
        for step in own:
            if step.label in process.strong:
                name = f"{instance.name}.{step.label}"
                found.append(Promise(name, frozenset({step.index}), True))
    return tuple(found)

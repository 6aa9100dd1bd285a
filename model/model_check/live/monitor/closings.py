"""From a step of the model to the connections that end in it: whoever goes on opens new ones.

A log does not show that a process crashes or that a connection breaks. What it shows is who speaks
over which connection. One that has ended carries nothing any more: all that a process had where it
crashes, all of everybody where another server takes over, and where one connection to a resource
breaks, one of those over which the process has spoken of that resource (it may have several, from
a pool).
"""

from __future__ import annotations

from dataclasses import dataclass

from ...language.keys import DISCONNECTS
from ...language.tree.spec import FAILOVER, Spec
from ...machine.core import Instance, Machine, Step

__all__ = ["Closing", "client_names", "closing_of"]


@dataclass(frozen=True, slots=True)
class Closing:
    """What ends in a step: the connections of a `client` ("": of all), and of these one that
    carried commands of a resource instance (`store`; "": all of them)."""

    client: str
    store: str


def client_names(machine: Machine) -> tuple[str, ...]:
    """Whose connections those are over which each instance speaks, by number of the instance:
    what runs beside a process has the process's, and who shares one is the same client. What is
    under way on a connection arrives by an instance that has the client's name."""
    return tuple(
        machine.spec.process(each.process).client_name(each.number) if each.process else each.name
        for each in machine.instances
    )


def closing_of(
    machine: Machine, client: str, instance: Instance, step: Step, *, crashes: bool
) -> Closing | None:
    """What ends in a step of an instance that speaks over a client's connections; `crashes`: a
    command that it carries out ends its process."""
    if crashes or (step.fault and instance.process):
        return Closing(client, "")
    if not step.fault:
        return None
    if step.label == FAILOVER and any(each.name == instance.name for each in machine.spec.servers):
        return Closing("", "")
    what, _, whose = step.label.partition("[")
    if whose and what in {DISCONNECTS, *_breaking(machine.spec)}:
        return Closing(whose.removesuffix("]"), instance.name)
    return None


def _breaking(spec: Spec) -> set[str]:
    """What goes wrong, by its name, that breaks a connection."""
    faults = (f for resource in spec.resources for each in resource.faults for f in each)
    return {each.command.name for each in faults if each.breaks}

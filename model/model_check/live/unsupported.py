"""What a spec may say that no real run is held against yet: refused before anything is read."""

from __future__ import annotations

from ..language.tree.spec import Spec
from ..language.tree.statements import Step
from ..language.tree.walk import controls_in
from ..machine.core import Machine
from .errors import LiveError

__all__ = ["refuse_beside", "refuse_holding"]


def refuse_beside(machine: Machine, why: str) -> None:
    """Refuse a machine in which a process does several things at once; `why`, in words. Raises
    LiveError."""
    for step in machine.steps:
        if machine.instances[step.instance].task:
            raise LiveError(f"{step.at}: this runs beside other steps of its process, and {why}")


def refuse_holding(spec: Spec) -> None:
    """Refuse a spec in which a command that waits holds up what others send over its connection.
    Raises LiveError."""
    for process in spec.processes:
        for step in controls_in(process.run):
            if isinstance(step, Step) and step.holds:
                raise LiveError(
                    f"{step.at}: this waits at the server and holds up the connection"
                    f" {process.connection}, which others use: it can be replayed, not run freely;"
                    " give it a connection of its own"
                )

"""What a spec may say that no real run is held against yet: refused before anything is read."""

from __future__ import annotations

from ..machine.core import Machine
from .errors import LiveError

__all__ = ["refuse_faults", "refuse_unawaited"]


def refuse_faults(machine: Machine, why: str) -> None:
    """Refuse a machine in which something may go wrong; `why`, in words. Raises LiveError."""
    fault = next((step for step in machine.steps if step.fault), None)
    if fault is not None:
        owner = machine.instances[fault.instance].owner
        raise LiveError(
            f"{fault.at}: {owner}.{fault.label} may happen, and {why}; "
            "--no-faults leaves out what may go wrong"
        )


def refuse_unawaited(machine: Machine) -> None:
    """Refuse a machine in which commands are sent and not waited for. Raises LiveError."""
    for step in machine.steps:
        if not machine.instances[step.instance].process and not step.fault:
            raise LiveError(
                f"{step.at}: this command is sent and not waited for, and a log does not say"
                " which step sent what arrives in it; leave out wait=False"
            )

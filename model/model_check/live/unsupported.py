"""What a spec may say that no real run is held against yet: refused before anything is read."""

from __future__ import annotations

from ..machine.core import Call, Machine
from ..machine.ir import Note
from ..machine.rewrite import statements_in
from .errors import LiveError

__all__ = ["refuse_beside", "refuse_faults", "refuse_unawaited", "refuse_waiting_beside"]


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


def refuse_beside(machine: Machine, why: str) -> None:
    """Refuse a machine in which a process does several things at once; `why`, in words. Raises
    LiveError."""
    for step in machine.steps:
        if machine.instances[step.instance].task:
            raise LiveError(f"{step.at}: this runs beside other steps of its process, and {why}")


def refuse_waiting_beside(machine: Machine) -> None:
    """Refuse a machine in which a command is sent, and answered in another step, while other
    steps of its process use the same connection: they would wait with it. Raises LiveError."""
    beside = {each.name for each in machine.instances if each.task}
    sending = {each.index for each in machine.calls if each.sending and _is_issued(machine, each)}
    for action in machine.actions:
        if machine.instances[action.instance].name not in beside:
            continue
        for statement in statements_in(action.body):
            if isinstance(statement, Note) and not statement.sent and statement.call in sending:
                step = machine.steps[action.steps[0]]
                raise LiveError(
                    f"{step.at}: this waits for its answer on the connection of its process, and"
                    " what runs beside it would wait with it; this is not replayed yet"
                )


def _is_issued(machine: Machine, call: Call) -> bool:
    """Whether a command that is sent is answered in a later step, rather than not waited for."""
    resource = machine.spec.resource(call.resource.partition("[")[0])
    return bool(resource.commands[0][call.command].issue)

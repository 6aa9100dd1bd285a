"""Who waits for what in a deadlock, in values that a person can read."""

from __future__ import annotations

from ..language.records import dataclass

__all__ = ["Known", "Wait"]


@dataclass(frozen=True, slots=True)
class Known:
    """A variable that a condition reads, by its shown name, and its value. `step`: the last step of
    the trace that changed it; None: it is as it was at the start."""

    name: str
    value: object
    step: int | None


@dataclass(frozen=True, slots=True)
class Wait:
    """What holds a process instance back in the last state of a trace.

    `place`: the labels of its possible next steps. `text`: the condition that is false, as the
    spec has it; of a `command` that blocks, that command as it goes over the wire. `reads`: what
    the condition depends on, of what some step changes. Of the steps that change something of that
    (`consumer.unlock`), `givers` are those of others that may still come, and what may go wrong
    there and would let it go on; `rivals` are those that need the same condition before; `gone` are
    those that nobody comes to any more, and `own` those of the instance itself.
    """

    instance: str
    place: str
    text: str
    command: bool
    reads: tuple[Known, ...]
    givers: tuple[str, ...]
    rivals: tuple[str, ...]
    gone: tuple[str, ...]
    own: tuple[str, ...]

"""What was asked of a server beside the commands of a spec."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Inspection", "Moment"]

Moment = Literal["before", "after", "end"]
"""When something was asked: before or after a command of a step, or at the end of a run."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was asked of a server beside the commands of the spec, as it can be typed into
    redis-cli, with what that prints. `event`: the step it was before or after; "" at the end.
    `resource`: what it speaks of, by its shown name."""

    moment: Moment
    event: str
    resource: str
    command: str
    answer: tuple[str, ...]

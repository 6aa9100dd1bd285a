"""A row of a sequence diagram: what one step does, or several that are alike."""

from __future__ import annotations

from ...language.records import dataclass
from ...results.check import TraceStep
from .lifelines import HeldValue, Lifeline
from .messages import Message

__all__ = ["Row"]


@dataclass(frozen=True, slots=True)
class Row:
    """A step, or steps of a folded run that are alike; no step at all: the start, or what is told
    below the last step.

    `asides` are commands that go nowhere, such as taking a frame that has arrived.
    """

    steps: tuple[TraceStep, ...]
    actor: Lifeline | None
    label: str
    messages: tuple[Message, ...]
    asides: tuple[str, ...]
    held: tuple[HeldValue, ...]
    told: tuple[str, ...] = ()
    """Every step with its commands, a line each."""

    @property
    def boxed(self) -> str:
        """The label, and how many steps it stands for: `show ×9`."""
        return f"{self.label} ×{len(self.steps)}" if len(self.steps) > 1 else self.label

    @property
    def fault(self) -> bool:
        """Whether it is what goes wrong with its actor."""
        return any(step.fault for step in self.steps)

    @property
    def broken(self) -> bool:
        """Whether its actor's lifeline is broken by it: it is a process that crashes, by itself or
        because it does not catch that a connection is broken."""
        return any(s.crashes for s in self.steps)

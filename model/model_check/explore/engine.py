"""What an engine is: from a machine and limits to the space that was explored.

The portable and the native engine number states alike, so what they explore is the same.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from ..language.records import dataclass
from ..machine.core import Failure
from ..machine.python.program import Program
from ..machine.shapes import Layout
from .growth import repetition
from .limits import Limits, Progress, at_first_violation
from .reduction import Reduction
from .space import Growth, Scan, Space, path_to
from .unfolding import Unfolded
from .watch import Watch

__all__ = ["Run", "Task"]


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be explored, and how far. `started`: when all of it began, as `time.monotonic`
    counts."""

    program: Program
    layout: Layout
    limits: Limits
    progress: Progress | None
    started: float
    reduction: Reduction | None = None
    """What is left out; None: nothing."""


class Run(ABC):
    """One search under one layout."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.program = task.program
        self.limits = task.limits
        self.stopped = ""
        """Why the search ended before everything was explored, in words."""
        self.pause: int | None = None
        """Pause between two levels, once there are this many states; None: never."""
        self.paused = False
        self.growth: Growth | None = None
        self.initial = 0
        """How many states are initial ones."""
        self._watch = Watch(task.program) if task.limits.first_violation else None

    @property
    @abstractmethod
    def has_begun(self) -> bool:
        """Whether there is a state."""

    @property
    @abstractmethod
    def is_between_levels(self) -> bool:
        """Whether all states of some depths, and none of the others, are expanded."""

    @property
    @abstractmethod
    def number(self) -> int:
        """The state being expanded, or the next one."""

    @property
    @abstractmethod
    def states(self) -> Sequence[int]:
        """What was found so far."""

    @property
    @abstractmethod
    def parents(self) -> Sequence[int]:
        """From which state each was first reached."""

    @abstractmethod
    def run(self) -> Failure | None:
        """Search until everything is explored, or a limit stops it, or it is to pause; then this
        goes on. The failure, if a step needs more room than the layout gives, or meets a limit.
        Raises StopNow before there is a state."""

    @abstractmethod
    def space(self) -> Space:
        """What was explored."""

    def _first_states(self) -> list[int]:
        """What the program makes, each as what stands for it; `-code` where one fails."""
        found: list[int] = []
        self.program.initial(found)
        reduction = self.task.reduction
        if reduction is None or reduction.symmetry is None:
            return found
        canonical = reduction.symmetry.canonical
        return [canonical(state) if state >= 0 else state for state in found]

    def _unfolded(self, states: Sequence[int]) -> Unfolded | None:
        """The states, where they stand for others."""
        reduction = self.task.reduction
        if reduction is None or reduction.symmetry is None:
            return None
        return Unfolded(self.program, reduction.symmetry, states)

    def repetition(self) -> int | None:
        """The state at which the way to the one that needs more room has repeated itself."""
        if not self.has_begun:
            return None
        states = self.states
        path = path_to(self.number, self.parents, self.initial)
        place = repetition(self.program.machine, [states[i] for i in path], len(states))
        return None if place is None else path[place]

    def _at_violation(self, terminal: Sequence[int], errors: int, scan: Scan | None = None) -> str:
        """Why the search may end, if one violation is enough and there is one; else ""."""
        if self._watch is None:
            return ""
        found = self._watch.violated(self.states, self.parents, self.number, terminal, errors, scan)
        return at_first_violation(found)

"""What an engine is: from a machine and limits to the space that was explored.

The portable and the native engine number states alike, so what they explore is the same.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

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

__all__ = ["NUMBER", "Counters", "Keeper", "Run", "Snapshot", "Task"]

WORD = 8
"""Bytes of a word: states are kept in whole ones."""
NUMBER = 4
"""Bytes of a state's number, where it is kept."""


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
    keeper: Keeper | None = None


class Keeper(Protocol):
    """Keeps a search beyond its process."""

    def look(self, run: Run, /) -> None:
        """Told between two pieces of work, when what was found can be kept."""

    def takes(self, run: Run, /) -> None:
        """Told before a run writes where the arrays are kept themselves: what was kept goes. Raises
        OSError."""


@dataclass(frozen=True, slots=True)
class Counters:
    """How far a search is, beside its arrays: the same in every engine.

    `size`: bytes of a state; `initial` states were there at the beginning, there are `count`, and
    those before `following` are expanded; the next level begins at `level_end`. `transitions` were
    followed from them, `left_out` were not. `backward`: whether one of them leads to a state with
    no larger number; None where that is not known.
    """

    size: int
    initial: int
    count: int
    following: int
    level_end: int
    transitions: int
    left_out: int
    backward: bool | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A search between two pieces of work. `arrays`: what each has behind what was asked for. The
    `states` are words, lowest first, the others 32-bit numbers of states: `parents`; `terminal`,
    without successors, and `errors`, ascending; `levels`, where each begins that has been begun, or
    is the next. All grow at their ends alone."""

    counters: Counters
    arrays: Mapping[str, bytes | memoryview]
    is_in_place: bool = False
    """Whether the arrays are where they are kept already."""


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
        self.is_final = False
        """Whether a search that was `stopped` would stop at the same place again, without limits
        too."""
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
    def snapshot(self, had: Mapping[str, int]) -> Snapshot | None:
        """What is there, without the first `had` bytes of each array; None where the search was
        left in the middle of a piece of work."""

    @abstractmethod
    def restore(self, counters: Counters, read: Callable[[str], Iterator[bytes]]) -> None:
        """Be where another search was, of this engine or another one, instead of beginning; `read`
        gives an array in pieces. Raises what that raises, and StopNow where there is not so much
        memory."""

    @abstractmethod
    def space(self) -> Space:
        """What was explored."""

    @property
    def _state_size(self) -> int:
        """Bytes of a state."""
        return WORD * max(1, -(-self.program.machine.width // (8 * WORD)))

    def _keep(self) -> None:
        """Have what was found kept, if somebody does that."""
        if self.task.keeper is not None and not self.stopped:
            self.task.keeper.look(self)

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

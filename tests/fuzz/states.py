"""States and moves of the interpreter: the values of all variables, where everybody stands, and how
often what has gone wrong; and all of it that is reachable."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .faults import Budget
from .places import Location
from .threads import Who
from .under_way import Wire
from .world import World

__all__ = ["Actor", "Explored", "Fired", "Move", "State", "is_alive"]

Actor = Who | Wire
"""Who takes a step: a process, a thread of it, or a connection; or with whom something goes wrong:
also an instance of a resource, or a server."""


@dataclass
class State:
    """Everything that a step can read."""

    world: World
    places: dict[Who, Location]
    spent: dict[Budget, int] = field(default_factory=dict)
    """How often each thing has gone wrong that may only so often."""
    key: Any = None

    def copy(self) -> State:
        """A state to be changed."""
        return State(self.world.copy(), dict(self.places), dict(self.spent))


class Move(NamedTuple):
    """Who leads from which state to which, by the step with which label; or `fault`: with whom
    what goes wrong."""

    source: int
    who: Actor
    label: str
    target: int
    fault: bool = False


@dataclass
class Explored:
    """All reachable states by number, in breadth-first order."""

    states: list[State] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)
    initial: int = 0
    transitions: int = 0
    finals: set[int] = field(default_factory=set)
    deadlocks: set[int] = field(default_factory=set)
    errors: set[int] = field(default_factory=set)
    outside: set[int] = field(default_factory=set)
    violating: dict[str, set[int]] = field(default_factory=dict)
    """Of a property that asks states one by one: those that it is false of."""
    undefined: dict[str, set[int]] = field(default_factory=dict)
    index: dict[Any, int] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)
    able: list[set[tuple[Actor, str]]] = field(default_factory=list)
    """Who has which step in a state, also one that fails; what may go wrong is none."""


@dataclass(frozen=True, slots=True)
class Fired:
    """A step that fires, or (`after` None) fails; with no label where control fails on the
    way to it."""

    who: Actor
    label: str
    loops: tuple[tuple[str, Any], ...]
    after: State | None
    fault: bool = False


def is_alive(state: State, who: Who, place: Location) -> bool:
    """Whether there is a process to crash: not one that has ended, with all its threads."""
    if len(who) > 2 or place.crashed:
        return False
    return place.point is not None or any(each[:2] == who and each != who for each in state.places)

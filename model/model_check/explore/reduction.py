"""What a search may leave out: the contract between who finds it out and the engines that do it.

Two kinds, each by itself or both. **Order**: of steps that can be taken in any order, some wait
(stubborn sets: Valmari, The state explosion problem, 1998; Laarman, Pater, van de Pol, Weber,
Guard-based partial-order reduction, STTT 2016). **Symmetry**: of states that differ only in which
of several alike processes is which, one stands for all (scalarsets: Ip and Dill, Better
verification through symmetry, 1996). Here is what an engine needs to know, as tables and as a body
of the machine's own language; that it is right was shown before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal as OneOf
from typing import Protocol

from ..language.records import dataclass
from ..machine.ir import Statement
from ..machine.python.program import Program

__all__ = ["NOTHING", "Goal", "Kind", "Move", "Order", "Reducer", "Reduction", "Symmetry", "View"]

Kind = OneOf["order", "symmetry"]
MOST_INSTANCES = 63
"""A set of process instances is one number."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What must stay reachable. "state": that the formula of property `name` has the value `wrong`
    in a state, or (None) that it has none, for what reason ever; "step": that what it asks of a
    step is false of one, or has no value; "error": that a step runs into a run-time error."""

    kind: OneOf["state", "step", "error"]
    name: str = ""
    wrong: int | None = 0


@dataclass(frozen=True, slots=True)
class Move:
    """What an instance may do in a class of its local states, by one step. It *can be taken* where
    it gives a successor, or runs into a run-time error.

    `conflicts[j]`, `enablers[j]`: sets of classes of instance j, as bits. In these, j can still
    come to something that does not accord with this move (asked where this one can be taken), or
    that may make it possible (asked where it cannot). `lowers`: the goals, as bits, that it may
    make unreached where they are reached. `fault`: it never has to happen.
    """

    step: int
    conflicts: tuple[int, ...]
    enablers: tuple[int, ...]
    lowers: int
    fault: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """What an instance can do from now on, by its local state: the raw values of `fields`, one
    after the other, first lowest, make a number k, and `classes[k]` is its class. `moves[c]`: what
    it may do there; `raises[c]`: the goals, as bits, that it can still come to reach."""

    fields: tuple[int, ...]
    classes: Sequence[int]
    moves: tuple[tuple[Move, ...], ...]
    raises: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """Whose steps may wait in a state. One view for each of the machine's instances.

    The engines choose a set T of instances so: it has one that can take a step that is no fault;
    with an instance it has, for each of its moves, all that `conflicts` or `enablers` ask for; and
    if a move in it can be taken that lowers a goal, everyone who can still raise that goal. Steps
    of the others wait. Nothing waits where a step runs into an error, or nothing but faults can
    happen. Then every end of a run is kept, and how far it is; and in a space in which nothing
    goes round, every goal.

    `insists`: goals, as bits; who can still raise one is always in T. These are kept wherever
    something goes round, and how far they are.
    """

    goals: tuple[Goal, ...]
    views: tuple[View, ...]
    insists: int = 0


@dataclass(frozen=True, slots=True)
class Symmetry:
    """Which states are alike. `body` makes of any state the one that stands for it: it reads and
    writes fields, fails never, chooses nothing, and ends in one `Emit`.

    `groups`, for a person: the names of the processes whose instances are alike, together with the
    numbers that are."""

    groups: tuple[tuple[tuple[str, ...], tuple[int, ...]], ...]
    body: tuple[Statement, ...]
    canonical: Callable[[int], int]
    """The same, ready to run."""
    chosen: Callable[[int], tuple[int, list[int]]]
    """The same, with the changes by which it came to that, one after the other."""
    changes: tuple[Callable[[int], int], ...]
    """By number: two alike instances change places, and everything that is theirs."""


@dataclass(frozen=True, slots=True)
class Reduction:
    """What is left out of a search. `forward`: that is of use only if nothing goes round in what
    is left. `why_not`: for each kind that was asked for and is not used, why, in words."""

    order: Order | None = None
    symmetry: Symmetry | None = None
    forward: bool = True
    why_not: tuple[str, ...] = ()

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Which kinds are used."""
        order: tuple[Kind, ...] = ("order",) if self.order is not None else ()
        return (*order, "symmetry") if self.symmetry is not None else order

    @property
    def alike(self) -> tuple[str, ...]:
        """The processes whose instances are alike, in words: "[0] and [1] of gateway with
        client"."""
        groups = () if self.symmetry is None else self.symmetry.groups
        return tuple(_alike_text(names, numbers) for names, numbers in groups)

    def __bool__(self) -> bool:
        return self.order is not None or self.symmetry is not None


def _alike_text(names: Sequence[str], numbers: Sequence[int]) -> str:
    """Which instances are alike: of several processes, those of one number belong together."""
    each = [f"[{number}]" for number in numbers]
    listed = f"{', '.join(each[:-1])} and {each[-1]}"
    return f"{listed} of {' with '.join(names)}"


NOTHING = Reduction()
"""Everything is looked at."""


class Reducer(Protocol):
    """Finds out what can be left out of the search of a program, once that is known to be large.

    `kinds`: of what. `around`: whether something may go round in the reduced space; where it does
    after all, what is found without is of no use. Raises StopNow where time is over."""

    def __call__(self, program: Program, kinds: frozenset[Kind], *, around: bool) -> Reduction: ...

"""What a search explored: states in breadth-first order, and how each was first reached."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, partial
from typing import Protocol

from ..language.records import dataclass
from ..machine.core import Machine
from ..machine.python.program import Program
from ..machine.shapes import Layout
from .graph import Graph, Locate
from .letters import Letters
from .memo import Differences, footprints
from .rows import Rows

__all__ = [
    "Growth", "Read", "Scan", "Space", "StateIndex", "cut_off", "is_final", "path_to",
]  # fmt: skip


class StateIndex(Protocol):
    """Finds a state's number."""

    def __getitem__(self, state: int, /) -> int: ...


Scan = Callable[[str, int, int], Sequence[int] | None]
"""`scan(name, wrong, first)`: the numbers of the states from `first` on in which a property has
the value `wrong` or cannot be evaluated, ascending; None for a property that must be asked one
by one."""

Read = Callable[[str, bool], Letters | None]
"""`letters(name, doubted)`: what the states say of the formulas that a property asks of them; None
for a property that must be asked one by one."""


@dataclass(frozen=True, slots=True)
class Growth:
    """Why the search went no further: a variable that may grow without end, and the number of
    a state at which it has grown while everything else came back; or, in words, a `limit` of
    this tool, and the state whose step meets it."""

    variable: str
    index: int
    limit: str = ""


@dataclass(frozen=True)
class Space:
    """States are numbered in breadth-first order, so the trace to each is a shortest one.

    `states[i]` is the i-th; `index` finds it; `parents[i]` is the state it was first reached
    from (itself for the `initial` first ones). `levels` are the numbers at which each depth
    begins. `expanded` states had their successors computed (all, when nothing `stopped` the
    search); of those, `terminal` ones have none, or none but of faults, and `outside` ones lie
    outside of `within`: they are not gone on from, and are no ends. `errors` are steps that run
    into a run-time error: (state, instance, failure code), in the order of the states.
    `transitions` counts
    (state, step, successor), also those that lead to a known state.
    """

    program: Program
    layout: Layout
    processes: tuple[Differences, ...]
    """What each process instance, and each fault, does to a state: `state + d` for each `d` in
    `processes[i][state & processes[i].mask]`."""
    states: Sequence[int]
    index: StateIndex
    parents: Sequence[int]
    levels: tuple[int, ...]
    initial: int
    expanded: int
    terminal: Sequence[int]
    errors: tuple[tuple[int, int, int], ...]
    transitions: int
    seconds: float
    stopped: str
    growth: Growth | None
    scan: Scan | None = None
    """A faster way to ask a property of every state, where the engine has one."""
    locate: Locate | None = None
    """A faster way to find many states ..."""
    letters: Read | None = None
    """... to read what they say ..."""
    wrong_steps: Callable[[str], Sequence[tuple[int, int]] | None] | None = None
    """... to find the steps of which a property that speaks of steps is false, or has no answer
    (None for one that must be asked step by step): the states before and after each ..."""
    taken: Callable[[Sequence[int]], Sequence[int] | None] | None = None
    """... to tell the steps that are taken somewhere: for each group of steps (`groups[k]` is that
    of step k) whether one of them is; None where a limit was met ..."""
    rows: Callable[[], Rows] | None = None
    """... and to find all transitions."""
    goes_forward: bool = False
    """Whether every transition is known to lead to a state with a larger number, so that nothing
    goes round."""
    note: str = ""
    """What the user should know of how it was explored."""
    outside: Sequence[int] = ()

    @property
    def complete(self) -> bool:
        """Whether every state was explored."""
        return not self.stopped

    @property
    def machine(self) -> Machine:
        return self.program.machine

    @property
    def depth(self) -> int:
        """Steps from an initial state to the farthest."""
        return len(self.levels) - 1

    def depth_of(self, number: int) -> int:
        """Steps of a shortest trace to a state."""
        from bisect import bisect_right

        return bisect_right(self.levels, number) - 1

    def successors(self, state: int) -> list[tuple[int, int]]:
        """All (successor, step) of a state, in the order of processes and locations; steps
        that run into an error have none."""
        out: list[tuple[int, int]] = []
        for labelled in self.program.labelled:
            labelled(state, out)
        return [each for each in out if each[0] >= 0]

    def path(self, number: int) -> list[int]:
        """The numbers of the states on a shortest trace, the initial one first."""
        return path_to(number, self.parents, self.initial)

    def is_final(self, state: int) -> bool:
        """Whether every process has ended or rests (asked of states without successors)."""
        return is_final(self.machine, state)

    @cached_property
    def graph(self) -> Rows:
        """All transitions, computed again on demand, and kept."""
        if self.rows is not None:
            return self.rows()
        masks = footprints(self.processes, len(self.machine.instances))
        locate = self.locate or partial(map, self.index.__getitem__)
        return Graph(self.program, masks, self.states, self.expanded, locate)

    @cached_property
    def goes_round(self) -> bool:
        """Whether some run has no end, be it fair or not: something leads back to where it was."""
        return not self.goes_forward and self.graph.components().count > 0

    @property
    def may_go_round(self) -> bool:
        """Whether some run may have no end. Where compiled code explored, that is what it noted on
        its way: looking for what goes round costs as much as whatever is asked then."""
        return not self.goes_forward if self.rows is not None else self.goes_round

    def edges(self) -> Iterator[tuple[int, int, int]]:
        """(state, successor, step), by number."""
        return self.graph.edges()


def cut_off(
    program: Program, states: Sequence[int], quiet: Sequence[int], failing: Iterable[int]
) -> tuple[Sequence[int], Sequence[int]]:
    """Of the states without successors (or with those of faults alone), those that are ends, and
    those outside of `within`. Of the `failing` ones, which are none of these, a run ends where
    nothing runs into an error but what may go wrong."""
    if program.faults and (ends := [n for n in set(failing) if program.is_end(states[n])]):
        quiet = sorted({*quiet, *ends})
    if not program.formulas.within:
        return quiet, ()
    terminal, outside = array("I"), array("I")
    for number in quiet:
        (outside if program.is_outside(states[number]) else terminal).append(number)
    return terminal, outside


def path_to(number: int, parents: Sequence[int], initial: int) -> list[int]:
    """The numbers of the states on a shortest trace to a state, from one of the `initial` first
    ones."""
    path = [number]
    while path[-1] >= initial:
        path.append(parents[path[-1]])
    path.reverse()
    return path


def is_final(machine: Machine, state: int) -> bool:
    """Whether every process has ended or rests in a state."""
    for instance in machine.instances:
        each = machine.fields[instance.location_field]
        place = instance.locations[state >> each.offset & each.mask]
        if not (place.ended or place.rests):
            return False
    return True

"""What a search explored: states in breadth-first order, and how each was first reached."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, partial
from typing import Protocol

from ..language.records import dataclass
from ..machine.core import Machine
from ..machine.effects import fields_read
from ..machine.python.program import Program
from ..machine.shapes import Layout
from .alike import Alike, alike_in
from .graph import Graph, Locate
from .letters import Letters
from .memo import Differences, footprints
from .reduction import Reduction
from .rows import Rows
from .unfolding import Unfolded
from .wrong_steps import WrongSteps

__all__ = [
    "Growth", "Read", "Scan", "Sort", "Space", "StateIndex", "cut_off", "is_final", "path_to",
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


Sort = Callable[[int, Sequence[int], int | None], Alike | None]
"""`sort(mask, numbers, most)`: the classes of some states by the bits of a mask; None if there are
more than `most`."""


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
    wrong_steps: Callable[[str], WrongSteps | None] | None = None
    """... to find the steps of which a property that speaks of steps is false, or has no answer
    (None for one that must be asked step by step) ..."""
    happening: Callable[[], tuple[Sequence[int], Sequence[int]]] | None = None
    """... to tell what happens: for each step whether it is taken somewhere, be it that it always
    fails, and for each number of `Program.covered` whether a condition comes out so ..."""
    rows: Callable[[], Rows] | None = None
    """... to find all transitions ..."""
    sort: Sort | None = None
    """... to sort states into classes ..."""
    fewest_changes: Callable[[int], list[int]] | None = None
    """... and of the shortest traces to a state the one that is told (see `trace_choice`): of a
    state that another one was expanded to find. None of its states where there is no room to
    choose."""
    goes_forward: bool = False
    """Whether every transition is known to lead to a state with a larger number, so that nothing
    goes round."""
    note: str = ""
    """What the user should know of how it was explored."""
    reduction: Reduction | None = None
    """What was left out; None: nothing. The states are then those that stand for all, and the
    transitions those that were taken; `processes` and `successors` are not reduced."""
    left_out: int = 0
    """Transitions from expanded states that were not followed."""
    unfolded: Unfolded | None = None
    """The `states`, where they stand for others: runs of them have to be unfolded."""
    outside: Sequence[int] = ()
    is_elsewhere: bool = False
    """Whether its states are with the parts of a search, and not in this process."""

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

    def run(self, path: Sequence[int]) -> list[int]:
        """The numbers of the states of a run that happens, from one of the states that were
        searched to another: the same ones, or, where these stand for others, of such others."""
        return list(path) if self.unfolded is None else self.unfolded.run(path)

    def stands_for(self, number: int) -> int:
        """The number of the state that was searched, be it that or one that it stands for."""
        return number if self.unfolded is None else self.unfolded.stands_for(number)

    def number_of(self, state: int) -> int:
        """The number of the state that was searched for a state. Raises KeyError for one that was
        left out."""
        symmetry = None if self.reduction is None else self.reduction.symmetry
        return self.index[state if symmetry is None else symmetry.canonical(state)]

    @property
    def keeps_all(self) -> bool:
        """Whether every state and every transition is there."""
        return not self.reduction

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

    def alike(self, mask: int, numbers: Sequence[int]) -> Alike:
        """The classes of some states by the bits of a mask."""
        found = None if self.sort is None else self.sort(mask, numbers, None)
        return alike_in(self.states, mask, numbers) if found is None else found

    def keys(self, mask: int, most: int) -> Iterable[int] | None:
        """What there is of the bits of a mask among all states, each once and in their order; None
        if it is known to be more than `most`."""
        states = self.states
        if self.sort is None:
            return _each_once(state & mask for state in states)
        found = self.sort(mask, range(len(states)), most)
        return None if found is None else [states[place] & mask for place in found.places]

    @cached_property
    def failing(self) -> Sequence[int]:
        """The numbers of the states in which a step runs into an error, ascending."""
        return array(
            "Q" if self.is_elsewhere else "I", dict.fromkeys(number for number, _, _ in self.errors)
        )

    def edges(self) -> Iterator[tuple[int, int, int]]:
        """(state, successor, step), by number."""
        return self.graph.edges()


def _each_once(keys: Iterable[int]) -> Iterator[int]:
    seen: set[int] = set()
    for key in keys:
        if key not in seen:
            seen.add(key)
            yield key


def cut_off(
    program: Program,
    states: Sequence[int],
    quiet: Sequence[int],
    failing: Iterable[int],
    sort: Sort | None = None,
) -> tuple[Sequence[int], Sequence[int]]:
    """Of the states without successors (or with those of faults alone), those that are ends, and
    those outside of `within`. Of the `failing` ones, which are none of these, a run ends where
    nothing runs into an error but what may go wrong."""
    if program.faults and (ends := [n for n in set(failing) if program.is_end(states[n])]):
        quiet = sorted({*quiet, *ends})
    if not program.formulas.within:
        return quiet, ()
    within = program.machine.bits(
        index for each in program.machine.formulas.within for index in fields_read(each)
    )
    found = None if sort is None else sort(within, quiet, None)
    alike = alike_in(states, within, quiet) if found is None else found
    outside = [program.is_outside(states[alike.first(one)]) for one in range(len(alike))]
    return alike.chosen([not each for each in outside]), alike.chosen(outside)


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

"""An explored graph whose steps take time: what is simulated, and what is solved exactly.

Nodes are the states of a space, by number. A run begins in one of the first `initial` nodes, each
alike likely. Each instance has a clock for each step that it may take next, which begins to run
when the instance took its step before (see `Clock`); a step comes when its clock is over, or, where
it cannot come then, as soon as it can. Of several that come at the same moment one instance is
chosen, each alike likely; of its steps one by its weights; of the successors that this step has
there, each alike likely. Then clocks go on as they did, but for those of the instances whose clocks
the step starts anew, and those that the transition does (`Renewals`). A run ends in a node where
nothing comes.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, MutableSequence, Sequence

from ..language.records import dataclass, replace
from ..language.tree.timing import Distribution

__all__ = ["ENDING", "Clock", "Flags", "Renewals", "Settled", "TimedGraph"]

ENDING = 1 << 62
"""The bit of what is open that is no property: how a run ends. All bits of a memory are below."""


@dataclass(frozen=True, slots=True)
class Clock:
    """When a step comes. `time`: how long after its clock was started; None: at once. `every`: the
    clock counts from when the same step came last, where it did. `never`: it never comes (what may
    go wrong, of which nothing is said). `last`: it comes when no other step can come (a timeout of
    which nothing is said). `since_possible`: its clock is not started by its instance's steps, but
    when the step becomes possible, and anew when it has come and is possible again; where it is
    possible no more, or a transition starts it anew (see `Renewals`), its time is forgotten (what
    may go wrong, and what was sent and arrives: no process waits there). `weight`: how likely it is
    among the steps of its instance that come at the same moment, beside their weights; a whole
    number above 0, or 0: never chosen while another is there."""

    time: Distribution | None = None
    every: bool = False
    never: bool = False
    last: bool = False
    since_possible: bool = False
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Flags:
    """What is remembered of a run, as bits of one number that begins with `first[n]` of its first
    node n: after a transition, at place p of the rows, to node n it is
    `((memory | of_transition[p]) & keep[n]) | found[n]` (without `of_transition`: as if all 0).

    `masks`: the bits of each property, by name. A run that ends broke the property if one of them
    is set at its end. One that goes on for ever did if one of them stays set from some moment on;
    of those among `returning`, if it is set again and again."""

    first: Sequence[int]
    found: Sequence[int]
    keep: Sequence[int]
    of_transition: Sequence[int] | None
    masks: dict[str, int]
    returning: int = 0


@dataclass(frozen=True, slots=True)
class Settled:
    """What is known of a run at each node, by the bits of its memory that are set there, and by
    those that are clear: `open`: what is asked is not known yet (ENDING: how the run ends);
    `broken`: where it is known, that the run breaks the property, in the end; `never`: nor will it
    be known, however the run goes on. `possible`: by first node, the bits by which some order of
    the steps breaks a property."""

    open_if_set: MutableSequence[int]
    open_if_clear: MutableSequence[int]
    broken_if_set: MutableSequence[int]
    broken_if_clear: MutableSequence[int]
    never_if_set: MutableSequence[int]
    never_if_clear: MutableSequence[int]
    possible: Sequence[int] = ()

    @classmethod
    def blank(cls, count: int) -> Settled:
        """Of so many nodes, to be filled in."""
        return cls(*(array("q", [0]) * count for _ in range(6)))

    def with_possible(self, possible: Iterable[int]) -> Settled:
        """The same with what some order of the steps breaks."""
        return replace(self, possible=[*possible])

    def is_open(self, node: int, memory: int) -> bool:
        """Whether something that is asked of a run is not known yet."""
        return bool(self.open_bits(node, memory))

    def open_bits(self, node: int, memory: int) -> int:
        """The bits of which it is not known what becomes of them."""
        return self.open_if_set[node] & memory | self.open_if_clear[node] & ~memory

    def broken(self, node: int, memory: int) -> int:
        """The bits by which a run breaks properties, where that is known."""
        return self.broken_if_set[node] & memory | self.broken_if_clear[node] & ~memory


@dataclass(frozen=True, slots=True)
class Renewals:
    """The steps whose clocks the transition at place p of the rows starts anew, where it gives a
    key its time to live anew: `steps[of[p]]`; `steps[0]` are none. All are `since_possible`, and
    none is `every`: where one of them is possible behind the transition, its clock starts there."""

    of: Sequence[int]
    steps: Sequence[Sequence[int]]

    def at(self, place: int) -> Sequence[int]:
        """The steps whose clocks one transition starts anew."""
        return self.steps[self.of[place]]


@dataclass(frozen=True, slots=True)
class TimedGraph:
    """`begins`, `targets`, `steps`: the rows of transitions of each node (see `explore.rows.Rows`:
    the transitions of node n stand from `begins[n]` to `begins[n + 1]`). Of step k, `clocks[k]`;
    `instance_of[k]`: whose it is; `starts[k]`: the instances whose clocks it starts anew, with its
    own. `begin_times[i]`: when instance i begins; None: at once. `is_over[n]`: 1 where a run is
    over at node n although something comes there: whatever comes, nothing that is asked of the run
    changes any more. `flags`: what is remembered of a run, and `settled` from when on it is known
    what it breaks; it is over then, too. `kinds[n]`: which ending node n is of, by number, where a
    run ends there or stays for ever; `values`: for each quantity that is told, by name, its value
    at each end (by kind); None where it may change for ever. `renewals`: None where no transition
    starts such clocks anew."""

    begins: Sequence[int]
    targets: Sequence[int]
    steps: Sequence[int]
    initial: int
    clocks: Sequence[Clock]
    instance_of: Sequence[int]
    starts: Sequence[Sequence[int]]
    begin_times: Sequence[Distribution | None]
    is_over: Sequence[int]
    flags: Flags
    settled: Settled
    kinds: Sequence[int]
    kind_count: int
    values: dict[str, Sequence[int | None]]
    renewals: Renewals | None = None

    @property
    def possible(self) -> int:
        """The bits of a memory by which some order of the steps breaks a property."""
        found = 0
        for bits in self.settled.possible[: self.initial]:
            found |= bits
        return found

    @property
    def count(self) -> int:
        """How many nodes there are."""
        return len(self.begins) - 1

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

from collections.abc import Sequence

from ..language.records import dataclass
from ..language.tree.timing import Distribution

__all__ = ["Clock", "Flags", "Renewals", "TimedGraph"]


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

    `wrong`: for each property by name, how an end tells that the run broke it: `mask` and
    `broken_at`: it did if `(memory & mask) != 0` or `broken_at[n]` is 1 for the end n."""

    first: Sequence[int]
    found: Sequence[int]
    keep: Sequence[int]
    of_transition: Sequence[int] | None
    masks: dict[str, int]
    broken_at: dict[str, Sequence[int]]


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
    changes any more. `flags`: what is remembered of a run. `kinds[n]`: which ending node n is of,
    by number, where a run ends there; `values`: for each quantity that is told, by name, its value
    at each end (by kind). `renewals`: None where no transition starts such clocks anew."""

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
    kinds: Sequence[int]
    kind_count: int
    values: dict[str, Sequence[int]]
    renewals: Renewals | None = None

    @property
    def count(self) -> int:
        """How many nodes there are."""
        return len(self.begins) - 1

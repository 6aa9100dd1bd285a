"""Chains of states that runs go through by chance, and how likely they end where.

How often a state is visited is computed component by component, in the direction of the runs: a
small component by elimination that only adds, multiplies and divides numbers that are not negative,
so that nothing cancels out (Grassmann, Taksar, Heyman, Regenerative analysis and steady state
distributions for Markov chains, Operations Research 33, 1985); a large one by scipy's sparse LU.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import fsum
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from ..errors import ModelCheckError
from ..explore.components import Components, components_of
from ..language.records import dataclass
from .coming import Endless, EndlessRunError

if TYPE_CHECKING:
    import numpy as np

    Vector = np.ndarray[Any, np.dtype[np.float64]]

__all__ = [
    "LOST",
    "NO_STEP",
    "Jumping",
    "MissingPackageError",
    "TooLargeError",
    "Visited",
    "visits",
]

MOST_GOING_ROUND = 30_000
"""States that one component of a chain has at most: its LU factors may have many times as many
numbers."""
ELIMINATED = 400
"""A component that has at most so many states is a dense matrix."""
LOST = 1e-9
"""The part of all runs that rounding may misplace in a component."""
NO_STEP = -1
"""Of what happens without a step: a clock is over, or an instance begins."""
MISSING = (
    "to compute it exactly takes scipy, which is not installed:"
    " pip install 'model-check[likelihood]'"
)


class TooLargeError(Exception):
    """To compute it exactly would take too much; the text says what of."""


class MissingPackageError(ModelCheckError):
    """A package is not installed without which it is not computed exactly."""


State = TypeVar("State")


class Jumping(Protocol[State]):
    """A chain, as it is explored."""

    def first(self) -> Iterable[State]:
        """The states in which runs begin, each alike likely."""

    def jumps(self, state: State) -> Iterable[tuple[State, float, int, bool]]:
        """Where a run goes on from a state: to which one, how likely, by which step (NO_STEP), and
        whether that takes no time. None: it ends there, or nobody asks how it goes on."""


@dataclass(frozen=True, slots=True)
class Visited(Generic[State]):
    """All `states` that runs come to; how likely they end in each in which they do; and the
    `rounds` that they never leave: their states, each of which comes again and again, and how
    likely runs come there."""

    states: Sequence[State]
    ends: Mapping[State, float]
    rounds: Sequence[tuple[Sequence[State], float]]


def visits(jumping: Jumping[State], most: int, eliminated: int = ELIMINATED) -> Visited[State]:
    """All states that runs come to, and how likely they end or stay where.

    most: states that there may be. eliminated: states of a component up to which it is solved by
    elimination. Raises TooLargeError; EndlessRunError where a run may go on for ever while no time
    passes; MissingPackageError.
    """
    chain = _explored(jumping, most)
    components = components_of(chain.begins, chain.targets, None)
    flow = _Flow(chain, eliminated)
    for states in _in_order(chain, components):
        flow.pass_on(states)
    ends = {
        state: flow.of[number]
        for number, state in enumerate(chain.states)
        if chain.begins[number] == chain.begins[number + 1]
    }
    rounds = [([chain.states[each] for each in states], share) for states, share in flow.rounds]
    return Visited(chain.states, ends, rounds)


# --- the chain ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Chain(Generic[State]):
    """`states`, the `initial` ones first, as often as a run may begin there; their jumps stand from
    `begins[n]` to `begins[n + 1]`. `timeless[n]`: 1 where no time passes in state n."""

    states: list[State]
    initial: Sequence[int]
    begins: Sequence[int]
    targets: Sequence[int]
    chances: Sequence[float]
    steps: Sequence[int]
    timeless: Sequence[int]


def _explored(jumping: Jumping[State], most: int) -> _Chain[State]:
    states: list[State] = []
    numbers: dict[State, int] = {}

    def number_of(state: State) -> int:
        found = numbers.setdefault(state, len(states))
        if found == len(states):
            states.append(state)
            if found >= most:
                raise TooLargeError(f"there are more than {most:,} states of the chain")
        return found

    initial = [number_of(each) for each in jumping.first()]
    begins, targets, chances, steps = array("q", [0]), array("q"), array("d"), array("q")
    timeless = bytearray()
    for state in states:  # which grows meanwhile
        no_time = True
        for after, chance, step, at_once in jumping.jumps(state):
            targets.append(number_of(after))
            chances.append(chance)
            steps.append(step)
            no_time = no_time and at_once
        begins.append(len(targets))
        timeless.append(no_time)
    return _Chain(states, initial, begins, targets, chances, steps, timeless)


# --- how often its states are visited -------------------------------------------------------------


def _in_order(chain: _Chain[State], components: Components) -> Iterator[list[int]]:
    """The components of a chain, each after those that lead to it; what does not go round is one of
    its own."""
    of = components.of
    members: dict[int, list[int]] = {}
    for state, component in enumerate(of):
        members.setdefault(component or -1 - state, []).append(state)
    name_of = [component or -1 - state for state, component in enumerate(of)]
    before = dict.fromkeys(members, 0)
    for state, name in enumerate(name_of):
        for target in chain.targets[chain.begins[state] : chain.begins[state + 1]]:
            if name_of[target] != name:
                before[name_of[target]] += 1
    free = [name for name, count in before.items() if not count]
    while free:
        states = members[free.pop()]
        yield states
        for state in states:
            for target in chain.targets[chain.begins[state] : chain.begins[state + 1]]:
                if name_of[target] != name_of[state]:
                    before[name_of[target]] -= 1
                    if not before[name_of[target]]:
                        free.append(name_of[target])


class _Flow(Generic[State]):
    """How often states are visited on average: `of[n]`, which is final when `pass_on` comes to
    state n, and until then what came there from elsewhere."""

    def __init__(self, chain: _Chain[State], eliminated: int) -> None:
        self.chain = chain
        self.eliminated = eliminated
        self.of = array("d", [0.0]) * len(chain.states)
        for state in chain.initial:
            self.of[state] += 1 / len(chain.initial)
        self.rounds: list[tuple[Sequence[int], float]] = []
        """What is never left, and how often runs come there."""

    def pass_on(self, states: Sequence[int]) -> None:
        """Visit the states of one component, and have the runs go on to others."""
        chain, flow = self.chain, self.of
        inside = {state: place for place, state in enumerate(states)}
        leading_out = [
            (state, place)
            for state in states
            for place in range(chain.begins[state], chain.begins[state + 1])
            if chain.targets[place] not in inside
        ]
        first = states[0]
        goes_round = len(states) > 1 or (
            chain.begins[first + 1] - chain.begins[first] > len(leading_out)
        )
        if goes_round:
            if not leading_out:
                self._stay(states)
                return
            self._go_round(states, inside)
        for state, place in leading_out:
            flow[chain.targets[place]] += flow[state] * chain.chances[place]

    def _stay(self, states: Sequence[int]) -> None:
        """Note that runs go round some states for ever."""
        chain = self.chain
        if all(chain.timeless[state] for state in states):
            steps = {
                chain.steps[place]
                for state in states
                for place in range(chain.begins[state], chain.begins[state + 1])
            }
            raise EndlessRunError(min(steps - {NO_STEP}), Endless.AT_ONCE)
        self.rounds.append((states, fsum(self.of[state] for state in states)))

    def _go_round(self, states: Sequence[int], inside: dict[int, int]) -> None:
        """Set how often the states of a component are visited, in which runs go round."""
        if len(states) > MOST_GOING_ROUND:
            raise TooLargeError(f"{len(states):,} states of the chain go round together")
        rows, columns, chances = array("q"), array("q"), array("d")
        out = [0.0] * len(states)
        for state in states:
            for place in range(self.chain.begins[state], self.chain.begins[state + 1]):
                target = inside.get(self.chain.targets[place])
                if target is None:
                    out[inside[state]] += self.chain.chances[place]
                else:
                    rows.append(inside[state])
                    columns.append(target)
                    chances.append(self.chain.chances[place])
        came = [self.of[state] for state in states]
        visits = _visits(rows, columns, chances, out, came, self.eliminated)
        for state, each in zip(states, visits, strict=True):
            self.of[state] = each


def _visits(
    rows: Sequence[int],
    columns: Sequence[int],
    chances: Sequence[float],
    out: Sequence[float],
    came: Sequence[float],
    eliminated: int,
) -> list[float]:
    """How often each state of a component is visited, where its jumps lead from `rows` to
    `columns`, `out` is how likely it is left from each, and runs `came` to each from elsewhere."""
    try:
        import numpy as np
        from scipy.sparse import coo_matrix, identity
        from scipy.sparse.linalg import splu
    except ImportError as error:
        if error.name is None or error.name.partition(".")[0] not in ("numpy", "scipy"):
            raise
        raise MissingPackageError(MISSING) from error
    count = len(out)
    jumps = coo_matrix((np.array(chances), (np.array(rows), np.array(columns))), (count, count))
    if count <= eliminated:
        return [*map(float, _eliminated(jumps.toarray(), np.array(out), np.array(came)))]
    # What comes to each state is what leaves it; and all that came goes out in the end. That last
    # equation stands in place of one of the others, from which it would follow but for rounding:
    # where runs hardly ever get out, nothing else says how often they go round. It is one of a
    # state that is visited often; with that of another one, the same must come of it.
    flows = (identity(count) - jumps).T.tocsc()
    often = np.argsort(splu(flows).solve(np.array(came)))[-2:]
    flows = flows.tolil()
    found = []
    for left_out in often:
        equations, sums = flows.copy(), np.array(came)
        equations[left_out] = np.array(out)
        sums[left_out] = sum(came)
        found.append(splu(equations.tocsc()).solve(sums))
    first, last = (each * np.array(out) for each in found)
    if not abs(first - last).sum() <= LOST * sum(came):
        raise TooLargeError("the chances in the chain differ by too much")
    return [*map(float, found[0])]


def _eliminated(jumps: Vector, out: Vector, came: Vector) -> Vector:
    """The visits, by taking one state after the other out of a component, the last one first. What
    it takes to leave it is the sum of what leads out of it, never one minus what does not."""
    count = len(out)
    leaving = out.copy()
    for last in range(count - 1, -1, -1):
        leaving[last] = out[last] + jumps[last, :last].sum()
        share = jumps[:last, last] / leaving[last]
        jumps[:last, :last] += share[:, None] * jumps[last, :last]
        out[:last] += share * out[last]
        came[:last] += came[last] / leaving[last] * jumps[last, :last]
    found = came
    for state in range(count):
        found[state] = (came[state] + found[:state] @ jumps[:state, state]) / leaving[state]
    return found

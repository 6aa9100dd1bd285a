"""How runs end where all times are exponential, or none: exactly, but for rounding.

Such a clock does not know how long it has been running. So a state of the chain is a node, what is
remembered of the run, which clocks are over whose step cannot come yet, and which instances have
not begun. Where a step can come at once, no time passes; elsewhere the clocks race, and each wins
in proportion to its rate. How long runs take is not asked, so the chain of jumps is enough. Its
closed components are where runs end. How often a state is visited is computed component by
component, in the direction of the runs: a small one by elimination that only adds, multiplies and
divides numbers that are not negative, so that nothing cancels out (Grassmann, Taksar, Heyman,
Regenerative analysis and steady state distributions for Markov chains, Operations Research 33,
1985); a large one by scipy's sparse LU.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..explore.components import Components, components_of
from ..language.records import dataclass
from ..language.tree.timing import Exponential
from .coming import EndlessRunError
from .stepping import MissingPackageError, Stepping, TooLargeError, is_at_once, outcomes
from .tally import Outcomes
from .timed_graph import TimedGraph

if TYPE_CHECKING:
    import numpy as np

    Vector = np.ndarray[Any, np.dtype[np.float64]]

__all__ = ["is_markov", "solve"]

MOST_STATES = 300_000
"""States of a chain: some seconds."""
MOST_GOING_ROUND = 30_000
"""States that one component of a chain has at most: its LU factors may have many times as many
numbers."""
ELIMINATED = 400
"""A component that has at most so many states is a dense matrix."""
LOST = 1e-9
"""The part of all runs that rounding may lose in a component."""
NO_STEP = -1
"""Of what happens without a step: a clock is over, or an instance begins."""
MISSING = (
    "to compute it exactly takes scipy, which is not installed:"
    " pip install 'model-check[likelihood]'"
)

_State = tuple[int, int, int, int]
"""A node, the memory, and as bits the steps that are over and wait, and who has not begun."""
_Jump = tuple[_State, float, int]
"""Where to, how likely, and by which step."""


def is_markov(graph: TimedGraph) -> bool:
    """Whether all times of a graph that matter are exponential, or none."""
    asked = [each.time for each in graph.clocks if not each.never]
    return all(
        is_at_once(time) or isinstance(time, Exponential) for time in [*asked, *graph.begin_times]
    )


def solve(graph: TimedGraph, most: int = MOST_STATES, eliminated: int = ELIMINATED) -> Outcomes:
    """How likely each ending is, in a graph that `is_markov`.

    most: states that the chain may have. eliminated: states of a component up to which it is
    solved by elimination.
    Raises TooLargeError; EndlessRunError where a run may go on for ever; MissingPackageError
    where scipy is missing.
    """
    chain = _explored(_Race(graph), most)
    components = components_of(chain.begins, chain.targets, None)
    flow = _Flow(chain, eliminated)
    for states in _in_order(chain, components):
        flow.pass_on(states)
    ends: dict[tuple[int, int], float] = {}
    for number, (node, memory, _, _) in enumerate(chain.states):
        if chain.begins[number] == chain.begins[number + 1]:
            ends[node, memory] = ends.get((node, memory), 0.0) + float(flow.of[number])
    return outcomes(graph, "markov", ends, f"a Markov chain of {len(chain.states):,} states")


# --- the chain ------------------------------------------------------------------------------------


class _Race:
    """Which clocks run in a state, and what comes of it."""

    def __init__(self, graph: TimedGraph) -> None:
        self.graph = graph
        self.stepping = Stepping(graph)
        self.rate = [_rate(clock.time) for clock in graph.clocks]
        self.begin_rate = [_rate(time) for time in graph.begin_times]
        self.at_first = 0
        for step, clock in enumerate(graph.clocks):
            if clock.every and self.rate[step]:
                self.at_first |= 1 << step  # the first time, it comes at once
        self.not_begun = 0
        for instance, rate in enumerate(self.begin_rate):
            if rate:
                self.not_begun |= 1 << instance

    def first(self) -> Iterator[_State]:
        """The states in which runs begin, each alike likely."""
        for node in range(self.graph.initial):
            memory = self.graph.flags.first[node]
            yield self._known(node, memory, self.at_first, self.not_begun)

    def _known(self, node: int, memory: int, over: int, unbegun: int) -> _State:
        """A state, without what makes no difference any more."""
        stepping = self.stepping
        return node, memory, over & stepping.awaited[node], unbegun & stepping.unbegun[node]

    def jumps(self, state: _State) -> Iterator[_Jump]:
        """What may happen next."""
        node, _, over, unbegun = state
        here = self.stepping.at[node]
        able = [each for each in here if not unbegun >> self.graph.instance_of[each[0]] & 1]
        ready = tuple(step for step, _ in able if not self.rate[step] or over >> step & 1)
        if ready:
            chances = dict(self.stepping.chances(ready))
            for step, places in able:
                if step in chances:
                    yield from self._come(state, step, places, float(chances[step]))
            return
        racing = [(self.rate[step], step, places) for step, places in able]
        silent = [*self._over(state, here), *self._begin(state)] if here else []
        total = sum(each[0] for each in racing) + sum(each[0] for each in silent)
        for rate, step, places in racing:
            yield from self._come(state, step, places, rate / total)
        for rate, after in silent:
            yield after, rate / total, NO_STEP

    def _come(
        self, state: _State, step: int, places: Sequence[int], chance: float
    ) -> Iterator[_Jump]:
        _, memory, over, unbegun = state
        stepping = self.stepping
        over &= ~stepping.restarted[step]
        unbegun &= ~stepping.begun[step]
        for place in places:
            remembered = stepping.memory_after(memory, place)
            after = self._known(self.graph.targets[place], remembered, over, unbegun)
            yield after, chance / len(places), step

    def _over(
        self, state: _State, here: Sequence[tuple[int, object]]
    ) -> Iterator[tuple[float, _State]]:
        """Clocks that end although their step cannot come."""
        node, memory, over, unbegun = state
        running = self.stepping.awaited[node] & ~over
        for step, _ in here:
            running &= ~(1 << step)
        while running:
            bit = running & -running
            running ^= bit
            step = bit.bit_length() - 1
            if not unbegun >> self.graph.instance_of[step] & 1:
                yield self.rate[step], (node, memory, over | bit, unbegun)

    def _begin(self, state: _State) -> Iterator[tuple[float, _State]]:
        node, memory, over, unbegun = state
        left = unbegun
        while left:
            bit = left & -left
            left ^= bit
            yield self.begin_rate[bit.bit_length() - 1], (node, memory, over, unbegun ^ bit)


def _rate(time: object) -> float:
    """How often in a nanosecond it would come; 0.0: it takes no time."""
    return 1 / time.mean if isinstance(time, Exponential) else 0.0


@dataclass(frozen=True, slots=True)
class _Chain:
    """`states`, the `initial` ones first, as often as a run may begin there; their jumps stand from
    `begins[n]` to `begins[n + 1]`. `timeless[n]`: 1 where no time passes in state n."""

    states: Sequence[_State]
    initial: Sequence[int]
    begins: Sequence[int]
    targets: Sequence[int]
    chances: Sequence[float]
    steps: Sequence[int]
    timeless: Sequence[int]


def _explored(race: _Race, most: int) -> _Chain:
    states: list[_State] = []
    numbers: dict[_State, int] = {}

    def number_of(state: _State) -> int:
        found = numbers.setdefault(state, len(states))
        if found == len(states):
            states.append(state)
            if found >= most:
                raise TooLargeError(f"the Markov chain has more than {most:,} states")
        return found

    initial = [number_of(each) for each in race.first()]
    begins, targets, chances, steps = array("q", [0]), array("q"), array("d"), array("q")
    timeless = bytearray()
    for state in states:  # which grows meanwhile
        able = 1
        for after, chance, step in race.jumps(state):
            targets.append(number_of(after))
            chances.append(chance)
            steps.append(step)
            able &= step == NO_STEP or not race.rate[step] or state[2] >> step & 1
        begins.append(len(targets))
        timeless.append(able)
    return _Chain(states, initial, begins, targets, chances, steps, timeless)


# --- how often its states are visited -------------------------------------------------------------


def _in_order(chain: _Chain, components: Components) -> Iterator[list[int]]:
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


class _Flow:
    """How often states are visited on average: `of[n]`, which is final when `pass_on` comes to
    state n, and until then what came there from elsewhere."""

    def __init__(self, chain: _Chain, eliminated: int) -> None:
        self.chain = chain
        self.eliminated = eliminated
        self.of = array("d", [0.0]) * len(chain.states)
        for state in chain.initial:
            self.of[state] += 1 / len(chain.initial)

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
                raise self._endless(states)
            self._go_round(states, inside)
        for state, place in leading_out:
            flow[chain.targets[place]] += flow[state] * chain.chances[place]

    def _endless(self, states: Sequence[int]) -> EndlessRunError:
        chain = self.chain
        steps = {
            chain.steps[place]
            for state in states
            for place in range(chain.begins[state], chain.begins[state + 1])
        }
        timeless = all(chain.timeless[state] for state in states)
        return EndlessRunError(min(steps - {NO_STEP}), timeless=timeless)

    def _go_round(self, states: Sequence[int], inside: dict[int, int]) -> None:
        """Set how often the states of a component are visited, in which runs go round."""
        if len(states) > MOST_GOING_ROUND:
            raise TooLargeError(f"{len(states):,} states of the Markov chain go round together")
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
        left = sum(each * share for each, share in zip(visits, out, strict=True))
        if not abs(left - sum(came)) <= LOST * sum(came):
            raise TooLargeError("the rates of the Markov chain differ by too much")
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
        found = _eliminated(jumps.toarray(), np.array(out), np.array(came))
    else:
        found = splu((identity(count) - jumps).T.tocsc()).solve(np.array(came))
    return [float(each) for each in found]


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

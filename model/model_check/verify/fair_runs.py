"""From a space to the fair runs in it that break what must be true in the course of time.

In: a `Space`, the automaton of what must not happen, and the formulas that it asks of states.
Out: the ends of runs that it accepts (a run that ends repeats its last state), and a lasso: a
run without an end, fair to each process, that it accepts. A run also ends where nothing that can
happen has to: a process without fairness need not act, whoever else does.

Where the automaton has one place that counts, the rows of the space are looked at as they are,
some states left out: for "at last for ever" all of them, for "some time" those in which it is not
yet so. Else the pairs of a state and a place are made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property

from ..explore.demands import Demands
from ..explore.letters import Letters, Reading, wanted
from ..explore.rows import Marks, Pairs, Reached, Rows
from ..explore.space import Space
from ..language.records import dataclass
from ..machine.fairness import promises_of
from .automaton import Automaton
from .fair_cycles import FairComponents, fair_components
from .lasso import CycleFinder, shortest_lasso
from .preferences import Preferred
from .reading import accepts_for_ever
from .shorter_lasso import MOST_LOOKED_AT, LassoRun, Shorter, WordReader, run_of_states

__all__ = ["Ends", "FairRuns", "LassoRun", "Refuted", "Ways", "readings_of"]


class Ends(Mapping[int, int]):
    """The numbers of the states in which some runs end, ascending, with their lengths; `way` is
    the shortest run that ends there."""

    def __init__(
        self,
        nodes: Mapping[int, int],
        way_to: Callable[[int], Sequence[int]],
        length: Callable[[int], int],
    ) -> None:
        """`nodes`: a node for each state; `way_to` one, as states, and the `length` of that."""
        self._nodes = nodes
        self._way_to = way_to
        self._length = length

    def __getitem__(self, state: int) -> int:
        return self._length(self._nodes[state])

    def __iter__(self) -> Iterator[int]:
        return iter(self._nodes)

    def __len__(self) -> int:
        return len(self._nodes)

    def way(self, state: int) -> tuple[int, ...]:
        """The states of the run, both ends included."""
        return tuple(self._way_to(self._nodes[state]))

    @property
    def nearest_first(self) -> list[int]:
        """The same states, the one with the shortest run first."""
        return sorted(self, key=lambda state: (self[state], state))


@dataclass(frozen=True, slots=True)
class Refuted:
    """What the automaton accepts: the ends of such runs; if there are none, what gives a lasso, if
    there is one."""

    ends: Ends
    lasso: Callable[[], LassoRun] | None

    def __bool__(self) -> bool:
        return bool(self.ends) or self.lasso is not None


@dataclass(frozen=True, slots=True)
class _View:
    """Nodes to look at: `keep` (None: all). `reached`, and the `way_to` each. `state` of a node,
    `own` are the readings that have marks there, where the automaton stays at one place."""

    rows: Rows
    keep: Sequence[int] | None
    reached: Reached
    way_to: Ways
    state: Callable[[int], int]
    place: int
    """Of the automaton, if it stays at one; else it begins there."""
    own: Sequence[Reading] = ()


class FairRuns:
    """The fair runs of one space."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._promises = promises_of(space.machine)
        steps = range(len(space.machine.steps))
        self._of_step = [
            sum(1 << i for i, promise in enumerate(self._promises) if step in promise.steps)
            for step in steps
        ]

    @cached_property
    def _errors(self) -> list[tuple[int, int]]:
        """The states with steps that run into an error, and the promises that could be kept by
        these: that counts, too."""
        space = self._space
        found = []
        for number, instance, _ in space.errors:
            out: list[tuple[int, int]] = []
            space.program.labelled[instance](space.states[number], out)
            for target, step in out:
                if target < 0:
                    found.append((number, self._of_step[step]))
        return found

    @cached_property
    def rests(self) -> Sequence[int]:
        """The numbers of the states in which a fair run may stay for ever, ascending: nothing can
        happen there that has to (faults and processes without fairness never have to)."""
        steps = self._space.machine.steps
        if all(kept or step.fault for kept, step in zip(self._of_step, steps, strict=True)):
            return self._space.terminal
        marks = self._marks_of_states(self.demands(0).all_of_them)
        found = self._space.graph.unmarked(marks, self._space.expanded)
        outside = frozenset(self._space.outside)
        return [number for number in found if number not in outside] if outside else found

    @cached_property
    def there_are_none(self) -> str:
        """Why there is no fair run at all, in words; "" where there is one."""
        space, demands = self._space, self.demands(0)
        if len(self.rests) or not (space.outside or space.errors):
            return ""
        marks = self._marks_of_states(demands.all_of_them)
        if any(fair_components(space.graph, marks, self._of_step, demands)):
            return ""
        leaves = ["leaves what `within` bounds"] if space.outside else []
        leaves += ["runs into an error"] if space.errors else []
        return f"every fair run {' or '.join(leaves)}"

    def demands(self, acceptance: int) -> Demands:
        """What a fair cycle needs that is to be in this many acceptance sets."""
        strong = sum(1 << i for i, promise in enumerate(self._promises) if promise.strong)
        all_of_them = (1 << len(self._promises)) - 1
        sets = ((1 << acceptance) - 1) << len(self._promises)
        return Demands(all_of_them & ~strong, strong, sets)

    def refuted(
        self,
        automaton: Automaton,
        letters: Letters,
        *,
        ends: bool = True,
        preferred: Preferred | None = None,
    ) -> Refuted:
        """What an automaton accepts of a space whose states have these `letters`. `ends`: look at
        runs that end, too. `preferred`: numbers of a state; a lasso begins to go round where they
        are smallest."""
        found = self._settled(automaton, letters) if ends else {}
        if found or (found is not None and not self._space.may_go_round):
            return Refuted(Ends(found, self._space.path, self._space.depth_of), None)
        view = self._view(automaton, letters)
        if found is None:
            found = self._ends(view, automaton, letters)
        lasso = None
        if not found and self._space.may_go_round:
            lasso = self._lasso(view, automaton, letters, preferred)
        way_to = view.way_to
        nearest = Ends(found, lambda node: [*map(view.state, way_to(node))], way_to.length)
        return Refuted(nearest, lasso)

    def _settled(self, automaton: Automaton, letters: Letters) -> dict[int, int] | None:
        """The ends that are accepted, if what is true in each end tells by itself whether it is:
        no way to it matters, for the automaton may wait and begin there, or could not go on there
        wherever it is. None, if ways matter. This needs no rows."""
        first = automaton.initial
        places = range(len(automaton.edges))
        waits = any(
            not e.must and not e.must_not and e.target == first for e in automaton.edges[first]
        )
        accepted: dict[int, bool] = {}
        for letter in {letters.of[state] for state in self.rests}:
            at = [p for p in places if accepts_for_ever(automaton, p, letter, letters.atoms)]
            accepted[letter] = waits and first in at
            if at and not accepted[letter]:
                return None
        return {state: state for state in self.rests if accepted[letters.of[state]]}

    def _ends(self, view: _View, automaton: Automaton, letters: Letters) -> dict[int, int]:
        """The states in which runs end that the automaton accepts, each with its nearest node."""
        rows = view.rows
        nodes = rows.ending(self.rests, view.keep)
        is_pairs = isinstance(rows, Pairs)
        accepted = {
            (place, letter)
            for place, letter in rows.read_at(nodes, letters)
            if accepts_for_ever(automaton, place if is_pairs else view.place, letter, letters.atoms)
        }
        found: dict[int, int] = {}
        if accepted:
            for node in nodes:
                state, place = view.state(node), rows.places[node] if isinstance(rows, Pairs) else 0
                if state not in found and (place, letters.of[state]) in accepted:
                    found[state] = node
        return dict(sorted(found.items()))

    def _marks(self, view: _View, letters: Letters, most: int) -> Sequence[int]:
        """For each node the promises that could be kept in it, and what is accepted there."""
        marks = self._marks_of_states(most)
        if isinstance(view.rows, Pairs):
            return view.rows.of_states(marks)
        if view.own:
            self._space.graph.accept(marks, letters, view.own, len(self._promises))
        return marks

    def _marks_of_states(self, most: int) -> Marks:
        """For each state the promises that could be kept in it."""
        marks = self._space.graph.marks(self._of_step, most)
        for number, kept in self._errors:
            marks[number] |= kept
        return marks

    def _lasso(
        self, view: _View, automaton: Automaton, letters: Letters, preferred: Preferred | None
    ) -> Callable[[], LassoRun] | None:
        rows, demands = view.rows, self.demands(automaton.acceptance)
        of_step = self._marks_of_steps(view, automaton)
        marks = self._marks(view, letters, demands.all_of_them)
        components = [*fair_components(rows, marks, of_step, demands, view.keep)]
        if not components:
            return None

        def found() -> LassoRun:
            finder = CycleFinder(rows, marks, of_step, demands)
            return self._shortest(finder, components, view, preferred, (automaton, letters))

        return found

    def _shortest(
        self,
        finder: CycleFinder,
        components: Sequence[FairComponents],
        view: _View,
        preferred: Preferred | None,
        words: tuple[Automaton, Letters],
    ) -> LassoRun:
        """The lasso of the fewest steps, as far as that can be told. `words`: what is accepted."""
        rows, (automaton, letters) = view.rows, words
        numbers: Preferred = preferred or (lambda state: ())
        lasso = shortest_lasso(
            finder, components, view.reached, view.way_to,
            None if preferred is None else lambda node: numbers(view.state(node)),
        )  # fmt: skip
        best = numbers(view.state(lasso.way[-1]))
        run = run_of_states(
            [*map(view.state, lasso.way)],
            [view.state(rows.targets[place]) for place in lasso.cycle],
            [rows.steps[place] % len(self._of_step) for place in lasso.cycle],
            lambda state: numbers(state) == best,
        )
        if len(automaton.edges) == 1 or rows.count > MOST_LOOKED_AT:
            return run
        nodes = [n for n in range(rows.count) if any(some.is_fair(n) for some in components)]
        round_in = {*map(view.state, nodes)}
        marks = self._marks_of_states(finder.demands.all_of_them)
        shorter = Shorter(
            CycleFinder(self._space.graph, marks, self._of_step, self.demands(0)),
            WordReader(automaton, readings_of(automaton, letters), letters.of),
        )
        starts = {state for state in round_in if numbers(state) == best}
        return shorter.than(run, self._space.initial, round_in, starts)

    def _marks_of_steps(self, view: _View, automaton: Automaton) -> list[int]:
        """The marks of the kinds of transitions: what a step keeps, and acceptance sets."""
        if not isinstance(view.rows, Pairs):
            return self._of_step
        sets, width = range(1 << automaton.acceptance), len(self._promises)
        return [each | accepts << width for accepts in sets for each in self._of_step]

    def hopeful(self, automaton: Automaton, letters: Letters) -> tuple[Pairs, bytearray]:
        """All pairs of a state and a place of an automaton, and 1 for each through which a fair run
        that is accepted can go on for ever, or end, be it later."""
        view = self._pairs(automaton, letters)
        pairs, demands = view.rows, self.demands(automaton.acceptance)
        assert isinstance(pairs, Pairs)
        found = bytearray(pairs.count)
        of_step = self._marks_of_steps(view, automaton)
        marks = self._marks(view, letters, demands.all_of_them)
        for some in fair_components(pairs, marks, of_step, demands):
            pairs.flag(some.components, some.fairness.of, found)
        nodes = pairs.ending(self.rests, None)
        accepted = {
            (place, letter)
            for place, letter in pairs.read_at(nodes, letters)
            if accepts_for_ever(automaton, place, letter, letters.atoms)
        }
        for node in nodes:
            found[node] |= (pairs.places[node], letters.of[pairs.states[node]]) in accepted
        return pairs, found

    # --- what to look at ------------------------------------------------------------------------

    def _view(self, automaton: Automaton, letters: Letters) -> _View:
        """The nodes at which runs of the automaton that count can be."""
        space = self._space
        first, edges = automaton.initial, automaton.edges
        readings = readings_of(automaton, letters)
        if len(edges) == 1:
            own = readings[0]
            if any(not want for want, _, _ in own):
                return self._everything(0, own)
            roots = bytearray(len(space.states))
            roots[: space.initial] = b"\1" * space.initial
            return self._alone(0, letters, own, roots, (0,))
        if len(edges) == 2 and _waits(automaton, first):
            leaves = [each for each in readings[first] if each[1] != first]
            over = space.graph.reading(letters, leaves)
            return self._alone(1 - first, letters, readings[1 - first], over, space.levels)
        return self._pairs(automaton, letters)

    def _pairs(self, automaton: Automaton, letters: Letters) -> _View:
        """All pairs of a state and a place of the automaton."""
        first, kinds = automaton.initial, len(self._of_step)
        readings = readings_of(automaton, letters)
        pairs = self._space.graph.pairs(readings, letters, self._space.initial, first, kinds)
        ways = Ways(pairs.reached.parents)
        return _View(pairs, None, pairs.reached, ways, pairs.states.__getitem__, first)

    def _everything(self, place: int, own: Sequence[Reading] = ()) -> _View:
        """All states, and the automaton at one place, where it can stay."""
        space = self._space
        reached = Reached(space.parents, range(len(space.states)), space.levels)
        way = Ways(space.parents)
        return _View(space.graph, None, reached, way, lambda node: node, place, own)

    def _alone(
        self,
        place: int,
        letters: Letters,
        own: Sequence[Reading],
        roots: Sequence[int],
        levels: Sequence[int],
    ) -> _View:
        """One place of the automaton, that it stays at as long as it can read its `own`: states by
        themselves. It is come to in one of the roots; see `Rows.reach`."""
        graph = self._space.graph
        reached = graph.reach(roots, graph.reading(letters, own), levels)
        late = len(levels) > 1
        way = _LateWays(reached.parents, self._space) if late else Ways(reached.parents)
        return _View(graph, reached.found, reached, way, lambda node: node, place, own)


class Ways:
    """The shortest way to a node, from a root that is its own parent."""

    def __init__(self, parents: Sequence[int]) -> None:
        self._parents = parents
        self._lengths: dict[int, int] = {}

    def __call__(self, node: int) -> list[int]:
        way = [node]
        while self._parents[way[-1]] != way[-1]:
            way.append(self._parents[way[-1]])
        way.reverse()
        return way

    def length(self, node: int) -> int:
        """The steps of that way."""
        new: list[int] = []
        while node not in self._lengths and self._parents[node] != node:
            new.append(node)
            node = self._parents[node]
        found = self._lengths.setdefault(node, self._before(node))
        while new:
            found += 1
            self._lengths[new.pop()] = found
        return found

    def _before(self, root: int) -> int:
        """The steps to a root."""
        return 0


class _LateWays(Ways):
    """The same, where a root is come to on the shortest way in the space."""

    def __init__(self, parents: Sequence[int], space: Space) -> None:
        super().__init__(parents)
        self._space = space

    def __call__(self, node: int) -> list[int]:
        root, *rest = super().__call__(node)
        return [*self._space.path(root), *rest]

    def _before(self, root: int) -> int:
        return self._space.depth_of(root)


def readings_of(automaton: Automaton, letters: Letters) -> list[list[Reading]]:
    """What may be read at each place of an automaton."""
    return [
        [(wanted(e.must, e.must_not, letters.atoms), e.target, e.marks) for e in each]
        for each in automaton.edges
    ]


def _waits(automaton: Automaton, first: int) -> bool:
    """Whether of two places a run may wait at the first for as long as it likes, is not accepted
    for that, never comes back, and where it may go over, it may also be over already."""
    other = 1 - first
    loops = [each for each in automaton.edges[first] if each.target == first]
    leaves = [each for each in automaton.edges[first] if each.target == other]
    stays = automaton.edges[other]
    accepted = 0
    for each in loops:
        accepted |= each.marks
    free = any(not each.must and not each.must_not for each in loops)
    if not free or accepted == automaton.all_marks:
        return False
    if any(each.target == first for each in stays):
        return False
    return all(
        any(
            each.must & stay.must == stay.must and each.must_not & stay.must_not == stay.must_not
            for stay in stays
        )
        for each in leaves
    )

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

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from ..explore.rows import UNREACHED, Rows
from ..explore.space import Space
from ..language.records import dataclass
from ..language.temporal import MOST_ATOMS
from ..machine.fairness import promises_of
from .automaton import Automaton, Edge
from .fair_cycles import Demands, fair_components
from .formulas import Answers
from .lasso import shortest_lasso
from .product import Product, reads

__all__ = ["FairRuns", "LassoRun", "Refuted", "accepts"]


@dataclass(frozen=True, slots=True)
class LassoRun:
    """A run without an end: the numbers of its `states`, the last one the same as that at
    `loop_from`, where it begins to go round; `steps` lead around from there."""

    states: tuple[int, ...]
    steps: tuple[int, ...]
    loop_from: int


@dataclass(frozen=True, slots=True)
class Refuted:
    """What the automaton accepts: the numbers of the states in which such runs end, ascending,
    each with the run that leads there; if there are none, a lasso, if there is one."""

    ends: dict[int, tuple[int, ...]]
    lasso: LassoRun | None

    def __bool__(self) -> bool:
        return bool(self.ends) or self.lasso is not None


@dataclass(frozen=True, slots=True)
class _View:
    """Nodes to look at: `keep` (None: all). `state` of a node, `way_to` it, `place` of the
    automaton there, the `accepts` of each as marks of acceptance sets, and of kinds of steps."""

    rows: Rows
    keep: bytearray | None
    state: Callable[[int], int]
    way_to: Callable[[int], Sequence[int]]
    place: Callable[[int], int]
    accepts: Callable[[int], int] | None
    kinds: int


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
    def endless(self) -> bool:
        """Whether some run has no end, be it fair or not."""
        return self._space.graph.components().count > 0

    @cached_property
    def rests(self) -> Sequence[int]:
        """The numbers of the states in which a fair run may stay for ever, ascending: nothing can
        happen there, or nothing that has to (what only processes without fairness can do)."""
        if all(self._of_step):
            return self._space.terminal
        marks, outside = self._marks[: self._space.expanded], frozenset(self._space.outside)
        return tuple(n for n, mark in enumerate(marks) if not mark and n not in outside)

    @cached_property
    def _marks(self) -> list[int]:
        """For each state the promises that could be kept in it; a step that runs into an error
        counts."""
        space = self._space
        marks = space.graph.marks(self._of_step)
        for number, instance, _ in space.errors:
            out: list[tuple[int, int]] = []
            space.program.labelled[instance](space.states[number], out)
            for target, step in out:
                marks[number] |= self._of_step[step] if target < 0 else 0
        return marks

    def demands(self, acceptance: int) -> Demands:
        """What a fair cycle needs that is to be in this many acceptance sets."""
        strong = sum(1 << i for i, promise in enumerate(self._promises) if promise.strong)
        all_of_them = (1 << len(self._promises)) - 1
        sets = ((1 << acceptance) - 1) << len(self._promises)
        return Demands(all_of_them & ~strong, strong, sets)

    def refuted(
        self,
        automaton: Automaton,
        letters: Callable[[int], int],
        *,
        ends: bool = True,
        preferred: Callable[[int], tuple[int, ...]] = lambda state: (),
    ) -> Refuted:
        """What an automaton accepts of a space whose states have these `letters`. `ends`: look at
        runs that end, too. `preferred`: numbers of a state; a lasso goes round where they are
        smallest."""
        found = self._settled(automaton, letters) if ends else {}
        if found:
            return Refuted(found, None)
        if found is not None and not self.endless:
            return Refuted({}, None)
        view = self._view(automaton, letters)
        if found is None:
            found = self._ends(view, automaton, letters)
        lasso = self._lasso(view, automaton, preferred) if not found and self.endless else None
        return Refuted(found, lasso)

    def _settled(
        self, automaton: Automaton, letters: Callable[[int], int]
    ) -> dict[int, tuple[int, ...]] | None:
        """The ends that are accepted, if what is true in each end tells by itself whether it is:
        no way to it matters, for the automaton may wait and then begin there, or could not go on
        there wherever it is. None, if ways matter. This needs no rows."""
        first = automaton.edges[automaton.initial]
        waits = any(
            not each.must and not each.must_not and each.target == automaton.initial
            for each in first
        )
        found: dict[int, tuple[int, ...]] = {}
        known: dict[int, bool | None] = {}
        for state in self.rests:
            letter = letters(state)
            if letter not in known:
                places = {
                    place
                    for place in range(len(automaton.edges))
                    if accepts_for_ever(automaton, place, letter)
                }
                begins = waits and automaton.initial in places
                known[letter] = True if begins else None if places else False
            if known[letter] is None:
                return None
            if known[letter]:
                found[state] = tuple(self._space.path(state))
        return found

    def _ends(
        self, view: _View, automaton: Automaton, letters: Callable[[int], int]
    ) -> dict[int, tuple[int, ...]]:
        rests = frozenset(self.rests)
        found: dict[int, tuple[int, ...]] = {}
        known: dict[tuple[int, int], bool] = {}
        for node in range(view.rows.count):
            state = view.state(node)
            if state not in rests or state in found or (view.keep and not view.keep[node]):
                continue
            asked = (view.place(node), letters(state))
            if asked not in known:
                known[asked] = accepts_for_ever(automaton, *asked)
            if known[asked]:
                found[state] = tuple(map(view.state, view.way_to(node)))
        return dict(sorted(found.items()))

    def _lasso(
        self,
        view: _View,
        automaton: Automaton,
        preferred: Callable[[int], tuple[int, ...]],
    ) -> LassoRun | None:
        rows, width = view.rows, len(self._promises)
        demands = self.demands(automaton.acceptance)
        of_step = self._of_step
        if view.kinds != len(of_step):
            sets = range(view.kinds // len(of_step))
            of_step = [each | accepts << width for accepts in sets for each in of_step]
        marks = self._marks
        if isinstance(rows, Product):
            marks = [marks[state] for state in rows.states]
        if view.accepts is not None:
            found = rows.components(view.keep).of
            marks = [
                mark | view.accepts(node) << width if found[node] else mark
                for node, mark in enumerate(marks)
            ]
        lasso = shortest_lasso(
            rows, marks, of_step, demands,
            fair_components(rows, marks, of_step, demands, view.keep),
            view.way_to, lambda node: preferred(view.state(node)),
        )  # fmt: skip
        if lasso is None:
            return None
        around = [view.state(rows.targets[place]) for place in lasso.cycle]
        steps = [rows.steps[place] % len(self._of_step) for place in lasso.cycle]
        return _shortened([*map(view.state, lasso.way)], around, steps)

    # --- what to look at ------------------------------------------------------------------------

    def _view(self, automaton: Automaton, letters: Callable[[int], int]) -> _View:
        """The nodes at which runs of the automaton that count can be."""
        space = self._space
        first, edges = automaton.initial, automaton.edges
        if len(edges) == 1:
            return self._alone(automaton, 0, letters, range(space.initial), space.initial)
        waiting = _waits(automaton, first) if len(edges) == 2 else None
        if waiting is not None:
            count = min(space.expanded, len(space.states))
            roots = [n for n in range(count) if any(reads(e, letters(n)) for e in waiting)]
            return self._alone(automaton, 1 - first, letters, roots, 0)
        product = Product(
            space.graph, automaton, [*map(letters, range(len(space.states)))],
            range(space.initial), len(self._of_step),
        )  # fmt: skip
        parents = product.reach(range(product.initial))
        return _View(
            product, None, product.states.__getitem__, _Ways(parents), product.places.__getitem__,
            None, len(self._of_step) << automaton.acceptance,
        )  # fmt: skip

    def _alone(
        self,
        automaton: Automaton,
        place: int,
        letters: Callable[[int], int],
        roots: Sequence[int],
        initial: int,
    ) -> _View:
        """One place of the automaton, that it stays at: states by themselves. It is come to in one
        of the roots; `initial`: how many of them are initial states (0: each at its depth)."""
        space, edges = self._space, automaton.edges[place]
        own = [each for each in edges if each.target == place]

        def accepts(state: int) -> int:
            letter, found = letters(state), 0
            for each in own:
                found |= each.marks if reads(each, letter) else 0
            return found

        if any(not each.must and not each.must_not for each in own) and initial == space.initial:
            parents: Sequence[int] = space.parents
            keep = None
        else:
            stays = bytearray(
                any(reads(each, letters(n)) for each in own) for n in range(len(space.states))
            )
            levels = (0,) if initial else space.levels
            parents = space.graph.reach(roots, stays, levels)
            keep = bytearray(parent != UNREACHED for parent in parents)
        way = _Ways(parents) if initial else _LateWays(parents, space)
        return _View(
            space.graph, keep, lambda node: node, way, lambda node: place,
            accepts if automaton.acceptance else None, len(self._of_step),
        )  # fmt: skip


class _Ways:
    """The shortest way to a node, from a root that is its own parent."""

    def __init__(self, parents: Sequence[int]) -> None:
        self._parents = parents

    def __call__(self, node: int) -> list[int]:
        way = [node]
        while self._parents[way[-1]] != way[-1]:
            way.append(self._parents[way[-1]])
        way.reverse()
        return way


class _LateWays(_Ways):
    """The same, where a root is come to on the shortest way in the space."""

    def __init__(self, parents: Sequence[int], space: Space) -> None:
        super().__init__(parents)
        self._space = space

    def __call__(self, node: int) -> list[int]:
        root, *rest = super().__call__(node)
        return [*self._space.path(root), *rest]


def _shortened(way: list[int], around: list[int], steps: list[int]) -> LassoRun:
    """The same run with the shortest way and cycle: an automaton may still change where the states
    go round already. `around`: the states after each of the steps of the cycle."""
    while len(way) > 1 and way[-2] == [way[-1], *around][-2]:
        way.pop()
        around = [around[-1], *around[:-1]]
        steps = [steps[-1], *steps[:-1]]
    moves = [*zip(around, steps, strict=True)]
    size = next(
        size
        for size in range(1, len(moves) + 1)
        if len(moves) % size == 0 and moves == moves[:size] * (len(moves) // size)
    )
    return LassoRun((*way, *around[:size]), tuple(steps[:size]), len(way) - 1)


def _waits(automaton: Automaton, first: int) -> list[Edge] | None:
    """The edges that lead from the initial place of two to the other one, if a run may wait at
    the first for as long as it likes, is not accepted for that, and where it may go over, it may
    also be over already; else None."""
    other = 1 - first
    loops = [each for each in automaton.edges[first] if each.target == first]
    leaves = [each for each in automaton.edges[first] if each.target == other]
    stays = automaton.edges[other]
    accepted = 0
    for each in loops:
        accepted |= each.marks
    free = any(not each.must and not each.must_not for each in loops)
    if not free or accepted == automaton.all_marks:
        return None
    if any(each.target == first for each in stays):
        return None
    covered = all(
        any(
            each.must & stay.must == stay.must and each.must_not & stay.must_not == stay.must_not
            for stay in stays
        )
        for each in leaves
    )
    return leaves if covered else None


def accepts(automaton: Automaton, letters: Sequence[int]) -> bool:
    """Whether an automaton accepts these letters, the last one repeated for ever."""
    places = {automaton.initial}
    for letter in letters[:-1]:
        places = {e.target for place in places for e in automaton.edges[place] if reads(e, letter)}
    return any(accepts_for_ever(automaton, place, letters[-1]) for place in places)


def accepts_for_ever(automaton: Automaton, place: int, letter: int) -> bool:
    """Whether an automaton accepts a word of one letter, repeated for ever, from a place on."""
    ways = {
        place: [each for each in edges if reads(each, letter)]
        for place, edges in enumerate(automaton.edges)
    }
    behind: dict[int, set[int]] = {}
    for start in ways:
        todo, seen = [start], set[int]()
        while todo:
            for each in ways[todo.pop()]:
                if each.target not in seen:
                    seen.add(each.target)
                    todo.append(each.target)
        behind[start] = seen
    wanted = automaton.all_marks
    for start in behind[place]:
        if start not in behind[start]:
            continue
        around = {each for each in behind[start] if start in behind[each]}
        marks = 0
        for edge in (edge for each in around for edge in ways[each]):
            marks |= edge.marks if edge.target in around else 0
        if marks == wanted:
            return True
    return False


def letter_of(answers: Iterable[int], *, doubted: bool) -> int:
    """The letter of a state, from what it says of each atom: 0, 1, or negative where there is no
    answer. `doubted`: then both may be so."""
    letter = 0
    for i, answer in enumerate(answers):
        if answer == 1 or (answer < 0 and doubted):
            letter |= 1 << i
        if answer == 0 or (answer < 0 and doubted):
            letter |= 1 << (i + MOST_ATOMS)
    return letter


def letters_of(
    atoms: Sequence[Answers], states: Sequence[int], *, doubted: bool
) -> Callable[[int], int]:
    """The letters of the states of a space by number."""
    known: dict[tuple[int, ...], int] = {}

    def letter(number: int) -> int:
        state = states[number]
        answers = tuple([each.of(state) for each in atoms])
        if answers not in known:
            known[answers] = letter_of(answers, doubted=doubted)
        return known[answers]

    return letter

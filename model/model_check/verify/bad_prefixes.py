"""From a space to the shortest runs after which no continuation whatever could be right.

In: a `Space` and a property that speaks of whole runs. Out: the states at which some run becomes a
bad prefix, each with the shortest run that does.

A property is asked of fair runs, and one that runs into an error, or leaves `within`, is none. But
what has gone wrong by then has: no continuation would mend it. A run is a bad prefix if the
automaton of the runs that keep the property has no place left to be in after it (see `one_run`;
Kupferman, Vardi, Model checking of safety properties, Formal Methods in System Design 19, 2001).
So the sets of places that it may be in are one place each of a larger automaton, and pairs of a
state and such a set are looked at.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import product

from ..explore.letters import Letters, Reading, wanted
from ..explore.rows import Pairs
from ..explore.space import Space
from ..language.tree.spec import Property
from .asking import letters_for
from .automaton import AutomatonTooLargeError
from .fair_runs import Ends, Ways
from .one_run import Prefixes
from .temporal import keeping

__all__ = ["BadPrefixes"]

MOST_SETS = 2_000
"""Sets of places: as many as an automaton may have states."""
MOST_LOOKED_AT = 200_000
"""Pairs of such a set and a letter: about a second."""
MOST_ATOMS = 8
"""Whose letters are all tried, to see whether any run at all could be a bad prefix."""


class BadPrefixes:
    """The bad prefixes of one property among the runs of a space."""

    def __init__(self, space: Space, asked: Property) -> None:
        self._space = space
        self._property = asked

    @property
    def may_count(self) -> bool:
        """Whether a bad prefix may count though no fair run breaks the property. Where every state
        was looked into, and nothing runs into an error or out of `within`, each run goes on fairly:
        whatever is promised can be done in turn, each time that it is possible. So there a bad
        prefix is the beginning of a fair run that breaks the property, and nobody need look."""
        space = self._space
        return bool(space.stopped or space.errors or space.outside)

    @cached_property
    def _prefixes(self) -> Prefixes:
        """Of the runs of which the property is true. Raises AutomatonTooLargeError."""
        asked = self._space.program.formulas.asked_of_runs(self._property.name)
        return Prefixes(keeping(self._property), len(asked))

    @cached_property
    def are_possible(self) -> bool:
        """Whether some run, of whatever system, is a bad prefix: of `F p` none is. Where there are
        too many letters to try them all, that is taken to be so. Raises AutomatonTooLargeError."""
        atoms = self._prefixes.atoms
        if atoms > MOST_ATOMS:
            return True
        every = (1 << atoms) - 1
        letters = [wanted(true, every & ~true, atoms) for true in range(1 << atoms)]
        return any(0 in after for after in self._sets(letters))

    def shortest(self) -> Ends:
        """The states at which some run becomes a bad prefix, whatever is true of what has no value.
        Raises AutomatonTooLargeError, GrowthNeededError."""
        letters = letters_for(self._space, self._property.name, doubted=True)
        kinds = sorted(set(letters.of))
        sets = self._sets(kinds)
        if not any(0 in after for after in sets):
            return Ends({}, self._space.path, self._space.depth_of)
        return self._among(*_exact(letters, kinds, sets))

    def _sets(self, letters: Sequence[int]) -> list[list[int]]:
        """For each set of places that can be come to by these letters, the first one first, the
        number of the set after each letter, from 1 on; 0 where no place is left."""
        numbers = {self._prefixes.first: 1}
        found: list[list[int]] = []
        for places in (todo := [*numbers]):
            if len(todo) > MOST_SETS or len(found) * len(letters) > MOST_LOOKED_AT:
                raise AutomatonTooLargeError(
                    "whether a run has gone wrong before its end would take the automaton of this "
                    "formula too many sets of states to tell"
                )
            after = [self._prefixes.after(places, letter) for letter in letters]
            for each in after:
                if each and each not in numbers:
                    numbers[each] = len(numbers) + 1
                    todo.append(each)
            found.append([numbers[each] if each else 0 for each in after])
        return found

    def _among(
        self, letters: Letters, readings: Sequence[Sequence[Reading]], bad: set[tuple[int, int]]
    ) -> Ends:
        """The same: `bad` are the places, and the letters on which they have nothing to read."""
        space = self._space
        ending = {letter for _, letter in bad}
        asked = [number for number, letter in enumerate(letters.of) if letter in ending]
        if not asked:
            return Ends({}, space.path, space.depth_of)
        kinds = len(space.machine.steps)
        pairs = space.graph.pairs(readings, letters, space.initial, 0, kinds)
        nodes = _nearest(pairs, pairs.ending(asked, None), letters, bad)
        way_to = Ways(pairs.reached.parents)
        return Ends(
            nodes, lambda node: [pairs.states[each] for each in way_to(node)], way_to.length
        )


def _nearest(
    pairs: Pairs, nodes: Iterable[int], letters: Letters, bad: set[tuple[int, int]]
) -> dict[int, int]:
    """Of each state at which a run becomes bad the nearest node; nodes have the nearest first."""
    found: dict[int, int] = {}
    for node in nodes:
        state = pairs.states[node]
        if (pairs.places[node], letters.of[state]) in bad:
            found.setdefault(state, node)
    return dict(sorted(found.items()))


def _exact(
    letters: Letters, kinds: Sequence[int], sets: Sequence[Sequence[int]]
) -> tuple[Letters, list[list[Reading]], set[tuple[int, int]]]:
    """Other letters for the same states, each of which can be read by itself alone, though an atom
    may have no value; what each set reads, and what not: (set, letter), sets from 0 on. Letters on
    which all sets do the same are one."""
    columns: dict[tuple[int, ...], int] = {}
    number = {
        kind: columns.setdefault(tuple(after[i] for after in sets), len(columns))
        for i, kind in enumerate(kinds)
    }
    bits = max(len(columns) - 1, 1).bit_length()
    code = [wanted(each, ~each & ((1 << bits) - 1), bits) for each in range(len(columns))]
    of = array("Q", [code[number[letter]] for letter in letters.of])
    readings: list[list[Reading]] = [[] for _ in sets]
    bad = set()
    for (column, each), place in product(columns.items(), range(len(sets))):
        if column[place]:
            readings[place].append((code[each], column[place] - 1, 0))
        else:
            bad.add((place, code[each]))
    return Letters(of, bits, ()), readings, bad

"""All different sequences of what is seen along paths, each once, and how many there are.

In: an automaton, some of whose moves are seen (they have a letter) and some not. Many paths show
the same letters. So all are followed at once: a prefix of letters leads to the set of all places
in which the automaton can be then (the subset construction: Rabin and Scott, Finite automata and
their decision problems, 1959), made as far as it is asked for. Where two prefixes lead to the same
set, what can follow is the same, and is counted once.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import Generic, Protocol, TypeVar

from ...budget.spending import Ask, why_of
from ...language.records import dataclass

__all__ = ["Automaton", "Counted", "Sequences"]

C = TypeVar("C", bound=Hashable)
"""Where an automaton is."""
L = TypeVar("L", bound=Hashable)
M = TypeVar("M", bound=Hashable)
"""What was read so far, as far as it says what may follow."""
LOOKS = 5_000
"""Places that are come to between two looks at the clock."""


class Automaton(Protocol[C, L, M]):
    """What is followed. Every place it can be in leads to an end, whose sequence may be too long,
    or not in the wanted form."""

    @property
    def starts(self) -> Iterable[C]: ...

    @property
    def nothing(self) -> M:
        """What was read at the start."""

    def moves(self, place: C) -> Iterable[tuple[L | None, int, C]]:
        """(letter or None, a transition's number, where it leads)."""

    def is_end(self, place: C) -> bool: ...

    def least(self, place: C) -> int:
        """The fewest letters to an end."""

    def read(self, before: M, letter: L) -> M | None:
        """What was read together with one more letter; None if it must not follow."""


@dataclass(frozen=True, slots=True)
class Counted:
    """So many there are; `exact`: no more than these. `stopped`: why not all were counted."""

    number: int
    exact: bool
    stopped: str = ""


_State = tuple[frozenset[C], M, int]
"""Where the automaton can be, what was read, and how many letters may still come."""


class Sequences(Generic[C, L, M]):
    """The sequences of an automaton with `longest` letters at the most (None: all of them)."""

    def __init__(self, automaton: Automaton[C, L, M], longest: int | None, ask: Ask) -> None:
        self.automaton = automaton
        self.longest = longest
        self.ask = ask
        self.stopped = ""
        """Why the last work was given up; "" where it was not."""
        self._made = self._looked = 0
        self._dead: set[_State[C, M]] = set()

    # --- sets of places -----------------------------------------------------------------------

    def _begin(self) -> _State[C, M]:
        most = -1 if self.longest is None else self.longest
        return self._kernel(self.automaton.starts, most), self.automaton.nothing, most

    def _kernel(self, places: Iterable[C], left: int) -> frozenset[C]:
        """Of all places that can be come to without being seen, those that show something or are
        ends."""
        automaton = self.automaton
        waiting = list(places)
        found = set(waiting)
        kernel: list[C] = []
        while waiting:
            place = waiting.pop()
            shows = automaton.is_end(place)
            for letter, _, target in automaton.moves(place):
                if letter is not None:
                    shows = True
                elif target not in found:
                    found.add(target)
                    waiting.append(target)
            if shows and not 0 <= left < automaton.least(place):
                kernel.append(place)
        self._made += len(kernel)
        self._looked += len(found)
        return frozenset(kernel)

    def _after(self, state: _State[C, M]) -> Iterator[tuple[L, _State[C, M]]]:
        """What can be seen next, and where that leads."""
        kernel, read, left = state
        automaton = self.automaton
        ways: dict[L, dict[C, None]] = {}
        for place in kernel if left else ():
            for letter, _, target in automaton.moves(place):
                if letter is not None:
                    ways.setdefault(letter, {})[target] = None
        fewer = left - 1 if left > 0 else left
        for letter in sorted(ways, reverse=True):  # type: ignore[type-var]
            then = automaton.read(read, letter)
            if then is not None and (places := self._kernel(ways[letter], fewer)):
                yield letter, (places, then, fewer)

    def _ends(self, state: _State[C, M]) -> bool:
        return any(map(self.automaton.is_end, state[0]))

    def _is_over(self) -> bool:
        if self._looked >= LOOKS:
            self._looked = 0
            self.stopped = why_of(self.ask)
        return bool(self.stopped)

    # --- all of them --------------------------------------------------------------------------

    def __iter__(self) -> Iterator[tuple[L, ...]]:
        """One after the other, the last ones of a dictionary first. Ends early where it is
        `stopped`."""
        self.stopped = ""
        first = self._begin()
        letters: list[L] = []
        if self._ends(first):
            yield ()
        stack = [(first, self._after(first), self._ends(first))]
        while stack:
            if self._is_over():
                return
            state, ways, lives = stack[-1]
            for letter, then in ways:
                if then not in self._dead:
                    letters.append(letter)
                    ends = self._ends(then)
                    if ends:
                        yield tuple(letters)
                    stack.append((then, self._after(then), ends))
                    break
            else:
                stack.pop()
                if letters:
                    letters.pop()
                if not lives:
                    self._dead.add(state)
                elif stack:
                    above, others, _ = stack[-1]
                    stack[-1] = (above, others, True)

    def count(self, most: int) -> Counted:
        """How many there are; `most`: places in the sets that are made for this, after which
        it is said that there are more than were counted."""
        self.stopped = ""
        self._made = 0
        known: dict[_State[C, M], int] = {}
        first = self._begin()
        stack = [(first, self._after(first), [int(self._ends(first))])]
        while True:
            if self._is_over() or self._made > most:
                counted = sum(own[0] for _, _, own in stack)
                return Counted(counted, False, self.stopped or "they are too many to count")
            state, ways, own = stack[-1]
            for _, then in ways:
                if then in known:
                    own[0] += known[then]
                else:
                    stack.append((then, self._after(then), [int(self._ends(then))]))
                    break
            else:
                stack.pop()
                known[state] = own[0]
                if not stack:
                    return Counted(own[0], True)
                stack[-1][2][0] += own[0]

    def path(self, letters: tuple[L, ...]) -> list[tuple[C, int]]:
        """A path that shows just these letters and ends: (place, number of the transition by
        which it goes on), what is not seen as late as can be; the last one has number -1."""
        automaton = self.automaton
        seen: set[tuple[int, C]] = set()
        for start in automaton.starts:
            stack = [(0, start, iter(self._ways(start)))]
            way: list[int] = []
            while stack:
                done, place, ways = stack[-1]
                if done == len(letters) and automaton.is_end(place):
                    places = (at for _, at, _ in stack)
                    return list(zip(places, [*way, -1], strict=True))
                for letter, number, target in ways:
                    if letter is not None and (done == len(letters) or letter != letters[done]):
                        continue
                    then = (done + (letter is not None), target)
                    if then not in seen:
                        seen.add(then)
                        way.append(number)
                        stack.append((*then, iter(self._ways(target))))
                        break
                else:
                    stack.pop()
                    if way:
                        way.pop()
        raise ValueError("no path shows these")

    def transitions(self, letters: tuple[L, ...]) -> set[int]:
        """The numbers of the transitions on all paths that show just these letters and end."""
        automaton = self.automaton
        waiting = [(0, start) for start in automaton.starts]
        before: dict[tuple[int, C], list[tuple[int, tuple[int, C]]]] = {at: [] for at in waiting}
        while waiting:
            at = waiting.pop()
            done, place = at
            for letter, number, target in automaton.moves(place):
                if letter is not None and (done == len(letters) or letter != letters[done]):
                    continue
                then = (done + (letter is not None), target)
                if then not in before:
                    before[then] = []
                    waiting.append(then)
                before[then].append((number, at))
        ending = [at for at in before if at[0] == len(letters) and automaton.is_end(at[1])]
        found: set[int] = set()
        known = set(ending)
        while ending:
            for number, at in before[ending.pop()]:
                found.add(number)
                if at not in known:
                    known.add(at)
                    ending.append(at)
        return found

    def _ways(self, place: C) -> list[tuple[L | None, int, C]]:
        """What is seen first."""
        return sorted(self.automaton.moves(place), key=lambda way: way[0] is None)

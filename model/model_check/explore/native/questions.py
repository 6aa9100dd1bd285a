"""What compiled code is asked of the states of a native search, and of the steps between them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cached_property

from ...language.records import dataclass
from ..letters import Letters
from ..limits import Limits
from .library import Asked, Library
from .memory import NUMBER, Memory, Numbers
from .rows import NativeRows
from .transitions import Explored, rows_of
from .work import Work, address_of, width_for

__all__ = ["Found", "Questions"]

FIRST_STATES = 1 << 10
SHORT = 0.02
"""Seconds of compiled code that nothing can interrupt."""
STATES_AT_ONCE = 1 << 16
ROWS_AT_ONCE = 1 << 14
TRUE, FALSE = 1, 0
LOWER = (1 << 32) - 1


@dataclass(frozen=True, slots=True)
class Found:
    """What a native search found, and what limits hold for what is asked of it; `tell`: called now
    and then while that is done."""

    library: Library
    explored: Explored
    states: int
    """The address of the states."""
    limits: Limits
    tell: Callable[[], None]


def scanned(library: Library, states: int, name: str, wrong: int, part: range) -> Numbers | None:
    """The numbers of some states in which a property has the value `wrong` or cannot be evaluated,
    ascending; None for a property that was not compiled. `states`: their address."""
    if name not in library.scans:
        return None
    room = Memory(max(part.stop, 1) * NUMBER)
    first, found, some = part.start, 0, FIRST_STATES
    while first < part.stop:
        begun = time.monotonic()
        end = min(part.stop, first + some)
        address = room.address + found * NUMBER
        found += library.scans[name](states, first, end, wrong, address)
        first = end
        if time.monotonic() - begun < SHORT:
            some *= 2
    return Numbers(room, found)


class Questions:
    """To a search that is over."""

    def __init__(self, found: Found) -> None:
        self._found = found

    @cached_property
    def _work(self) -> Work:
        return Work(self._found.limits, self._found.tell)

    def scan(self, name: str, wrong: int, first: int) -> Sequence[int] | None:
        """See `Space.scan`."""
        found = self._found
        part = range(first, found.explored.states)
        return scanned(found.library, found.states, name, wrong, part)

    def letters(self, name: str, doubted: bool) -> Letters | None:
        """See `Space.letters`."""
        found, count = self._found, self._found.explored.states
        atoms = len(found.library.machine.formulas.asked_of_runs(name))
        width = width_for((1 << 2 * atoms) - 1)
        asked = found.library.letters(name, 8 * width)
        if asked is None:
            return None
        letters = self._work.room(count, width)
        unanswered = self._work.room(count, NUMBER)
        none, first = 0, 0

        def piece(states: int, out: int) -> int:
            nonlocal none, first
            end = min(count, first + STATES_AT_ONCE)
            at = address_of(unanswered) + none * NUMBER
            none += asked.ask(states, first, end, int(doubted), out, at)
            first = end
            return end == count

        self._work.go(piece, found.states, address_of(letters))
        return Letters(letters, atoms, unanswered[:none])

    def wrong_steps(self, name: str) -> Sequence[tuple[int, int]] | None:
        """See `Space.wrong_steps`."""
        asked = self._found.library.step_scan(name)
        if asked is None:
            return None
        return _wrong_steps(self._found, asked, self.rows, self._work)

    @cached_property
    def rows(self) -> NativeRows:
        """All transitions."""
        return rows_of(self._found.library, self._found.explored, self._work)


def _wrong_steps(found: Found, asked: Asked, rows: NativeRows, work: Work) -> list[tuple[int, int]]:
    """The numbers of the states before and after each step that is wrong or has no answer."""
    places = work.room(len(rows.targets), 8)
    count, wrong, first = found.explored.expanded, 0, 0

    def piece(states: int, out: int) -> int:
        nonlocal wrong, first
        end = min(count, first + ROWS_AT_ONCE)
        wrong += asked.ask(states, first, end, rows.address, FALSE, out + wrong * 8)
        first = end
        return end == count

    if len(rows.targets):
        work.go(piece, found.states, address_of(places))
    return [(each >> 32, each & LOWER) for each in places[:wrong]]

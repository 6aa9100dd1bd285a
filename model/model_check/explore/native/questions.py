"""What compiled code is asked of the states of a native search, and of the steps between them."""

from __future__ import annotations

import time
from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property

from ...language.records import dataclass
from ...machine.ir import Fail
from ...machine.rewrite import statements_in
from ..alike import Alike
from ..letters import Letters
from ..limits import Limits
from ..wrong_steps import WrongSteps
from . import row_places as r
from .alike import native_alike
from .library import Asked, Library
from .memory import NUMBER, Memory, Numbers, Rooms
from .rows import PLACE, NativeRows
from .transitions import Explored, fewest_changes, rows_of
from .work import Buffer, Work, address_of, width_for

__all__ = ["Found", "Questions"]

FIRST_STATES = 1 << 10
SHORT = 0.02
"""Seconds of compiled code that nothing can interrupt."""
STATES_AT_ONCE = 1 << 16
BYTES_AT_ONCE = 1 << 22
"""Of states that are read in one go, where memory is relieved between two."""
ROWS_AT_ONCE = 1 << 14
GRACE = 0.2
"""Seconds beyond a limit in which states are sorted all the same: some ten million."""
WAY = 24
"""Bytes that may be needed for each state to choose among the ways to another."""
MOSTLY = 0.5
"""Where the rows of more than this share of the states are asked for, all are made."""
MANY = 1 / 16
"""... and more than this share are so many that it pays to sort what they are looked for in."""
TRUE, FALSE, NO_ANSWER = 1, 0, 2
"""Values of a formula; the last one it never has."""
LOWER = (1 << 32) - 1


@dataclass(frozen=True, slots=True)
class Found:
    """What a native search found, and what limits hold for what is asked of it; `tell`: called now
    and then while that is done; `rooms`: where memory for that comes from; `sort_out`: called
    before many states are looked for."""

    library: Library
    explored: Explored
    states: int
    """The address of the states."""
    limits: Limits
    tell: Callable[[], None]
    rooms: Rooms
    sort_out: Callable[[], None]


def scanned(
    library: Library, states: int, name: str, wrong: int, part: range, rooms: Rooms
) -> Numbers | None:
    """The numbers of some states in which a property has the value `wrong` or cannot be evaluated,
    ascending; None for a property that was not compiled. `states`: their address."""
    if name not in library.scans:
        return None
    room = Memory(max(part.stop, 1) * NUMBER)
    first, found, some = part.start, 0, FIRST_STATES
    most = max(BYTES_AT_ONCE // (8 * library.words), FIRST_STATES) if rooms.in_files else part.stop
    while first < part.stop:
        begun = time.monotonic()
        end = min(part.stop, first + some)
        address = room.address + found * NUMBER
        found += library.scans[name](states, first, end, wrong, address)
        first = end
        rooms.relieve()
        if time.monotonic() - begun < SHORT and some < most:
            some *= 2
    return Numbers(room, found)


class Questions:
    """To a search that is over."""

    def __init__(self, found: Found) -> None:
        self._found = found
        self._rows_made = 0
        """So many states have their rows made."""

    @cached_property
    def _work(self) -> Work:
        return Work(self._found.limits, self._found.tell, rooms=self._found.rooms)

    @cached_property
    def _quick_work(self) -> Work:
        # In memory, also where the search is on disk, which may be full: what was found is told.
        return Work(self._found.limits, self._found.tell, grace=GRACE)

    def scan(self, name: str, wrong: int, first: int) -> Sequence[int] | None:
        """See `Space.scan`."""
        found = self._found
        part = range(first, found.explored.states)
        return scanned(found.library, found.states, name, wrong, part, found.rooms)

    def alike(self, mask: int, numbers: Sequence[int], most: int | None) -> Alike | None:
        """See `Space.sort`."""
        found = self._found
        return native_alike(found.library, self._quick_work, found.states, mask, numbers, most)

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

    def wrong_steps(self, name: str) -> WrongSteps | None:
        """See `Space.wrong_steps`."""
        library = self._found.library
        asked = library.step_scan(name)
        if asked is None:
            return None
        body = library.machine.formulas.of_steps[name].body
        failing = array("Q")
        if any(isinstance(each, Fail) for each in statements_in(body)):
            failing.extend(_steps_with(self._found, asked, NO_ANSWER, self.rows, self._work))
        pairs = _steps_with(self._found, asked, FALSE, self.rows, self._work)
        unanswered = frozenset(failing)
        if failing:
            pairs = memoryview(array("Q", [each for each in pairs if each not in unanswered]))
        return self._first_sources(pairs, [(each >> 32, each & LOWER) for each in failing])

    def _first_sources(self, pairs: Buffer, failing: Sequence[tuple[int, int]]) -> WrongSteps:
        """The states that some steps lead to, each with the first state before."""
        room = self._work.room
        former, targets = room(self.rows.count, NUMBER), room(len(pairs), NUMBER)
        task = self.rows.ask(
            "first_sources",
            {r.LAST: len(pairs), r.PAIRS: pairs, r.FORMER: former, r.RESULT: targets},
        )
        return WrongSteps(targets[: task[r.COUNT_FOUND]], lambda after: former[after] - 1, failing)

    def happening(self) -> tuple[Sequence[int], Sequence[int]]:
        """See `Space.happening`."""
        found, machine = self._found, self._found.library.machine
        flags = len(machine.steps) + 1, 2 * len(machine.conditions) + 1
        taken, outcomes = (self._work.room(count, 1) for count in flags)
        first, last = 0, found.explored.expanded
        cover = found.library.covering.ask

        def piece(taken: int, outcomes: int) -> int:
            nonlocal first
            end = min(last, first + ROWS_AT_ONCE)
            cover(found.states, first, end, taken, outcomes, 0)
            first = end
            return end == last

        if last:
            self._work.go(piece, address_of(taken), address_of(outcomes))
        return taken[:-1], outcomes[:-1]

    def fewest_changes(self, number: int) -> list[int]:
        """See `Space.fewest_changes`."""
        explored, machine = self._found.explored, self._found.library.machine
        levels = explored.levels
        nearer = levels[bisect_right(levels, number) - 1]
        each = WAY + PLACE + (NUMBER + 1) * explored.transitions // max(explored.expanded, 1)
        if self._rows_made < nearer and self._work.why(nearer * each + explored.states * NUMBER):
            return []
        owners = [step.instance for step in machine.steps]
        return fewest_changes(self._rows_of_first(nearer), explored, number, owners)

    def _rows_of_first(self, count: int) -> NativeRows:
        """The rows of at least so many states."""
        explored = self._found.explored
        if self._rows_made < count <= MOSTLY * explored.states:
            if count >= MANY * explored.states:
                self._found.sort_out()
            part = replace(explored, states=count, expanded=min(count, explored.expanded))
            self._first_rows = rows_of(self._found.library, part, self._work)
            self._rows_made = count
        return self._first_rows if self._rows_made >= count else self.rows

    @cached_property
    def rows(self) -> NativeRows:
        """All transitions."""
        self._found.sort_out()
        self._first_rows = rows_of(self._found.library, self._found.explored, self._work)
        self._rows_made = self._found.explored.states
        return self._first_rows


def _steps_with(found: Found, asked: Asked, wrong: int, rows: NativeRows, work: Work) -> Buffer:
    """The steps of which a formula has a value, or no answer: the numbers of the states before and
    after each, in one."""
    room = work.growing(len(rows.targets), 8)
    places = room.numbers
    count, taken, first = found.explored.expanded, 0, 0

    def make_room() -> None:
        some = rows.begins[min(count, first + ROWS_AT_ONCE)] - rows.begins[first]
        room.up_to(taken + some)

    def piece(states: int, out: int) -> int:
        nonlocal taken, first
        end = min(count, first + ROWS_AT_ONCE)
        taken += asked.ask(states, first, end, rows.address, wrong, out + taken * 8)
        first = end
        return end == count

    if len(rows.targets):
        work.go(piece, found.states, address_of(places), make_room)
    return places[:taken]

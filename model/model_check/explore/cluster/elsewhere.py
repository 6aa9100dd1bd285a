"""What a search found, asked of its parts: where one machine has no room for all of it.

Everything that one state is enough for is answered by each part for its own states; traces follow
the parents, from part to part. What needs all transitions at once is not known: cycles, and so what
holds of runs that never end.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NoReturn

from ...budget.spending import NotHereError, StopNow
from ...language.records import dataclass
from ..alike import Alike, alike_in
from ..engine import Run
from ..letters import Letters
from ..memo import differences_of
from ..native.engine import found_again
from ..rows import Rows
from ..space import Space, cut_off
from ..wrong_steps import WrongSteps
from .fleet import Fleet, LostError
from .part import Mark
from .windows import Windows

__all__ = ["Found", "space_elsewhere"]

WHY = "this needs all transitions at once, for which one machine has no memory"


@dataclass(frozen=True, slots=True)
class Found:
    """What the parts of a fleet counted: `marks`, the numbers at which levels begin, and how many
    initial states there are. States have so many `words`."""

    fleet: Fleet
    marks: Sequence[Mark]
    levels: tuple[int, ...]
    initial: int
    words: int


def space_elsewhere(run: Run, found: Found) -> Space:
    """The space of a run that is over. Raises LostError."""
    program, fleet, marks = run.program, found.fleet, found.marks
    asked = _Asked(fleet, found.words)
    count = sum(mark.states for mark in marks)
    windows = Windows(_Careful(fleet), found.words)
    states = windows.states(count)
    processes = tuple(differences_of(program))

    def sort(mask: int, numbers: Sequence[int], most: int | None) -> Alike | None:
        return alike_in(states, mask, numbers)

    errors = found_again(asked.numbers("failing"), states, processes, sort)
    failing = [number for number, _, _ in errors]
    terminal, outside = cut_off(program, states, asked.numbers("ends"), failing, sort)
    unfolded = run._unfolded(states)
    return Space(
        program=program,
        layout=run.task.layout,
        processes=processes,
        states=unfolded or states,
        index=asked,
        parents=windows.parents(count),
        levels=found.levels,
        initial=found.initial,
        expanded=sum(mark.expanded for mark in marks),
        terminal=terminal,
        outside=outside,
        errors=errors,
        transitions=sum(mark.transitions for mark in marks),
        seconds=time.monotonic() - run.task.started,
        stopped=run.stopped,
        growth=run.growth,
        scan=asked.scan,
        letters=_no_letters,
        wrong_steps=_no_steps,
        happening=cache(asked.happening),
        rows=_no_rows,
        fewest_changes=_no_choice,
        goes_forward=not any(mark.backward for mark in marks),
        reduction=run.task.reduction,
        left_out=sum(mark.left_out for mark in marks),
        unfolded=unfolded,
        is_elsewhere=True,
    )


def _no_rows() -> Rows:
    return _not_here()


def _no_letters(name: str, doubted: bool) -> Letters | None:
    return _not_here()


def _no_steps(name: str) -> WrongSteps | None:
    return _not_here()


def _no_choice(number: int) -> list[int]:
    return []


def _not_here() -> NoReturn:
    raise NotHereError(WHY)


class _Careful:
    """A fleet of which nothing is asked again: where a part is lost now, nothing more is known."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self.size = fleet.size
        self.ask, self.share = fleet.ask, fleet.share
        self.load: Callable[..., None] = fleet.load
        self.replace = fleet.replace

    def look(self, tokens: Sequence[Any]) -> list[Any]:
        try:
            return self._fleet.look(tokens)
        except LostError as lost:
            raise StopNow(f"a part of the search was lost: {lost}") from lost


class _Asked:
    """Questions to all parts of a fleet."""

    def __init__(self, fleet: Fleet, words: int) -> None:
        self._fleet = _Careful(fleet)
        self._size = 8 * words

    def numbers(self, name: str, *given: Any) -> array[int]:
        """The numbers that the parts answer, in their order."""
        return _merged(self._all(name, *given))

    def scan(self, name: str, wrong: int, first: int) -> Sequence[int] | None:
        """See `Space.scan`."""
        told = self._all("wrong", name, wrong, first)
        return None if any(each is None for each in told) else _merged(told)

    def happening(self) -> tuple[Sequence[int], Sequence[int]]:
        """See `Space.happening`."""
        tokens = self._fleet.ask("happens", [()] * self._fleet.size, 2)
        told = self._fleet.look([each for both in tokens for each in both])
        halves = told[0::2], told[1::2]
        taken, outcomes = (bytes(map(max, *([each.view for each in half] * 2))) for half in halves)
        return taken, outcomes

    def get(self, state: int, default: int = -1) -> int:
        """The number of a state, or `default`."""
        packed = state.to_bytes(self._size, "little")
        found: int = max(default, *self._all("find", packed))
        return found

    def __getitem__(self, state: int) -> int:
        found = self.get(state)
        if found < 0:
            raise KeyError(state)
        return found

    def _all(self, name: str, *given: Any) -> list[Any]:
        tokens = self._fleet.ask(name, [given] * self._fleet.size)
        return self._fleet.look([each[0] for each in tokens])


def _merged(parcels: Sequence[Any]) -> array[int]:
    return array("Q", sorted(each for parcel in parcels for each in parcel.view.cast("q")))

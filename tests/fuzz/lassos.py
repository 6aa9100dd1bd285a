"""What a reason says of runs, held against every short run, one by one.

All runs of a spec up to a length are tried, and every fair way in which one can go round for ever.
Whether one violates is said by the definition of its property, and which facts it keeps is seen by
walking along its events, round after round. So nothing is taken together here, and no fixed point
is looked for: what `fates` says of runs of any length must be true of these, too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from .all_runs import Runs
from .compare import SkippedError
from .fates import COMPLETE, ENDLESS, FAILED, IN_TIME, Fate, Named
from .ltl import truth
from .run_graph import Promise
from .states import Move
from .told_events import Step, Told, counted, owner_of
from .under_way import Wire

__all__ = ["MOST_RUNS", "short_fates"]

MOST_RUNS = 1_500
"""Beginnings of runs that are looked at."""
LONGEST = 10
"""Steps of a run."""


@dataclass(frozen=True)
class _Run:
    """The `states` that a run comes through, and the steps between them; the last one fails where
    there are as many of these. `loop_from`: the state to which it comes back, for ever."""

    states: tuple[int, ...]
    steps: tuple[Step, ...]
    loop_from: int | None = None


def short_fates(
    runs: Runs, kind: str, name: str, sets: Sequence[Collection[Named]]
) -> dict[Fate, str]:
    """What there are short runs of, each with such a run. Raises SkippedError."""
    asked = _Asked(runs, kind, name)
    facts = [[(counted(a) if a else None, counted(b) if b else None) for a, b in s] for s in sets]
    found: dict[Fate, str] = {}
    for run in _runs(runs):
        end = FAILED if len(run.steps) == len(run.states) else COMPLETE
        end = end if run.loop_from is None else ENDLESS
        if end == FAILED and kind in IN_TIME:
            continue  # what it says of how a run goes on is not asked of one that fails
        kept = tuple(all(_is_kept(runs, run, a, b) for a, b in each) for each in facts)
        fate = Fate(end, asked.violates(run, end), kept)
        if fate not in found:
            told = [step.event for step in run.steps]
            found[fate] = f"{told}" if run.loop_from is None else f"{told} from {run.loop_from} on"
    return found


# --- the runs -------------------------------------------------------------------------------------


def _runs(runs: Runs) -> Iterator[_Run]:
    """The shortest runs: those that end, those that fail, and those that go round, fairly."""
    begun = [_Run((n,), ()) for n in range(runs.explored.initial)]
    count = 0
    while begun and len(begun[0].steps) <= LONGEST:
        longer = []
        for run in begun:
            yield from _ending(runs, run)
            for step in runs.moves[run.states[-1]]:
                if step.target is None:
                    yield _Run(run.states, (*run.steps, step))
                else:
                    longer.append(_Run((*run.states, step.target), (*run.steps, step)))
            count += 1
            if count > MOST_RUNS:
                return
        begun = longer


def _ending(runs: Runs, run: _Run) -> Iterator[_Run]:
    """The ways in which a run can stay where it is, or go round what it has just done."""
    last = run.states[-1]
    if last in runs.ends:
        yield run
    for place, state in enumerate(run.states[:-1]):
        if state == last and _is_fair(runs, run, place):
            yield _Run(run.states, run.steps, place)


def _is_fair(runs: Runs, run: _Run, place: int) -> bool:
    around = [
        Move(state, step.who, step.label, after, step.fault)
        for state, after, step in zip(
            run.states[place:], run.states[place + 1 :], run.steps[place:], strict=False
        )
    ]
    return all(_keeps(runs, promise, around) for promise in runs.promised.promises)


def _keeps(runs: Runs, promise: Promise, around: Sequence[Move]) -> bool:
    chances = [
        any(promise.kept(who, label) for who, label in runs.explored.able[move.source])
        for move in around
    ]
    owed = any(chances) if promise.strong else all(chances)
    return not owed or any(map(promise.kept_by, around))


# --- what violates --------------------------------------------------------------------------------


class _Asked:
    """Whether runs violate a property."""

    def __init__(self, runs: Runs, kind: str, name: str) -> None:
        self.runs, self.kind, self.name = runs, kind, name
        self.on_the_way = runs.on_the_way(kind, name)
        self.at_end = runs.at_the_end(kind, name)
        self.letters = []
        if kind in (*IN_TIME, "finally"):
            asked = runs.property(name)
            self.formula = runs.in_time.formula(asked)
            self.letters = runs.in_time.letters(asked)
            if any(None in each.values() for each in self.letters):
                raise SkippedError("no value")

    def violates(self, run: _Run, end: str) -> bool:
        if self.letters and end != FAILED:
            states = run.states if run.loop_from is None else run.states[:-1]
            again = len(states) - 1 if run.loop_from is None else run.loop_from
            return truth(self.formula, [self.letters[n] for n in states], again) is False
        if any(state in self.on_the_way for state in run.states):
            return True
        steps = zip(run.states, run.states[1:], strict=False)
        if any(self.runs.breaks(self.kind, self.name, a, b) for a, b in steps):
            return True
        if end == COMPLETE:
            return run.states[-1] in self.at_end
        return end == FAILED and self.kind == "no_error"


# --- which facts are kept -------------------------------------------------------------------------

_Event = tuple[Told, int]


def _is_kept(runs: Runs, run: _Run, first: _Event | None, second: _Event | None) -> bool:
    came = None if second is None else _place(runs, run, second)
    if first is None:
        return came is None
    place = _place(runs, run, first)
    return place is not None and (came is None or place <= came)


def _place(runs: Runs, run: _Run, event: _Event) -> int | None:
    """When an event comes, in steps; None if it never does."""
    told, number = event
    states = runs.explored.states
    if not told.name:
        return -1 if runs.matching.is_begun(told, states[run.states[0]]) else None
    last, left = "", number
    for place, (before, after, step) in enumerate(_walked(run, number + 1)):
        if runs.matching.is_one(told, step, states[before], states[after], last):
            left -= 1
            if left == 0:
                return place
        if owner_of(step.event) == owner_of(told.name) and not isinstance(step.who, Wire):
            last = "" if step.fault else step.label
    return None


def _walked(run: _Run, rounds: int) -> Iterator[tuple[int, int, Step]]:
    """The states before and after each step, and it; what goes round, so many times."""
    targets = (*run.states[1:], run.states[-1])
    steps = [*zip(run.states, targets, run.steps, strict=False)]
    yield from steps
    for _ in range(0 if run.loop_from is None else rounds):
        yield from steps[run.loop_from :]

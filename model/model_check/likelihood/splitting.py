"""How likely runs go wrong where that is rare: by importance splitting.

A run that breaks the property comes nearer to it level by level (see `rarely`). From where some
runs reached a level, many are taken on, and it is counted how many of them reach the next: what is
rare is made of parts that are not. Each level has a number of trials, each from one of the places
where the level before was reached. The estimate is unbiased, whatever the levels are; several
independent ones tell how near it is.

Garvels, The splitting method in rare event simulation, thesis, Twente, 2000 (fixed effort).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from ..budget.spending import Ask, StopNow, never, why_of
from ..explore.search import cores
from ..language.records import dataclass
from .crowd import Crowd, Stop
from .intervals import student_interval
from .rarely import FAR_OFF, Aim, aim_at
from .runs.runner import Entries, Runner, Tables
from .tally import Measured, Outcomes

__all__ = ["RELATIVE", "split"]

RELATIVE = 0.1
"""The interval is to be so much of the estimate to either side, where nobody asks for less."""
TRIALS = 2_000
"""Of a level, in one estimate ..."""
REACHING = 100
"""... or as many that so many reach the next, as far as is known ..."""
PILOT = 1_000
"""... from trials that were made before, at first so many of each distance ..."""
MOST_TRIALS = 1_000_000
"""... and at most."""
GROWS = 10
"""Where nothing reached a distance, so many times as many are made."""
PART = 0.4
"""A level is a distance that no more than so many trials reach from the level before."""
ESTIMATES = 20
"""Made before it is asked whether they are near enough together ..."""
MOST_ESTIMATES = 400
"""... and at most."""
MOST_LEVELS = 500
"""Distances at which trials are stopped, at most."""
OWN = 1 << 12
"""Each estimate has so many numbers for its levels ..."""
TRIAL_BITS = 32
"""... and each level so many bits for its trials."""


class _StoppedError(Exception):
    """It was to stop; the text says why."""


@dataclass(frozen=True, slots=True)
class _Level:
    """A distance that is to be reached, and by how many trials."""

    distance: int
    trials: int


@dataclass(frozen=True, slots=True)
class _Estimate:
    """The share of runs that break the property, by kind of ending; and how many trials it took."""

    by_kind: Mapping[int, float]
    trials: int

    @property
    def share(self) -> float:
        """Of all kinds together."""
        return sum(self.by_kind.values())


def split(
    tables: Tables,
    name: str,
    *,
    seed: int = 1,
    relative: float = RELATIVE,
    workers: int | None = None,
    interrupted: Ask = never,
) -> Outcomes | None:
    """The share of runs that break one property, until its interval is at most `relative` times as
    wide to either side; or as near as it is after many estimates.

    None where a distance is hardly ever reached, or none is reached much more often than it is
    broken, so that the levels are no help. The result is the same with the same seed, whatever the
    number of `workers` (None: one a core). Raises EndlessRunError, and StopNow where not enough was
    found out before it was `interrupted`.
    """
    aim = aim_at(tables.graph, tables.moves, name)
    if aim.first == FAR_OFF:
        if tables.graph.possible & tables.graph.flags.masks[name]:
            return None  # it is broken where runs begin, or by what they do for ever
        return Outcomes(
            "splitting",
            {name: (0.0, 0.0, 0.0)},
            {name: {}},
            {},
            seed=seed,
            note="no run can come to where it is broken",
        )
    runners = [Runner(tables, seed) for _ in range((workers or cores()) if tables.native else 1)]
    splitting = _Splitting(tables, name, aim)
    try:
        levels = splitting.levels(runners[0], lambda: why_of(interrupted))
    except _StoppedError as error:
        raise StopNow(str(error)) from error
    if levels is None or len(levels) == 1:
        return None  # with one level alone, an estimate is plain runs
    crowd = Crowd(runners, interrupted)
    found: dict[int, _Estimate] = {}

    def estimate(runner: Runner, number: int, stop: Stop) -> None:
        with suppress(_StoppedError):  # this round counts for nothing
            found[number] = splitting.estimate(runner, number, levels, stop)

    known: list[_Estimate] = []
    stopped = ""
    while not stopped and len(known) < MOST_ESTIMATES and not _is_near(known, relative):
        first = len(known)
        stopped = crowd.do(estimate, range(first, first + ESTIMATES))
        if not stopped:
            known += [found[number] for number in range(first, first + ESTIMATES)]
    if not known:
        raise StopNow(stopped)
    note = f"{len(known)} estimates by {len(levels)} levels"
    return Outcomes(
        "splitting", {name: _measured([each.share for each in known])},
        {name: _by_kind(known)}, {},
        runs=sum(each.trials for each in known), steps=sum(each.steps for each in runners),
        seed=seed, note=f"{note}, {stopped}" if stopped else note,
    )  # fmt: skip


def _is_near(known: Sequence[_Estimate], relative: float) -> bool:
    """Whether the interval is narrow enough."""
    if not known:
        return False
    share, low, high = student_interval(each.share for each in known)
    return share > 0 and high - low <= 2 * relative * share


def _measured(shares: Sequence[float]) -> Measured:
    share, low, high = student_interval(shares)
    return share, max(0.0, low), min(1.0, high)


def _by_kind(known: Sequence[_Estimate]) -> dict[int, Measured]:
    kinds = sorted({kind for each in known for kind in each.by_kind})
    return {kind: _measured([each.by_kind.get(kind, 0.0) for each in known]) for kind in kinds}


class _Splitting:
    """Makes estimates of one property, one independent of the other."""

    def __init__(self, tables: Tables, name: str, aim: Aim) -> None:
        self._aim = aim
        self._kinds = tables.graph.kind_count
        self._row = tables.properties.index(name) * self._kinds

    def levels(self, runner: Runner, stop: Stop) -> list[_Level] | None:
        """The distances that are to be levels, from trials made for that; None where one is hardly
        ever reached. Raises _StoppedError."""
        runner.aim(self._aim.distances, self._aim.hopeless)
        entries, found, part = Entries(), list[_Level](), 1.0
        for place, distance in enumerate(_distances(self._aim.first)):
            reached, trials = Entries(), PILOT
            while not reached.count:
                if trials > MOST_TRIALS:
                    return None
                numbers = _numbers(0, place + 1, trials)
                reached = _whole(runner.take_trials(numbers, entries, distance, stop), stop)
                trials *= GROWS
            entries = reached
            part *= reached.count * GROWS / trials
            if part <= PART or distance == 0:
                needed = round(REACHING / part)
                found.append(_Level(distance, min(MOST_TRIALS, max(TRIALS, needed))))
                part = 1.0
        return found

    def estimate(
        self, runner: Runner, number: int, levels: Sequence[_Level], stop: Stop
    ) -> _Estimate:
        """One estimate. Raises _StoppedError."""
        runner.aim(self._aim.distances, self._aim.hopeless)
        entries, share, made = Entries(), 1.0, 0
        for place, level in enumerate(levels):
            numbers = _numbers(number + 1, place, level.trials)
            reached = runner.take_trials(numbers, entries, level.distance, stop)
            entries = _whole(reached, stop)
            share *= entries.count / level.trials
            made += level.trials
            if not entries.count:
                return _Estimate({}, made)
        runner.aim(None, 0)
        before = self._broken(runner)
        numbers = _numbers(number + 1, len(levels), TRIALS)
        _whole(runner.take_trials(numbers, entries, 0, stop), stop)
        ended = enumerate(zip(before, self._broken(runner), strict=True))
        by_kind = {kind: share * (new - old) / TRIALS for kind, (old, new) in ended if new > old}
        return _Estimate(by_kind, made + TRIALS)

    def _broken(self, runner: Runner) -> Sequence[int]:
        """How many trials that ended broke the property, by kind of ending."""
        return runner.counts[self._row : self._row + self._kinds]


def _distances(first: int) -> Sequence[int]:
    """The distances at which trials are stopped to see how many come so near; not too many."""
    stride = max(1, -(-first // MOST_LEVELS))
    return [*range(first - stride, 0, -stride), 0] if first else []


def _numbers(estimate: int, place: int, trials: int) -> range:
    """The numbers of the trials of a level, which no other trial has, nor a run of a plain
    simulation."""
    first = (estimate * OWN + place) << TRIAL_BITS
    return range(first, first + trials)


def _whole(reached: Entries | None, stop: Stop) -> Entries:
    if reached is None:
        raise _StoppedError(stop())
    return reached

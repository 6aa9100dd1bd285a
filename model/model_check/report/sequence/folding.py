"""From the steps of a trace to few rows: steps that repeat themselves are told once.

A run is folded where the same few steps come again and again, such as `publish, save,
publish, save, publish, save`: each of them becomes one row, with what differs told as a
range. Where many rows would be left all the same, as in a long run that mixes what several
processes do, a quiet stretch is told by what happens in it, without the order. Where a trace is
short, or where a step is loud (it is part of the reason), nothing is folded.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Sequence, Set
from itertools import pairwise

from ...language.records import dataclass
from ...verify.show import runs_of

__all__ = ["Fold", "folds", "merged_text"]

UNFOLDED = 10
"""Steps that can be read as they are."""
FEWEST = 3
"""Times that something must happen to be folded."""
LONGEST = 12
"""Steps that may repeat themselves together."""
MOST_ROWS = 48
"""Rows of a picture that can be looked at as a whole."""
RUNS_TOLD = 3
"""Runs of numbers that are told before some are left out."""
_NUMBER = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Fold:
    """Steps `start` to `stop` (not included), counted from 0, as few rows: `rows` are the places
    of the steps that each stands for. `interleaved`: the rows' steps come in no simple order."""

    start: int
    stop: int
    rows: tuple[tuple[int, ...], ...]
    interleaved: bool = False

    @property
    def times(self) -> int:
        """How many times the rows come, one after the other; 0 if they are interleaved."""
        return 0 if self.interleaved else len(self.rows[0])

    def moved(self, by: int) -> Fold:
        """The same fold, this many places later."""
        rows = tuple(tuple(at + by for at in places) for places in self.rows)
        return Fold(self.start + by, self.stop + by, rows, self.interleaved)


def folds(likeness: Sequence[Hashable], loud: Set[int], cuts: Iterable[int] = ()) -> list[Fold]:
    """Cut a trace into single steps and folded runs.

    `likeness` is equal for steps that may be told as one; `loud` are the numbers (from 1) of
    steps that stay as they are. Nothing is folded over one of the `cuts`, each after so many
    steps. Runs that repeat themselves are folded first; where many rows are left all the same,
    each long quiet stretch is told by what happens in it.
    """
    found: list[Fold] = []
    for start, stop in pairwise(sorted({0, *cuts, len(likeness)})):
        inside = {number - start for number in loud}
        found += (fold.moved(start) for fold in _folds_between(likeness[start:stop], inside))
    return found


def _folds_between(likeness: Sequence[Hashable], loud: Set[int]) -> list[Fold]:
    count = len(likeness)
    if count <= UNFOLDED:
        return [_single(at) for at in range(count)]
    found = _repeated(likeness, loud)
    if sum(len(fold.rows) for fold in found) > MOST_ROWS:
        found = list(_without_order(found, likeness, loud))
    return found


def _single(at: int) -> Fold:
    return Fold(at, at + 1, ((at,),))


def _run_of(start: int, stop: int, period: int) -> Fold:
    return Fold(start, stop, tuple(tuple(range(start + i, stop, period)) for i in range(period)))


def _repeated(likeness: Sequence[Hashable], loud: Set[int]) -> list[Fold]:
    """Single steps and runs that repeat themselves, so that there are as few rows as can be."""
    count = len(likeness)
    times_at = {p: _repetitions(likeness, loud, p) for p in range(1, LONGEST + 1)}
    # From the end: the fewest rows for what is left, and where the first fold ends.
    rows = [0] * (count + 1)
    chosen = [(at + 1, 1) for at in range(count)]
    for at in reversed(range(count)):
        rows[at] = rows[at + 1] + 1
        for period, most in times_at.items():
            for times in range(FEWEST, most[at] + 1):
                stop = at + times * period
                fewer = rows[stop] + period < rows[at]
                longer = rows[stop] + period == rows[at] and chosen[at][0] > at + 1
                if fewer or longer:
                    rows[at] = rows[stop] + period
                    chosen[at] = (stop, period)
    found = []
    at = 0
    while at < count:
        stop, period = chosen[at]
        found.append(_run_of(at, stop, period))
        at = stop
    return found


def _without_order(
    found: Sequence[Fold], likeness: Sequence[Hashable], loud: Set[int]
) -> Iterator[Fold]:
    """The folds, with each long quiet stretch of single steps and runs as one fold, a row for
    everything that happens in it."""
    stretch: list[Fold] = []
    for fold in (*found, None):
        if fold is not None and fold.start + 1 not in loud:
            stretch.append(fold)
            continue
        yield from _mixed(stretch, likeness)
        stretch = []
        if fold is not None:
            yield fold


def _mixed(stretch: Sequence[Fold], likeness: Sequence[Hashable]) -> Sequence[Fold]:
    if not stretch:
        return ()
    alike: dict[Hashable, list[int]] = {}
    for at in range(stretch[0].start, stretch[-1].stop):
        alike.setdefault(likeness[at], []).append(at)
    if FEWEST * len(alike) > sum(len(fold.rows) for fold in stretch):
        return stretch
    rows = tuple(tuple(places) for places in alike.values())
    return (Fold(stretch[0].start, stretch[-1].stop, rows, interleaved=True),)


def _repetitions(likeness: Sequence[Hashable], loud: Set[int], period: int) -> list[int]:
    """For each place: how many times the `period` steps there come in a row, all of them
    quiet."""
    count = len(likeness)
    quiet_steps = [0] * (count + 1)
    alike = [0] * (count + 1)
    found = [0] * count
    for at in reversed(range(count)):
        quiet_steps[at] = 0 if at + 1 in loud else quiet_steps[at + 1] + 1
        same = at + period < count and likeness[at] == likeness[at + period]
        alike[at] = alike[at + 1] + 1 if same else 0
        found[at] = min(quiet_steps[at], alike[at] + period) // period
    return found


def merged_text(texts: Sequence[str]) -> str:
    """Several texts as one: numbers in which they differ become ranges (`PUBLISH key 8..10`);
    of texts that differ in more, the first and the last."""
    if len(set(texts)) == 1:
        return texts[0]
    pieces = [_NUMBER.split(text) for text in texts]
    words = {tuple(each[::2]) for each in pieces}
    if len(words) > 1 or ", " in texts[0]:  # a range in a list would read as its items
        return f"{texts[0]} … {texts[-1]}"
    return "".join(_merged(column) for column in zip(*pieces, strict=True))


def _merged(column: Sequence[str]) -> str:
    if len(set(column)) == 1:
        return column[0]
    runs = [_run([str(n) for n in run]) for run in runs_of([int(text) for text in column])]
    if len(runs) > RUNS_TOLD:
        runs = [*runs[: RUNS_TOLD - 1], "…", runs[-1]]
    return ", ".join(runs)


def _run(numbers: Sequence[str]) -> str:
    return ", ".join(numbers) if len(numbers) < FEWEST else f"{numbers[0]}..{numbers[-1]}"

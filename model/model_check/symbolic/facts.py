"""What a fact says of a run: the one meaning that search, z3 and words share.

A fact is a pair of events, of which one may be missing:

| | |
| --- | --- |
| (a, b) | `a before b`: a happens, and b does not happen before it, be it later or never |
| (a, None) | `a happens` |
| (None, b) | `b does not happen` |
| (a, b), both | `b after a`: a happens, and b does, later |

So each speaks of what must have happened in a run (`first`), and of what must not have by then
(`second`); the last is two in one: `a before b`, and `b happens`. That a choice goes a certain way,
or that something goes wrong while its process stands at a certain place, is that an event happens,
of which more is said than its name (see `Label`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from .occurrences import Label, Occurrence

__all__ = ["Fact", "Pair", "all_kept", "events_of", "is_kept", "pairs_of", "place_of"]

Pair = tuple[Occurrence | None, Occurrence | None]
"""The event that must happen, and the one that must not happen before it (or at all)."""


class Fact(NamedTuple):
    """The event that must happen, and the one that must not happen before it (or at all); `both`:
    it must happen later."""

    first: Occurrence | None
    second: Occurrence | None
    both: bool = False


def place_of(event: Occurrence, run: Sequence[Label], loop_from: int | None = None) -> int | None:
    """Where in a run, given by what is known of its events, one happens; None if it does not.
    `loop_from`: from there on it comes again and again, for ever."""
    left = event.number
    for place, label in enumerate(run):
        if event.label.covers(label):
            left -= 1
            if not left:
                return place
    if loop_from is None:
        return None
    again = [i for i in range(loop_from, len(run)) if event.label.covers(run[i])]
    if not again:
        return None
    rounds, which = divmod(left - 1, len(again))
    return again[which] + (rounds + 1) * (len(run) - loop_from)


def is_kept(fact: Fact, run: Sequence[Label], loop_from: int | None = None) -> bool:
    """Whether a whole run keeps a fact; `loop_from` as in `place_of`."""
    return all(_is_kept(pair, run, loop_from) for pair in pairs_of([fact]))


def _is_kept(pair: Pair, run: Sequence[Label], loop_from: int | None) -> bool:
    first, second = pair
    came = None if second is None else place_of(second, run, loop_from)
    if first is None:
        return came is None
    place = place_of(first, run, loop_from)
    return place is not None and (came is None or place < came)


def pairs_of(facts: Iterable[Fact]) -> Iterator[Pair]:
    """The same facts, each of two in one as two."""
    for first, second, both in facts:
        yield first, second
        if both:
            yield second, None


def all_kept(facts: Sequence[Fact], run: Sequence[Label], loop_from: int | None = None) -> bool:
    """Whether a whole run keeps all of some facts; `loop_from` as in `place_of`."""
    return all(is_kept(fact, run, loop_from) for fact in facts)


def events_of(fact: Fact) -> tuple[Occurrence, ...]:
    """The events that a fact names."""
    return tuple(event for event in fact[:2] if event is not None)

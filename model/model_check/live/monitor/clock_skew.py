"""From runs that several logs allow to a decision: does the order that clocks leave open matter?

The search follows every order of the lines that the clocks allow, and knows so whether a loss
must have happened, cannot have, or is open. z3 is asked the same in another way: by the
facts of the reason alone, over positions of the events. It also answers where there are too
many orders to follow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ...budget.deadline import Deadline
from ...results.check import Verdict
from ...results.monitor import SeenEvent
from ...results.reasons import Reason
from ...symbolic.answer import Answer
from ...symbolic.known_order import KnownOrder, Places
from .events import LogEvent, LogSession
from .windows import is_told

__all__ = ["Decision", "decide"]

Line = tuple[int, int]
"""A log and a place in it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What z3 says: "violated" (in every order that the clocks allow), "holds" (in none),
    "undetermined" (or: not asked, and `note` says why). `open_races`: what would have made it
    happen, for each race the orderings of its facts that are not known."""

    verdict: Verdict
    note: str
    open_races: tuple[tuple[tuple[SeenEvent, SeenEvent], ...], ...]


def decide(
    session: LogSession,
    skew: int,
    ways: Sequence[Sequence[SeenEvent]],
    reason: Reason,
    deadline: Deadline,
) -> Decision:
    """Decide by the facts of a reason. ways: one or more runs that the logs allow, in
    which the same lines must be the same events."""
    if any(_steps(way) != _steps(ways[0]) for way in ways):
        return Decision("undetermined", "which line is which step is open as well", ())
    seen = {event.name: event for event in ways[0] if event.line is not None}
    known, numbers = _known(session, skew, ways[0])
    shown = {event.name.partition("[")[0].partition("#")[0] for event in seen.values()}
    races: list[list[Places]] = []
    open_races = []
    for race in reason.races:
        if not all(map(is_told, race.facts)):
            return Decision("undetermined", "the reason says more of events than a log shows", ())
        names = [name for each in race.facts for name in (each.first, each.second) if name]
        if any(name.partition("[")[0].partition("#")[0] not in shown for name in names):
            return Decision("undetermined", "the reason has events that no log shows", ())
        if any(each.first not in numbers for each in race.facts):
            continue  # what never happened came before nothing
        # What comes before something that never happened is kept.
        pairs = [(each.first, each.second) for each in race.facts if each.second in numbers]
        places = [(numbers[first], numbers[second]) for first, second in pairs]
        races.append(places)
        if not any(known.is_certain((second, first)) for first, second in places):
            open_races.append(
                tuple(
                    (seen[first], seen[second])
                    for (first, second), place in zip(pairs, places, strict=True)
                    if known.is_open(place)
                )
            )
    if known.can_avoid(races, deadline) is Answer.NO:
        return Decision("violated", "", ())
    if known.can_keep(races, deadline) is Answer.NO and reason.complete_by:
        return Decision("holds", "", ())
    return Decision("undetermined", "", tuple(each for each in open_races if each))


def _steps(way: Sequence[SeenEvent]) -> dict[str, list[tuple[str, int | None, int | None]]]:
    """The events of each process that a log shows, in their order."""
    found: dict[str, list[tuple[str, int | None, int | None]]] = {}
    for each in way:
        if each.line is not None:
            found.setdefault(each.instance, []).append((each.name, each.log, each.line))
    return found


def _known(
    session: LogSession, skew: int, way: Sequence[SeenEvent]
) -> tuple[KnownOrder, dict[str, int]]:
    """What is known of the order of the lines: each log's own order, what is farther apart than
    the skew, and what one process does one after the other. And the number of each event."""
    lines = [event for events in session.events for event in events]
    number = {(each.log, each.line.number): i for i, each in enumerate(lines)}
    before: set[Places] = set()
    for log, events in enumerate(session.events):
        before.update((_of(number, a), _of(number, b)) for a, b in pairwise(events))
        for other, others in enumerate(session.events):
            if other != log:
                before.update(_apart(number, events, others, skew))
    numbers: dict[str, int] = {}
    last: dict[str, int] = {}
    for each in way:
        if each.log is not None and each.line is not None:
            mine = numbers[each.name] = number[each.log, each.line]
            if each.instance in last and last[each.instance] != mine:
                before.add((last[each.instance], mine))
            last[each.instance] = mine
    return KnownOrder(len(lines), tuple(sorted(before))), numbers


def _of(number: Mapping[Line, int], event: LogEvent) -> int:
    return number[event.log, event.line.number]


def _apart(
    number: Mapping[Line, int], events: Sequence[LogEvent], others: Sequence[LogEvent], skew: int
) -> set[Places]:
    """For each event the last one of another log that surely came before it: so did all that
    are before that one, also where a clock was set back."""
    found = set()
    for event in events:
        count = 0
        while count < len(others) and others[count].line.time + skew < event.line.time:
            count += 1
        if count:
            found.add((_of(number, others[count - 1]), _of(number, event)))
    return found

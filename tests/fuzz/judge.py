"""What is said of a violation's races, judged by all runs that there are (see `all_runs`).

What was told is held against the list of what there are runs of, word for word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any

from model_check.results.check import NoReturn, PropertyResult, Reason, Trace

from .all_runs import COMPLETE, ENDLESS, FAILED, TAKEN, Named, Runs, counted, owner_of
from .replay import Replay

__all__ = ["judged_reason", "judged_return"]

RUNS = {
    "complete runs": {COMPLETE, ENDLESS, FAILED},
    "complete and endless runs": {COMPLETE, ENDLESS, FAILED},
    "runs that come to an end": {COMPLETE, FAILED},
    "runs that no run-time error ends": {COMPLETE, ENDLESS},
    "runs that come to an end without a run-time error": {COMPLETE},
    "runs of exactly these steps": {TAKEN},
}
"""By scope, the runs that a claim is about."""


def judged_reason(runs: Runs, result: PropertyResult, reason: Reason) -> list[str]:
    """What is not so of what a reason says. Raises SkippedError."""
    if not reason.proved_by:
        return list(_nothing_found(runs, result, reason))
    told = [[(o.first, o.second) for o in reason.orderings]]
    told += [[(o.first, o.second) for o in race.orderings] for race in reason.races[1:]]
    parts = [[p for p in pairs if p != each] for pairs in told for each in pairs]
    steps = None
    if reason.scope == "runs of exactly these steps":
        steps = [counted(event)[0] for event in _events(result.trace)]
    found = runs.fates(result.kind, result.name, [*told, *parts], steps)
    mine = [fate for fate in found if fate.end in RUNS[reason.scope]]
    good = [fate for fate in mine if not fate.violates]
    problems = []
    for place, pairs in enumerate(told):
        if any(fate.kept[place] for fate in good):
            problems.append(f"reason: {result.name} is not forced by {pairs}")
    for place, pairs in enumerate(parts, len(told)):
        if not any(fate.kept[place] for fate in good):
            problems.append(f"reason: {result.name} is forced by a part, {pairs}")
    if reason.complete_by:
        for fate in found:
            if fate.violates and not any(fate.kept[: len(told)]):
                problems.append(f"races: {result.name} has others: {fate.end} runs")
                break
    return [*problems, *_traces(reason), *_patterns(reason), *_smaller(runs, result, reason)]


def _events(trace: Trace | None) -> list[str]:
    assert trace is not None
    return [step.event for step in trace.steps]


def _traces(reason: Reason) -> Iterator[str]:
    """Whether each race is that of its trace, and each but the first alone there."""
    for place, race in enumerate(reason.races):
        events = _events(race.trace)
        if not _keeps(race.orderings, events):
            yield f"races: the trace of race {place} does not keep it"
        for other, each in enumerate(reason.races):
            if place not in (0, other) and _keeps(each.orderings, events):
                yield f"races: the trace of race {place} keeps race {other}"


def _keeps(orderings: Sequence[Any], events: Sequence[str]) -> bool:
    return all(
        next((name == each.first for name in events if name in (each.first, each.second)), False)
        for each in orderings
    )


def _patterns(reason: Reason) -> Iterator[str]:
    """Whether each pattern is literally a list of races: as many as there are values."""
    races = [frozenset(map(str, race.orderings)) for race in reason.races]
    told: list[frozenset[str]] = []
    for pattern in reason.patterns:
        for values in product(*pattern.values.values()):
            named = dict(zip(pattern.values, values, strict=True))
            told.append(frozenset(_filled(each, named) for each in pattern.orderings))
    if sorted(map(sorted, told)) != sorted(map(sorted, races)):
        yield f"patterns: {told} are not {races}"


def _filled(ordering: str, values: Mapping[str, int]) -> str:
    """An ordering with numbers for the names in its brackets."""

    def number(match: re.Match[str]) -> str:
        name, sign, more = match[1], match[2], match[3]
        if name not in values:
            return match[0]
        return str(values[name] + (int(sign + more) if sign else 0))

    def inside(match: re.Match[str]) -> str:
        return re.sub(r"\b([A-Za-z_]\w*)\b(?: ([+-]) (\d+))?", number, match[0])

    return re.sub(r"\[[^]]*\]", inside, ordering)


FEW = 8
"""Events of a trace of which every single ordering is tried."""


def _smaller(runs: Runs, result: PropertyResult, reason: Reason) -> Iterator[str]:
    """Whether a single ordering would have been enough where several are told."""
    events = _events(result.trace)
    if len(reason.orderings) < 2 or len(events) > FEW or "these steps" in reason.scope:
        return
    for pair in _between(events):
        found = runs.fates(result.kind, result.name, [[pair]])
        if not any(f.kept[0] and not f.violates and f.end in RUNS[reason.scope] for f in found):
            yield f"reason: {result.name} is forced by {pair} alone"
            return


def _between(events: Sequence[str]) -> list[Named]:
    return [(a, b) for a, b in combinations(events, 2) if owner_of(a) != owner_of(b)]


def _nothing_found(runs: Runs, result: PropertyResult, reason: Reason) -> Iterator[str]:
    """Whether all orderings of the trace together force what none were found to force."""
    if not reason.note.startswith("no order of its events"):
        return
    events = _events(result.trace)
    pairs = _between(events)
    if result.kind in ("finally", "no_deadlock"):
        ends, steps = {COMPLETE}, None
    else:
        ends, steps = {TAKEN}, [counted(each)[0] for each in events]
    found = runs.fates(result.kind, result.name, [pairs], steps)
    if not any(f.kept[0] and not f.violates and f.end in ends for f in found):
        yield f"reason: {result.name} is forced by the order of its events, and none is told"


# --- the point of no return -----------------------------------------------------------------------


def judged_return(runs: Runs, result: PropertyResult, told: NoReturn) -> list[str]:
    """What is not so of a point of no return."""
    assert result.trace is not None
    if told.fair:
        return []  # of fair continuations: tests/verify/lost_oracle.py judges them
    lost = runs.lost(result.kind, result.name)
    ways = _states_along(runs, result.trace)
    sure = [next(iter(found)) for found in ({n in lost for n in way} for way in ways)
            if len(found) == 1]  # fmt: skip
    if len(sure) < len(ways):
        return []  # several states look like one of the trace, and only some are lost
    failing = len(ways) == len(result.trace.steps)
    never = len(ways) if failing else None
    right = next((i for i, is_lost in enumerate(sure) if is_lost), never)
    problems = []
    if told.step != right:
        problems.append(f"no return: {result.name} at {right}, not {told.step}")
    if right == 0 and (not told.note) != lost.issuperset(range(runs.explored.initial)):
        problems.append(f"no return: {result.name} from every initial state, or not")
    return problems


def _states_along(runs: Runs, trace: Trace) -> list[set[int]]:
    """The states after each step that look like those of the trace, an error's step left out."""
    return Replay(runs.interpreter, runs.explored).states_along(trace)

"""What is said of a violation's races, judged by all runs that there are (see `all_runs`).

What was told is held against the list of what there are runs of, word for word.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, combinations, permutations, product

from model_check.results.check import NoReturn, PropertyResult, Trace
from model_check.results.reasons import Fact, Race, Reason

from .all_runs import Runs
from .compare import SkippedError
from .fates import COMPLETE, ENDLESS, FAILED, IN_TIME, TAKEN, Named, fates
from .lassos import short_fates
from .replay import Replay
from .told_events import Told, counted, owner_of, written

__all__ = ["judged_by_short_runs", "judged_reason", "judged_return", "named"]

RUNS = {
    "complete runs": {COMPLETE, ENDLESS, FAILED},
    "fair runs": {COMPLETE, ENDLESS, FAILED},
    "runs that no run-time error ends": {COMPLETE, ENDLESS},
    "fair runs that no run-time error ends": {COMPLETE, ENDLESS},
    "runs of exactly these steps": {TAKEN},
}
"""By scope, the runs that a claim is about."""
NOT_OF_STATES = ("each_step", "possible", *IN_TIME)
"""The forms of property that no single state violates."""
KINDS = ("always", "never", "finally", "no_deadlock", "no_error", "each_step", *IN_TIME)


def judged_reason(runs: Runs, result: PropertyResult, reason: Reason) -> list[str]:
    """What is not so of what a reason says. Raises SkippedError."""
    if result.kind not in KINDS:
        raise SkippedError("whole runs are asked")
    if not reason.proved_by:
        return list(_nothing_found(runs, result, reason))
    sets = [[*map(_named, facts)] for facts in (reason.facts, *_others(reason))]
    told = [[*chain(*facts)] for facts in sets]
    parts = [[*chain(*facts[:i], *facts[i + 1 :])] for facts in sets for i in range(len(facts))]
    decided = _Decided(runs)
    alone = [fact[0] for facts in sets for fact in facts if len(fact) == 1 and not fact[0][1]]
    causes = all(map(decided, alone))
    weaker = [
        [*chain(*facts[:i], less, *facts[i + 1 :])]
        for facts in sets for i, each in enumerate(facts) for less in _weaker(each)
        # Where a reason tells causes alone, what they lead to says less, and explains less.
        if not causes or less[0][1] or decided(less[0])
    ]  # fmt: skip
    steps = None
    if reason.scope == "runs of exactly these steps":
        steps = [counted(event)[0].name for event in _events(result.trace)]
    found = fates(runs, result.kind, result.name, [*told, *parts, *weaker], steps)
    mine = [fate for fate in found if fate.end in RUNS[reason.scope]]
    good = [fate for fate in mine if not fate.violates]
    problems = []
    for place, pairs in enumerate(told):
        if any(fate.kept[place] for fate in good):
            problems.append(f"reason: {result.name} is not forced by {pairs}")
        own = (f for f in mine if f.violates and f.kept[place] and sum(f.kept[: len(told)]) == 1)
        if len(told) > 1 and not any(own):
            problems.append(f"races: {result.name} has others with all runs of {pairs}")
    for place, pairs in enumerate([*parts, *weaker], len(told)):
        if not any(fate.kept[place] for fate in good):
            less = "a part" if place < len(told) + len(parts) else "weaker facts"
            problems.append(f"reason: {result.name} is forced by {less}, {pairs}")
    if reason.needs_faults:
        nothing = [("", name) for name in sorted(_faults(runs))]
        quiet = fates(runs, result.kind, result.name, [nothing])
        if any(f.kept[0] and f.violates and f.end in RUNS[reason.scope] for f in quiet):
            problems.append(f"reason: {result.name} is violated where nothing goes wrong, too")
    if reason.complete_by:
        for fate in mine:
            if fate.violates and not any(fate.kept[: len(told)]):
                problems.append(f"races: {result.name} has others: {fate.end} runs")
                break
    return [*problems, *_traces(reason), *_patterns(reason), *_smaller(runs, result, reason)]


def judged_by_short_runs(runs: Runs, result: PropertyResult, reason: Reason) -> list[str]:
    """What is not so of what a reason says, by the short runs that there are; and where these are
    not as `fates` says that all are. Raises SkippedError."""
    if result.kind not in KINDS or not reason.proved_by or "these steps" in reason.scope:
        return []
    told = [named(race.facts) for race in reason.races or (reason,)]
    found = short_fates(runs, result.kind, result.name, told)
    problems = []
    for fate, run in found.items():
        if fate.end not in RUNS[reason.scope]:
            continue
        kept = [pairs for pairs, kept in zip(told, fate.kept, strict=True) if kept]
        if kept and not fate.violates:
            problems.append(f"reason: {result.name} is not forced by {kept[0]}: {run}")
        if reason.complete_by and fate.violates and not kept:
            problems.append(f"races: {result.name} has others: {run}")
    try:
        longer = fates(runs, result.kind, result.name, told)
    except SkippedError:
        return problems
    strange = [run for fate, run in found.items() if fate not in longer]
    return [*problems, *(f"judges: {result.name}: only one knows {run}" for run in strange[:1])]


def _others(reason: Reason) -> list[Sequence[Fact]]:
    """The facts of each race after the first."""
    return [race.facts for race in reason.races[1:]]


def _faults(runs: Runs) -> set[str]:
    """What may go wrong, by name."""
    return {step.event for moves in runs.moves for step in moves if step.fault}


class _Decided:
    """Whether something is decided where an event happens: it goes wrong, more is said of it than
    its name, or somewhere its process could have taken another step."""

    def __init__(self, runs: Runs) -> None:
        self.names: set[str] = set()
        for moves in runs.moves:
            free = [step for step in moves if not step.fault]
            self.names |= {step.event for step in moves if step.fault}
            self.names |= {a.event for a, b in permutations(free, 2)
                           if a.who == b.who and a.label != b.label}  # fmt: skip

    def __call__(self, pair: Named) -> bool:
        return not isinstance(pair[0], str) or counted(pair[0])[0].name in self.names


def _weaker(fact: Pairs) -> Iterator[Pairs]:
    """Facts that say less: of an order, that its first event happens; of one event after another,
    their order alone, or that the second happens; of an event of which more is said than its name,
    that it happens."""
    (first, second), *happens = fact
    if happens:
        yield ((first, second),)
        yield (*happens,)
    if first and second:
        yield ((first, ""),)
    if isinstance(first, Told) and first.name and not second:
        yield ((first.name, ""),)


def _events(trace: Trace | None) -> list[str]:
    assert trace is not None
    return [step.event for step in trace.steps]


def _traces(reason: Reason) -> Iterator[str]:
    """Whether each race is that of its trace, and each but the first alone there."""
    for place, race in enumerate(reason.races):
        if not _keeps(race.facts, race.trace):
            yield f"races: the trace of race {place} does not keep it"
        for other, each in enumerate(reason.races):
            said = any(fact.details.placed or fact.details.leaves for fact in each.facts)
            if place not in (0, other) and not said and _keeps(each.facts, race.trace):
                yield f"races: the trace of race {place} keeps race {other}"


def named(facts: Sequence[Fact]) -> list[Named]:
    """Facts by their events, each of two in one as two."""
    return [pair for fact in facts for pair in _named(fact)]


Pairs = tuple[Named, ...]
"""A fact, taken apart: one event after another is an order, and that the second happens."""


def _named(fact: Fact) -> Pairs:
    """A fact by its events."""
    if not fact.first and fact.details.placed:
        return (("", Told(fact.second, fact.details.placed)),)
    order = _told(fact), fact.second
    return (order, (fact.second, "")) if fact.both else (order,)


def _told(fact: Fact) -> Told | str:
    if not fact.details.placed and not fact.details.leaves:
        return fact.first
    return Told(fact.first, fact.details.placed, fact.details.leaves)


def _keeps(facts: Sequence[Fact], trace: Trace | None) -> bool:
    """Whether a run keeps facts, as far as their names tell; one that goes round, round after
    round."""
    assert trace is not None
    events = _events(trace)
    if trace.loop_from is not None:
        names = [name.partition("#")[0] for name in events]
        most = max((counted(e)[1] for f in facts for e in (f.first, f.second)), default=0)
        counts: Counter[str] = Counter()
        events = []
        for name in [*names, *names[trace.loop_from :] * most]:
            counts[name] += 1
            events.append(name if counts[name] == 1 else f"{name}#{counts[name]}")
    return all(
        next(
            (name == each.first for name in events if name in (each.first, each.second)),
            not each.first,
        )
        and not (each.both and each.second not in events)
        for each in facts
    )


def _patterns(reason: Reason) -> Iterator[str]:
    """Whether each pattern is literally a list of races: as many as there are values."""
    races = [frozenset(map(str, race.facts)) for race in reason.races]
    told: list[frozenset[str]] = []
    for pattern in reason.patterns:
        for values in product(*pattern.values.values()):
            if pattern.different and len(set(values)) < len(values):
                continue
            numbers = dict(zip(pattern.values, values, strict=True))
            told.append(frozenset(_filled(each, numbers) for each in pattern.facts))
    if sorted(map(sorted, told)) != sorted(map(sorted, races)):
        yield f"patterns: {told} are not {races}"


def _filled(ordering: str, values: Mapping[str, int]) -> str:
    """An ordering with numbers for the names in its brackets."""

    def number(match: re.Match[str]) -> str:
        less, name, sign, more = match[1], match[2], match[3], match[4]
        if name not in values:
            return match[0]
        if less:
            return str(int(less) - values[name])
        return str(values[name] + (int(sign + more) if sign else 0))

    def inside(match: re.Match[str]) -> str:
        return re.sub(r"(?:(\d+) - )?\b([A-Za-z_]\w*)\b(?: ([+-]) (\d+))?", number, match[0])

    return re.sub(r"\[[^]]*\]", inside, ordering)


MOST_TRIED = 40
"""Single facts of one trace that are tried."""


def _smaller(runs: Runs, result: PropertyResult, reason: Reason) -> Iterator[str]:
    """Whether a single fact would have been enough where several are told: one that the run which
    is shown keeps, and that forces the violation by itself. Where all that forces it is told, that
    fact is one too many unless it says no more than those that are told."""
    if "these steps" in reason.scope:
        return
    for place, race in enumerate(reason.races or (Race(reason.facts, result.trace, ""),)):
        told = named(race.facts)
        singles = _single(runs, race.trace) if len(told) > 1 else []
        for single in singles[:: -(-len(singles) // MOST_TRIED) or 1]:
            try:
                found = fates(runs, result.kind, result.name, [[single], told])
            except SkippedError:
                continue
            mine = [fate for fate in found if fate.end in RUNS[reason.scope]]
            if any(fate.kept[0] and not fate.violates for fate in mine):
                continue
            weaker = all(fate.kept[0] for fate in mine if fate.kept[1])
            if weaker or (place == 0 and not reason.complete_by):
                yield f"reason: {result.name} is forced by {single} alone, not only by {told}"
                return


def _single(runs: Runs, trace: Trace | None) -> list[Named]:
    """Facts that a run keeps: that something goes wrong where it does, that what is chosen is so,
    and which comes first, of different processes."""
    events = _events(trace)
    chosen: list[Named] = [(e, "") for e in _leaving(runs, trace) if runs.is_open(e.name)]
    placed: list[Named] = [(each, "") for each in _going_wrong(runs, trace)]
    pairs = [(a, b) for a, b in combinations(events, 2) if owner_of(a) != owner_of(b)]
    return [*placed, *chosen, *pairs]


def _going_wrong(runs: Runs, trace: Trace | None) -> Iterator[Told]:
    """The first fault of each process, between the steps where it comes."""
    assert trace is not None
    last: dict[str, str] = {}
    states = Replay(runs.interpreter, runs.explored).along(trace)
    for step, before in zip(trace.steps, states, strict=False):
        owner = owner_of(step.event)
        if step.fault and step.occurrence == 1 and len(before) == 1:
            yield from runs.matching.placed(step.event, before[0], last.get(owner, ""))
        last[owner] = "" if step.fault else step.label


def _nothing_found(runs: Runs, result: PropertyResult, reason: Reason) -> Iterator[str]:
    """Whether all that can be said of the events of the trace forces what none was found to
    force: that they happen, in which order, and what each leaves."""
    if not reason.note.startswith("no facts about the events") or result.kind == "possible":
        return
    events = _events(result.trace)
    facts: list[Named] = [*combinations(events, 2), *((each, "") for each in events)]
    facts += [(each, "") for each in _leaving(runs, result.trace)]
    found = fates(runs, result.kind, result.name, [facts])
    if not any(f.kept[0] and not f.violates and f.end in RUNS[reason.scope] for f in found):
        yield f"reason: {result.name} is forced by its events, and none is told"


def _leaving(runs: Runs, trace: Trace | None) -> Iterator[Told]:
    """The first event of each name with what it changed."""
    assert trace is not None
    known = runs.matching.values(runs.explored.states[0])
    seen: set[str] = set()
    for step in trace.steps:
        values = step.state.variables
        changed = [f"{n} = {written(values[n])}" for n in step.changed if n in known]
        if step.occurrence == 1 and changed and step.event not in seen:
            seen.add(step.event)
            yield Told(step.event, "", " and ".join(changed))


# --- the point of no return -----------------------------------------------------------------------


def judged_return(runs: Runs, result: PropertyResult, told: NoReturn) -> list[str]:
    """What is not so of a point of no return."""
    assert result.trace is not None
    if told.fair or result.kind in NOT_OF_STATES or runs.spec.within is not None:
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

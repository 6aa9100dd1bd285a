"""From a run that a log allows to where the loss happened: the events of its reason, lines, times.

The reason of a violation (see `explain.reason`) is a set of facts about events, such as
`ai_service.publish[7] before gateway.subscribe`. Those that a session kept say when the window
was open: it is between the events of the process that connects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ...budget.spending import why_of
from ...explain.patience import REASON_TIMEOUT, asking_why
from ...explain.reason import Explainer
from ...explore.limits import Limits
from ...language.tree.spec import Spec
from ...machine.core import Machine
from ...results.monitor import KeptRace, SeenEvent, Window
from ...results.reasons import Fact, Race, Reason
from ...results.trace import event_name
from ...verify.checking import check_spec
from .task import Attention
from .ways import Way

__all__ = ["events_of", "is_told", "kept_races", "reasons_of"]

MOST_STATES = 200_000
"""States of a space that is explored to find the reason."""


TOO_LARGE = (
    f"with these constants there are more than {MOST_STATES:,} states, too many to look for a "
    "reason: model-check of the spec with smaller ones may tell it (--set)"
)


def reasons_of(
    spec: Spec, names: Sequence[str], attention: Attention
) -> tuple[dict[str, Reason], str]:
    """Why each of these properties can be violated at all, where that is found in time; and why of
    others it is not."""
    limits = Limits(max_states=MOST_STATES, interrupted=attention.interrupted)
    space, judgement = check_spec(spec, limits, attention.progress)
    explainer = Explainer(space, judgement, attention.interrupted)
    found = {}
    for result in judgement.results:
        if result.name not in names or result.verdict != "violated":
            continue
        if result.trace is not None:
            if attention.stage is not None:
                attention.stage(asking_why(result.name))
            found[result.name] = explainer.explain(result, timeout=REASON_TIMEOUT)
    is_large = len(space.states) >= MOST_STATES
    return found, why_of(attention.interrupted) or (TOO_LARGE if is_large else "")


def events_of(machine: Machine, way: Sequence[Way]) -> list[SeenEvent]:
    """The events of a run that the log allows, in its order."""
    times: Counter[str] = Counter()
    last: tuple[int, int] | None = None
    found = []
    for each in way:
        if each.lines:
            event = each.lines[-1]
            last = (event.log, event.line.number)
        if each.move is None:
            continue
        step = machine.steps[each.move.step]
        instance = machine.instances[each.move.instance].name
        plain = event_name(instance, step.label, each.move.indices, 1)
        times[plain] += 1
        name = event_name(instance, step.label, each.move.indices, times[plain])
        if each.lines:
            first = each.lines[0]
            found.append(
                SeenEvent(
                    name,
                    instance,
                    first.log,
                    first.line.number,
                    first.line.time,
                    None,
                    each.move.answer,
                )
            )
        else:
            log, after = last if last is not None else (None, None)
            found.append(SeenEvent(name, instance, log, None, None, after))
    return found


def kept_races(reason: Reason, events: Sequence[SeenEvent]) -> list[KeptRace]:
    """The races of a reason all of whose facts a run kept, as far as its events tell."""
    places = {event.name: place for place, event in enumerate(events)}
    races = [each for each in reason.races if _is_kept(each, places)]
    return [_seen(each, events, places) for each in races]


def _is_kept(race: Race, places: Mapping[str, int]) -> bool:
    """As `symbolic.facts.is_kept`: the first happened, and the second not before it. What a log
    does not tell, or a later one could, is not known."""
    never = len(places)
    return bool(race.facts) and all(
        is_told(each)
        and each.first in places
        and places[each.first] < places.get(each.second, never)
        and not (each.both and each.second not in places)
        for each in race.facts
    )


def is_told(fact: Fact) -> bool:
    """Whether the names of a session's events, in their order, say whether it is kept: nothing
    more is said of one."""
    return bool(fact.first) and not (fact.details.placed or fact.details.leaves)


def _seen(race: Race, events: Sequence[SeenEvent], places: Mapping[str, int]) -> KeptRace:
    facts = tuple(map(str, race.facts))
    names = {name for each in race.facts for name in (each.first, each.second)}
    mine = tuple(events[places[n]] for n in sorted(names & places.keys(), key=places.__getitem__))
    return KeptRace(facts, mine, _window(mine))


def _window(events: Sequence[SeenEvent]) -> Window | None:
    """The window of the process with two events; of several, of the one whose events are no
    turns of a loop (it connects, the other one publishes)."""
    found = []
    for instance in dict.fromkeys(event.instance for event in events):
        mine = [event for event in events if event.instance == instance]
        if len(mine) > 1:
            found.append((any("[" in e.name.partition(".")[2] for e in mine), instance, mine))
    if not found:
        if len(events) < 2:
            return None
        found = [(False, events[0].instance, list(events))]
    _, instance, mine = min(found, key=lambda each: each[0])
    first, last = mine[0], mine[-1]
    milliseconds = None
    if first.time is not None and last.time is not None and first.log == last.log:
        milliseconds = (last.time - first.time) / 1000
    return Window(instance, first, last, milliseconds)

"""The session of a steered run, with the names that its trace has.

What a log says of instances that are alike does not depend on which is which, so that it may call
them otherwise than the trace does: `delivery[0]` there, `delivery[1]` here. Which is which follows
from the lines, which belong to turns.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from ...results.monitor import KeptRace, SeenEvent, SessionVerdict
from ...results.steer import SteeredRun

__all__ = ["session_of", "steps_of_lines"]


def steps_of_lines(run: SteeredRun) -> dict[int, int]:
    """By number of a line, the trace's step that it is of; of turns that were carried out."""
    found: dict[int, int] = {}
    for command in run.commands:
        if command.turn is not None and command.turn <= run.done:
            found |= dict.fromkeys(command.lines, run.turns[command.turn - 1].step)
    return found


def session_of(run: SteeredRun) -> SessionVerdict | None:
    """What the lines say of the session, the instances named as in the trace where they differ in
    nothing but who is who."""
    session = run.session
    if session is None:
        return None
    steps = steps_of_lines(run)
    events = [e for each in session.properties for race in each.races for e in race.events]
    pairs = {
        (e.instance, run.trace.steps[steps[e.line] - 1].instance) for e in events if e.line in steps
    }
    names = dict(pairs)
    if len(names) < len(pairs) or {*names} != {*names.values()}:
        return session  # who is who does not follow
    if all(name == other for name, other in pairs):
        return session
    properties = tuple(
        replace(each, races=tuple(_race(race, names) for race in each.races))
        for each in session.properties
    )
    connections = {names.get(name, name): those for name, those in session.connections.items()}
    return replace(session, properties=properties, connections=connections)


def _race(race: KeptRace, names: Mapping[str, str]) -> KeptRace:
    window = race.window
    if window is not None:
        window = replace(
            window,
            instance=names.get(window.instance, window.instance),
            opened=_event(window.opened, names),
            closed=_event(window.closed, names),
        )
    return replace(
        race,
        facts=tuple(_renamed(each, names) for each in race.facts),
        events=tuple(_event(each, names) for each in race.events),
        window=window,
    )


def _event(event: SeenEvent, names: Mapping[str, str]) -> SeenEvent:
    instance = names.get(event.instance, event.instance)
    return replace(event, name=_renamed(event.name, names), instance=instance)


def _renamed(text: str, names: Mapping[str, str]) -> str:
    """A text with other names of instances, where these stand before the label of a step."""
    known = "|".join(re.escape(each) for each in sorted(names, key=len, reverse=True))
    return re.sub(rf"(?<![\w.])({known})(?=\.)", lambda found: names[found[0]], text)

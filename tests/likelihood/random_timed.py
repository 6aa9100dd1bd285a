"""Random specs whose steps take random times."""

from __future__ import annotations

import random
from contextlib import suppress

from fuzz.repair import load_text, repaired
from fuzz.specs import random_spec
from likelihood.timed_specs import exponential, fixed, normal, uniform
from model_check.explore.limits import Limits
from model_check.explore.memo import GrowthNeededError
from model_check.explore.search import SearchOptions, explore
from model_check.explore.space import Space
from model_check.language.source.diagnostics import SpecError
from model_check.language.tree.timing import Distribution, FromLog
from model_check.likelihood.graph_of import timed_graph
from model_check.likelihood.remembered import UndecidedError, left_out
from model_check.likelihood.timed_graph import Clock, TimedGraph

MOST_STATES = 3_000
ENDLESS = (80, 116)
"""Random specs of which a run is given up that goes on for ever: one takes no time, and of one only
chance settles what is asked."""
Timed = tuple[Space, list[Clock], list[Distribution | None]]


def random_timed(seed: int) -> Timed | None:
    """A space, and random times of its steps and instances; None where there is no small one."""
    source = random.Random(f"timed {seed}")
    text = repaired(random_spec(seed))
    if text is None or "within" in text:
        return None
    space = explore(
        load_text(text),
        Limits(max_states=MOST_STATES),
        options=SearchOptions(engine="python", reduce="none", forget_from=None),
    )
    clocks = [random_clock(source) for _ in space.machine.steps]
    begins = [
        random_time(source) if not each.task and source.random() < 0.5 else None
        for each in space.machine.instances
    ]
    return (space, clocks, begins) if space.complete else None


def random_time(source: random.Random) -> Distribution:
    """Times that often meet: whole milliseconds, few of them."""
    match source.randrange(6):
        case 0 | 1:
            return fixed(source.randint(0, 3))
        case 2:
            return uniform(source.randint(0, 1), source.randint(2, 4))
        case 3:
            return exponential(source.randint(1, 4))
        case 4:
            return normal(source.randint(0, 3), source.randint(1, 2))
    return FromLog(tuple(fixed(source.randint(0, 4)).time for _ in range(source.randint(1, 4))))


def random_clock(source: random.Random) -> Clock:
    """How long a step takes, or nothing of that; and its weight."""
    time = random_time(source) if source.random() < 0.7 else None
    return Clock(
        time,
        every=time is not None and source.random() < 0.2,
        since_possible=source.random() < 0.15,
        weight=source.choice([1, 1, 1, 2, 3, 0]),
    )


def graph_to_ask(timed: Timed) -> TimedGraph | None:
    """The graph of a random spec, asked all that can be; None where nothing can be said."""
    space, clocks, begins = timed
    spec = space.machine.spec
    out = {each.name for each, _ in left_out(spec.properties)}
    asked = [each for each in spec.properties if each.name not in out]
    with suppress(SpecError, UndecidedError, GrowthNeededError):
        return timed_graph(space, clocks, begins, asked, [each.name for each in spec.defines])
    return None

"""Random specs that have reasons of all kinds: texts, as a user would write them.

Those of races; those whose runs need not end, with properties in time and fairness of all kinds;
races with such properties; and the same with what may go wrong.
"""

from __future__ import annotations

import random

from .faulty import faulty
from .race_specs import FORMULAS, random_race
from .run_specs import random_runs

__all__ = ["random_calm", "random_reason"]

IN_TIME = (
    "{eventually: b}", "{leads_to: {after: a, comes: b}}", '{ltl: "G (a -> F b)"}',
    '{ltl: "F G a"}', '{ltl: "a U b"}', '{ltl: "G F a -> G F b"}', '{ltl: "b R a"}',
    "{each_step: \"x >= old(x) or y == 1\"}", "{each_step: \"y == old(y) or x > 0\"}",
)  # fmt: skip


def random_reason(seed: int) -> str:
    """The text of a random spec, in every third of which something may go wrong; the same seed
    gives the same text."""
    return (faulty(random_calm) if seed % 3 == 2 else random_calm)(seed)


def random_calm(seed: int) -> str:
    """The same, in which nothing goes wrong."""
    match seed % 4:
        case 0:
            return random_race(seed)
        case 1:
            return _timed(random_race(seed), random.Random(f"time of {seed}"))
    return random_runs(seed)


def _timed(race: str, draw: random.Random) -> str:
    """A race with properties in time, or of steps."""
    before, _, wanted = race.partition("properties:\n")
    first, second = draw.sample(FORMULAS, 2)
    asked = [f"  in_time_{i}: {each}" for i, each in enumerate(draw.sample(IN_TIME, 2))]
    defined = f'define:\n  a: "{first}"\n  b: "{second}"\n'
    return f"{before}{defined}properties:\n{wanted}" + "\n".join(asked) + "\n"

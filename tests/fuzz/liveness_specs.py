"""Random small specs whose runs need not end, with a property of each form that asks runs or
steps, and fairness of all kinds."""

from __future__ import annotations

import random
from collections.abc import Iterator

__all__ = ["random_liveness_spec"]

LTL = (
    "G (a -> F b)", "G F a -> G F b", "F G a", "a U b", "G F a & G F b", "F (a & X b)",
    "!(G F (a & X !a))",
)  # fmt: skip
STEPS = ("x >= old(x)", "y == old(y) or z != old(z)", "x + z >= old(z)")
EFFECTS = ("y = 1 - y", "z = (z + 1) % 3", "pass", "x = 3 // z")


def random_liveness_spec(seed: int) -> str:
    """A spec's text; the same seed gives the same."""
    rng = random.Random(seed)
    lines = ["model: made", "vars: {x: 0..3, y: 0..1, z: 0..2}", "processes:"]
    for name in "pqrs"[: rng.randint(1, 4)]:
        lines += _process(rng, name)
    lines += ["define:", f"  a: {_formula(rng)}", f"  b: {_formula(rng)}", "properties:"]
    after, comes = _formula(rng), _formula(rng)
    lines += [
        f"  stays: {{finally: {_formula(rng)}}}",
        f"  comes: {{eventually: {_formula(rng)}}}",
        f"  follows: {{leads_to: {{after: {after}, comes: {comes}}}}}",
        f"  steps: {{each_step: {rng.choice(STEPS)}}}",
        f'  formula: {{ltl: "{rng.choice(LTL)}"}}',
        f"  can: {{possible: {_formula(rng)}}}",
    ]
    return "\n".join(lines) + "\n"


def _process(rng: random.Random, name: str) -> Iterator[str]:
    yield f"  {name}:"
    if rng.random() < 0.4:
        yield f"    fairness: {rng.choice(['weak', 'strong', 'none'])}"
    if rng.random() < 0.3:
        yield f"    strong: [{name}0]"
    yield "    run: |"
    depth = "      "
    if rng.random() < 0.75:
        yield f"{depth}while True:"
        depth += "    "
    for turn in range(rng.randint(2, 4)):
        guards = (f"x == {rng.randint(0, 3)}", f"y == {rng.randint(0, 1)}", "z != 1", "True")
        values = (f"x = {rng.randint(0, 3)}", f"y = {rng.randint(0, 1)}")
        yield f"{depth}{'or' if turn else 'either'}:"
        yield f"{depth}    {name}{turn}:"
        yield f"{depth}        await {rng.choice(guards)}"
        yield f"{depth}        {rng.choice((*values, *EFFECTS))}"
        if rng.random() < 0.3:
            yield f"{depth}    {name}{turn}_then: z = {rng.randint(0, 2)}"


def _formula(rng: random.Random) -> str:
    plain = (f"x == {rng.randint(0, 3)}", "y == 1", "z == 0", "x != 2 and y == 0", "z == 1")
    return "6 // (x + z) > 1" if rng.random() < 0.05 else rng.choice(plain)

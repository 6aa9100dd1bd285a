"""Random small specs whose runs go on for ever, or end, and properties of whole runs.

Processes over two or three small variables: loops without an end, polls that may break off,
choices, waiting, a queue; fairness of each kind; now and then an error, in a step or a formula, or
a `within`, and then a formula that a run can break for good before it comes to that. Formulas are
made as trees, and written with as few brackets as the language allows, or more.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

__all__ = ["random_runs"]

GUARDS = ("x == 0", "x == 1", "x == 2", "x > 0", "f", "not f", "x < 2", "f or x == 0")
EFFECTS = (
    "x = 0", "x = 1", "x = 2", "x = (x + 1) % 3", "x = 2 - x", "f = True", "f = False",
    "f = not f", "x = choose([0, 2])", "pass", "pass",
)  # fmt: skip
OWN = ("m = 1 - m", "m = 1", "x = m", "f = m == 1", "m = 1 if f else 0")
QUEUED = ("q.put(1)", "m = q.get()", "x = q.get()")
FAILING = ("x = [1, 0][x]", "x = 2 // x", "x = x + 1")
ATOMS = ("x == 0", "x == 2", "x > 0", "f", "not f", "x == 1 or f", "x == 0 and not f")
OF_PLACES = ("done({p})", "at({p}, {label})", "m_of == 1")
UNDEFINED = ("[True, False][x]", "2 // x > 1")
STEPS = (
    "x >= old(x)", "x == old(x) or f", "f == old(f) or x != old(x)", "old(x) != 2 or x != 1",
    "not (old(f) and not f and x == 0)", "x == old(x) or x != old((x + 1) % 3)",
)  # fmt: skip
BOUNDS = (
    "x < 2", "not f", "x != 1 or not f", "x != 2 or f", "x > 0 or not f", "2 // x > 0", "x != 1",
    "x == 0 or f",
)  # fmt: skip
SAFE = (
    "G a", "a W b", "b R a", "X a", "X X a", "G (a -> X b)", "G (a | X a)", "X (a W (b & c))",
    "G (a -> b W c)", "(G a) | X X G b", "G (a -> F b) & G c", "(F a) -> X b",
)  # fmt: skip
MOST_TEMPORAL = 5
"""Temporal operators of one formula, so that the judges stay quick."""


def random_runs(seed: int) -> str:
    """The text of a random spec; the same seed gives the same text."""
    return _Spec(random.Random(seed), random.Random(f"bounds of {seed}")).text()


class _Spec:
    def __init__(self, draw: random.Random, bounds: random.Random) -> None:
        """`bounds` says by itself where runs break off, so that the rest is the same without."""
        self.draw = draw
        self.bounds = bounds
        self.within = bounds.choice(BOUNDS) if bounds.random() < 0.35 else ""
        self.failing = draw.random() < 0.15 or bounds.random() < 0.15
        self.queue = draw.random() < 0.25
        self.lively = draw.random() < 0.5
        """Whether something goes to and fro for ever, and the others wait for it: what is possible
        again and again, and not always."""
        self.labels: dict[str, list[str]] = {}
        self.counts: dict[str, int | None] = {}

    def text(self) -> str:
        draw = self.draw
        names = ["p", "q_", "r"][: draw.choice((2, 2, 3) if self.lively else (1, 1, 2, 2, 2, 3))]
        first = draw.choice(("0..2", "0..2", "0..2 = 1", "'0..2 = choose([0, 2])'"))
        lines = ["model: runs", f"vars: {{x: {first}, f: bool}}"]
        if self.within:
            lines.append(f"within: {self.within}")
        if self.queue:
            lines += ["resources:", "  q: {kind: 'queue[0..1]', bound: 1}"]
        lines.append("processes:")
        for name in names:
            self.counts[name] = draw.choice((None, None, None, None, 2))
            lines += self._process(name)
        return "\n".join([*lines, *self._wanted()]) + "\n"

    # --- processes --------------------------------------------------------------------------

    def _process(self, name: str) -> list[str]:
        draw = self.draw
        self.labels[name] = []
        program = self._program(name)
        lines = [f"  {name}:"]
        if self.counts[name]:
            lines.append(f"    count: {self.counts[name]}")
        fairness = draw.choice(("", "", "", "weak", "strong", "strong", "none"))
        if fairness:
            lines.append(f"    fairness: {fairness}")
        if draw.random() < (0.4 if self.lively else 0.2):
            lines.append(f"    strong: [{draw.choice(self.labels[name])}]")
        lines.append("    vars: {m: 0..1}")
        return [*lines, "    run: |", *(f"      {row}" for row in program)]

    def _program(self, name: str) -> list[str]:
        """Something to begin with, and then for ever, until it stops, or some more."""
        draw = self.draw
        if self.lively and name == "p":
            turns = draw.sample(("f = not f", "x = (x + 1) % 3", "x = 2 - x", "m = 1 - m"), 2)
            steps = [f"{self._label(name)}: {turn}" for turn in turns]
            if draw.random() < 0.5:
                return ["while True:", *_inside(steps[: draw.choice((1, 2))])]
            return ["while True:", *_inside(["either:", f"    {steps[0]}", "or:",
                                             f"    {steps[1]}"])]  # fmt: skip
        rows = self._step(name) if draw.random() < 0.3 else []
        shape = draw.random()
        if shape < 0.5:
            return [*rows, "while True:", *_inside(self._round(name))]
        if shape < 0.65:
            asks = [f"{self._label(name)}: if {draw.choice(GUARDS)}:", "    break"]
            also = self._step(name) if draw.random() < 0.4 else []
            return [*rows, "while True:", *_inside([*asks, *also])]
        if shape < 0.75:
            return [*rows, f"{self._label(name)}: while {draw.choice(GUARDS)}:",
                    *_inside(self._round(name))]  # fmt: skip
        if shape < 0.85:
            return [*rows, "for turn in range(2):", *_inside(self._step(name))]
        return [*rows, *self._round(name), *self._step(name)]

    def _round(self, name: str) -> list[str]:
        draw = self.draw
        if draw.random() < 0.6:
            rows = ["either:", *_inside(self._step(name))]
            for _ in range(draw.choice((1, 1, 2))):
                more = self._step(name) if draw.random() < 0.25 else []
                leaves = ["break"] if draw.random() < 0.12 else []
                rows += ["or:", *_inside([*self._step(name), *more, *leaves])]
            return rows
        return [row for _ in range(draw.choice((1, 2))) for row in self._step(name)]

    def _label(self, name: str) -> str:
        label = f"{name[0]}{len(self.labels[name])}"
        self.labels[name].append(label)
        return label

    def _step(self, name: str) -> list[str]:
        draw = self.draw
        pool: Sequence[str] = (*EFFECTS, *OWN)
        if self.queue and draw.random() < 0.4:
            pool = QUEUED
        if self.failing and draw.random() < 0.3:
            pool = FAILING
        effects = [draw.choice(pool)]
        if draw.random() < (0.7 if self.lively else 0.45):
            effects.insert(0, f"await {draw.choice(GUARDS)}")
        if len(effects) == 1:
            return [f"{self._label(name)}: {effects[0]}"]
        return [f"{self._label(name)}:", *_inside(effects)]

    # --- properties -------------------------------------------------------------------------

    def _wanted(self) -> list[str]:
        draw = self.draw
        lines = ["define:"]
        for name in ("a", "b", "c"):
            lines.append(f'  {name}: "{self._atom()}"')
        lines.append("properties:")
        for number in range(draw.randint(2, 4)):
            form = draw.choice(
                ("finally", "eventually", "leads_to", "ltl", "ltl", "ltl", "each_step", "possible")
            )
            lines += [f"  w{number}:", f"    {form}: {self._said(form)}"]
            if draw.random() < 0.2 and form != "possible":
                lines.append(f"    prefer: [{draw.choice(('x', '2 - x', '1 if f else 0'))}]")
        if self.within or self.failing:
            lines += ["  safe:", f'    ltl: "{self.bounds.choice(SAFE)}"']
        return lines

    def _atom(self) -> str:
        draw = self.draw
        chance = draw.random()
        if chance < 0.06:
            return draw.choice(UNDEFINED)
        if chance < 0.3:
            name = draw.choice([*self.labels])
            who = name if self.counts[name] is None else f"{name}[{draw.randint(0, 1)}]"
            label = draw.choice(self.labels[name])
            text = draw.choice(OF_PLACES)
            return text.format(p=who, label=label).replace("m_of", f"{who}.m")
        return draw.choice(ATOMS)

    def _said(self, form: str) -> str:
        draw = self.draw
        match form:
            case "leads_to":
                after, comes = draw.sample(("a", "b", "c", "not a", "b and c"), 2)
                return f"{{after: {after}, comes: {comes}}}"
            case "each_step":
                return f'"{draw.choice(STEPS)}"'
            case "ltl":
                while True:
                    text = self._formula(3, 0)
                    if sum(text.split().count(sign) for sign in "XFGUWRM") <= MOST_TEMPORAL:
                        return f'"{text}"'
        return draw.choice(("a", "b", "not a", "a or b", "a and not c"))

    def _formula(self, depth: int, around: int) -> str:
        """A formula that binds at least so tight as its surroundings ask: 0 to 4."""
        draw = self.draw
        if depth == 0 or draw.random() < 0.1:
            return draw.choice(("a", "b", "c", "a", "b", "c", "! a", "! b", "true", "false"))
        if draw.random() < 0.5:
            sign = draw.choice(("F", "G", "F", "G", "X", "!"))
            return f"{sign} {self._formula(depth - 1, 4)}"
        sign = draw.choice(("&", "|", "->", "U", "W", "R", "M", "U", "<->"))
        tight = {"->": 0, "<->": 0, "|": 1, "&": 2}.get(sign, 3)
        # What may stand on the right of an arrow without brackets is the same arrow alone.
        right = tight if tight == 3 else tight + 1
        left = self._formula(depth - 1, tight + 1)
        text = f"{left} {sign} {self._formula(depth - 1, right)}"
        return f"( {text} )" if tight < around or draw.random() < 0.15 else text


def _inside(rows: Sequence[str]) -> list[str]:
    return [f"    {row}" for row in rows]

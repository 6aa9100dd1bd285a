"""Random specs that are all beginning, and whether the tool makes the first states of each that
the interpreter makes.

What makes first states has more ways than a step: choices under conditions and in loops, each
followed by tests. Here nearly every variable has a choice of values to begin with, in options,
records and dicts, many of them too large for the room that a variable gets first.
"""

from __future__ import annotations

import random

from model_check.explore.limits import Limits
from model_check.language import Spec, SpecError
from model_check.verify.checking import check_spec
from model_check.verify.trace import Tracer

from .compare import SkippedError, refusal, skip_stopped
from .expressions import Expressions
from .interpreter import Interpreter
from .program import Programs
from .replay import Replay
from .specs import quoted
from .types import Bool, Dict, Enum, Int, Kind, List, Option, Record, Set, Variable
from .world import FailedError, TooLargeError, UnsoundError

__all__ = ["first_differences", "random_beginning"]

MOST = 400
"""First states that a spec may have."""
NUMBERS = (-300, -17, -1, 0, 1, 2, 15, 16, 70, 5000)
NUMBER = Int(None, None)


class _Numbers(Expressions):
    """Expressions in which numbers without bounds are of all sizes."""

    def _literal(self, kind: Kind, scope: list[Variable], depth: int) -> str:
        if kind == NUMBER:
            return str(self.rng.choice(NUMBERS))
        return super()._literal(kind, scope, depth)


class _Beginning:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        color, small = Enum(("red", "green"), "E"), Int(-1, 1, "N")
        self.named = [color, small]
        self.record = Record((("f0", NUMBER), ("f1", self.kind(1))), "R")
        self.make = _Numbers(rng, [*self.named, self.record])

    def kind(self, depth: int) -> Kind:
        if depth <= 0 or self.rng.random() < 0.3:
            return self.rng.choice([NUMBER, NUMBER, NUMBER, Bool(), *self.named])
        key = self.rng.choice([Bool(), *self.named])
        return self.rng.choice([
            Dict(key, self.kind(depth - 1)), Dict(key, NUMBER), Option(NUMBER),
            List(self.kind(0)), Set(self.named[1]), *([self.record] if depth > 1 else []),
        ])  # fmt: skip

    def declared(self, each: Variable) -> str:
        text = each.kind.text
        if self.rng.random() < 0.85:
            values = [self.make.constant(each.kind) for _ in range(self.rng.randint(1, 3))]
            chosen = f"choose([{', '.join(values)}])" if len(values) > 1 else values[0]
            text += f" = {chosen}"
        return f"{each.name}: {quoted(text)}"

    def test(self, scope: list[Variable]) -> str:
        # Few values are equal to others: without this, most specs would have no first state.
        if self.rng.random() < 0.4:
            return self.make.truth(scope, 2)
        one = self.rng.choice(scope)
        other = self.make.make(one.kind, scope, 2)
        if other == one.name:
            other = self.make.constant(one.kind)
        return f"{one.name} != {other}"

    def text(self) -> str:
        rng = self.rng
        shared = [Variable(f"v{i}", self.kind(2)) for i in range(rng.randint(1, 3))]
        own = {"p": [Variable(f"w{i}", self.kind(2)) for i in range(rng.randint(0, 1))]}
        many = rng.choice([1, 2, 2, 3])
        fields = ", ".join(f"{name}: {kind.text}" for name, kind in self.record.fields)
        lines = [
            "model: beginning", "types:", "  E: enum(red, green)", "  N: -1..1",
            f'  R: "{{{fields}}}"', "vars:", *(f"  {self.declared(each)}" for each in shared),
        ]  # fmt: skip
        programs = Programs(rng, self.make, shared, own, {"p": many}, [])
        scope = [*shared, *(Variable(f"p[{many - 1}].{v.name}", v.kind) for v in own["p"])]
        lines.append("initially: |")
        for _ in range(rng.randint(1, 2)):
            if rng.random() < 0.4:
                lines += [f"  {line}" for line in programs.beginning()]
            if rng.random() < 0.8:
                lines.append(f"  await {self.test(scope)}")
        lines += ["processes:", "  p:", f"    count: {many}"]
        if own["p"]:
            lines += ["    vars:", *(f"      {self.declared(each)}" for each in own["p"])]
        return "\n".join([*lines, "    run: |", "      l0: await False"]) + "\n"


def random_beginning(seed: int) -> str:
    """The text of a spec; the same seed gives the same."""
    return _Beginning(random.Random(seed)).text()


def first_differences(spec: Spec) -> list[str]:
    """What the tool and the interpreter disagree about in the first states of a spec whose
    processes take no step. Raises SkippedError where they are too many."""
    interpreter = Interpreter(spec)
    try:
        expected = interpreter.explore(MOST)
    except (TooLargeError, UnsoundError):
        raise SkippedError from None
    except FailedError as error:
        return refusal(spec, error)
    try:
        space, _ = check_spec(spec, Limits(timeout=20))
    except SpecError as error:
        return [f"the tool refuses it: {error}"]
    skip_stopped(space.stopped)
    if space.initial != expected.initial:
        return [f"first states: {expected.initial} by the interpreter, {space.initial} by the tool"]
    replay, tracer = Replay(interpreter, expected), Tracer(space)
    made = [replay.states_along(tracer.to(number))[0] for number in range(space.initial)]
    if set().union(*made) != set(range(expected.initial)):
        return ["other first states"]
    return []

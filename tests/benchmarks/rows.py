"""Measures one instance on every engine, and holds the engines to the same answer.

Machines are noisy: each engine runs several times, in turns with the others, and its best
run counts.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import spin
from .families import HERE, Family, Instance
from .processes import BenchmarkError, Finished, finished

__all__ = ["PORTABLE_UP_TO", "ROOT", "Engine", "Row", "measured"]

ROOT = HERE.parent.parent
PORTABLE_UP_TO = 500_000
"""States that Python is asked to explore: more would take minutes and say nothing new."""
AGAIN = 3
"""Searches in memory that is there already, in each process; one of a large space."""


@dataclass(frozen=True, slots=True)
class Engine:
    """What one engine took, the best of its runs. `wall` and `cpu`: seconds of the search
    alone; `fresh`: CPU seconds of a search in fresh memory; `compile`: CPU seconds of LLVM or
    gcc; `process` and `process_cpu`: seconds of the whole process, gcc not counted (0: not
    measured); `memory`: bytes for the search."""

    name: str
    wall: float
    cpu: float
    fresh: float
    compile: float
    process: float
    process_cpu: float
    memory: float


@dataclass(frozen=True, slots=True)
class Row:
    """One instance of a family, and its engines."""

    family: str
    constants: dict[str, int]
    states: int
    transitions: int
    depth: int
    bits: int
    words: int
    engines: list[Engine]

    def engine(self, name: str) -> Engine | None:
        """The engine of that name, if it ran."""
        return next((each for each in self.engines if each.name == name), None)


class _Ours:
    """The runs of one of our engines, in processes of their own."""

    def __init__(self, family: Family, instance: Instance, engine: str, workers: int) -> None:
        self.name = engine if engine == "python" else f"native {workers}"
        self.constants = {name: str(value) for name, value in instance.constants.items()}
        self.family = family
        self.engine = engine
        self.workers = workers
        self.again = 1 if instance.large else AGAIN
        self.found: list[dict[str, Any]] = []
        self.whole: list[Finished] = []

    def run(self, folder: Path) -> None:
        """Explore once more, and run the command once more."""
        request = {
            "spec": str(self.family.spec), "constants": self.constants, "engine": self.engine,
            "workers": self.workers, "again": self.again,
        }  # fmt: skip
        module = "tests.benchmarks.once"
        printed = finished([sys.executable, "-m", module, json.dumps(request)], ROOT).printed
        self.found.append(json.loads(printed))
        command = [sys.executable, "-m", "model_check", str(self.family.spec)]
        command += ["--no-draw", "--no-reason", "--json", "--out", str(folder)]
        # SPIN visits every state, and so do we.
        command += ["--engine", self.engine, "--workers", str(self.workers), "--keep-dead"]
        for name, value in self.constants.items():
            command += ["--set", f"{name}={value}"]
        self.whole.append(finished(command, ROOT))

    def counted(self) -> tuple[int, int]:
        """States and transitions. Raises BenchmarkError where a verdict is unexpected or
        two runs differ."""
        for found in self.found:
            if found["wrong"]:
                raise BenchmarkError(
                    f"{self.name}: {', '.join(found['wrong'])} has another verdict"
                )
        counts = {(found["states"], found["transitions"]) for found in self.found}
        for whole in self.whole:
            space = json.loads(whole.printed)["space"]
            counts.add((space["states"], space["transitions"]))
        return _one(counts, self.name)

    def best(self) -> Engine:
        """The best of all runs."""
        fresh = [found["searches"][0] for found in self.found]
        warm = [each for found in self.found for each in found["searches"][1:]] or fresh
        return Engine(
            self.name,
            wall=min(each["wall"] for each in warm),
            cpu=min(each["cpu"] for each in warm),
            fresh=min(each["cpu"] for each in fresh),
            compile=min(found["compile"] for found in self.found),
            process=min(each.wall for each in self.whole),
            process_cpu=min(each.cpu for each in self.whole),
            memory=min(found["memory"] for found in self.found),
        )


class _Spin:
    """The runs of SPIN's verifier."""

    name = "spin"

    def __init__(self, family: Family, instance: Instance, folder: Path) -> None:
        self.built = spin.build(family, instance, folder)
        self.found: list[spin.SpinRun] = []

    def run(self, states: int) -> None:
        self.found.append(self.built.run(states))

    def check(self, states: int, transitions: int) -> None:
        """Raises BenchmarkError where SPIN counted something else, or found an error."""
        # SPIN prints eight digits, and counts how it reaches the initial state.
        expected = (f"{states:.8g}", f"{transitions + 1:.8g}", 0)
        for each in self.found:
            counted = (each.states, each.transitions, each.errors)
            if counted != expected:
                raise BenchmarkError(
                    "SPIN and the spec DISAGREE: states, transitions + 1 and errors are\n"
                    f"  {' '.join(map(str, counted))} in SPIN, and\n"
                    f"  {' '.join(map(str, expected))} here"
                )

    def best(self) -> Engine:
        """The best of all runs."""
        cpu = min(each.whole.cpu for each in self.found)
        return Engine(
            self.name,
            # All that the verifier does is search; its own clock has hundredths only.
            wall=min(each.whole.wall for each in self.found),
            cpu=cpu,
            fresh=cpu,
            compile=self.built.gcc,
            process=min(each.whole.wall for each in self.found),
            process_cpu=cpu,
            memory=min(each.memory for each in self.found),
        )


def _one(counts: Iterable[tuple[int, int]], name: str) -> tuple[int, int]:
    different = sorted(set(counts))
    if len(different) != 1:
        raise BenchmarkError(f"{name} runs DISAGREE: states and transitions are {different}")
    return different[0]


def measured(family: Family, instance: Instance, rounds: int, tell: Callable[[str], None]) -> Row:
    """Run every engine `rounds` times, in turns. Raises BenchmarkError where they disagree,
    or one takes too long.

    `tell` is told what runs now.
    """
    first = _Ours(family, instance, "native", 1)
    ours = [first]
    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "out"
        built = Path(name) / "spin"
        built.mkdir()
        tell("native 1, run 1")
        first.run(out)
        states, transitions = first.counted()
        if states <= PORTABLE_UP_TO:
            ours.insert(0, _Ours(family, instance, "python", 1))
        if not instance.large:
            ours.append(_Ours(family, instance, "native", 2))
        theirs = _Spin(family, instance, built) if spin.is_here() else None
        for number in range(1, rounds + 1):
            for each in ours:
                if each is not first or number > 1:
                    tell(f"{each.name}, run {number} of {rounds}")
                    each.run(out)
            if theirs is not None:
                tell(f"spin, run {number} of {rounds}")
                theirs.run(states)
    counts = {each.name: each.counted() for each in ours}
    if len(set(counts.values())) != 1:
        raise BenchmarkError(f"engines DISAGREE: states and transitions are {counts}")
    engines = [each.best() for each in ours]
    if theirs is not None:
        theirs.check(states, transitions)
        engines.append(theirs.best())
    found = first.found[0]
    return Row(
        family.name, dict(instance.constants), states, transitions, found["depth"],
        found["bits"], found["words"], engines,
    )  # fmt: skip

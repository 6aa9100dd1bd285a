"""What reductions leave of a space, beside SPIN with and without its own.

Of each instance: the check without reductions (its states and transitions are SPIN's), by the order
of steps alone, by symmetry alone, and by both, from the first state on; as it is by default, where
a space must be large before something is left out; and SPIN's verifier, without reductions and with
partial order reduction. All checks must find the same verdicts, the same lengths of what is shown,
and the same endings.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from . import spin
from .families import REDUCED, Family, Instance
from .figures import tools
from .processes import BenchmarkError, finished
from .rows import ROOT
from .tables import times

__all__ = [
    "FILE", "TITLES", "Reductions", "Run", "Space", "is_kept", "keep", "measured", "read", "told",
    "written",
]  # fmt: skip

FILE = ROOT / "docs" / "reductions.json"
WAYS = {
    "whole": "none", "order": "order", "symmetry": "symmetry", "both": "auto", "default": "auto"
}  # fmt: skip
"""What is called so here, by what is asked of the search."""
TITLES = {
    "whole": "whole",
    "order": "by order",
    "symmetry": "by symmetry",
    "both": "by both",
    "default": "by default",
    "spin whole": "SPIN, whole",
    "spin": "SPIN, by order",
}
DIGITS = 4


@dataclass(frozen=True, slots=True)
class Run:
    """One way to search, the best of its runs: what was visited, and what that took. `wall` and
    `cpu`: seconds, ours with compiling and verdicts, SPIN's without `compile`, the CPU seconds of
    gcc; `memory`: bytes for it."""

    name: str
    states: int
    transitions: int
    wall: float
    cpu: float
    compile: float
    memory: float


@dataclass(frozen=True, slots=True)
class Space:
    """One instance of a family, and the ways in which it was searched."""

    family: str
    constants: dict[str, int]
    runs: list[Run]

    def run(self, name: str) -> Run | None:
        """The way of that name, if it was gone."""
        return next((each for each in self.runs if each.name == name), None)

    @property
    def states(self) -> int:
        """Of the whole space."""
        return self.runs[0].states


@dataclass(frozen=True, slots=True)
class Reductions:
    """What was measured, and with what: names and versions."""

    measured_with: dict[str, str]
    spaces: list[Space]


# --- measuring ------------------------------------------------------------------------------------


def measured(family: Family, instance: Instance, rounds: int, tell: Callable[[str], None]) -> Space:
    """Search an instance in every way, `rounds` times each, in turns. Raises BenchmarkError where
    two do not find the same. `tell` is told what runs now."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in WAYS}
    for number in range(1, rounds + 1):
        for name, way in WAYS.items():
            tell(f"{family.name} {instance}, {TITLES[name]}, run {number} of {rounds}")
            found[name].append(_checked(family, instance, way, at_once=name != "default"))
    _agree(found)
    runs = [_best(name, each) for name, each in found.items()]
    if spin.is_here():
        runs += _of_spin(family, instance, runs[0], rounds, tell)
    return Space(family.name, dict(instance.constants), runs)


def _checked(family: Family, instance: Instance, way: str, *, at_once: bool) -> dict[str, Any]:
    """One check, in a process of its own; `at_once`: nothing is searched whole before."""
    request = {
        "spec": str(family.spec),
        "constants": {name: str(value) for name, value in instance.constants.items()},
        "reduce": way,
        "at once": at_once,
    }
    module = "tests.benchmarks.reduced_once"
    printed = finished([sys.executable, "-m", module, json.dumps(request)], ROOT).printed
    checked: dict[str, Any] = json.loads(printed)
    return checked


def _agree(found: dict[str, list[dict[str, Any]]]) -> None:
    """Raises BenchmarkError where two ways did not find the same."""
    (whole, *_) = found["whole"]
    for name, runs in found.items():
        for each in runs:
            for what in ("verdicts", "steps", "endings"):
                if each[what] != whole[what]:
                    raise BenchmarkError(
                        f"{TITLES[name]}: other {what}\n  {each[what]}, whole\n  {whole[what]}"
                    )
            if each["states"] > whole["states"]:
                raise BenchmarkError(f"{TITLES[name]}: more states than the whole space has")


def _best(name: str, runs: list[dict[str, Any]]) -> Run:
    counts = {(each["states"], each["transitions"]) for each in runs}
    if len(counts) != 1:
        raise BenchmarkError(f"{TITLES[name]}: runs DISAGREE, {sorted(counts)}")
    (states, transitions), *_ = counts
    wall, cpu, memory = (min(run[of] for run in runs) for of in ("wall", "cpu", "memory"))
    return Run(name, states, transitions, wall, cpu, 0.0, memory)


def _of_spin(
    family: Family, instance: Instance, ours: Run, rounds: int, tell: Callable[[str], None]
) -> Iterator[Run]:
    """SPIN without its reduction, which must visit what we do, and with it."""
    for name, whole in (("spin whole", True), ("spin", False)):
        with tempfile.TemporaryDirectory() as folder:
            built = spin.build(family, instance, Path(folder), whole=whole)
            tell(f"{family.name} {instance}, {TITLES[name]}")
            runs = [built.run(ours.states)]
            visited = int(float(runs[0].states))
            if visited < ours.states or rounds > 1:
                # Its table should be as large as what it visits asks for.
                runs = [built.run(visited) for _ in range(rounds)]
        best = min(runs, key=lambda each: each.whole.cpu)
        if best.errors:
            raise BenchmarkError(f"{TITLES[name]}: it finds an error in {family.name}")
        counted = (best.states, best.transitions)
        expected = (f"{ours.states:.8g}", f"{ours.transitions + 1:.8g}")
        if whole and counted != expected:
            raise BenchmarkError(f"SPIN and the spec DISAGREE: {counted} and {expected}")
        yield Run(
            name, visited, int(float(best.transitions)), best.whole.wall, best.whole.cpu,
            built.gcc, best.memory,
        )  # fmt: skip


def told(space: Space) -> Iterator[str]:
    """The lines of what was measured of an instance."""
    constants = " ".join(f"{name}={value}" for name, value in space.constants.items())
    yield f"{space.family} {constants}"
    heads = ("states", "fewer", "transitions", "CPU", "clock", "memory")
    yield f"  {'':16}" + "".join(f"{head:>13}" for head in heads)
    for run in space.runs:
        cpu = f"{run.cpu:.2f} s"
        cells = (
            f"{run.states:,}", f"{times(space.states / run.states)} x", f"{run.transitions:,}", cpu,
            f"{run.wall:.2f} s", f"{run.memory / (1 << 20):,.0f} MB",
        )  # fmt: skip
        gcc = f"  and gcc {run.compile:.2f} s" if run.compile else ""
        yield f"  {TITLES[run.name]:16}" + "".join(f"{cell:>13}" for cell in cells) + gcc


# --- figures --------------------------------------------------------------------------------------


def kept() -> list[Space]:
    """What the file holds, if it was measured with what is here."""
    if not FILE.exists():
        return []
    figures = read(FILE.read_text(encoding="utf-8"))
    return figures.spaces if figures.measured_with == tools() else []


def is_kept(family: Family, instance: Instance) -> bool:
    """Whether the file holds this instance already."""
    return any(
        (each.family, each.constants) == (family.name, instance.constants) for each in kept()
    )


def keep(space: Space) -> None:
    """Write what was measured of an instance to the file, beside what it holds."""
    order = [family.name for family in REDUCED]
    others = [e for e in kept() if (e.family, e.constants) != (space.family, space.constants)]
    every = sorted([*others, space], key=lambda each: (order.index(each.family), each.states))
    FILE.write_text(written(Reductions(tools(), every)), encoding="utf-8")


def written(figures: Reductions) -> str:
    """The figures as JSON; times and sizes have four digits, which is more than they are worth."""
    document = asdict(figures)
    for space in document["spaces"]:
        for run in space["runs"]:
            for name in ("wall", "cpu", "compile", "memory"):
                run[name] = float(f"{run[name]:.{DIGITS}g}")
    return json.dumps(document, indent=1) + "\n"


def read(text: str) -> Reductions:
    """Figures that were written."""
    document = json.loads(text)
    spaces = [
        Space(each["family"], each["constants"], [Run(**run) for run in each["runs"]])
        for each in document["spaces"]
    ]
    return Reductions(document["measured_with"], spaces)

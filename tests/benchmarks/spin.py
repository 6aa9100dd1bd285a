"""SPIN on the Promela twin of a spec, where `spin` and `gcc` are on PATH.

Safety only, optimized by gcc. Without reductions, `-DSAFETY -DNOREDUCE -DNOFAIR`, that is an exact
search of every state, as ours; without `-DNOREDUCE`, SPIN leaves out what its partial order
reduction can.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from .families import Family, Instance
from .processes import BenchmarkError, Finished, finished

__all__ = ["Built", "SpinRun", "build", "is_here"]

OPTIONS = ("-O3", "-DSAFETY", "-DNOFAIR")
WHOLE = "-DNOREDUCE"
MEMORY = 16_000
"""Megabytes that the verifier may take."""
SMALLEST_TABLE = 20
"""log2 of the slots of the smallest hash table."""


def is_here() -> bool:
    """Whether SPIN can be run."""
    return shutil.which("spin") is not None and shutil.which("gcc") is not None


@dataclass(frozen=True, slots=True)
class SpinRun:
    """What one verifier run counted and took. `states` and `transitions` as it prints them:
    eight digits at most, and the initial state is one transition more. `memory`: bytes by
    its own account."""

    states: str
    transitions: str
    errors: int
    memory: float
    whole: Finished


@dataclass(frozen=True, slots=True)
class Built:
    """A verifier, compiled in `folder` for one instance, and the CPU seconds `gcc` took."""

    folder: Path
    longest: int
    gcc: float

    def run(self, states: int) -> SpinRun:
        """Search; the table has room for so many `states`, and more. Raises BenchmarkError
        where the search does not reach its end."""
        table = max(SMALLEST_TABLE, states.bit_length() + 1)
        whole = finished(["./pan", f"-m{self.longest}", f"-w{table}"], self.folder)
        told = whole.printed
        for trouble in ("max search depth too small", "out of memory", "Search not completed"):
            if trouble in told:
                raise BenchmarkError(f"SPIN did not search everything: {trouble}\n{told}")
        return SpinRun(
            _found(r"(\S+) states, stored", told),
            _found(r"(\S+) transitions \(", told),
            int(_found(r"errors: (\d+)", told)),
            float(_found(r"(\S+)\s+total actual memory usage", told)) * (1 << 20),
            whole,
        )


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if match is None:
        raise BenchmarkError(f"SPIN did not tell {pattern!r}:\n{text}")
    return match[1]


def build(family: Family, instance: Instance, folder: Path, *, whole: bool = True) -> Built:
    """Make and compile the verifier of an instance in an empty folder; `whole`: one that visits
    every state."""
    options = (*OPTIONS, WHOLE) if whole else OPTIONS
    defines = [f"-D{name}={value}" for name, value in instance.constants.items()]
    finished(["spin", "-a", *defines, str(family.promela)], folder)
    compiled = finished(["gcc", *options, f"-DMEMLIM={MEMORY}", "-o", "pan", "pan.c"], folder)
    return Built(folder, instance.longest, compiled.cpu)

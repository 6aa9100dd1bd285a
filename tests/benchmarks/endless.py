"""What judging runs without an end takes, beside exploring the same space in the same process.

    python -m tests.benchmarks.endless '{"spec": PATH, "constants": {}}'

CPU time of one thread, compiling included: native code explores, finds the transitions again and
judges. Memory is what the process had at its peak, less what it had when the space was explored.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from model_check.budget.memory import memory_in_use
from model_check.explore.search import SearchOptions, explore
from model_check.language import load
from model_check.verify.verdicts import judge

from .families import HERE
from .processes import BenchmarkError, finished, peak_of

__all__ = ["Judged", "endless"]

QUICK = (("peterson-served", {"WORKERS": "4"}), ("philosophers", {"SEATS": "9"}))
FULL = (("peterson-served", {"WORKERS": "5"}), ("philosophers", {"SEATS": "13"}))


@dataclass(frozen=True, slots=True)
class Judged:
    """Seconds of CPU time for each half, and the bytes that the second one took."""

    states: int
    transitions: int
    exploring: float
    judging: float
    memory: int


def judged(spec: Path, constants: Mapping[str, str]) -> Judged:
    """Explore and judge one spec. Raises BenchmarkError where a verdict is unexpected."""
    checked = load(spec, constants)
    start = time.process_time()
    options = SearchOptions(engine="native", workers=1, forget_from=None)
    space = explore(checked, options=options)
    explored, before = time.process_time(), memory_in_use() or 0
    wrong = [each.name for each in judge(space).results if not each.as_expected]
    over = time.process_time()
    if wrong or not space.complete:
        raise BenchmarkError(f"{spec.stem}: {', '.join(wrong)} has another verdict")
    peak = peak_of(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    return Judged(
        len(space.states), space.transitions, explored - start, over - explored, peak - before
    )


def endless(*, quick: bool) -> None:
    """Print one row a spec."""
    heads = f"{'runs without an end':28} {'states':>11} {'transitions':>12}"
    print(f"{heads} {'exploring':>10} {'judging':>9} {'ratio':>6} {'bytes/transition':>17}")
    for name, constants in QUICK if quick else FULL:
        request = {"spec": str(HERE / f"{name}.yaml"), "constants": constants}
        command = [sys.executable, "-m", "tests.benchmarks.endless", json.dumps(request)]
        found = Judged(**json.loads(finished(command, HERE.parent.parent).printed))
        title = f"{name} " + " ".join(f"{key}={value}" for key, value in constants.items())
        print(
            f"{title:28} {found.states:11,} {found.transitions:12,} {found.exploring:8.2f} s"
            f" {found.judging:7.2f} s {found.judging / found.exploring:6.2f}"
            f" {found.memory / found.transitions:17.1f}"
        )
    print()


def main(request: Mapping[str, Any]) -> None:
    print(json.dumps(asdict(judged(Path(request["spec"]), request["constants"]))))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))

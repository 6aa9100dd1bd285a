"""What a second run spares because LLVM compiled the spec in the first one: CPU time of whole
commands, each beside the first run on an empty cache, as the ratio of the two."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model_check.cache import CACHE_SWITCH

from .families import HERE
from .processes import BenchmarkError, Finished, finished

__all__ = ["second_runs"]

ROUNDS = 5
SPECS = HERE.parent.parent / "specs"
SEARCHES: list[tuple[Path, dict[str, str]]] = [
    (SPECS / "legacy.yaml", {}),
    (SPECS / "legacy-two-nodes.yaml", {}),
    (HERE / "fix-both-three-gateways.yaml", {}),
    (HERE / "pubsub.yaml", {"CHUNKS": "2", "GATEWAYS": "2", "RECONNECTS": "1"}),
    (HERE / "philosophers.yaml", {"SEATS": "7"}),
]
TIMES = frozenset({"seconds"})
"""Keys of a result that differ from run to run."""


def second_runs(*, quick: bool) -> None:
    """Print one row a spec. Raises BenchmarkError where two runs find anything different."""
    print(f"{'spec':48} {'states':>9} {'first':>8} {'second':>8} {'ratio':>6}  CPU time")
    for path, constants in SEARCHES[:2] if quick else SEARCHES:
        pairs = [_pair(path, constants) for _ in range(1 if quick else ROUNDS)]
        firsts, seconds = zip(*((first.cpu, second.cpu) for first, second in pairs), strict=True)
        ratio = statistics.median(
            second / first for first, second in zip(firsts, seconds, strict=True)
        )
        states = json.loads(pairs[0][0].printed)["space"]["states"]
        name = path.stem + "".join(f" {k}={v}" for k, v in constants.items())
        first, second = statistics.median(firsts), statistics.median(seconds)
        print(f"{name:48} {states:9,} {first:6.2f} s {second:6.2f} s {ratio:6.2f}", flush=True)
    print()


def _pair(path: Path, constants: Mapping[str, str]) -> tuple[Finished, Finished]:
    """A run of a user who never ran anything, and the same again."""
    with tempfile.TemporaryDirectory() as folder:
        sets = [word for name, value in constants.items() for word in ("--set", f"{name}={value}")]
        command = [
            sys.executable, "-m", "model_check", str(path), *sets, "--engine", "native",
            "--workers", "1", "--no-draw", "--no-reason", "--json", "--out", f"{folder}/out",
        ]  # fmt: skip
        cache = {"XDG_CACHE_HOME": f"{folder}/cache", CACHE_SWITCH: "on"}
        first, second = (finished(command, SPECS.parent, cache, codes=(0, 1)) for _ in range(2))
    if _found(first) != _found(second):
        raise BenchmarkError(f"{path.name}: two runs found different things")
    return first, second


def _found(run: Finished) -> Any:
    return _without_times(json.loads(run.printed))


def _without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_times(each) for k, each in value.items() if k not in TIMES}
    return [_without_times(each) for each in value] if isinstance(value, list) else value

"""What it costs to explore a space on disk that has no room in memory: beside a search in memory.

Both are commands of a user, one after the other: the same spec, with the same number of threads.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .families import HERE
from .processes import BenchmarkError, Finished, finished

__all__ = ["on_disk"]

SPEC = HERE / "pubsub.yaml"
FULL = {"CHUNKS": "4", "GATEWAYS": "2", "RECONNECTS": "4"}
"""A hundred million states ..."""
QUICK = {"CHUNKS": "4", "GATEWAYS": "2", "RECONNECTS": "2"}
"""... and eighteen."""
LIMITS = {True: "300MB", False: "1GB"}
LEAST = 1 / 3
"""Of the speed in memory."""
GIGABYTE = 1 << 30


def on_disk(*, quick: bool, workers: int = 2) -> None:
    """Print a row. Raises BenchmarkError where the two find anything different."""
    constants, limit = QUICK if quick else FULL, LIMITS[quick]
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        memory = _explored(constants, workers, folder)
        disk = _explored(
            constants, workers, folder, "--disk", f"{folder}/disk", "--max-memory", limit
        )
        taken = sum(each.stat().st_size for each in Path(folder, "disk").iterdir())
    one, two = _found(memory), _found(disk)
    if one != two:
        raise BenchmarkError(f"on disk it found {two}, and in memory {one}")
    print(f"{one['states']:,} states of the chat, {workers} threads, --max-memory {limit} on disk")
    for name, run in (("in memory", memory), ("on disk", disk)):
        speed = one["states"] / run.wall
        print(
            f"  {name:9} {run.wall:7.1f} s {run.cpu:7.1f} s of CPU {run.peak / GIGABYTE:5.2f} GB"
            f" {speed:12,.0f} states/s"
        )
    ratio = memory.wall / disk.wall
    print(
        f"  {ratio:.2f} times the speed in memory; {taken / GIGABYTE:.2f} GB of files\n", flush=True
    )
    if ratio < LEAST:
        print(f"  that is less than {LEAST:.2f}: is the machine busy?", file=sys.stderr)


def _explored(constants: Mapping[str, str], workers: int, folder: str, *more: str) -> Finished:
    sets = [word for name, value in constants.items() for word in ("--set", f"{name}={value}")]
    command = [
        sys.executable, "-m", "model_check", str(SPEC), *sets, "--engine", "native",
        "--workers", str(workers), "--reduce", "none", "--keep-dead", "--no-draw", "--no-reason",
        "--json", "--out", f"{folder}/out", *more,
    ]  # fmt: skip
    return finished(command, HERE)


def _found(run: Finished) -> dict[str, Any]:
    told = json.loads(run.printed)
    space = {name: told["space"][name] for name in ("states", "transitions", "depth", "complete")}
    return {**space, "verdicts": [(each["name"], each["verdict"]) for each in told["properties"]]}

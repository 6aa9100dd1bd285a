"""What it costs to explore a space on disk that has no room in memory, and to judge runs without an
end whose transitions have none: beside the same in memory.

All are commands of a user, one after the other: the same spec, with the same number of threads.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from model_check.errors import EXIT_UNDETERMINED

from .families import HERE
from .processes import BenchmarkError, Finished, finished

__all__ = ["judged_on_disk", "on_disk"]

SPEC = HERE / "pubsub.yaml"
FULL = {"CHUNKS": "4", "GATEWAYS": "2", "RECONNECTS": "4"}
"""A hundred million states ..."""
QUICK = {"CHUNKS": "4", "GATEWAYS": "2", "RECONNECTS": "2"}
"""... and eighteen."""
ENDLESS = HERE / "philosophers.yaml"
SEATS = {True: "11", False: "12"}
"""About a million states with ten million transitions, and four times as many."""
ENDLESS_LIMITS = {True: "180MB", False: "300MB"}
LIMITS = {True: "300MB", False: "1GB"}
LEAST = 1 / 3
"""Of the speed in memory."""
GIGABYTE = 1 << 30


def on_disk(*, quick: bool, workers: int = 2) -> None:
    """Print a row. Raises BenchmarkError where the two find anything different."""
    constants, limit = QUICK if quick else FULL, LIMITS[quick]
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        asked = (SPEC, constants, workers, folder)
        memory = _explored(*asked)
        disk = _explored(*asked, "--disk", f"{folder}/disk", "--max-memory", limit)
        taken = sum(each.stat().st_size for each in Path(folder, "disk").iterdir())
    one, two = _found(memory), _found(disk)
    if one != two:
        raise BenchmarkError(f"on disk it found {two}, and in memory {one}")
    print(f"{one['states']:,} states of the chat, {workers} threads, --max-memory {limit} on disk")
    for name, run in (("in memory", memory), ("on disk", disk)):
        print(f"  {name:9} {_cost(run)} {one['states'] / run.wall:12,.0f} states/s")
    ratio = memory.wall / disk.wall
    print(
        f"  {ratio:.2f} times the speed in memory; {taken / GIGABYTE:.2f} GB of files\n", flush=True
    )
    if ratio < LEAST:
        print(f"  that is less than {LEAST:.2f}: is the machine busy?", file=sys.stderr)


def judged_on_disk(*, quick: bool, workers: int = 2) -> None:
    """Print what a property of endless runs takes with as much memory as there is, with too little
    of it, and with so little and a disk. Raises BenchmarkError where it is not decided, or is where
    memory has no room."""
    constants, limit = {"SEATS": SEATS[quick]}, ENDLESS_LIMITS[quick]
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        scarce = ("--max-memory", limit)
        runs = {
            how: _explored(ENDLESS, constants, workers, folder, *more, codes=(0, EXIT_UNDETERMINED))
            for how, more in (
                ("in memory", ()), (f"with {limit}", scarce),
                (f"with {limit} and a disk", (*scarce, "--disk", f"{folder}/disk")),
            )
        }  # fmt: skip
    found = [_found(each) for each in runs.values()]
    told = [dict(each["verdicts"])["nobody_starves"] for each in found]
    if told != ["holds", "undetermined", "holds"] or found[0] != found[2]:
        raise BenchmarkError(f"nobody_starves: {', '.join(told)}")
    print(f"{found[0]['states']:,} states and {found[0]['transitions']:,} transitions, judged")
    for (how, run), verdict in zip(runs.items(), told, strict=True):
        print(f"  {how:23} {_cost(run)} {verdict}", flush=True)
    print()


def _cost(run: Finished) -> str:
    return f"{run.wall:7.1f} s {run.cpu:7.1f} s of CPU {run.peak / GIGABYTE:5.2f} GB"


def _explored(
    spec: Path,
    constants: Mapping[str, str],
    workers: int,
    folder: str,
    *more: str,
    codes: Collection[int] = (0,),
) -> Finished:
    sets = [word for name, value in constants.items() for word in ("--set", f"{name}={value}")]
    command = [
        sys.executable, "-m", "model_check", str(spec), *sets, "--engine", "native",
        "--workers", str(workers), "--reduce", "none", "--keep-dead", "--no-draw", "--no-reason",
        "--json", "--out", f"{folder}/out", *more,
    ]  # fmt: skip
    return finished(command, HERE, codes=codes)


def _found(run: Finished) -> dict[str, Any]:
    told = json.loads(run.printed)
    space = {name: told["space"][name] for name in ("states", "transitions", "depth", "complete")}
    return {**space, "verdicts": [(each["name"], each["verdict"]) for each in told["properties"]]}

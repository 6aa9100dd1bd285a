"""`uv run python -m tests.benchmarks.live`: real runs in number, on every server that is here.

Every line must say what it says on the right; it exits with 1 where one does not.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path

from model_check.explore.space import Space
from model_check.language import load
from model_check.live.brokers.server import Server, installed, own_server
from model_check.live.runs.follow import written_of
from model_check.live.runs.replaying import replay_schedules, replay_trace, run_live
from model_check.results.check import Trace
from model_check.verify.checking import check_spec

SPECS = Path(__file__).parent.parent.parent / "specs"
LOSING = (
    "legacy", "fix-subscribe-first", "fix-append-first", "fix-read-twice", "fix-stream-dollar",
)  # fmt: skip
HOLDING = ("fix-both", "fix-atomic", "fix-stream")
TIMES = 100
SCHEDULES = 200
PATIENCE = 5.0
STARTS = 5
"""Whole commands, of which the fastest is told."""


def explored(name: str) -> tuple[Space, dict[str, Trace]]:
    """A spec's space, and its traces by property."""
    space, judgement = check_spec(load(SPECS / f"{name}.yaml", {}))
    return space, {r.name: r.trace for r in judgement.results if r.trace is not None}


def losses(name: str, server: Server) -> bool:
    """Replay the trace that loses chunk 7; whether it did every time."""
    space, traces = explored(name)
    start = time.perf_counter()
    written = written_of(traces["no_loss"])
    found = run_live(replay_trace(space, written, server, times=TIMES, patience=PATIENCE))
    seconds = time.perf_counter() - start
    (screen,) = found.screens
    ticked = sum(line.ticked for line in screen.checklist)
    print(
        f"{name:20} lost {screen.missing} {found.same} of {found.times} times,"
        f" {ticked} of 6 lines ticked, {seconds:.1f} s"
    )
    reproduced = found.disagreement is None and found.same == found.times == TIMES
    return reproduced and screen.missing == (7,) and ticked == 6


def nothing_lost(name: str, server: Server) -> bool:
    """Replay complete schedules of a fix; whether none loses anything."""
    space, _ = explored(name)
    found = run_live(replay_schedules(space, server, number=SCHEDULES, patience=PATIENCE))
    print(
        f"{name:20} {found.done} schedules, {found.losing} lose,"
        f" {found.taken:,} of {found.transitions:,} transitions, {found.seconds:.1f} s"
    )
    return found.disagreement is None and (found.done, found.losing) == (SCHEDULES, 0)


def whole_command() -> None:
    """How long `model-check replay` of legacy takes with everything: Python's start, the search,
    the server's start, the run, and the server's end."""
    walls, cpus = [], []
    for _ in range(STARTS):
        start, used = time.perf_counter(), _cpu()
        subprocess.run(
            [sys.executable, "-m", "model_check", "replay", SPECS / "legacy.yaml"],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        walls.append(time.perf_counter() - start)
        cpus.append(_cpu() - used)
    print(f"model-check replay specs/legacy.yaml: {min(walls):.1f} s, {min(cpus):.1f} s of CPU")


def _cpu() -> float:
    """Seconds that processes of ours that have ended were computing."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> int:
    """All of it on each server; the exit code."""
    right = True
    whole_command()
    for program in installed():
        with own_server(program) as server:
            print(f"\n{server.name}")
            for name in LOSING:
                right &= losses(name, server)
            for name in HOLDING:
                right &= nothing_lost(name, server)
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())

"""`uv run python -m tests.benchmarks`: how fast the search is, as ratios in one run.

Machines differ and are noisy, so nothing here is a test and no number is asserted. Each row
is one spec, explored with differences remembered and without (the plain search is the
yardstick of the same run); at the end, what a whole process takes, best of several.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from model_check.explore.search import explore
from model_check.language import load

HERE = Path(__file__).parent
SPECS = HERE.parent.parent / "specs"
RUNS = 5

SEARCHES: list[tuple[Path, dict[str, str]]] = [
    (SPECS / "legacy.yaml", {}),
    (SPECS / "fix-both.yaml", {"TOTAL": "14"}),
    (SPECS / "legacy-reconnect.yaml", {}),
    (SPECS / "legacy-two-nodes.yaml", {}),
    (HERE / "fix-both-three-gateways.yaml", {}),
    (HERE / "fix-both-three-gateways.yaml", {"TOTAL": "4"}),
]
# The plain search of the largest would take a minute and say nothing new.
PLAIN_UP_TO = 500_000

COMMANDS: list[tuple[str, list[str], float]] = [
    ("--help", ["--help"], 0.2),
    ("legacy --no-draw --no-reason", ["specs/legacy.yaml", "--no-draw", "--no-reason"], 0.5),
    ("legacy --no-draw", ["specs/legacy.yaml", "--no-draw"], 3.0),
    ("legacy", ["specs/legacy.yaml"], 3.5),
]


def searches() -> None:
    """Print one row a spec."""
    heads = f"{'spec':36} {'states':>10} {'transitions':>12} {'bits':>5}"
    print(f"{heads} {'states/s':>10} {'plain':>10} ratio")
    for path, constants in SEARCHES:
        spec = load(path, constants)
        space = explore(spec)
        rate = len(space.states) / space.seconds
        plain, ratio = "-", "-"
        if len(space.states) <= PLAIN_UP_TO:
            slow = explore(spec, remember=False)
            plain = f"{len(slow.states) / slow.seconds:,.0f}"
            ratio = f"{slow.seconds / space.seconds:.1f}"
        name = path.stem + "".join(f" {k}={v}" for k, v in constants.items())
        print(
            f"{name:36} {len(space.states):10,} {space.transitions:12,} {space.machine.width:5} "
            f"{rate:10,.0f} {plain:>10} {ratio:>5}"
        )


def commands() -> None:
    """Print how long whole processes take, wall time, best of several, beside the goal."""
    print(f"\n{'command':36} {'best of ' + str(RUNS):>10} {'goal':>8}")
    for name, arguments, goal in COMMANDS:
        times = []
        for _ in range(RUNS):
            start = time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "model_check", *arguments],
                cwd=SPECS.parent, check=True, stdout=subprocess.DEVNULL,
            )  # fmt: skip
            times.append(time.perf_counter() - start)
        print(f"{name:36} {min(times):8.2f} s {goal:6.1f} s")


if __name__ == "__main__":
    searches()
    commands()

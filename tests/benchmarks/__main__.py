"""`uv run python -m tests.benchmarks`: how fast the search is, as ratios in one run.

Machines differ and are noisy, so nothing here is a test and no number is asserted. Each row
is one spec, explored by native code (compiling included), by Python that remembers
differences, and by the plain Python search, which is the yardstick of the same run; at the
end, what a whole process takes, best of several.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from model_check.explore.search import explore
from model_check.explore.space import Space
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
# Python would take a minute for the largest, and say nothing new.
PORTABLE_UP_TO = 500_000

COMMANDS: list[tuple[str, list[str], float]] = [
    ("--help", ["--help"], 0.2),
    ("legacy --no-draw --no-reason", ["specs/legacy.yaml", "--no-draw", "--no-reason"], 0.5),
    ("legacy --no-draw", ["specs/legacy.yaml", "--no-draw"], 3.0),
    ("legacy", ["specs/legacy.yaml"], 3.5),
    ("replay legacy", ["replay", "specs/legacy.yaml"], 2.0),
]


def rate(space: Space) -> float:
    """States a second."""
    return len(space.states) / space.seconds


def searches() -> None:
    """Print one row a spec: native code, Python, and the plain Python search."""
    heads = f"{'spec':36} {'states':>10} {'transitions':>12} {'bits':>5}"
    print(f"{heads} {'native/s':>11} {'Python/s':>9} {'plain/s':>9}  ratios")
    for path, constants in SEARCHES:
        spec = load(path, constants)
        native = explore(spec, engine="native")
        rates = [rate(native)]
        if len(native.states) <= PORTABLE_UP_TO:
            rates.append(rate(explore(spec, engine="python")))
            rates.append(rate(explore(spec, engine="python", remember=False)))
        name = path.stem + "".join(f" {k}={v}" for k, v in constants.items())
        row = f"{name:36} {len(native.states):10,} {native.transitions:12,}"
        told = [f"{each:,.0f}" for each in rates] + ["-"] * (3 - len(rates))
        ratios = " : ".join(f"{each / rates[-1]:.1f}" for each in rates)
        print(f"{row} {native.machine.width:5} {told[0]:>11} {told[1]:>9} {told[2]:>9}  {ratios}")


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

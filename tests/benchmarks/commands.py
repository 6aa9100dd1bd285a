"""The specs of the project, and what whole commands take."""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

from model_check.explore.search import SearchOptions, explore
from model_check.explore.space import Space
from model_check.language import load

from .families import HERE
from .processes import finished

__all__ = ["commands", "specs"]

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
    ("--help", ["--help"], 0.08),
    ("legacy --no-draw --no-reason", ["specs/legacy.yaml", "--no-draw", "--no-reason"], 0.2),
    ("legacy --no-draw", ["specs/legacy.yaml", "--no-draw"], 3.0),
    ("legacy", ["specs/legacy.yaml"], 3.5),
]
BARE = [sys.executable, "-c", "import click, yaml"]
"""Python begins, and reads the two packages without which nothing is read or told."""


def rate(space: Space) -> float:
    """States a second."""
    return len(space.states) / space.seconds


def specs() -> None:
    """Print one row a spec: native code (compiling included), Python that remembers
    differences, and the plain Python search, which is the yardstick."""
    heads = f"{'spec':36} {'states':>10} {'transitions':>12} {'bits':>5}"
    print(f"{heads} {'native/s':>11} {'Python/s':>9} {'plain/s':>9}  ratios")
    for path, constants in SEARCHES:
        spec = load(path, constants)
        native = explore(spec, options=SearchOptions(engine="native", forget_from=None))
        rates = [rate(native)]
        if len(native.states) <= PORTABLE_UP_TO:
            rates.append(
                rate(explore(spec, options=SearchOptions(engine="python", forget_from=None)))
            )
            rates.append(
                rate(
                    explore(
                        spec,
                        options=SearchOptions(engine="python", forget_from=None, remember=False),
                    )
                )
            )
        name = path.stem + "".join(f" {k}={v}" for k, v in constants.items())
        row = f"{name:36} {len(native.states):10,} {native.transitions:12,}"
        told = [f"{each:,.0f}" for each in rates] + ["-"] * (3 - len(rates))
        ratios = " : ".join(f"{each / rates[-1]:.1f}" for each in rates)
        print(f"{row} {native.machine.width:5} {told[0]:>11} {told[1]:>9} {told[2]:>9}  {ratios}")
    print()


def commands() -> None:
    """Print how long whole processes take, wall time, best of several, beside the goal; and CPU
    time as a ratio to the least of what a command could do: see BARE."""
    print(f"{'command':36} {'best of ' + str(RUNS):>10} {'goal':>8} {'ratio':>7}")
    for name, arguments, goal in COMMANDS:
        command = [sys.executable, "-m", "model_check", *arguments]
        pairs = [[finished(each, SPECS.parent) for each in (command, BARE)] for _ in range(RUNS)]
        best = min(run.wall for run, _ in pairs)
        ratio = statistics.median(run.cpu / bare.cpu for run, bare in pairs)
        print(f"{name:36} {best:8.2f} s {goal:6.2f} s {ratio:7.1f}")

"""How fast the search is, beside Python and beside SPIN, as ratios of one run.

    uv run python -m tests.benchmarks [reductions | disk | cluster | likelihood] [--quick]
                                      [--only NAME] [--chart]

With `reductions`, it is measured what the search may leave out, instead: states, time and memory
of the whole space, and of what is left of it, beside SPIN with and without its own reduction.
With `disk`, a space that has no room in memory is explored with --disk, beside the same in memory,
and runs without an end are judged there.

With `cluster`, it is measured what a search in many parts on a Ray of this machine costs.
With `likelihood`, how fast runs are simulated, and what is computed of a loss is held against what
is computed otherwise, and against what real connections lose.

With --chart, each row is written to docs/speed.json (docs/reductions.json) as soon as it is
measured, and what the file holds already is not measured again: a run that was ended goes on
where it was. Delete the file to begin anew.

Machines differ and are noisy, so no time is asserted; what is asserted is that every engine
finds the same states, transitions and verdicts. Exit code 1 where they disagree.
"""

from __future__ import annotations

import argparse
import sys

from . import (
    clusters,
    commands,
    disk,
    endless,
    likely,
    recorded,
    reduction_chart,
    reductions,
    second_runs,
    spin,
)  # fmt: skip
from .chart import refresh
from .families import FAMILIES, REDUCED, Family, Instance
from .figures import is_kept, keep
from .processes import BenchmarkError
from .rows import measured
from .tables import told

ROUNDS = 3
TABLES = ("endless", "specs", "second", "commands")


def main() -> int:
    names = list(dict.fromkeys(family.name for family in (*FAMILIES, *REDUCED)))
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "what",
        nargs="?",
        choices=["speed", "reductions", "disk", "cluster", "likelihood"],
        default="speed",
        help="what is measured",
    )
    parser.add_argument("--quick", action="store_true", help="small sizes, one run of each")
    parser.add_argument("--only", choices=[*names, *TABLES], help="one part of it")
    parser.add_argument(
        "--chart",
        action="store_true",
        help="write docs/speed.json (docs/reductions.json), and what is made of it",
    )
    parser.add_argument("--rounds", type=int, default=0, help=f"runs of each ({ROUNDS})")
    chosen = parser.parse_args()
    if chosen.chart and (chosen.quick or chosen.only in TABLES):
        parser.error("--chart shows the large spaces of the protocols")
    if chosen.chart and not spin.is_here():
        parser.error("--chart shows SPIN as well: spin and gcc must be on PATH")
    if not spin.is_here():
        print("spin and gcc are not both on PATH: nothing is compared with SPIN\n")
    try:
        if chosen.what == "cluster":
            clusters.clusters(quick=chosen.quick)
            return 0
        if chosen.what == "reductions":
            _reductions(chosen)
            return 0
        if chosen.what == "disk":
            disk.on_disk(quick=chosen.quick)
            disk.judged_on_disk(quick=chosen.quick)
            return 0
        if chosen.what == "likelihood":
            likely.likely(quick=chosen.quick)
            recorded.recorded(quick=chosen.quick)
            return 0
        for family in FAMILIES:
            if chosen.only in (None, family.name):
                for instance in family.quick if chosen.quick else family.full:
                    if not chosen.chart or not is_kept(family, instance):
                        _measure(family, instance, chosen)
        if chosen.chart:
            for path in refresh():
                print(f"wrote {path}")
            return 0
        if chosen.only in (None, "endless"):
            endless.endless(quick=chosen.quick)
        if chosen.only in (None, "specs"):
            commands.specs()
        if chosen.only in (None, "second"):
            second_runs.second_runs(quick=chosen.quick)
        if chosen.only in (None, "commands"):
            commands.commands()
    except BenchmarkError as error:
        _now("")
        print(f"\nFAILED\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _measure(family: Family, instance: Instance, chosen: argparse.Namespace) -> None:
    rounds = 1 if chosen.quick or instance.large else chosen.rounds or ROUNDS
    row = measured(family, instance, rounds, _now)
    _now("")
    print("\n".join(told(row)) + "\n", flush=True)
    if chosen.chart:
        keep(row)


def _reductions(chosen: argparse.Namespace) -> None:
    for family in REDUCED:
        if chosen.only in (None, family.name):
            for instance in family.quick if chosen.quick else family.full:
                if chosen.chart and reductions.is_kept(family, instance):
                    continue
                rounds = 1 if chosen.quick or instance.large else chosen.rounds or ROUNDS
                space = reductions.measured(family, instance, rounds, _now)
                _now("")
                print("\n".join(reductions.told(space)) + "\n", flush=True)
                if chosen.chart:
                    reductions.keep(space)
    if chosen.chart:
        for path in reduction_chart.refresh():
            print(f"wrote {path}")


def _now(what: str) -> None:
    """Say on a terminal what runs now."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{what}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())

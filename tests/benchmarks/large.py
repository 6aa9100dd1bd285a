"""A hundred million states of two words on one core: how long that takes, and how much memory.

    uv run python -m tests.benchmarks.large [--count 100]

One figure of this machine, measured once; nothing is asserted of it but the number of states.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time

from model_check.explore.limits import Limits
from model_check.explore.search import SearchOptions, explore
from model_check.language import load

from .families import HERE

__all__ = ["main"]

COUNTERS = 4
MEGABYTE = 1 << 20
MOST = 16 << 30
"""Bytes that the search may take."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.large", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--count", type=int, default=100, help="places of each of four counters")
    count: int = parser.parse_args().count
    spec = load(HERE / "counters.yaml", {"COUNT": str(count)})
    options = SearchOptions(engine="native", workers=1, forget_from=None)
    begun, cpu = time.monotonic(), time.process_time()
    space = explore(spec, Limits(max_states=1 << 31, max_memory=MOST), options=options)
    seconds, used = time.monotonic() - begun, time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 // MEGABYTE
    print(
        f"{len(space.states):,} states, {space.transitions:,} transitions,"
        f" {space.program.machine.width} bits each: {seconds:.1f} s ({used:.1f} s of CPU),"
        f" {memory:,} MB at most"
    )
    if space.stopped or len(space.states) != count**COUNTERS:
        print(f"expected {count**COUNTERS:,} states {space.stopped}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Hold every kind against the real thing, on random sequences of commands.

    uv run python -m tests.fuzz.kinds [--sequences 5000] [--only redis.list] [--first SEED]
    uv run python -m tests.fuzz.kinds --mistakes

Several clients call any command of a kind with random arguments: on the machine that every
engine reads, and on Redis and Valkey (those that are installed), on a WebSocket, on an
asyncio.Queue. Every answer, who has to wait, and what is stored in the end must be the same.
`--mistakes` puts known mistakes into the kinds instead, and tells how soon each is found. Exit
code 1 where a kind differs, or a mistake is not found.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from model_check.live.brokers.access import EVERYBODY
from model_check.live.brokers.server import Server, installed, own_server

from .compare import compare
from .mistakes import MISTAKES, planted
from .subject import SUBJECTS

MISTAKE_SEQUENCES = 10_000
"""Sequences in which a mistake must be found."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.kinds", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--sequences", type=int, default=5000, help="of each kind (5000)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (0)")
    parser.add_argument("--only", choices=SUBJECTS, help="one kind")
    parser.add_argument("--mistakes", action="store_true", help="find known mistakes")
    asked = parser.parse_args()
    names = [asked.only] if asked.only else list(SUBJECTS)
    seeds = range(asked.first, asked.first + asked.sequences)
    with ExitStack() as stack:
        servers = [stack.enter_context(own_server(each, access=EVERYBODY)) for each in installed()]
        print(f"on {', '.join(each.name for each in servers)}", flush=True)
        if asked.mistakes:
            return 1 if [m for m in MISTAKES if not _is_found(m.name, servers)] else 0
        return 1 if [name for name in names if not _is_alike(name, servers, seeds)] else 0


def _is_alike(name: str, servers: Sequence[Server], seeds: range) -> bool:
    start = time.perf_counter()
    found = compare(name, servers, seeds, _now(name))
    _now("")(0)
    if found.difference is not None:
        print(f"\n{found.difference}\n", flush=True)
        return False
    seconds = time.perf_counter() - start
    late = sum(n for what, n in found.commands.items() if what.endswith(" late"))
    held = sum(n for what, n in found.commands.items() if what.endswith(" waits"))
    print(
        f"{name:13} {found.sequences:,} sequences alike: {found.commands.total():,} commands,"
        f" {held:,} had to wait, {late:,} of them were answered later; {seconds:.0f} s",
        flush=True,
    )
    return True


def _is_found(name: str, servers: Sequence[Server]) -> bool:
    (mistake,) = (each for each in MISTAKES if each.name == name)
    with planted(mistake):
        found = compare(mistake.subject, servers[:1], range(MISTAKE_SEQUENCES))
    if found.difference is None:
        print(f"NOT FOUND: {name} ({mistake.subject})", flush=True)
        return False
    print(
        f"{name} ({mistake.subject}): found after {found.sequences + 1} sequences,"
        f" {len(found.difference.turns)} turns: {found.difference.what}",
        flush=True,
    )
    return True


def _now(name: str) -> Callable[[int], None]:
    """Say on a terminal how far it is."""

    def tell(number: int) -> None:
        if sys.stderr.isatty() and number % 50 == 0:
            told = f"{name} {number:,}" if name else ""
            print(f"\r\x1b[K{told}", end="", file=sys.stderr, flush=True)

    return tell


if __name__ == "__main__":
    sys.exit(main())

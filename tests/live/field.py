"""Specs of what goes wrong, carried out for real: each loss as often as asked, each fix in many
schedules with everything that may go wrong in it.

`python -m tests.live.field` does it in large numbers, with a table; the tests once.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from model_check.api.real_runs import replay
from model_check.language import load
from model_check.results.replay import ScheduleReplay, TraceReplay

SPECS = Path(__file__).parent.parent.parent / "specs"
TIMES, SCHEDULES = 50, 200
LONGEST = 900
"""Seconds after which nothing more is begun."""


def specs() -> list[Path]:
    """All specs with something that may go wrong."""
    return [*sorted((SPECS / "faults").glob("*.yaml")), SPECS / "fix-both-unacknowledged.yaml"]


def losses(path: Path) -> list[str]:
    """The properties that a spec expects to be violated."""
    return [each.name for each in load(path, {}).properties if each.expect == "violated"]


@dataclass(frozen=True)
class Row:
    """One spec, or one of its losses: what was asked and what was seen. `right`: as it should
    be."""

    spec: str
    what: str
    seen: str
    right: bool
    seconds: float


def rows(path: Path, times: int, schedules: int) -> Iterator[Row]:
    """Each loss of a spec carried out; of one that has none, complete schedules."""
    lost = losses(path)
    for name in lost:
        found = replay(path, violating=name, repeat=times)
        assert isinstance(found, TraceReplay)
        right = found.disagreement is None and (found.times, found.same) == (times, times)
        seen = str(found.disagreement or f"{found.same} of {found.times} times")
        yield Row(path.stem, f"loses: {name}", seen, right, found.seconds)
    if not lost:
        ran = replay(path, schedules=schedules)
        assert isinstance(ran, ScheduleReplay)
        wrong = sum(ran.violated.values()) + sum(ran.broken.values()) + ran.losing
        right = ran.disagreement is None and not wrong and ran.done > 0
        seen = f"{ran.done} schedules, {ran.taken} of {ran.transitions} transitions, {wrong} losses"
        yield Row(path.stem, "fixed", str(ran.disagreement or seen), right, ran.seconds)


def main() -> None:
    """The table; exit code 1 where something is not as it should be."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--times", type=int, default=TIMES)
    asked.add_argument("--schedules", type=int, default=SCHEDULES)
    asked.add_argument("specs", nargs="*", type=Path)
    options = asked.parse_args()
    wrong, started = 0, time.monotonic()
    for path in options.specs or specs():
        if time.monotonic() - started > LONGEST:
            print(f"{path.stem}: not begun, {LONGEST} s are over")
            wrong += 1
            continue
        for row in rows(path, options.times, options.schedules):
            sign = "ok " if row.right else "NOT"
            print(f"{sign} {row.spec:29} {row.what:26} {row.seen}  ({row.seconds:.1f} s)")
            sys.stdout.flush()
            wrong += not row.right
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()

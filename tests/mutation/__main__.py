"""Change one token of the package after the other, and see that a test notices.

    python -m tests.mutation [--seconds 240 [--turn N]] [--only FILE] [--jobs N] [--limit 180]

Without `--seconds`, the whole list. With it, as many as can be tried in so many seconds, another
part of the list at each turn; the turn is the number of commits, unless it is given, so that all
mutants have their turn. `--only` takes those of which `FILE` is a part of the file's path, or
the name (`explain.txt:12`). Prints what noticed each mutant, and what none did. Exit code 1 if
a mutant survives that is not said to, or one is noticed that is said to survive; 2 if the list
does not fit the package, or a test fails without a mutant.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .mutants import ROOT, Mutant, StaleMutantError, mutants
from .trial import Copy, Trial, WrongTestsError

__all__ = ["main", "turned"]

A_TURN = 17
"""Mutants by which the next turn begins later: some four minutes."""


def turned(found: Sequence[Mutant], turn: int) -> list[Mutant]:
    """The mutants in the order in which a turn tries them: mixed, always alike, and each turn
    from another place on. Those that are said to survive take longest, and are left out."""
    mixed = sorted(
        (each for each in found if not each.survives),
        key=lambda each: hashlib.sha256(f"{each.file} {each.text}".encode()).digest(),
    )
    start = turn * A_TURN % len(mixed) if mixed else 0
    return [*mixed[start:], *mixed[:start]]


def _commits() -> int:
    """The number of commits; 0 where there is no history."""
    asked = ["git", "rev-list", "--count", "HEAD"]
    found = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    return int(found.stdout) if found.returncode == 0 else 0


class _Run:
    """Tries mutants in some threads, each with a copy of its own."""

    def __init__(self, asked: argparse.Namespace, chosen: Sequence[Mutant]) -> None:
        self.asked = asked
        self.end = time.monotonic() + (asked.seconds or float("inf"))
        self.waiting = iter(chosen)
        self.trials: list[Trial] = []
        self.wrong: list[str] = []
        self._lock = threading.Lock()

    def go(self) -> None:
        with ThreadPoolExecutor(self.asked.jobs) as pool:
            for each in [pool.submit(self._work) for _ in range(self.asked.jobs)]:
                each.result()

    def _work(self) -> None:
        with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
            copy = Copy(Path(folder).resolve())
            for mutant in self._next():
                try:
                    trial = copy.tried(mutant, self.asked.limit, self.end - time.monotonic())
                except (StaleMutantError, WrongTestsError) as error:
                    with self._lock:
                        self.wrong.append(str(error))
                        print(error, flush=True)
                    continue
                with self._lock:
                    self.trials.append(trial)
                    print(_told(trial), flush=True)

    def _next(self) -> Iterator[Mutant]:
        while time.monotonic() < self.end:
            with self._lock:
                mutant = next(self.waiting, None)
            if mutant is None:
                return
            yield mutant


def _told(trial: Trial) -> str:
    mutant = trial.mutant
    place = f"{mutant.file}:{trial.line}"
    why = trial.by.removeprefix("tests/") or mutant.survives
    if mutant.survives and trial.outcome == "killed":
        why += f" (said to survive: {mutant.survives})"
    told = f"{_word(trial):10} {trial.seconds:6.1f} s  {place:34} {mutant.text}"
    return f"{told}\n{'':22}{why or mutant.name}"


def _is_meant(mutant: Mutant, only: str) -> bool:
    return only in str(mutant.path) or mutant.name.endswith(only)


def _word(trial: Trial) -> str:
    if trial.outcome == "survived" and trial.mutant.survives:
        return "explained"
    return trial.outcome


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutation", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--seconds", type=float, help="of the whole run")
    parser.add_argument("--turn", type=int, help="which part of the list comes first")
    parser.add_argument("--only", metavar="FILE", help="a part of a file's path, or a name")
    parser.add_argument("--jobs", type=int, default=1, help="how many are tried at once")
    parser.add_argument("--limit", type=float, default=180.0, help="CPU seconds of one mutant")
    asked = parser.parse_args()
    begun = time.monotonic()
    try:
        found = mutants()
    except StaleMutantError as error:
        print(error)
        return 2
    chosen = [m for m in found if not asked.only or _is_meant(m, asked.only)]
    if asked.seconds is not None:
        turn = _commits() if asked.turn is None else asked.turn
        print(f"turn {turn}: the same again with --seconds {asked.seconds:g} --turn {turn}")
        chosen = turned(chosen, turn)
    if not chosen:
        print("no such mutant")
        return 2
    run = _Run(asked, chosen)
    run.go()
    counts = Counter(map(_word, run.trials))
    told = ", ".join(f"{number} {word}" for word, number in sorted(counts.items()))
    print(f"{len(run.trials)} of {len(found)} mutants in {time.monotonic() - begun:.0f} s: {told}")
    if run.wrong:
        return 2
    surprising = [t for t in run.trials if (t.outcome == "killed") == bool(t.mutant.survives)]
    return 1 if any(t.outcome != "unfinished" for t in surprising) else 0


if __name__ == "__main__":
    sys.exit(main())

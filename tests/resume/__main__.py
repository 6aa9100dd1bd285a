"""Kill checks with checkpoints at random moments, go on with them, and compare with a whole one.

    python -m tests.resume [--kills 100] [--seconds 300] [--first SEED] [--only WORD]

Each check runs once whole. Then it is begun again and again, with very many checkpoints, and killed
(SIGKILL, to all of its threads at once) at a random moment; so is what goes on with it, once or
several times, until one is let end. That must print the same result, times aside, and its directory
must hold the same arrays to the last byte. Prints how far the searches were when they were killed;
exit code 1 if anything differed.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from model_check.explore.stored.checkpoint import ARRAYS
from model_check.explore.stored.directory import MANIFEST, Directory, StoredError

__all__ = ["CASES", "Case", "Whole", "killed", "main", "whole_run"]

PATIENCE = 120.0
"""Seconds after which a check hangs."""
AT_ANY_TIME = 0.1
"""How many of the first kills may come before the search has begun."""
MOST_KILLS = 3
"""Times that one check is killed before it may end."""
EVERY = "10ms"
NOT_THE_SAME = frozenset({"seconds", "files"})
"""Of a result: times, and the paths of what was written."""


@dataclass(frozen=True)
class Case:
    """A check: its `words`, and `others` of whoever goes on with it (another engine, say): of two
    engines, the last one tells the traces."""

    words: tuple[str, ...]
    others: tuple[str, ...] = ()


SPECS, FAMILIES = "specs", "tests/benchmarks"
TWO_NODES = (f"{SPECS}/legacy-two-nodes.yaml", "--set", "TOTAL=10", "--no-reason")
CHAT = (f"{FAMILIES}/pubsub.yaml", "--set", "CHUNKS=6")
CASES: dict[str, Case] = {
    "python": Case((*TWO_NODES, "--engine", "python")),
    "native": Case((*TWO_NODES, "--engine", "native")),
    "other engine": Case((*TWO_NODES, "--engine", "python"), ("--engine", "native")),
    "reduced": Case(CHAT),
    "one thread": Case((*CHAT, "--reduce", "order"), ("--workers", "1")),
    "in Python": Case((f"{FAMILIES}/pubsub.yaml", "--set", "CHUNKS=3", "--engine", "python")),
    "forgetting": Case((f"{SPECS}/legacy-reconnect.yaml", "--set", "TOTAL=15", "--no-reason")),
    "growing": Case(("tests/resume/growing.yaml", "--no-reason")),
    "shorter": Case((f"{SPECS}/faults/lease-lock.yaml", "--reduce", "order", "--no-reason")),
}
"""What differs in engine, in what is left out and forgotten, and in how often it starts over."""


@dataclass(frozen=True)
class Whole:
    """What a check says that nobody disturbs, with its arrays, and how long it takes."""

    result: dict[str, Any]
    arrays: dict[str, dict[str, bytes]]
    seconds: float
    search: float
    """Seconds of these from the first checkpoint on, about."""


def command(case: Case, directory: Path, out: Path, *more: str) -> list[str]:
    """The command line; the same one begins, and goes on."""
    kept = ("--checkpoint", str(directory), "--resume", str(directory), "--every", EVERY)
    quiet = ("--no-draw", "--json", "--out", str(out))
    return [sys.executable, "-m", "model_check", *case.words, *quiet, *kept, *more]


def without_times(told: Any) -> Any:
    """A document without how long anything took, and where it was written."""
    match told:
        case dict():
            return {k: without_times(v) for k, v in told.items() if k not in NOT_THE_SAME}
        case list():
            return [without_times(each) for each in told]
        case _:
            return told


def arrays_in(directory: Path) -> dict[str, dict[str, bytes]]:
    """All arrays of a directory, and of those of other searches in it."""
    found = {}
    for path in sorted(each.parent for each in directory.rglob(MANIFEST)):
        with Directory.reading(path) as one:
            name = str(path.relative_to(directory))
            found[name] = {each: b"".join(one.verified(each)) for each in ARRAYS}
    return found


def whole_run(case: Case, folder: Path) -> Whole:
    """The check, undisturbed."""
    begun = time.monotonic()
    done = subprocess.run(
        command(case, folder / "whole", folder / "out", *case.others, "--every", "1h"),
        capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip
    if not done.stdout:
        raise RuntimeError(f"{' '.join(case.words)}: {done.stderr}")
    seconds = time.monotonic() - begun
    told = json.loads(done.stdout)
    search = told["space"]["seconds"]
    return Whole(without_times(told), arrays_in(folder / "whole"), seconds, search)


def killed(case: Case, whole: Whole, folder: Path, chosen: random.Random) -> tuple[list[int], str]:
    """Kill a check once or several times, and let it end: how many states were kept at each kill,
    and what is wrong at the end; "" if nothing is."""
    kept: list[int] = []
    directory = folder / "killed"
    for again in range(chosen.randint(1, MOST_KILLS)):
        words = command(case, directory, folder / "out", *(case.others if again else ()))
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if not again and chosen.random() > AT_ANY_TIME:
            _wait_for(directory / MANIFEST)
            moment = chosen.uniform(0, whole.search)
        else:
            moment = chosen.uniform(0, whole.seconds)
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=moment)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            kept.append(states_in(directory))
    done = subprocess.run(
        command(case, directory, folder / "out", *case.others),
        capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip
    return kept, _wrong(done, whole, directory)


def _wait_for(path: Path) -> None:
    end = time.monotonic() + PATIENCE
    while not path.exists() and time.monotonic() < end:
        time.sleep(0.002)


def states_in(directory: Path) -> int:
    """How many states a checkpoint has, as its manifest tells."""
    try:
        told = json.loads((directory / MANIFEST).read_text())["contents"]["search"]
    except FileNotFoundError:
        return 0
    return 0 if told is None else int(told["count"])


def _wrong(done: subprocess.CompletedProcess[str], whole: Whole, directory: Path) -> str:
    if not done.stdout:
        return f"exit code {done.returncode}: {done.stderr.strip()}"
    result = without_times(json.loads(done.stdout))
    names = [name for name, value in whole.result.items() if result.get(name) != value]
    try:
        arrays = arrays_in(directory)
    except StoredError as error:
        return str(error)
    for place, expected in whole.arrays.items():
        found = arrays.get(place, {})
        names += [f"{place}/{name}" for name in ARRAYS if found.get(name) != expected[name]]
    return f"other than undisturbed: {', '.join(names)}" if names else ""


def main(words: Sequence[str] | None = None) -> int:
    asked = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    asked.add_argument("--kills", type=int, default=100)
    asked.add_argument("--seconds", type=float, default=900.0)
    asked.add_argument("--first", type=int, default=0)
    asked.add_argument("--only", default="")
    given = asked.parse_args(words)
    cases = {name: case for name, case in CASES.items() if re.search(given.only, name)}
    end = time.monotonic() + given.seconds
    wrong = kills = begun = 0
    with tempfile.TemporaryDirectory() as place:
        wholes = {name: whole_run(case, Path(place, name)) for name, case in cases.items()}
        for name, whole in wholes.items():
            states = whole.result["space"]["states"]
            print(f"{name}: {states:,} states, {whole.seconds:.1f} s undisturbed", flush=True)
        for seed in count(given.first):
            if kills >= given.kills or time.monotonic() > end:
                break
            name = sorted(cases)[seed % len(cases)]
            folder = Path(place, f"{name} {seed}")
            kept, problem = killed(cases[name], wholes[name], folder, random.Random(seed))
            kills += len(kept)
            begun += sum(map(bool, kept))
            shown = ", ".join(f"{each:,}" for each in kept) or "never"
            print(f"{seed} {name}: killed at {shown} states: {problem or 'the same'}", flush=True)
            wrong += bool(problem)
    print(f"{kills} kills, {begun} of them when something was kept; {wrong} ended otherwise")
    return 1 if wrong or not begun else 0


if __name__ == "__main__":
    sys.exit(main())

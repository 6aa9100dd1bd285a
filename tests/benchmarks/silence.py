"""How long a terminal stands still while a command works: the longest time without a new line.

    uv run python -m tests.benchmarks.silence [SPEC...] [--seconds 60]

Checks each spec, with its reasons, and repairs it, on a terminal of our own. Without a name, all
specs in specs/. Prints the longest silence of each, and what stood there before it; exit code 1
where one is longer than two seconds.
"""

from __future__ import annotations

import argparse
import os
import pty
import re
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["LONGEST", "Silence", "longest_silence"]

LONGEST = 2.0
"""Seconds for which nobody should wonder whether anything happens."""
SPECS = Path(__file__).parents[2] / "specs"


@dataclass(frozen=True, slots=True)
class Silence:
    """The longest silence of a command that took `whole` seconds, and the last line `before`."""

    seconds: float
    before: str
    whole: float


def longest_silence(words: Sequence[str], folder: Path, seconds: float) -> Silence:
    """Of `model-check` with some words, in a folder, within so many seconds."""
    terminal, ours = pty.openpty()
    begun = last = time.monotonic()
    found = Silence(0.0, "", 0.0)
    shown = "nothing"
    command = [sys.executable, "-m", "model_check", *words]
    with subprocess.Popen(
        command, cwd=folder, stdin=ours, stdout=subprocess.DEVNULL, stderr=ours
    ) as process:
        os.close(ours)
        while True:
            ready, _, _ = select.select([terminal], [], [], 0.05)
            now = time.monotonic()
            ended = process.poll() is not None and not ready
            written = _read(terminal) if ready else b""
            if written or ended:
                if now - last > found.seconds:
                    found = Silence(now - last, shown, 0.0)
                last = now
                shown = _line(written) or shown
            if ended or (ready and not written):
                break
            if now - begun > seconds:
                process.terminate()
        process.wait()
    os.close(terminal)
    return Silence(found.seconds, found.before, time.monotonic() - begun)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # nobody writes there any more
        return b""


def _line(written: bytes) -> str:
    parts = re.split(r"[\r\n]+", written.decode("utf-8", "replace"))
    return next((each.strip() for each in reversed(parts) if each.strip()), "")


def _measured(specs: Sequence[Path], seconds: float) -> Iterator[tuple[Path, str, Silence]]:
    with tempfile.TemporaryDirectory() as folder:
        for spec in specs:
            for command in ("check", "repair"):
                words = [*([command] if command != "check" else []), str(spec.resolve())]
                yield spec, command, longest_silence(words, Path(folder), seconds)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.silence")
    parser.add_argument("specs", nargs="*", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long a command may take")
    chosen = parser.parse_args()
    too_long = 0
    for spec, command, found in _measured(
        chosen.specs or sorted(SPECS.rglob("*.yaml")), chosen.seconds
    ):
        mark = " !" if found.seconds > LONGEST else ""
        too_long += bool(mark)
        told = f"{found.seconds:5.2f} s of {found.whole:6.2f} s{mark}"
        print(f"{command:6} {spec.name:40} {told}  after: {found.before[:70]}", flush=True)
    return 1 if too_long else 0


if __name__ == "__main__":
    sys.exit(main())

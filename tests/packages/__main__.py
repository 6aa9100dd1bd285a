"""Programs of published packages, held against natural specs of what they do:

python -m tests.packages [--sessions N] [--logs FOLDER] [--home FOLDER] [NAME ...]

Each program in `python/` and `node/` is what a user of that package would write. It runs beside a
Redis of its own, once so that some sessions lose something and once so that none does, and says
which did. Then `model-check monitor` reads what MONITOR printed, and has to say the same of every
session. The packages are installed from PyPI and npm in locked versions; it needs uv and
redis-server, and exits with 1 where something is not as it should be.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from .recording import HERE, PROGRAMS, Program, Recording, RecordingError, Workshop

SESSIONS = 40
JUDGED_IN = 60
"""Seconds for the verdicts of all sessions of a log."""


def told(spec: Path, log: Path) -> tuple[dict[str, str], float]:
    """What the monitor says of each session, and how many seconds it took."""
    began = time.monotonic()
    command = [sys.executable, "-m", "model_check", "monitor", str(spec), str(log), "--json"]
    run = subprocess.run(
        [*command, "--no-reason"], capture_output=True, text=True, timeout=JUDGED_IN, check=False
    )
    if run.returncode not in (0, 1, 3) or not run.stdout:
        raise RecordingError(f"{' '.join(command)}\n{run.stderr}")
    sessions = json.loads(run.stdout)["sessions"]
    # Of several places in keys, the first one is that of a session.
    verdicts = {each["session"].partition("/")[0]: each["verdict"] for each in sessions}
    return verdicts, time.monotonic() - began


def wrong_measures(how: str, recording: Recording) -> Iterator[str]:
    """Where a program was not what it should be."""
    losing = [name for name, lost in recording.lost.items() if lost]
    if how == "loses" and not losing:
        yield "no session lost anything"
    if how == "keeps" and losing:
        yield f"sessions lost something: {', '.join(losing)}"


def wrong_verdicts(recording: Recording, verdicts: dict[str, str]) -> Iterator[str]:
    """Where a verdict is not what the program measured."""
    for name, lost in recording.lost.items():
        right = "violated" if lost else "holds"
        if (said := verdicts.get(name, "nothing")) != right:
            yield f"session {name} lost {lost or 'nothing'}, and told is: {said}"


def tried(workshop: Workshop, program: Program, sessions: int) -> list[str]:
    """What was not as it should be with a program."""
    wrong = []
    for how in ("loses", "keeps"):
        recording = workshop.record(program, how, sessions)
        verdicts, seconds = told(HERE / "specs" / f"{program.name}.yaml", recording.log)
        counted = sorted(Counter(verdicts.values()).items())
        said = ", ".join(f"{number} {verdict}" for verdict, number in counted) or "nothing"
        lost = sum(map(bool, recording.lost.values()))
        print(
            f"{program.name:14} {how:6} {recording.seconds:4.1f} s; {lost} of"
            f" {len(recording.lost)} lost something; told in {seconds:.1f} s: {said}",
            flush=True,
        )
        found = [*wrong_measures(how, recording), *wrong_verdicts(recording, verdicts)]
        wrong += [f"{program.name} {how}: {each}" for each in found]
    return wrong


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.packages")
    parser.add_argument("--sessions", type=int, default=SESSIONS)
    parser.add_argument("--logs", type=Path, help="a folder for the logs, and what was measured")
    parser.add_argument("--home", type=Path, help="a folder for what is installed")
    known = [each.name for each in PROGRAMS]
    parser.add_argument("names", nargs="*", help=", ".join(known))
    asked = parser.parse_args(words)
    for name in asked.names:
        if name not in known:
            parser.error(f"there is no {name}: {', '.join(known)}")
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        home = (asked.home or Path(name)).resolve()
        workshop = Workshop(home, (asked.logs or home).resolve())
        workshop.install()
        for program in PROGRAMS:
            if not asked.names or program.name in asked.names:
                try:
                    wrong += tried(workshop, program, asked.sessions)
                except RecordingError as error:
                    wrong.append(str(error))
    print("\n".join(wrong) or "every verdict is what the program itself measured")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

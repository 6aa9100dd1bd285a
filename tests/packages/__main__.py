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


def wrong_of(how: str, recording: Recording, verdicts: dict[str, str]) -> list[str]:
    """Where a verdict is not what the program measured, or the program was not what it should."""
    losing = [name for name, lost in recording.lost.items() if lost]
    wrong = []
    if how == "loses" and not losing:
        wrong.append("no session lost anything")
    if how == "keeps" and losing:
        wrong.append(f"sessions lost something: {', '.join(losing)}")
    for name, lost in recording.lost.items():
        right = "violated" if lost else "holds"
        if (said := verdicts.get(name, "nothing")) != right:
            wrong.append(f"session {name} lost {lost or 'nothing'}, and told is: {said}")
    return wrong


def tried(workshop: Workshop, program: Program, sessions: int) -> list[str]:
    """What was not as it should be with a program."""
    wrong = []
    for how in ("loses", "keeps"):
        recording = workshop.record(program, how, sessions)
        verdicts, seconds = told(HERE / "specs" / f"{program.name}.yaml", recording.log)
        found = wrong_of(how, recording, verdicts)
        counted = ", ".join(f"{n} {said}" for said, n in sorted(Counter(verdicts.values()).items()))
        print(
            f"{program.name:14} {how:6} {recording.seconds:4.1f} s;"
            f" {sum(map(bool, recording.lost.values()))} of {len(recording.lost)} lost something;"
            f" told in {seconds:.1f} s: {counted or 'nothing'}",
            flush=True,
        )
        wrong += [f"{program.name} {how}: {each}" for each in found]
    return wrong


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.packages")
    parser.add_argument("--sessions", type=int, default=SESSIONS)
    parser.add_argument("--logs", type=Path, help="a folder for the logs, and what was measured")
    parser.add_argument("--home", type=Path, help="a folder for what is installed")
    parser.add_argument("names", nargs="*", choices=[each.name for each in PROGRAMS], default=[])
    asked = parser.parse_args(words)
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

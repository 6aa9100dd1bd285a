"""Published packages, unmodified, that `model-check steer` has lose something:

python -m tests.steer.packages [--times 3] [--home FOLDER] [NAME ...]

The programs and the specs are those of `tests.packages`, whose sessions lose something now and then
there, by delays that are chosen for it; and one of BullMQ, whose loss there is one of time alone:
here its workers finish the orders of a shop in another order. Each runs with one session, once for
each time that it is to lose, and has to lose every time: by what it says itself, and in a run that
has gone by the schedule to its end. The tool must not say that nothing was lost. Exits with 1 where
that is not so.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.packages.recording import HERE as PACKAGES
from tests.packages.recording import PROGRAMS, Program, RecordingError, Workshop

HERE = Path(__file__).parent
IN_ORDER = Program("orders_in_order", "bullmq", "orders_in_order.js")
LOSING = {
    "resumable": "no_loss",
    "news_socketio": "all_got",
    "documents_arq": "all_indexed",
    "pool": "no_loss",
    "rooms": "all_got",
    "orders_in_order": "in_order",
}
"""Those that lose by the order of their commands alone, and by what property."""
ONE_IN = 60
"""Seconds for one run."""


def steered(workshop: Workshop, program: Program, times: int) -> tuple[str, list[str]]:
    """What came of it, and what of that is not as promised."""
    if program is IN_ORDER:
        spec = HERE / "orders_in_order.yaml"
        words = ["node", str(HERE / program.file), "{redis_url}"]
    else:
        spec = PACKAGES / "specs" / f"{program.name}.yaml"
        words = [*workshop.words(program), "{redis_url}", "loses", "1"]
    tool = [sys.executable, "-m", "model_check", "steer", str(spec), "--listen", "127.0.0.1:0"]
    run = subprocess.run(
        [*tool, "--json", "--repeat", str(times), "--", *words],
        env=os.environ | workshop.paths(), timeout=ONE_IN * (1 + times),
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    try:
        runs = json.loads(run.stdout)["runs"]
    except ValueError:
        raise RecordingError(f"steer ended with {run.returncode}\n{run.stderr[-3000:]}") from None
    # Each program says what its sessions have lost.
    lost = [json.loads(line) for line in run.stderr.splitlines() if line.startswith("{")]
    # A run that showed what the scripts of a package do may have gone before.
    lost = lost[-times:]
    losing = sum(any(each.values()) for each in lost)
    wrong = list(_wrong(program, runs))
    if losing != times or len(runs) != times:
        wrong.append(f"lost in {losing} of {times}")
    turns = max((len(each["turns"]) for each in runs), default=0)
    return f"{turns:3} turns, loses in {losing} of {times}", wrong


def _wrong(program: Program, runs: list[dict[str, object]]) -> Iterator[str]:
    for run in runs:
        departure, found = run["departure"], run["found"]
        assert isinstance(found, dict)
        if departure is not None:
            yield f"run {run['number']} has left the schedule: {departure}"
        if found[LOSING[program.name]] == "holds":
            yield f"run {run['number']}: the tool says that nothing was lost"


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.steer.packages")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--home", type=Path, help="a folder for what is installed")
    parser.add_argument("names", nargs="*", help=", ".join(LOSING))
    asked = parser.parse_args(words)
    for name in asked.names:
        if name not in LOSING:
            parser.error(f"there is no {name}: {', '.join(LOSING)}")
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        home = (asked.home or Path(name)).resolve()
        workshop = Workshop(home, home)
        workshop.install()
        for program in (*PROGRAMS, IN_ORDER):
            if program.name in (asked.names or LOSING):
                try:
                    told, amiss = steered(workshop, program, asked.times)
                except (RecordingError, subprocess.TimeoutExpired) as error:
                    told, amiss = "nothing came of it", [str(error)]
                print(f"{program.package:32} {workshop.version(program):8} {told}", flush=True)
                wrong += [f"{program.name}: {each}" for each in amiss]
    print("\n".join(wrong) or "every package loses what its spec says, every time")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

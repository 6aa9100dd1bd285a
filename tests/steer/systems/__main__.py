"""Three small real systems that know nothing of this tool, with a race and without:

python -m tests.steer.systems [--times 50] [--schedules 200] [--naturally 100] [NAME ...]

`chat`: an answer that is published and saved, and a page that reads and subscribes; `webhook`: an
event that is delivered twice; `jobs`: workers in two languages, and a sweeper. Each is played by a
driver that looks at what its user gets. Counted is how often something is lost when nobody
interferes, when a proxy delays each command at random, and when `model-check steer` carries out the
run that its spec says loses: that must be every time. The mended version loses nothing in any
order that the model allows, and is told apart from the spec of the broken one. When nobody steers,
the log of the server has to say of each session what its user got.

It needs uv, redis-server, Node.js and npm, and exits with 1 where something is not as promised.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

from .recording import HERE, Measured, SystemsError, measured
from .steering import Steered, steered

SYSTEMS = ("chat", "webhook", "jobs")
DELAY = 0.02
"""Seconds by which a command is delayed at random, at most."""
INSTALLED_IN = 300
"""Seconds for what comes over a network."""

Row = tuple[str, str, list[str]]
"""What was done, what came of it, and what of that is not as promised."""


def naturally(system: str, times: int, modules: Path, log: Path, delay: float) -> Row:
    """How often something is lost, broken and mended."""
    broken = measured(system, times, modules, log, delay=delay)
    mended = measured(system, max(1, times // 5), modules, log, delay=delay, mended=True)
    how = f"delayed at random, up to {1000 * delay:g} ms" if delay else "left alone"
    wrong = [*_misjudged(broken), *_misjudged(mended)]
    if any(mended.lost.values()):
        wrong.append(f"the mended one lost something: {mended.rate}")
    return how, f"loses in {broken.rate}; mended: {mended.rate}", wrong


def _misjudged(found: Measured) -> Iterator[str]:
    for session, said in found.monitor.items():
        is_lost = "something" if found.lost[session] else "nothing"
        yield f"session {session} lost {is_lost}, and the monitor says of its log: {said}"


def loses(system: str, times: int, modules: Path) -> Row:
    """The run that loses, carried out so many times."""
    found = steered(system, modules, "--repeat", str(times), mended=False, ends_with=0)
    wrong = list(found.wrong)
    if found.lost != times:
        wrong.append(f"lost in {found.lost} of {times}")
    return "steered to the loss", f"loses in {found.lost} of {times}{_each(found)}", wrong


def keeps(system: str, schedules: int, modules: Path) -> Row:
    """The mended version, in different orders."""
    found = steered(system, modules, "--schedules", str(schedules), mended=True, ends_with=0)
    orders = f"{found.runs} different orders"
    if found.runs < schedules:
        orders = f"{orders}, no others found"
    wrong = [*found.wrong, *([f"lost in {found.lost}"] if found.lost else [])]
    told = f"loses in {found.lost} of {orders}{_each(found)}"
    return "mended, steered through its orders", told, wrong


def told_apart(system: str, modules: Path) -> Row:
    """The mended version, steered to the loss of the broken one."""
    found = steered(system, modules, mended=True, spec="legacy", ends_with=1)
    told = "cannot lose, and that is said"
    return "mended, steered to the loss", told, [*found.wrong, *(["lost"] if found.lost else [])]


def _each(found: Steered) -> str:
    return f" ({found.seconds / max(1, found.runs):.1f} s each)"


def installed(home: Path) -> Path:
    """Install what the services are written with, in its locked versions; returns where."""
    for path in HERE.glob("package*.json"):
        shutil.copy(path, home)
    # Nothing that comes along is run: no package here needs it.
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    run = subprocess.run(
        command, cwd=home, timeout=INSTALLED_IN, check=False,
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )  # fmt: skip
    if run.returncode != 0:
        raise SystemsError(f"{' '.join(command)} ended with {run.returncode}\n{run.stderr}")
    return home / "node_modules"


def tried(names: list[str], asked: argparse.Namespace, home: Path) -> Iterator[tuple[str, Row]]:
    """All that is done. What nobody steers has the machine for itself; of the rest, as much goes on
    at once as there are processors."""
    modules = installed(home)
    for name in names:
        for delay in (0.0, DELAY):
            yield name, naturally(name, asked.naturally, modules, home / f"{name}.log", delay)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        work: list[tuple[str, Callable[[], Row]]] = []
        for name in names:
            work.append((name, partial(keeps, name, asked.schedules, modules)))
            work.append((name, partial(loses, name, asked.times, modules)))
            work.append((name, partial(told_apart, name, modules)))
        running: list[tuple[str, Future[Row]]] = [(name, pool.submit(do)) for name, do in work]
        for name, row in running:
            yield name, row.result()


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.steer.systems")
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--schedules", type=int, default=200)
    parser.add_argument("--naturally", type=int, default=100)
    parser.add_argument("names", nargs="*", help=", ".join(SYSTEMS))
    asked = parser.parse_args(words)
    for name in asked.names:
        if name not in SYSTEMS:
            parser.error(f"there is no {name}: {', '.join(SYSTEMS)}")
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as home:
        try:
            for name, (done, told, amiss) in tried(asked.names or list(SYSTEMS), asked, Path(home)):
                print(f"{name:8} {done:36} {told}", flush=True)
                wrong += [f"{name}, {done}: {each}" for each in amiss]
        except SystemsError as error:
            wrong.append(str(error))
    print("\n".join(wrong) or "all is as promised")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

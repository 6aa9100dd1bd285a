"""How often a system loses something when nobody steers it."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from model_check.live.brokers.access import EVERYBODY
from model_check.live.brokers.server import installed, own_server

from tests.packages.recording import monitored

from .random_delay import delaying

__all__ = ["Measured", "SystemsError", "driver", "environment", "measured"]

HERE = Path(__file__).parent
ONE_IN = 20.0
"""Seconds for one run of a system, at most."""
PRINTED = re.compile(r"(lost|kept) (\w+): (.*)")


class SystemsError(Exception):
    """A system, or the tool, did not do what it is to do; the text says what was done, and what
    came of it."""


@dataclass(frozen=True, slots=True)
class Measured:
    """`lost`: for each session, whether something was lost; `monitor`: what `model-check monitor`
    says of those of which it says something else, or what nobody knows."""

    lost: dict[str, bool]
    monitor: dict[str, str]

    @property
    def rate(self) -> str:
        """How many of how many, with the interval of Wilson that has the true rate with 95 %."""
        number, of = sum(self.lost.values()), len(self.lost)
        low, high = _interval(number, of)
        return f"{number} of {of} ({100 * low:.0f} to {100 * high:.0f} %)"


def driver(system: str, *, mended: bool, times: int = 1) -> list[str]:
    """The command that plays a system; the URL of the server is in its environment."""
    command = [sys.executable, "-m", f"tests.steer.systems.{system}.drive", "--times", str(times)]
    return [*command, "--mended"] if mended else command


def environment(modules: Path) -> dict[str, str]:
    """The environment of a driver, with what is installed for Node.js."""
    return os.environ | {"NODE_PATH": str(modules)}


def measured(
    system: str, times: int, modules: Path, log: Path, *, mended: bool = False, delay: float = 0
) -> Measured:
    """Play a system so many times, beside a server of its own, and have the log of the server
    judged. `delay`: seconds, at most, by which each command is delayed at random; 0: no proxy.
    Raises SystemsError."""
    with own_server(installed()[0], access=EVERYBODY) as server, monitored(server, log):
        with delaying(server.url, delay) if delay else nullcontext(server.url) as url:
            run = subprocess.run(
                driver(system, mended=mended, times=times),
                env=environment(modules) | {"REDIS_URL": url}, timeout=ONE_IN * (1 + times),
                stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
            )  # fmt: skip
        client = server.client()
        client.flushall()  # nothing comes any more
        client.close()
    lost = {session: word == "lost" for word, session, _ in PRINTED.findall(run.stdout)}
    if len(lost) != times or run.returncode != any(lost.values()):
        raise SystemsError(f"{' '.join(run.args)} ended with {run.returncode}\n{run.stderr}")
    said = _judged(HERE / system / f"{'mended' if mended else 'legacy'}.yaml", log)
    wrong = {
        session: said.get(session, "nothing")
        for session, is_lost in lost.items()
        if said.get(session) != ("violated" if is_lost else "holds")
    }
    return Measured(lost, wrong)


def _judged(spec: Path, log: Path) -> dict[str, str]:
    """What the monitor says of each session of a log."""
    command = [sys.executable, "-m", "model_check", "monitor", str(spec), str(log), "--json"]
    run = subprocess.run(
        [*command, "--no-reason"], capture_output=True, text=True, timeout=60, check=False
    )
    if run.returncode not in (0, 1, 3) or not run.stdout:
        raise SystemsError(f"{' '.join(command)} ended with {run.returncode}\n{run.stderr}")
    return {each["session"]: each["verdict"] for each in json.loads(run.stdout)["sessions"]}


def _interval(number: int, of: int) -> tuple[float, float]:
    """The interval of E. B. Wilson (1927) for a rate, 95 %."""
    z = 1.96
    middle = (number + z * z / 2) / (of + z * z)
    half = z / (of + z * z) * math.sqrt(number * (of - number) / of + z * z / 4)
    return max(0.0, middle - half), min(1.0, middle + half)

"""What `model-check steer` does with a system, and whether that is what it promises."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .recording import HERE, ONE_IN, SystemsError, driver, environment

__all__ = ["Steered", "steered"]


@dataclass(frozen=True, slots=True)
class Steered:
    """`lost`: in how many `runs` something was lost, which both the driver and the tool have to
    say; `wrong`: what is not as it is promised; `seconds`: how long it took."""

    lost: int
    runs: int
    wrong: tuple[str, ...]
    seconds: float


def steered(
    system: str, modules: Path, *words: str, mended: bool, spec: str = "", ends_with: int
) -> Steered:
    """Have `model-check steer` drive a system. `words`: how (`--repeat 50`); `spec`: of which
    version, where that is not the system's own; `ends_with`: the exit code that is promised.
    Raises SystemsError where nothing came of it."""
    path = HERE / system / f"{spec or ('mended' if mended else 'legacy')}.yaml"
    tool = [sys.executable, "-m", "model_check", "steer", str(path), "--listen", "127.0.0.1:0"]
    command = [*tool, "--json", *words, "--", *driver(system, mended=mended), "{redis_url}"]
    number = int(words[-1]) if words else 1
    code, printed, complained = _run(command, environment(modules), ONE_IN * (1 + number))
    try:
        found = json.loads(printed)
    except ValueError:
        raise SystemsError(f"{' '.join(command)} ended with {code}\n{complained[-3000:]}") from None
    wrong = [each for run in found["runs"] for each in _wrong(run)]
    if code != ends_with:
        outcomes = Counter(run["outcome"] for run in found["runs"])
        wrong.append(f"ended with {code}, and not with {ends_with}: {dict(outcomes)}")
    if found["stopped"]:
        wrong.append(f"{len(found['runs'])} runs, and no more: {found['stopped']}")
    lost = sum(run["status"] == 1 for run in found["runs"])
    return Steered(lost, len(found["runs"]), tuple(wrong), found["seconds"])


def _wrong(run: dict[str, Any]) -> list[str]:
    """What is not right with a run: what the user got and what the tool says of it must be one."""
    here = f"schedule {run['number']}"
    if run["status"] not in (0, 1):
        return [f"{here}: the driver ended with {run['status']}"]
    if run["departure"] is not None and run["status"] == 0:
        return []  # it is not the system of the spec
    promised = [name for name in run["found"] if name.startswith("no_loss") or "once" in name]
    says = [run["found"][name] for name in promised]
    if says != ["violated" if run["status"] else "holds"]:
        return [f"{here}: the driver ended with {run['status']}, and the tool says {says}"]
    return []


def _run(command: list[str], env: dict[str, str], patience: float) -> tuple[int, str, str]:
    """The exit code of a command, and what it printed."""
    process = subprocess.Popen(
        command, env=env, text=True, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        printed, complained = process.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGTERM)
        raise SystemsError(f"{' '.join(command)}: not over in {patience:g} s") from None
    return process.returncode, printed, complained

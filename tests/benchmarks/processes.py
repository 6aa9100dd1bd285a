"""Runs one process and says what it took: wall time, CPU time, memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from model_check.cache import CACHE_SWITCH

__all__ = ["BenchmarkError", "Finished", "finished", "peak_of"]

BYTECODE = Path(__file__).parents[2] / "out" / "bytecode"
NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"
NOTHING: Mapping[str, str] = MappingProxyType({})
BOUND = 900.0
"""Seconds that a process may take by the clock."""


class BenchmarkError(Exception):
    """Nothing can be compared: a process failed, or two engines disagree."""


@dataclass(frozen=True, slots=True)
class Finished:
    """What a process printed, and took: `wall` and `cpu` in seconds (of user and system),
    `peak` in bytes that were resident at most."""

    printed: str
    wall: float
    cpu: float
    peak: int


def finished(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str] = NOTHING,
    *,
    codes: Collection[int] = (0,),
) -> Finished:
    """Run a command in a folder to its end, with more in its `environment`; Python keeps its
    bytecode, as it does of what is installed. Raises BenchmarkError where it ends with none of
    these `codes`, or takes longer than BOUND."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=_environment(environment), stdout=out, stderr=err
        )
        late = threading.Timer(BOUND, process.kill)
        late.start()
        try:
            # wait4 tells the time of this one child; RUSAGE_CHILDREN adds up all there were.
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            raise
        finally:
            late.cancel()
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if wall >= BOUND and process.returncode < 0:
            raise BenchmarkError(f"{' '.join(command)}\ntook longer than {BOUND:g} s")
        out.seek(0)
        printed = out.read().decode()
        if process.returncode not in codes:
            err.seek(0)
            told = (printed + err.read().decode()).strip()
            message = f"{' '.join(command)}\nended with {process.returncode}:\n{told}"
            raise BenchmarkError(message)
    return Finished(printed, wall, usage.ru_utime + usage.ru_stime, peak_of(usage.ru_maxrss))


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != NO_BYTECODE}
    # What LLVM compiles is measured as on the first day, unless a cache is what is measured.
    return {CACHE_SWITCH: "off", **kept, "PYTHONPYCACHEPREFIX": os.fspath(BYTECODE), **more}


def peak_of(maxrss: int) -> int:
    """getrusage's peak in bytes: it tells bytes on macOS, kilobytes elsewhere."""
    return maxrss if sys.platform == "darwin" else maxrss * 1024

"""What may end a search before everything is explored, and how its progress is told."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ..language.records import dataclass

__all__ = ["Limits", "Progress", "at_first_violation", "memory_available", "memory_in_use", "never"]

MEGABYTE = 1 << 20
CGROUP = Path("/sys/fs/cgroup")


def never() -> bool:
    """The answer to "was it interrupted?" where nobody can."""
    return False


@dataclass(frozen=True, slots=True)
class Limits:
    """Where to stop; None: no such limit.

    `max_states`: states; `max_memory`: bytes of the whole process; `timeout`: seconds of
    search; `interrupted` is asked now and then (Ctrl-C); `first_violation`: stop where a
    state violates a property, soon after it is found.
    """

    max_states: int | None = None
    max_memory: int | None = None
    timeout: float | None = None
    interrupted: Callable[[], bool] = never
    first_violation: bool = False

    def exceeded(self, states: int, started: float) -> str:
        """Why the search must stop now, in words; "" if it need not."""
        if self.interrupted():
            return "interrupted"
        if self.max_states is not None and states >= self.max_states:
            return f"the limit of {self.max_states:,} states was reached"
        if self.timeout is not None and time.monotonic() - started > self.timeout:
            return f"the time limit of {self.timeout:g} s was reached"
        if self.max_memory is not None and (memory_in_use() or 0) > self.max_memory:
            return f"the memory limit of {self.max_memory // MEGABYTE:,} MB was reached"
        return ""


def at_first_violation(name: str) -> str:
    """Why a search stops that looks for one violation, in words; "" without a name."""
    return f"{name} is violated, and no more was asked for" if name else ""


Progress = Callable[[int, int, int], None]
"""Told now and then: depth, states so far, states waiting to be expanded."""


def memory_available() -> int | None:
    """The bytes of memory that could still be taken: what the system has free, or less where
    a container may not have so much (Linux); all there is (other Unix); None where the system
    does not tell."""
    free = [each for each in (_free_in_system(), _free_in_container()) if each is not None]
    return min(free) if free else None


def _free_in_system() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        line = next(each for each in lines if each.startswith("MemAvailable:"))
        return int(line.split()[1]) * 1024
    except (OSError, StopIteration, IndexError, ValueError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _free_in_container(root: Path = CGROUP) -> int | None:
    """What the control group of this process may still take (cgroup v2, or v1 as containers
    show it); None where nothing limits it."""
    for limit, current in (
        (root / "memory.max", root / "memory.current"),
        (root / "memory" / "memory.limit_in_bytes", root / "memory" / "memory.usage_in_bytes"),
    ):
        try:
            return max(0, int(limit.read_text("ascii")) - int(current.read_text("ascii")))
        except (OSError, ValueError):
            # Not there, or "max": no limit of this kind.
            continue
    return None


def memory_in_use() -> int | None:
    """The bytes of memory this process holds now (Linux), or its peak (other Unix); None
    where the system does not tell (Windows)."""
    try:
        import resource
    except ImportError:
        return None
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * resource.getpagesize()
    except (OSError, IndexError, ValueError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        # Bytes on macOS, kilobytes elsewhere (getrusage(2)).
        return peak if sys.platform == "darwin" else peak * 1024

"""How much memory this process holds, and how much more it could have."""

from __future__ import annotations

import contextlib
import mmap
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from weakref import WeakMethod

__all__ = [
    "EARLY", "MEGABYTE", "give_all_back", "giving_back", "is_beyond", "memory_available",
    "memory_in_use", "memory_of_its_own", "most_memory",
]  # fmt: skip

MEGABYTE = 1 << 20
SPARE = 0.9
"""The share of the available memory that may be taken where nobody said how much: beyond it, a
system slows down until nothing ends in time, or ends the process without a word."""
EARLY = 0.125
"""What can be had again is given back where only so much of a limit is left: it comes back fast."""
STATM = 256
"""Bytes, more than seven numbers take."""
CGROUP = Path("/sys/fs/cgroup")
_GIVE_BACK: list[WeakMethod[Callable[[], None]]] = []
"""What gives memory back that can be had again."""


def memory_available() -> int | None:
    """The bytes of memory that could still be taken: what the system has free, or less where
    a container may not have so much (Linux); all there is (other Unix); None where the system
    does not tell."""
    free = [each for each in (_free_in_system(), _free_in_container()) if each is not None]
    return min(free) if free else None


def most_memory() -> int | None:
    """The bytes that this process may hold where no limit was given; None where the system does
    not tell what it has."""
    available = memory_available()
    return None if available is None else (memory_in_use() or 0) + int(SPARE * available)


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
    show it); None where nothing limits it.

    Parts of files that are in memory are charged to it as well, and fill it soon where many files
    are read or written. The system takes them back before it ends a process, so they are free, as
    they are in the `MemAvailable` of a whole system (proc(5)).
    """
    for limit, current, stat, prefix in (
        (root / "memory.max", root / "memory.current", root / "memory.stat", ""),
        (
            root / "memory" / "memory.limit_in_bytes", root / "memory" / "memory.usage_in_bytes",
            root / "memory" / "memory.stat", "total_",
        ),
    ):  # fmt: skip
        try:
            most, taken = int(limit.read_text("ascii")), int(current.read_text("ascii"))
        except (OSError, ValueError):
            # Not there, or "max": no limit of this kind.
            continue
        return max(0, most - max(0, taken - _of_files(stat, prefix)))
    return None


def _of_files(stat: Path, prefix: str) -> int:
    """The bytes of what is charged to a control group that are parts of files, and of no memory
    that is shared; 0 where it does not tell."""
    try:
        told = dict(line.split() for line in stat.read_text("ascii").splitlines())
        return sum(int(told[f"{prefix}{each}_file"]) for each in ("active", "inactive"))
    except (OSError, ValueError, KeyError):
        return 0


def memory_of_its_own() -> int | None:
    """The bytes of memory that this process holds now and that are no parts of files (Linux): the
    system cannot take them back; None where it does not tell."""
    try:
        resident, shared = _told_by_statm()[1:3]
    except (OSError, IndexError, ValueError):
        return None
    return (resident - shared) * mmap.PAGESIZE


def _told_by_statm() -> list[int]:
    """The numbers of pages that the system tells of this process. Raises OSError."""
    # Asked at each level of a search: a file object would take most of the time.
    told = os.open("/proc/self/statm", os.O_RDONLY)
    try:
        return [int(each) for each in os.read(told, STATM).split()]
    finally:
        os.close(told)


def memory_in_use() -> int | None:
    """The bytes of memory this process holds now (Linux), or its peak (other Unix); None
    where the system does not tell (Windows)."""
    try:
        import resource
    except ImportError:
        return None
    try:
        return _told_by_statm()[1] * resource.getpagesize()
    except (OSError, IndexError, ValueError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        # Bytes on macOS, kilobytes elsewhere (getrusage(2)).
        return peak if sys.platform == "darwin" else peak * 1024


def is_beyond(limit: int, more: int = 0) -> bool:
    """Whether this process holds more than so many bytes, with `more` that are about to be taken,
    once everybody gave back what can be had again: parts of files that are in memory."""
    early = limit - int(EARLY * limit) if _GIVE_BACK else limit
    if (memory_in_use() or 0) + more <= early:
        return False
    for give_back in _giving_back():
        give_back()
        if (memory_in_use() or 0) + more <= early:
            return False
    return (memory_in_use() or 0) + more > limit


def give_all_back(limit: int) -> None:
    """Where only the part of a limit is left that is kept free, have everybody give back what can
    be had again: for somebody who would otherwise have the same parts of files read and given back
    all the time."""
    if (memory_in_use() or 0) > limit - int(EARLY * limit):
        for give_back in _giving_back():
            give_back()


def _giving_back() -> Iterator[Callable[[], None]]:
    """What gives memory back and is still there."""
    for known in tuple(_GIVE_BACK):
        give_back = known()
        if give_back is not None:
            yield give_back
            continue
        with contextlib.suppress(ValueError):  # another thread has seen it as well
            _GIVE_BACK.remove(known)


def giving_back(give_back: Callable[[], None]) -> None:
    """Have memory given back where it becomes scarce, by a method that any thread may call at any
    moment, as long as its object lives. What was named first is called first."""
    _GIVE_BACK.append(WeakMethod(give_back))

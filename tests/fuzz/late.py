"""Ends what takes too long, by raising something that nothing else handles."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["LateError", "ending_after"]

AGAIN = 2
"""CPU seconds until it is raised again: Python drops what is raised where memory is given back."""


class LateError(BaseException):
    """Something took too long. No `Exception`, and above all no `TimeoutError`: that is an
    `OSError`, as a full disk is, and whatever handles one would handle the other."""


@contextmanager
def ending_after(seconds: float) -> Iterator[None]:
    """Raise LateError in here, in the main thread, after so many CPU seconds of the process: that a
    machine is busy is nobody's mistake."""

    def too_long(_signal: int, _frame: FrameType | None) -> None:
        raise LateError(f"no answer in {seconds:g} s of CPU time")

    before = signal.signal(signal.SIGPROF, too_long)
    try:
        signal.setitimer(signal.ITIMER_PROF, seconds, AGAIN)
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)

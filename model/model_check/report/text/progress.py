"""What a long search says while it runs: one line on stderr.

Nothing for the first half second, since most searches are over by then. On a terminal the
line is drawn again in its place, and where nothing new is to be told, with how long it has stood
there: so that it never stands still for long. In a log a new line is written every few seconds.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable
from typing import TextIO

from ...budget.disk import Room, room_on_disk
from ...budget.memory import memory_in_use
from .estimate import Estimate

__all__ = ["Progress"]

QUIET = 0.5
"""Seconds before the first line."""
REDRAWN = 0.2
"""Seconds between two lines on a terminal."""
STILL = 1.0
"""Seconds after which a line on a terminal says how long it has stood there, and again."""
BEAT = 0.5
"""Seconds between two looks whether it does."""
LOGGED = 5.0
"""Seconds between two lines elsewhere."""


class Progress:
    """Shows how far a search is; call `update` often and `close` once at the end.

    `clock` gives seconds, `memory` bytes (None where unknown), `disk` what is taken there; tests
    pass their own. On the terminal of the program, which is the `stream` where none is given, a
    thread of its own calls `beat` until it is closed.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
        memory: Callable[[], int | None] | None = None,
        disk: Callable[[], Room | None] = room_on_disk,
    ) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock
        self._memory = memory_in_use if memory is None else memory
        self._disk = disk
        self._estimate = Estimate()
        self._redraws = self._stream.isatty()
        self._start = clock()
        self._next = self._start + QUIET
        self._shown = 0
        self._before = 0
        """The states with which the search began: many, where it is gone on with."""
        self._told = "getting ready"
        self._since = self._start
        self._lock = threading.Lock()
        self._over = threading.Event()
        if stream is None and self._redraws:
            threading.Thread(target=self._beats, daemon=True).start()

    def update(self, depth: int, states: int, frontier: int) -> None:
        """Tell the depth reached, the states found, and how many wait to be explored; where none
        does, what is told goes on beside that."""
        now = self._clock()
        if depth == 0 or states < self._before:
            self._before = states
        if depth == 0 and not self._shown:
            # The clock starts with the search, not with the program that loads it.
            self._start, self._next = now, now + QUIET
        self._estimate.update(depth, frontier)
        if self._is_time(now):
            self._show(self._line(depth, states, frontier, now - self._start))

    def tell(self, text: str) -> None:
        """Tell in words how far a search of many searches is; as often as `update` would."""
        now = self._clock()
        if self._is_time(now):
            self._show(f"{text}, {now - self._start:.0f} s")

    def _is_time(self, now: float) -> bool:
        """Whether the next line is due."""
        if now < self._next:
            return False
        self._next = now + (REDRAWN if self._redraws else LOGGED)
        return True

    def say(self, text: str) -> None:
        """Tell what is done now, in words; only on a terminal, where the line goes again."""
        if self._redraws:
            self._show(text)

    def beat(self) -> None:
        """Tell how long the line has stood there that is shown; only on a terminal."""
        with self._lock:
            still = self._clock() - self._since
            if self._redraws and self._told and still >= STILL:
                self._draw(f"{self._told} (for {int(still)} s)")

    def close(self) -> None:
        """Clear the line, so that what follows starts on an empty one."""
        self._over.set()
        with self._lock:
            if self._redraws and self._shown:
                self._write("\r" + " " * self._shown + "\r")
            self._shown = 0
            self._told = ""

    def _beats(self) -> None:
        while not self._over.wait(BEAT):
            self.beat()

    def _line(self, depth: int, states: int, frontier: int, seconds: float) -> str:
        parts = [f"depth {depth:,}", f"{states:,} states"]
        if frontier:
            total = self._estimate.of(states)
            parts.append(f"{frontier:,} to explore")
            parts += [] if total is None else [f"perhaps {total:,} in all"]
            parts.append(f"{(states - self._before) / seconds:,.0f} states/s")
        else:
            parts += ["all explored, being judged", f"{seconds:,.0f} s"]
        used = self._memory()
        if used is not None:
            parts.append(f"{used / 2**20:,.0f} MB")
        room = self._disk()
        if room is not None and room.taken:
            more = states * room.free // room.taken
            parts.append(f"{room.taken / 2**20:,.0f} MB on disk (room for {more:,} states more)")
        return ", ".join(parts)

    def _show(self, line: str) -> None:
        with self._lock:
            if self._redraws:
                self._told, self._since = line, self._clock()
            self._draw(line)

    def _draw(self, line: str) -> None:
        shown = max(self._shown, len(line))
        self._write("\r" + line.ljust(shown) if self._redraws else line + "\n")
        self._shown = shown if self._redraws else 0

    def _write(self, text: str) -> None:
        # Where nobody can read it, the search goes on all the same.
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text)
            self._stream.flush()

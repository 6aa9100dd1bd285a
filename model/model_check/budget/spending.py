"""One clock for all of a run: what it may take of time and memory, Ctrl-C, and how it is ended.

In two steps. First `Budget.exceeded` is asked between two pieces of work, so that
what was done until then is kept. Where nobody asks soon enough (one step with a billion choices,
a formula, a layout), a thread of the budget's own has the main thread raise `StopNow`, wherever
it is. A program that does not hear even that, because it is inside of compiled code, is ended
by that thread, if `guarding` was told how.

Signals reach the main thread alone: in any other one a budget is asked, and raises nothing.
"""

from __future__ import annotations

import _thread
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NamedTuple

from .memory import MEGABYTE, is_beyond, memory_in_use, most_memory

__all__ = [
    "INTERRUPTED",
    "Ask",
    "Budget",
    "NotHereError",
    "StopNow",
    "all_told",
    "is_telling",
    "never",
    "telling",
    "whole",
    "why_of",
]

INTERRUPTED = "interrupted"
TICK = 0.02
"""Seconds between two looks: at the two gigabytes a second that a system gives, forty megabytes."""


class _Course(NamedTuple):
    """How work is ended beyond its limit: StopNow is raised `first` seconds after that, and again
    after each `then`, for what goes on to tell what is known; a program that hears nothing is
    ended `last`. The latter two are seconds that the program had (`_Had`): on a busy machine
    it is not ended because nobody let it run."""

    first: float
    then: float
    last: float


AFTER_TIME = _Course(0.5, 0.3, 1.7)
AFTER_CTRL_C = _Course(0.25, 0.2, 0.9)
"""All of the end is to take less than a second."""
WAITING = 4
"""A program that does not run has had one second in this many: it waits for something, or for its
turn, and nobody knows which."""
LOST_AFTER = 0.2
"""Seconds after which a signal that was not heard is sent again."""
FOREIGN = frozenset({"z3", "llvmlite"})
"""Packages in whose functions StopNow is not raised, but soon afterwards: they talk to compiled
code by ctypes, which makes errors of its own of what is raised while it converts arguments, and
what they have made by half complains when it is unmade."""
SOON = 0.002
"""Seconds until it is tried again."""
ABOVE = 1.03
"""At this part of the memory limit there is no waiting; below, the work may end by itself."""
FAR_ABOVE = 1.07
"""At this share of it a program is ended that has not heard the StopNow before."""

LONGEST_WRITE = 0.3
"""Seconds for which the end of a program waits for what must be whole."""
_WHOLE = threading.Lock()
_TELLING: list[bool] = []
"""Not empty where `telling`: of the main thread, as StopNow is."""
_TOLD: list[bool] = []
"""Not empty where `all_told`."""

Ask = Callable[[], str | bool]
"""Whether to stop, asked now and then; a text says why."""
_Handler = Callable[[int, FrameType | None], Any] | int | None


class StopNow(BaseException):
    """The run must end now: `why` says it in words, as `Budget.exceeded` does.

    Raised in the main thread between any two bytecodes, while a budget is guarding. Not an
    `Exception`, so that nobody takes it for a mistake. Only these may catch it, for they know
    something that is true all the same: a search (`explore.search`: what was explored), the
    judge of a space (`verify.verdicts`: the verdicts so far), `api` (verdicts without reasons,
    or without a picture of the space), the searches for repairs and for what a spec rests on
    (`repairs.search`, `repairs.assumptions`), what writes files (`report.documents.files`: without
    pictures), a folder and what reports of a run (`cli.check`), and at last `cli.main`.
    Whoever catches it has a few tenths of a second until it is raised again. Everybody else
    lets it pass, and leaves with `finally` what must be left.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class NotHereError(StopNow):
    """What was asked for needs more than one machine has; `why` says it in words. Everything else
    can be asked still."""


class _Had:
    """A clock of the seconds that the main thread had to itself, or could have had.

    `pthread_getcpuclockid(3)`, where the system has it; else all seconds.
    """

    def __init__(self) -> None:
        self._seconds = 0.0
        self._looked = time.monotonic()
        self._ran = self._running()

    def seconds(self) -> float:
        """Since the clock was made; asked often enough to tell what happened in between."""
        now, ran = time.monotonic(), self._running()
        passed = now - self._looked
        self._seconds += passed if ran is None else max(ran - (self._ran or 0), passed / WAITING)
        self._looked, self._ran = now, ran
        return self._seconds

    @staticmethod
    def _running() -> float | None:
        main = threading.main_thread().ident
        if sys.platform in ("win32", "darwin") or main is None:
            return None
        return time.clock_gettime(time.pthread_getcpuclockid(main))


def _is_foreign(frame: FrameType | None) -> bool:
    """Whether a frame, or one that called it, is of a package in which nothing may be raised."""
    while frame is not None:
        if str(frame.f_globals.get("__name__")).partition(".")[0] in FOREIGN:
            return True
        frame = frame.f_back
    return False


def never() -> bool:
    """The answer to "was it interrupted?" where nobody can."""
    return False


def why_of(ask: Ask) -> str:
    """Why to stop, in words; "" if nothing says so."""
    answer = ask()
    return answer if isinstance(answer, str) else INTERRUPTED if answer else ""


@contextmanager
def whole() -> Iterator[None]:
    """Have the program not be ended in here by its budget's thread, so that nothing is left half
    done on the disk. StopNow is raised all the same."""
    with _WHOLE:
        yield


@contextmanager
def telling() -> Iterator[None]:
    """Have StopNow not be raised in here: what is known is being written and shown, and would be
    lost. Who takes long is ended by the budget's thread all the same."""
    _TELLING.append(True)
    try:
        yield
    finally:
        _TELLING.pop()


def is_telling() -> bool:
    """Whether what is known is being told just now."""
    return bool(_TELLING)


def all_told() -> None:
    """Have StopNow not be raised any more until the guarding ends: all that is known was said, and
    nobody is to hear that nothing can be."""
    _TOLD.append(True)


class Budget:
    """What a run may take: `timeout` seconds from `started` (None: from now) as `time.monotonic`
    counts, `max_memory` bytes of the whole process (None: no such limit), and until
    `interrupted` says so."""

    def __init__(
        self,
        timeout: float | None = None,
        max_memory: int | None = None,
        interrupted: Ask = never,
        started: float | None = None,
    ) -> None:
        self.started = time.monotonic() if started is None else started
        self.timeout = timeout
        self.max_memory = max_memory
        self.is_guarding = False
        self._interrupted = interrupted
        self._pressed: float | None = None
        self._asked = ""
        """Why StopNow is to be raised; "" if it is not."""
        self._sent = 0.0
        """When a signal was sent to the main thread that it has not seen yet."""
        self._held = 0
        self._unhurried = 0
        self._insists = False
        """Whether Ctrl-C was pressed again."""
        self._left = 0.0
        """When what must not be hurried was over."""
        self._postponed = False
        """Whether StopNow was not raised where the main thread was then."""
        self._halting: list[Callable[[], None]] = []

    def limit(self, timeout: float | None, max_memory: int | None) -> None:
        """Set the limits, once they are known; the time counts from when the budget began. Where
        no memory was given, it ends where little of the system's is left. Raises StopNow if the
        program as it stands is beyond its memory: no work will mend that."""
        self.timeout = timeout
        self.max_memory = most_memory() if max_memory is None else max_memory
        if max_memory is not None and (memory_in_use() or 0) > max_memory:
            raise StopNow(self._beyond())

    # --- asked between two pieces of work --------------------------------------------------------

    def exceeded(self, more: int = 0) -> str:
        """Why the work must end, in words; "" if it need not. `more`: bytes that are about to be
        taken."""
        if self._pressed is not None:
            return INTERRUPTED
        return why_of(self._interrupted) or self._beyond(more)

    def _beyond(self, more: int = 0) -> str:
        if self.timeout is not None and time.monotonic() - self.started > self.timeout:
            return f"the time limit of {self.timeout:g} s was reached"
        if self.max_memory is not None and is_beyond(self.max_memory, more):
            return f"the memory limit of {self.max_memory // MEGABYTE:,} MB was reached"
        return ""

    # --- while somebody watches ------------------------------------------------------------------

    @contextmanager
    def guarding(
        self,
        *,
        hears_ctrl_c: bool = False,
        last_resort: Callable[[str], None] | None = None,
        leaving: _Handler = None,
    ) -> Iterator[Budget]:
        """Have `StopNow` raised in here where the work does not end by itself.

        hears_ctrl_c: Ctrl-C is a limit like the others, and a second one ends the work at once;
        else it is what it was before. last_resort: called in another thread, with why, where
        the main thread hears nothing; it ends the process. leaving: what hears Ctrl-C
        afterwards (None: what did before). In another thread than the main one nothing of
        all this happens: the budget can only be asked.
        """
        if threading.current_thread() is not threading.main_thread() or self.is_guarding:
            yield self
            return
        before: _Handler = signal.getsignal(signal.SIGINT)
        over = threading.Event()

        def hear(number: int, frame: FrameType | None) -> None:
            self._hear(number, frame, None if hears_ctrl_c else before)

        signal.signal(signal.SIGINT, hear)
        watcher = threading.Thread(
            target=self._watch, args=(over, last_resort), name="budget", daemon=True
        )
        watcher.start()
        self.is_guarding = True
        try:
            yield self
        finally:
            # From here on nothing is raised, whatever the watcher still asks for.
            self.is_guarding = False
            _TOLD.clear()
            over.set()
            watcher.join()
            after = before if leaving is None else leaving
            signal.signal(signal.SIGINT, signal.SIG_DFL if after is None else after)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Have StopNow wait: what is in here is short, and must not be left half done."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
            self._raise()

    @contextmanager
    def unhurried(self) -> Iterator[None]:
        """Have what is in here take the time it needs, also beyond a limit: it keeps what was done.
        A second Ctrl-C ends it, by StopNow."""
        self._unhurried += 1
        try:
            yield
        finally:
            self._unhurried -= 1
            self._left = time.monotonic()

    @contextmanager
    def halting(self, halt: Callable[[], None]) -> Iterator[None]:
        """Have `halt` called, in another thread and again and again, as long as the work in
        here goes on beyond a limit: what tells compiled code to come back."""
        self._halting.append(halt)
        try:
            yield
        finally:
            self._halting.remove(halt)

    def _hear(self, number: int, frame: FrameType | None, before: _Handler) -> None:
        """SIGINT, in the main thread: from the watcher, or from a user."""
        if not self.is_guarding:
            return
        if self._sent:
            self._sent = 0.0
            self._raise(frame)
        elif before is None:
            if self._pressed is None:
                self._pressed = time.monotonic()
            else:
                self._asked = INTERRUPTED
                self._insists = True
                self._raise(frame)
        elif callable(before):
            before(number, frame)
        elif before == signal.SIG_DFL:
            raise KeyboardInterrupt

    def _raise(self, frame: FrameType | None = None) -> None:
        waits = self._held or (self._unhurried and not self._insists)
        if self._asked and self.is_guarding and not waits and not (_TELLING or _TOLD):
            if _is_foreign(frame):
                self._postponed = True
                return
            why, self._asked = self._asked, ""
            raise StopNow(why)

    def _watch(self, over: threading.Event, last_resort: Callable[[str], None] | None) -> None:
        """Look at the clock and the memory until all is over."""
        had: _Had | None = None
        again = 0.0
        while not over.wait(SOON if self._postponed else TICK):
            why = INTERRUPTED if self._pressed is not None else self._beyond()
            if not why:
                continue
            if self._unhurried:
                had, again = None, 0.0
                continue
            had = had or _Had()
            for halt in list(self._halting):
                halt()
            now, spent, share = time.monotonic(), had.seconds(), self._share()
            late, course = self._late(now)
            hears_nothing = late > course.last and spent > course.last
            if last_resort is not None and (hears_nothing or share > FAR_ABOVE):
                is_whole = _WHOLE.acquire(timeout=LONGEST_WRITE)
                last_resort(why)
                if is_whole:
                    _WHOLE.release()
            if self._postponed:
                self._postponed = False
                self._send(now)
            elif spent >= again and (late > course.first or share > ABOVE):
                self._asked = why
                self._send(now)
                again = spent + course.then

    def _late(self, now: float) -> tuple[float, _Course]:
        """For how many seconds the work should have ended, and how it is ended then."""
        if self._pressed is not None:
            return now - max(self._pressed, self._left), AFTER_CTRL_C
        if self.timeout is not None:
            return now - max(self.started + self.timeout, self._left), AFTER_TIME
        return 0.0, AFTER_TIME

    def _share(self) -> float:
        """How much of the memory limit is in use, where it is more than that."""
        if not self.max_memory or not is_beyond(self.max_memory):
            return 0.0
        return (memory_in_use() or 0) / self.max_memory

    def _send(self, now: float) -> None:
        """Have the main thread look what is asked of it, also out of a call of the system. A
        signal that is on its way is not sent twice, unless a handler that is not ours took it."""
        if now - self._sent > LOST_AFTER:
            self._sent = now
            main = threading.main_thread().ident
            if sys.platform == "win32" or main is None:
                # Heard between two bytecodes, not inside of a call of the system.
                _thread.interrupt_main()
            else:
                signal.pthread_kill(main, signal.SIGINT)

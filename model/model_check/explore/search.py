"""Exhaustive search of a spec: exact, and with a shortest trace to every state.

Whole states are compared. When a step needs more room than the layout gives, the layout
grows and the search starts over, so that what it returns was explored under one layout.
"""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, get_args

from ..budget.spending import StopNow
from ..errors import ModelCheckError
from ..language.records import dataclass
from ..language.source.diagnostics import SpecError
from ..language.tree.spec import Spec
from ..machine.core import Failure
from ..machine.make import make_program
from ..machine.python.program import Program
from ..machine.shapes import Layout
from .engine import Run, Task
from .limits import Limits, Progress
from .portable import PortableRun
from .space import Growth, Space

if TYPE_CHECKING:
    from .native.memory import Arena

__all__ = [
    "DEFAULT_OPTIONS", "FORGET_FROM", "Engine", "NativeUnavailableError", "SearchOptions", "cores",
    "explore",
]  # fmt: skip

# Compiling costs as much as exploring some fifty thousand states in Python.
NATIVE_FROM = 30_000
# What a space gains by forgetting grows with it; a small one is shown and counted whole.
FORGET_FROM = 30_000
Engine = Literal["auto", "python", "native"]


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How to explore.

    `engine`: "auto" starts in Python and goes over to native code where a space is large enough
    to pay for compiling; the result is the same. `workers`: threads of native code (None: one a
    core); the result is the same with any number. `lean`: native code keeps a table of half the
    size, at some cost in time. `forget_from`: a space with at least this many states is explored
    without telling apart the values that no step reads any more (see `machine.passes`); None:
    never. Whatever the engine, the first states are found in Python to know. `remember` False
    runs every step in every state, and keeps bits for what never changes: slower, and the oracle
    of the default.
    """

    engine: Engine = "auto"
    workers: int | None = None
    lean: bool = False
    forget_from: int | None = FORGET_FROM
    remember: bool = True


DEFAULT_OPTIONS = SearchOptions()


def explore(
    spec: Spec,
    limits: Limits | None = None,
    progress: Progress | None = None,
    *,
    layout: Layout | None = None,
    options: SearchOptions = DEFAULT_OPTIONS,
    program: Program | None = None,
) -> Space:
    """Explore every state of a spec, under a layout that holds them all; `layout`: the one to
    start with, and `program` what `make_program` makes of the spec with it, where that is known.

    Raises SpecError where not even an initial state exists without a run-time error or a limit,
    NativeUnavailableError where "native" was asked for and cannot be, ValueError for an
    engine that there is not, and StopNow where not even the initial states were found in time.
    """
    if options.engine not in get_args(Engine):
        known = ", ".join(sorted(get_args(Engine)))
        raise ValueError(f"no such engine: {options.engine} (there is {known})")
    search = _Searches(spec, limits or Limits(), progress, layout or Layout(), options)
    if options.remember and not search.plan.forgets:
        search.made = program
    runs = search.runs()
    last = next(runs)
    try:
        for each in runs:
            last = each
    except StopNow as stop:
        if not last.has_begun:
            raise
        last.stopped = stop.why
    return last.space()


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class NativeUnavailableError(ModelCheckError):
    """The native engine was asked for, and cannot run this spec here; the text says why."""


class _Plan:
    """Which engine, and with dead values forgotten or not: what is settled, and when the rest
    is."""

    def __init__(self, options: SearchOptions) -> None:
        self.forgets = options.forget_from == 0
        self.settles_at = None if self.forgets else options.forget_from
        """States from which on dead values are forgotten; None once that is settled."""
        self.native_at = {"auto": NATIVE_FROM, "native": 1, "python": None}[options.engine]
        """States from which on compiled code searches; None: never."""

    @property
    def first_pause(self) -> int | None:
        return self.native_at if self.settles_at is None else self.settles_at

    def forget(self) -> None:
        """Dead values are forgotten from now on. As large as the space is, compiled code may
        begin at once."""
        self.forgets = True
        self.native_at = None if self.native_at is None else 1


class _Searches:
    """Carries a plan out: searches under one layout after the other."""

    def __init__(
        self,
        spec: Spec,
        limits: Limits,
        progress: Progress | None,
        layout: Layout,
        options: SearchOptions,
    ) -> None:
        self.spec = spec
        self.options = options
        self.plan = _Plan(options)
        self.limits = limits
        self.progress = progress
        self.started = time.monotonic()
        self.layout = layout
        self.made: Program | None = None
        """The program of the next run, where somebody has made it: it was needed to settle the
        plan, or before."""
        self.arena: Arena | None = None

    def runs(self) -> Iterator[Run]:
        """Each search before it is run; the last one has explored what there is."""
        run: Run | None = None
        while True:
            try:
                program = self.made or self._program(forget=self.plan.forgets)
            except SpecError as error:
                if run is None:
                    raise
                # There was room for what was explored, and there is none for what comes then.
                (wrong,) = error.diagnostics
                _end(run, f"{wrong.message} ({wrong.position})")
                return
            self.made = None
            run = portable = self._portable(program)
            yield run
            failure = portable.run()
            if self.plan.settles_at is not None and failure is None:
                if self._settles(portable):
                    continue
                failure = portable.go_on(self.plan.native_at)
            if portable.paused:
                run = self._compiled(portable)
                if run is not portable:
                    yield run
                failure = run.run()
            if failure is None or not self._grows(run, failure):
                return

    def _program(self, *, forget: bool) -> Program:
        return make_program(self.spec, self.layout, fold=self.options.remember, forget=forget)

    def _portable(self, program: Program) -> PortableRun:
        task = Task(program, self.layout, self.limits, self.progress, self.started)
        return PortableRun(task, self.plan.first_pause, remember=self.options.remember)

    def _settles(self, portable: PortableRun) -> bool:
        """Settle whether dead values are forgotten, now that a space is known to be small or
        large; whether the search starts over for that."""
        self.plan.settles_at = None
        program = self._program(forget=True) if portable.paused else None
        if program is None or program.forgetting is None:
            return False
        self.made = program
        self.plan.forget()
        return True

    def _compiled(self, portable: PortableRun) -> Run:
        """The same search in native code, from its start; where there can be none, and it was
        not asked for, the portable one goes on."""
        try:
            return self._native(portable.task)
        except NativeUnavailableError as error:
            if self.options.engine == "native":
                why = f"{error}: nothing was searched; leave out --engine native"
                raise NativeUnavailableError(why) from error
            # Nothing but Python here: do not ask again.
            self.plan.native_at = portable.pause = None
            portable.note = f"{error}: the search ran in Python"
            return portable

    def _native(self, task: Task) -> Run:
        """In the memory of the native run before, if there was one. Raises
        NativeUnavailableError."""
        if importlib.util.find_spec("llvmlite") is None:
            raise NativeUnavailableError("llvmlite is not installed")
        from .native.engine import NativeRun
        from .native.library import FULL_SLOT, LEAN_SLOT, Library
        from .native.ranges import UncompilableError

        try:
            slot = LEAN_SLOT if self.options.lean else FULL_SLOT
            library = Library(task.program.machine, slot=slot)
            workers = self.options.workers or cores()
            run = NativeRun(task, library, workers=workers, arena=self.arena)
        except UncompilableError as error:
            raise NativeUnavailableError(f"this spec has {error}, too wide to compile") from error
        except OSError as error:
            raise NativeUnavailableError(f"the system gave no memory ({error})") from error
        self.arena = run.arena
        return run

    def _grows(self, run: Run, failure: Failure) -> bool:
        """Whether a larger layout may have room for what failed; where none has, the run ends."""
        if failure.kind == "limit":
            _end(run, failure.text)
            return False
        shown = run.repetition()
        if shown is not None:
            run.stopped = f"{failure.message} may grow without end"
            run.growth = Growth(failure.message, shown)
            return False
        self.layout = self.layout.for_failure(failure)
        return True


def _end(run: Run, limit: str) -> None:
    """A limit of this tool ends a run."""
    run.stopped = limit
    run.growth = Growth("", run.number, limit)

"""Exhaustive breadth-first search: exact, and a shortest trace to every state.

Whole states are compared. When a step needs more room than the layout gives, the layout
grows and the search starts over, so that what it returns was explored under one layout.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from array import array
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from ..budget.spending import StopNow
from ..language.diagnostics import Diagnostic, SpecError
from ..language.tree import Spec
from ..machine.core import Failure
from ..machine.generate import Program
from ..machine.make import make_program
from ..machine.shapes import Layout
from .growth import repetition
from .limits import Limits, Progress, at_first_violation
from .memo import GrowthNeededError, Plain, differences_of
from .space import Growth, Space
from .watch import Watch

if TYPE_CHECKING:
    from .native.engine import NativeRun
    from .native.memory import Arena

__all__ = ["FORGET_FROM", "Engine", "NativeUnavailableError", "cores", "explore"]

# Limits and progress are looked at after so many states: some ten milliseconds.
CHUNK = 4096
# Bytes of a dict for each key that it has room for: at two thirds it grows to twice its size.
TABLE_BYTES = 30
# Compiling costs as much as exploring some fifty thousand states in Python.
NATIVE_FROM = 30_000
# What a space gains by forgetting grows with it; a small one is shown and counted whole.
FORGET_FROM = 30_000


Engine = Literal["auto", "python", "native"]


def explore(
    spec: Spec,
    limits: Limits | None = None,
    progress: Progress | None = None,
    *,
    layout: Layout | None = None,
    engine: Engine = "auto",
    workers: int | None = None,
    lean: bool = False,
    forget_from: int | None = FORGET_FROM,
    remember: bool = True,
) -> Space:
    """Explore every state of a spec, under a layout that holds them all.

    `layout`: the one to start with. `engine`: "auto" starts in Python and goes over to
    native code where a space is large enough to pay for compiling; the result is the same.
    `workers`: threads of native code (None: one a core); the result is the same with any
    number. `lean`: native code keeps a table of half the size, at some cost in time.
    `forget_from`: a space with at least so many states is explored without telling apart the
    values that no step reads any more (see `machine.forget`); None: never. Whatever the engine,
    the first states are found in Python to know.
    `remember` False runs every step in every state, and keeps bits for what never changes:
    slower, and the oracle of the default.
    Raises SpecError where not even an initial state exists without a run-time error or a limit,
    NativeUnavailableError where "native" was asked for and cannot be, ValueError for an
    engine that there is not, and StopNow where not even the initial states were found in time.
    """
    if engine not in get_args(Engine):
        raise ValueError(
            f"no such engine: {engine} (there is {', '.join(sorted(get_args(Engine)))})"
        )
    run: _Run | NativeRun | None = None
    try:
        for each in _runs(
            spec, limits or Limits(), progress, layout or Layout(), engine, workers or cores(),
            lean, forget_from, remember,
        ):  # fmt: skip
            run = each
    except StopNow as stop:
        if run is None or not run.has_begun:
            raise
        run.stopped = stop.why
    assert run is not None  # there is one under every layout
    return run.space()


def _runs(
    spec: Spec,
    limits: Limits,
    progress: Progress | None,
    layout: Layout,
    engine: Engine,
    workers: int,
    lean: bool,
    forget_from: int | None,
    remember: bool,
) -> Iterator[_Run | NativeRun]:
    """Searches under one layout after the other, each before it is run; the last one has
    explored what there is."""
    started = time.monotonic()
    pauses: dict[Engine, int | None] = {"auto": NATIVE_FROM, "native": 1, "python": None}
    pause = pauses[engine]
    arena: Arena | None = None
    forget = forget_from == 0
    deciding = not forget and forget_from is not None
    forgetful: Program | None = None
    run: _Run | NativeRun | None = None
    while True:
        try:
            program = forgetful or make_program(spec, layout, fold=remember, forget=forget)
        except SpecError as error:
            if run is None:
                raise
            # There was room for what was explored, and there is none for what comes then.
            (wrong,) = error.diagnostics
            run.stopped = f"{wrong.message} ({wrong.position})"
            run.growth = Growth("", run.number, run.stopped)
            return
        forgetful = None
        first_pause = forget_from if deciding else pause
        portable = _Run(program, layout, limits, progress, started, remember, first_pause)
        run = portable
        yield run
        failure = portable.run()
        if deciding and failure is None:
            deciding = False
            if portable.paused:
                forgetful = make_program(spec, layout, fold=remember, forget=True)
            if forgetful is not None and forgetful.forgetting is not None:
                # Large as it is, compiled code may begin at once.
                forget, pause = True, None if pause is None else 1
                continue
            forgetful = None
            failure = portable.go_on(pause)
        if portable.paused:
            try:
                run = _native(portable, workers, lean, arena)
                yield run
            except NativeUnavailableError as error:
                if engine == "native":
                    why = f"{error}: nothing was searched; leave out --engine native"
                    raise NativeUnavailableError(why) from error
                # Nothing but Python here: go on where it paused, and do not ask again.
                pause = portable.pause = None
                portable.note = f"{error}: the search ran in Python"
            failure = run.run()
        if failure is None:
            return
        if failure.kind == "limit":
            run.stopped = failure.text
            run.growth = Growth("", run.number, failure.text)
            return
        shown = run.repetition()
        if shown is not None:
            run.stopped = f"{failure.message} may grow without end"
            run.growth = Growth(failure.message, shown)
            return
        if not isinstance(run, _Run):
            arena = run.arena
        layout = layout.for_failure(failure)


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class NativeUnavailableError(Exception):
    """The native engine was asked for, and cannot run this spec here; the text says why."""


def _native(portable: _Run, workers: int, lean: bool, arena: Arena | None) -> NativeRun:
    """A native run of what a portable one began, from the start, in the memory of the one
    before if there was one. Raises NativeUnavailableError where there can be none."""
    if importlib.util.find_spec("llvmlite") is None:
        raise NativeUnavailableError("llvmlite is not installed")
    from .native.engine import NativeRun
    from .native.library import FULL_SLOT, LEAN_SLOT, Library
    from .native.ranges import TooWideError

    try:
        library = Library(portable.program.machine, slot=LEAN_SLOT if lean else FULL_SLOT)
        return NativeRun(
            portable.program, portable.layout, library, portable.limits, portable.progress,
            portable.started, workers=workers, arena=arena,
        )  # fmt: skip
    except TooWideError as error:
        raise NativeUnavailableError(f"this spec has {error}, too wide to compile") from error
    except OSError as error:
        raise NativeUnavailableError(f"the system gave no memory ({error})") from error


class _Mark(NamedTuple):
    """Where a search is: how much there is of each."""

    states: int
    terminal: int
    reached: int
    transitions: int
    number: int


class _Run:
    """One search under one layout."""

    def __init__(
        self,
        program: Program,
        layout: Layout,
        limits: Limits,
        progress: Progress | None,
        started: float,
        remember: bool,
        pause: int | None,
    ) -> None:
        self.program = program
        self.layout = layout
        self.limits = limits
        self.progress = progress
        self.started = started
        self.processes = differences_of(program, remember=remember)
        self.index: dict[int, int] = {}
        self.parents = array("q")
        self.levels: list[int] = []
        self.terminal: list[int] = []
        self.transitions = 0
        self.stopped = ""
        self.initial = 0
        self.number = 0
        """The state being expanded, or the next one."""
        self.pause = pause
        """Pause once there are so many states; None: never."""
        self.paused = False
        self.note = ""
        self.growth: Growth | None = None
        self._frontier: list[int] | None = None
        self._watch = Watch(program) if limits.first_violation else None

    @property
    def has_begun(self) -> bool:
        """Whether there is a state."""
        return self._frontier is not None

    def run(self) -> Failure | None:
        """Search until everything is explored or a limit stops it; the failure, if a
        variable needs more room. After a pause, go on. Raises StopNow before there is a state."""
        self.paused = False
        try:
            if self._frontier is None:
                self._frontier = self._begin()
            while self._frontier and not self.stopped:
                if self.pause is not None and len(self.index) >= self.pause:
                    self.paused = True
                    break
                self._frontier = self._level(self._frontier)
        except GrowthNeededError as growth:
            return self.program.machine.failures[growth.code - 1]
        return None

    def go_on(self, pause: int | None) -> Failure | None:
        """Go on with another pause ahead; a search that ended beyond it has paused there."""
        ended = not self.paused
        self.pause = pause
        failure = self.run()
        if ended and not self.stopped and pause is not None:
            self.paused = len(self.index) >= pause
        return failure

    def _begin(self) -> list[int]:
        out: list[int] = []
        self.program.initial(out)
        for state in out:
            if state < 0:
                failure = self.program.machine.failures[-state - 1]
                if failure.kind == "growth":
                    raise GrowthNeededError(-state)
                message = f"{failure.message} in an initial state"
                hint = "this is as far as this tool goes" if failure.kind == "limit" else ""
                raise SpecError([Diagnostic(failure.at, message, hint)])
        for state in out:
            if state not in self.index:
                self.parents.append(len(self.index))
                self.index[state] = len(self.index)
        self.initial = len(self.index)
        return list(self.index)

    def _level(self, frontier: list[int]) -> list[int]:
        self.levels.append(self.number)
        reached: list[int] = []
        for start in range(0, len(frontier), CHUNK):
            before = self._mark(reached)
            try:
                self._chunk(frontier[start : start + CHUNK], reached)
            except StopNow as stop:
                with self.limits.budget.held():
                    self._go_back(before, reached)
                    self.stopped = stop.why
            if self.stopped:
                break
        return reached

    def _chunk(self, states: list[int], reached: list[int]) -> None:
        """Expand some states, and look at the limits."""
        self._expand(states, reached)
        self._settle_memories()
        found = len(self.index)
        if self.progress is not None:
            self.progress(len(self.levels) - 1, found, found - self.number)
        if self.number < found:
            stopped = self.limits.exceeded(found, self.started, self._more(len(reached)))
            if not stopped and self._watch is not None:
                stopped = self._violated(self._watch)
            self.stopped = stopped

    def _mark(self, reached: list[int]) -> _Mark:
        """Where the search is, between two states."""
        return _Mark(
            len(self.index), len(self.terminal), len(reached), self.transitions, self.number
        )

    def _go_back(self, mark: _Mark, reached: list[int]) -> None:
        """Forget all that was done since, wherever it was left."""
        while len(self.index) > mark.states:
            self.index.popitem()
        del self.parents[mark.states :]
        del self.terminal[mark.terminal :]
        del reached[mark.reached :]
        self.transitions, self.number = mark.transitions, mark.number

    def _more(self, reached: int) -> int:
        """Bytes that are taken soon: by the states as a list, and by a larger table."""
        states = len(self.index)
        size = sys.getsizeof(self.index)
        grows = states + 2 * max(reached, CHUNK) > size // TABLE_BYTES
        return 8 * states + (2 * size if grows else 0)

    def _expand(self, states: list[int], reached: list[int]) -> None:
        # The hot loop of the portable engine: everything in locals.
        index, parents, terminal = self.index, self.parents, self.terminal
        processes = [(each.mask, each) for each in self.processes]
        transitions = self.transitions
        number = self.number
        size = len(index)
        try:
            for state in states:
                found = 0
                for mask, differences in processes:
                    for difference in differences[state & mask]:
                        target = state + difference
                        found += 1
                        if target not in index:
                            index[target] = size
                            size += 1
                            parents.append(number)
                            reached.append(target)
                if not found:
                    terminal.append(number)
                transitions += found
                number += 1
        finally:
            self.transitions = transitions
            self.number = number

    def _settle_memories(self) -> None:
        for i, each in enumerate(self.processes):
            if not isinstance(each, Plain) and not each.is_worth_it(self.number):
                plain = Plain(self.program.machine, self.program.successors[i], each.mask)
                plain.errors = each.errors
                self.processes[i] = plain

    def _violated(self, watch: Watch) -> str:
        errors = sum(len(each.errors) for each in self.processes)
        return at_first_violation(watch.violated(list(self.index), self.terminal, errors, None))

    def repetition(self) -> int | None:
        """The state at which the way to the one that needs more room has repeated itself."""
        if not self.index:
            return None
        states = list(self.index)
        path = [self.number]
        while path[-1] >= self.initial:
            path.append(self.parents[path[-1]])
        path.reverse()
        place = repetition(self.program.machine, [states[i] for i in path], len(states))
        return None if place is None else path[place]

    def space(self) -> Space:
        """What was explored."""
        states = list(self.index)
        if self.levels and self.levels[-1] >= len(states):
            self.levels.pop()
        errors = self._errors(states)
        failing = {number for number, _, _ in errors}
        return Space(
            self.program, self.layout, tuple(self.processes), states, self.index, self.parents,
            self._closed_levels(len(states)), self.initial, self.number,
            tuple(n for n in self.terminal if n not in failing), errors, self.transitions,
            time.monotonic() - self.started, self.stopped, self.growth, note=self.note,
        )  # fmt: skip

    def _closed_levels(self, states: int) -> tuple[int, ...]:
        # A search that stopped inside a level has found part of the next one.
        levels = list(self.levels)
        if self.stopped and levels:
            last = levels[-1]
            following = next(
                (i for i in range(max(last, self.initial), states) if self.parents[i] >= last),
                None,
            )
            if following is not None:
                levels.append(following)
        return tuple(levels)

    def _errors(self, states: list[int]) -> tuple[tuple[int, int, int], ...]:
        found: list[tuple[int, int, int]] = []
        for instance, each in enumerate(self.processes):
            if each.errors:
                codes: dict[int, list[int]] = {}
                for key, code in dict.fromkeys(each.errors):
                    codes.setdefault(key, []).append(code)
                found += [
                    (number, instance, code)
                    for number in range(self.number)
                    for code in codes.get(states[number] & each.mask, ())
                ]
        return tuple(sorted(found))

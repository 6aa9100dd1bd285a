"""The portable engine: breadth-first search in Python, with whole states in a dict."""

from __future__ import annotations

import sys
import time
from array import array
from collections.abc import Sequence
from typing import NamedTuple

from ..budget.spending import StopNow
from ..language.source.diagnostics import Diagnostic, SpecError
from ..machine.core import Failure
from .engine import Run, Task
from .memo import GrowthNeededError, PlainDifferences, differences_of
from .space import Space, cut_off

__all__ = ["PortableRun"]

CHUNK = 4096
"""Limits and progress are looked at after this many states: some ten milliseconds."""
TABLE_BYTES = 30
"""Bytes of a dict for each key that it has room for: at two thirds it grows to twice its size."""


class _Mark(NamedTuple):
    """Where a search is: how much there is of each."""

    states: int
    terminal: int
    reached: int
    transitions: int
    number: int


class PortableRun(Run):
    """One search in Python; it can pause and go on."""

    def __init__(self, task: Task, pause: int | None, *, remember: bool = True) -> None:
        super().__init__(task)
        self.processes = differences_of(task.program, remember=remember)
        self.index: dict[int, int] = {}
        self.levels: list[int] = []
        self.terminal: list[int] = []
        self.transitions = 0
        self.pause = pause
        """Pause once there are this many states; None: never."""
        self.paused = False
        self.note = ""
        self._number = 0
        self._parents = array("q")
        self._frontier: list[int] | None = None

    @property
    def has_begun(self) -> bool:
        return self._frontier is not None

    @property
    def number(self) -> int:
        return self._number

    @property
    def states(self) -> list[int]:
        return list(self.index)

    @property
    def parents(self) -> Sequence[int]:
        return self._parents

    def run(self) -> Failure | None:
        """As of `Run`; after a pause, go on."""
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
        initially = self.program.machine.spec.initially
        if not out and initially is not None:
            message = "initially leaves no first state"
            raise SpecError([Diagnostic(initially.at, message, "every await must be true in one")])
        for state in out:
            if state not in self.index:
                self._parents.append(len(self.index))
                self.index[state] = len(self.index)
        self.initial = len(self.index)
        return list(self.index)

    def _level(self, frontier: list[int]) -> list[int]:
        self.levels.append(self._number)
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
        if self.task.progress is not None:
            self.task.progress(len(self.levels) - 1, found, found - self._number)
        if self._number < found:
            stopped = self.limits.exceeded(found, self.task.started, self._more(len(reached)))
            errors = sum(len(each.errors) for each in self.processes)
            self.stopped = stopped or self._at_violation(self.terminal, errors)

    def _mark(self, reached: list[int]) -> _Mark:
        """Where the search is, between two states."""
        return _Mark(
            len(self.index), len(self.terminal), len(reached), self.transitions, self._number
        )

    def _go_back(self, mark: _Mark, reached: list[int]) -> None:
        """Forget all that was done since, wherever it was left."""
        while len(self.index) > mark.states:
            self.index.popitem()
        del self._parents[mark.states :]
        del self.terminal[mark.terminal :]
        del reached[mark.reached :]
        self.transitions, self._number = mark.transitions, mark.number

    def _more(self, reached: int) -> int:
        """Bytes that are taken soon: by the states as a list, and by a larger table."""
        states = len(self.index)
        size = sys.getsizeof(self.index)
        grows = states + 2 * max(reached, CHUNK) > size // TABLE_BYTES
        return 8 * states + (2 * size if grows else 0)

    def _expand(self, states: list[int], reached: list[int]) -> None:
        # The hot loop of the portable engine: everything in locals.
        index, parents, terminal = self.index, self._parents, self.terminal
        processes = [(each.mask, each) for each in self.processes]
        faults = bool(self.program.faults)
        transitions = self.transitions
        number = self._number
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
                if not found or (faults and found == self._faults(state)):
                    terminal.append(number)
                transitions += found
                number += 1
        finally:
            self.transitions = transitions
            self._number = number

    def _faults(self, state: int) -> int:
        """How much may go wrong in a state: where nothing else can happen, nothing has to, and a
        run may end there."""
        return sum(len(each[state & each.mask]) for each in self.processes if each.fault)

    def _settle_memories(self) -> None:
        for i, each in enumerate(self.processes):
            if not isinstance(each, PlainDifferences) and not each.is_worth_it(self._number):
                plain = PlainDifferences(
                    self.program.machine, each.successors, each.instance, fault=each.fault
                )
                plain.errors = each.errors
                self.processes[i] = plain

    def space(self) -> Space:
        states = self.states
        if self.levels and self.levels[-1] >= len(states):
            self.levels.pop()
        errors = self._errors(states)
        failing = {number for number, _, _ in errors}
        quiet = tuple(n for n in self.terminal if n not in failing)
        terminal, outside = cut_off(self.program, states, quiet, failing)
        return Space(
            program=self.program,
            layout=self.task.layout,
            processes=tuple(self.processes),
            states=states,
            index=self.index,
            parents=self._parents,
            levels=self._closed_levels(len(states)),
            initial=self.initial,
            expanded=self._number,
            terminal=terminal,
            outside=outside,
            errors=errors,
            transitions=self.transitions,
            seconds=time.monotonic() - self.task.started,
            stopped=self.stopped,
            growth=self.growth,
            note=self.note,
        )

    def _closed_levels(self, states: int) -> tuple[int, ...]:
        # A search that stopped inside a level has found part of the next one.
        levels = self.levels or [0]
        if self.stopped:
            last = levels[-1]
            following = next(
                (i for i in range(max(last, self.initial), states) if self._parents[i] >= last),
                None,
            )
            if following is not None:
                return (*levels, following)
        return tuple(levels)

    def _errors(self, states: list[int]) -> tuple[tuple[int, int, int], ...]:
        found: list[tuple[int, int, int]] = []
        for each in self.processes:
            if each.errors:
                codes: dict[int, list[int]] = {}
                for key, code in dict.fromkeys(each.errors):
                    codes.setdefault(key, []).append(code)
                found += [
                    (number, each.instance, code)
                    for number in range(self._number)
                    for code in codes.get(states[number] & each.mask, ())
                ]
        return tuple(sorted(found))

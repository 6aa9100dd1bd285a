"""From limits and what was spent to why a search ends before everything is explored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..budget.spending import Ask, Budget, never
from ..language.records import dataclass, field

__all__ = ["NO_MORE_ASKED", "Limits", "Progress", "at_first_violation"]

NO_MORE_ASKED = "no more was asked for"
"""Why a search stops that has found the one violation that was wanted."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Where to stop; None: no such limit.

    `max_states`: states; `max_memory`: bytes of the whole process; `timeout`: seconds of
    search; `interrupted` is asked now and then (Ctrl-C); `first_violation`: stop where a
    state violates a property, soon after it is found. `budget`: of all that is done, not of
    one search; see `guarded`.
    """

    max_states: int | None = None
    max_memory: int | None = None
    timeout: float | None = None
    interrupted: Ask = never
    first_violation: bool = False
    budget: Budget = field(default_factory=Budget, compare=False)

    def exceeded(self, states: int, started: float, more: int = 0) -> str:
        """Why the search must stop now, in words; "" if it need not. `more`: bytes that it is
        about to take."""
        if why := self.budget.exceeded(more):
            return why
        if self.max_states is not None and states >= self.max_states:
            return f"the limit of {self.max_states:,} states was reached"
        own = Budget(self.timeout, self.max_memory, self.interrupted, started)
        return own.exceeded(more)

    @staticmethod
    def within(
        budget: Budget, max_states: int | None = None, *, first_violation: bool = False
    ) -> Limits:
        """The limits of a search that is part of what a budget is for."""
        return Limits(
            max_states, None, None, budget.exceeded, first_violation=first_violation, budget=budget
        )

    @property
    def memory(self) -> int | None:
        """The bytes that the process may have, whichever limit says so; None: any number."""
        both = [each for each in (self.max_memory, self.budget.max_memory) if each is not None]
        return min(both, default=None)

    @contextmanager
    def guarded(self) -> Iterator[Limits]:
        """The same limits, of all that is done in here: `StopNow` is raised where work does
        not end by itself. What is guarded already stays so."""
        if self.budget.is_guarding:
            yield self
            return
        budget = Budget(self.timeout, self.max_memory, self.interrupted)
        with budget.guarding():
            yield Limits.within(budget, self.max_states, first_violation=self.first_violation)


def at_first_violation(name: str) -> str:
    """Why a search stops that looks for one violation, in words; "" without a name."""
    return f"{name} is violated, and {NO_MORE_ASKED}" if name else ""


Progress = Callable[[int, int, int], None]
"""Told now and then: depth, states so far, states waiting to be expanded."""

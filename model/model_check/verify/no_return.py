"""The point of no return: the first step of a trace after which every continuation violates.

It is the first state of the trace that is lost; what that means is said in `doomed`. Along
a trace, what is lost stays lost (a run that could go on by what may go wrong has not lost by
ending wrong); so the states are asked from the last one backwards, each by a
depth-first search for one continuation that does not violate: an end that is right, an error,
or a way back to a state that it came through. A search that finds none has found that all it
went through is lost, and no later search goes there again. Exact, and no graph of the space is
needed; where too many states would have to be looked at, compiled code looks at them all.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from ..budget.spending import Ask, never, why_of
from ..explore.space import Space
from ..results.check import NoReturn, PropertyResult
from .automaton import AutomatonTooLargeError
from .doomed import Continuations, speaks_of_runs
from .hopeful import hopeful_states
from .judgement import Judgement

__all__ = ["MOST_LOOKED_AT", "point_of_no_return"]

MOST_LOOKED_AT = 1_000_000
"""States looked at in Python before the answer is given up: some four seconds, and two hundred
megabytes ..."""
FEW_LOOKED_AT = 20_000
"""... or before compiled code is asked, which looks at all of them and gives the same answer ..."""
PATIENCE = 0.2
"""... or after so many seconds in Python."""
ONE_OF_SEVERAL = "there are other initial states"
"""Beside a point of no return at the start: what is certain from this initial state need not be
from another one."""
STATES_A_LOOK = 4096
"""It is asked whether somebody pressed Ctrl-C after this many states."""


class _GivenUpError(Exception):
    """The search was given up; the text says why."""


class _TooManyError(_GivenUpError):
    """There are too many states to look at one by one."""


def point_of_no_return(
    space: Space,
    judgement: Judgement,
    result: PropertyResult,
    *,
    most: int | None = None,
    interrupted: Ask = never,
) -> NoReturn:
    """The point of no return of a violated property's trace. Raises StopNow at a limit.

    most: states to look at one by one (None: as many as make sense). interrupted: asked now and
    then.
    """
    if space.stopped:
        return NoReturn(None, "not everything was explored: how a run can go on is not known")
    assert result.trace is not None
    if speaks_of_runs(space, result):
        return _lost_in_time(space, judgement, result)
    search = _ContinuationSearch(space, result, most, interrupted)
    try:
        return _found_by(search, judgement, result)
    except _TooManyError as reason:
        if not search.can_look_at_all:
            return NoReturn(None, str(reason))
    except _GivenUpError as reason:
        return NoReturn(None, str(reason))
    search.look_at_all(result)
    return _found_by(search, judgement, result)


def _found_by(
    search: _ContinuationSearch, judgement: Judgement, result: PropertyResult
) -> NoReturn:
    """The point of no return, by a search. Raises _GivenUpError."""
    assert result.trace is not None
    states = [search.space.states[number] for number in judgement.paths[result.name]]
    last = len(result.trace.steps)
    # What is violated on the way already stays so, however the run goes on.
    first = next(
        (i for i in range(len(states)) if search.has_violated(states[max(0, i - 1) : i + 1])), None
    )
    came_so_far = first is not None
    first = last if first is None else first
    if not came_so_far and last < len(states) and search.escapes(states[last]):
        return NoReturn(None, "")  # it ends wrong, and could have gone on by a fault
    while first > 0 and not search.escapes(states[first - 1]):
        first -= 1
    return NoReturn(first, ONE_OF_SEVERAL if first == 0 and search.begins_right() else "")


def _lost_in_time(space: Space, judgement: Judgement, result: PropertyResult) -> NoReturn:
    """The same of a property that speaks of whole runs: of fair ones."""
    # Loaded late: most specs ask nothing of whole runs.
    from .fair_continuations import MOST_TRANSITIONS, FairContinuations, too_large

    if too_large(space):
        why = f"the space has more than {MOST_TRANSITIONS:,} transitions: nobody looked"
        return NoReturn(None, why, fair=True)
    try:
        found = FairContinuations(space, result)
    except AutomatonTooLargeError as error:
        return NoReturn(None, str(error), fair=True)
    path, lasso = judgement.paths[result.name], judgement.lassos.get(result.name)
    around = None if lasso is None else lasso.loop_from
    first = found.lost_from(path, around)
    if first is None and found.doubtful:
        return NoReturn(None, "the formula has no value in some states", fair=True)
    if first is None and space.outside:
        return NoReturn(None, "what comes outside of `within` is not known", fair=True)
    if first is not None and first >= len(path):
        return NoReturn(None, "it is certain only after some rounds", fair=True)
    if first is None and space.errors:
        fair = FairContinuations(space, result, failing=False)
        return NoReturn(None, "", fair=True, into_error=fair.lost_from(path, around) is not None)
    others = any(found.lost_from([number]) != 0 for number in range(space.initial))
    return NoReturn(first, ONE_OF_SEVERAL if first == 0 and others else "", fair=True)


class _ContinuationSearch:
    """Looks for continuations that do not violate one property."""

    def __init__(
        self, space: Space, result: PropertyResult, most: int | None, interrupted: Ask
    ) -> None:
        self.space = space
        self.continuations = Continuations(space, result)
        self.can_look_at_all = (
            space.rows is not None
            and not self.continuations.asks_steps
            and (space.keeps_all or result.form.at_ends)
        )
        """Whether compiled code can be asked. Where something was left out, as many ends can be
        come to from what is left, and no more is known."""
        self.most = most or (FEW_LOOKED_AT if self.can_look_at_all else MOST_LOOKED_AT)
        self.interrupted = interrupted
        self.looked = 0
        self._begun = time.monotonic()
        self.lost: set[int] = set()
        self._hopeful: Sequence[int] | None = None

    def look_at_all(self, result: PropertyResult) -> None:
        """Find all states that are not lost, at once. Raises StopNow."""
        self._hopeful = hopeful_states(self.space, result, self.continuations)

    def has_violated(self, step: Sequence[int]) -> bool:
        """Whether a run has violated by coming to a state, from the one before it, if any."""
        breaks = self.continuations.asks_steps and len(step) > 1
        return self.continuations.violates(step[-1]) or (
            breaks and self.continuations.breaks(step[0], step[-1])
        )

    def begins_right(self) -> bool:
        """Whether some continuation from some initial state does not violate, or it is not
        known that none does."""
        states = self.space.states
        try:
            return any(self.escapes(states[i]) for i in range(self.space.initial))
        except _TooManyError:
            if self.can_look_at_all:
                raise
            return True
        except _GivenUpError:
            return True

    def escapes(self, start: int) -> bool:
        """Whether some continuation from a state does not violate. Raises _GivenUpError."""
        if self._hopeful is not None:
            return bool(self._hopeful[self.space.number_of(start)])
        if start in self.lost:
            return False
        way = {start}
        onward = self._onward(start)
        if onward is None:
            return True
        stack = [(start, onward)]
        while stack:
            state, left = stack[-1]
            target = next(left, None)
            if target is None:
                stack.pop()
                way.discard(state)
                self.lost.add(state)
            elif target in way:
                return True
            elif target not in self.lost:
                onward = self._onward(target)
                if onward is None:
                    return True
                way.add(target)
                stack.append((target, onward))
        return False

    def _onward(self, state: int) -> Iterator[int] | None:
        """Where runs go on from a state, unless they have violated there; None if one ends
        there without."""
        self.looked += 1
        if self.looked > self.most or (
            self.can_look_at_all and time.monotonic() - self._begun > PATIENCE
        ):
            raise _TooManyError(f"no answer after looking at {self.most:,} states")
        if self.looked % STATES_A_LOOK == 0 and (why := why_of(self.interrupted)):
            raise _GivenUpError(why)
        targets, failing, may_end = self._moves(state)
        if self.continuations.asks_steps:
            right = [each for each in targets if not self.continuations.breaks(state, each)]
            failing = failing or len(right) < len(targets)
            targets = right
        settled = self.continuations.settled(
            state, moves=bool(targets), failing=failing, may_end=may_end
        )
        if settled is None:
            return iter(targets)
        return iter(()) if settled else None

    def _moves(self, state: int) -> tuple[Sequence[int], bool, bool]:
        """The successors of a state, whether some step there runs into an error, and whether
        nothing happens there but what may go wrong."""
        if not self.space.errors:
            found = [
                (state + difference, each.fault)
                for each in self.space.processes
                for difference in each[state & each.mask]
            ]
            return [target for target, _ in found], False, all(fault for _, fault in found)
        targets: list[int] = []
        failing, may_end = False, True
        for each in self.space.processes:
            out: list[int] = []
            each.successors(state, out)
            targets += [target for target in out if target >= 0]
            failing = failing or any(target < 0 for target in out)
            may_end = may_end and (each.fault or not out)
        return targets, failing, may_end

"""The point of no return: the first step of a trace after which every continuation violates.

A continuation is a run that goes on until nothing can happen any more, or for ever. It
violates `always` and `never` when it comes to a state that does, `finally` and
`no_deadlock` when it ends in a state that does, and `no_error` when it runs into an error.
So one that goes on for ever never violates `finally`, and one that ends with a run-time
error violates `no_error` alone. Nothing is assumed of fairness: a process may be passed over
for ever.

A state is lost if every continuation from it violates. Along a trace, what is lost stays
lost; so the states are asked from the last one backwards, each by a depth-first search for
one continuation that does not violate: an end that is right, an error, or a way back to a
state that it came through. A search that finds none has found that all it went through is
lost, and no later search goes there again. Exact, and no graph of the space is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from ..explore.limits import never
from ..explore.space import Space
from .formulas import Answers
from .outcome import NoReturn, PropertyResult
from .verdicts import Judgement

__all__ = ["MOST_LOOKED_AT", "point_of_no_return"]

MOST_LOOKED_AT = 1_000_000
"""States looked at before the answer is given up: some four seconds, and two hundred megabytes."""
STATES_A_LOOK = 4096
"""It is asked whether somebody pressed Ctrl-C after so many states."""


class _GivenUpError(Exception):
    """The search was given up; the text says why."""


def point_of_no_return(
    space: Space,
    judgement: Judgement,
    result: PropertyResult,
    *,
    most: int = MOST_LOOKED_AT,
    interrupted: Callable[[], bool] = never,
) -> NoReturn:
    """The point of no return of a violated property's trace.

    most: states to look at before giving up. interrupted: asked now and then.
    """
    if space.stopped:
        return NoReturn(None, "not everything was explored: how a run can go on is not known")
    assert result.trace is not None
    states = [space.states[number] for number in judgement.paths[result.name]]
    last = len(result.trace.steps)
    search = _Search(space, result, most, interrupted)
    # What is violated on the way already stays so, however the run goes on.
    first = next((i for i, state in enumerate(states) if search.violates(state)), last)
    try:
        while first > 0 and not search.escapes(states[first - 1]):
            first -= 1
    except _GivenUpError as reason:
        return NoReturn(None, str(reason))
    return NoReturn(first, "")


class _Search:
    """Looks for continuations that do not violate one property."""

    def __init__(
        self, space: Space, result: PropertyResult, most: int, interrupted: Callable[[], bool]
    ) -> None:
        self.space = space
        self.kind = result.kind
        self.most = most
        self.interrupted = interrupted
        self.looked = 0
        self.lost: set[int] = set()
        self.everywhere: list[_Wrong] = []
        """What makes a state violate, wherever it is in a run."""
        self.at_end: list[_Wrong] = []
        """What makes an end violate."""
        machine, program = space.machine, space.program
        for each in machine.spec.properties:
            if each.formula is None:
                continue
            answers = Answers(machine, machine.properties[each.name], program.properties[each.name])
            place = self.at_end if each.kind == "finally" else self.everywhere
            if each.name == result.name:
                wrong = 1 if each.kind == "never" else 0
                place.append(partial(_is, answers, wrong))
            elif result.kind == "no_error":
                place.append(partial(_is_undefined, answers))
        if result.kind == "no_deadlock":
            self.at_end.append(lambda state: not space.is_final(state))

    def violates(self, state: int) -> bool:
        """Whether a run has violated the property by coming to a state, wherever it goes."""
        return any(wrong(state) for wrong in self.everywhere)

    def escapes(self, start: int) -> bool:
        """Whether some continuation from a state does not violate. Raises _GivenUpError."""
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
        if self.looked > self.most:
            raise _GivenUpError(f"no answer after looking at {self.most:,} states")
        if self.looked % STATES_A_LOOK == 0 and self.interrupted():
            raise _GivenUpError("interrupted")
        if self.violates(state):
            return iter(())
        targets, failing = self._moves(state)
        if failing and self.kind != "no_error":
            return None
        if targets or failing:
            return iter(targets)
        return iter(()) if any(wrong(state) for wrong in self.at_end) else None

    def _moves(self, state: int) -> tuple[Sequence[int], bool]:
        """The successors of a state, and whether some step there runs into an error."""
        if not self.space.errors:
            return [
                state + difference
                for each in self.space.processes
                for difference in each[state & each.mask]
            ], False
        out: list[int] = []
        for successors in self.space.program.successors:
            successors(state, out)
        return [target for target in out if target >= 0], any(target < 0 for target in out)


_Wrong = Callable[[int], bool]


def _is(answers: Answers, wrong: int, state: int) -> bool:
    return answers.of(state) == wrong


def _is_undefined(answers: Answers, state: int) -> bool:
    return answers.of(state) < 0

"""Walks in plain Python: the same ones that compiled code takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from ...language.records import dataclass
from ...machine.core import Failure
from ...machine.effects import fields_read
from ...machine.fairness import promises_of
from ...machine.ir import Emit, Fail
from ...machine.python.program import Evaluator, Program
from ...machine.rewrite import statements_in
from ..memo import GrowthNeededError, KnownMoves, differences_of, footprints
from ..space import is_final
from .draws import below, fault_rate, first_draw, is_fault, next_draw
from .sketch import hash_of_state, note
from .sought import Events
from .tally import CUT, DEADLOCK, FINAL, LEFT, LIMITED, WENT_WRONG, Tally

__all__ = ["Moves", "PortableWalks", "Visit", "Walking", "owed_steps"]

OFTEN = 256
"""Steps between two looks at the limits."""


@dataclass(frozen=True, slots=True)
class Walking:
    """How to walk: from a `seed`, at most `depth` steps a walk. `grows`: a larger layout is wanted
    where one has no room; else that is a limit of this tool like others."""

    seed: int = 0
    depth: int = 1_000
    grows: bool = True

    def needs_room(self, failure: Failure) -> bool:
        """Whether a failure asks for a larger layout."""
        return self.grows and failure.kind == "growth"


@dataclass(frozen=True, slots=True)
class Visit:
    """A state on a walk, after so many steps: `moves` are (successor, step), `failing` the codes of
    the steps that fail, `step` the one that led there, from the state `before` (-1: it is the
    first)."""

    state: int
    before: int
    step: int
    steps: int
    moves: Sequence[tuple[int, int]]
    failing: Sequence[int]


def owed_steps(program: Program) -> frozenset[int]:
    """The steps that some fair run has to take: no faults, and none of a process without
    fairness."""
    return frozenset().union(*(each.steps for each in promises_of(program.machine)))


class Moves:
    """What can happen in a state, as `Space.successors` tells it, remembered."""

    def __init__(self, program: Program) -> None:
        masks = footprints(differences_of(program), len(program.machine.instances))
        self._acting = [
            (mask, KnownMoves(each)) for mask, each in zip(masks, program.labelled, strict=True)
        ]

    def of(self, state: int) -> tuple[list[tuple[int, int]], list[int]]:
        """(successor, step) in the order of processes, and the codes of the steps that fail."""
        moves: list[tuple[int, int]] = []
        failing: list[int] = []
        for mask, known in self._acting:
            there, wrong = known[state & mask]
            moves += [(state + difference, step) for difference, step in there]
            failing += wrong
        return moves, failing


class PortableWalks:
    """The walks of a program; each can be taken again, and is the same."""

    def __init__(self, program: Program, events: Events, walking: Walking) -> None:
        self.program = program
        self.events = events
        self.walking = walking
        self.moves = Moves(program)
        machine = program.machine
        self._faults = [each.fault for each in machine.steps]
        self._owed = owed_steps(program)
        self._words = max(1, -(-machine.width // 64))
        formulas = program.formulas
        self._states = [
            (i, each.wanted, _Known(formulas.properties[each.name]).of)
            for i, each in events.at("state")
        ]
        self._ends = [
            (i, each.wanted, _Known(formulas.properties[each.name]).of)
            for i, each in events.at("end")
        ]
        self._steps = [
            (i, each.wanted, formulas.of_steps[each.name].answer) for i, each in events.at("step")
        ]
        self._deadlock = [i for i, _ in events.at("deadlock")]

    def walk(self, number: int, initial: Sequence[int]) -> Iterator[Visit]:
        """A walk from one of the initial states, as far as it goes: it ends where nothing happens,
        or at a limit of this tool or of the layout, which is then the last `failing` code."""
        draw = next_draw(first_draw(self.walking.seed, number))
        state, before, step, rate, steps = initial[below(draw, len(initial))], -1, -1, 0, 0
        if self.program.faults:
            draw = next_draw(draw)
            rate = fault_rate(draw)
        failures = self.program.machine.failures
        while True:
            moves, failing = self.moves.of(state)
            lacking = next((code for code in failing if failures[code - 1].unfinished), 0)
            if lacking:
                failing = [*(c for c in failing if not failures[c - 1].unfinished), lacking]
            yield Visit(state, before, step, steps, moves, failing)
            if lacking or steps == self.walking.depth:
                return
            ways: Sequence[tuple[int, int]] = moves
            if rate:
                faults = [each for each in moves if self._faults[each[1]]]
                if faults:
                    draw = next_draw(draw)
                    goes_wrong = is_fault(draw, rate)
                    ways = faults if goes_wrong else [m for m in moves if not self._faults[m[1]]]
            if not ways:
                return
            draw = next_draw(draw)
            before = state
            state, step = ways[below(draw, len(ways))]
            steps += 1

    def take(self, numbers: range, initial: Sequence[int], stop: Callable[[], bool]) -> Tally:
        """What is seen on some walks; where it is to stop, on those until then. Raises
        GrowthNeededError where the layout has no room."""
        machine = self.program.machine
        tally = Tally(len(machine.steps), len(machine.failures), self.events.count)
        for number in numbers:
            if stop():
                break
            tally.walks += 1
            seen: set[int] = set()
            for visit in self.walk(number, initial):
                if visit.steps % OFTEN == OFTEN - 1 and stop():
                    break
                note(tally.registers, hash_of_state(visit.state, self._words))
                if visit.step >= 0:
                    tally.taken[visit.step] += 1
                    tally.steps += 1
                for event in self.events_of(visit):
                    if event not in seen:
                        seen.add(event)
                        tally.note(event, visit.steps, number)
                for code in visit.failing:
                    if self.walking.needs_room(machine.failures[code - 1]):
                        raise GrowthNeededError(code)
                    tally.failures[code] = 1
            else:
                tally.ended[self._outcome(visit)] += 1
            tally.longest = max(tally.longest, visit.steps)
        return tally

    def run_of(self, number: int, steps: int, initial: Sequence[int]) -> list[int]:
        """The states of a walk, as far as after so many steps."""
        return [visit.state for visit in islice(self.walk(number, initial), steps + 1)]

    def failing_steps(self, failures: Sequence[int]) -> set[int]:
        """The steps that may be those that failed so: `failures`: see `Tally`."""
        wanted = {code for code, met in enumerate(failures) if met}
        found = set()
        for action in self.program.machine.actions:
            inside = [*statements_in(action.body)]
            if any(isinstance(each, Fail) and each.code in wanted for each in inside):
                found |= {each.step for each in inside if isinstance(each, Emit)}
        return found

    def shows(self, state: int) -> bool:
        """Whether something that is sought in states is seen in one, or has no value there."""
        return any(
            (value := answer(state)) == wanted or value < 0 for _, wanted, answer in self._states
        )

    def shown(self, event: int) -> Callable[[int, int, int], bool]:
        """What tells whether an event is seen in a state, after a step from another one."""

        def is_seen(state: int, before: int, step: int) -> bool:
            moves, failing = self.moves.of(state)
            return event in self.events_of(Visit(state, before, step, 0, moves, failing))

        return is_seen

    def events_of(self, visit: Visit) -> Iterator[int]:
        """What is seen at a visit."""
        events, state = self.events, visit.state
        asked = [(i, wanted, answer(state)) for i, wanted, answer in self._states]
        if visit.step >= 0:
            asked += [(i, wanted, answer(state, visit.before)) for i, wanted, answer in self._steps]
        if not visit.failing and not any(step in self._owed for _, step in visit.moves):
            yield from self._at_end(visit, asked)
        for i, wanted, answer in asked:
            if answer < 0:
                if self.walking.needs_room(self.program.machine.failures[-answer - 1]):
                    raise GrowthNeededError(-answer)
                yield events.none(i)
            elif answer == wanted:
                yield i
        if (visit.failing and not self._is_limited(visit)) or len(visit.failing) > 1:
            yield events.error

    def _at_end(self, visit: Visit, asked: list[tuple[int, int, int]]) -> Iterator[int]:
        """What is seen where nothing has to happen: a deadlock, and what is asked there."""
        if self.program.is_outside(visit.state):
            return
        asked += [(i, wanted, answer(visit.state)) for i, wanted, answer in self._ends]
        if not self._goes_on(visit) and not is_final(self.program.machine, visit.state):
            yield from self._deadlock

    def _goes_on(self, visit: Visit) -> bool:
        """Whether something can happen that is no fault."""
        return any(not self._faults[step] for _, step in visit.moves)

    def _is_limited(self, visit: Visit) -> bool:
        failures = self.program.machine.failures
        return bool(visit.failing) and failures[visit.failing[-1] - 1].unfinished

    def _outcome(self, visit: Visit) -> int:
        """How a walk ended whose last visit this is."""
        if self._is_limited(visit):
            return LIMITED
        if self._goes_on(visit):
            return CUT
        if visit.failing:
            return WENT_WRONG
        if self.program.is_outside(visit.state):
            return LEFT
        return FINAL if is_final(self.program.machine, visit.state) else DEADLOCK


class _Known(dict[int, int]):
    """The answers of a formula, by what it reads."""

    def __init__(self, asked: Evaluator) -> None:
        super().__init__()
        self._answer = asked.answer
        self._mask = asked.machine.bits(fields_read(asked.formula))

    def __missing__(self, key: int) -> int:
        answer = self[key] = int(self._answer(key))
        return answer

    def of(self, state: int) -> int:
        return self[state & self._mask]

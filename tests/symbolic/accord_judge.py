"""What is said of two steps in any state, held against every state that runs come to.

Shares nothing with `symbolic.accord` but the question: it takes both steps in both orders, in each
state, as the generated functions do them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from model_check.explore.reduction import Goal
from model_check.machine.core import Machine
from model_check.machine.futures import futures_of
from model_check.machine.python.program import Program, initial_states
from model_check.symbolic.accord import Accord
from model_check.symbolic.goals import Goals
from model_check.symbolic.move_texts import MoveText, texts_of

MOST_STATES = 100


@dataclass
class Way:
    """What a step does in a state."""

    targets: set[int] = field(default_factory=set)
    fails: bool = False
    lacks_room: bool = False

    @property
    def can_be_taken(self) -> bool:
        return bool(self.targets) or self.fails


def moves_of(machine: Machine) -> list[dict[tuple[int, int], MoveText]]:
    """The moves of each instance, by location and step."""
    initial = initial_states(machine)
    futures = (futures_of(machine, each, initial) for each in machine.instances)
    return [texts_of(machine, each) for each in futures]


class Judge:
    """Looks at the states of a program, one by one; its machine is that of `accord`, or one with
    another layout."""

    def __init__(self, program: Program, accord: Accord, goals: Goals) -> None:
        self.program = program
        self.machine: Machine = program.machine
        self.accord = accord
        self.goals = goals
        self.texts = moves_of(accord.machine)
        self._ways: dict[tuple[int, int], dict[int, Way]] = {}

    def states(self) -> list[int]:
        """The first states that a search finds."""
        found: list[int] = []
        self.program.initial(found)
        seen = dict.fromkeys(state for state in found if state >= 0)
        todo = list(seen)
        for state in todo:
            for instance in range(len(self.texts)):
                for way in self.ways(state, instance).values():
                    for target in sorted(way.targets):
                        if target not in seen and len(seen) < MOST_STATES:
                            seen[target] = None
                            todo.append(target)
        return list(seen)

    def ways(self, state: int, instance: int) -> dict[int, Way]:
        """What an instance can do, by step."""
        key = (state, instance)
        if key not in self._ways:
            out: list[tuple[int, int]] = []
            self.program.labelled[instance](state, out)
            found: dict[int, Way] = {}
            for target, step in out:
                way = found.setdefault(step, Way())
                if target >= 0:
                    way.targets.add(target)
                elif self.machine.failures[-target - 1].unfinished:
                    way.lacks_room = True
                else:
                    way.fails = True
            self._ways[key] = found
        return self._ways[key]

    def way(self, state: int, move: MoveText) -> Way:
        """What a move does in a state; nothing where its instance stands elsewhere."""
        where = self.machine.fields[self.machine.instances[move.instance].location_field]
        if where.raw(state) != move.location:
            return Way()
        return self.ways(state, move.instance).get(move.step, Way())

    def mistakes(self) -> Iterator[str]:
        """What is said and is not so."""
        for state in self.states():
            places = self.machine.places(state)
            here = [
                [move for (place, _), move in texts.items() if place == at]
                for texts, at in zip(self.texts, places, strict=True)
            ]
            for i, mine in enumerate(here):
                for one in mine:
                    yield from self._goals(state, one)
                    for other in (each for own in here[:i] for each in own):
                        yield from self._pair(state, one, other)

    def _pair(self, state: int, one: MoveText, other: MoveText) -> Iterator[str]:
        first, second = self.way(state, one), self.way(state, other)
        if first.lacks_room or second.lacks_room:
            return
        if first.can_be_taken and second.can_be_taken:
            if self.accord.accords(one, other) and not self._accord(state, one, other):
                yield f"{self._name(one)} and {self._name(other)} do not accord"
            return
        for before, after in ((one, other), (other, one)):
            if not self.way(state, after).can_be_taken and not self.accord.may_enable(
                before, after
            ):
                ways = (self.way(t, after) for t in self.way(state, before).targets)
                if any(way.can_be_taken for way in ways):
                    yield f"{self._name(before)} enables {self._name(after)}"

    def _accord(self, state: int, one: MoveText, other: MoveText) -> bool:
        ends: list[set[int]] = []
        for before, after in ((one, other), (other, one)):
            fails = self.way(state, after).fails
            found: set[int] = set()
            for target in self.way(state, before).targets:
                way = self.way(target, after)
                if way.lacks_room:
                    return True
                if not way.can_be_taken or way.fails != fails:
                    return False
                found |= way.targets
            ends.append(found)
        return ends[0] == ends[1]

    def _goals(self, state: int, move: MoveText) -> Iterator[str]:
        way = self.way(state, move)
        raised, lowered = self.goals.raised_by(move), self.goals.lowered_by(move)
        for number, goal in enumerate(self.goals.goals):
            may_raise, may_lower = raised >> number & 1, lowered >> number & 1
            if goal.kind == "error":
                if way.fails and not may_raise:
                    yield f"{self._name(move)} fails"
                continue
            for target in way.targets:
                if goal.kind == "step":
                    if self._step_is_wrong(goal, state, target) and not may_raise:
                        yield f"{self._name(move)} violates {goal.name}"
                    continue
                before, after = self._is_wrong(goal, state), self._is_wrong(goal, target)
                if after and not before and not may_raise:
                    yield f"{self._name(move)} raises {goal.name}"
                if before and not after and not may_lower:
                    yield f"{self._name(move)} lowers {goal.name}"

    def _is_wrong(self, goal: Goal, state: int) -> bool:
        answer = self.program.formulas.properties[goal.name].answer(state)
        return answer < 0 if goal.wrong is None else answer == goal.wrong

    def _step_is_wrong(self, goal: Goal, before: int, after: int) -> bool:
        answer = self.program.formulas.of_steps[goal.name].answer(after, before)
        return answer <= 0

    def _name(self, move: MoveText) -> str:
        return f"{self.machine.instances[move.instance].name}.{self.machine.steps[move.step].label}"


def judged(program: Program, accord: Accord, goals: Goals) -> list[str]:
    """The first few mistakes about a program."""
    return list(islice(Judge(program, accord, goals).mistakes(), 5))

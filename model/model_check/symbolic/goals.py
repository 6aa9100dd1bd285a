"""Which moves may come to what a search must find, and which may lead away from it.

A goal is that a formula is wrong in a state, or that it has no value there; that what is asked of a
step is false of one, or has no value; or that a step runs into an error (see `explore.reduction`).
A move *raises* a goal of states if it may make it true where it is false, and *lowers* it if it may
make it false where it is true: what is violated by a message too many is lowered by nothing. Of
steps it does both if it writes what is asked about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ..budget.deadline import DeadlineError
from ..explore.reduction import Goal
from ..machine.core import Formula
from ..machine.effects import fields_read
from ..machine.ir import Fail, Let
from ..machine.names import field_local, old_local, temporary_local
from ..machine.rewrite import Block, renamed, statements_in
from .accord import Accord, Side
from .arbitrary_state import ArbitraryState, State
from .bit_vectors import TooManyBitsError, condition_of, operate
from .concerned import concerned
from .evaluation import evaluate_formula, evaluate_step
from .move_texts import MoveText, alike_text
from .queues import list_uses
from .swap import can_fail_in
from .terms import Condition, all_true, any_true, not_true

__all__ = ["Goals"]

_ANSWER = temporary_local("v", 1_000_000)
"""What holds the value of a formula, where it is one body with its value."""


class Goals:
    """Answers about the goals of a search, as bits; `accord` knows the steps."""

    def __init__(self, goals: Sequence[Goal], accord: Accord) -> None:
        self.machine = accord.machine
        self.goals = tuple(goals)
        self.accord = accord
        self._asked: dict[str, bool] = {}
        self._changes: dict[str, tuple[bool, bool]] = {}
        self._touched = [self._touching(each) for each in goals]

    def raised_by(self, move: MoveText) -> int:
        """The goals that a move may raise."""
        return self._bits(move, raised=True)

    def lowered_by(self, move: MoveText) -> int:
        """The goals that a move may lower."""
        return self._bits(move, raised=False)

    def _bits(self, move: MoveText, *, raised: bool) -> int:
        found = 0
        for number, touches in enumerate(self._touched):
            found |= touches(move, raised) << number
        return found

    def _touching(self, goal: Goal) -> Callable[[MoveText, bool], bool]:
        """What says whether a move may raise a goal (True), or lower it."""
        match goal.kind:
            case "error":
                return lambda move, raised: raised and self._may_fail(move)
            case "step":
                formula = self.machine.formulas.of_steps[goal.name]
                if self._is_wrong_of_nothing(formula):
                    return lambda move, raised: True
                read = fields_read(formula)
                return lambda move, raised: not read.isdisjoint(move.effects.writes)
            case "state":
                return _StateGoal(self.accord, goal, self._changes).may_change

    def _may_fail(self, move: MoveText) -> bool:
        """Whether a move may run into an error."""
        if not move.fails:
            return False
        part = self.accord.part(move)
        side = self.accord.opened(part, self.accord.fields_of(self.accord.unclear(part)), 0)
        if side.fails:
            return True
        key = f"fails {alike_text(self.machine, (side.text,), move.known)}"
        if key not in self._asked:
            self._asked[key] = self.accord.is_satisfiable(
                lambda: can_fail_in(self.machine, side.bodies, move.known, self.accord.deadline)
            )
        return self._asked[key]

    def _is_wrong_of_nothing(self, formula: Formula) -> bool:
        """Whether what is asked of a step may be false of one that changes nothing."""
        now = {old_local(name): name for name in map(field_local, fields_read(formula))}
        value = Let(_ANSWER, formula.value)
        body = renamed((*formula.body, value), now)
        if not self.accord.is_clear(list_uses(self.machine, self.accord.growing, (body,)).of):
            return True

        def question() -> Condition:
            anything = ArbitraryState(self.machine, {}, self.accord.deadline)
            value, there = evaluate_step(formula, anything.field, anything.field)
            wrong = any_true(not_true(there), not_true(condition_of(value)))
            return all_true(wrong, *anything.wellformed())

        return self.accord.is_satisfiable(question)


class _StateGoal:
    """A formula that is wrong in a state, or one that has no value there."""

    def __init__(self, accord: Accord, goal: Goal, asked: dict[str, tuple[bool, bool]]) -> None:
        self.accord = accord
        self.machine = accord.machine
        self.formula = self.machine.formulas.properties[goal.name]
        self.wrong = goal.wrong
        self.asked = asked
        self.read = fields_read(self.formula)
        self.body: Block = (*self.formula.body, Let(_ANSWER, self.formula.value))
        self.text = repr(self.body)
        self.uses = list_uses(self.machine, accord.growing, (self.body,)).of
        self.lacks_room = any(
            isinstance(each, Fail)
            and not each.limit
            and self.machine.failures[each.code - 1].unfinished
            for each in statements_in(self.body)
        )

    def may_change(self, move: MoveText, raised: bool) -> bool:
        """Whether a move may raise the goal, or lower it."""
        if self.read.isdisjoint(move.effects.writes):
            return False
        side = self._side(move)
        if side is None:
            return True
        key = f"{self.wrong} {alike_text(self.machine, (side.text, self.text), move.known)}"
        if key not in self.asked:
            self.asked[key] = self._changes(side, move.known)
        return self.asked[key][not raised]

    def _side(self, move: MoveText) -> Side | None:
        """The move as z3 may be asked about it; None where that would say nothing."""
        if self.lacks_room:
            return None
        whole = self.accord.part(move)
        bodies = (concerned(self.machine, b, frozenset(), self.read) for b in move.bodies)
        part = self.accord.made(tuple(bodies), whole.asked)
        for variable, use in self.uses.items():
            mine = part.uses.get(variable)
            if use is None or use.takes or use.adds or (variable in part.uses and mine is None):
                return None
            takes, adds, asks = (mine.takes, mine.adds, mine.asks) if mine else (0, 0, 0)
            capacity = self.machine.variables[variable].shape.capacity
            if max(use.asks + takes, asks) + adds > capacity:
                return None
        unclear = self.accord.unclear(part, self.uses)
        side = self.accord.opened(part, self.accord.fields_of(unclear), 0)
        return None if side.open & self.read else side

    def _changes(self, side: Side, known: Mapping[int, int]) -> tuple[bool, bool]:
        """Whether the move may raise the goal, and whether it may lower it."""
        if self.accord.hopes:
            return False, False
        if self.accord.deadline.is_over():
            return True, True
        try:
            raises, lowers = self._conditions(side, known)
        except (TooManyBitsError, DeadlineError):
            return True, True
        return self.accord.may_be(raises), self.accord.may_be(lowers)

    def _conditions(self, side: Side, known: Mapping[int, int]) -> tuple[Condition, Condition]:
        """In which states it raises the goal, and in which it lowers it."""
        anything = ArbitraryState(self.machine, known, self.accord.deadline)
        start = State(anything)
        before = self._is_wrong(start)
        raised, lowered, room = [], [], []
        for outcome in start.outcomes(side.bodies):
            after = self._is_wrong(start.after(outcome))
            raised.append(all_true(outcome.guard, not_true(before), after))
            lowered.append(all_true(outcome.guard, before, not_true(after)))
            room.append(outcome.has_room)
        given = all_true(*room, *anything.wellformed())
        return all_true(any_true(*raised), given), all_true(any_true(*lowered), given)

    def _is_wrong(self, state: State) -> Condition:
        value, there = evaluate_formula(self.formula, state.load)
        if self.wrong is None:
            return not_true(there)
        return all_true(there, condition_of(operate("==", value, self.wrong)))

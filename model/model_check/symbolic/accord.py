"""Which steps of two process instances can change places, and which may make one possible.

A *move* (see `move_texts`) *can be taken* in a state in which it gives a successor, or runs into a
run-time error. Two moves of different instances *accord* if in every state in which both can be
taken (1) whatever one and then the other leads to, the other order leads to as well; (2) neither
keeps the other from being taken; (3) neither makes the other run into an error, nor keeps it from
that. A move *may enable* another one if in some state that one cannot be taken, and after the move
it can.

These are the independence and the necessary enabling sets of stubborn set theory (Valmari, The
state explosion problem, 1998; Laarman, Pater, van de Pol, Weber, Guard-based partial-order
reduction, STTT 2016), for any state, reachable or not. Most pairs are told apart by what they read
and write, z3 is asked about the rest. What it is asked of all states of a layout must hold with
more room, too: of a variable that may grow, that is so where steps use it as a queue (`queues`),
and elsewhere what comes of it is left open (`growing`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal as OneOf

from ..budget.deadline import Deadline, DeadlineError
from ..machine.core import Machine
from ..machine.deciding import deciding
from ..machine.effects import Effects, effects_of, union
from ..machine.ir import Fail
from ..machine.rewrite import Block, statements_in
from .answer import Answer
from .bit_vectors import TooManyBitsError
from .concerned import concerned
from .growing import Growing, left_open
from .move_texts import MoveText, Place, alike_text
from .queues import QueueUse, list_uses, room_asked
from .solver import is_satisfiable
from .swap import Swap
from .terms import Condition, script

__all__ = ["Accord", "Part", "Side"]


class Accord:
    """Answers about pairs of moves of a machine. What z3 is asked is asked once of all pairs that
    are alike but for the numbers of their fields; what it does not know in time is taken to have to
    do with each other."""

    def __init__(self, machine: Machine, deadline: Deadline, *, hopes: bool = False) -> None:
        """`hopes`: z3 is not asked, and whatever it might be asked is taken to be as one hopes."""
        self.machine = machine
        self.deadline = deadline
        self.hopes = hopes
        self.growing = Growing(machine)
        self._pairs: dict[frozenset[Place], bool] = {}
        self._answers: dict[str, bool] = {}
        self._parts: dict[tuple[Place, bool], Part] = {}
        self._opened: dict[tuple[int, frozenset[int], int], tuple[Part, Side]] = {}
        self._cut: dict[tuple[int, frozenset[int], frozenset[int]], tuple[Part, Part]] = {}

    def accords(self, one: MoveText, other: MoveText) -> bool:
        """Whether two moves of different instances surely accord."""
        pair = frozenset((one.place, other.place))
        if pair not in self._pairs:
            self._pairs[pair] = self._accords(*sorted((one, other), key=lambda each: each.place))
        return self._pairs[pair]

    def _accords(self, one: MoveText, other: MoveText) -> bool:
        if one.told & other.effects.writes or other.told & one.effects.writes:
            return False
        if one.effects.commutes_with(other.effects):
            return True
        sides = self._sides(self.part(one), self.part(other))
        if sides is None:
            return False
        return self._is_excluded("discord", one, other, sides)

    def may_enable(self, one: MoveText, other: MoveText) -> bool:
        """Whether a move may make another one possible, which cannot be taken before."""
        where = self.machine.instances[other.instance].location_field
        writes = one.effects.writes
        if where in writes:
            return True
        if not writes & other.decides:
            return False
        sides = self._sides(self.part(one), self.part(other, deciding_alone=True))
        if sides is None or sides[1].guards or sides[1].fails:
            return True
        return not self._is_excluded("enables", one, other, sides)

    def part(self, move: MoveText, *, deciding_alone: bool = False) -> Part:
        """A move, or what of it decides whether it can be taken."""
        key = (move.place, deciding_alone)
        if key not in self._parts:
            whole = self.made(move.bodies)
            if deciding_alone:
                whole = self.made(tuple(map(deciding, move.bodies)), whole.asked)
            self._parts[key] = whole
        return self._parts[key]

    def made(
        self, bodies: tuple[Block, ...], asked: tuple[frozenset[str], ...] | None = None
    ) -> Part:
        """What some bodies read and write, and do with lists; `asked`: what asked for room before
        something was left out of them."""
        if asked is None:
            asked = tuple(room_asked(self.machine, body) for body in bodies)
        effects = union(effects_of(each, notes=False) for each in bodies)
        uses = list_uses(self.machine, self.growing, bodies, asked)
        return Part(bodies, effects, uses.of, asked, uses.doubtful)

    def _concerned(self, part: Part, other: Part) -> Part:
        """What of a move concerns another one."""
        writes = other.effects.writes & part.effects.touches
        touches = other.effects.touches & part.effects.writes
        key = (id(part), writes, touches)
        if key not in self._cut:
            bodies = tuple(concerned(self.machine, each, writes, touches) for each in part.bodies)
            self._cut[key] = part, part if bodies == part.bodies else self.made(bodies, part.asked)
        return self._cut[key][1]

    def opened(self, part: Part, fields: frozenset[int], first: int) -> Side:
        """A move of which that is left open that depends on some fields; values that go in are
        those of fields that there are not, from number `first` of them on."""
        key = (id(part), fields, first)
        if key not in self._opened:
            number = len(self.machine.fields) + first
            found = [
                left_open(self.machine, body, fields, doubtful, number)
                for body, doubtful in zip(part.bodies, part.doubtful, strict=True)
            ]
            bodies = tuple(each.body for each in found)
            side = Side(
                bodies,
                repr(bodies),
                frozenset[int]().union(*(each.open for each in found)),
                any(each.guards for each in found),
                any(each.fails for each in found),
            )
            self._opened[key] = part, side  # the part is kept, and so is its id
        return self._opened[key][1]

    def unclear(self, part: Part, shared: Iterable[int] = ()) -> frozenset[int]:
        """The variables that may grow, and of which the layout shows too little."""
        found = set()
        for variable, use in part.uses.items():
            capacity = self.machine.variables[variable].shape.capacity
            if variable not in shared and (
                use is None or use.asks + use.adds + MORE_ROOM > capacity
            ):
                found.add(variable)
        return frozenset(found)

    def is_clear(self, uses: Mapping[int, QueueUse | None]) -> bool:
        """Whether a formula asks no more of what may grow than the layout shows."""
        return all(
            use is not None
            and not use.takes
            and not use.adds
            and use.asks <= self.machine.variables[variable].shape.capacity
            for variable, use in uses.items()
        )

    def fields_of(self, variables: Iterable[int]) -> frozenset[int]:
        """The fields of some variables."""
        return frozenset(
            field for each in variables for field in self.machine.variables[each].fields
        )

    def is_satisfiable(self, question: Callable[[], Condition]) -> bool:
        """Whether a condition may be true somewhere, for all that is known."""
        if self.hopes:
            return False
        if self.deadline.is_over():
            return True
        try:
            return self.may_be(question())
        except (TooManyBitsError, DeadlineError):
            return True

    def may_be(self, condition: Condition) -> bool:
        """The same of a condition that is there."""
        if condition is False:
            return False
        return is_satisfiable(script([condition]), self.deadline) is not Answer.NO

    def _sides(self, one: Part, other: Part) -> tuple[Side, Side] | None:
        """Two moves as z3 may be asked about them; None where that would say nothing."""
        one, other = self._concerned(one, other), self._concerned(other, one)
        both = one.uses.keys() & other.uses.keys()
        written = self.growing.variables_of(one.effects.writes | other.effects.writes)
        shared = both & written
        for variable in shared:
            mine, yours = one.uses[variable], other.uses[variable]
            if mine is None or yours is None:
                return None
            asks = max(mine.takes + yours.asks, yours.takes + mine.asks)
            capacity = self.machine.variables[variable].shape.capacity
            if asks + mine.adds + yours.adds + MORE_ROOM > capacity:
                return None
        found = []
        for first, (part, rest) in enumerate(((one, other), (other, one))):
            fields = self.fields_of(self.unclear(part, shared))
            side = self.opened(part, fields, first * MOST_GIVEN)
            if side.open & rest.effects.touches or (side.guards and self._may_fail(side)):
                # Whether it waits is open where it fails, too: then nothing tells what went in.
                return None
            found.append(side)
        return found[0], found[1]

    def _may_fail(self, side: Side) -> bool:
        """Whether a move may run into an error, by its text."""
        codes = {
            each.code
            for body in side.bodies
            for each in statements_in(body)
            if isinstance(each, Fail)
        }
        return any(not self.machine.failures[code - 1].unfinished for code in codes)

    def _is_excluded(
        self, what: OneOf["discord", "enables"], one: MoveText, other: MoveText, sides: Sides
    ) -> bool:
        """Whether no state is as asked."""
        first, second = (each.bodies for each in sides)
        known = {**one.known, **other.known}
        key = f"{what} {alike_text(self.machine, [each.text for each in sides], known)}"
        if key not in self._answers:

            def question() -> Condition:
                swap = Swap(self.machine, first, second, known, self.deadline)
                return swap.discord() if what == "discord" else swap.enables()

            self._answers[key] = not self.is_satisfiable(question)
        return self._answers[key]


MORE_ROOM = 2
"""What is so of lists with room for so many items more than are looked at and added, is so of all
(see `queues`)."""
MOST_GIVEN = 40_000
"""Values that go in where something is left open."""


@dataclass(frozen=True, slots=True)
class Part:
    """A move, or a part of it: what it reads and writes, and what it does with lists. By body, the
    locals that say whether there is room, and those where that says nothing of more room."""

    bodies: tuple[Block, ...]
    effects: Effects[int]
    uses: Mapping[int, QueueUse | None]
    asked: tuple[frozenset[str], ...]
    doubtful: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class Side:
    """A move of which something is left open: see `LeftOpen`."""

    bodies: tuple[Block, ...]
    text: str
    open: frozenset[int]
    guards: bool
    fails: bool


Sides = tuple[Side, Side]

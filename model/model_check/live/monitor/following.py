"""What it takes to follow some properties of a spec through the readings of a log.

Steps that nobody sees can be put off, or taken at once, where their place matters to nobody. To a
property that reads what several processes write, it does: whoever follows it has to try every
place. So what such properties say on the way is followed for each of them by itself, and the
readings of a log by which it fits, and its ends, are found without.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from ...explore.memo import GrowthNeededError
from ...language.tree.spec import Property
from ...machine.core import Formula
from ...machine.effects import fields_read
from ...machine.python.program import Program
from .independence import Independence, Reaches
from .tracking import Tracked, Tracking, asks_next, is_tracked

__all__ = ["Following"]


class Acting(Protocol):
    """A step, as far as it is asked here whose it is."""

    @property
    def instance(self) -> int:
        """The number of the instance."""


class Following:
    """Follows `properties`; those that only an end decides need not be among them. `moves`: the
    steps that can be taken in a state."""

    def __init__(
        self,
        program: Program,
        reaches: Reaches,
        properties: Sequence[Property],
        moves: Callable[[int], Iterable[Acting]],
    ) -> None:
        self.names = frozenset(each.name for each in properties)
        formulas = [group for each in properties for group in _on_the_way(program, each)]
        self._independence = Independence(reaches, formulas)
        self._reaches = reaches
        self._put_off: dict[tuple[int, ...], tuple[frozenset[int], tuple[int, ...]]] = {}
        self._moves = moves
        # These notice a step that changes nothing of theirs.
        self._notices = any(
            each.form.of_steps or (each.in_time is not None and asks_next(each.in_time))
            for each in properties
            if is_tracked(each)
        )
        self.tracking = Tracking(program, properties, self._delays)
        self.bits = {
            each.name: 1 << place
            for place, each in enumerate(properties)
            if each.form.asks_all and not is_tracked(each)
        }
        self._watched = [
            (
                self.bits[each.name],
                program.formulas.properties[each.name].answer,
                each.form.wrong_answer,
            )
            for each in properties
            if each.name in self.bits
        ]

    @staticmethod
    def is_crossed(program: Program, reaches: Reaches, asked: Property) -> bool:
        """Whether the value of a property on the way depends on the order of several processes'
        steps, or it asks for more than single states."""
        read = [_read(group) for group in _on_the_way(program, asked)]
        return is_tracked(asked) or any(reaches.writers(each) > 1 for each in read)

    def put_off(self, state: int) -> tuple[frozenset[int], tuple[int, ...]]:
        """The instances whose steps can wait until the end of the log, and those whose next step
        can be taken at once (see `Independence`)."""
        places = self._reaches.places(state)
        found = self._put_off.get(places)
        if found is None:
            waiting = self._independence.waiting(places)
            first = () if self._notices else self._independence.first(places)
            found = self._put_off[places] = waiting, first
        return found

    def _delays(self, state: int) -> bool:
        """Whether a step that is possible in a state may stand later than it happened."""
        waiting, _ = self.put_off(state)
        return any(move.instance in waiting for move in self._moves(state))

    def broken(self, state: int) -> int:
        """The properties asked of every state that are not true in one, a bit each. Raises
        GrowthNeededError."""
        found = 0
        for bit, function, wrong in self._watched:
            answer = function(state)
            if answer == wrong:
                found |= bit
            elif answer < 0:
                raise GrowthNeededError(-answer)
        return found

    def tracked(self, known: Tracked | None, before: int, state: int) -> Tracked:
        """What is known of the properties that ask more after a step (None: at an initial state).
        Raises GrowthNeededError."""
        if known is None:
            return self.tracking.start(state)
        return self.tracking.moved(known, before, state)


def _on_the_way(program: Program, asked: Property) -> list[tuple[Formula, ...]]:
    """The formulas of a property whose value matters in the states on the way: what one group
    of them reads belongs together."""
    formulas = program.machine.formulas
    found: list[tuple[Formula, ...]] = []
    if asked.form.asks_all or asked.form.somewhere:
        found.append((formulas.properties[asked.name],))
    if asked.name in formulas.of_steps:
        found.append((formulas.of_steps[asked.name],))
    if asked.name in formulas.atoms:
        found.append(tuple(formulas.atoms[asked.name]))
    return found


def _read(group: Iterable[Formula]) -> frozenset[int]:
    return frozenset[int]().union(*map(fields_read, group))

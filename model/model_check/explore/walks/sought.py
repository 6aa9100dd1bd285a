"""What is looked for on a walk: what one state, one step or one end is enough to show.

What only a run as a whole can break is not looked for, but for its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal as OneOf

from ...language.records import dataclass
from ...machine.core import Machine

__all__ = ["MOST_SOUGHT", "Events", "Sought", "sought_of"]

MOST_SOUGHT = 31
"""For compiled code, which tells what it has seen in one number of 64 bits."""


@dataclass(frozen=True, slots=True)
class Sought:
    """The formula of property `name` has the value `wanted`: in a "state", of a "step", or in a
    state where nothing that can happen has to, an "end". "deadlock": nothing can happen, and
    somebody has neither ended nor rests."""

    name: str
    at: OneOf["state", "step", "end", "deadlock"]
    wanted: int = 0


def sought_of(machine: Machine) -> tuple[Sought, ...]:
    """What is looked for on the walks of a machine, in the order of its properties."""
    found = []
    for each in machine.spec.properties:
        form = each.form
        if form.asks_all:
            found.append(Sought(each.name, "state", form.wrong_answer))
        elif form.somewhere:
            found.append(Sought(each.name, "state", 1 - form.wrong_answer))
        elif form.of_steps:
            found.append(Sought(each.name, "step"))
        elif form.asks_ends:
            found.append(Sought(each.name, "end", form.wrong_answer))
        elif form.on_deadlock:
            found.append(Sought(each.name, "deadlock"))
    return tuple(found)


class Events:
    """The numbers of what can be seen: event i is what is sought at place i, event `none(i)` that
    its formula has no value, and `error` that a step runs into a run-time error."""

    def __init__(self, sought: Sequence[Sought]) -> None:
        self.sought = tuple(sought)
        self.error = 2 * len(self.sought)
        self.count = self.error + 1

    def none(self, place: int) -> int:
        """That what is sought at a place has no value."""
        return place + len(self.sought)

    def is_on_the_way(self, event: int) -> bool:
        """Whether an event can be seen anywhere on a walk, and not where it ends alone."""
        if event == self.error:
            return True
        return self.sought[event % len(self.sought)].at in ("state", "step")

    def at(self, kind: str) -> list[tuple[int, Sought]]:
        """All that is looked for at such a place, with its event."""
        return [(i, each) for i, each in enumerate(self.sought) if each.at == kind]

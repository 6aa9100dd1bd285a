"""Which questions about the moves of alike instances are one question.

What two instances do to each other is what any two others do that can take their places (see
`alike`): of all of them, the first is asked.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..machine.symmetry.transpositions import Transposition

__all__ = ["Orbits"]

Moves = tuple[tuple[int, int, int], ...]
"""Of some moves: the instance, its location, and the step."""


class Orbits:
    """The orbits of moves under changes of places; each is walked through once."""

    def __init__(self, changes: Sequence[Transposition] = ()) -> None:
        self._changes = tuple(changes)
        self._first: dict[Moves, Moves] = {}

    def first(self, moves: Moves) -> Moves:
        """The moves that stand for all that are like these."""
        if not self._changes:
            return moves
        if moves not in self._first:
            orbit = {moves}
            waiting = [moves]
            while waiting:
                now = waiting.pop()
                for change in self._changes:
                    changed = tuple(
                        (change.instances[i], place, change.steps[step]) for i, place, step in now
                    )
                    if changed not in orbit:
                        orbit.add(changed)
                        waiting.append(changed)
            first = min(orbit)
            self._first.update(dict.fromkeys(orbit, first))
        return self._first[moves]

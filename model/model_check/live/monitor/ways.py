"""How the readings of a log came about: from each back to the one before.

Of a state itself nothing is kept here, for a log is long and a state is large: what is left of a
step is its name, and the lines that it was seen in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from .events import LogEvent
from .observable_steps import Move
from .renaming import Names, Renaming

__all__ = ["Way", "speakers", "way_to"]

Lines = tuple[LogEvent, ...]


class Way:
    """How a reading came about with its fewest faults: from `before` (None: it is where a session
    begins) by a step of the model (None: by something that is no step), seen in these `lines`; with
    so many `faults` up to there. `names`: which instances have other names from there on; `others`:
    how else it came about."""

    __slots__ = ("before", "faults", "lines", "move", "names", "others")

    def __init__(
        self, before: Way | None, move: Move | None = None, lines: Lines = (), faults: int = 0
    ) -> None:
        self.before = before
        self.move = move
        self.lines = lines
        self.faults = faults
        self.names: Names = ()
        self.others: list[tuple[Way, Move | None, Lines]] | None = None

    def also(self, way: Way) -> bool:
        """Add how it came about as well; whether that took fewer faults."""
        if way.before is None or self.before is None:
            return False
        if way.faults >= self.faults:
            self._add(way.before, way.move, way.lines)
            return False
        self._add(self.before, self.move, self.lines)
        self.before, self.move, self.lines = way.before, way.move, way.lines
        self.faults, self.names = way.faults, way.names
        return True

    def _add(self, before: Way, move: Move | None, lines: Lines) -> None:
        if self.others is None:
            self.others = []
        self.others.append((before, move, lines))


def way_to(way: Way, renaming: Renaming) -> list[Way]:
    """All of a way, from where it begins, with one name for each instance all along."""
    found = []
    while way.before is not None:
        found.append(way)
        way = way.before
    found.reverse()
    return [_told(each, renaming, names) for each, names in zip(found, _names(found), strict=True)]


def _names(ways: Iterable[Way]) -> Iterator[Names]:
    """Which names instances had other ones instead of, before each step of a way."""
    names: Names = ()
    for each in ways:
        yield names
        names = Renaming.together(names, each.names)


def _told(way: Way, renaming: Renaming, names: Names) -> Way:
    if way.move is None or not names:
        return way
    instance, step = renaming.told(way.move.instance, way.move.step, names)
    move = replace(way.move, instance=instance, step=step)
    return Way(way.before, move, way.lines, way.faults)


def speakers(
    ways: Iterable[Way], whose: Callable[[Move], int]
) -> dict[tuple[int, int], frozenset[int | None]]:
    """Of each line (log, number) whose it is on the ways that lead to these, as a step tells it;
    None where it is no step of the model."""
    found: dict[tuple[int, int], set[int | None]] = {}
    todo = list(ways)
    seen = set(map(id, todo))
    while todo:
        way = todo.pop()
        if way.before is None:
            continue
        for before, move, lines in ((way.before, way.move, way.lines), *(way.others or ())):
            for event in lines:
                owner = None if move is None else whose(move)
                found.setdefault((event.log, event.line.number), set()).add(owner)
            if id(before) not in seen:
                seen.add(id(before))
                todo.append(before)
    return {line: frozenset(each) for line, each in found.items()}

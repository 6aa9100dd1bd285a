"""After which of its steps something goes wrong with a process, in some run.

In: the transitions of a space. Out: for each place where a process may stand when it goes wrong,
the labels of those of its steps that some run takes last before that. A program may lead there by
others, too, which no run takes before that happens: a reason names none of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..language.tree.spec import CRASHES
from .moves import Moves

__all__ = ["last_steps"]


def last_steps(moves: Moves, instance: int) -> dict[int, frozenset[str]]:
    """The labels by place. A process that begins anew has taken no step again."""
    steps = moves.space.machine.steps
    labels: dict[str, int] = {}
    sets: list[int | None] = []
    """By the number of an event: what has been taken last then; None: what was before."""
    for label in moves.labels:
        if label.step < 0 or label.instance != instance:
            sets.append(None)
        elif steps[label.step].fault:
            sets.append(0 if steps[label.step].label == CRASHES else None)
        else:
            sets.append(1 << labels.setdefault(steps[label.step].label, len(labels)))
    reached: dict[int, int] = dict.fromkeys(moves.initial, 0)
    waiting = list(moves.initial)
    while waiting:
        place = waiting.pop()
        before = reached[place]
        for target, number in moves.successors[place]:
            after = sets[number]
            after = before if after is None else after
            known = reached.get(target)
            if known is None or after & ~known:
                reached[target] = after if known is None else known | after
                waiting.append(target)
    found: dict[int, int] = {}
    for place, number in _wrong(moves, instance):
        at = moves.labels[number].at
        found[at] = found.get(at, 0) | reached.get(place, 0)
    return {
        at: frozenset(name for name, bit in labels.items() if taken >> bit & 1)
        for at, taken in found.items()
    }


def _wrong(moves: Moves, instance: int) -> Iterator[tuple[int, int]]:
    """Where something goes wrong with a process: the place and the number of the event."""
    steps = moves.space.machine.steps
    wrong = {
        number
        for number, label in enumerate(moves.labels)
        if label.step >= 0 and label.instance == instance and steps[label.step].fault
    }
    for place, row in enumerate(moves.successors):
        for _, number in row:
            if number in wrong:
                yield place, number

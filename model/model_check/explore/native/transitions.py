"""From a native search that is over to the rows of its transitions, and the steps of these."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from ...language.records import dataclass
from . import places as k
from .library import Library
from .memory import NUMBER
from .rows import PLACE, NativeRows
from .work import Places, Work, width_for

__all__ = ["Explored", "rows_of", "taken_of"]


@dataclass(frozen=True, slots=True)
class Explored:
    """What a search found: its `context` of the kernel, by address; `states`, of which so many
    were `expanded`, and the first ones are `initial`; `transitions`."""

    context: int
    states: int
    expanded: int
    initial: int
    transitions: int


def rows_of(library: Library, found: Explored, work: Work) -> NativeRows:
    """The rows of all states, in the order of processes and steps, as `explore.graph` makes them;
    states that were not expanded have none. Raises StopNow at a limit."""
    begins = work.room(found.states + 1, PLACE)
    targets = work.room(found.transitions, NUMBER)
    steps = work.room(found.transitions, width_for(len(library.machine.steps)))
    batch = _batch(library, found, work)
    for place, value in (
        (k.FRESH, found.initial), (k.ROW_BEGINS, begins), (k.ROW_TARGETS, targets),
        (k.ROW_KINDS, steps), (k.ROW_WIDTH, steps.itemsize),
    ):  # fmt: skip
        batch[place] = value
    if found.expanded:
        work.go(library.kernel.building["build"], found.context, batch.address)
    made = batch[k.MADE]
    for number in range(found.expanded, found.states):
        begins[number + 1] = made
    return NativeRows(work, begins, targets[:made], steps[:made])


def taken_of(
    library: Library, found: Explored, work: Work, groups: Sequence[int]
) -> Sequence[int] | None:
    """For each group of steps, 1 where one of them leads from some state to another, else 0;
    `groups[k]` is that of step k. None where a limit was met before that was known."""
    flags = work.room(max(groups) + 1, 1)
    batch = _batch(library, found, work)
    batch[k.GROUPS], batch[k.GROUP_FLAGS] = array("I", groups), flags
    batch[k.UNTAKEN] = len(set(groups))
    cover = library.kernel.building["cover"]
    while found.expanded and not cover(found.context, batch.address):
        if work.why():
            return None
    return flags


def _batch(library: Library, found: Explored, work: Work) -> Places:
    """Room for the successors of some states, and their steps."""
    margin = k.SOME + library.most + 1
    return Places(
        k.ROW_BATCH_SIZE,
        {
            k.OUT: work.room(margin * library.words, 8),
            k.SOURCES: work.room(margin, NUMBER),
            k.HASHES: work.room(margin + k.AHEAD, 8),
            k.STEPS: work.room(margin, NUMBER),
            k.COUNTS: work.room(k.ROWS_AT_ONCE, NUMBER),
            k.LABEL: library.label, k.ROW_LAST: found.expanded,
        },
    )  # fmt: skip

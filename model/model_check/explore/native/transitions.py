"""From a native search that is over to the rows of its transitions."""

from __future__ import annotations

from ...language.records import dataclass
from . import places as k
from .library import Library
from .memory import NUMBER
from .rows import PLACE, NativeRows
from .work import Places, Work, width_for

__all__ = ["Explored", "rows_of"]


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
    margin = k.SOME + library.most + 1
    batch = Places(
        k.ROW_BATCH_SIZE,
        {
            k.OUT: work.room(margin * library.words, 8),
            k.SOURCES: work.room(margin, NUMBER),
            k.HASHES: work.room(margin + k.AHEAD, 8),
            k.STEPS: work.room(margin, NUMBER),
            k.COUNTS: work.room(k.ROWS_AT_ONCE, NUMBER),
            k.FRESH: found.initial, k.LABEL: library.label, k.ROW_LAST: found.expanded,
            k.ROW_BEGINS: begins, k.ROW_TARGETS: targets, k.ROW_KINDS: steps,
            k.ROW_WIDTH: steps.itemsize,
        },
    )  # fmt: skip
    if found.expanded:
        work.go(library.kernel.build, found.context, batch.address)
    made = batch[k.MADE]
    for number in range(found.expanded, found.states):
        begins[number + 1] = made
    return NativeRows(work, begins, targets[:made], steps[:made])

"""From a native search that is over to the rows of its transitions, and ways among these."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence

from ...language.records import dataclass
from . import places as k
from . import row_places as r
from .library import Library
from .memory import NUMBER
from .rows import PLACE, NativeRows
from .work import Places, Work, width_for

__all__ = ["Explored", "fewest_changes", "rows_of"]


@dataclass(frozen=True, slots=True)
class Explored:
    """What a search found: its `context` of the kernel, by address; `states`, of which so many
    were `expanded`, and the first ones are `initial`; `levels` are the numbers at which each depth
    begins; `transitions`."""

    context: int
    states: int
    expanded: int
    initial: int
    levels: tuple[int, ...]
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
    if found.expanded < found.states:
        begins[found.expanded + 1 :] = array("Q", [made]) * (found.states - found.expanded)
    rows = NativeRows(work, begins, targets[:made], steps[:made])
    rows.widest = min(library.most, made)
    return rows


def fewest_changes(
    rows: NativeRows, found: Explored, number: int, owner_of: Sequence[int]
) -> list[int]:
    """The numbers of the states on a shortest trace to a state with the fewest changes from one
    owner of a step to another, see `trace_choice`; `owner_of[k]` is that of step k. Of the rows
    only those of states that are nearer are looked at. Raises StopNow at a limit."""
    depth = bisect_right(found.levels, number) - 1
    owners = max(owner_of) + 1
    words = (owners + 63) // 64
    marks, path = rows.work.room(found.states, NUMBER), array("I", [0]) * (depth + 1)
    marks[number], path[depth] = 1, number
    task = Places(
        r.TASK_SIZE,
        {
            r.NUMBERS: marks, r.LEVELS_AT: array("q", [*found.levels, found.states]),
            r.OF_STEP: array("q", owner_of), r.OWNERS: owners, r.WAY_WORDS: words,
            r.LEVEL: depth - 1, r.COUNT_FOUND: 1, r.LAST: found.levels[depth], r.RESULT: path,
        },
    )  # fmt: skip
    rows.go_on("mark_back", task, found.levels[depth] - 1)
    known = rows.work.room(task[r.COUNT_FOUND] * (1 + 2 * words), 8)
    task[r.WAYS], task[r.LEVEL], task[r.COUNT_FOUND] = known, 0, 0
    rows.go_on("least_changes", task)
    task[r.NODE], task[r.LEVEL], task[r.OWNER] = number, depth, owners
    task[r.COST] = known[(marks[number] - 2) * (1 + 2 * words)]
    rows.go_on("way_back", task, found.levels[depth - 1])
    assert task[r.LEVEL] == 0, "a state is found from one that is nearer"
    return [*path]


def _batch(library: Library, found: Explored, work: Work) -> Places:
    """Room for the successors of some states, and their steps."""
    margin = k.SOME + library.most + 1
    chooser = library.chooser()
    batch = Places(
        k.ROW_BATCH_SIZE,
        {
            k.OUT: work.room(margin * library.words, 8),
            k.SOURCES: work.room(margin, NUMBER),
            k.HASHES: work.room(margin + k.AHEAD, 8),
            k.STEPS: work.room(margin, NUMBER),
            k.COUNTS: work.room(k.ROWS_AT_ONCE, NUMBER),
            k.LABEL: library.label, k.MOST: library.most, k.ROW_LAST: found.expanded,
        },
    )  # fmt: skip
    if chooser is not None:
        batch[k.CHOOSER] = chooser.address
        batch.keep(chooser)
    return batch

"""From a graph whose steps take time to the transitions that can come, and to runs that cannot end.

A step that never comes makes none; nor does one that comes only when no other can, where another
one can; and where a run is over, none comes.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from enum import Enum

from ..explore.rows import Rows
from ..language.records import dataclass
from .timed_graph import Clock, TimedGraph

__all__ = [
    "Coming", "Endless", "EndlessRunError", "PlainRows", "can_reach", "coming", "coming_in",
    "reached_from",
]  # fmt: skip


class Endless(Enum):
    """Why nothing can be said of a run that goes on."""

    AT_ONCE = "it goes on for ever, and no time passes meanwhile"
    STANDSTILL = "in very many steps one after the other no time passed"
    UNKNOWN = "it goes on for ever, and what is asked cannot be known, whatever order steps come in"
    LONG = "after very many steps, what is asked is still not known"


class EndlessRunError(Exception):
    """A run goes on, perhaps for ever, although what is asked of it is not known: `step` is one
    that comes again and again in it, by number; `steps`: how many it took, where that is why;
    `not_computed`: why it was not computed exactly, in words."""

    def __init__(self, step: int, why: Endless, steps: int = 0) -> None:
        super().__init__(f"step {step} comes again and again: {why.value}")
        self.step = step
        self.why = why
        self.steps = steps
        self.not_computed = ""


@dataclass(frozen=True)
class PlainRows(Rows):
    """Rows of transitions, as they are given."""

    begins: Sequence[int]
    targets: Sequence[int]
    steps: Sequence[int]


@dataclass(frozen=True)
class Coming(PlainRows):
    """The transitions that can come; `places[p]`: where the p-th of them stands in the rows that
    they were chosen from."""

    places: Sequence[int] = ()


def coming_in(graph: TimedGraph) -> Coming:
    """The transitions of a timed graph that can come."""
    rows = PlainRows(graph.begins, graph.targets, graph.steps)
    return coming(rows, graph.clocks, graph.is_over)


def coming(rows: Rows, clocks: Sequence[Clock], is_over: Sequence[int]) -> Coming:
    """The transitions that can come. `is_over[n]`: 1 where a run is over at node n all the same."""
    never = bytearray(each.never for each in clocks)
    last = bytearray(each.last for each in clocks)
    begins, places = array("q", [0]), array("q")
    steps = rows.steps
    for node in range(rows.count):
        if not is_over[node]:
            here = [place for place in rows.of(node) if not never[steps[place]]]
            first = [place for place in here if not last[steps[place]]]
            places.extend(first or here)
        begins.append(len(places))
    targets = array("q", [rows.targets[place] for place in places])
    return Coming(begins, targets, array("I", [steps[place] for place in places]), places)


def can_reach(rows: Rows, nodes: Iterable[int]) -> bytearray:
    """1 for each node that is one of these, or from which one of them can be reached."""
    before: list[list[int]] = [[] for _ in range(rows.count)]
    for node, target, _ in rows.edges():
        before[target].append(node)
    found = bytearray(rows.count)
    waiting = list(nodes)
    for node in waiting:
        found[node] = 1
    while waiting:
        for node in before[waiting.pop()]:
            if not found[node]:
                found[node] = 1
                waiting.append(node)
    return found


def reached_from(rows: Rows, initial: int) -> bytearray:
    """1 for each node that can be reached from one of the `initial` first ones."""
    found = bytearray(rows.count)
    waiting = list(range(initial))
    for node in waiting:
        found[node] = 1
    while waiting:
        for place in rows.of(waiting.pop()):
            target = rows.targets[place]
            if not found[target]:
                found[target] = 1
                waiting.append(target)
    return found

"""What stands below the last step of a trace: the events of its reason that it does not have, and
in a deadlock who waits for whom.

A fact says that one event comes before another; where the other one is not in the trace, it is
still what the window is about, and is drawn as what it is: not there.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...language.records import dataclass
from ...results.check import PropertyResult, Trace
from ...results.waiting import Wait
from ...verify.show import printable
from ..words.columns import shorten
from ..words.phrases import owner_of
from ..words.waiting import nobody_text, waiting_text
from .lifelines import Lifelines
from .messages import Message, Sort
from .rows import Row

__all__ = ["OUTSIDE", "Facts", "facts_of", "outside_row", "waiting_rows"]

OUTSIDE = "not in this trace"
"""What is said of an event that a reason names."""
GIVERS_DRAWN = 3
PLACE_WIDTH = 28
"""Columns of where a process waits."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a reason says of a trace, by numbers of steps: `orderings` are the events that come one
    before the other, `marked` all that happen, `outside` the events that come too late and are not
    there, which are numbered after the last step."""

    orderings: tuple[tuple[int, int], ...]
    marked: frozenset[int]
    outside: tuple[str, ...]

    @property
    def window(self) -> tuple[int, int] | None:
        """The first and the last step of the trace that a fact names."""
        return (min(self.marked), max(self.marked)) if self.marked else None


def facts_of(result: PropertyResult, trace: Trace) -> Facts:
    """What the reason of a violation says of its trace."""
    facts = () if result.reason is None else result.reason.facts
    numbers = {step.event: step.number for step in trace.steps}
    named = [each for each in facts if each.first in numbers]
    inside = {*numbers}
    for each in named:
        if each.second:
            numbers.setdefault(each.second, len(numbers) + 1)
    pairs = tuple((numbers[each.first], numbers[each.second]) for each in named if each.second)
    first = {numbers[each.first] for each in named}
    marked = frozenset(n for n in (*first, *(b for _, b in pairs)) if n <= len(inside))
    return Facts(pairs, marked, tuple(event for event in numbers if event not in inside))


def outside_row(event: str, lifelines: Lifelines) -> Row:
    """The row of an event that a trace does not have, at whose lifeline it would be."""
    readers = {name: lifelines.processes[ends[1]] for name, ends in lifelines.links.items()}
    lines = {**readers, **lifelines.of_resource, **lifelines.processes}
    owner = owner_of(event, lines)
    line = lines.get(owner)
    label = event.removeprefix(f"{owner}.") if owner in lifelines.processes else event
    return Row((), line or lifelines.in_order[0], printable(label), (), (OUTSIDE,), ())


def waiting_rows(trace: Trace, lifelines: Lifelines) -> tuple[Row, ...]:
    """For each process that waits in a deadlock a row: where it waits, and an arrow to each that
    could end that, with what it waits for; where none could, that is said beside it."""
    found = []
    for name, line in lifelines.processes.items():
        waits = [each for each in trace.waits if each.instance == name]
        if waits:
            label = shorten(f"waits at {printable(waits[0].place)}", PLACE_WIDTH)
            messages = tuple(m for each in waits for m in _waits(each, trace, lifelines))
            drawn = {told for message in messages for told in message.told}
            asides = tuple(
                line
                for each in waits
                if (told := _told(each, lifelines)) not in drawn
                for line in (told, nobody_text(each) or "see below")
            )
            found.append(Row((), line, label, messages, asides, ()))
    return tuple(found)


def _told(wait: Wait, lifelines: Lifelines) -> str:
    return lifelines.keys.shorter(waiting_text(wait))


def _waits(wait: Wait, trace: Trace, lifelines: Lifelines) -> Iterator[Message]:
    """An arrow to each instance of which a step could give what is waited for, the one of a cycle
    first."""
    following = dict(zip(trace.cycle, (*trace.cycle[1:], *trace.cycle[:1]), strict=True))
    next_one = following.get(wait.instance)
    others = dict.fromkeys(each.rpartition(".")[0] for each in wait.givers)
    lines = {**lifelines.of_resource, **lifelines.processes}
    known = [each for each in others if each in lines and each != wait.instance]
    known.sort(key=lambda name: name != next_one)
    told = _told(wait, lifelines)
    for name in known[:GIVERS_DRAWN]:
        source, target = lifelines.processes[wait.instance], lines[name]
        sort: Sort = "cycle" if name == next_one else "wait"
        yield Message(source, target, told, "", sort, False, (told,))

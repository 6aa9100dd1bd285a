"""A trace as a sequence diagram, before anyone decides how to draw it.

Rows of what the participants (`lifelines`) send each other (`messages`) and hold, with quiet runs
folded (`folding`). The SVG and the Mermaid text are both made from this.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence

from ...language.records import dataclass, replace
from ...results.check import (
    CRASHED,
    ENDED,
    CheckReport,
    PropertyResult,
    Trace,
    TraceStep,
    trace_of,
)
from ...verify.show import printable
from ..words.faults import fault_text, hit_text
from ..words.formula import reads_of
from ..words.keys import Keys
from ..words.phrases import (
    changes,
    final_state,
    happened,
    label_text,
    sealing_step,
    steps_text,
    went_wrong,
)
from .below import facts_of, outside_row, waiting_rows
from .folding import Fold, folds, merged_text
from .lifelines import HeldValue, Known, Lifeline, Lifelines, joined
from .messages import Message, arrows_of
from .rows import Row

__all__ = [
    "Diagram",
    "Group",
    "Parts",
    "folded_text",
    "sequence_of",
]

LOSSES_SHOWN = 4
"""Steps that lose a message and are not folded; more of them are like any others."""


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one step, or of a run of steps that repeats itself `times` times; of a stretch
    that is told without the order of its steps (`times` is 0), a row for each kind of step."""

    first: int
    last: int
    times: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Diagram:
    """The whole diagram. `groups` begins with the start. `orderings` are the step numbers of
    the events of which the reason says that one comes before the other, `marked` of all events that
    it says happen, `window` the first and the last of these (None: it names none); `sealed` is the
    step after which the violation is certain; `loop` the first and the last step of what goes round
    for ever (None: the run ends). Events of orderings that the trace does not have are numbered
    after its last step, one for each row of `outside`; the window lasts to the end then."""

    lifelines: tuple[Lifeline, ...]
    groups: tuple[Group, ...]
    orderings: tuple[tuple[int, int], ...]
    window: tuple[int, int] | None
    sealed: int | None
    ends: Mapping[Lifeline, int]
    """After which step each process that ends has ended, or crashed for good."""
    loop: tuple[int, int] | None = None
    crashed: frozenset[Lifeline] = frozenset()
    """Those of them that have crashed then, and do not start again."""
    marked: frozenset[int] = frozenset()
    outside: tuple[Row, ...] = ()
    waits: tuple[Row, ...] = ()
    """In a deadlock: for each process that waits, a row with an arrow to who could end that."""

    keys: Keys = Keys(())

    @property
    def rows(self) -> tuple[Row, ...]:
        """All of them, from above."""
        return (*(row for each in self.groups for row in each.rows), *self.outside, *self.waits)

    @property
    def folded(self) -> int:
        """How many steps are in folded runs."""
        return sum(g.last - g.first + 1 for g in self.groups if g.times != 1)


def sequence_of(report: CheckReport, result: PropertyResult) -> Diagram:
    """The sequence diagram of a property's trace."""
    trace = trace_of(result)
    facts = facts_of(result, trace)
    sealed = sealing_step(result)
    parts = Parts(report, trace, reads_of(result))
    loud = _loud(trace, facts.window, sealed)
    groups = [Group(0, 0, 1, (parts.start(),))]
    alike = [parts.likeness(step) for step in trace.steps]
    loop = parts.loop
    for fold in folds(alike, loud, () if loop is None else (loop[0] - 1,)):
        groups.append(_group(fold, trace, parts))
    window = facts.window
    if window is not None and facts.outside:
        window = (window[0], len(trace.steps))
    return Diagram(
        parts.lifelines, tuple(groups), facts.orderings, window, sealed, parts.ends(), loop,
        parts.crashed(), facts.marked, parts.outside(facts.outside), parts.waits(),
        parts.keys,
    )  # fmt: skip


class Parts:
    """What the diagram of a trace is made of: its lifelines, and the row of any of its steps."""

    def __init__(self, report: Known, trace: Trace, reads: tuple[str, ...] = ()) -> None:
        self._trace = trace
        self._lifelines = Lifelines(report, trace, reads)
        self._changes = changes(trace)
        self._arrows = arrows_of(trace, self._lifelines, self._changes)

    @property
    def lifelines(self) -> tuple[Lifeline, ...]:
        return self._lifelines.in_order

    @property
    def keys(self) -> Keys:
        """What the keys of its resources are called."""
        return self._lifelines.keys

    @property
    def loop(self) -> tuple[int, int] | None:
        """The first and the last step of what goes round for ever."""
        begin = self._trace.loop_from
        return None if begin is None else (begin + 1, len(self._trace.steps))

    @property
    def server(self) -> Lifeline | None:
        """The lifeline of the first server."""
        return next((each for each in self.lifelines if each.sort == "server"), None)

    def process(self, name: str) -> Lifeline | None:
        """The lifeline of a process instance."""
        return self._lifelines.processes.get(name)

    def crashed(self) -> frozenset[Lifeline]:
        """The processes that have crashed at the end, and do not start again."""
        places = final_state(self._trace).locations
        return frozenset(self._lifelines.processes[n] for n in places if places[n] == CRASHED)

    def ends(self) -> dict[Lifeline, int]:
        """After which step each process that ends has ended, or crashed for good."""
        ended: dict[Lifeline, int] = {}
        states = (self._trace.initial, *(step.state for step in self._trace.steps))
        for number, state in enumerate(states):
            for name, where in state.locations.items():
                if where in (ENDED, CRASHED):
                    ended.setdefault(self._lifelines.processes[name], number)
        return ended

    def likeness(self, step: TraceStep) -> Hashable:
        """What two steps share that may be drawn as one row."""
        arrows = self._arrows[step.number]
        shape = tuple(
            (m.source, m.target, m.sort, m.lost, m.refused, bool(m.answer)) for m in arrows.messages
        )
        commands = tuple((call.resource, call.command) for call in step.calls)
        return (step.instance, step.label, commands, shape, len(arrows.asides))

    def start(self) -> Row:
        """What is there before the first step."""
        held = [h for each in self._changes[0] if (h := self._lifelines.held(each, None))]
        return Row((), None, "", (), (), joined(held))

    def row(self, steps: Sequence[TraceStep]) -> Row:
        """Steps that are alike as one row: what differs in them is told as a range."""
        drawn = [self._arrows[step.number] for step in steps]
        messages = tuple(_merged(alike) for alike in zip(*(d.messages for d in drawn), strict=True))
        asides = tuple(
            merged_text(list(each)) for each in zip(*(d.asides for d in drawn), strict=True)
        )
        last: dict[str, HeldValue] = {}
        for step in steps:
            for change in self._changes[step.number]:
                if held := self._lifelines.held(change, step):
                    last[change.name] = held
        written = {m.target for m in messages if m.sort == "write"}
        left = joined(each for each in last.values() if each.holder not in written)
        actor = self._lifelines.of(steps[0])
        told = tuple(map(self._told, steps))
        return Row(tuple(steps), actor, _label(steps), messages, asides, left, told)

    def _told(self, step: TraceStep) -> str:
        """A step with its commands, in one line."""
        event = fault_text(step) if step.fault else printable(step.event)
        line = "  ".join([f"{step.number}. {event}", *happened(step)])
        return f"{self._lifelines.keys.told(line)}  ({printable(step.source)}:{step.line})"

    def outside(self, events: Sequence[str]) -> tuple[Row, ...]:
        """A row for each event that the trace does not have."""
        return tuple(outside_row(event, self._lifelines) for event in events)

    def waits(self) -> tuple[Row, ...]:
        """A row for each process that waits at the end of a deadlock."""
        return waiting_rows(self._trace, self._lifelines)


def _merged(alike: Sequence[Message]) -> Message:
    """The same message of several steps; of what is written, the last value."""
    told = tuple(line for each in alike for line in each.told)
    if alike[0].sort == "write":
        return replace(alike[-1], told=told)
    text = merged_text([each.text for each in alike])
    answer = merged_text([each.answer for each in alike])
    return replace(alike[0], text=text, answer=answer, told=told)


def folded_text(diagram: Diagram) -> str:
    """What is folded, in one sentence; "" where nothing is."""
    if not diagram.folded:
        return ""
    count = f"{diagram.folded:,} of the {steps_text(diagram.groups[-1].last)}"
    mixed = any(group.times == 0 for group in diagram.groups)
    order = "; mixed: in another order than drawn" if mixed else ""
    return f"×n: what happens n times is drawn once ({count}){order}; tooltips tell each step"


def _loud(trace: Trace, window: tuple[int, int] | None, sealed: int | None) -> frozenset[int]:
    """The numbers of steps that are never folded: those of the window, those around the point
    of no return, those that lose a message or go wrong where they are few, and a last step that is
    itself what is wrong."""
    loud = set() if window is None else set(range(window[0], window[1] + 1))
    if sealed is not None:
        loud |= {sealed, sealed + 1}
    losing = [s.number for s in trace.steps if s.fault or any(map(went_wrong, s.calls))]
    if len(losing) <= LOSSES_SHOWN:
        loud |= set(losing)
    if trace.end in ("error", "state"):
        loud.add(len(trace.steps))
    return frozenset(loud)


def _group(fold: Fold, trace: Trace, parts: Parts) -> Group:
    rows = tuple(parts.row([trace.steps[at] for at in places]) for places in fold.rows)
    return Group(fold.start + 1, fold.stop, fold.times, rows)


def _label(steps: Sequence[TraceStep]) -> str:
    """`publish[7]`; of several, `publish[8..10]` or `show`. What goes wrong is told in words, with
    the name of a resource: its lifeline may be that of a server."""
    if steps[0].fault:
        crash = steps[0].instance in steps[0].state.locations
        return merged_text([hit_text(s) if crash else fault_text(s) for s in steps])
    if len(steps) == 1:
        return label_text(steps[0])
    plain = [re.sub(r"#\d+$", "", label_text(step)) for step in steps]
    return merged_text(plain)

"""A trace as a sequence diagram, before anyone decides how to draw it.

One lifeline a process and one a server: all `redis.*` resources are on one Redis, and the key
at the arrow says which of them is meant. A connection or a queue between two processes has
no lifeline: what is sent goes straight to the other end. A command is an arrow, and so is an
answer that brings data; what a server pushes arrives as an arrow from it. The SVG and the
Mermaid text are both made from this.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal as OneOf

from ..language.records import dataclass
from ..verify.outcome import CallRecord, PropertyResult, Trace, TraceStep
from .folding import Block, blocks, merged_text
from .story import (
    Change,
    call_text,
    changes,
    instances,
    label_text,
    reached_nobody,
    resources,
    sealing_step,
    steps_text,
)
from .summary import CheckReport
from .text import printable
from .values import format_value

__all__ = [
    "Diagram",
    "Group",
    "Held",
    "Lifeline",
    "Message",
    "Parts",
    "Row",
    "fetches",
    "folded_text",
    "sequence_of",
]

LOSSES_SHOWN = 4
"""Steps that lose a message and are not folded; more of them are like any others."""
_SPELLINGS = {"nats": "NATS", "rabbitmq": "RabbitMQ", "postgresql": "PostgreSQL", "mqtt": "MQTT"}
"""Names of servers that are not written with one capital."""


@dataclass(frozen=True, slots=True)
class Lifeline:
    """A participant: a process instance, a server, or a resource that stands by itself."""

    name: str
    sort: OneOf["process", "server", "resource"]


@dataclass(frozen=True, slots=True)
class Message:
    """An arrow. `text` is what stands at it; `answer` is told with it, "" where nothing is
    answered or the answer is an arrow of its own.

    "command": sent to a server; "reply": its answer with data; "push": what a server sent by
    itself; "frame": from process to process. `lost`: it reached nobody. `told` is everything
    that it stands for, a line each.
    """

    source: Lifeline
    target: Lifeline
    text: str
    answer: str
    sort: OneOf["command", "reply", "push", "frame"]
    lost: bool
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """What a participant holds after a row: `name` is short where it stands beside its owner."""

    holder: Lifeline
    name: str
    change: Change

    @property
    def whole(self) -> str:
        """`history [1, 2, 3]`, whole."""
        return f"{printable(self.change.name)} {format_value(self.change.value)}"


@dataclass(frozen=True, slots=True)
class Row:
    """A step, or steps of a folded run that are alike; no step at all: the start.

    `asides` are commands that go nowhere, such as taking a frame that has arrived.
    """

    steps: tuple[TraceStep, ...]
    actor: Lifeline | None
    label: str
    messages: tuple[Message, ...]
    asides: tuple[str, ...]
    held: tuple[Held, ...]

    @property
    def boxed(self) -> str:
        """The label, and how many steps it stands for: `show ×9`."""
        return f"{self.label} ×{len(self.steps)}" if len(self.steps) > 1 else self.label

    @property
    def told(self) -> tuple[str, ...]:
        """Every step with its commands, a line each."""
        return tuple(
            "  ".join([f"{s.number}. {printable(s.event)}", *map(call_text, s.calls)])
            + f"  ({printable(s.source)}:{s.line})"
            for s in self.steps
        )


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
    the events of the reason's orderings, `window` the first and the last of them (None: no
    orderings, or the trace lacks one of the events); `sealed` is the step after which the
    violation is certain."""

    lifelines: tuple[Lifeline, ...]
    groups: tuple[Group, ...]
    orderings: tuple[tuple[int, int], ...]
    window: tuple[int, int] | None
    sealed: int | None
    ends: Mapping[Lifeline, int]
    """After which step each process that ends has ended."""

    @property
    def folded(self) -> int:
        """How many steps are in folded runs."""
        return sum(g.last - g.first + 1 for g in self.groups if g.times != 1)


def sequence_of(report: CheckReport, result: PropertyResult) -> Diagram:
    """The sequence diagram of a violated property's trace."""
    trace = result.trace
    assert trace is not None
    orderings = _orderings(result, trace)
    events = [number for pair in orderings for number in pair]
    window = (min(events), max(events)) if events else None
    sealed = sealing_step(result)
    parts = Parts(report, trace)
    loud = _loud(trace, window, sealed)
    groups = [Group(0, 0, 1, (parts.start(),))]
    for block in blocks([parts.likeness(step) for step in trace.steps], loud):
        groups.append(_group(block, trace, parts))
    return Diagram(parts.lifelines, tuple(groups), tuple(orderings), window, sealed, parts.ends())


class Parts:
    """What the diagram of a trace is made of: its lifelines, and the row of any of its steps."""

    def __init__(self, report: CheckReport, trace: Trace) -> None:
        self._trace = trace
        self._place = _Places(report, trace)
        self._arrows = _arrows(trace, self._place)
        self._found = changes(trace)

    @property
    def lifelines(self) -> tuple[Lifeline, ...]:
        return self._place.lifelines

    def process(self, name: str) -> Lifeline | None:
        """The lifeline of a process instance."""
        return self._place.processes.get(name)

    def ends(self) -> dict[Lifeline, int]:
        """After which step each process that ends has ended."""
        return _ends(self._trace, self._place)

    def likeness(self, step: TraceStep) -> object:
        """What two steps share that may be drawn as one row."""
        return _likeness(step, self._arrows[step.number])

    def start(self) -> Row:
        """What is there before the first step."""
        return _start(self._found[0], self._place)

    def row(self, steps: Sequence[TraceStep]) -> Row:
        """Steps that are alike, as one row."""
        return _row(steps, self._arrows, self._found, self._place)


def fetches(call: CallRecord) -> bool:
    """Whether data comes back: an answer that is more than a number or a state of affairs, or
    any answer to a command that takes nothing along."""
    if call.result is None or isinstance(call.result, bool):
        return False
    return not call.arguments or not isinstance(call.result, int)


def folded_text(diagram: Diagram) -> str:
    """What is folded, in one sentence; "" where nothing is."""
    if not diagram.folded:
        return ""
    count = f"{diagram.folded:,} of the {steps_text(diagram.groups[-1].last)}"
    mixed = any(group.times == 0 for group in diagram.groups)
    order = "; mixed: in another order than drawn" if mixed else ""
    return f"×n: what happens n times is drawn once ({count}){order}; tooltips tell each step"


def _orderings(result: PropertyResult, trace: Trace) -> list[tuple[int, int]]:
    """The step numbers of each ordering's events; none unless the trace has them all."""
    if result.reason is None:
        return []
    numbers = {step.event: step.number for step in trace.steps}
    pairs = [(numbers.get(o.first), numbers.get(o.second)) for o in result.reason.orderings]
    found = [(a, b) for a, b in pairs if a is not None and b is not None]
    return found if len(found) == len(pairs) else []


def _loud(trace: Trace, window: tuple[int, int] | None, sealed: int | None) -> frozenset[int]:
    """The numbers of steps that are never folded: those of the window, those around the point
    of no return, those that lose a message where they are few, and a last step that is itself
    what is wrong."""
    loud = set() if window is None else set(range(window[0], window[1] + 1))
    if sealed is not None:
        loud |= {sealed, sealed + 1}
    losing = [s.number for s in trace.steps if any(map(reached_nobody, s.calls))]
    if len(losing) <= LOSSES_SHOWN:
        loud |= set(losing)
    if trace.end in ("error", "state"):
        loud.add(len(trace.steps))
    return frozenset(loud)


def _ends(trace: Trace, place: _Places) -> dict[Lifeline, int]:
    ended: dict[Lifeline, int] = {}
    for number, state in enumerate([trace.initial, *(s.state for s in trace.steps)]):
        for name, where in state.locations.items():
            if where == "(end)":
                ended.setdefault(place.processes[name], number)
    return ended


# --- who takes part --------------------------------------------------------------------------


class _Places:
    """The lifelines, and which of them each resource is on."""

    def __init__(self, report: CheckReport, trace: Trace) -> None:
        self.processes = {name: Lifeline(name, "process") for name in instances(trace)}
        self.views = {view.name: view for view in report.resources}
        self.links = {name: pair for name in resources(trace) if (pair := self._link(name, trace))}
        self.lines = {n: self._line(n) for n in resources(trace) if n not in self.links}
        self.lifelines = self._in_order(trace)

    def key(self, resource: str) -> str:
        view = self.views.get(resource)
        return (view.key if view else "") or resource

    def _link(self, name: str, trace: Trace) -> tuple[str, ...]:
        """The two processes that a resource without a server connects; () if it does not.
        Where its kind does not say so, one of them must only write and the other only read."""
        view = self.views.get(name)
        if view is None or view.server:
            return ()
        calls = [(s.instance, c) for s in trace.steps for c in s.calls if c.resource == name]
        if view.between:
            whole = len(view.clients) == 2 and {each for each, _ in calls} <= {*view.clients}
            return view.clients if whole and {*view.clients} <= {*self.processes} else ()
        writers = {instance for instance, call in calls if call.arguments}
        readers = {instance for instance, call in calls if not call.arguments}
        if len(writers) == len(readers) == 1 and writers != readers:
            return (*writers, *readers)
        return ()

    def _line(self, name: str) -> Lifeline:
        view = self.views.get(name)
        if view is None or not view.server:
            return Lifeline(name, "resource")
        shown = _SPELLINGS.get(view.server, view.server[:1].upper() + view.server[1:])
        return Lifeline(shown, "server")

    def _in_order(self, trace: Trace) -> tuple[Lifeline, ...]:
        """Processes in the order of the spec, all else at the mean of the processes that use
        it, which keeps arrows short."""
        actors = list(self.processes)
        users: dict[Lifeline, set[int]] = {line: set() for line in self.lines.values()}
        for step in trace.steps:
            for call in step.calls:
                if call.resource in self.lines:
                    users[self.lines[call.resource]].add(actors.index(step.instance))
        placed = [(float(i), 0, self.processes[name]) for i, name in enumerate(actors)]
        for turn, (line, indices) in enumerate(users.items(), start=1):
            mean = sum(indices) / len(indices)
            # Used by one process alone: beside it. On a process's own place: after it.
            placed.append((mean + (0.25 if mean == int(mean) else 0), turn, line))
        return tuple(line for _, _, line in sorted(placed, key=lambda each: each[:2]))

    def other_end(self, resource: str, instance: str) -> Lifeline:
        """The process at the other end of a link."""
        first, second = self.links[resource]
        return self.processes[second if instance == first else first]

    def held(self, change: Change, step: TraceStep | None) -> Held | None:
        """Where a value is, and what it is called there."""
        if change.owner in self.processes:
            short = printable(change.name.removeprefix(f"{change.owner}."))
            return Held(self.processes[change.owner], short, change)
        if change.owner in self.lines:
            return Held(self.lines[change.owner], printable(change.name), change)
        if change.owner in self.links:
            for end in self.links[change.owner]:
                if change.name.endswith(f"[{end}]"):
                    short = printable(change.name.removesuffix(f"[{end}]"))
                    return Held(self.processes[end], short, change)
            # Of no end in particular: what waits there, waits for the one that reads.
            return Held(self.processes[self.links[change.owner][1]], printable(change.name), change)
        actor = self.processes[step.instance] if step else next(iter(self.lifelines), None)
        return Held(actor, printable(change.name), change) if actor else None


# --- what goes between them ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Step:
    """The arrows of one step, and its commands that go nowhere."""

    messages: tuple[Message, ...]
    asides: tuple[str, ...]


def _arrows(trace: Trace, place: _Places) -> dict[int, _Step]:
    """The arrows of every step, by its number."""
    found = {}
    waiting: set[tuple[str, str, str]] = set()
    for step in trace.steps:
        messages: list[Message] = []
        asides: list[str] = []
        for call in step.calls:
            asked = (step.instance, call.resource, call.wire)
            answers_now = asked in waiting and not call.sending
            if call.sending:
                waiting.add(asked)
            waiting -= {asked} if answers_now else set()
            if call.resource in place.links:
                _between(step, call, place, messages, asides)
            else:
                messages += _on_server(step, call, place, answers_now)
        found[step.number] = _Step(tuple(messages), tuple(asides))
    return found


def _between(
    step: TraceStep,
    call: CallRecord,
    place: _Places,
    messages: list[Message],
    asides: list[str],
) -> None:
    """A command on a connection: what is sent goes to the other end, what is read is here."""
    if not call.arguments and call.answer:
        asides.append(f"{printable(call.wire)} → {printable(call.answer)}")
        return
    actor = place.processes[step.instance]
    lost = bool(call.arguments) and call.result is False
    # That a frame was sent is what the arrow says.
    answer = "" if call.result is True else printable(call.answer)
    target = place.other_end(call.resource, step.instance)
    text = printable(call.wire)
    messages.append(Message(actor, target, text, answer, "frame", lost, (call_text(call),)))


def _on_server(
    step: TraceStep, call: CallRecord, place: _Places, answers_now: bool
) -> Iterator[Message]:
    """A command to a server: an arrow there, and one back where it fetches something."""
    actor = place.processes[step.instance]
    target = place.lines[call.resource]
    wire, answer = printable(call.wire), printable(call.answer)
    told = (call_text(call),)
    if wire.startswith("(") and answer:
        # In brackets is what a client library does: nothing is sent.
        text = f"{printable(place.key(call.resource))}: {answer}"
        yield Message(target, actor, text, "", "push", False, told)
    elif answers_now:
        yield Message(target, actor, answer, "", "reply", False, told)
    elif fetches(call):
        yield Message(actor, target, wire, "", "command", False, told)
        yield Message(target, actor, answer, "", "reply", False, told)
    else:
        lost = reached_nobody(call)
        text = wire + (" ..." if call.sending else "")
        yield Message(actor, target, text, answer, "command", lost, told)


# --- rows ------------------------------------------------------------------------------------


def _likeness(step: TraceStep, arrows: _Step) -> object:
    """What two steps share that may be drawn as one."""
    shape = tuple((m.source, m.target, m.sort, m.lost, bool(m.answer)) for m in arrows.messages)
    commands = tuple((call.resource, call.command) for call in step.calls)
    return (step.instance, step.label, commands, shape, len(arrows.asides))


def _start(changed: Sequence[Change], place: _Places) -> Row:
    held = tuple(h for each in changed if (h := place.held(each, None)))
    return Row((), None, "", (), (), held)


def _group(block: Block, trace: Trace, parts: Parts) -> Group:
    rows = tuple(parts.row([trace.steps[at] for at in places]) for places in block.rows)
    return Group(block.start + 1, block.stop, block.times, rows)


def _row(
    steps: Sequence[TraceStep],
    arrows: Mapping[int, _Step],
    found: Sequence[Sequence[Change]],
    place: _Places,
) -> Row:
    """Steps that are alike as one row: what differs in them is told as a range."""
    drawn = [arrows[step.number] for step in steps]
    messages = []
    for alike in zip(*(each.messages for each in drawn), strict=True):
        first = alike[0]
        messages.append(
            Message(
                first.source, first.target, merged_text([m.text for m in alike]),
                merged_text([m.answer for m in alike]), first.sort, first.lost,
                tuple(line for m in alike for line in m.told),
            )
        )  # fmt: skip
    asides = tuple(merged_text(list(each)) for each in zip(*(d.asides for d in drawn), strict=True))
    last: dict[str, Held] = {}
    for step in steps:
        for change in found[step.number]:
            if held := place.held(change, step):
                last[change.name] = held
    return Row(
        tuple(steps), place.processes[steps[0].instance], _label(steps), tuple(messages), asides,
        tuple(last.values()),
    )  # fmt: skip


def _label(steps: Sequence[TraceStep]) -> str:
    """`publish[7]`; of several, `publish[8..10]` or `show`."""
    if len(steps) == 1:
        return label_text(steps[0])
    plain = [re.sub(r"#\d+$", "", label_text(step)) for step in steps]
    return merged_text(plain)

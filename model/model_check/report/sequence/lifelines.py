"""From a trace to the participants of its sequence diagram, and where everything is held.

One lifeline a process and one a server, on which all resources of its kinds are. A connection or
a queue between two processes has none.
"""

from __future__ import annotations

from typing import Literal as OneOf

from ...language.records import dataclass
from ...results.check import CheckReport, Trace, TraceStep
from ...verify.show import format_value, printable
from ..words.actors import acting
from ..words.phrases import ValueChange, instances, resources

__all__ = ["HeldValue", "Lifeline", "Lifelines"]

_SPELLINGS = {"nats": "NATS", "rabbitmq": "RabbitMQ", "postgresql": "PostgreSQL", "mqtt": "MQTT"}
"""Names of servers that are not written with one capital."""


@dataclass(frozen=True, slots=True)
class Lifeline:
    """A participant: a process instance, a server, or a resource that stands by itself."""

    name: str
    sort: OneOf["process", "server", "resource"]


@dataclass(frozen=True, slots=True)
class HeldValue:
    """What a participant holds after a row: `name` is short where it stands beside its owner.
    `read`: the property that is shown reads it."""

    holder: Lifeline
    name: str
    change: ValueChange
    read: bool = False

    @property
    def whole(self) -> str:
        """`history [1, 2, 3]`, whole."""
        return f"{printable(self.change.name)} {format_value(self.change.value)}"


class Lifelines:
    """The lifelines, and which of them each resource is on."""

    def __init__(self, report: CheckReport, trace: Trace, reads: tuple[str, ...] = ()) -> None:
        self.reads = reads
        self.processes = {name: Lifeline(name, "process") for name in instances(trace)}
        self.views = {view.name: view for view in report.resources}
        self.links = {name: pair for name in resources(trace) if (pair := self._link(name, trace))}
        self.of_resource = {n: self._line(n) for n in resources(trace) if n not in self.links}
        self.in_order = self._in_order(trace)

    def key(self, resource: str) -> str:
        view = self.views.get(resource)
        return (view.key if view else "") or resource

    def _link(self, name: str, trace: Trace) -> tuple[str, ...]:
        """The two processes that a resource without a server connects; () if it does not.
        Where its kind does not say so, one of them must only write and the other only read. What
        something goes wrong with has a lifeline for that, unless it is a connection itself."""
        view = self.views.get(name)
        if view is None or view.server:
            return ()
        if not view.between and any(s.fault and s.instance == name for s in trace.steps):
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
        server = view.server if view else name if self._is_server(name) else ""
        if not server:
            return Lifeline(name, "resource")
        shown = _SPELLINGS.get(server, server[:1].upper() + server[1:])
        return Lifeline(shown, "server")

    def _is_server(self, name: str) -> bool:
        return any(view.server == name for view in self.views.values())

    def _in_order(self, trace: Trace) -> tuple[Lifeline, ...]:
        """Processes in the order of the spec, all else at the mean of the processes that use
        it, which keeps arrows short."""
        actors = list(self.processes)
        users: dict[Lifeline, set[int]] = {line: set() for line in self.of_resource.values()}
        for step in trace.steps:
            for call in step.calls if step.instance in self.processes else ():
                if call.resource in self.of_resource:
                    users[self.of_resource[call.resource]].add(actors.index(step.instance))
        placed = [(float(i), 0, self.processes[name]) for i, name in enumerate(actors)]
        for turn, (line, indices) in enumerate(users.items(), start=1):
            # What only goes wrong in this trace is used by nobody: behind all others.
            mean = sum(indices) / len(indices) if indices else len(actors)
            # Used by one process alone: beside it. On a process's own place: after it.
            placed.append((mean + (0.25 if mean == int(mean) else 0), turn, line))
        return tuple(line for _, _, line in sorted(placed, key=lambda each: each[:2]))

    def of(self, step: TraceStep) -> Lifeline:
        """The lifeline of who acts, or of what something goes wrong with: of a connection between
        two processes, that of the one that reads. What is only sent arrives at its server."""
        name = step.instance
        if name in self.links:
            return self.processes[self.links[name][1]]
        found = self.processes.get(name) or self.of_resource.get(name)
        known = (self.of_resource[c.resource] for c in step.calls if c.resource in self.of_resource)
        return found or next(known, self.in_order[0])

    def sender(self, step: TraceStep) -> Lifeline | None:
        """The process that has sent the commands of a step; None where several share its
        connection."""
        return self.processes.get(acting(step, (*self.processes,)))

    def other_end(self, resource: str, instance: str) -> Lifeline:
        """The process at the other end of a link."""
        first, second = self.links[resource]
        return self.processes[second if instance == first else first]

    def held(self, change: ValueChange, step: TraceStep | None) -> HeldValue | None:
        """Where a value is, and what it is called there."""
        name = change.name
        holder: Lifeline | None
        if change.owner in self.processes:
            holder, name = self.processes[change.owner], name.removeprefix(f"{change.owner}.")
        elif change.owner in self.of_resource:
            holder = self.of_resource[change.owner]
        elif change.owner in self.links:
            ends = self.links[change.owner]
            # Of no end in particular: what waits there, waits for the one that reads.
            end = next((each for each in ends if name.endswith(f"[{each}]")), ends[1])
            holder, name = self.processes[end], name.removesuffix(f"[{end}]")
        else:
            holder = self.of(step) if step else next(iter(self.in_order), None)
        read = change.name in self.reads
        return HeldValue(holder, printable(name), change, read) if holder else None

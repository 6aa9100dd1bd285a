"""From a trace to the participants of its sequence diagram, and where everything is held.

One lifeline a process and one a server, on which all resources of its kinds are, and one for the
shared variables that several processes use. A connection or a queue between two processes has none.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Literal as OneOf
from typing import Protocol

from ...language.records import dataclass, replace
from ...results.check import ResourceView, SharedView, Trace, TraceStep
from ...verify.show import format_value, printable, runs_of
from ..words.actors import acting
from ..words.keys import Keys
from ..words.phrases import ValueChange, instances, is_empty, owner_of, resources
from ..words.values import run_parts

__all__ = ["SHARED", "HeldValue", "Known", "Lifeline", "Lifelines", "joined"]

SHARED = "shared variables"
"""The name of the lifeline of the variables that several processes use."""

_SPELLINGS = {"nats": "NATS", "rabbitmq": "RabbitMQ", "postgresql": "PostgreSQL", "mqtt": "MQTT"}
"""Names of servers that are not written with one capital."""


class Known(Protocol):
    """What of a spec a diagram knows beside its trace: every result has it."""

    @property
    def resources(self) -> tuple[ResourceView, ...]: ...

    @property
    def shared(self) -> tuple[SharedView, ...]: ...


@dataclass(frozen=True, slots=True)
class Lifeline:
    """A participant: a process instance, a server, a resource that stands by itself, or what
    processes share. `keys`: what its resources are called there, where they have other names in
    the spec."""

    name: str
    sort: OneOf["process", "server", "resource", "shared"]
    keys: tuple[str, ...] = ()


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


def joined(held: Iterable[HeldValue]) -> tuple[HeldValue, ...]:
    """What is held after a row, what the property reads first; places of one variable that hold
    the same are told as one: `stock[2..6] 0`."""
    alike: dict[Hashable, list[HeldValue]] = {}
    for each in sorted(held, key=lambda each: not each.read):
        head, key = _place_of(each.name)
        value = format_value(each.change.value) if key else ""
        alike.setdefault((each.holder, head, value, each.read), []).append(each)
    return tuple(_as_one(each) for each in alike.values())


def _as_one(held: list[HeldValue]) -> HeldValue:
    if len(held) == 1:
        return held[0]
    keys = [_place_of(each.name)[1] for each in held]
    if all(key.lstrip("-").isdecimal() for key in keys):
        keys = [p for run in runs_of(sorted(map(int, keys))) for p in run_parts(run)]
    at = f"[{', '.join(keys)}]"
    change = held[0].change
    whole = replace(change, name=_place_of(change.name)[0] + at)
    return replace(held[0], name=_place_of(held[0].name)[0] + at, change=whole)


def _place_of(name: str) -> tuple[str, str]:
    """`stock` and `2` of `stock[2]`, `inbox` and `gateway[1]` of `inbox[gateway[1]]`; of a name
    that is no place of another, all of it and ""."""
    if not name.endswith("]"):
        return name, ""
    depth = 0
    for at in reversed(range(len(name))):
        depth += (name[at] == "]") - (name[at] == "[")
        if depth == 0:
            return name[:at], name[at + 1 : -1]
    return name, ""


class Lifelines:
    """The lifelines, and which of them each resource is on."""

    def __init__(self, report: Known, trace: Trace, reads: tuple[str, ...] = ()) -> None:
        self.reads = reads
        self.processes = {name: Lifeline(name, "process") for name in instances(trace)}
        self.views = {view.name: view for view in report.resources}
        self.keys = Keys(report.resources)
        used = self._used(trace)
        self.links = {name: pair for name in used if (pair := self._link(name, trace))}
        self.of_resource = self._lines([name for name in used if name not in self.links])
        self._users = {each.name: each.users for each in report.shared}
        self.shared = self._shared(trace)
        self.in_order = self._in_order(trace)

    def _used(self, trace: Trace) -> list[str]:
        """The resources of the trace, and those that are told of for what the property reads."""
        read = (owner_of(name, self.views) for name in self.reads)
        return [*dict.fromkeys((*resources(trace), *(name for name in read if name)))]

    def _lines(self, names: list[str]) -> dict[str, Lifeline]:
        """The lifeline of each resource that has one."""
        on: dict[tuple[str, OneOf["server", "resource"]], list[str]] = {}
        for name in names:
            on.setdefault(self._place(name), []).append(name)
        return {
            name: Lifeline(*place, self.keys.patterns(those))
            for place, those in on.items()
            for name in those
        }

    def _shared(self, trace: Trace) -> Lifeline | None:
        """The lifeline of what several processes share, if the trace tells of some of that."""
        changed = {name for step in trace.steps for name in step.changed}
        start = {name for name, value in trace.initial.variables.items() if not is_empty(value)}
        found = any(len(self._using(each) or ()) > 1 for each in changed | start | {*self.reads})
        return Lifeline(SHARED, "shared") if found else None

    def _using(self, variable: str) -> tuple[str, ...] | None:
        """The processes that use a shared variable; None where that is not known. Nobody uses what
        always has the same value; where there is one process alone, it is that one's."""
        name = owner_of(variable, self._users)
        users = self._users[name] if name else None
        return tuple(self.processes) if users == () and len(self.processes) == 1 else users

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

    def _place(self, name: str) -> tuple[str, OneOf["server", "resource"]]:
        """The name and the sort of a resource's lifeline."""
        view = self.views.get(name)
        server = view.server if view else name if self._is_server(name) else ""
        if not server:
            return name, "resource"
        return _SPELLINGS.get(server, server[:1].upper() + server[1:]), "server"

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
        if self.shared is not None:
            known = (name for of in self._users.values() if len(of) > 1 for name in of)
            users[self.shared] = {actors.index(name) for name in known if name in actors}
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
        elif found := owner_of(name, self.views):
            # Of a resource that the trace does not use: on its server, if that is there.
            place = self._place(found)
            lines = self.of_resource.values()
            holder = next((each for each in lines if (each.name, each.sort) == place), None)
        elif (users := self._using(name)) is not None:
            holder = self.processes.get(users[0]) if len(users) == 1 else self.shared
        else:
            holder = self.of(step) if step else next(iter(self.in_order), None)
        read = change.name in self.reads
        return HeldValue(holder, printable(name), change, read) if holder else None

"""From a spec to its processes without its resources: what commands answer comes from outside.

The same spec, but for what commands do: each takes its answer from a queue, filled with what
the real thing answered. So a real worker runs its process as the machine does, step by
step, and what a browser shows is what was computed from frames that really came. There is
one state for all processes of a run, as they may share variables.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from ...language.tree import statements as stmts
from ...language.tree.spec import Spec
from ...language.tree.walk import controls_in
from ...language.types import (
    DictType,
    IntType,
    ListType,
    OptionType,
    RecordType,
    SetType,
    Type,
)
from ...machine.core import Call, Failure, Machine, Shape, StateVariable, Step
from ...machine.ir import Note
from ...machine.lowering.connections import cut_off
from ...machine.lowering.watching import EXEC_FAILS, changed_field
from ...machine.make import make_program
from ...machine.python.program import Program
from ...machine.rewrite import statements_in
from ...machine.shapes import Layout, decode, encode, value_of
from ..brokers.contract import Request
from ..brokers.keys import instances_of
from ..brokers.payload import Value
from ..errors import LiveError
from .open_spec import HERE, answered_only, refused_variable, system_of

__all__ = [
    "LIST_ROOM", "MORE_ROOM", "OpenSystem", "Way", "agree", "content_names", "open_system",
    "roomy", "with_value",
]  # fmt: skip

MOST_ANSWERS = 16
"""Calls of one command on one resource in one step that there is room for."""
LIST_ROOM = 64
"""Items of an answer that there is room for, or as many as any list of the model has."""
LARGEST_NUMBER = 1 << 40
MORE_ROOM = "this run needs more room than the model's ever did"


@dataclass(frozen=True, slots=True)
class Way:
    """One way that a process can go from where it stands, as far as answers are known.

    `calls`: what it asks, in order; only the first one without an answer is certain. `target`:
    the state it leads to, None where an answer is missing or it fails; `failure`: the error
    of the spec that it runs into.
    """

    step: Step
    calls: tuple[Request, ...]
    target: int | None
    failure: Failure | None


class OpenSystem:
    """The processes, ready to be run against the real thing."""

    timeouts_last = False
    """Whether the spec's timeouts come only where nothing else can happen."""

    def __init__(self, program: Program, queues: Mapping[tuple[str, str], StateVariable]) -> None:
        self.program = program
        self.machine: Machine = program.machine
        self._queues = queues
        self._cut = _cut_off(self.machine)
        self.answers = frozenset(field for each in queues.values() for field in each.fields)
        self._changed = _changed_fields(self.machine)
        self.passing = self.answers.union(self._cut.values(), self._changed.values())
        self._passing = self.machine.bits(self.passing)
        self._missing = frozenset(
            each.code for each in self.machine.failures if each.at.source == HERE.source
        )

    def instances_of(self, name: str, label: str) -> list[int]:
        """The instances of this name that take steps with this label: a process, and what runs
        beside it, have one name."""
        steps = (each for each in self.machine.steps if each.label == label)
        found = dict.fromkeys(each.instance for each in steps)
        return [each for each in found if self.machine.instances[each].name == name]

    def clients(self) -> dict[str, str]:
        """Who takes steps here, and which client of the resources each of them is. What is under
        way on a connection has the name of its client."""
        found = {}
        for each in self.machine.instances:
            if each.process:
                process = self.machine.spec.process(each.process)
                found[each.name] = process.client_name(each.number)
            else:
                found.setdefault(each.name, each.name)
        return found

    def initial_state(self, values: Mapping[str, Value]) -> int:
        """The state in which a run with these values begins."""
        out: list[int] = []
        self.program.initial(out)
        return next(each for each in out if each >= 0 and agree(self.variables(each), values))

    def ways(
        self, instance: int, state: int, answered: Sequence[tuple[Request, Value]] = ()
    ) -> Iterator[Way]:
        """How an instance can go on from a state, given the answers to its first calls, if all
        connections hold."""
        out: list[tuple[int, int, list[tuple[int, tuple[int, ...]]]]] = []
        self.program.told[instance](self._given(state, answered), out)
        for target, step, notes in out:
            request = (note for note in notes if 0 <= note[0] < len(self.machine.calls))
            calls = tuple(self._request(*note) for note in request)
            given = [request for request, _ in answered]
            if [(c.key, c.arguments) for c in calls[: len(given)]] != [
                (g.key, g.arguments) for g in given
            ]:
                continue  # it asks something else: another choice
            failure = None
            if target < 0 and -target not in self._missing:
                failure = self.machine.failures[-target - 1]
                if failure.kind == "growth":
                    raise LiveError(f"{failure.message}: {MORE_ROOM}")
                if failure.kind == "limit":
                    raise LiveError(f"{failure.text}: this is as far as this tool goes")
            end = self._whole(target) if target >= 0 and len(calls) == len(given) else None
            if end is None and failure is None and len(calls) == len(given):
                continue  # it lacks an answer on its way to a command that does not raise
            yield Way(self.machine.steps[step], calls, end, failure)

    def raised(
        self,
        instance: int,
        state: int,
        answered: Sequence[tuple[Request, Value]],
        request: Request,
        client: str,
        error: str = "",
    ) -> Iterator[Way]:
        """How an instance goes on from a state where, behind these answers, a command has raised
        `disconnected`, or is refused with this `error` of its kind. `client`: who it is for the
        resource."""
        begun = self._given(state, answered)
        if error:
            begun = self._refused(request, begun, error)
        else:
            field = self._cut.get((client, request.call.resource))
            if field is None:
                return  # the spec says that this connection holds
            begun |= self.machine.bits([field])
        out: list[tuple[int, int, list[tuple[int, tuple[int, ...]]]]] = []
        self.program.told[instance](begun, out)
        for target, step, notes in out:
            known = [note for note in notes if 0 <= note[0] < len(self.machine.calls)]
            if error and target < 0:
                known = list(takewhile(lambda note: note[0] >= 0, notes))  # what follows is in vain
            last = [self._request(*note) for note in known][-1:]
            if [(c.raises, c.error, c.key, c.arguments) for c in last] != [
                (True, error, request.key, request.arguments)
            ]:
                continue
            if target >= 0:
                yield Way(self.machine.steps[step], tuple(last), self._whole(target), None)
            elif error and -target not in self._missing:
                failure = self.machine.failures[-target - 1]
                yield Way(self.machine.steps[step], tuple(last), None, failure)

    def watched(self, step: Step) -> str:
        """The resource that a transaction names of which it fails where what is watched was
        touched; "" for every other step."""
        process = self.machine.instances[step.instance].process
        run = self.machine.spec.process(process).run if process else ()
        found = (e for e in controls_in(run) if isinstance(e, stmts.Step) and e.label == step.label)
        return next((each.watches[0] for each in found if each.watches), "")

    def changed(self, instance: int, state: int, client: str) -> Iterator[Way]:
        """How an instance goes on from a state where its transaction fails because something was
        touched that it watches."""
        fields = [field for (who, _), field in self._changed.items() if who == client]
        out: list[tuple[int, int, list[tuple[int, tuple[int, ...]]]]] = []
        self.program.told[instance](state | self.machine.bits(fields), out)
        for target, step, notes in out:
            answers = [self.machine.calls[n].answer for n, _ in notes if n >= 0]
            if EXEC_FAILS not in answers:
                continue
            if target >= 0:
                yield Way(self.machine.steps[step], (), self._whole(target), None)
            elif -target not in self._missing:
                failure = self.machine.failures[-target - 1]
                yield Way(self.machine.steps[step], (), None, failure)

    def _refused(self, request: Request, state: int, error: str) -> int:
        """The state in which a command is refused so."""
        resource, command = request.call.resource, request.call.command
        known = self.machine.spec.resource(resource.partition("[")[0]).any_command(command).refusals
        variable = self._queues[resource, refused_variable(command)]
        return with_value(self.machine, variable, state, known.index(error) + 1)

    def _given(self, state: int, answered: Sequence[tuple[Request, Value]]) -> int:
        """The state in which these answers are there."""
        for (resource, command), answers in _by_queue(answered).items():
            variable = self._queues[resource, command]
            state = with_value(self.machine, variable, state, answers)
        return state

    def _whole(self, state: int) -> int:
        # Whether a connection is broken, the next command on it says; an answer is for one step.
        return state & ~self._passing

    def _request(self, number: int, values: tuple[int, ...]) -> Request:
        call = self.machine.calls[number]
        decoded = [decode(s, v) for s, v in zip(call.shapes, values, strict=True)]
        return Request(call, dict(zip(call.parameters, decoded, strict=False)))

    def variables(self, state: int) -> dict[str, Value]:
        """What the processes hold, and what they share, by shown name."""
        queues = {each.name for each in self._queues.values()}
        return {
            each.name: value_of(self.machine, each, state)
            for each in self.machine.variables
            if not each.hidden and each.name not in queues
        }

    def calls_of(self, name: str) -> list[Call]:
        """What the instances of this name may call."""
        return [
            self.machine.calls[statement.call]
            for instance in self.machine.instances
            if instance.name == name
            for action in self.machine.actions_of(instance.index)
            for statement in statements_in(action.body)
            if isinstance(statement, Note) and not statement.sent
        ]

    def indices(self, step: Step, state: int) -> tuple[Value, ...]:
        """The values of the `for` variables around a step, in the state before it."""
        return tuple(value_of(self.machine, self.machine.variables[i], state) for i in step.indices)

    def watch(self, state: int) -> dict[str, Value]:
        """The watched definitions that speak of processes alone, those that have a value."""
        answers = ((each.formula, each.answer(state)) for each in self.program.formulas.watch)
        return {each.name: decode(each.shape, bits) for each, bits in answers if bits >= 0}


def agree(real: Mapping[str, Value], model: Mapping[str, Value]) -> bool:
    """Whether what processes really hold is what the model has."""
    return all(value == model[name] for name, value in real.items())


def _by_queue(answered: Sequence[tuple[Request, Value]]) -> dict[tuple[str, str], list[Value]]:
    queues: dict[tuple[str, str], list[Value]] = {}
    for request, value in answered:
        if request.call.has_result:
            queues.setdefault((request.call.resource, request.call.command), []).append(value)
    return queues


def with_value(machine: Machine, variable: StateVariable, state: int, value: Value) -> int:
    """The state with another value of a variable."""
    if not _has_room(variable.shape, value):
        raise LiveError(f"{variable.name}: {MORE_ROOM}")
    bits = encode(variable.shape, value)
    for index in variable.fields:
        each = machine.fields[index]
        state = state & ~each.bits | (bits & each.mask) << each.offset
        bits >>= each.width
    return state


def open_system(spec: Spec, layout: Layout, *, told: bool = False) -> OpenSystem:
    """The processes of a spec, in a layout in which all of its states had room. `told`: who gives
    up is told; else only an answer says it."""
    system = system_of(spec)
    if not told:
        system = dataclasses.replace(
            system, processes=tuple(answered_only(each) for each in system.processes)
        )
    room = roomy(system, layout)
    names = content_names(system)
    answers = dict.fromkeys(names.values(), MOST_ANSWERS)
    program = make_program(
        system, Layout({**room.capacities, **answers}, room.integers), fold=False
    )
    variables = {each.name: each for each in program.machine.variables}
    found = OpenSystem(program, {key: variables[name] for key, name in names.items()})
    found.timeouts_last = spec.timeouts == "last"
    return found


def content_names(spec: Spec) -> dict[tuple[str, str], str]:
    """The shown names of what resources hold, by instance and variable."""
    return {
        (owner, variable.name): resource.shown(number, variable.name)
        for resource in spec.resources
        for number, owner in enumerate(instances_of(resource))
        for variable in resource.state[number]
    }


def roomy(spec: Spec, layout: Layout) -> Layout:
    """A layout with room for whatever a server may hold, or answer."""
    longest = max([LIST_ROOM, *layout.capacities.values()])
    lists = {str(each): longest for each in _types_of(spec) if isinstance(each, ListType)}
    wide = {str(IntType()): (-LARGEST_NUMBER, LARGEST_NUMBER)}
    return Layout({**layout.capacities, **lists}, {**layout.integers, **wide})


def _has_room(shape: Shape, value: Value) -> bool:
    match shape.kind, value:
        case "list", list():
            inside = all(_has_room(shape.parts[0], each) for each in value)
            return len(value) <= shape.capacity and inside
        case "scalar", int():
            return 0 <= int(value) - shape.low < 1 << shape.width
        case "option", _:
            return value is None or _has_room(shape.parts[0], value)
        case (("record" | "dict"), dict()):
            parts = zip(shape.parts, value.values(), strict=True)
            return all(_has_room(part, each) for part, each in parts)
    return True


def _types_of(spec: Spec) -> Iterator[Type]:
    """The types of all answers, and what is in them."""
    waiting: list[Type] = [
        each.type for resource in spec.resources for group in resource.state for each in group
    ]
    while waiting:
        kind = waiting.pop()
        yield kind
        match kind:
            case ListType(item) | OptionType(item) | SetType(item):
                waiting.append(item)
            case RecordType(fields):
                waiting += [each for _, each in fields]
            case DictType(key, value):
                waiting += [key, value]


def _cut_off(machine: Machine) -> dict[tuple[str, str], int]:
    """The fields that say that a client's connection to a resource instance is broken."""
    named = {each.name: each.fields[0] for each in machine.variables}
    return {
        (user, name): named[cut_off(user, name)]
        for resource in machine.spec.resources
        if resource.disconnects is not None
        for users, name in zip(resource.users, instances_of(resource), strict=True)
        for user in users
    }


def _changed_fields(machine: Machine) -> dict[tuple[str, str], int]:
    """The fields that say that something was touched that a client watches, by server."""
    named = {each.name: each.fields[0] for each in machine.variables}
    clients = {p.client_name(n) for p in machine.spec.processes for n in range(p.count)}
    servers = {each.server for each in machine.spec.resources}
    return {
        (client, server): named[name]
        for client in clients
        for server in servers
        if (name := changed_field(client, server)) in named
    }

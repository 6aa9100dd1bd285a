"""From a deadlock to who waits there for what, and for whom.

In: a program, and the last state of a run. Out: for each process instance that is held back by an
`await`, its own or that of a command, the condition, what it reads, and the steps of others that
change something of that; and a cycle of instances each of which waits for a step of the next.

What a condition reads and a step writes is taken from their texts (see `machine.effects`), so a
step that is named does write it; that it would come, or make the condition true, is not claimed. A
write of the value that is there already is not counted. A step that is told to be gone is at no
place to which control can lead from where its instance stands.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from ..language.records import dataclass, replace
from ..machine.core import Action, Instance, Machine, StateVariable
from ..machine.ir import Const, Emit, Let, Statement
from ..machine.names import field_of
from ..machine.python.program import Notes, Program
from ..machine.rewrite import (
    Block,
    map_parts,
    statements_in,
)
from ..machine.shapes import value_of
from ..results.trace import CallRecord, TraceStep
from ..results.waiting import Known, Wait
from .wait_conditions import conditions_in, fields_asked, tests_of

__all__ = ["Held", "Writers", "cycle_in", "held_back", "waits_of"]


@dataclass(frozen=True, slots=True)
class Writers:
    """The steps that write something that a condition reads, by number: of others that may still
    come (`givers`), of these that need the same condition before (`rivals`), of others that do
    not come any more (`gone`), and those of the instance that waits (`own`). What may go wrong is a
    giver if it does so in the state, and lets the instance go on. `behind` are steps of who waits
    for the same: of them nobody is waited for."""

    givers: tuple[int, ...]
    behind: frozenset[int]
    rivals: tuple[int, ...]
    gone: tuple[int, ...]
    own: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """An instance that is held back by wait number `wait` of the machine; `notes`: what it sent
    before. `reads`: the variables that the condition reads; `writers`: the steps that write one
    of them."""

    instance: Instance
    wait: int
    notes: Notes
    reads: tuple[StateVariable, ...]
    writers: Writers


def held_back(program: Program, state: int) -> tuple[Held, ...]:
    """What holds instances of processes back in a state in which nothing can happen."""
    machine = program.machine
    reached = _reached(machine, state)
    found = []
    held = {each.index: _held_by(program, each, state) for each in machine.instances}
    asked = {
        (index, wait): fields_asked(machine, machine.instances[index], state, wait)
        for index, waits in held.items()
        for wait in waits
    }
    alike = _Alike(machine, state, asked)
    faults = _Faults(program, state)
    for instance in machine.instances:
        for wait, notes in held[instance.index].items():
            fields = asked[instance.index, wait]
            writers = _writers(machine, (instance, wait), fields, state, reached, alike)
            could = faults.that_free(instance, wait)
            writers = replace(writers, givers=(*writers.givers, *could))
            reads = tuple(
                each
                for each in machine.variables
                if not each.hidden and not fields.isdisjoint(each.fields)
            )
            found.append(Held(instance, wait, notes, reads, writers))
    return tuple(found)


def _held_by(program: Program, instance: Instance, state: int) -> dict[int, Notes]:
    """The waits that hold an instance back in a state, each with what it sent before."""
    out: list[tuple[int, Notes]] = []
    if instance.process:
        program.waiting[instance.index](state, out)
    return dict(out)


class _Alike:
    """Who waits for nothing but what somebody else waits for."""

    def __init__(
        self, machine: Machine, state: int, asked: Mapping[tuple[int, int], frozenset[int]]
    ) -> None:
        self.machine = machine
        self.state = state
        self.known: dict[int, set[object]] = {}
        self.words = {each: self._words(*each, fields) for each, fields in asked.items()}
        for (instance, _), words in self.words.items():
            self.known.setdefault(instance, set()).add(words)

    def waits(self, other: int, waiting: int, wait: int) -> bool:
        """Whether an instance can do nothing before what another one waits for."""
        return self.known.get(other) == {self.words[waiting, wait]}

    def _words(self, instance: int, wait: int, fields: frozenset[int]) -> object:
        """A condition: its tests, where these are of fields alone; else its text with the fields
        that it reads, which is another one in each instance where it says `self`."""
        tests = tests_of(self.machine, self.machine.instances[instance], self.state, wait)
        if tests and None not in tests:
            return frozenset(tests)
        text = self.machine.waits[wait].text
        return (text, fields, instance if re.search(r"\bself\b", text) else None)


class _Faults:
    """What may go wrong in a state, and whom that lets go on."""

    def __init__(self, program: Program, state: int) -> None:
        self.program = program
        self.ways: list[tuple[int, int]] = []
        if program.may_go_wrong(state):
            out: list[tuple[int, int]] = []
            for labelled in program.labelled:
                labelled(state, out)
            steps = program.machine.steps
            self.ways = [
                (target, step) for target, step in out if target >= 0 and steps[step].fault
            ]

    def that_free(self, instance: Instance, wait: int) -> tuple[int, ...]:
        """The faults after one of which an instance is there and does not wait so any more."""
        machine = self.program.machine
        found = (
            step
            for target, step in self.ways
            # Who dies does not wait, and what runs beside it does not either.
            if machine.instances[machine.steps[step].instance].name != instance.name
            and wait not in _held_by(self.program, instance, target)
        )
        return tuple(sorted(dict.fromkeys(found)))


def waits_of(
    program: Program,
    state: int,
    steps: Sequence[TraceStep],
    calls: Callable[[Notes], Sequence[CallRecord]],
) -> tuple[tuple[Wait, ...], tuple[str, ...]]:
    """Who waits for what at the end of a run of these steps, and a cycle of waiting (see
    `cycle_in`). `calls` tells what notes mean."""
    machine = program.machine
    held = held_back(program, state)
    changed: dict[str, int] = {name: step.number for step in steps for name in step.changed}

    def names(steps: Iterable[int]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(_step_name(machine, step) for step in steps))

    def told(each: Held) -> Wait:
        wait, location = machine.waits[each.wait], each.instance.location_field
        place = each.instance.locations[machine.fields[location].raw(state)]
        return Wait(
            instance=each.instance.name,
            place=" | ".join(place.labels),
            text=calls(each.notes)[-1].wire if wait.command else wait.text,
            command=wait.command,
            reads=tuple(
                Known(v.name, value_of(machine, v, state), changed.get(v.name)) for v in each.reads
            ),
            givers=names(each.writers.givers),
            rivals=names(each.writers.rivals),
            gone=names(each.writers.gone),
            own=names(each.writers.own),
        )

    return tuple(map(told, held)), cycle_in(machine, held)


def _step_name(machine: Machine, step: int) -> str:
    """`consumer.unlock`"""
    found = machine.steps[step]
    return f"{machine.instances[found.instance].name}.{found.label}"


def cycle_in(machine: Machine, held: Iterable[Held]) -> tuple[str, ...]:
    """Instances of processes by name, each of which waits for a step of the next, and the last for
    one of the first: a shortest cycle; () where there is none."""
    waits_for: dict[str, dict[str, None]] = {}
    for each in held:
        others = waits_for.setdefault(each.instance.name, {})
        for step in (s for s in each.writers.givers if s not in each.writers.behind):
            other = machine.instances[machine.steps[step].instance]
            if other.process and other.name != each.instance.name:
                others[other.name] = None
    cycles = [found for name in waits_for if (found := _way_back(waits_for, name))]
    return min(cycles, key=len, default=())


def _way_back(waits_for: Mapping[str, Mapping[str, None]], start: str) -> tuple[str, ...]:
    """A shortest way from an instance back to itself."""
    before: dict[str, str] = {}
    todo = deque([start])
    while todo:
        name = todo.popleft()
        for other in waits_for.get(name, ()):
            if other == start:
                way = [name]
                while way[-1] != start:
                    way.append(before[way[-1]])
                return tuple(reversed(way))
            if other not in before:
                before[other] = name
                todo.append(other)
    return ()


# --- who writes it ---------------------------------------------------------------------------


def _writers(
    machine: Machine,
    held: tuple[Instance, int],
    fields: frozenset[int],
    state: int,
    reached: Mapping[int, Sequence[int]],
    same: _Alike,
) -> Writers:
    waiting, wait = held
    asked = tests_of(machine, waiting, state, wait)
    order: dict[int, int] = {}
    rivals: dict[int, None] = {}
    gone: dict[int, None] = {}
    own: dict[int, None] = {}
    behind: dict[int, None] = {}
    for action in machine.actions:
        other = machine.instances[action.instance]
        # Of what goes wrong, only what does so here is named (see `_Faults`).
        for step in () if action.fault else action.steps:
            way = _on_the_way(action.body, step)
            if not any(_changes(machine, each, fields, state) for each in statements_in(way)):
                continue
            alike = any(test is not None and test in asked for _, test in conditions_in(way))
            places = reached[action.instance]
            if other.name == waiting.name:
                own |= {} if alike else {step: None}
            elif action.location not in places:
                gone |= {} if alike else {step: None}
            elif alike:
                rivals[step] = None
            else:
                if same.waits(action.instance, waiting.index, wait):
                    behind[step] = None
                near = places.index(action.location)
                order[step] = min(near, order.get(step, near))
    if gone:
        # Who could have done it is told, and not who waits for that.
        rivals |= behind
        order = {step: place for step, place in order.items() if step not in behind}
    return Writers(
        givers=tuple(sorted(order, key=lambda step: (order[step], step))),
        behind=frozenset(behind),
        rivals=tuple(rivals),
        gone=tuple(step for step in gone if step not in order),
        own=tuple(own),
    )


def _changes(machine: Machine, write: Statement, fields: frozenset[int], state: int) -> bool:
    """Whether a statement gives one of some fields a value that it may not have in a state."""
    index = field_of(write.name) if isinstance(write, Let) else None
    if index is None or index not in fields:
        return False
    assert isinstance(write, Let)
    return write.value != Const(machine.fields[index].raw(state))


def _on_the_way(body: Block, step: int) -> Block:
    """What may be done of a body where it ends as a step."""

    def inside(block: Block) -> Block:
        ends = {s.step for s in statements_in(block) if isinstance(s, Emit)}
        return _on_the_way(block, step) if not ends or step in ends else ()

    return tuple(map_parts(each, lambda expr: expr, inside) for each in body)


def _reached(machine: Machine, state: int) -> dict[int, list[int]]:
    """For each instance the locations to which control may lead from a state, whatever is asked
    on the way: the nearest first."""
    locations = {each.location_field: each.index for each in machine.instances}
    reached: dict[int, list[int]] = {each.index: [] for each in machine.instances}
    todo: deque[tuple[int, int]] = deque()

    def come(instance: int, location: int) -> None:
        if location not in reached[instance]:
            reached[instance].append(location)
            todo.append((instance, location))

    for each, place in zip(machine.instances, machine.places(state), strict=True):
        come(each.index, place)
    while todo:
        for action in machine.actions_at(*todo.popleft()):
            for instance, location in _goes_to(machine, action, locations):
                come(instance, location)
    return reached


def _goes_to(
    machine: Machine, action: Action, locations: Mapping[int, int]
) -> Iterator[tuple[int, int]]:
    """The places, by instance, that an action may lead to."""
    for each in statements_in(action.body):
        field = field_of(each.name) if isinstance(each, Let) else None
        if field is None or field not in locations:
            continue
        assert isinstance(each, Let)
        instance = locations[field]
        if isinstance(each.value, Const):
            yield instance, each.value.value
        else:
            yield from ((instance, i) for i in range(len(machine.instances[instance].locations)))

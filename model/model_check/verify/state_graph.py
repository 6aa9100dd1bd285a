"""From an explored space to its graph: for pictures, GraphML and one's own questions.

`state_graph_of` gives it in plain values; `networkx_of` makes a networkx graph of these, which
takes longer to load than a small space to explore.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from ..explore.space import Space
from ..language.records import dataclass
from ..machine.core import Instance, Machine, StateVariable, Step
from ..machine.effects import fields_naming
from ..machine.python.program import Program
from ..machine.shapes import value_of
from ..results.check import event_name
from .formulas import Answers
from .judgement import Judgement
from .show import format_value
from .trace import indices_of, locations_of, place_text, under_way

if TYPE_CHECKING:
    import networkx

__all__ = [
    "FORGOTTEN",
    "EventNames",
    "StateGraph",
    "StateNode",
    "Transition",
    "VariableText",
    "networkx_of",
    "state_graph_of",
]

T = TypeVar("T")

FORGOTTEN = "(forgotten)"
"""A value that no later step reads, in a space that does not tell states apart by it."""


@dataclass(frozen=True, slots=True)
class StateNode:
    """A state, by its number in breadth-first order."""

    number: int
    depth: int
    """Steps from the start."""
    initial: bool
    final: bool
    """Nothing can happen, and every process has ended or rests."""
    deadlock: bool
    violates: tuple[str, ...]
    """Names of the properties that it violates, that a step into it does, or a run that ends in
    it."""
    lost: tuple[str, ...]
    """Names of the properties that every continuation from it violates (see `lost`)."""
    locations: tuple[str, ...]
    """Where each process instance stands."""
    places: tuple[str, ...]
    """The same with the turns of the loops around it: `save[7]`."""
    label: str
    """The watched expressions, of a state at an end."""
    changed: str
    """The variables that differ from the state it was first reached from, as text."""
    state: str
    """Every variable, as text; `(forgotten)` for one that no step reads any more, in a space
    that forgets such values."""
    loops: tuple[str, ...] = ()
    """Names of the properties that a run without an end violates: the one that is shown comes by
    here where it goes round; in each round, but for what nobody reads any more."""


@dataclass(frozen=True, slots=True)
class Transition:
    """A step from one state to another: its event, the instance that takes it, and the names of
    the properties in whose loop it is (see `StateNode.loops`)."""

    source: int
    target: int
    event: str
    instance: str
    loops: tuple[str, ...] = ()
    fault: bool = False
    """It is what may go wrong with `instance`, a process instance or a resource."""


@dataclass(frozen=True, slots=True)
class StateGraph:
    """Every explored state, `nodes[i]` number i, and every step between two, by source."""

    nodes: tuple[StateNode, ...]
    transitions: tuple[Transition, ...]
    instances: tuple[str, ...] = ()
    """The process instances, in the order of `StateNode.places`."""
    views: tuple[tuple[str, ...], ...] = ()
    """The value of each of the spec's views, by state, as text."""


class VariableText(dict[int, str]):
    """A variable's value as text, by the bits that hold it and those that tell whether it is
    forgotten: few values, and many states."""

    def __init__(self, program: Program, variable: StateVariable) -> None:
        super().__init__()
        self.name = variable.name
        self._machine = machine = program.machine
        self._forgetting = program.forgetting
        self._variable = variable
        self.bits = machine.bits(variable.fields)
        self.mask = self.bits
        if self._forgetting is not None:
            owners = zip(machine.instances, self._forgetting.live.private, strict=True)
            for instance, private in owners:
                if not private.isdisjoint(variable.fields):
                    self.mask |= machine.fields[instance.location_field].bits

    def __missing__(self, key: int) -> str:
        fields, places = self._variable.fields, self._machine.places(key)
        if self._forgetting is not None and self._forgetting.forgets(fields, places):
            text = FORGOTTEN
        else:
            text = format_value(value_of(self._machine, self._variable, key))
        self[key] = text
        return text


class EventNames(dict[int, str]):
    """The events of a step, by the bits that tell in which turn of its loops it is."""

    def __init__(self, machine: Machine, step: Step) -> None:
        super().__init__()
        self._machine = machine
        self._step = step
        self.instance = machine.instances[step.instance].name
        self.mask = machine.bits(fields_naming(machine, [step.index]))

    def __missing__(self, key: int) -> str:
        indices = indices_of(self._machine, self._step, key)
        event = self[key] = event_name(self.instance, self._step.label, indices, 1)
        return event


class _PlaceNames(dict[int, str]):
    """Where a process instance stands, in which turns of its loops, by the bits that tell it.
    `tasks`: its instances, what runs beside it behind it."""

    def __init__(self, machine: Machine, tasks: Sequence[Instance]) -> None:
        super().__init__()
        self._machine = machine
        self._tasks = tasks
        self._steps: dict[tuple[int, int], Step] = {}
        self.mask = machine.bits(each.location_field for each in tasks)
        for instance in tasks:
            for action in machine.actions_of(instance.index, fault=False):
                step = machine.steps[action.steps[0]]
                self._steps.setdefault((instance.index, action.location), step)
                self.mask |= machine.bits(fields_naming(machine, [step.index]))

    def __missing__(self, key: int) -> str:
        places = self._machine.places(key)
        here = under_way(self._tasks, places)
        found = self[key] = " | ".join(self._name(each, places[each.index], key) for each in here)
        return found

    def _name(self, instance: Instance, place: int, key: int) -> str:
        step = self._steps.get((instance.index, place))
        indices = indices_of(self._machine, step, key) if step else ()
        return event_name("", place_text(instance.locations[place]), indices, 1).removeprefix(".")


def state_graph_of(space: Space, judgement: Judgement) -> StateGraph:
    """Every explored state and every step between two."""
    events = [EventNames(space.machine, step) for step in space.machine.steps]
    transitions = []
    around = _names(_loops(judgement))
    for number, target, step in space.edges():
        known = events[step]
        event = known[space.states[number] & known.mask]
        loops = around.get((number, target, step), ())
        fault = space.machine.steps[step].fault
        transitions.append(Transition(number, target, event, known.instance, loops, fault))
    return StateGraph(
        _nodes(space, judgement),
        tuple(transitions),
        tuple(each.name for each, *_ in space.machine.processes),
        judgement.views,
    )


def _loops(judgement: Judgement) -> dict[str, set[tuple[int, int, int]]]:
    """By property that a run without an end violates: the transitions that go round, each as its
    two states and its step."""
    return {
        name: {
            (*pair, step)
            for pair, step in zip(pairwise(run.states[run.loop_from :]), run.steps, strict=True)
        }
        for name, run in judgement.lassos.items()
    }


def _nodes(space: Space, judgement: Judgement) -> tuple[StateNode, ...]:
    wrong = {n: each for n, each in judgement.violating.items() if n not in judgement.lassos}
    violates = _names({name: frozenset(each) for name, each in wrong.items()})
    loops = _names(
        {n: frozenset(run.states[run.loop_from :]) for n, run in judgement.lassos.items()}
    )
    losing = _names(judgement.lost)
    ends = set(space.terminal)
    machine = space.machine
    watch = [*map(Answers, space.program.formulas.watch)]
    texts = [VariableText(space.program, each) for each in machine.variables if not each.hidden]
    places = [_PlaceNames(machine, each) for each in machine.processes]
    nodes = []
    for depth, (start, stop) in enumerate(_levels(space)):
        for number in range(start, stop):
            state = space.states[number]
            differences = state ^ space.states[space.parents[number]]
            at_end = number in ends
            final = at_end and space.is_final(state)
            told = [f"{text.name} = {text[state & text.mask]}" for text in texts]
            changed = [
                text
                for text, each in zip(told, texts, strict=True)
                if differences & each.bits and each[state & each.mask] != FORGOTTEN
            ]
            nodes.append(StateNode(
                number=number,
                depth=depth,
                initial=number < space.initial,
                final=final,
                deadlock=at_end and not final,
                violates=violates.get(number, ()),
                lost=losing.get(number, ()),
                locations=tuple(locations_of(machine, state).values()),
                places=tuple([place[state & place.mask] for place in places]),
                label=_label(watch, state) if at_end else "",
                changed="; ".join(changed),
                state="; ".join(told),
                loops=loops.get(number, ()),
            ))  # fmt: skip
    return tuple(nodes)


def _names(named: Mapping[str, Collection[T]]) -> dict[T, tuple[str, ...]]:
    """By state, or by transition, the names under which it stands."""
    found: dict[T, tuple[str, ...]] = {}
    for name, each in named.items():
        for one in each:
            found[one] = (*found.get(one, ()), name)
    return found


def _levels(space: Space) -> list[tuple[int, int]]:
    stops = [*space.levels[1:], len(space.states)]
    return list(zip(space.levels, stops, strict=True))


def _label(watch: list[Answers], state: int) -> str:
    return ", ".join(f"{w.formula.name} = {format_value(w.value(state))}" for w in watch)


def networkx_of(states: StateGraph) -> networkx.MultiDiGraph[int]:
    """The same as a networkx graph. A node is the number of a state and has the other fields
    of `StateNode` as attributes; an edge has its event as key and as `event`, and `instance`,
    `loops` and `fault`."""
    import networkx

    graph: networkx.MultiDiGraph[int] = networkx.MultiDiGraph()
    for node in states.nodes:
        attributes = asdict(node)
        graph.add_node(attributes.pop("number"), **attributes)
    for each in states.transitions:
        graph.add_edge(
            each.source,
            each.target,
            key=_free_key(graph, each),
            event=each.event,
            instance=each.instance,
            loops=each.loops,
            fault=each.fault,
        )
    return graph


def _free_key(graph: networkx.MultiDiGraph[int], each: Transition) -> str:
    # A free choice may lead to one state in two ways by the same event.
    key, again = each.event, 1
    while graph.has_edge(each.source, each.target, key):
        again += 1
        key = f"{each.event} ({again})"
    return key

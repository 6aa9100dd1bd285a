"""The explored space as a networkx graph: for pictures, GraphML and one's own questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..explore.growth import value_of
from ..explore.space import Space
from ..machine.core import Machine, StateVariable, Step
from .formulas import Answers
from .outcome import event_name
from .show import format_value
from .trace import Tracer
from .verdicts import Judgement

if TYPE_CHECKING:
    import networkx

__all__ = ["graph_of"]


class _Text(dict[int, str]):
    """A variable as text, by the bits that hold it: few values, and many states."""

    def __init__(self, machine: Machine, variable: StateVariable) -> None:
        super().__init__()
        self._machine = machine
        self._variable = variable
        self.mask = _mask(machine, variable)

    def __missing__(self, key: int) -> str:
        value = value_of(self._machine, self._variable, key)
        text = self[key] = f"{self._variable.name} = {format_value(value)}"
        return text


class _Events(dict[int, str]):
    """The events of a step, by the bits that tell in which turn of its loops it is."""

    def __init__(self, tracer: Tracer, step: Step) -> None:
        super().__init__()
        self._tracer = tracer
        self._step = step
        machine = tracer.machine
        self.instance = machine.instances[step.instance].name
        self.mask = 0
        for index in step.indices:
            self.mask |= _mask(machine, machine.variables[index])

    def __missing__(self, key: int) -> str:
        indices = self._tracer.indices(self._step, key)
        event = self[key] = event_name(self.instance, self._step.label, indices, 1)
        return event


def _mask(machine: Machine, variable: StateVariable) -> int:
    mask = 0
    for index in variable.fields:
        mask |= machine.fields[index].mask << machine.fields[index].offset
    return mask


def graph_of(space: Space, judgement: Judgement) -> networkx.MultiDiGraph[int]:
    """Every explored state and every step between two.

    Nodes are the states' numbers in breadth-first order, with `depth`, `initial`, `final`
    (nothing can happen, all have ended or rest), `deadlock`, `violates` (names of
    properties), `locations` (where each process instance stands), `label` (the watched
    expressions, for states at an end) and `state` (every variable, as text). Edges have the
    step's event as key and as `event`, and its `instance`.
    """
    import networkx

    graph: networkx.MultiDiGraph[int] = networkx.MultiDiGraph()
    tracer = Tracer(space)
    machine = space.machine
    violates: dict[int, list[str]] = {}
    for name, numbers in judgement.violating.items():
        for number in numbers:
            violates.setdefault(number, []).append(name)
    ends = set(space.terminal)
    texts = [_Text(machine, each) for each in machine.variables if not each.hidden]
    events = [_Events(tracer, step) for step in machine.steps]
    for depth, (start, stop) in enumerate(_levels(space)):
        for number in range(start, stop):
            state = space.states[number]
            at_end = number in ends
            final = at_end and space.is_final(state)
            graph.add_node(
                number,
                depth=depth,
                initial=number < space.initial,
                final=final,
                deadlock=at_end and not final,
                violates=tuple(violates.get(number, ())),
                locations=tuple(tracer.locations(state).values()),
                label=_label(tracer.watch, state) if at_end else "",
                state="; ".join([text[state & text.mask] for text in texts]),
            )
    for number, target, step in space.edges():
        known = events[step]
        event = known[space.states[number] & known.mask]
        graph.add_edge(
            number,
            target,
            key=_free_key(graph, number, target, event),
            event=event,
            instance=known.instance,
        )
    return graph


def _levels(space: Space) -> list[tuple[int, int]]:
    stops = [*space.levels[1:], len(space.states)]
    return list(zip(space.levels, stops, strict=True))


def _label(watch: list[Answers], state: int) -> str:
    return ", ".join(f"{w.formula.name} = {format_value(w.value(state))}" for w in watch)


def _free_key(graph: networkx.MultiDiGraph[int], number: int, target: int, event: str) -> str:
    # A free choice may lead to one state in two ways by the same event.
    key, again = event, 1
    while graph.has_edge(number, target, key):
        again += 1
        key = f"{event} ({again})"
    return key

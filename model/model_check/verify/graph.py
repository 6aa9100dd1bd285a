"""The explored space as a networkx graph: for pictures, GraphML and one's own questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..explore.space import Space
from .formulas import Answers
from .outcome import event_name
from .show import format_value
from .trace import Tracer
from .verdicts import Judgement

if TYPE_CHECKING:
    import networkx

__all__ = ["graph_of"]


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
    for depth, (start, stop) in enumerate(_levels(space)):
        for number in range(start, stop):
            state = space.states[number]
            view = tracer.view(state)
            at_end = number in ends
            final = at_end and space.is_final(state)
            graph.add_node(
                number,
                depth=depth,
                initial=number < space.initial,
                final=final,
                deadlock=at_end and not final,
                violates=tuple(violates.get(number, ())),
                locations=tuple(view.locations.values()),
                label=_label(tracer.watch, state) if at_end else "",
                state="; ".join(f"{n} = {format_value(v)}" for n, v in view.variables.items()),
            )
    for number, target, step in space.edges():
        known = machine.steps[step]
        instance = machine.instances[known.instance].name
        indices = tracer.indices(known, space.states[number])
        event = event_name(instance, known.label, indices, 1)
        graph.add_edge(
            number,
            target,
            key=_free_key(graph, number, target, event),
            event=event,
            instance=instance,
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

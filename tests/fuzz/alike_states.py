"""Whether a state and the one that stands for it are alike in all that can be seen of them.

Nothing is known here of instances, their numbers, and how they change places. Two states are alike
if formulas say the same of both, and whatever can happen in the one can happen in the other, by a
step of the same name of an instance of the same process, and leads to states that are alike: the
coarsest bisimulation (Paige and Tarjan, Three partition refinement algorithms, 1987), found here by
telling states apart until no two classes can be.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

from model_check.machine.python.program import Evaluator

from .machine_graph import MachineGraph

__all__ = ["classes_of", "unlike"]

_NUMBER = re.compile(r"\[\d+\]")
Move = tuple[str, str, bool, int | None]
"""A step by the name of its process and its label, whether it is a fault, and where it leads; None
where it fails."""


def unlike(graph: MachineGraph, canonical: Callable[[int], int]) -> Iterator[str]:
    """Where what stands for a state is not like it, in words; each once."""
    classes = classes_of(graph)
    found: dict[str, None] = {}
    for number, state in enumerate(graph.states):
        chosen = graph.index.get(canonical(state))
        if chosen is None:
            found["what stands for a state is no state of the space"] = None
        elif classes[number] != classes[chosen]:
            found |= dict.fromkeys(_differences(graph, classes, number, chosen))
    yield from found


def classes_of(graph: MachineGraph) -> list[int]:
    """Of each state the number of its class of states that are alike."""
    every = range(len(graph.states))
    classes = _numbered(_seen(graph, number) for number in every)
    while True:
        finer = _numbered((classes[n], frozenset(_moves(graph, classes, n))) for n in every)
        if max(finer) == max(classes):
            return classes
        classes = finer


def _numbered(keys: Iterable[Hashable]) -> list[int]:
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(key, len(numbers)) for key in keys]


def _seen(graph: MachineGraph, number: int) -> Hashable:
    """What can be seen of a state by itself."""
    answers = tuple(max(-1, each.answer(graph.states[number])) for _, each in _formulas(graph))
    return number < len(graph.initial), _rests(graph, number), answers


def _moves(graph: MachineGraph, classes: Sequence[int], number: int) -> Iterator[Move]:
    """What can happen in a state."""
    for own in graph.steps[number]:
        for step, outcome in own.items():
            each = graph.machine.steps[step]
            # Labels of what goes wrong may name the instance that it happens to.
            label = _NUMBER.sub("[]", each.label)
            name = (graph.machine.instances[each.instance].owner, label, each.fault)
            for target in outcome.targets:
                yield (*name, classes[target])
            if outcome.fails:
                yield (*name, None)


def _rests(graph: MachineGraph, number: int) -> Hashable:
    """How many instances of each process have ended, or rest."""
    places = graph.machine.places(graph.states[number])
    found = []
    for instance, place in zip(graph.machine.instances, places, strict=True):
        location = instance.locations[place]
        found.append((instance.owner, location.ended, location.rests))
    return tuple(sorted(found))


def _formulas(graph: MachineGraph) -> Iterator[tuple[str, Evaluator]]:
    """What is asked of states one by one."""
    formulas = graph.program.formulas
    yield from formulas.properties.items()
    for name, group in (*formulas.preferences.items(), *formulas.premises.items()):
        for each in group:
            yield f"{name} ({each.formula.text})", each


def _differences(graph: MachineGraph, classes: list[int], one: int, other: int) -> Iterator[str]:
    """Why two states are not alike, in words."""
    if _rests(graph, one) != _rests(graph, other):
        yield "processes rest otherwise in what stands for a state"
    if (one < len(graph.initial)) != (other < len(graph.initial)):
        yield "what stands for an initial state is none, or the other way round"
    for name, formula in _formulas(graph):
        mine, theirs = (max(-1, formula.answer(graph.states[n])) for n in (one, other))
        if mine != theirs:
            yield f"{name} is otherwise in what stands for a state"
    for process, label, *_ in {*_moves(graph, classes, one)} ^ {*_moves(graph, classes, other)}:
        yield f"{process}.{label} leads elsewhere from what stands for a state"

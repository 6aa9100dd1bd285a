"""The states that a spec begins in: one for each choice of first values and in `initially`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from model_check.language.tree.spec import Spec, Variable

from .control import Control
from .evaluate import evaluate, execute
from .places import Sequence
from .replicas import begun
from .states import State
from .values import Value, default_of, holds
from .world import BlockedError, BranchingError, FailedError, Frame, World

__all__ = ["first_states", "first_values"]


def first_states(spec: Spec, control: Control) -> list[State]:
    """The first states, one for each choice of initial values. Raises FailedError."""
    world = World(spec, {}, {}, {})
    blocks = [(world.shared, spec.vars, ("", 0))]
    for process in spec.processes:
        for number in range(process.count):
            who = (process.name, number)
            world.own[who] = {}
            blocks.append((world.own[who], process.vars, who))
    for resource in spec.resources:
        for number, variables in enumerate(resource.state):
            world.stored[resource.name, number] = {}
            blocks.append((world.stored[resource.name, number], variables, ("", 0)))
    places = [(values, each, who) for values, variables, who in blocks for each in variables]
    options = [first_values(each, Frame(world, *who)) for _, each, who in places]
    states = []
    for chosen in product(*options):
        for (values, each, _), value in zip(places, chosen, strict=True):
            values[each.name] = value
        for state in _begun(spec, State(world, {})):
            for who in state.world.own:
                run = spec.process(who[0]).run
                state.places[who] = control.location(Sequence(run, 0, None), state, who)
            states.append(control.freeze(state))
    if not states and spec.initially is not None:
        raise FailedError("there is no first state")
    return states


def _begun(spec: Spec, before: State) -> Iterator[State]:
    """The states that `initially` makes of one. Raises FailedError."""
    waiting: list[list[Any]] = [[]]
    while waiting:
        made = waiting.pop(0)
        state = before.copy()
        if spec.initially is not None:
            try:
                execute(spec.initially.body, Frame(state.world, choices=list(made)))
            except BranchingError as choice:
                waiting += [[*made, option] for option in choice.options]
                continue
            except BlockedError:
                continue
        begun(spec, state.world)
        yield state


def first_values(variable: Variable, frame: Frame) -> list[Value]:
    """What a variable may begin with. Raises FailedError."""
    if variable.initial is None:
        return [default_of(variable.type)]
    try:
        values = [evaluate(variable.initial, frame)]
    except BranchingError as choice:
        values = choice.options
    except BlockedError:
        values = []
    if not all(holds(variable.type, value) for value in values):
        raise FailedError(f"{variable.name} cannot begin with that")
    return values

"""The tool's traces, run step by step by the interpreter."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from model_check.language.tree.spec import Spec
from model_check.language.types import (
    BoolType,
    DictType,
    EnumType,
    ListType,
    OptionType,
    RecordType,
    SetType,
    Type,
    UnionType,
)
from model_check.results.check import StateView, Trace, TraceStep

from .interpreter import Interpreter
from .run_graph import Run
from .states import Actor, Explored, Fired, Move, State
from .threads import Who
from .under_way import Wire
from .values import Name, values_of
from .world import FailedError

__all__ = ["Replay", "fails", "owner_name", "shown"]


ROUNDS = 3
"""Of a run without an end, beyond the one that is shown."""


class Replay:
    """What the interpreter makes of traces."""

    def __init__(self, interpreter: Interpreter, expected: Explored) -> None:
        self.interpreter = interpreter
        self.expected = expected

    def states_along(self, trace: Trace) -> list[set[int]]:
        """The numbers of the states that look like the initial one, and like those after each
        step but one that fails."""
        return [{self.expected.index[s.key] for s in states} for states in self.along(trace)]

    def along(self, trace: Trace) -> list[list[State]]:
        """The states that look like the initial one, and like those after each step but one that
        fails."""
        states = [s for s in self.expected.states[: self.expected.initial]
                  if self._looks_like(s, trace.initial)]  # fmt: skip
        along = [states]
        for step in trace.steps[:-1] if fails(trace) else trace.steps:
            fired = [f for s in states for f in self._fired(s, step)]
            states = [f.after for f in fired if f.after and self._looks_like(f.after, step.state)]
            along.append(states)
        return along

    def problem(self, trace: Trace, wrong: Collection[int]) -> str:
        """What is wrong with a trace that should end in one of these states, in words."""
        along = self.along(trace)
        if not along[0]:
            return "does not begin in an initial state"
        for step, states in zip(trace.steps, along[1:], strict=False):
            if not states:
                return f"step {step.number} ({step.event}) does not lead there"
        states, failing = along[-1], fails(trace)
        if failing:
            fired = [f for s in states for f in self._fired(s, trace.steps[-1])]
            if all(f.after is not None for f in fired):
                return "its last step does not fail"
        numbers = {self.expected.index[s.key] for s in states}
        if numbers.isdisjoint(wrong):
            return "ends where nothing is violated"
        if trace.end in ("final", "deadlock"):
            ends = self.expected.finals if trace.end == "final" else self.expected.deadlocks
            if not numbers & ends:
                return f"does not end in a {trace.end} state"
        return ""

    def runs(self, trace: Trace) -> list[Run]:
        """The runs that a trace can be."""
        runs: list[tuple[int, tuple[Move, ...]]] = [
            (self.expected.index[state.key], ()) for state in self.along(trace)[0]
        ]
        for step in trace.steps:
            runs = [(n, (*run, move)) for n, run in runs for move in self._moves(n, run, step)]
        return [Run(n, run, trace.loop_from) for n, run in runs]

    def goes_on(self, trace: Trace) -> bool:
        """Whether the steps of a run that goes round come again ROUNDS times, with all that the
        trace shows but for what it says to vary."""
        states = self.along(trace)[-1]
        for step in [*trace.steps[trace.loop_from :]] * ROUNDS:
            fired = [f.after for s in states for f in self._fired(s, step) if f.after]
            states = [s for s in fired if self._looks_like(s, step.state, trace.varying)]
            states = [*{s.key: s for s in states}.values()]
        return bool(states)

    def _moves(self, first: int, run: tuple[Move, ...], step: TraceStep) -> Iterator[Move]:
        """The moves that a step of a trace can be, after others; each once."""
        number = run[-1].target if run else first
        fired = self._fired(self.expected.states[number], step)
        after = [each for each in fired if each.after and self._looks_like(each.after, step.state)]
        moves = (
            Move(number, each.who, each.label, self.expected.index[each.after.key], each.fault)
            for each in after
            if each.after is not None
        )
        yield from dict.fromkeys(moves)

    def _next(self, state: State, who: Who) -> set[str]:
        tasks = [each for each in state.places if each[:2] == who]
        if state.places[who].point is None and len(tasks) == 1:
            return {"(crashed)" if state.places[who].crashed else "(end)"}
        try:
            return {
                label for each in tasks for label in self.interpreter.control.labels(state, each)
            }
        except FailedError:
            return set()

    def _fired(self, state: State, step: TraceStep) -> list[Fired]:
        return [
            f for f in self.interpreter.successors(state)
            if owner_name(self.interpreter.spec, f.who) == step.instance
            and (f.label == step.label or (not f.label and f.after is None))
            and (not f.label or self._indices(f) == step.indices)
        ]  # fmt: skip

    def _indices(self, fired: Fired) -> tuple[Any, ...]:
        if not fired.loops:
            return ()
        types = {v.name: v.type for v in self.interpreter.spec.process(fired.who[0]).loops}
        return tuple(shown(value, types[name]) for name, value in fired.loops)

    def _instance(self, process: str, number: int) -> str:
        single = self.interpreter.spec.process(process).single
        return process if single else f"{process}[{number}]"

    def _looks_like(self, state: State, view: StateView, but: Collection[str] = ()) -> bool:
        spec, world = self.interpreter.spec, state.world
        mine = {v.name: shown(world.shared[v.name], v.type) for v in spec.vars}
        places = {}
        for who in world.own:
            name = self._instance(*who[:2])
            places[name] = self._next(state, who)
            for variable in spec.process(who[0]).vars:
                value = world.own[who][variable.name]
                mine[f"{name}.{variable.name}"] = shown(value, variable.type)
        theirs = {name: set(text.split(" | ")) for name, text in view.locations.items()}
        # A view names every step that a choice may begin with; tests are not yet made.
        if any(not places[name] <= theirs[name] for name in places):
            return False
        return all(_seen(view, name, v) for name, v in mine.items() if name not in but)


def owner_name(spec: Spec, who: Actor) -> str:
    """Whose step it is, as a trace names it: a process instance, the client whose connection it
    is, an instance of a resource, or a server."""
    if isinstance(who, Wire):
        return who.client
    name, number = who[:2]
    for process in spec.processes:
        if process.name == name:
            return process.instance_name(number)
    for resource in spec.resources:
        if resource.name == name:
            return resource.instance_name(number)
    return name


def fails(trace: Trace) -> bool:
    """Whether a trace ends with a step that fails."""
    return trace.end == "error" and "(in the property" not in trace.error


def _seen(view: StateView, name: str, value: Any) -> bool:
    """Whether a view shows a variable with this value; a dict is shown key by key."""
    if isinstance(value, dict) and name not in view.variables:
        return all(_seen(view, f"{name}[{key}]", each) for key, each in value.items())
    return view.variables[name] == value


def shown(value: Any, kind: Type) -> Any:
    """A value as a trace has it."""
    match kind:
        case BoolType():
            return bool(value)
        case EnumType() | UnionType():
            return value.text if isinstance(value, Name) else value
        case OptionType(item):
            return None if value is None else shown(value, item)
        case ListType(item):
            return [shown(each, item) for each in value]
        case SetType(item):
            return frozenset(shown(each, item) for each in value)
        case RecordType(fields):
            return {n: shown(v, t) for (n, t), v in zip(fields, value, strict=True)}
        case DictType(key, item):
            keys = [shown(each, key) for each in values_of(key)]
            return dict(zip(keys, (shown(v, item) for v in value), strict=True))
    return value

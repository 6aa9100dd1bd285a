"""The states that a written trace passes through, found by running the machine along it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ...explore.space import Space
from ...language.syntax.names import shorten
from ...results.check import StateView, Trace, TraceStep, Value, event_name
from ...verify.same_state import SameState
from ...verify.trace import Tracer
from ..errors import LiveError

__all__ = ["WrittenState", "WrittenTrace", "follow", "written_of"]


@dataclass(frozen=True, slots=True)
class WrittenState:
    """A state as a trace tells it, and the event that led to it ("" for the first)."""

    event: str
    variables: Mapping[str, object]
    locations: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class WrittenTrace:
    """A trace from somewhere: a check's own, or a file. `form` is how a value stands in it.
    `trace` is it told by a check, None for a file's. Where its last step runs into a run-time
    error, that step leads to no state and is only in `trace`. `loop_from`: the place of the state
    that the last one is again but for what nobody reads, where the run has no end."""

    states: tuple[WrittenState, ...]
    form: Callable[[Value], object]
    trace: Trace | None = None
    loop_from: int | None = None


def written_of(trace: Trace) -> WrittenTrace:
    """A check's own trace."""
    failing = trace.end == "error" and bool(trace.steps)
    steps: Sequence[TraceStep] = trace.steps[:-1] if failing else trace.steps

    def state(event: str, view: StateView) -> WrittenState:
        return WrittenState(event, view.variables, view.locations)

    states = (state("", trace.initial), *(state(s.event, s.state) for s in steps))
    return WrittenTrace(states, lambda value: value, trace, trace.loop_from)


def follow(space: Space, written: WrittenTrace) -> list[int]:
    """The states of the run that a trace tells. Raises LiveError where the model has no such
    run, with the first step that it cannot take, or does not come back to where it should."""
    tracer = Tracer(space)
    reached: list[dict[int, int]] = [
        {
            state: state
            for state in space.states[: space.initial]
            if _alike(tracer, state, written.states[0], written.form)
        }
    ]
    if not reached[0]:
        raise LiveError("this trace does not begin as the model does: it is of another spec")
    for number, wanted in enumerate(written.states[1:], start=1):
        found: dict[int, int] = {}
        for state in reached[-1]:
            for target, step in space.successors(state):
                event = wanted.event.partition("#")[0]
                if (
                    target not in found
                    and _event(tracer, step, state) == event
                    and _alike(tracer, target, wanted, written.form)
                ):
                    found[target] = state
        if not found:
            raise LiveError(
                f"step {number} of this trace, {_shown(wanted.event)}, is none that the model can"
                " take"
            )
        reached.append(found)
    return _closed(space, [_path(reached, last) for last in reached[-1]], written.loop_from)


def _closed(space: Space, paths: Sequence[list[int]], begin: int | None) -> list[int]:
    """The first of some runs that comes back to its state `begin`, if possible to all values of
    it; else to those that some step still reads."""
    if begin is None:
        return paths[0]
    found = next((path for path in paths if path[begin] == path[-1]), None)
    if found is None:
        same = SameState(space.program).same
        found = next((path for path in paths if same(path[begin], path[-1])), None)
    if found is None:
        raise LiveError(f"this trace does not come back to its state {begin}, as it says")
    return found


def _path(reached: Sequence[Mapping[int, int]], last: int) -> list[int]:
    """The states on the way to the last one."""
    path = [last]
    for before in reversed(reached[1:]):
        path.append(before[path[-1]])
    path.reverse()
    return path


def _shown(event: str) -> str:
    return shorten(event) if event.isprintable() else shorten(ascii(event))


def _event(tracer: Tracer, number: int, before: int) -> str:
    step = tracer.machine.steps[number]
    name = tracer.machine.instances[step.instance].name
    return event_name(name, step.label, tracer.indices(step, before), 1)


def _alike(
    tracer: Tracer, state: int, wanted: WrittenState, form: Callable[[Value], object]
) -> bool:
    view = tracer.view(state)
    if dict(view.locations) != wanted.locations or view.variables.keys() != wanted.variables.keys():
        return False
    return all(_same(form(v), wanted.variables[name]) for name, v in view.variables.items())


def _same(ours: object, written: object) -> bool:
    """Whether two values are the same one; to Python, True and 1 are."""
    match ours, written:
        case list(), list():
            return len(ours) == len(written) and all(map(_same, ours, written))
        case dict(), dict():
            return ours.keys() == written.keys() and all(_same(ours[k], written[k]) for k in ours)
    return ours == written and isinstance(ours, bool) == isinstance(written, bool)

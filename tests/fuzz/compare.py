"""Whether the tool and the interpreter see the same in a spec."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from unittest.mock import patch

from model_check.explore.engine import Task
from model_check.explore.limits import Limits
from model_check.explore.native import engine
from model_check.explore.native.library import Library
from model_check.explore.native.ranges import UncompilableError
from model_check.explore.search import SearchOptions, explore
from model_check.explore.space import Space
from model_check.language import Spec, SpecError
from model_check.language.types import (
    BoolType,
    DictType,
    EnumType,
    ListType,
    OptionType,
    RecordType,
    SetType,
    Type,
)
from model_check.machine.make import make_program
from model_check.results.check import StateView, Trace, TraceStep
from model_check.verify.checking import check_spec
from model_check.verify.verdicts import Judgement, judge

from .endless import goes_on_for_ever
from .evaluate import FailedError, UnsoundError, values_of
from .interpreter import Explored, Fired, Interpreter, State, TooLargeError

__all__ = ["SkippedError", "differences", "native_differences"]

LIMIT = 2000
"""States that a random spec may have."""


class SkippedError(Exception):
    """There is nothing to compare: the spec is too large for the interpreter."""


def differences(spec: Spec, limit: int = LIMIT) -> list[str]:
    """What the two disagree about, in words. Raises SkippedError."""
    interpreter = Interpreter(spec)
    try:
        expected = interpreter.explore(limit)
    except TooLargeError:
        raise SkippedError from None
    except FailedError:
        return _refused(spec)
    except UnsoundError as error:
        return [f"a type does not hold its value: {error}"]
    limits = Limits(max_states=10 * limit, timeout=20)
    try:
        space, judgement = check_spec(spec, limits)
    except SpecError as error:
        return [f"the tool refuses it: {error}"]
    if space.stopped:
        return [f"the tool stops: {space.stopped} ({len(expected.states)} states)"]
    found = list(_counts(expected, space))
    found += _judged(expected, judgement)
    if not found:
        found += _plain(spec, space)
        found += Replay(interpreter, expected, judgement).differences()
    return found


def _refused(spec: Spec) -> list[str]:
    try:
        check_spec(spec, Limits(max_states=10 * LIMIT, timeout=20))
    except SpecError as error:
        if all(
            "initial state" in each.message or "no first state" in each.message
            for each in error.diagnostics
        ):
            return []
        return [f"an initial state fails, the tool says: {error}"]
    return ["an initial state fails, and the tool goes on"]


def _counts(expected: Explored, space: Space) -> Iterable[str]:
    finals = sum(space.is_final(space.states[n]) for n in space.terminal)
    pairs = {
        "states outside": (len(expected.outside), len(space.outside)),
        "initial states": (expected.initial, space.initial),
        "states": (len(expected.states), len(space.states)),
        "transitions": (expected.transitions, space.transitions),
        "depth": (max(expected.depths), space.depth),
        "final states": (len(expected.finals), finals),
        "deadlocks": (len(expected.deadlocks), len(space.terminal) - finals),
        "failing states": (len(expected.errors), len({n for n, _, _ in space.errors})),
    }
    for name, (one, other) in pairs.items():
        if one != other:
            yield f"{name}: {one} by the interpreter, {other} by the tool"


def _violating(expected: Explored, name: str, kind: str) -> set[int]:
    if kind == "no_deadlock":
        return expected.deadlocks
    if kind == "no_error":
        return expected.errors.union(*expected.undefined.values())
    return expected.violating[name]


def _judged(expected: Explored, judgement: Judgement) -> Iterable[str]:
    for each in judgement.results:
        wrong = _violating(expected, each.name, each.kind)
        undefined = expected.undefined.get(each.name)
        verdict = "violated" if wrong else "undetermined" if undefined else "holds"
        unsettled = expected.unsettled.get(each.name, set())
        endless = verdict != "violated" and goes_on_for_ever(expected, unsettled)
        if endless:
            verdict = "violated"
        elif verdict == "holds":
            doubted = unsettled | expected.doubted.get(each.name, set())
            verdict = "undetermined" if goes_on_for_ever(expected, doubted) else verdict
        if verdict != each.verdict:
            yield f"{each.name}: {verdict} by the interpreter, {each.verdict} by the tool"
        if len(wrong) != each.violating_states:
            yield (
                f"{each.name}: violated in {len(wrong)} states by the interpreter, "
                f"in {each.violating_states} by the tool"
            )
        if (each.trace is not None) != (verdict == "violated"):
            yield f"{each.name}: a trace should be there exactly if it is violated"
        elif each.trace is not None and endless != (each.trace.end == "loop"):
            yield f"{each.name}: a run without an end is shown where no end violates it"
        elif each.trace is not None and not endless:
            failing_step = each.trace.end == "error" and "(in the property" not in each.trace.error
            nearest = min(expected.depths[n] for n in wrong) + failing_step
            if len(each.trace.steps) != nearest:
                yield f"{each.name}: {len(each.trace.steps)} steps, a shortest trace has {nearest}"


def _plain(spec: Spec, space: Space) -> Iterable[str]:
    """The search with its memory against the one without, which keeps all bits as well."""
    plain = explore(
        spec, layout=space.layout, options=SearchOptions(engine="python", remember=False)
    )
    yield from _same(space, plain, "without a memory")


def _same(one: Space, other: Space, which: str) -> Iterable[str]:
    for name in ("transitions", "terminal", "levels", "errors", "parents"):
        if list_of(getattr(one, name)) != list_of(getattr(other, name)):
            yield f"the search {which} has other {name}"
    if _fields(one) != _fields(other):
        yield f"the search {which} has other states"


def list_of(value: Any) -> Any:
    return value if isinstance(value, int) else list(value)


def _fields(space: Space) -> list[list[int]]:
    return [[each.raw(state) for each in space.machine.fields] for state in space.states]


WORKERS = (1, 2, 4)
"""Numbers of threads that native code is compared with."""


def native_differences(
    spec: Spec, *, workers: Sequence[int] = WORKERS, forget: bool = False
) -> list[str]:
    """What the native engine sees otherwise than the portable one, with any number of
    threads, if both `forget` dead values. Raises SkippedError."""
    try:
        limits = Limits(max_states=10 * LIMIT, timeout=20)
        space, judgement = check_spec(
            spec, limits, options=SearchOptions(engine="python", forget_from=0 if forget else None)
        )
    except SpecError:
        # It has no initial state, or no layout has room for a formula.
        raise SkippedError from None
    if space.stopped:
        raise SkippedError
    program = make_program(spec, space.layout, forget=forget)
    try:
        library = Library(program.machine)
    except UncompilableError:
        raise SkippedError from None
    found: list[str] = []
    for threads in workers:
        # Threads share what is not worth it, a few states at a time: where races are.
        with patch.multiple(engine, WIDE=2, EACH=3, LONG=0):
            task = Task(program, space.layout, Limits(), None, 0.0)
            run = engine.NativeRun(task, library, workers=threads)
            failure = run.run()
        which = f"in native code with {threads} threads"
        if failure is not None:
            found.append(f"the search {which} wants more room: {failure.message}")
            continue
        native = run.space()
        found += _same(space, native, which)
        found += _judged_alike(judgement, judge(native), which)
        run.arena.close()
    return found


def _judged_alike(portable: Judgement, native: Judgement, which: str) -> Iterable[str]:
    """The verdicts, and the lengths of the traces that are shown."""
    for one, other in zip(portable.results, native.results, strict=True):
        if one.verdict != other.verdict:
            yield f"{one.name}: {one.verdict} in Python, {other.verdict} {which}"
        lengths = [len(each.trace.steps) if each.trace else None for each in (one, other)]
        if lengths[0] != lengths[1]:
            yield f"the trace of {one.name}: {lengths[0]} steps in Python, {lengths[1]} {which}"


class Replay:
    """The tool's traces, run by the interpreter."""

    def __init__(self, interpreter: Interpreter, expected: Explored, judged: Judgement) -> None:
        self.interpreter = interpreter
        self.expected = expected
        self.judged = judged

    def differences(self) -> Iterable[str]:
        """What is wrong with the traces, in words."""
        for each in self.judged.results:
            if each.trace is not None:
                wrong = _violating(self.expected, each.name, each.kind)
                unsettled = self.expected.unsettled.get(each.name, set())
                problem = self._follow(each.trace, wrong, unsettled)
                if problem:
                    yield f"the trace of {each.name}: {problem}"

    def states_along(self, trace: Trace) -> list[set[int]]:
        """The numbers of the states that look like the initial one, and like those after each
        step but one that fails."""
        return [{self.expected.index[s.key] for s in states} for states in self._along(trace)]

    def _along(self, trace: Trace) -> list[list[State]]:
        states = [s for s in self.expected.states[: self.expected.initial]
                  if self._looks_like(s, trace.initial)]  # fmt: skip
        along = [states]
        for step in trace.steps[:-1] if _fails(trace) else trace.steps:
            fired = [f for s in states for f in self._fired(s, step)]
            states = [f.after for f in fired if f.after and self._looks_like(f.after, step.state)]
            along.append(states)
        return along

    def _follow(self, trace: Trace, wrong: set[int], unsettled: set[int]) -> str:
        along = self._along(trace)
        if not along[0]:
            return "does not begin in an initial state"
        for step, states in zip(trace.steps, along[1:], strict=False):
            if not states:
                return f"step {step.number} ({step.event}) does not lead there"
        states, failing = along[-1], _fails(trace)
        if failing:
            fired = [f for s in states for f in self._fired(s, trace.steps[-1])]
            if all(f.after is not None for f in fired):
                return "its last step does not fail"
        numbers = {self.expected.index[s.key] for s in states}
        if trace.loop_from is not None:
            begun = {self.expected.index[s.key] for s in along[trace.loop_from]}
            around = along[trace.loop_from + 1 :]
            passed = {self.expected.index[s.key] for states in around for s in states}
            if not numbers & begun:
                return "does not come back to where it goes round from"
            return "" if passed & unsettled else "goes round where nothing is violated"
        if not numbers & wrong:
            return "ends where nothing is violated"
        if trace.end in ("final", "deadlock"):
            ends = self.expected.finals if trace.end == "final" else self.expected.deadlocks
            if not numbers & ends:
                return f"does not end in a {trace.end} state"
        return ""

    def _next(self, state: State, who: tuple[str, int]) -> set[str]:
        place = state.places[who]
        if place.point is None:
            return {"(end)"}
        try:
            return self.interpreter.labels(state, who)
        except FailedError:
            return set()

    def _fired(self, state: State, step: TraceStep) -> list[Fired]:
        return [
            f for f in self.interpreter.successors(state)
            if self._instance(*f.who) == step.instance
            and (f.label == step.label or (not f.label and f.after is None))
            and (not f.label or self._indices(f) == step.indices)
        ]  # fmt: skip

    def _indices(self, fired: Fired) -> tuple[Any, ...]:
        types = {v.name: v.type for v in self.interpreter.spec.process(fired.who[0]).loops}
        return tuple(shown(value, types[name]) for name, value in fired.loops)

    def _instance(self, process: str, number: int) -> str:
        single = self.interpreter.spec.process(process).single
        return process if single else f"{process}[{number}]"

    def _looks_like(self, state: State, view: StateView) -> bool:
        spec, world = self.interpreter.spec, state.world
        mine = {v.name: shown(world.shared[v.name], v.type) for v in spec.vars}
        places = {}
        for who in state.places:
            name = self._instance(*who)
            places[name] = self._next(state, who)
            for variable in spec.process(who[0]).vars:
                value = world.own[who][variable.name]
                mine[f"{name}.{variable.name}"] = shown(value, variable.type)
        theirs = {name: set(text.split(" | ")) for name, text in view.locations.items()}
        # A view names every step that a choice may begin with; tests are not yet made.
        if any(not places[name] <= theirs[name] for name in places):
            return False
        return all(_seen(view, name, v) for name, v in mine.items())


def _fails(trace: Trace) -> bool:
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
        case EnumType(members):
            return members[value]
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

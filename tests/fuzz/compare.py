"""Whether the tool and the interpreter see the same in a spec."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from model_check.budget.spending import StopNow
from model_check.explore.engine import Task
from model_check.explore.limits import Limits
from model_check.explore.native import batches, engine
from model_check.explore.native.library import Library
from model_check.explore.native.ranges import UncompilableError
from model_check.explore.search import SearchOptions, explore
from model_check.explore.space import Space
from model_check.language import Spec, SpecError
from model_check.language.tree.spec import Property
from model_check.machine.core import Failure
from model_check.machine.make import make_program
from model_check.machine.python.program import Program
from model_check.machine.shapes import Layout
from model_check.results.check import Trace
from model_check.verify.checking import check_spec
from model_check.verify.judgement import Judgement
from model_check.verify.verdicts import judge

from .formula_values import wrong_values
from .in_time import InTime
from .interpreter import Interpreter
from .replay import Replay, fails
from .states import Explored
from .world import FailedError, TooLargeError, UnsoundError

__all__ = [
    "Comparison", "Differing", "NoMachineError", "SkippedError", "comparison", "differences",
    "fields_of", "judged_differences", "list_of", "native_differences", "native_spaces", "refusal",
    "skip_stopped", "stops", "unlike_arrays", "where_unlike",
]  # fmt: skip

LIMIT = 1000
"""States that a random spec may have."""


class SkippedError(Exception):
    """There is nothing to compare: the spec is too large for the interpreter."""


class NoMachineError(SkippedError):
    """This machine had no memory, or no disk, for a search: nothing is known of the tool. What it
    says is why the search stopped."""


class Differing(list[str]):
    """What differs, and the `kinds` of the spec, so that it can be counted that each was there."""

    def __init__(self, found: Iterable[str], kinds: Iterable[str]) -> None:
        super().__init__(found)
        self.kinds = tuple(kinds)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the two disagree about, in words; who judged the space, where both explored one."""

    found: list[str]
    judge: InTime | None = None
    replay: Replay | None = None
    space: Space | None = None


def differences(spec: Spec, limit: int = LIMIT) -> list[str]:
    """What the two disagree about, in words. Raises SkippedError."""
    return comparison(spec, limit).found


def comparison(spec: Spec, limit: int) -> Comparison:
    """The same, and who judged. Raises SkippedError."""
    interpreter = Interpreter(spec)
    try:
        expected = interpreter.explore(limit)
    except TooLargeError:
        raise SkippedError from None
    except FailedError as error:
        return Comparison(refusal(spec, error))
    except UnsoundError as error:
        return Comparison([f"a type does not hold its value: {error}"])
    limits = Limits(max_states=10 * limit, timeout=20)
    try:
        space, judgement = check_spec(spec, limits)
    except SpecError as error:
        return Comparison([f"the tool refuses it: {error}"])
    stopped = stops(space, "the tool", len(expected.states))
    if stopped:
        return Comparison(stopped)
    found = list(_counts(expected, space))
    if found:
        return Comparison(found)
    judge, replay = InTime(spec, expected), Replay(interpreter, expected)
    found += judged_differences(judge, replay, judgement)
    found += _plain(spec, space)
    return Comparison(found, judge, replay, space)


def refusal(spec: Spec, error: FailedError) -> list[str]:
    """What is wrong with what the tool says of a spec whose first states fail, or that has none,
    as the interpreter's `error` tells."""
    wanted = "no first state" if "no first state" in str(error) else "in an initial state"
    try:
        check_spec(spec, Limits(max_states=10 * LIMIT, timeout=20))
    except SpecError as refused:
        if all(wanted in each.message for each in refused.diagnostics):
            return []
        return [f"{error}, the tool says: {refused}"]
    return [f"{error}, and the tool goes on"]


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


def judged_differences(
    judge: InTime, replay: Replay, judgement: Judgement, *, fewer: bool = False
) -> Iterable[str]:
    """What the two say of each property, and whether what is shown is a shortest run that the
    interpreter makes as well. `fewer`: in fewer states, for some values are forgotten, or some
    states are left out; a lasso may then be told in several rounds."""
    for each in judgement.results:
        asked = next(p for p in judge.spec.properties if p.name == each.name)
        expected = judge.expected(asked)
        if asked.form.name == "ltl" and expected.undefined and each.trace is not None:
            yield from _whatever_is_undefined(judge, replay, asked, each.trace)
            continue
        if expected.undefined and asked.form.name == "ltl" and each.verdict == "undetermined":
            continue  # less than what could be known of a formula such as `!c M c`, and true
        if expected.verdict != each.verdict:
            yield f"{each.name}: {expected.verdict} by the interpreter, {each.verdict} by the tool"
            continue
        shows = "holds" if asked.form.somewhere else "violated"
        count = len(expected.wrong) if each.verdict == "violated" else 0
        if count != each.violating_states and not fewer:
            yield (
                f"{each.name}: violated in {count} states by the interpreter, "
                f"in {each.violating_states} by the tool"
            )
        if (each.trace is not None) != (each.verdict == shows):
            yield f"{each.name}: a trace should be there exactly if it is violated"
        yield from wrong_values(replay, asked, each)
        if (each.trace is not None) != (each.verdict == shows):
            continue
        if each.trace is not None and expected.endless != (each.trace.end == "loop"):
            yield f"{each.name}: a run without an end is shown where one with an end violates it"
        elif each.trace is not None and expected.endless and fewer:
            yield from _as_a_whole(judge, replay, asked, each.trace)
        elif each.trace is not None and expected.endless:
            yield from _lasso(judge, replay, asked, each.trace)
        elif each.trace is not None:
            yield from _trace(judge, replay, asked, expected.wrong, each.trace)
            if asked.form.asks_runs:
                yield from _as_a_whole(judge, replay, asked, each.trace)
            if expected.broken_off != (asked.form.asks_runs and each.trace.end == "state"):
                yield f"{each.name}: a run that breaks off should be shown where no other violates"


def _trace(
    judge: InTime, replay: Replay, asked: Property, wrong: Mapping[int, int], trace: Trace
) -> Iterable[str]:
    """Of a run that ends in one of the wrong states."""
    liked = judge.liked(asked, wrong)
    nearest = min(wrong[n] for n in liked) + fails(trace)
    if len(trace.steps) != nearest:
        yield f"{asked.name}: {len(trace.steps)} steps, a shortest trace has {nearest}"
    problem = replay.problem(trace, liked)
    if problem:
        yield f"the trace of {asked.name}: {problem}"


def _as_a_whole(judge: InTime, replay: Replay, asked: Property, trace: Trace) -> Iterable[str]:
    """Of a run that is shown for what it is as a whole."""
    same = judge.same(asked)
    problems = [next(judge.problems(asked, each, same), "") for each in replay.runs(trace)]
    if all(problems):
        yield f"the run of {asked.name}: {problems[0] if problems else 'is no run'}"


def _lasso(judge: InTime, replay: Replay, asked: Property, trace: Trace) -> Iterable[str]:
    """Of a run without an end."""
    same = judge.same(asked)
    runs = replay.runs(trace)
    problems = [list(judge.problems(asked, each, same)) for each in runs]
    if not problems:
        yield f"the lasso of {asked.name}: is no run"
    elif all(problems):
        yield f"the lasso of {asked.name}: {problems[0][0]}"
    if not replay.goes_on(trace):
        yield f"the lasso of {asked.name}: its steps do not come again as they are told"
    states = range(len(judge.explored.states))
    claims = judge.claims(asked)
    begins = judge.liked(asked, [n for n in states if claims.endless(through=n)])
    lowest = judge.numbers(asked, begins[0])
    if all(judge.numbers(asked, each.states[each.again_from]) != lowest for each in runs):
        yield f"the lasso of {asked.name}: begins where the preferred numbers are not lowest"
    shortest, complete = judge.shortest(asked, states, same)
    if len(trace.steps) <= complete and (shortest is None or shortest > len(trace.steps)):
        yield f"the lasso of {asked.name}: nobody else finds one of {len(trace.steps)} steps"
    shortest, _ = judge.shortest(asked, begins, states)
    if shortest is not None and shortest < len(trace.steps):
        yield f"the lasso of {asked.name}: {len(trace.steps)} steps, not {shortest}"


def _whatever_is_undefined(
    judge: InTime, replay: Replay, asked: Property, trace: Trace
) -> Iterable[str]:
    """Of a formula whose atoms have no value in some states: it may be false by its form, such as
    `a & !a`, which an automaton sees and three values do not. The run that is shown must break it
    whatever they are."""
    yield from _as_a_whole(judge, replay, asked, trace)


def _plain(spec: Spec, space: Space) -> Iterable[str]:
    """The search with its memory against the one without, which keeps all bits as well."""
    plain = explore(
        spec, layout=space.layout, options=SearchOptions(engine="python", remember=False)
    )
    yield from _same(space, plain, "without a memory")


def _same(one: Space, other: Space, which: str) -> Iterable[str]:
    """What a space has otherwise than another one, which is whole."""
    stopped = stops(other, f"the search {which}", len(one.states))
    yield from stopped
    if stopped:
        return
    for found in unlike_arrays(one, other):
        yield f"the search {which} has other {found}"


def unlike_arrays(one: Space, other: Space) -> Iterator[str]:
    """What of two spaces is numbered or found otherwise, and where first."""
    for name in ("transitions", "terminal", "levels", "errors", "parents"):
        mine, theirs = list_of(getattr(one, name)), list_of(getattr(other, name))
        if mine != theirs:
            yield f"{name}: {where_unlike(mine, theirs)}"
    fields, others = fields_of(one), fields_of(other)
    if fields != others:
        yield f"states: {where_unlike(fields, others)}"


OF_THE_MACHINE = ("the memory limit of ", "the disk is full ")
"""How it is told that a search stopped to which nobody gave a limit of memory or of disk."""


def skip_stopped(*why: str) -> None:
    """Raise SkippedError where a search stopped, or a judgement, that is to be compared with;
    NoMachineError where it is this machine that had no room. `why`: of each, "" if it did not."""
    for each in filter(None, why):
        raise (NoMachineError if each.startswith(OF_THE_MACHINE) else SkippedError)(each)


def stops(space: Space, which: str, states: int) -> list[str]:
    """That a search stopped which was to find so many states, in words; nothing if it did not.
    Raises NoMachineError where it is this machine that had no room."""
    if not space.stopped:
        return []
    if space.stopped.startswith(OF_THE_MACHINE):
        raise NoMachineError(space.stopped)
    return [f"{which} stops: {space.stopped} ({len(space.states):,} of {states:,} states)"]


def where_unlike(right: Any, other: Any) -> str:
    """In what two numbers, texts or lists differ first, in words."""
    if not isinstance(right, list):
        return f"{other!r}, not {right!r}"
    pairs = enumerate(zip(right, other, strict=False))
    first = next((number for number, (one, two) in pairs if one != two), None)
    if first is None:
        return f"{len(other):,}, not {len(right):,}; those that both have are the same"
    counts = f"{len(other):,} and {len(right):,} there"
    return f"number {first:,} is {other[first]}, not {right[first]} ({counts})"


def list_of(value: Any) -> Any:
    return value if isinstance(value, int | str) else list(value)


def fields_of(space: Space) -> list[tuple[int, ...]]:
    """The raw values of all fields in each state."""
    return [tuple(each.raw(state) for each in space.machine.fields) for state in space.states]


WORKERS = (1, 2, 4)
"""Numbers of threads that native code is compared with."""


def native_differences(
    spec: Spec, *, workers: Sequence[int] = WORKERS, forget: bool = False
) -> list[str]:
    """What the native engine sees otherwise than the portable one, with any number of
    threads, if both `forget` dead values. Raises SkippedError."""
    try:
        options = SearchOptions(engine="python", forget_from=0 if forget else None)
        # A state may have thousands of successors: time is looked at within it, too.
        with Limits(max_states=10 * LIMIT, timeout=8).guarded() as limits:
            space, judgement = check_spec(spec, limits, options=options)
    except (SpecError, StopNow):
        # It has no initial state, or no layout has room for a formula.
        raise SkippedError from None
    skip_stopped(space.stopped, judgement.stopped)
    program = make_program(spec, space.layout, forget=forget)
    found: list[str] = []
    for threads, native in native_spaces(program, space.layout, workers):
        which = f"in native code with {threads} threads"
        if isinstance(native, Failure):
            found.append(f"the search {which} wants more room: {native.message}")
            continue
        found += _same(space, native, which)
        found += _judged_alike(judgement, judge(native), which)
    return found


def native_spaces(
    program: Program, layout: Layout, workers: Sequence[int]
) -> Iterator[tuple[int, Space | Failure]]:
    """The space that native code explores with each number of threads, or why it wants more room;
    the memory of one is given back when the next is asked for. Raises SkippedError."""
    try:
        library = Library(program.machine)
    except UncompilableError:
        raise SkippedError from None
    for threads in workers:
        # Threads share what is not worth it, a few states at a time, in a table that is soon
        # full: where races are.
        few_at_once = patch.object(batches, "EACH", 3)
        with few_at_once, patch.multiple(engine, WIDE=2, LONG=0, FIRST_TABLE=4):
            task = Task(program, layout, Limits(), None, 0.0)
            run = engine.NativeRun(task, library, workers=threads)
            failure = run.run()
        yield threads, run.space() if failure is None else failure
        run.arena.close()


def _judged_alike(portable: Judgement, native: Judgement, which: str) -> Iterable[str]:
    """The verdicts, and the lengths of the traces that are shown."""
    for one, other in zip(portable.results, native.results, strict=True):
        if one.verdict != other.verdict:
            yield f"{one.name}: {one.verdict} in Python, {other.verdict} {which}"
        lengths = [len(each.trace.steps) if each.trace else None for each in (one, other)]
        if lengths[0] != lengths[1]:
            yield f"the trace of {one.name}: {lengths[0]} steps in Python, {lengths[1]} {which}"

"""A spec explored with all values, and without those that no step reads any more.

The one space must be the other seen through what is forgotten: the same initial states, and
from each the same steps, with the same names, to the same states, or into the same failures.
So must be what is told of them: verdicts, lengths of traces, chosen ends, different endings.
And each trace must be a run with all values, those that it shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from model_check.explore.limits import Limits
from model_check.explore.search import SearchOptions
from model_check.explore.space import Space
from model_check.language import Spec, SpecError
from model_check.live.errors import LiveError
from model_check.live.runs.follow import follow, written_of
from model_check.machine.passes.liveness import Liveness
from model_check.results.check import PropertyResult, Trace
from model_check.symbolic.occurrences import label_of
from model_check.verify.checking import check_spec

from .compare import LIMIT, SkippedError, skip_stopped, stops

__all__ = ["forgetting_differences", "result_differences"]

LIMITS = Limits(max_states=10 * LIMIT, timeout=20)

Key = tuple[int, ...]


def forgetting_differences(spec: Spec, limits: Limits = LIMITS) -> list[str]:
    """What differs where values are forgotten, in words: of a spec, and of the same without
    questions, in which more is forgotten. Raises SkippedError where there is nothing to
    compare."""
    plain = tuple(each for each in spec.properties if each.formula is None)
    silent = replace(spec, properties=plain, defines=(), watch=())
    return [*_differences(spec, limits), *_differences(silent, limits)]


def _differences(spec: Spec, limits: Limits) -> list[str]:
    try:
        whole, expected = check_spec(
            spec, limits, options=SearchOptions(engine="python", forget_from=None)
        )
    except SpecError:
        raise SkippedError from None
    skip_stopped(whole.stopped)
    space, judged = check_spec(spec, limits, options=SearchOptions(engine="python", forget_from=0))
    if space.program.forgetting is None:
        return []
    stopped = stops(space, "values forgotten: the search", len(whole.states))
    if stopped:
        return stopped
    found = list(_spaces(whole, space))
    for one, other in zip(expected.results, judged.results, strict=True):
        found += result_differences(one, other)
        if other.trace is not None:
            found += _untrue(whole, other.name, other.trace)
    return list(dict.fromkeys(found))


def _untrue(whole: Space, name: str, trace: Trace) -> Iterable[str]:
    """Where a trace shows a value that its run does not have."""
    try:
        follow(whole, written_of(trace))
    except LiveError as error:
        yield f"{name}: a wrong value in the trace: {error}"


def _spaces(whole: Space, space: Space) -> Iterable[str]:
    """Where the smaller space is not the whole one, seen through what is forgotten."""
    forgetting = space.program.forgetting
    assert forgetting is not None
    seen = {_key(space, forgetting.live, s): s for s in space.states}
    if len(seen) < len(space.states):
        yield "values forgotten: two states differ only in them"
    initial = {_key(space, forgetting.live, s) for s in space.states[: space.initial]}
    if initial != {_key(whole, forgetting.live, s) for s in whole.states[: whole.initial]}:
        yield "values forgotten: other initial states"
    found: set[Key] = set()
    for state in whole.states:
        key = _key(whole, forgetting.live, state)
        found.add(key)
        if key not in seen:
            yield "values forgotten: a state is not reached"
        elif _moves(whole, forgetting.live, state) != _moves(space, forgetting.live, seen[key]):
            yield "values forgotten: something else can happen in a state"
    if not found >= set(seen):
        yield "values forgotten: a state is reached that there is not"


def _key(space: Space, live: Liveness, state: int) -> Key:
    """The live values of a state, those of the locations first."""
    machine = space.machine
    places = machine.places(state)
    rest = sorted(live.fields(places))
    return (*places, *(machine.fields[index].raw(state) for index in rest))


def _moves(space: Space, live: Liveness, state: int) -> set[object]:
    """The events that can happen in a state, with what each leads to."""
    out: list[tuple[int, int]] = []
    for labelled in space.program.labelled:
        labelled(state, out)
    machine = space.machine
    return {
        (label_of(machine, state, step), target if target < 0 else _key(space, live, target))
        for target, step in out
    }


def result_differences(one: PropertyResult, other: PropertyResult) -> list[str]:
    """What is told otherwise of a property, in words."""
    if one.verdict != other.verdict:
        return [f"{one.name}: {one.verdict}, with values forgotten {other.verdict}"]
    if one.trace is None or other.trace is None:
        return [] if one.trace is other.trace else [f"{one.name}: a trace is missing"]
    mine, theirs = (
        {
            "steps": len(each.trace.steps),
            "end": each.trace.end,
            "error": each.trace.error,
            "watch": each.trace.watch,
            "endings": [(e.values, e.length, e.preferred) for e in each.endings],
            "the chosen ending": each.chosen,
        }
        for each in (one, other)
        if each.trace is not None
    )
    return [
        f"{one.name}: {what} {mine[what]}, with values forgotten {theirs[what]}"
        for what in mine
        if mine[what] != theirs[what]
    ]

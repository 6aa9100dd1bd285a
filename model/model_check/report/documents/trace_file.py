"""A trace read from a file that a check wrote: `NAME.itf.json`, or one of `result.json`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ...live.errors import LiveError
from ...live.runs.follow import WrittenState, WrittenTrace
from .itf import ROUND_FROM, itf_value
from .json_file import Json, JsonError, read_json
from .json_forms import json_value

__all__ = ["read_trace"]


def read_trace(path: Path, name: str = "") -> WrittenTrace:
    """The trace in a file. Of a `result.json`, that of the property `name`, or of the first
    one that has one. All of it is looked at, so that what follows it can rely on its form.
    Raises LiveError where there is none, with the place in the document."""
    try:
        document = read_json(path)
        if document.has("states"):
            return _itf(document)
        if document.has("properties"):
            return _result(document, name)
    except JsonError as error:
        raise LiveError(f"{path}: {error}") from error
    raise LiveError(
        f"{path} holds no trace of ours: give a NAME.itf.json or a result.json that"
        " model-check wrote"
    )


def _itf(document: Json) -> WrittenTrace:
    names = [each.text() for each in document.get("vars").items()]
    states = []
    for number, each in enumerate(document.get("states").items()):
        meta = each.get("#meta")
        event = meta.get("event").text() if number else ""
        variables = {name: each.get(name).plain() for name in names}
        states.append(WrittenState(event, variables, _locations(meta)))
    failed = document.get("#meta").get("end").text() == "error"
    kept = _states(document.get("states"), states, failed)
    return WrittenTrace(kept, itf_value, loop_from=_itf_loop(document, kept))


def _itf_loop(document: Json, states: Sequence[WrittenState]) -> int | None:
    """The place of the state that the last one is again: the one before `loop`; or is again but
    for what nobody reads, which the machine has to say."""
    meta = document.get("#meta")
    if document.has("loop"):
        loop = document.get("loop")
    elif meta.has(ROUND_FROM):
        loop = meta.get(ROUND_FROM)
    else:
        return None
    begin = loop.whole(len(states) - 1) - 1
    if begin < 0 or (document.has("loop") and not _is_again(states[begin], states[-1])):
        raise loop.wrong("the place of a state that the last one is followed by")
    return begin


def _is_again(one: WrittenState, other: WrittenState) -> bool:
    return one.variables == other.variables and one.locations == other.locations


def _result(document: Json, name: str) -> WrittenTrace:
    with_trace = {
        each.get("name").text(): each.get("trace")
        for each in document.get("properties").items()
        if each.get("trace").value is not None
    }
    if name and name not in with_trace:
        raise JsonError(f"the property {name} has no trace there")
    if not with_trace:
        raise JsonError("no property has a trace there")
    trace = with_trace[name] if name else next(iter(with_trace.values()))
    states = [_state("", trace.get("initial")), *_steps(trace.get("steps"))]
    failed = trace.get("end").text() == "error"
    kept = _states(trace.get("steps"), states, failed)
    loop = trace.get("loop_from") if trace.has("loop_from") else None
    begin = loop.whole(len(kept) - 1) if loop is not None and loop.value is not None else None
    return WrittenTrace(kept, json_value, loop_from=begin)


def _steps(steps: Json) -> Iterator[WrittenState]:
    return (_state(each.get("event").text(), each.get("state")) for each in steps.items())


def _state(event: str, view: Json) -> WrittenState:
    variables = {name: each.plain() for name, each in view.get("variables").entries()}
    return WrittenState(event, variables, _locations(view))


def _locations(view: Json) -> dict[str, str]:
    return {name: each.text() for name, each in view.get("locations").entries()}


def _states(place: Json, states: list[WrittenState], failed: bool) -> tuple[WrittenState, ...]:
    # The step that fails is told with the state before it: up to there it can be followed.
    kept = tuple(states[:-1] if failed else states)
    if not kept:
        raise place.wrong("a trace with a state to begin in")
    return kept

"""A trace read from a file that a check wrote: `NAME.itf.json`, or one of `result.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..live.errors import LiveError
from ..live.follow import Written, WrittenState
from .itf import itf_value
from .result_json import json_value

__all__ = ["read_trace"]

LARGEST_FILE = 64 << 20
"""Bytes; traces of many thousand steps have a few megabytes."""


def read_trace(path: Path, name: str = "") -> Written:
    """The trace in a file. Of a `result.json`, that of the property `name`, or of the first
    one that has one. Raises LiveError where there is none."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise LiveError(f"{path} is too large for a trace")
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise LiveError(f"{path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise LiveError(f"{path} is no JSON: {error}") from error
    try:
        if "states" in document:
            return _itf(document)
        return _result(document, name)
    except _NoTraceError as error:
        raise LiveError(f"{path}: {error}") from error
    except (LookupError, TypeError, AttributeError) as error:
        raise LiveError(
            f"{path} holds no trace of ours: give a NAME.itf.json or a result.json that"
            " model-check wrote"
        ) from error


def _itf(document: Mapping[str, Any]) -> Written:
    names = document["vars"]
    states = tuple(
        WrittenState(
            state["#meta"].get("event", ""),
            {name: state[name] for name in names},
            state["#meta"]["locations"],
        )
        for state in document["states"]
    )
    return Written(_without_error(states, document["#meta"]["end"]), itf_value)


def _result(document: Mapping[str, Any], name: str) -> Written:
    with_trace = {p["name"]: p["trace"] for p in document["properties"] if p["trace"]}
    if name and name not in with_trace:
        raise _NoTraceError(f"the property {name} has no trace there")
    if not with_trace:
        raise _NoTraceError("no property has a trace there")
    trace = with_trace[name] if name else next(iter(with_trace.values()))

    def state(event: str, view: Mapping[str, Any]) -> WrittenState:
        return WrittenState(event, view["variables"], view["locations"])

    steps = (state(step["event"], step["state"]) for step in trace["steps"])
    states = (state("", trace["initial"]), *steps)
    return Written(_without_error(states, trace["end"]), json_value)


def _without_error(states: tuple[WrittenState, ...], end: str) -> tuple[WrittenState, ...]:
    # The step that fails is told with the state before it: up to there it can be followed.
    return states[:-1] if end == "error" else states


class _NoTraceError(Exception):
    """The file is ours, and has no such trace."""

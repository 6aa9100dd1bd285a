"""A check as one JSON document, for programs: `result.json` and `--json`.

Its form is `docs/result.schema.json` and is versioned: within `model-check/result/1` keys
are only added. Keys stand in a fixed order and sets are written as sorted lists, so that
two runs of the same spec differ in nothing but the seconds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ...language.source.diagnostics import Diagnostic
from ...verify.coverage import UntakenStep
from ...verify.outcome import (
    Bounded,
    CallRecord,
    Ending,
    NoReturn,
    Ordering,
    PropertyResult,
    Reason,
    SpaceSummary,
    StateView,
    Trace,
    TraceStep,
    Value,
)
from ..words.summary import CheckReport
from ..words.values import format_value, sorted_items

__all__ = ["SCHEMA", "Document", "json_value", "result_document", "result_text", "trace_document"]

SCHEMA = "model-check/result/1"

Document = dict[str, Any]


def result_text(report: CheckReport) -> str:
    """The document as text, with a final newline."""
    return json.dumps(result_document(report), indent=2, ensure_ascii=False) + "\n"


def result_document(report: CheckReport) -> Document:
    """The document as plain Python values that `json` writes as they are."""
    return {
        "schema": SCHEMA,
        "model": report.model,
        "about": report.about,
        "path": report.path,
        "command": report.command,
        "constants": _named(report.constants),
        "exit_code": report.exit_code,
        "as_expected": all(r.as_expected for r in report.results),
        "properties": [_property(r) for r in report.results],
        "untaken_steps": _untaken(report.untaken),
        "space": _space(report.space),
        "files": list(report.files),
        "notes": list(report.notes),
        "warnings": [_warning(each) for each in report.warnings],
    }


def _warning(warning: Diagnostic) -> Document:
    at = warning.position
    return {
        "file": at.source.path,
        "line": at.line,
        "column": at.column,
        "message": warning.message,
        "hint": warning.hint,
    }


def _untaken(steps: tuple[UntakenStep, ...] | None) -> list[Document] | None:
    if steps is None:
        return None
    return [{"name": each.name, "source": each.source, "line": each.line} for each in steps]


def json_value(value: Value) -> Any:
    """A value of a spec in JSON: sets as sorted lists, records and dicts as objects."""
    if isinstance(value, Mapping):
        return {format_value(k): json_value(v) for k, v in value.items()}
    if isinstance(value, (frozenset, set)):
        return [json_value(item) for item in sorted_items(value)]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [json_value(item) for item in value]
    return value


def _named(values: Mapping[str, Value]) -> Document:
    return {name: json_value(value) for name, value in values.items()}


def _property(result: PropertyResult) -> Document:
    return {
        "name": result.name,
        "kind": result.kind,
        "about": result.about,
        "text": result.text,
        "verdict": result.verdict,
        "note": result.note,
        "expected": result.expected,
        "as_expected": result.as_expected,
        "violating_states": result.violating_states,
        "trace": trace_document(result.trace),
        "endings": [_ending(e) for e in result.endings],
        "chosen_ending": result.chosen,
        "reason": _reason(result.reason),
        "no_return": _no_return(result.no_return),
        "bounded": _bounded(result.bounded),
        "limit": result.limit,
    }


def _bounded(opinion: Bounded | None) -> Document | None:
    if opinion is None:
        return None
    return {
        "answer": opinion.answer,
        "steps": opinion.steps,
        "note": opinion.note,
        "seconds": opinion.seconds,
    }


def _no_return(point: NoReturn | None) -> Document | None:
    return None if point is None else {"step": point.step, "note": point.note}


def trace_document(trace: Trace | None) -> Document | None:
    """A trace as it stands in every document."""
    if trace is None:
        return None
    return {
        "length": len(trace.steps),
        "end": trace.end,
        "error": trace.error,
        "error_at": trace.error_at,
        "watch": _named(trace.watch),
        "initial": _state(trace.initial),
        "initial_watch": _named(trace.watch_at[0]) if trace.watch_at else {},
        "steps": [_step(trace, step) for step in trace.steps],
    }


def _state(state: StateView) -> Document:
    return {"variables": _named(state.variables), "locations": dict(state.locations)}


def _step(trace: Trace, step: TraceStep) -> Document:
    watch = trace.watch_at[step.number] if step.number < len(trace.watch_at) else {}
    return {
        "number": step.number,
        "event": step.event,
        "instance": step.instance,
        "label": step.label,
        "indices": [json_value(i) for i in step.indices],
        "occurrence": step.occurrence,
        "calls": [_call(c) for c in step.calls],
        "changed": list(step.changed),
        "state": _state(step.state),
        "watch": _named(watch),
        "source": step.source,
        "line": step.line,
    }


def _call(call: CallRecord) -> Document:
    return {
        "resource": call.resource,
        "command": call.command,
        "wire": call.wire,
        "answer": call.answer,
        "arguments": _named(call.arguments),
        "result": json_value(call.result),
        "sending": call.sending,
    }


def _ending(ending: Ending) -> Document:
    return {
        "values": _named(ending.values),
        "states": ending.states,
        "length": ending.length,
        "preferred": list(ending.preferred),
        "trace": trace_document(ending.trace),
    }


def _reason(reason: Reason | None) -> Document | None:
    if reason is None:
        return None
    return {
        "orderings": [_ordering(each) for each in reason.orderings],
        "scope": reason.scope,
        "proved_by": reason.proved_by,
        "note": reason.note,
        "seconds": reason.seconds,
        "races": [
            {
                "orderings": [_ordering(each) for each in race.orderings],
                "proved_by": race.proved_by,
                "trace": trace_document(race.trace) if turn else None,
            }
            for turn, race in enumerate(reason.races)
        ],
        "patterns": [
            {
                "orderings": list(pattern.orderings),
                "values": {name: list(values) for name, values in pattern.values.items()},
                "races": list(pattern.races),
            }
            for pattern in reason.patterns
        ],
        "complete_by": reason.complete_by,
        "races_note": reason.races_note,
    }


def _ordering(ordering: Ordering) -> Document:
    return {
        "first": ordering.first,
        "second": ordering.second,
        "witness": list(ordering.witness),
    }


def _space(space: SpaceSummary) -> Document:
    return {
        "states": space.states,
        "transitions": space.transitions,
        "depth": space.depth,
        "final_states": space.final_states,
        "deadlock_states": space.deadlock_states,
        "state_bits": space.state_bits,
        "complete": space.complete,
        "stopped": space.stopped,
        "grew": space.grew,
        "growth": trace_document(space.growth),
        "seconds": space.seconds,
    }

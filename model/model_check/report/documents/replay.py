"""What replays and free runs measured, as JSON: `model-check replay --json`, `record --json`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ...live.runs.record import RecordResult, share_between
from ...live.runs.replay import Disagreement, RealStep, ReplayedRun
from ...live.runs.replaying import ScheduleReplay, TraceReplay
from ...live.runs.screens import Screen
from ...verify.outcome import Value
from .check import json_value

__all__ = [
    "RECORD_SCHEMA", "REPLAY_SCHEMA", "record_json", "replay_document", "replay_json",
]  # fmt: skip

REPLAY_SCHEMA = "model-check/replay/1"
RECORD_SCHEMA = "model-check/record/1"

Document = dict[str, Any]


def replay_json(found: TraceReplay | ScheduleReplay, path: str) -> str:
    """The document as text, with a final newline."""
    return json.dumps(replay_document(found, path), indent=2, ensure_ascii=False) + "\n"


def replay_document(found: TraceReplay | ScheduleReplay, path: str) -> Document:
    """The document as plain values. Within `model-check/replay/1` keys are only added."""
    head: Document = {
        "schema": REPLAY_SCHEMA,
        "model": found.model,
        "path": path,
        "server": found.server,
        "started_for_this": found.own,
        "disagreement": _disagreement(found.disagreement),
        "seconds": found.seconds,
    }
    if isinstance(found, TraceReplay):
        return head | {
            "times": found.times,
            "same": found.same,
            "run": _run(found.first),
            "screens": _screens(found.screens),
        }
    return head | {
        "schedules": found.done,
        "asked": found.asked,
        "steps": found.steps,
        "transitions_taken": found.taken,
        "transitions": found.transitions,
        "losing": found.losing,
        "lost": dict(found.lost),
        "violated_at_the_end": dict(found.violated),
        "run": _run(found.last) if found.disagreement is not None else None,
    }


def _disagreement(found: Disagreement | None) -> Document | None:
    if found is None:
        return None
    return {"step": found.number, "event": found.event, "message": found.message}


def _run(run: ReplayedRun) -> Document:
    return {
        "steps": [_step(each) for each in run.steps],
        "variables": _named(run.variables),
        "stored": _named(run.stored),
        "watch": _named(run.watch),
        "seconds": run.seconds,
    }


def _step(step: RealStep) -> Document:
    return {
        "number": step.number,
        "event": step.event,
        "instance": step.instance,
        "milliseconds": step.milliseconds,
        "calls": [
            {
                "resource": call.resource,
                "command": call.command,
                "wire": call.wire,
                "answer": call.answer,
                "result": json_value(call.result),
                "sending": call.sending,
            }
            for call in step.calls
        ],
    }


def _named(values: Mapping[str, Value]) -> Document:
    return {name: json_value(value) for name, value in values.items()}


def _screens(screens: Sequence[Screen]) -> list[Document]:
    return [
        {
            "display": each.display,
            "shown": [json_value(v) for v in each.shown],
            "store": each.store,
            "stored": [json_value(v) for v in each.stored],
            "missing": [json_value(v) for v in each.missing],
            "checklist": [{"text": line.text, "ticked": line.ticked} for line in each.checklist],
        }
        for each in screens
    ]


def record_json(found: Sequence[tuple[str, RecordResult]]) -> str:
    """Free runs, each with the path of its spec, as the text of one document."""
    document = {
        "schema": RECORD_SCHEMA,
        "recordings": [_recording(path, each) for path, each in found],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _recording(path: str, found: RecordResult) -> Document:
    between = list(share_between(found.losing, found.judged)) if found.judged else None
    return {
        "model": found.model,
        "path": path,
        "server": found.server,
        "started_for_this": found.own,
        "interval": found.interval,
        "gap": found.gap,
        "window": found.window,
        "median_window": found.median_window,
        "connections": found.connections,
        "judged": found.judged,
        "losing": found.losing,
        "share": found.share,
        "share_between": between,
        "not_judged": list(found.unjudged),
        "not_true_at_the_end": dict(found.broken),
        "lost": dict(found.lost),
        "seconds": found.seconds,
    }

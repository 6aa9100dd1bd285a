"""A comparison as a JSON document: its form is `docs/compare.schema.json`, versioned as
`result.json` is."""

from __future__ import annotations

import json

from ..words.comparison import ComparedTurn, CompareReport, Side
from .check import Document, json_value, trace_document

__all__ = ["COMPARE_SCHEMA", "compare_json"]

COMPARE_SCHEMA = "model-check/compare/1"


def compare_json(report: CompareReport) -> str:
    """The comparison as a document, with a final newline."""
    document = {
        "schema": COMPARE_SCHEMA,
        "command": report.command,
        "property": report.shown or None,
        "first": _side(report.first),
        "second": _side(report.second),
        "turns": [_turn(each) for each in report.turns],
        "differing": report.differing,
        "rest": [step.number for step in report.rest],
        "files": list(report.files),
        "notes": list(report.notes),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _side(side: Side) -> Document:
    space = side.report.space
    return {
        "model": side.name,
        "path": side.report.path,
        "constants": {name: json_value(v) for name, v in side.report.constants.items()},
        "states": space.states,
        "complete": space.complete,
        "stopped": space.stopped,
        "properties": [
            {
                "name": each.name,
                "on_schedule": side.verdicts[each.name],
                "verdict": each.verdict,
                "expected": each.expected,
            }
            for each in side.report.results
        ],
        "alone": list(side.alone),
        "endless": side.endless,
        "left": side.left,
        "trace": trace_document(side.trace),
    }


def _turn(turn: ComparedTurn) -> Document:
    return {
        "turn": turn.number,
        "instance": turn.instance,
        "first": turn.first.event,
        "second": None if turn.second is None else turn.second.event,
        "second_step": None if turn.second is None else turn.second.number,
        "why": turn.why,
        "difference": turn.difference or None,
    }

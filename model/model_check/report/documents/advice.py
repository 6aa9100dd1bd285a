"""Repairs, and what properties rest on, as JSON documents: `repairs.json`, `rests-on.json`.

Their forms are `docs/repair.schema.json` and `docs/rests-on.schema.json`; they are versioned
as `result.json` is.
"""

from __future__ import annotations

import json

from ...repairs.outcome import Attempt, Fact, Repair, Rest
from ..words.advice import RepairReport, RestsReport
from ..words.repair_spec import repair_diff
from .check import Document, json_value, trace_document

__all__ = ["REPAIR_SCHEMA", "RESTS_SCHEMA", "repair_text", "rests_text"]

REPAIR_SCHEMA = "model-check/repair/1"
RESTS_SCHEMA = "model-check/rests-on/1"


def repair_text(report: RepairReport) -> str:
    """A search for repairs as a document, with a final newline."""
    found = report.found
    return _text({
        "schema": REPAIR_SCHEMA,
        "model": found.spec.name,
        "path": report.path,
        "command": report.command,
        "constants": {name: json_value(value) for name, value in found.spec.constants.items()},
        "exit_code": report.exit_code,
        "complete": found.complete,
        "wanted": list(found.wanted),
        "broken": list(found.broken),
        "changes": [
            {"kind": each.kind, "process": each.process, "text": each.text}
            for each in found.changes
        ],
        "minimal": found.minimal,
        "at_least": found.size,
        "repairs": [_repair(report, number) for number in range(len(found.repairs))],
        "best": None if found.best is None else _attempt(found.best),
        "explored": found.explored,
        "replayed": found.replayed,
        "undecided": found.undecided,
        "stopped": found.stopped,
        "states": found.states,
        "seconds": found.seconds,
    })  # fmt: skip


def _repair(report: RepairReport, number: int) -> Document:
    repair: Repair = report.found.repairs[number]
    return {
        "changes": [each.text for each in repair.changes],
        "verdicts": dict(repair.verdicts),
        "states": repair.states,
        "diff": list(repair_diff(report.found.spec, repair, report.draft)),
        "file": report.files[number] if report.files else None,
    }


def _attempt(attempt: Attempt) -> Document:
    return {
        "changes": [each.text for each in attempt.changes],
        "violated": list(attempt.violated),
        "trace": trace_document(attempt.trace),
    }


def rests_text(report: RestsReport) -> str:
    """What properties rest on as a document, with a final newline."""
    found = report.found
    return _text({
        "schema": RESTS_SCHEMA,
        "model": found.spec.name,
        "path": report.path,
        "command": report.command,
        "constants": {name: json_value(value) for name, value in found.spec.constants.items()},
        "exit_code": report.exit_code,
        "complete": found.complete,
        "facts": [_fact(each) for each in found.facts],
        "properties": [_rest(each) for each in found.rests],
        "explored": found.explored,
        "refused": found.refused,
        "stopped": found.stopped,
        "states": found.states,
        "seconds": found.seconds,
    })  # fmt: skip


def _rest(rest: Rest) -> Document:
    return {
        "name": rest.name,
        "verdict": rest.verdict,
        "proved": rest.proved,
        "needs": [
            {
                "fact": _fact(need.fact),
                "broken": [_fact(each) for each in need.broken],
                "trace": trace_document(need.trace),
            }
            for need in rest.needs
        ],
        "instead": [[_fact(each) for each in facts] for facts in rest.others],
    }


def _fact(fact: Fact) -> Document:
    return {
        "kind": fact.kind,
        "process": fact.process,
        "labels": list(fact.labels),
        "text": str(fact),
    }


def _text(document: Document) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"

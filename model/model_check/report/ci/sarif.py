"""A run as SARIF 2.1.0, for code scanning and editors.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html. A finding is at the line of the
property; the step that makes the violation certain, or the last one, is a related location, and
the whole run a code flow. What is not decided is no failure (`kind: open`), and what could not be
looked at is a notification of the tool.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ...errors import EXIT_UNDETERMINED, EXIT_WRONG_INPUT
from ...results.check import CheckReport, Trace, TraceStep
from ...results.run import RunReport
from ...verify.show import printable
from ..words.faults import fault_text
from ..words.phrases import happened, label_text
from ..words.runs import again_text
from .findings import Finding, Sort, decisive_step, findings_of
from .places import place_of

__all__ = ["sarif_text"]

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
MOST_STEPS = 1_000
"""Steps of a code flow: GitHub shows no more."""
_ROOT = "%SRCROOT%"
"""The root of the repository, by the name that readers know it by."""
_RULES: dict[Sort, tuple[str, str]] = {
    "violated": ("error", "A run violates the property, and the spec expects that none does."),
    "holds": ("error", "No run violates the property, and the spec expects that one does."),
    "undetermined": ("none", "It is not known whether a run violates the property."),
    "mistake": ("error", "The spec is wrong, and was not checked."),
    "warning": ("warning", "The spec means what it says, and hardly what was meant."),
}
"""What is found, its level, and what it means."""


def sarif_text(run: RunReport, version: str) -> str:
    """The document, with a final newline. version: of the tool."""
    found = findings_of(run)
    driver = {
        "name": "model-check",
        "version": version,
        "semanticVersion": version,
        "rules": [_rule(sort) for sort in _RULES],
    }
    whole = run.exit_code != EXIT_WRONG_INPUT and not any(each.stopped for each in run.specs)
    invocation: dict[str, Any] = {"executionSuccessful": whole, "exitCode": run.exit_code}
    if notes := [_notification(each) for each in found if each.sort not in _RULES]:
        invocation["toolExecutionNotifications"] = notes
    if run.exit_code == EXIT_UNDETERMINED:
        invocation["exitCodeDescription"] = "something was not decided"
    document = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "invocations": [invocation],
                "columnKind": "unicodeCodePoints",
                "results": [_result(each) for each in found if each.sort in _RULES],
            }
        ],
    }
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    return text.encode("utf-8", "replace").decode("utf-8")


def _rule(sort: Sort) -> dict[str, Any]:
    level, about = _RULES[sort]
    return {
        "id": sort,
        "shortDescription": {"text": about},
        "defaultConfiguration": {"level": level},
    }


def _result(found: Finding) -> dict[str, Any]:
    level, _ = _RULES[found.sort]
    model = f"{printable(found.report.model)}: " if found.report else ""
    related = []
    text = "\n".join((f"{model}{found.title}", *found.told))
    if found.result is not None and (decisive := decisive_step(found.result)) is not None:
        step, told = decisive
        related.append({"id": 1, **_location(step.source, step.line, told)})
        # A link to the related location 1, so brackets of a spec are no links.
        text = f"{_plain(text)}\n[See step {step.number}](1)."
    else:
        text = _plain(text)
    made: dict[str, Any] = {
        "ruleId": found.sort,
        "ruleIndex": list(_RULES).index(found.sort),
        "kind": "open" if found.sort == "undetermined" else "fail",
        "level": level,
        "message": {"text": text},
        "locations": [_location(found.path, found.line, column=found.column)],
        "partialFingerprints": {"finding/v1": _fingerprint(found)},
    }
    if related:
        made["relatedLocations"] = related
    if found.result is not None and found.result.trace is not None and found.report is not None:
        made["codeFlows"] = [_flow(found.report, found.result.trace)]
    return made


def _fingerprint(found: Finding) -> str:
    """What is the same finding in another run, wherever its line has gone."""
    if found.report is None:
        return f"{found.sort}:{place_of(found.path)}:{found.title}"
    named = found.result.name if found.result else found.title
    return f"{found.sort}:{place_of(found.report.path)}:{named}"


def _plain(text: str) -> str:
    """Text of a message in which no bracket begins a link (section 3.11.6)."""
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


def _notification(found: Finding) -> dict[str, Any]:
    level = "warning" if found.sort == "unchecked" else "error"
    location = _location(found.path, found.line)
    return {"level": level, "message": {"text": _plain(found.title)}, "locations": [location]}


def _location(path: str, line: int, told: str = "", column: int = 1) -> dict[str, Any]:
    place = place_of(path)
    uri = quote(place)
    file: dict[str, Any] = {"uri": uri, "uriBaseId": _ROOT}
    if Path(place).is_absolute():
        file = {"uri": f"file://{'' if uri.startswith('/') else '/'}{uri}"}
    region: dict[str, int] = {"startLine": line}
    if column > 1:
        region["startColumn"] = column
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": file, "region": region}}
    if told:
        location["message"] = {"text": _plain(told)}
    return location


def _flow(report: CheckReport, trace: Trace) -> dict[str, Any]:
    """The run, all processes in one thread: what counts is in which order they take steps."""
    left_out = max(len(trace.steps) - MOST_STEPS, 0)
    told = "The run, step by step"
    if left_out:
        told += f"; the first {left_out:,} steps are in the files of {printable(report.model)}"
    if trace.loop_from is not None:
        told += f"; {again_text(trace)}"
    steps = [_step(each) for each in trace.steps[left_out:]] or [_start(report)]
    return {"message": {"text": _plain(told)}, "threadFlows": [{"locations": steps}]}


def _step(step: TraceStep) -> dict[str, Any]:
    if step.fault:
        told = fault_text(step)
    else:
        did = "; ".join(happened(step))
        told = f"{printable(step.instance)}: {label_text(step)}" + (f": {did}" if did else "")
    location = _location(step.source, step.line, f"{step.number}. {told}")
    return {"location": location, "executionOrder": step.number, "importance": "essential"}


def _start(report: CheckReport) -> dict[str, Any]:
    location = _location(report.path, 1, "the initial state")
    return {"location": location, "executionOrder": 1}

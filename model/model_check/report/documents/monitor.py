"""What logs said of a model, as JSON: `model-check monitor --json`."""

from __future__ import annotations

import json
from typing import Any

from ...live.monitor.verdicts import LogVerdict, Mismatch, MonitorResult, SessionVerdict
from ...live.monitor.windows import KeptRace, SeenEvent, Window
from .check import json_value

__all__ = ["MONITOR_SCHEMA", "monitor_document", "monitor_json"]

MONITOR_SCHEMA = "model-check/monitor/1"

Document = dict[str, Any]


def monitor_json(found: MonitorResult, path: str) -> str:
    """The document as text, with a final newline."""
    # What a log holds need be no text: everything that is no ASCII is escaped.
    return json.dumps(monitor_document(found, path), indent=2) + "\n"


def monitor_document(found: MonitorResult, path: str) -> Document:
    """The document as plain values. Within `model-check/monitor/1` keys are only added. Times
    are seconds since 1970 by the clock of the log, as it tells them."""
    return {
        "schema": MONITOR_SCHEMA,
        "model": found.model,
        "path": path,
        "logs": list(found.logs),
        "skew_milliseconds": found.skew / 1000,
        "verdict": found.standing,
        "lines": found.lines,
        "foreign_lines": found.foreign,
        "idle_sessions": found.idle,
        "skipped_sessions": found.skipped,
        "cut": found.cut,
        "sessions": [_session(each) for each in found.sessions],
        "notes": list(found.notes),
        "seconds": found.seconds,
    }


def _session(session: SessionVerdict) -> Document:
    return {
        "session": session.name,
        "database": session.db,
        "verdict": session.standing,
        "lines": session.lines,
        "started": _seconds(session.started),
        "ended": _seconds(session.ended),
        "complete": session.complete,
        "connections": {name: list(each) for name, each in session.connections.items()},
        "mismatch": None if session.mismatch is None else _mismatch(session.mismatch),
        "properties": [_property(each) for each in session.properties],
        "note": session.note,
    }


def _seconds(microseconds: int | None) -> str | None:
    """As a log tells it: a float would lose the microseconds."""
    if microseconds is None:
        return None
    return f"{microseconds // 1_000_000}.{microseconds % 1_000_000:06d}"


def _mismatch(found: Mismatch) -> Document:
    return {
        "log": found.log,
        "line": found.line,
        "time": _seconds(found.time),
        "client": found.client,
        "words": list(found.words),
        "known": found.known,
        "lines_that_fit": found.fits,
        "expected": [
            {
                "instance": each.instance,
                "step": each.label,
                "wire": each.wire,
                "clients": list(each.clients),
            }
            for each in found.expected
        ],
    }


def _property(each: LogVerdict) -> Document:
    return {
        "name": each.name,
        "verdict": each.verdict,
        "violating_ends": each.violating,
        "ends": each.ends,
        "endings": [
            {name: json_value(value) for name, value in values.items()} for values in each.endings
        ],
        "races": [_race(race) for race in each.races],
        "decided_by": each.decided_by,
        "open_races": [
            [{"first": _event(first), "second": _event(second)} for first, second in pairs]
            for pairs in each.open_races
        ],
    }


def _race(race: KeptRace) -> Document:
    return {
        "orderings": [{"first": first, "second": second} for first, second in race.orderings],
        "events": [_event(each) for each in race.events],
        "window": None if race.window is None else _window(race.window),
    }


def _event(event: SeenEvent) -> Document:
    return {
        "event": event.name,
        "log": event.log,
        "line": event.line,
        "time": _seconds(event.time),
        "after_line": event.after,
    }


def _window(window: Window) -> Document:
    return {
        "instance": window.instance,
        "opened": _event(window.opened),
        "closed": _event(window.closed),
        "milliseconds": window.milliseconds,
    }

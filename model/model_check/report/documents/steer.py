"""From services that were steered to a JSON document: `model-check steer --json`, and the
`result.json` beside the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Any

from ...results.steer import SteeredRun, SteerResult
from ..words.steering import departure_text
from .faults import FAULTS
from .json_forms import (
    COUNT,
    INTEGER,
    NUMBER,
    SECONDS,
    TEXT,
    TEXTS,
    TRUTH,
    VERDICT,
    JsonDocument,
    JsonObject,
    by_name,
    list_of,
    one_of,
    optional,
)
from .monitor import SESSION
from .replay import SCREEN

__all__ = ["STEERED"]

_Row = tuple[SteerResult, SteeredRun]

TURN = JsonObject("turn", "A step of a schedule that the proxy sees.", {
    "number": (NUMBER, "Among these, from 1."),
    "step": (NUMBER, "The number of the trace's step."),
    "event": (TEXT, "Its name: `gateway.subscribe`."),
    "instance": (TEXT, "The process instance whose turn it is."),
    "sends": (TEXTS, "The commands that it sends; several are carried out as one."),
    "receives": (TRUTH, "Whether a message is delivered to it instead."),
})  # fmt: skip

COMMAND = JsonObject("steered_command", "A request of a service, or a message to one, in the order"
    " in which they went through. Times are milliseconds since the run began.", {
    "number": (NUMBER, "In this order, from 1."),
    "commands": (TEXTS, "What it says; several of a transaction."),
    "delivered": (TRUTH, "Whether it is a message that was delivered to a service."),
    "connection": (NUMBER, "The number of the connection, in the order in which they came."),
    "address": (TEXT, "The service's end of it, as in the log."),
    "turn": (optional(NUMBER), "The number of its turn; null: it is part of none."),
    "instance": (TEXT, "The process instance that it was taken for; empty where that is not"
        " known."),
    "answer": (TEXT, "What the server answered, as redis-cli shows it, cut off."),
    "differs": (TEXT, "The model's answer, where that is another; else empty."),
    "came": (SECONDS, "When it came."),
    "went": (SECONDS, "When it was let through."),
    "held": (SECONDS, "How long it was held: the difference."),
    "answered": (optional(SECONDS), "When its answer was passed on; null: it never was."),
    "lines": (list_of(NUMBER), "Which of the run's lines it is, from 1."),
})  # fmt: skip

DEPARTURE = JsonObject("departure", "Where the services left a schedule.", {
    "turn": (TURN, "The turn that did not come."),
    "what": (TEXT, "What was sent instead, in words: `gateway sent SUBSCRIBE before LRANGE`.",
        departure_text),
    "instead": (TEXT, "What the process whose turn it was had sent; empty where nothing."),
    "held": (TEXTS, "What was held then, each with whose it is."),
    "unknown": (TEXTS, "Commands on the session's keys that no process of the spec sends."),
    "waited": (SECONDS, "Seconds until it was given up."),
    "cause": (one_of("else", "silence", "over", "answered", "queued", "interrupted"),
        "Why it was given up:"
        " the process sent something else; nothing came; the services had ended; what was let"
        " through was not answered; it may stand behind what another process said over the same"
        " connection; it was interrupted."),
    "broken": (TEXTS, "Connections that the server ended, or that spoke no protocol."),
})  # fmt: skip


def _schedule(row: _Row) -> list[str]:
    return [step.event for step in row[1].trace.steps]


def _verdicts(row: _Row) -> Mapping[str, str]:
    return {name: row[1].verdict(name) for name in row[0].expected}


RUN = JsonObject("steered_run", "One run of the services under one schedule.", {
    "number": (NUMBER, "The number of the schedule."),
    "outcome": (one_of(
        "as said", "otherwise", "undetermined", "departed", "not possible", "never came"),
        "as said:"
        " it was carried out and ended as the model says; otherwise: it was carried out, and"
        " something was other than the model says; undetermined: it was carried out, and the log"
        " leaves open how it ended; departed: the services left the schedule; not possible: their"
        " connections keep another order; never came: no"
        " command of the spec came.", lambda row: row[0].outcome(row[1])),
    "schedule": (TEXTS, "The events of the model's run, in order.", _schedule),
    "turns": (list_of(TURN), "Those that the proxy sees."),
    "done": (COUNT, "How many of these were carried out."),
    "commands": (list_of(COMMAND), "What went through."),
    "departure": (optional(DEPARTURE), "Where the services left the schedule; null: nowhere."),
    "said": (by_name(VERDICT), "By property, what the model says of this schedule.",
        lambda row: row[0].said(row[1])),
    "found": (by_name(VERDICT), "By property, what the lines of this run say: holds means that"
        " it is not violated in this run.", _verdicts),
    "session": (optional(SESSION), "The lines of this run as `model-check monitor` judges them;"
        " null: there are none of the session."),
    "screens": (list_of(SCREEN), "What a user saw and what was stored: commands as they went"
        " through, what Redis does not see as the model has it."),
    "lines": (TEXTS, "The commands as MONITOR shows them."),
    "status": (optional(INTEGER), "The exit status of the services' command, negative for a signal;"
        " null where there was none, or it was ended."),
    "given_up": (TEXTS, "Commands whose connections the services closed while they were held."),
    "ended": (TRUTH, "Whether that command was still running, and was ended."),
    "seconds": (SECONDS, "How long it took."),
}, part=itemgetter(1))  # fmt: skip


def _runs(row: tuple[SteerResult, str]) -> list[_Row]:
    return [(row[0], run) for run in row[0].runs]


def _of_result(name: str) -> Any:
    return lambda row: getattr(row[0], name)


STEERED = JsonDocument("model-check/steer/1", "Services that were steered through schedules", (
    JsonObject("steered", "What `model-check steer --json` prints. Within version 1 keys are only"
        " added.", {
        "model": (TEXT, "The name of the model."),
        "path": (TEXT, "The path of the spec, as it was given.", itemgetter(1)),
        "server": (TEXT, "The server's name."),
        "started_for_this": (TRUTH, "Whether it was started for this.", _of_result("own")),
        "listen": (TEXT, "Where the proxy listened."),
        "faults": FAULTS,
        "property": (optional(TEXT), "The property whose trace was carried out; null where"
            " schedules were.", lambda row: row[0].property or None),
        "schedules": (TRUTH, "Whether different runs of the model were carried out."),
        "asked": (optional(COUNT), "How many schedules were wanted; null: every order."),
        "orders": (optional(COUNT), "How many different orders of the commands the model allows,"
            " of independent ones one; null where they were not counted."),
        "promised": (TEXTS, "The properties that the spec expects to hold."),
        "broken": (by_name(COUNT), "Of these, those that were violated, with in how many runs."),
        "exit_code": (COUNT, "What the command ends with."),
        "runs": (list_of(RUN), "The runs.", _runs),
        "stopped": (TEXT, "Why there are fewer runs than were asked for, or empty."),
        "files": (TEXTS, "What was written."),
        "notes": (TEXTS, "What is to be known of that."),
        "seconds": (SECONDS, "How long it took."),
    }, part=itemgetter(0)),
), ascii=True)  # fmt: skip

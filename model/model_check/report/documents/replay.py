"""From replays and free runs to JSON documents: `model-check replay --json`, `record --json`."""

from __future__ import annotations

from operator import itemgetter

from ...results.replay import RecordResult, ReplayedRun, ScheduleReplay, TraceReplay
from ...results.shares import share_interval
from .check import CALL
from .faults import FAULTS
from .inspections import INSPECTION
from .json_forms import (
    COUNT,
    NUMBER,
    SECONDS,
    TEXT,
    TEXTS,
    TRUTH,
    VALUE,
    VALUES,
    JsonDocument,
    JsonKey,
    JsonObject,
    by_name,
    list_of,
    optional,
)

__all__ = ["RECORDED", "REPLAYED"]

REAL_CALL = JsonObject("real_call", "A command as it really went over the wire.",
    {name: key for name, key in CALL.keys.items() if name != "arguments"})  # fmt: skip

REAL_STEP = JsonObject("real_step", "A step as it really happened.", {
    "number": (NUMBER, "From 1."),
    "event": (TEXT, "Its name: `ai_service.save[7]`."),
    "instance": (TEXT, "The process instance that acts."),
    "milliseconds": (SECONDS, "When it was done, since the run began."),
    "calls": (list_of(REAL_CALL), "The commands that it sent, in order."),
})  # fmt: skip

RUN = JsonObject("run", "What a replay measured.", {
    "steps": (list_of(REAL_STEP), "The steps in order."),
    "variables": (VALUES, "What the processes hold, computed from what they really got."),
    "stored": (VALUES, "What the server holds, read at the end."),
    "watch": (VALUES, "The watched definitions over the processes' variables."),
    "inspections": (list_of(INSPECTION), "What was asked of the server beside that."),
    "ran_down": (TEXTS, "What was asked of the time that is left, and answered with less than the"
        " steps say, which have the model's answer: a model has no clock."),
    "seconds": (SECONDS, "How long it took."),
})  # fmt: skip

CHECK_LINE = JsonObject("check_line", "A line of a screen's checklist.", {
    "text": (TEXT, "What it says."),
    "ticked": (TRUTH, "Whether it is so."),
})  # fmt: skip

SCREEN = JsonObject("screen", "What a user saw, and what was stored.", {
    "display": (TEXT, "The variable that is shown: `client.shown`."),
    "shown": (list_of(VALUE), "Its value."),
    "store": (TEXT, "The history on the server."),
    "stored": (list_of(VALUE), "Its value."),
    "missing": (list_of(VALUE), "What is stored and not shown."),
    "checklist": (list_of(CHECK_LINE), "What became of that; empty where nothing is missing."),
})  # fmt: skip

DISAGREEMENT = JsonObject("disagreement",
    "Where the real thing did something else than the model.", {
    "step": (COUNT, "The number of the step; 0 for the end of the run.",
        lambda found: found.number),
    "event": (TEXT, "Its event."),
    "message": (TEXT, "What was different."),
})  # fmt: skip

_HEAD: dict[str, JsonKey] = {
    "model": (TEXT, "The name of the model."),
    "path": (TEXT, "The path of the spec, as it was given.", itemgetter(1)),
    "server": (TEXT, "The server's name."),
    "started_for_this": (TRUTH, "Whether it was started for this.", lambda row: row[0].own),
    "faults": FAULTS,
}
_REPLAYED: dict[str, JsonKey] = {
    **_HEAD,
    "disagreement": (optional(DISAGREEMENT), "The first one, which ended everything; null: all was"
        " as the model says."),
    "seconds": (SECONDS, "How long it took."),
}  # fmt: skip


def _last_run(row: tuple[ScheduleReplay, str]) -> ReplayedRun | None:
    return row[0].last if row[0].disagreement is not None else None


def _is_of_schedules(row: tuple[TraceReplay | ScheduleReplay, str]) -> int:
    return isinstance(row[0], ScheduleReplay)


REPLAYED = JsonDocument("model-check/replay/1", "A trace, or schedules, carried out for real", (
    JsonObject("replayed_trace", "What `model-check replay --json` prints of a trace. Within"
        " version 1 keys are only added.", {
        **_REPLAYED,
        "times": (COUNT, "How often it was carried out."),
        "same": (COUNT, "In how many of these every screen lacked what it lacked in the first."),
        "run": (RUN, "The first run, or the one that disagreed.", lambda row: row[0].first),
        "screens": (list_of(SCREEN), "What it showed."),
        "rounds": (optional(COUNT), "How often a run that has no end went round in it, as the model"
            " does; null for a run that ends."),
    }, part=itemgetter(0)),
    JsonObject("replayed_schedules", "What `model-check replay --json` prints of schedules. Within"
        " version 1 keys are only added.", {
        **_REPLAYED,
        "schedules": (COUNT, "How many were carried out.", lambda row: row[0].done),
        "asked": (optional(COUNT), "How many were wanted; null: until all transitions were"
            " taken."),
        "steps": (COUNT, "Steps of all of them."),
        "transitions_taken": (COUNT, "Transitions of the space that were in one of them.",
            lambda row: row[0].taken),
        "transitions": (COUNT, "Transitions of the space."),
        "losing": (COUNT, "In how many a screen lacked something."),
        "lost": (by_name(COUNT), "How often what was missing."),
        "violated_at_the_end": (by_name(COUNT), "By property of the end: in how many runs it was"
            " not true there.", lambda row: row[0].violated),
        "broken": (by_name(COUNT), "By property of states, of steps or of whole runs: how many"
            " runs break it."),
        "ran_down": (TRUTH, "Whether an answer was less than the model's, since it was a time that"
            " was left."),
        "run": (optional(RUN), "The last run, where it disagreed.", _last_run),
    }, part=itemgetter(0)),
), which=_is_of_schedules)  # fmt: skip


def _share_between(row: tuple[RecordResult, str]) -> tuple[float, float] | None:
    found = row[0]
    return share_interval(found.losing, found.judged)[1:] if found.judged else None


RECORDING = JsonObject("recording", "What many connections of a spec showed, run freely.", {
    **_HEAD,
    "interval": (SECONDS, "From one message to the next, as asked."),
    "gap": (SECONDS, "Between a publisher's steps for one message, as asked."),
    "window": (SECONDS, "Between the commands of whoever connects, as asked."),
    "median_window": (optional(SECONDS), "The window that half of the connections had at most;"
        " null where none has one."),
    "connections": (COUNT, "How many there were."),
    "judged": (COUNT, "Of how many anything could show that something went wrong."),
    "restless": (COUNT, "How many did not come to an end in the time that they had; they are not"
        " judged."),
    "losing": (COUNT, "In how many of these something went wrong: a property was violated, or a"
        " screen lacked something."),
    "share": (optional(SECONDS), "The same as a share, from 0 to 1; null where none was judged."),
    "share_between": (optional(list_of(SECONDS)), "Between which shares the true one lies with"
        " 95 % confidence; null where none was judged.", _share_between),
    "not_judged": (TEXTS, "Properties of which no connection says anything, because only the server"
        " knows what stands in a resource on the way.", lambda row: row[0].unjudged),
    "violated": (by_name(COUNT), "By property: how many connections violated it.",
        lambda row: row[0].broken),
    "unclear": (by_name(COUNT), "By property: of how many connections it is not known, because"
        " the answers do not tell what was first at the server; others are left out."),
    "seen": (by_name(COUNT), "By property that asks whether something is possible: how many"
        " connections showed it."),
    "not_true_at_the_end": (by_name(COUNT), "The same as `violated`.",
        lambda row: row[0].broken),
    "lost": (by_name(COUNT), "How often what was missing."),
    "inspections": (list_of(INSPECTION), "What was asked of the server in the first connection in"
        " which something went wrong."),
    "seed": (optional(COUNT), "What went wrong was drawn from it; null where nothing was to."),
    "happened": (by_name(COUNT), "How often what went wrong, in all connections together."),
    "seconds": (SECONDS, "How long it took."),
}, part=itemgetter(0))  # fmt: skip

RECORDED = JsonDocument("model-check/record/1", "Free runs of specs", (
    JsonObject("recorded", "What `model-check record --json` prints. Within version 1 keys are only"
        " added.", {
        "recordings": (list_of(RECORDING), "A recording of each spec.", lambda rows: rows),
    }),
))  # fmt: skip

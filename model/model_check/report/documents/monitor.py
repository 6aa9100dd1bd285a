"""From what logs said of a model to a JSON document: `model-check monitor --json`.

Times are seconds since 1970 by the clock of the log, as it tells them.
"""

from __future__ import annotations

from operator import itemgetter

from .faults import FAULTS
from .inspections import INSPECTION
from .json_forms import (
    ANY_NUMBER,
    COUNT,
    NUMBER,
    SECONDS,
    TEXT,
    TEXTS,
    TRUTH,
    VALUES,
    VERDICT,
    JsonDocument,
    JsonKind,
    JsonObject,
    by_name,
    list_of,
    one_of,
    optional,
)

__all__ = ["MONITORED"]

_STANDING = one_of("holds", "violated", "unfit", "undetermined")


def _decimal(microseconds: int) -> str:
    """As a log tells it: a float would lose the microseconds."""
    return f"{microseconds // 1_000_000}.{microseconds % 1_000_000:06d}"


TIME = JsonKind({"type": "string", "pattern": r"^-?\d+\.\d{6}$"}, _decimal)

EVENT = JsonObject("event", "An event of a session: a step of the model.", {
    "event": (TEXT, "Its name: `ai_service.save[7]`.", lambda event: event.name),
    "log": (optional(COUNT), "The log that shows it, from 0; null: none does."),
    "line": (optional(NUMBER), "The line that shows it; null: none does, and it came after"
        " `after_line`."),
    "time": (optional(TIME), "When, by the clock of that log."),
    "after_line": (optional(NUMBER), "The line that it came after; null: before all, or it has a"
        " line itself.", lambda event: event.after),
    "answer": (TEXT, "Of a transaction of which a log shows EXEC alone, what that answered in this"
        " reading: nothing was done; else empty."),
})  # fmt: skip

OPEN_ORDERING = JsonObject("open_order", "Two events whose order the clocks leave open.", {
    "first": (EVENT, "An event of one log.", itemgetter(0)),
    "second": (EVENT, "An event of another one.", itemgetter(1)),
})  # fmt: skip

WINDOW = JsonObject("window", "While a process was between two of its events.", {
    "instance": (TEXT, "The process instance."),
    "opened": (EVENT, "The event that opened the window."),
    "closed": (EVENT, "The event that closed it."),
    "milliseconds": (optional(ANY_NUMBER), "How long it was open; null where no log shows one of"
        " them, or they are in different logs."),
})  # fmt: skip

RACE = JsonObject("kept_race",
    "Facts that force the violation, all of which the session kept.", {
    "facts": (TEXTS, "The facts, in words."),
    "events": (list_of(EVENT), "Their events, in the order of the session."),
    "window": (optional(WINDOW), "The window in which it happened, where there is one."),
})  # fmt: skip

EVIDENCE = JsonObject("log_evidence", "What a log shows, as far as it goes, of a property that only"
    " a whole run decides, or one state: the fewest and the most over all ways to read it.", {
    "questions": (optional(list_of(COUNT)), "How often a `leads_to` began to wait; null where"
        " nothing is waited for."),
    "unanswered": (optional(list_of(COUNT)), "How many of these had no answer when the log"
        " ended."),
    "seen": (optional(one_of("yes", "no", "perhaps")), "Whether what should be possible was seen,"
        " or a formula is true already, whatever comes; perhaps: in some ways to read the log."),
})  # fmt: skip

PROPERTY = JsonObject("monitored_property", "What a session's log says of a property.", {
    "name": (TEXT, "The name of the property."),
    "verdict": (VERDICT, "violated: in every end that the log allows; holds: in none."),
    "violating_ends": (COUNT, "In how many of the ends it is violated.",
        lambda each: each.violating),
    "ends": (COUNT, "How many ends the log allows."),
    "endings": (list_of(VALUES), "The different values of the watched definitions in those."),
    "races": (list_of(RACE), "The reasons that one behaviour kept that violates it."),
    "decided_by": (one_of("search", "z3 and search", ""), "Who decided it; empty where nothing is"
        " decided."),
    "open_races": (list_of(list_of(OPEN_ORDERING)), "What would have made it happen: for each"
        " reason the orderings that the clocks of several logs leave open."),
    "evidence": (optional(EVIDENCE), "What the log shows of it as far as it goes; null where it"
        " asks single states."),
    "faults_violating": (optional(COUNT), "The fewest faults in an end that violates it; null:"
        " there is none."),
    "faults_kept": (optional(COUNT), "The fewest faults in an end that does not; null: there is"
        " none."),
})  # fmt: skip

LOG_FAULTS = JsonObject("log_faults", "What must have gone wrong to explain a session's log.", {
    "least": (COUNT, "So many faults; fewer do not explain it."),
    "steps": (list_of(EVENT), "Those of one way to read it."),
    "certain": (TEXTS, "The faults that are in every way to read it: `worker.crashes`."),
})  # fmt: skip

EXPECTED_STEP = JsonObject("expected_step", "A step that could have come.", {
    "instance": (TEXT, "By which process instance; empty for what fills a resource at first."),
    "step": (TEXT, "Its label.", lambda step: step.label),
    "wire": (TEXT, "What a log would show of it."),
    "clients": (TEXTS, "The connections that are known to be that process's."),
})  # fmt: skip

MISMATCH = JsonObject("mismatch", "Where a log stops being a behaviour of the model.", {
    "log": (COUNT, "Which log, from 0."),
    "line": (NUMBER, "Its line, from 1."),
    "time": (TIME, "When, by the clock of the log."),
    "client": (TEXT, "The connection."),
    "words": (TEXTS, "What the line says."),
    "known": (TRUTH, "Whether that is a command of the spec, with a value of the spec, at all."),
    "lines_that_fit": (COUNT, "How many lines of the session fit before it.",
        lambda mismatch: mismatch.fits),
    "expected": (list_of(EXPECTED_STEP), "What could have come instead."),
    "why": (TEXTS, "What may be the reason, the likeliest first."),
})  # fmt: skip

SESSION = JsonObject("session", "One session: the lines that touch its keys.", {
    "session": (TEXT, "What stands in the places of its keys.", lambda session: session.name),
    "database": (COUNT, "The database of the server.", lambda session: session.db),
    "verdict": (_STANDING, "unfit: no behaviour of the model; violated: some property is, in every"
        " end that the log allows.", lambda session: session.standing),
    "lines": (COUNT, "How many lines it has."),
    "started": (TIME, "When its first line was written."),
    "ended": (TIME, "When its last line was written."),
    "complete": (TRUTH, "Whether nothing more need follow."),
    "connections": (by_name(TEXTS), "Of each process instance, the connections that are certain."),
    "mismatch": (optional(MISMATCH), "Where it stops fitting the model; null: it fits."),
    "properties": (list_of(PROPERTY), "What it says of each property."),
    "note": (TEXT, "Why not more is known, or empty."),
    "faults": (optional(LOG_FAULTS), "What must have gone wrong; null where nothing may, or it does"
        " not fit."),
    "inspections": (list_of(INSPECTION), "What was asked of the server about it, where one was"
        " listened to."),
    "strangers": (TEXTS, "Whose lines were not read as any process's, for it fits only so; of"
        " several, one is."),
})  # fmt: skip

MONITORED = JsonDocument("model-check/monitor/1", "What logs said of a model", (
    JsonObject("monitored", "What `model-check monitor --json` prints. Within version 1 keys are"
        " only added.", {
        "model": (TEXT, "The name of the model."),
        "path": (TEXT, "The path of the spec, as it was given.", itemgetter(1)),
        "faults": FAULTS,
        "logs": (TEXTS, "The logs."),
        "skew_milliseconds": (SECONDS, "How far the clocks of the logs may be apart.",
            lambda row: row[0].skew / 1000),
        "verdict": (_STANDING, "The worst of the sessions'.", lambda row: row[0].standing),
        "lines": (COUNT, "Lines of all logs."),
        "foreign_lines": (COUNT, "Lines that touch no session.", lambda row: row[0].foreign),
        "idle_sessions": (COUNT, "Sessions without a step of the model.",
            lambda row: row[0].idle),
        "skipped_sessions": (COUNT, "Sessions that were not looked at.",
            lambda row: row[0].skipped),
        "cut": (TEXT, "Why not all lines were read, or empty."),
        "sessions": (list_of(SESSION), "The sessions."),
        "notes": (TEXTS, "What else there is to know."),
        "seconds": (SECONDS, "How long it took."),
    }, part=itemgetter(0)),
), ascii=True)  # fmt: skip

"""From how likely runs go wrong to a JSON document, as `model-check likelihood --json` prints it.

Shares are parts of all runs, from 0 to 1; times are whole numbers of nanoseconds.
"""

from __future__ import annotations

from operator import attrgetter, itemgetter

from .json_forms import (
    ANY_NUMBER,
    COUNT,
    NAME,
    TEXT,
    TEXTS,
    TRUTH,
    VALUES,
    JsonDocument,
    JsonKind,
    JsonObject,
    list_of,
    one_of,
    optional,
)

__all__ = ["LIKELIHOODS"]

PART = JsonKind({"type": "number", "minimum": 0, "maximum": 1})
METHOD = one_of("markov", "regions", "simulation", "splitting", "orders")

SHARE = JsonObject("share", "A share of all runs, from 0 to 1.", {
    "estimate": (PART, "The share."),
    "low": (PART, "The lower end of its 95 % interval; the share itself where it is exact."),
    "high": (PART, "The upper end."),
    "runs": (optional(COUNT), "How many of the simulated runs these were; null: none were"
        " simulated, or they were weighted."),
})  # fmt: skip

ENDING = JsonObject("likely_ending", "What runs that violate a property end with.", {
    "values": (VALUES, "The defines at the end, by name.", lambda ending: dict(ending.values)),
    "changing": (TEXTS, "The defines that can still change, in a run that goes on for ever."),
    "share": (SHARE, "The share of all runs that violate it and end so."),
})  # fmt: skip

LIKELIHOOD = JsonObject("likelihood", "How likely a run violates a property.", {
    "property": (NAME, "Its name."),
    "method": (METHOD, "How the share was found: markov and regions compute it, simulation counts,"
        " splitting counts what is rare in parts; orders: no run in which time goes on violates"
        " it, in whatever order the steps come."),
    "share": (SHARE, "The share of all runs that violate it."),
    "endings": (list_of(ENDING), "How these runs end, the most likely first."),
})  # fmt: skip

MEAN = JsonObject("mean", "The mean of a define at the end of all runs.", {
    "name": (NAME, "The name of the define."),
    "counted": (TRUTH, "Whether it is how many there are in it; else it is its number."),
    "estimate": (ANY_NUMBER, "The mean."),
    "low": (ANY_NUMBER, "The lower end of its 95 % interval; the mean itself where it is exact."),
    "high": (ANY_NUMBER, "The upper end."),
})  # fmt: skip

TOLD_TIME = JsonObject("told_time", "What was assumed of a step, or of when a process begins.", {
    "step": (NAME, "The step, `gateway.subscribe`, or the process that begins, `gateway`."),
    "time": (TEXT, "Its time, and its chance, as they are written.", attrgetter("text")),
    "source": (one_of("spec", "log"), "Where it is from: log, where values were measured."),
    "place": (TEXT, "Where it stands, `file:line`."),
})  # fmt: skip

LEFT_OUT = JsonObject("left_out", "A property of which nothing is said.", {
    "property": (NAME, "Its name.", itemgetter(0)),
    "why": (TEXT, "Why.", itemgetter(1)),
})  # fmt: skip

NAMED_SHARE = JsonObject("named_share", "The share of runs that violate a property.", {
    "property": (NAME, "Its name.", itemgetter(0)),
    "share": (SHARE, "The share.", itemgetter(1)),
    "method": (METHOD, "How it was found, as at the times of the spec.", itemgetter(2)),
})  # fmt: skip

POINT = JsonObject("sweep_point", "A time of the step that is swept, and what comes of it.", {
    "time": (COUNT, "The mean of its time, in nanoseconds."),
    "shares": (list_of(NAMED_SHARE), "By property, in the order of the spec.",
        lambda point: [
            (*share, how) for share, how in zip(point.shares, point.methods, strict=True)
        ]),
})  # fmt: skip

REPORT = JsonObject("likelihood_report", "How likely runs of a spec go wrong.", {
    "model": (TEXT, "The name of the model.", attrgetter("name")),
    "path": (TEXT, "The path of the spec."),
    "method": (optional(METHOD), "How it was found out, of all runs together; null: nothing was.",
        lambda report: report.method or None),
    "runs": (COUNT, "How many runs were simulated; 0: none."),
    "steps": (COUNT, "How many steps these had together."),
    "seed": (COUNT, "Which runs were simulated."),
    "precision": (PART, "How far a share was to be from an end of its interval at most."),
    "times": (list_of(TOLD_TIME), "What the spec says of times, in its order."),
    "unsaid": (TEXTS, "The steps of which it says nothing, and which take no time."),
    "never": (TEXTS, "What may go wrong of which it says nothing, and which never comes here."),
    "properties": (list_of(LIKELIHOOD), "In the order of the spec."),
    "left_out": (list_of(LEFT_OUT), "The properties of which nothing is said."),
    "means": (list_of(MEAN), "Of the defines that are numbers, or have some in them, and that come"
        " to rest in every run."),
    "swept": (optional(TEXT), "The step whose time is swept; null: none is.",
        lambda report: report.swept or None),
    "points": (list_of(POINT), "The sweep, by ascending time."),
    "notes": (TEXTS, "What else is to be known."),
    "undecided": (TEXT, "Why nothing can be said; empty where something is."),
    "stopped": (TEXT, "Why it ended before it was as precise as asked; empty if it did not."),
})  # fmt: skip

LIKELIHOODS = JsonDocument("model-check/likelihood/1", "How likely runs go wrong", (
    JsonObject("likelihoods", "What `model-check likelihood --json` prints. Within version 1 keys"
        " are only added.", {
        "command": (TEXT, "The command line that does the same again."),
        "specs": (list_of(REPORT), "Of each spec, in the order in which they were named.",
            attrgetter("reports")),
        "files": (TEXTS, "What was written."),
        "notes": (TEXTS, "What should be known of that."),
    }),
))  # fmt: skip

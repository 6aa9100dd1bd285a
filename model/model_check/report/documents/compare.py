"""From a comparison to a JSON document, as `model-check compare --json` prints it."""

from __future__ import annotations

from operator import itemgetter

from ...results.check import PropertyResult, Verdict
from ...results.comparison import Side
from .check import EXPECTED, TRACE
from .faults import FAULTS
from .json_forms import (
    COUNT,
    NUMBER,
    TEXT,
    TEXTS,
    TRUTH,
    VALUES,
    VERDICT,
    JsonDocument,
    JsonObject,
    list_of,
    one_of,
    optional,
)

__all__ = ["COMPARISON"]


def _properties(side: Side) -> list[tuple[PropertyResult, Verdict]]:
    return [(each, side.verdicts[each.name]) for each in side.report.results]


PROPERTY = JsonObject("compared_property", "A property on one schedule, and in every run.", {
    "name": (TEXT, "The name of the property."),
    "on_schedule": (VERDICT, "Whether it holds on this run; undetermined where the run has no end"
        " yet, or leads out of what was explored.", itemgetter(1)),
    "verdict": (VERDICT, "Whether it holds in every run."),
    "expected": (EXPECTED, "What the spec expects of every run."),
}, part=itemgetter(0))  # fmt: skip

SIDE = JsonObject("side", "One of the two specs, and its run.", {
    "model": (TEXT, "The name of the model.", lambda side: side.name),
    "path": (TEXT, "The path of the spec, as it was given.", lambda side: side.report.path),
    "constants": (VALUES, "The constants with their values.", lambda side: side.report.constants),
    "faults": (*FAULTS, lambda side: side.report.faults),
    "states": (COUNT, "How many states were explored.", lambda side: side.report.space.states),
    "complete": (TRUTH, "Whether all were.", lambda side: side.report.space.complete),
    "stopped": (TEXT, "Why not, in words; empty if all were.",
        lambda side: side.report.space.stopped),
    "properties": (list_of(PROPERTY), "In the order of the spec.", _properties),
    "alone": (TEXTS, "Process instances that the other spec does not have."),
    "endless": (TRUTH, "Whether the run goes round for ever where its trace ends."),
    "left": (TRUTH, "Whether the run was left where its trace ends, 10,000 steps after the"
        " schedule, and goes on."),
    "trace": (TRACE, "The run of this spec."),
})  # fmt: skip

TURN = JsonObject("turn", "A turn of the schedule, and what each spec does in it.", {
    "turn": (NUMBER, "The number of the turn.", lambda turn: turn.number),
    "instance": (TEXT, "Whose turn it is: the process instance, as the second spec names it where"
        " it has one."),
    "first": (TEXT, "What it does in the first spec.", lambda turn: turn.first.event),
    "second": (optional(TEXT), "What it does in the second; null where it takes no step.",
        lambda turn: turn.second and turn.second.event),
    "second_step": (optional(NUMBER), "The number of that step in the second trace.",
        lambda turn: turn.second and turn.second.number),
    "why": (TEXT, "Why it takes none there, in words; empty if it does."),
    "difference": (one_of("answer", "step", "passes", None), "Another answer to the same step,"
        " another step, or none; null where both do the same.",
        lambda turn: turn.difference or None),
})  # fmt: skip

COMPARISON = JsonDocument("model-check/compare/1", "One schedule on two specs", (
    JsonObject("comparison", "What `model-check compare --json` prints. Within version 1 keys are"
        " only added.", {
        "command": (TEXT, "The command line that does the same again."),
        "property": (optional(TEXT), "The property that the first run violates and the comparison"
            " is about; null where it violates none.", lambda report: report.shown or None),
        "first": (SIDE, "The spec whose trace gives the schedule."),
        "second": (SIDE, "The spec that follows it."),
        "turns": (list_of(TURN), "The schedule, turn by turn."),
        "differing": (COUNT, "How many turns differ."),
        "rest": (list_of(NUMBER), "Numbers of the steps that the second spec takes after the"
            " schedule.", lambda report: [step.number for step in report.rest]),
        "files": (TEXTS, "What was written."),
        "notes": (TEXTS, "What should be known of that."),
    }),
))  # fmt: skip

"""From a check to one JSON document, for programs: `result.json` and `--json`."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from ...language.forms import FORMS
from ...results.check import Trace, TraceStep, Value
from ...results.reasons import Reason
from .faults import FAULTS
from .json_forms import (
    COUNT,
    INTEGER,
    NAME,
    NUMBER,
    SECONDS,
    TEXT,
    TEXTS,
    TRUTH,
    VALUE,
    VALUES,
    VERDICT,
    JsonDocument,
    JsonObject,
    by_name,
    list_of,
    one_of,
    optional,
)

__all__ = ["CALL", "EXIT_CODE", "EXPECTED", "RESULT", "TRACE"]

EXPECTED = one_of("holds", "violated", "either")
EXIT_CODE = one_of(0, 1, 3)
_PROOF = one_of("z3 and search", "search", "")


def _steps(trace: Trace) -> list[tuple[TraceStep, Any]]:
    """The steps of a trace, each with the watched expressions after it."""
    watch: list[Any] = [*trace.watch_at[1:], *[{}] * len(trace.steps)]
    return list(zip(trace.steps, watch, strict=False))


def _watched_at_first(trace: Trace) -> dict[str, Value]:
    return dict(trace.watch_at[0]) if trace.watch_at else {}


def _told_races(reason: Reason) -> list[tuple[object, Trace | None]]:
    """The first race is that of the property's own trace, which need not stand there twice."""
    return [(race, race.trace if turn else None) for turn, race in enumerate(reason.races)]


CALL = JsonObject("call", "A command as it went over the wire.", {
    "resource": (TEXT, "The resource that was called."),
    "command": (TEXT, "The command's name in the kind."),
    "wire": (TEXT, "The command in wire form."),
    "answer": (TEXT, "The answer in wire form, empty where nothing is answered."),
    "arguments": (VALUES, "The arguments by the names of the parameters."),
    "result": (VALUE, "What it gave to the step."),
    "sending": (TRUTH, "True: sent only, the answer comes in a later step."),
})  # fmt: skip

STATE = JsonObject("state", "One state.", {
    "variables": (VALUES,
        "Every variable by its shown name (`client.shown`), in the order of the spec."),
    "locations": (by_name(TEXT),
        "For each process instance the labels of its possible next steps, joined by ` | `, or"
        " `(end)`, or `(crashed)` where it crashed and does not start again."),
})  # fmt: skip

FOUND = JsonObject("found", "A condition of the spec, and how it came out.", {
    "text": (TEXT, "The condition."),
    "true": (TRUTH, "Whether it was true."),
})  # fmt: skip

STEP = JsonObject("step", "One step and the state after it.", {
    "number": (NUMBER, "From 1."),
    "event": (TEXT, "The step's full name, `ai_service.save[7]`; `...#2` for the second of this"
        " name."),
    "instance": (TEXT, "The process instance that acts, or what goes wrong (`fault`)."),
    "label": (TEXT, "The step's label in the spec."),
    "indices": (list_of(VALUE), "The values of the loops around it, the outermost first."),
    "occurrence": (NUMBER, "Which event of this name it is in the trace, from 1."),
    "calls": (list_of(CALL), "The commands that it sent, in order."),
    "changed": (TEXTS, "The names of the variables that it changed."),
    "state": (STATE, "The state after it; after a run-time error, the state before it."),
    "watch": (VALUES, "The watched expressions after it.", itemgetter(1)),
    "source": (TEXT, "The file in which the label stands."),
    "line": (COUNT, "The line of the label."),
    "fault": (TRUTH, "True: it is what may go wrong with `instance`, which is a resource or a"
        " process instance; `label` says what: `crashes`, `loses`."),
    "timeout": (TRUTH, "True: it is taken where something else has waited too long."),
    "found": (list_of(FOUND), "The conditions of the spec that it looked at, in order."),
    "unchanged": (list_of(TEXT), "Of a step without commands and conditions: the variables that it"
        " may set, and that have the value that they had."),
    "crashes": (TRUTH, "True: its process crashes in it, by itself or because it does not catch"
        " that a connection is broken."),
}, part=itemgetter(0))  # fmt: skip

KNOWN = JsonObject("known", "A variable that a condition reads, and its value.", {
    "name": (NAME, "Its shown name."),
    "value": (VALUE, "Its value."),
    "step": (optional(NUMBER), "The last step of the trace that changed it; null: it is as it was"
        " at the start."),
})  # fmt: skip

WAIT = JsonObject("wait", "What holds a process instance back in a deadlock.", {
    "instance": (NAME, "The process instance."),
    "place": (TEXT, "The labels of its possible next steps, joined by ` | `."),
    "text": (TEXT, "The condition that is false, as the spec has it; of a command that blocks, the"
        " command in wire form."),
    "command": (TRUTH, "Whether it is a command that blocks."),
    "reads": (list_of(KNOWN), "What the condition depends on, of what some step changes."),
    "givers": (TEXTS, "The steps of others that change something of that and may still come:"
        " `consumer.unlock`. Whether they would make the condition true is not said."),
    "rivals": (TEXTS, "Those of others that may still come, and need the same condition"
        " themselves."),
    "gone": (TEXTS, "Those of others that nobody comes to any more."),
    "own": (TEXTS, "Those of the instance itself."),
})  # fmt: skip

TRACE = JsonObject("trace", "A run from an initial state.", {
    "length": (COUNT, "The number of steps.", lambda trace: len(trace.steps)),
    "end": (one_of("final", "deadlock", "state", "rest", "error", "loop"),
        "What the end is: a state where nothing but faults can happen any more and all is well,"
        " a deadlock,"
        " the state that was asked for in the middle of a run, a run-time error; `rest`: nothing"
        " that can happen there has to; `loop`: there is none."),
    "loop_from": (optional(COUNT), "Of a run without an end: the steps after this many lead back"
        " to the state there, and come again and again for ever (but for `varying`, all that is"
        " shown of it is as it was); null where the run ends."),
    "varying": (TEXTS, "Of a run without an end: the variables that may have other values in each"
        " round, where neither a step nor the property reads these again."),
    "error": (TEXT, "The run-time error's message, or empty."),
    "error_at": (TEXT, "The run-time error's file:line:column, or empty."),
    "may_go_wrong": (TRUTH, "Whether a fault still can happen at the end."),
    "waits": (list_of(WAIT), "In a deadlock: who waits for what."),
    "cycle": (TEXTS, "In a deadlock: process instances each of which waits for something that a"
        " step of the next changes, the last for something of the first; empty where there is no"
        " such cycle."),
    "watch": (VALUES, "The watched expressions at the end."),
    "initial": (STATE, "The state before the first step."),
    "initial_watch": (VALUES, "The watched expressions before the first step.",
        _watched_at_first),
    "steps": (list_of(STEP), "The steps in order.", _steps),
})  # fmt: skip

ENDING = JsonObject("ending",
    "A class of violating states: those that give the defined expressions these values.", {
    "values": (VALUES, "The values of the defined expressions."),
    "states": (NUMBER, "How many states are in the class."),
    "length": (COUNT, "The number of steps of the shortest trace to one of them."),
    "preferred": (list_of(INTEGER), "The values of the property's `prefer` numbers."),
    "trace": (optional(TRACE), "A shortest trace to one, where it was asked for."),
})  # fmt: skip

DETAILS = JsonObject("details", "What is said of a fact's first event beside its name.", {
    "placed": (TEXT, "Between which steps of its process it comes, or empty."),
    "leaves": (TEXT, "What is chosen in it, or empty."),
    "fault": (TRUTH, "Whether it is something that goes wrong."),
})  # fmt: skip

FACT = JsonObject("fact", "`first` happens, and `second` does not happen before it.", {
    "text": (TEXT, "The fact in words.", str),
    "first": (TEXT, "An event that happens; empty where none has to."),
    "second": (TEXT, "An event that does not happen before `first`, or does not happen at all,"
        " where that is empty; empty itself where only `first` counts."),
    "both": (TRUTH, "Whether `second` happens all the same, later: it comes after `first`."),
    "details": (DETAILS, "What more is said of `first`, or, where that is empty and `second` too,"
        " of the beginning."),
    "witness": (TEXTS, "The events of a run that keeps the other facts, does not keep this one"
        " and does not violate."),
})  # fmt: skip

RACE = JsonObject("race", "One reason: every run that keeps its facts violates the property.", {
    "facts": (list_of(FACT), "A smallest set of facts that forces the violation."),
    "proved_by": (_PROOF, "Who proved it."),
    "trace": (optional(TRACE), "A run that keeps these facts and those of no other race; null"
        " for the first, which is the property's own.", itemgetter(1)),
}, part=itemgetter(0))  # fmt: skip

PATTERN = JsonObject("pattern", "Races that differ in numbers alone.", {
    "facts": (TEXTS, "The facts in words, with names for the numbers."),
    "values": (by_name(list_of(INTEGER)),
        "For each name its values; every combination is one of the races."),
    "different": (TRUTH, "True: every combination of different values is, and no other."),
    "races": (list_of(COUNT), "Which of the races, from 0."),
})  # fmt: skip

REASON = JsonObject("reason",
    "Why a violation happens: every run that keeps all facts violates the property.", {
    "facts": (list_of(FACT), "The smallest set of facts that forces the violation; none: every run"
        " violates."),
    "scope": (TEXT, "Which runs are meant, in words: all of them in `complete runs` and in"
        " `fair runs`. What is said of the races is said of these, too."),
    "proved_by": (_PROOF, "Who proved it; empty where there is no reason (then `note` says why)."),
    "note": (TEXT, "What else there is to say."),
    "seconds": (SECONDS, "How long it took."),
    "races": (list_of(RACE), "All different reasons, that of the trace first.", _told_races),
    "patterns": (list_of(PATTERN), "The races told together where they differ in numbers alone."),
    "complete_by": (_PROOF, "Who proved that every run that violates keeps the facts of one of"
        " the races; empty where that was not shown."),
    "races_note": (TEXT, "Why that was not shown, or empty."),
    "needs_faults": (TRUTH, "True: no run violates unless something goes wrong; false: one does, or"
        " it was not looked at."),
})  # fmt: skip

NO_RETURN = JsonObject("no_return",
    "The point of no return: the first step of the trace after which every continuation"
    " violates.", {
    "step": (optional(COUNT), "The step's number; 0: every run violates, or, where there is a"
        " note, every run from this initial state; null: not known, or, without a note, there is"
        " none: a run without an end need not have one, nor one that what may go wrong could go"
        " on with."),
    "note": (TEXT, "Why it is not known, or that there are other initial states; or empty."),
    "fair": (TRUTH, "Whether only fair continuations count: of a property that speaks of whole"
        " runs."),
})  # fmt: skip

BOUNDED = JsonObject("bounded",
    "A second judgement, by z3, for runs of a bounded number of steps.", {
    "answer": (one_of("agrees", "disagrees", "undetermined"),
        "Whether it agrees with the search. Where it disagrees, the verdict is undetermined."),
    "steps": (COUNT, "Violated: by runs of this many steps and none shorter. Holds: no run of at"
        " most this many steps violates it. A run without an end has so many until it has gone"
        " round once."),
    "note": (TEXT, "Why it is undetermined; or that a run without an end violates it that has gone"
        " round sooner; or empty."),
    "seconds": (SECONDS, "How long it took."),
})  # fmt: skip

MOMENTS = JsonObject("moments", "When a formula is true in a trace.", {
    "name": (TEXT, "Its part in the form, such as `after`, or its text in a temporal formula; empty"
        " of the only one."),
    "text": (TEXT, "The formula as it is written in the spec."),
    "true": (list_of(optional(TRUTH)), "Whether it is true, in the initial state and after each"
        " step; null where it has no value."),
})  # fmt: skip

PASSED_OVER = JsonObject("passed_over", "Who takes no step in a loop, or never a certain one.", {
    "instance": (TEXT, "The process instance."),
    "place": (TEXT, "Where it stands; of a `choice`, the step that it never takes."),
    "why": (one_of("ended", "waits", "at times", "unfair", "choice"), "It has ended; it can take no"
        " step; it can at times, and not all the time; nothing is promised to it; it takes steps,"
        " and never this one, which it could."),
    "at": (list_of(COUNT), "After which steps of the trace it could; 0: at the start."),
})  # fmt: skip

WITHOUT_FAULTS = JsonObject("without_faults", "A property where nothing goes wrong.", {
    "verdict": (VERDICT, "The verdict then."),
    "expected": (EXPECTED, "What is expected then; `either`: what the spec says of itself with its"
        " faults leaves it open."),
    "as_expected": (TRUTH, "Whether the verdict is so."),
})  # fmt: skip

TERM = JsonObject("term", "A part of a formula, and its value.", {
    "text": (TEXT, "The part: `len(client.shown)`, `old(n)`; `false for c`, whose value are those"
        " of `c` of which what `all` asks is false; `true for c`, likewise of `any`."),
    "value": (VALUE, "Its value."),
})  # fmt: skip

FORMULA_VALUES = JsonObject("formula_values", "What the parts of formulas are in a trace.", {
    "step": (COUNT, "After which step of the trace; 0: at the start."),
    "terms": (list_of(TERM), "The parts that have a value there, in the order of the text."),
    "reads": (TEXTS, "The variables that the formulas depend on."),
})  # fmt: skip

PROPERTY = JsonObject("property", "A property and its verdict.", {
    "name": (NAME, "The property's name."),
    "kind": (one_of(*FORMS), "The form: what must be true when."),
    "about": (TEXT, "What the spec says about it."),
    "text": (TEXT, "The formula as it is written in the spec."),
    "verdict": (VERDICT, "What was found. `undetermined`: it was not decided, for a limit ended"
        " the search or `note` says why."),
    "note": (TEXT, "What the verdict leaves open although everything was explored, in words; empty"
        " where that is nothing."),
    "expected": (EXPECTED, "What the spec expects; `either`: faults were left out, and what it says"
        " of itself with them leaves it open."),
    "as_expected": (TRUTH, "Whether the verdict is the expected one."),
    "violating_states": (COUNT, "In how many states it is violated: of `each_step`, those that a"
        " step that violates it leads to; of a property of whole runs, those in which a run that"
        " violates it ends, or, where none ends so, has violated it whatever would follow. 0 where"
        " no state is wrong: a run without an end violates it, or no state is as `possible` asks"
        " for."),
    "trace": (optional(TRACE), "The violation that is shown, by its shortest trace; of a `possible`"
        " that holds, the shortest run to such a state; null where there is none. Of a simulation"
        " it need not be a shortest one of all runs."),
    "moments": (list_of(MOMENTS), "Of a property of whole runs: when each of its formulas is true"
        " in the trace."),
    "passed_over": (list_of(PASSED_OVER), "Of a trace without an end: who takes no step in what"
        " comes again and again, or never a certain one, and why the run is fair."),
    "values": (optional(FORMULA_VALUES), "What the parts of its formulas are where the trace shows"
        " them, at its end, or where it goes round with the formula false; null where there is no"
        " trace, or no formula."),
    "endings": (list_of(ENDING), "The violating states, as counted above, told apart by the values"
        " of the defined expressions; the shortest trace first."),
    "chosen_ending": (optional(COUNT), "Which of the endings the trace shows (from 0).",
        lambda result: result.chosen),
    "reason": (optional(REASON), "Why it is violated; null where that was not asked."),
    "no_return": (optional(NO_RETURN), "From which step of the trace on the violation is certain;"
        " null where that was not asked."),
    "bounded": (optional(BOUNDED), "What z3 says of the verdict (`--check bounded`); null where it"
        " was not asked."),
    "limit": (TEXT, "The limit of this tool, and where, that the formula meets in some state;"
        " empty where it meets none."),
    "walks": (optional(COUNT), "Of a simulation: on how many walks it was violated, or, of a"
        " `possible`, shown; null where nobody counted."),
    "without_faults": (optional(WITHOUT_FAULTS), "What is found where nothing goes wrong; null"
        " where that was not asked: it is asked of a folder's specs that have faults."),
    "source": (TEXT, "The path of the file in which the property's name stands."),
    "line": (NUMBER, "The line, from 1."),
})  # fmt: skip

UNTAKEN_STEP = JsonObject("untaken_step",
    "A step that no run takes, or no walk, and where its label stands.", {
    "name": (TEXT, "Its process and its label: `consumer.pop`."),
    "source": (TEXT, "The path of the file."),
    "line": (NUMBER, "The line, from 1."),
})  # fmt: skip

UNSEEN = JsonObject("unseen", "What no run shows, besides steps that none takes.", {
    "kind": (one_of("always", "never", "premise", "ends", "taken", "faults"),
        "A condition that is always or never true; a premise of a property that no state has; ends"
        " of runs that a property asks for, and there are none; a step that is taken though the"
        " spec says that it never is; faults that may happen by the spec, and are in no run, or"
        " not so often."),
    "text": (TEXT, "The condition, the property with its premise, the property, the step, or what"
        " goes wrong: `worker.crashes`, or `2 times worker.crashes`."),
    "source": (TEXT, "The path of the file."),
    "line": (NUMBER, "The line, from 1."),
})  # fmt: skip

WARNING = JsonObject("warning", "What the checker warns of, and where.", {
    "file": (TEXT, "The path of the file.", lambda warning: warning.position.source.path),
    "line": (NUMBER, "The line, from 1.", lambda warning: warning.position.line),
    "column": (NUMBER, "The column, from 1.", lambda warning: warning.position.column),
    "message": (TEXT, "What it is."),
    "hint": (TEXT, "What to do about it, or why it is so; may be empty."),
    "code": (TEXT, "By which `model-check explain` tells more of it."),
})  # fmt: skip

SIMULATION = JsonObject("simulation", "Walks at random, taken where nothing was explored.", {
    "walks": (COUNT, "How many were begun."),
    "steps": (COUNT, "The steps of all of them together."),
    "seed": (COUNT, "What made them what they are: the same seed and number give the same walks."),
    "depth": (NUMBER, "How many steps a walk may have."),
    "longest": (COUNT, "The steps of the longest one."),
    "over": (TEXT, "Why no more were taken."),
    "final": (COUNT, "Walks that ended where nothing can happen any more and every process has"
        " ended, crashed or rests."),
    "deadlocks": (COUNT, "Walks that ended in a deadlock."),
    "failed": (COUNT, "Walks that ended with a run-time error, where nothing else could happen."),
    "outside": (COUNT, "Walks that ended outside of `within`."),
    "cut": (COUNT, "Walks that were cut off after `depth` steps."),
    "limited": (COUNT, "Walks that met a limit of this tool."),
    "limit": (TEXT, "The first such limit; or empty."),
    "states": (COUNT, "How many different states there were on them: an estimate, within some"
        " percent."),
    "late_steps": (COUNT, "The last steps, about a tenth of all ..."),
    "late_states": (COUNT, "... and how many of these led to a state that was new: an estimate."),
    "untaken": (list_of(UNTAKEN_STEP), "The steps and faults that no walk took."),
})  # fmt: skip

SPACE = JsonObject("space", "The size of what was explored.", {
    "states": (COUNT, "Reachable states found; of a simulation see there: an estimate of the"
        " different states on all walks."),
    "transitions": (COUNT, "Transitions between them; of a simulation the steps of all walks."),
    "depth": (COUNT, "Steps to the farthest state; of a simulation those of the longest walk."),
    "final_states": (COUNT, "States where nothing but faults can happen any more and every process"
        " has ended, crashed or rests; of a simulation the walks that end so."),
    "deadlock_states": (COUNT, "States where nothing but faults can happen although some process"
        " has not ended; of a simulation the walks that end so."),
    "outside": (COUNT, "States outside of `within`, which were not gone on from: what holds, holds"
        " within it; of a simulation the walks that end so."),
    "within": (TEXT, "What the spec has under `within`; or empty."),
    "state_bits": (COUNT, "Bits of a state."),
    "reduced": (list_of(TEXT), "What made it smaller, with no difference to what is asked:"
        " order (of steps that can change places, some waited), symmetry (states that differ only"
        " in which instance is which count as one). The numbers are those of what is left."),
    "left_out": (COUNT, "Transitions that were not followed from the states that are left."),
    "alike": (list_of(TEXT), "Which instances are alike, in words."),
    "complete": (TRUTH, "Whether everything was explored, but for what was left out so."),
    "stopped": (TEXT, "Why the search ended early; empty where it did not."),
    "grew": (TEXT, "The variable that may grow without end, or empty."),
    "growth": (optional(TRACE), "The trace that makes it grow, or that leads to the limit of this"
        " tool that `stopped` tells."),
    "seconds": (SECONDS, "How long the search took."),
    "simulation": (optional(SIMULATION), "What was walked, if nothing was explored; else null."),
})  # fmt: skip

RESULT = JsonDocument("model-check/result/1", "The result of a check", (JsonObject("result",
    "What `model-check` found in one spec: `result.json` and `--json`. Within version 1 keys are"
    " only added.", {
    "model": (NAME, "The model's name."),
    "about": (TEXT, "What the spec says about itself."),
    "path": (TEXT, "The spec's path as it was given."),
    "command": (TEXT, "The command line that repeats the check."),
    "constants": (VALUES, "The constants the check ran with, by name."),
    "exit_code": (EXIT_CODE, "0: every verdict as expected; 1: some verdict is another one; 3:"
        " undetermined. (2 means that nothing was checked: then there is no result.)"),
    "as_expected": (TRUTH, "Whether every property has the verdict that the spec expects.",
        lambda report: all(each.as_expected for each in report.results)),
    "properties": (list_of(PROPERTY), "The properties in the order of the spec, the built-in ones"
        " last.", lambda report: report.results),
    "untaken_steps": (optional(list_of(UNTAKEN_STEP)), "The steps that no run takes, in the order"
        " of the spec; null where that is not known: not everything was explored, or the space is"
        " too large to look.", lambda report: report.untaken),
    "unseen": (optional(list_of(UNSEEN)), "What else no run shows; null where that is not known."),
    "space": (SPACE, "The size of what was explored."),
    "files": (TEXTS, "The names of the files that were written, beside this one."),
    "notes": (TEXTS, "What there is to know about the files, such as a picture that could not be"
        " drawn."),
    "warnings": (list_of(WARNING), "What the checker warns of: the spec means what it says, and"
        " hardly what was meant."),
    "faults": FAULTS,
    "unjudged": (TEXT, "Why the judging ended early although everything was explored, so that what"
        " is undetermined may be for that; empty where it did not."),
    "goes_on": (TEXT, "The command line that goes on from where a limit ended it, if the search was"
        " written down (`--checkpoint`); else empty."),
}),))  # fmt: skip

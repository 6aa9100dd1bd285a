"""From a reason to sentences: why a run violates, what went wrong in it, and all cases in which one
does.

In: a property's result. Out: the sentences of every output. A fact is told as `results.reasons`
tells it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ...codes import Code, with_code
from ...results.check import PropertyResult, Trace, TraceStep
from ...results.reasons import ALL_RUNS, Fact, Pattern, Reason, ordinal
from ...verify.show import printable
from .columns import counted
from .faults import fault_text

__all__ = ["aside_text", "pattern_text", "races_text", "reason_text", "window_text"]

FAULTS_NAMED = 3
_TURN = re.compile(r"#(\d+)(?![\w#])")


def reason_text(result: PropertyResult) -> tuple[str, ...]:
    """Why the violation happens, in plain words: one line, or two with a note."""
    reason = result.reason
    if reason is None:
        return ()
    lines = []
    if reason.proved_by:
        exact = _is_exact(reason)
        name = printable(result.name)
        if reason.facts:
            when = "exactly when" if exact else "whenever"
            text = f"{name} is violated {when} {_clauses(map(str, reason.facts))}"
        elif reason.scope in (*ALL_RUNS, ""):
            text = f"{name} is violated for certain, in whatever order things happen"
        else:
            text = f"{name} is violated for certain in all {printable(reason.scope)}"
        told = reason.facts and reason.scope not in ("", *ALL_RUNS)
        scope = f", in {printable(reason.scope)}" if told else ""
        lines.append(f"{text}{scope} (proved by {printable(reason.proved_by)})")
    if reason.note:
        note = printable(reason.note)
        lines.append(note if reason.proved_by else with_code(note, Code.NO_REASON))
    return tuple(lines)


def _is_exact(reason: Reason) -> bool:
    """Whether one sentence says all: there is one reason, no other, and one proof of both."""
    one = len(reason.races) == 1 and bool(reason.facts)
    return one and reason.complete_by == reason.proved_by


def _clauses(facts: Iterable[str]) -> str:
    """Facts as one part of a sentence: `a comes before b, and c happens`."""
    *others, last = map(printable, facts)
    return f"{', '.join(others)}, and {last}" if others else last


def aside_text(result: PropertyResult) -> str:
    """What a reader of the reason needs to know of the run beside it: what goes wrong in it that
    the reason does not name, and what `#2` means; "" where there is nothing to say."""
    reason, trace = result.reason, result.trace
    if trace is None:
        return ""
    facts = reason.facts if reason is not None and reason.proved_by else ()
    named = {each.first for each in facts if each.details.fault}
    wrong = [
        step
        for step in trace.steps
        if step.crashes or step.fault
        if not (step.fault and step.event in named)
    ]
    told = [f"{_wrong_text(each)} in step {each.number:,}" for each in wrong[:FAULTS_NAMED]]
    if len(wrong) > FAULTS_NAMED:
        told.append(f"{counted(len(wrong) - FAULTS_NAMED, 'more fault')} later")
    *others, last = told or [""]
    run = "In this run" if not named else "In this run also"
    if facts and reason is not None and reason.needs_faults and not named:
        limited = reason.scope not in (*ALL_RUNS, "")
        none = f"none of the {printable(reason.scope)}" if limited else "no run"
        run = f"Without a fault {none} violates it; in this one"
    faults = f"{run} {', '.join(others)}{', and ' * bool(others)}{last}." if told else ""
    return " ".join(each for each in (faults, _missing(facts, trace), _turns(facts)) if each)


def _wrong_text(step: TraceStep) -> str:
    """What goes wrong in a step: a fault, or that its process does not catch one."""
    return fault_text(step) if step.fault else f"{printable(step.instance)} crashes"


def _missing(facts: Sequence[Fact], trace: Trace) -> str:
    """Which events that come later, if at all, never do in this run, which is whole."""
    if trace.end not in ("final", "deadlock", "rest"):
        return ""
    events = {step.event for step in trace.steps}
    later = dict.fromkeys(each.second for each in facts if each.first and each.second)
    missing = [printable(each) for each in later if each not in events]
    told = " and ".join(missing[:FAULTS_NAMED])
    does = "does" if len(missing) == 1 else "do"
    return f"{told} {does} not happen in this run." if missing else ""


def _turns(facts: Sequence[Fact]) -> str:
    """What the first `#2` that is read stands for."""
    for event in (event for each in facts for event in (each.first, each.second)):
        # A fault that comes again is told in words.
        if found := _TURN.search(event):
            return f"({found[0]}: the {ordinal(int(found[1]))} time.)"
    return ""


def races_text(result: PropertyResult) -> tuple[str, tuple[str, ...], str]:
    """All reasons there are, in plain words: a sentence on how many and whether these are all,
    a line for each pattern, and who proved it; empty texts where there is nothing to say."""
    reason = result.reason
    if reason is None or not reason.races or not reason.facts or _is_exact(reason):
        return "", (), ""
    name = printable(result.name)
    limited = reason.scope not in (*ALL_RUNS, "")
    if len(reason.races) == 1:
        if not reason.complete_by:
            note = f"It may be violated for other reasons too: {printable(reason.races_note)}"
            return note, (), ""
        these = "in these runs " if limited else ""
        proved = f"there is no other (proved by {printable(reason.complete_by)})"
        return f"This is the only reason: {these}{name} is violated exactly then", (), proved
    name = f"In {printable(reason.scope)}, {name}" if limited else name
    lines = tuple(pattern_text(each) for each in reason.patterns)
    cases = f"in {'this case' if len(lines) == 1 else f'these {len(lines):,} cases'}"
    if not reason.complete_by:
        note = printable(reason.races_note)
        return f"{name} is violated {cases}, and maybe in others: {note}", lines, ""
    proved = f"there are no others (proved by {printable(reason.complete_by)})"
    if len(lines) == 1:
        return f"{name} is violated exactly when, {lines[0]}", (), proved
    return f"{name} is violated exactly {cases}:", lines, proved


def window_text(result: PropertyResult) -> tuple[str, ...]:
    """What stands at the window in which the violation became certain: a line a fact, and
    of which runs that is true where not of all."""
    reason = result.reason
    if reason is None or not reason.facts:
        return ()
    first, *others = [printable(str(each)) for each in reason.facts]
    which = "" if reason.scope in (*ALL_RUNS, "") else f" in {printable(reason.scope)}"
    return (f"risk window: certain{which} once {first}", *(f"and {each}" for each in others))


def pattern_text(pattern: Pattern) -> str:
    """`for some chunk in 7..10, a[chunk] comes before b, and c comes before d[chunk]`; `for some
    different i and j in 0..2, ...`."""
    text = _clauses(pattern.facts)
    if not pattern.values:
        return text
    if pattern.different:
        first = _values_text(next(iter(pattern.values.values())))
        *names, last = pattern.values
        told = printable(f"{', '.join(names)} and {last}")
        return f"for some different {told} in {first}, {text}"
    values = " and ".join(f"{n} in {_values_text(v)}" for n, v in pattern.values.items())
    return f"for some {printable(values)}, {text}"


def _values_text(values: tuple[int, ...]) -> str:
    if len(values) > 1 and values == tuple(range(values[0], values[-1] + 1)):
        return f"{values[0]}..{values[-1]}"
    return "{" + ", ".join(map(str, values)) + "}"

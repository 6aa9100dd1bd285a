"""From a run that is judged as a whole to sentences for somebody who never heard of a lasso: what
goes round for ever, what of it may differ from round to round, when a formula was true, and why a
loop that leaves somebody out is fair.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...language.records import replace
from ...results.check import CRASHED, PropertyResult, SpaceSummary, Trace
from ...results.in_time import Moments, PassedOver
from ...verify.show import printable
from .columns import counted

__all__ = [
    "again_text", "fairness_text", "loop_text", "moments_text", "nowhere_text", "round_text",
    "when_text",
]  # fmt: skip

RANGES_TOLD = 4
"""Stretches of steps that are told before the rest is counted."""
VARIABLES_TOLD = 4
"""Variables that are named before the rest is counted."""


def loop_text(trace: Trace) -> str:
    """Which steps of a run without an end go round: `step 3`, `steps 3 and 4`, `steps 3 to 7`."""
    assert trace.loop_from is not None
    return _steps([*range(trace.loop_from + 1, len(trace.steps) + 1)])


def again_text(trace: Trace) -> str:
    """That these steps never stop: `steps 3 and 4 come again and again, for ever`."""
    assert trace.loop_from is not None
    one = trace.loop_from + 1 == len(trace.steps)
    return f"{loop_text(trace)} {'comes' if one else 'come'} again and again, for ever"


def round_text(trace: Trace) -> str:
    """Why they never stop: where the loop closes, everything is as it was where it began, or all
    that makes a difference."""
    begin = trace.loop_from
    assert begin is not None
    first = trace.steps[begin - 1].state if begin else trace.initial
    same = first == trace.steps[-1].state and not trace.varying
    what = "everything" if same else "all that is read again"
    return f"after step {len(trace.steps):,} {what} is as it was {when_text([begin])}"


def _varying(names: Sequence[str]) -> str:
    """What need not come back."""
    shown = [printable(each) for each in names[:VARIABLES_TOLD]]
    rest = len(names) - len(shown)
    shown += [counted(rest, "more variable")] if rest else []
    listed = shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
    where = "where neither a step nor this property reads the value again"
    return f"{listed} may differ from round to round, {where}"


def when_text(moments: Sequence[int]) -> str:
    """Moments of a run by the numbers of the steps before them: `at the start and after steps 2
    to 5`."""
    told = ["at the start"] if 0 in moments else []
    after = [number for number in moments if number]
    if after:
        told.append(f"after {_steps(after)}")
    return " and ".join(told)


def _steps(numbers: Sequence[int]) -> str:
    """`step 3`, `steps 3 and 4`, `steps 3 to 7 and 9`; of numbers in order."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] + 1 == number:
            runs[-1].append(number)
        else:
            runs.append([number])
    told = []
    for run in runs[:RANGES_TOLD]:
        pair = [f"{number:,}" for number in run]
        told += pair if len(run) < 3 else [f"{pair[0]} to {pair[-1]}"]
    rest = sum(map(len, runs[RANGES_TOLD:]))
    if rest:
        told.append(f"{rest:,} more")
    word = "step" if len(numbers) == 1 else "steps"
    listed = told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"
    return f"{word} {listed}"


def nowhere_text(result: PropertyResult, space: SpaceSummary) -> str:
    """That no state is as a violated property asks for one; "" of all others."""
    if not result.form.somewhere or result.verdict != "violated":
        return ""
    which = "state that is reached within `within`" if space.outside else "reachable state"
    looked = "all that make a difference" if space.reduced else "all of them"
    return f"no {which} has it ({counted(space.states, 'state')}, {looked} looked at)"


# --- when its formulas are true --------------------------------------------------------------


def moments_text(result: PropertyResult) -> tuple[str, ...]:
    """What never came, or never stayed, in the run that violates a property in time."""
    trace, moments = result.trace, result.moments
    if trace is None or not moments:
        return ()
    if result.form.parts:
        found = _unanswered(*moments)
    elif result.form.at_ends:
        found = _unsteady(moments[0], trace)
    else:
        found = ""
    return (found,) if found else tuple(map(_truths, moments))


def _unanswered(after: Moments, comes: Moments) -> str:
    """Of `leads_to`: since when what has to come does not. "" where that is not so."""
    last = len(comes.true)
    while last and comes.true[last - 1] is False:
        last -= 1
    asked = [at for at in range(last, len(after.true)) if after.true[at]]
    if not asked:
        return ""
    since = f"{_quoted(after)} is true {when_text(asked[:1])}"
    return f"{since}, and {_quoted(comes)} is never true from then on"


def _unsteady(asked: Moments, trace: Trace) -> str:
    """Of `finally` in a run that never ends: where in the loop it is false."""
    if trace.loop_from is None:
        return ""
    around = range(trace.loop_from + 1, len(trace.steps) + 1)
    false = [at for at in around if asked.true[at] is False]
    if not false:
        return ""
    whole = len(false) == len(around)
    again = "all the way round" if whole else f"{when_text(false)}, again and again"
    return f"{_quoted(asked)} is false {again}: it never becomes true for good"


def _truths(asked: Moments) -> str:
    """When a formula is true in a run, whatever is asked of it."""
    name = _quoted(asked)
    true = [at for at, each in enumerate(asked.true) if each]
    false = [at for at, each in enumerate(asked.true) if each is False]
    if len(true) == len(asked.true):
        return f"{name} is true in every state of this run"
    if len(false) == len(asked.true):
        return f"{name} is true in no state of this run"
    if true:
        rest = ", and in no other state" if len(true) + len(false) == len(asked.true) else ""
        return f"{name} is true {when_text(true)}{rest}"
    known = f"is false {when_text(false)}" if false else "has no value in this run"
    return f"{name} {known}"


def _quoted(asked: Moments) -> str:
    return f"`{printable(asked.text)}`"


# --- why a loop is fair ----------------------------------------------------------------------

_FAIR = "Fairness promises a step only to who can take one all the time."
_FREE = "A free choice may go the same way for ever."


def fairness_text(result: PropertyResult) -> tuple[str, ...]:
    """What need not come back in the loop of a property's trace, who is left out by it, and why
    such a run counts all the same."""
    trace = result.trace
    if trace is None or trace.loop_from is None:
        return ()
    told = (_varying(trace.varying),) if trace.varying else ()
    acting = {step.instance for step in trace.steps[trace.loop_from :]}
    if acting >= {*trace.initial.locations} and not result.passed_over:
        return (*told, "every process takes a step in the loop: nobody is passed over")
    passed = _once_each(result.passed_over)
    idle = [each for each in passed if each.why in ("ended", "waits")]
    lines = [*told]
    if idle:
        lines.append(f"meanwhile {'; '.join(map(_rest, idle))}")
    lines += (_left_out(each) for each in passed if each not in idle)
    if result.no_return is not None and result.no_return.step is not None:
        # Whatever more is promised, some run begins like this one, and violates.
        return tuple(lines)
    return (*lines, *_stricter(result.passed_over))


def _once_each(passed: Sequence[PassedOver]) -> list[PassedOver]:
    """The same with what is alike told once: the branches of a process that are passed over for one
    reason, at all their places."""
    alike: dict[tuple[object, ...], list[PassedOver]] = {}
    for turn, each in enumerate(passed):
        apart = turn if each.why in ("ended", "choice") else -1
        alike.setdefault((each.instance, each.why, each.at, apart), []).append(each)
    return [
        replace(group[0], place=" and ".join(dict.fromkeys(each.place for each in group)))
        for group in alike.values()
    ]


def _rest(each: PassedOver) -> str:
    name = printable(each.instance)
    if each.why == "ended":
        return f"{name} has {'crashed' if each.place == CRASHED else 'ended'}"
    return f"{name} waits at {printable(each.place)} and cannot go on"


def _left_out(each: PassedOver) -> str:
    name, place, when = printable(each.instance), printable(each.place), when_text(each.at)
    match each.why:
        case "at times":
            return f"{name} stays at {place}: it can go on {when}, and not all the time"
        case "unfair":
            return f"{name} stays at {place}: it can go on {when}, and need not (fairness: none)"
        case _:
            return f"{name} never takes {place}, which it can {when}"


def _stricter(passed: Sequence[PassedOver]) -> Iterator[str]:
    """What a spec would say to rule such a loop out: of several promises each by itself does."""
    strong = {_process(each): None for each in passed if each.why == "at times"}
    if strong:
        names = ", or with ".join(f"fairness: strong on {name}" for name in strong)
        yield f"{_FAIR} With {names}, this loop would not count"
    labels: dict[str, list[str]] = {}
    for each in passed:
        if each.why == "choice":
            found = labels.setdefault(_process(each), [])
            found += [each.place] if each.place not in found else []
    if labels:
        names = ", or with ".join(
            f"strong: [{printable(label)}] on {name}"
            for name, found in labels.items()
            for label in found
        )
        yield f"{_FREE} With {names}, this loop would not count"


def _process(each: PassedOver) -> str:
    return printable(each.instance.partition("[")[0])

"""What is told of one property with a trace as text: its run, its end, its endings, and why.

In: a property's result with a trace. Out: lines for a terminal. What was told of an earlier
property of the same check is not told again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...language.records import dataclass
from ...results.check import CheckReport, PropertyResult, Trace, Value, trace_of
from ...results.reasons import AFTER, ALL_RUNS, BEFORE, COMPLETE_RUNS
from ...verify.show import printable
from ..sequence.diagram import sequence_of
from ..words.brief import symptom_texts
from ..words.columns import NARROWEST, display_width, shorten, together, wrap
from ..words.formula import end_values, reads_of
from ..words.phrases import (
    end_line,
    is_hole,
    no_return_text,
    outcome_text,
    sealing_step,
)
from ..words.reasons import aside_text, races_text, reason_text
from ..words.runs import fairness_text, moments_text
from ..words.values import fit_value
from ..words.waiting import end_places
from .endings import render_endings
from .rows import folds_of
from .style import Style, pad
from .timeline import Telling, render_timeline

__all__ = ["Around", "render_violation", "violation_lines"]

END_VALUES_SHOWN = 12
RACES_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Around:
    """What the text on a property stands in.

    `which`: which states those that are counted are, where these are not all. `report`: steps are
    told as its pictures tell them, folded, unless the whole is asked for (None: each step, with
    whole keys). `earlier`: the properties of which the same text tells before; what is the same is
    not told again.
    """

    which: str = ""
    report: CheckReport | None = None
    earlier: Sequence[PropertyResult] = ()


def render_violation(
    result: PropertyResult,
    width: int = 100,
    color: bool = False,
    unicode: bool = True,
    which: str = "",
) -> str:
    """The part on one property that has a trace: what a failing test shows. `which`: see
    `words.size.which_states`."""
    style = Style(color, unicode)
    lines = violation_lines(result, max(width, NARROWEST), style, Around(which))
    return style.finish("\n".join(lines))


def violation_lines(result: PropertyResult, width: int, style: Style, around: Around) -> list[str]:
    """What is told of a property that has a trace."""
    trace = trace_of(result)
    looks = ("bold",) if result.as_expected else ("bold", "red")
    lines = style.wrapped(outcome_text(result), width, *looks, hanging="")
    twin = next((each for each in around.earlier if _same_run(each, result)), None)
    same_reason = twin is not None and _same_reason(twin, result)
    known = [] if twin is None else symptom_texts(twin)
    for text in (each for each in symptom_texts(result) if each not in known):
        lines += style.wrapped(text, width, *looks, indent="  ")
    if not same_reason:
        lines += _why(result, width, style)
    if twin is not None:
        does = "violates" if twin.verdict == "violated" else "shows"
        lines.append(f"  by the run that {does} {printable(twin.name)}, above")
        if no_return_text(twin) != no_return_text(result):
            lines += style.wrapped(no_return_text(result), width, indent="  ", hanging="")
        lines += _course(moments_text(result), width, style)
    else:
        lines.append("")
        lines += render_timeline(
            trace, width, style, _telling(result, trace, None if style.whole else around.report)
        )
        lines.append("")
        lines += _end(result, trace, width, style)
    endings = render_endings(result, width, style, around.which, twin)
    if endings:
        lines += ["", *endings]
    if not same_reason:
        lines += _all_reasons(result, width, style)
    elif twin is not None:
        lines += ["", *_reason_of(twin, result, width, style)]
    return lines


def _telling(result: PropertyResult, trace: Trace, report: CheckReport | None) -> Telling:
    """How much of the trace is told, with what stands between its steps."""
    failing = len(trace.steps) if trace.end == "error" else -1
    folds = None if report is None else folds_of(sequence_of(report, result))
    resources = () if report is None else report.resources
    return Telling(folds, resources, failing, notes=_notes(result, trace))


def _course(texts: Sequence[str], width: int, style: Style) -> Iterator[str]:
    """What a run shows of a property that asks it as a whole."""
    for text in texts:
        yield from style.wrapped(text, width, indent="  ")


def _same_run(one: PropertyResult, other: PropertyResult) -> bool:
    """Whether one run shows both, and it is marked in the same way: a violation says by itself
    from where on it is certain."""
    alike = no_return_text(one) == no_return_text(other) or one.verdict == other.verdict
    return one.trace == other.trace and alike


def _same_reason(one: PropertyResult, other: PropertyResult) -> bool:
    """Whether all that is told of why is the same, but for who proved it."""
    return _told_of(one) == _told_of(other) is not None


def _told_of(result: PropertyResult) -> tuple[object, ...] | None:
    """What a reason tells; None: there is none."""
    reason = result.reason
    if reason is None or not reason.proved_by:
        return None
    scope = COMPLETE_RUNS if reason.scope in ALL_RUNS else reason.scope
    sets = (reason.facts, *(race.facts for race in reason.races))
    facts = [[*map(str, each)] for each in sets]
    return facts, scope, bool(reason.complete_by), reason.races_note


def _reason_of(
    twin: PropertyResult, result: PropertyResult, width: int, style: Style
) -> Iterator[str]:
    assert twin.reason is not None
    assert result.reason is not None
    proved = result.reason.proved_by
    by = "" if proved == twin.reason.proved_by else f" (proved by {printable(proved)})"
    yield from style.wrapped(f"the reason is that of {printable(twin.name)}, above{by}", width)


def _held(text: str) -> str:
    """With the two events of an order on one line."""
    for words in (BEFORE, AFTER, " = ", " - ", " + "):
        text = text.replace(words, together(words))
    return text


def _why(result: PropertyResult, width: int, style: Style) -> Iterator[str]:
    """Why this run violates: who looks at no more than the first lines knows it."""
    if result.reason is not None and result.reason.proved_by:
        yield from style.wrapped(_held(reason_text(result)[0]), width, "bold")
    yield from style.wrapped(aside_text(result), width, indent="  ", hanging="")


def _all_reasons(result: PropertyResult, width: int, style: Style) -> list[str]:
    """Whether that is all, and what else is known of why."""
    lines: list[str] = []
    told = int(result.reason is not None and bool(result.reason.proved_by))
    notes = reason_text(result)[told:]
    sentence, races, proved = races_text(result)
    if notes or sentence:
        lines.append("")
    for text in notes:
        lines += style.wrapped(text, width, "dim")
    if sentence:
        lines += wrap(_held(sentence), width, "", "  ")
    for text in races[:RACES_SHOWN]:
        lines += wrap(_held(text), width, "  ", "    ")
    if len(races) > RACES_SHOWN:
        lines.append(style.paint(f"  … and {len(races) - RACES_SHOWN} more in result.json", "dim"))
    lines += style.wrapped(proved, width, "dim", indent="  ")
    return lines


def _notes(result: PropertyResult, trace: Trace) -> dict[int, str]:
    """What stands between the steps: from where on the violation is certain, unless that is
    what the last step says anyway."""
    point, step = result.no_return, sealing_step(result)
    if step is not None:
        return {step: no_return_text(result)}
    unknown = point is not None and point.step is None
    return {len(trace.steps): no_return_text(result)} if unknown else {}


def _end(result: PropertyResult, trace: Trace, width: int, style: Style) -> Iterator[str]:
    """How the trace ends: who waits, what is watched, what everything holds."""
    look = "red" if trace.end in ("deadlock", "error") else "dim"
    yield from style.wrapped(end_line(trace, result.form, "end"), width, look)
    yield from _course((*moments_text(result), *fairness_text(result)), width, style)
    if trace.end in ("deadlock", "state", "rest"):
        for name, place in end_places(trace):
            yield from wrap(f"{printable(name)} {place}", width, "  ", "  ")
    watched = list(trace.watch.items())
    others = [(n, v) for n, v in end_values(trace, reads_of(result)) if n not in trace.watch]
    names = min(max((display_width(n) for n, _ in (*watched, *others)), default=0), width // 3)
    reads = reads_of(result)
    # What the formula reads is marked, unless that is all there is.
    marked = {n for n, _ in others if n in reads} if len(watched) + len(others) > 1 else set()
    for name, value in watched:
        looks = ("red", "bold") if is_hole(result, name, value) else ("bold",)
        yield style.paint(_binding(name, value, names, width), *looks)
    shown = sorted(others, key=lambda each: each[0] not in marked)[:END_VALUES_SHOWN]
    for name, value in [each for each in others if each in shown]:
        line = _binding(name, value, names, width)
        yield style.paint(f"*{line[1:]}", "bold") if name in marked else line
    if len(others) > END_VALUES_SHOWN:
        yield style.paint(f"  … and {len(others) - END_VALUES_SHOWN} more in result.json", "dim")


def _binding(name: str, value: Value, names: int, width: int) -> str:
    shown = pad(shorten(printable(name), names), names)
    return f"  {shown} = {fit_value(value, width - names - 5)}"

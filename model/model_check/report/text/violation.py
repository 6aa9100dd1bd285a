"""What is told of one property with a trace as text: its run, its end, its endings, and why.

In: a property's result with a trace. Out: lines for a terminal. What was told of an earlier
property of the same check is not told again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ...results.check import PropertyResult, Trace, Value, trace_of
from ...results.reasons import AFTER, BEFORE
from ...verify.show import printable
from ..words.columns import NARROWEST, display_width, shorten, together, wrap
from ..words.formula import end_values, reads_of, values_text
from ..words.phrases import (
    end_line,
    is_hole,
    no_return_text,
    outcome_text,
    races_text,
    reason_text,
    sealing_step,
)
from ..words.runs import fairness_text, moments_text
from ..words.values import fit_value
from ..words.waiting import cycle_text, end_places
from .endings import render_endings
from .style import Style, pad
from .timeline import render_timeline

__all__ = ["render_violation", "violation_lines"]

END_VALUES_SHOWN = 12
RACES_SHOWN = 12


def render_violation(
    result: PropertyResult,
    width: int = 100,
    color: bool = False,
    unicode: bool = True,
    explored: bool = True,
) -> str:
    """The part on one property that has a trace: what a failing test shows.
    `explored`: the space was, completely."""
    style = Style(color, unicode)
    return style.finish("\n".join(violation_lines(result, max(width, NARROWEST), style, explored)))


def violation_lines(
    result: PropertyResult,
    width: int,
    style: Style,
    explored: bool,
    earlier: Sequence[PropertyResult] = (),
) -> list[str]:
    """What is told of a property that has a trace. explored: whether everything was.
    earlier: the properties of which the same text tells before; what is the same is not told
    again."""
    trace = trace_of(result)
    looks = ("bold",) if result.as_expected else ("bold", "red")
    lines = style.wrapped(outcome_text(result), width, *looks, hanging="")
    lines += style.wrapped(values_text(result), width, *looks, indent="  ")
    twin = next((each for each in earlier if _same_run(each, result)), None)
    if twin is not None:
        does = "violates" if twin.verdict == "violated" else "shows"
        lines.append(f"  by the run that {does} {printable(twin.name)}, above")
        if no_return_text(twin) != no_return_text(result):
            lines += style.wrapped(no_return_text(result), width, indent="  ", hanging="")
        lines += _course(moments_text(result), width, style)
    else:
        lines.append("")
        failing = len(trace.steps) if trace.end == "error" else -1
        lines += render_timeline(trace, width, style, mark=failing, notes=_notes(result, trace))
        lines.append("")
        lines += _end(result, trace, width, style)
    endings = render_endings(result, width, style, explored)
    if endings:
        lines += ["", *endings]
    if twin is None or not _same_reason(twin, result):
        lines += _reason(result, width, style)
    elif result.reason is not None and result.reason.proved_by:
        lines += ["", f"the reason is that of {printable(twin.name)}, above"]
    return lines


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
    """Whether all that is told of why is the same."""
    mine, theirs = one.reason, other.reason
    if mine is None or theirs is None:
        return False
    return replace(mine, seconds=theirs.seconds) == theirs


def _held(text: str) -> str:
    """With the two events of an order on one line."""
    return text.replace(BEFORE, together(BEFORE)).replace(AFTER, together(AFTER))


def _reason(result: PropertyResult, width: int, style: Style) -> list[str]:
    """Why it happens, and whether that is all."""
    lines: list[str] = []
    reason = reason_text(result)
    if reason:
        lines.append("")
        for turn, text in enumerate(reason):
            looks = ("bold",) if turn == 0 else ("dim",)
            lines += style.wrapped(_held(text), width, *looks)
    sentence, races, proved = races_text(result)
    if sentence:
        lines += wrap(sentence, width, "", "  ")
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
        yield from style.wrapped(cycle_text(trace), width, "red", indent="  ")
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

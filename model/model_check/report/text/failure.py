"""What a failing test shows of a property: its run, why, and where to look on."""

from __future__ import annotations

from ...results.check import CheckReport, PropertyResult
from ...verify.show import printable
from ..words.brief import brief_texts, page_of, unexpected_text, untraced_text
from ..words.columns import NARROWEST, counted, wrap
from ..words.size import which_states
from .violation import render_violation

__all__ = ["render_brief", "render_failure", "unexpected_first"]

BRIEF_LINES = 10


def render_failure(report: CheckReport, result: PropertyResult, width: int = 100) -> str:
    """A verdict that was not expected, with its run and its reason, the page where there is one,
    and the command that repeats it."""
    told = untraced_text(result, report)
    if result.trace is not None:
        told = render_violation(result, width=width, which=which_states(report.space))
    head = f"{printable(report.model)}: {unexpected_text(result)}"
    return f"{head}\n\n{told}\n\n" + "\n".join(_where(report))


def render_brief(report: CheckReport, width: int = 100) -> str:
    """What was not expected of a whole check, in ten lines: the first such verdict, and which
    others there are."""
    width = max(width, NARROWEST)
    wrong = unexpected_first(report)
    if not wrong:
        size = counted(report.space.states, "state")
        return f"{printable(report.model)}: every verdict as expected ({size})"
    first, *others = wrong
    place = printable(f"  ({first.source}:{first.line})" if first.source else "")
    lines = [f"{printable(report.model)}: {unexpected_text(first)}{place}"]
    for text in brief_texts(first, report):
        lines += wrap(text, width, "  ", "  ")
    last = [f"also not as expected: {', '.join(map(unexpected_text, others))}"] if others else []
    last = [line for text in last for line in wrap(text, width)[:2]] + _where(report)
    room = BRIEF_LINES - len(last)
    if len(lines) > room:
        lines = [*lines[: room - 1], "  …"]
    return "\n".join((*lines, *last))


def unexpected_first(report: CheckReport) -> list[PropertyResult]:
    """The verdicts that are not expected, those that are undetermined last."""
    wrong = (each for each in report.results if not each.as_expected)
    return sorted(wrong, key=lambda each: each.verdict == "undetermined")


def _where(report: CheckReport) -> list[str]:
    page = page_of(report)
    return [*([f"page: {printable(page)}"] if page else []), f"reproduce with: {report.command}"]

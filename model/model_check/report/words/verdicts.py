"""From a verdict to its words: beside what the spec expects, and what it is worth where `within`
cut runs off."""

from __future__ import annotations

from ...results.check import CheckReport, PropertyResult, SpaceSummary
from ...verify.show import printable
from .columns import counted

__all__ = ["bounded_verdict", "verdict_text", "within_text"]


def verdict_text(result: PropertyResult, space: SpaceSummary) -> str:
    """The verdict beside what the spec expects: `violated, as expected`."""
    if result.verdict == "undetermined":
        free = result.expected == "either"
        return "undetermined" if free else f"undetermined, expected {result.expected}"
    verdict = bounded_verdict(result, space)
    if not result.as_expected:
        return f"{verdict}, EXPECTED {result.expected}"
    told = result.verdict == "violated" and result.expected == "violated"
    return f"{verdict}, as expected" if told else verdict


def bounded_verdict(result: PropertyResult, space: SpaceSummary) -> str:
    """A verdict. What holds where runs were cut off holds within what was explored; what is
    possible is so by its run alone."""
    cut = space.outside and result.verdict == "holds" and not result.form.somewhere
    return f"{result.verdict} within" if cut else result.verdict


def within_text(report: CheckReport) -> str:
    """What was cut off by `within`, in a sentence; "" where nothing was. What is possible is so by
    the run that shows it, wherever that leads."""
    space = report.space
    if not space.outside:
        return ""
    possible = any(r.form.somewhere and r.verdict == "holds" for r in report.results)
    but = ", but for what is possible" if possible else ""
    were = "was" if space.outside == 1 else "were"
    return (
        f"{counted(space.outside, 'state')} outside of `within` ({printable(space.within)}) {were} "
        f"not gone on from: what holds, holds within it{but}"
    )

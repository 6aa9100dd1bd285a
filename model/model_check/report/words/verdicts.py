"""From a verdict to its words: beside what the spec expects, and what it is worth where `within`
cut runs off."""

from __future__ import annotations

from collections.abc import Sequence

from ...results.check import CheckReport, PropertyResult, SpaceSummary
from ...verify.show import printable
from .columns import counted
from .phrases import is_quiet

__all__ = ["all_verdicts_text", "bounded_verdict", "verdict_text", "within_text"]

NAMES_TOLD = 4
"""Properties that are named before the rest is counted."""


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


def all_verdicts_text(report: CheckReport) -> str:
    """All verdicts in a sentence, what is not as expected first: `not as expected: a is violated;
    as expected: b and c hold`. What is built in and holds is told only where there is nothing
    else."""
    told = [result for result in report.results if not is_quiet(result)] or report.results
    wrong = [r for r in told if not r.as_expected and r.verdict != "undetermined"]
    open_ones = [r for r in told if r.verdict == "undetermined"]
    good = [r for r in told if r.as_expected]
    parts = []
    if wrong:
        parts.append(f"not as expected: {_by_verdict(wrong, report)}")
    if open_ones:
        parts.append(f"undetermined: {_listed(open_ones)}")
    if good:
        parts.append(f"as expected: {_by_verdict(good, report)}")
    return "; ".join(parts)


def _by_verdict(results: Sequence[PropertyResult], report: CheckReport) -> str:
    parts = []
    for verdict in ("violated", "holds within", "holds"):
        alike = [r for r in results if bounded_verdict(r, report.space) == verdict]
        if alike:
            one = len(alike) == 1
            hold = ("holds" if one else "hold") + verdict.removeprefix("holds")
            does = f"{'is' if one else 'are'} violated" if verdict == "violated" else hold
            parts.append(f"{_listed(alike)} {does}")
    return ", ".join(parts)


def _listed(results: Sequence[PropertyResult]) -> str:
    names = [printable(each.name) for each in results]
    rest = len(names) - NAMES_TOLD
    if rest > 1:
        names = [*names[:NAMES_TOLD], f"{rest:,} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def within_text(report: CheckReport) -> str:
    """What was cut off by `within`, in a sentence; "" where nothing was. What is possible is so by
    the run that shows it, wherever that leads."""
    space = report.space
    if not space.outside or space.simulation is not None:
        return ""
    possible = any(r.form.somewhere and r.verdict == "holds" for r in report.results)
    but = ", but for what is possible" if possible else ""
    were = "was" if space.outside == 1 else "were"
    return (
        f"{counted(space.outside, 'state')} outside of `within` ({printable(space.within)}) {were} "
        f"not gone on from: what holds, holds within it{but}"
    )

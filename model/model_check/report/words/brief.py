"""What was found of one property in a few lines: for a failing test, and for what reads reports."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from ...results.check import CheckReport, PropertyResult, Trace, Verdict
from ...verify.show import printable
from .formula import reads_of, values_text
from .phrases import no_return_text, outcome_text
from .reasons import aside_text, races_text, reason_text
from .runs import nowhere_text
from .verdicts import within_text
from .waiting import cycle_text, waits_text

__all__ = [
    "brief_texts", "found_text", "page_of", "symptom_texts", "unexpected_text",
    "untraced_text",
]  # fmt: skip

_PAGE = "report.html"


def unexpected_text(result: PropertyResult) -> str:
    """A verdict beside the one that was expected: `no_loss is violated, expected: holds`."""
    return f"{printable(result.name)} {found_text(result.verdict)}, expected: {result.expected}"


def found_text(verdict: Verdict) -> str:
    """A verdict as a verb: `holds`, `is violated`."""
    return verdict if verdict == "holds" else f"is {verdict}"


def untraced_text(result: PropertyResult, report: CheckReport) -> str:
    """What there is to say of a verdict that no trace shows."""
    space = report.space
    if result.verdict == "holds":
        within = within_text(report)
        return f"no run violates it ({within})" if within else "no run violates it"
    told = (
        nowhere_text(result, space) or result.note or result.limit or space.stopped
        or report.unjudged
    )  # fmt: skip
    return printable(told or "the property could not be evaluated")


def symptom_texts(result: PropertyResult) -> list[str]:
    """What is seen at the end of its trace, each a sentence: the formula's values, what error was
    run into, and who waits for whom, or for what."""
    trace = result.trace
    error = "" if trace is None or trace.end != "error" else printable(trace.error)
    waits = "" if trace is None else _waits(trace, reads_of(result))
    return [each for each in (values_text(result), error, waits) if each]


def _waits(trace: Trace, asked: Sequence[str]) -> str:
    """Who waits for whom, or for what; where a run is over, for what the property reads: others
    are servers at rest."""
    if trace.end == "deadlock":
        return cycle_text(trace) or waits_text(trace.waits)
    return waits_text([w for w in trace.waits if any(each.name in asked for each in w.reads)])


def brief_texts(result: PropertyResult, report: CheckReport) -> list[str]:
    """What its trace leads to, the values that say why, the reason and the point of no return,
    each a sentence; or why there is no trace."""
    if result.trace is None or result.verdict == "undetermined":
        return [untraced_text(result, report)]
    sentence, races, _ = races_text(result)
    point = result.no_return
    by_the_last = point is not None and point.step == len(result.trace.steps)
    listed = "; ".join(races[:2]) + ("; …" if len(races) > 2 else "")
    told = [
        outcome_text(result),
        *symptom_texts(result),
        "" if by_the_last else no_return_text(result),
        *reason_text(result),
        aside_text(result),
        f"{sentence} {listed}".rstrip(),
    ]
    return [each for each in told if each]


def page_of(report: CheckReport) -> str:
    """The path of the page, if it was written; else ""."""
    pages = (path for path in report.files if posixpath.basename(path.replace("\\", "/")) == _PAGE)
    return next(pages, "")

"""What is to be reported of a run: everything that is not as it should be, each with its place.

A verdict that the spec expects is no finding, whichever it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal as OneOf
from typing import get_args

from ...language.records import dataclass
from ...language.source.diagnostics import Diagnostic
from ...results.check import CheckReport, PropertyResult, TraceStep
from ...results.run import CheckedSpec, RunReport
from ...verify.show import printable
from ..words.brief import brief_texts, found_text, page_of, unexpected_text
from ..words.phrases import sealing_step

__all__ = ["Finding", "Sort", "decisive_step", "findings_of", "most_telling_first", "without_text"]

Sort = OneOf["violated", "holds", "mistake", "error", "undetermined", "unchecked", "warning"]
_ORDER: tuple[Sort, ...] = get_args(Sort)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be, and where. `title` on one line, without the name of
    the model; `told` are sentences. A verdict has its `report` and `result`; `result` has the
    trace, but where what is found without faults is told."""

    sort: Sort
    path: str
    line: int
    column: int
    title: str
    told: tuple[str, ...] = ()
    report: CheckReport | None = None
    result: PropertyResult | None = None


def findings_of(run: RunReport) -> list[Finding]:
    """All findings, in the order of the specs and of their properties."""
    return [found for spec in run.specs for found in _of_spec(spec)]


def most_telling_first(found: list[Finding]) -> list[Finding]:
    """Where there is no room for all: what is known to be wrong, then what is not known."""
    return sorted(found, key=lambda each: _ORDER.index(each.sort))


def _of_spec(spec: CheckedSpec) -> Iterator[Finding]:
    for each in spec.mistakes:
        yield _diagnosed("mistake", each, spec.path)
    if spec.error:
        yield Finding("error", spec.path, 1, 1, printable(spec.error))
    if spec.stopped:
        yield Finding("unchecked", spec.path, 1, 1, f"not checked: {printable(spec.stopped)}")
    if spec.report is not None:
        for result in spec.report.results:
            yield from _of_property(spec.report, result)
        for each in spec.report.warnings:
            yield _diagnosed("warning", each, spec.path)


def _diagnosed(sort: Sort, each: Diagnostic, spec: str) -> Finding:
    at = each.position
    title, told = printable(each.message), (printable(each.hint),) if each.hint else ()
    if at.source.path != spec and not Path(at.source.path).is_file():
        # On the command line, not in a file.
        return Finding(sort, spec, 1, 1, f"{printable(at.source.path)}: {title}", told)
    return Finding(sort, at.source.path, at.line, at.column, title, told)


def _of_property(report: CheckReport, result: PropertyResult) -> Iterator[Finding]:
    # A built-in one that no file names has no line of its own.
    own = not (result.form.built_in and result.line == 1) and result.source
    path, line = (result.source, result.line) if own else (report.path, 1)
    if not result.as_expected:
        page = page_of(report)
        told = [*brief_texts(result, report), *([f"Page: {page}"] if page else [])]
        told.append(f"Reproduce with: {printable(report.command)}")
        title = unexpected_text(result)
        yield Finding(result.verdict, path, line, 1, title, tuple(told), report, result)
    without = result.without_faults
    if without is not None and not without.as_expected:
        yield Finding(without.verdict, path, line, 1, without_text(result), (), report)


def without_text(result: PropertyResult) -> str:
    """The verdict where nothing goes wrong, beside the one expected there."""
    found = result.without_faults
    assert found is not None
    name = printable(result.name)
    return f"without faults, {name} {found_text(found.verdict)}, expected: {found.expected}"


def decisive_step(result: PropertyResult) -> tuple[TraceStep, str] | None:
    """The step of a violation's trace to look at first, and what it does: the point of no return,
    or else the first that goes round, or else the last. None where there is none."""
    trace = result.trace
    if trace is None or not trace.steps or result.verdict != "violated":
        return None
    name, sealed = printable(result.name), sealing_step(result)
    number = sealed or (len(trace.steps) if trace.loop_from is None else trace.loop_from + 1)
    step = trace.steps[number - 1]
    event = f"step {number:,}, {printable(step.event)}"
    if sealed:
        told = f"in the run that is shown, {name} is violated for certain from here on: {event}"
    elif trace.loop_from is not None:
        told = f"here a run that violates {name} begins to go round: {event}"
    else:
        told = f"the last step of a run that violates {name}: {event}"
    return step, told

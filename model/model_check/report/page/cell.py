"""What a notebook shows of a check in the cell that gave it: the verdicts, and the runs, drawn.

Pictures are images, so that the styles of one are not those of the page around it.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

from ...results.check import CheckReport, PropertyResult, trace_of, with_trace
from ..pictures.check import STEPS_DRAWN
from ..pictures.trace import trace_svg
from ..words.brief import brief_texts
from ..words.columns import counted
from ..words.coverage import unseen_texts
from ..words.faults import faults_text
from ..words.phrases import formula_text, is_quiet, outcome_text
from ..words.simulation import simulated_text, simulation_texts
from ..words.size import explored_text
from ..words.verdicts import verdict_text, within_text
from .markup import Markup, element

__all__ = ["picture_html", "result_html", "text_html"]

_LEFT = {"style": "text-align: left"}
_SIGNS = {"holds": "✓", "violated": "✗", "undetermined": "?"}


def result_html(report: CheckReport) -> str:
    """A check as HTML for a cell."""
    rows = [_row(report, each) for each in report.results if not is_quiet(each)]
    quiet = [each.name for each in report.results if is_quiet(each)]
    space = report.space
    size = f"{counted(space.states, 'state')}, depth {space.depth:,}, {explored_text(space)}"
    size += "" if space.complete else f": {space.stopped}"
    if space.simulation is not None:
        size = f"{explored_text(space)}: {simulated_text(space.simulation)}"
    texts = [
        within_text(report),
        f"also hold: {', '.join(quiet)}" if quiet else "",
        size,
        *(simulation_texts(space.simulation) if space.simulation is not None else ()),
        *unseen_texts(report),
        *(each.sentence() for each in report.warnings),
    ]
    return element(
        "div",
        {"class": "model-check"},
        element("p", {}, element("b", {}, report.model), f" {report.about}".rstrip()),
        element("p", {}, faults) if (faults := faults_text(report.faults)) else None,
        element("table", {}, element("tbody", {}, rows)),
        [element("p", {}, text) for text in texts if text],
        [_run(report, each) for each in with_trace(report)],
    )


def _row(report: CheckReport, result: PropertyResult) -> Markup:
    verdict = verdict_text(result, report.space)
    shown = verdict if result.as_expected else element("b", {}, verdict)
    cells = [_SIGNS[result.verdict], element("b", {}, result.name), shown]
    formula = element("code", {}, formula_text(result))
    return element(
        "tr", {}, [element("td", _LEFT, cell) for cell in cells],
        element("td", _LEFT, formula, element("br"), result.about),
    )  # fmt: skip


def _run(report: CheckReport, result: PropertyResult) -> Markup:
    first, *others = brief_texts(result, report)
    drawn: Markup | None = None
    if len(trace_of(result).steps) <= STEPS_DRAWN:
        drawn = picture_html(trace_svg(report, result), outcome_text(result))
    told = [element("li", {}, text) for text in others]
    return element(
        "details", {"open": not result.as_expected or len(with_trace(report)) == 1},
        element("summary", {}, first), element("ul", {}, told) if told else None, drawn,
    )  # fmt: skip


def picture_html(svg: str, told: str) -> Markup:
    """An SVG file as an image; told: what it shows, for those who do not see it."""
    data = base64.b64encode(svg.encode("utf-8", "replace")).decode("ascii")
    source = f"data:image/svg+xml;base64,{data}"
    return element("img", {"src": source, "alt": told, "style": "max-width: 100%"})


def text_html(text: str) -> str:
    """Text as the command prints it."""
    lines: Sequence[str] = text.splitlines()
    broken = [[line, element("br")] for line in lines]
    style = {"style": "font-family: monospace; white-space: pre; line-height: 1.3"}
    return element("div", style, broken)

"""What the command does: check a spec or a folder of them, print, and write files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..api.check import Result, check
from ..api.options import CheckOptions
from ..budget.spending import Budget, StopNow, telling
from ..errors import (
    EXIT_AS_EXPECTED,
    EXIT_UNDETERMINED,
    EXIT_UNEXPECTED,
    EXIT_WRONG_INPUT,
    ModelCheckError,
)
from ..explore.limits import Limits
from ..language.source.recognize import find_specs
from ..report.documents.check import RESULT
from ..report.documents.files import PAGE_NAME, Outputs, write_outputs
from ..report.folder import folder_of
from ..report.text.progress import Progress
from ..report.text.terminal import render_table, render_text
from ..results.check import CheckReport, exit_code_without
from ..results.faults import WithoutFaults
from .console import Display, complain, mistakes_told

if TYPE_CHECKING:
    from ..verify.state_graph import StateGraph

__all__ = ["CheckDisplay", "run"]

MOST_DRAWN = 20_000
"""States of a space that is still drawn (folded): beyond, a picture tells nothing."""


@dataclass(frozen=True)
class CheckDisplay(Display):
    """What is shown and written of a check, and where."""

    outputs: Outputs
    out: Path
    open_page: bool


def run(path: Path, options: CheckOptions, shown: CheckDisplay, budget: Budget) -> int:
    """Check a spec or a folder, within a budget; the exit code. Raises StopNow where it is used
    up before a verdict is known."""
    with mistakes_told(shown.out):
        if path.is_dir():
            return _folder(path, options, shown, budget)
        result = _one(path, options, shown, budget)
        with telling():
            report = result.report
            shown.tell(partial(RESULT.text, report), partial(render_text, report))
            if shown.open_page:
                _open(shown.out, result)
            return result.exit_code


def _one(path: Path, options: CheckOptions, shown: CheckDisplay, budget: Budget) -> Result:
    """Check one spec and write its files."""
    limits = Limits.within(budget, options.max_states, first_violation=options.first_violation)
    with closing(Progress()) as progress:
        result = check(
            path, None, options, limits=limits, progress=progress.update, stage=progress.say
        )
        progress.say("writing the files")
        graph = _states(result, shown.outputs)
        written = write_outputs(
            result.report, graph, shown.out, shown.outputs, tables=result.tables
        )
    files = tuple(os.fspath(path) for path in written.files)
    report = replace(result.report, files=files, notes=(*result.report.notes, *written.notes))
    return replace(result, report=report)


def _states(result: Result, outputs: Outputs) -> StateGraph | None:
    """All states, where they are drawn or written; None where there is no time left for it."""
    drawn = outputs.draw and result.space.states <= MOST_DRAWN
    try:
        return result.states if drawn or outputs.graphml else None
    except StopNow:
        return None


def _open(directory: Path, result: Result) -> None:
    """Show the page in the user's browser; where there is none, say where the page is."""
    import webbrowser

    page = folder_of(result.model, directory) / PAGE_NAME
    if not webbrowser.open(page.resolve().as_uri()):
        complain(f"no browser could be opened: the page is {page}")


def _folder(folder: Path, options: CheckOptions, shown: CheckDisplay, budget: Budget) -> int:
    """Check every spec in a folder, each on its own, and print one table."""
    paths = list(find_specs(folder))
    if options.group_by:
        complain(f"{folder}: --group-by is for one spec, and this is a folder")
        return EXIT_WRONG_INPUT
    if not paths:
        complain(f"{folder}: there is no spec in this folder (a .yaml file with `model:`)")
        return EXIT_WRONG_INPUT
    options = replace(options, reason=False)
    shown = replace(shown, outputs=replace(shown.outputs, draw=False))
    reports = []
    codes = set()
    left = len(paths)
    why = ""
    for path in paths:
        try:
            if why := budget.exceeded():
                break
            report = _one(path, options, shown, budget).report
            if report.faults.budgets and options.faults:
                report = _beside(report, path, options, budget)
        except StopNow as stop:
            why = stop.why
            break
        except ModelCheckError as error:
            complain(str(error))
            codes.add(error.exit_code)
        else:
            reports.append(report)
            codes.update((report.exit_code, exit_code_without(report)))
        left -= 1
    unchecked = len(paths) - len(reports)
    shown.tell(partial(_documents, reports), partial(render_table, reports, unchecked=unchecked))
    if left:
        complain(f"{why}: {left} of {len(paths)} specs were not checked")
        codes.add(EXIT_UNDETERMINED)
    for code in (EXIT_WRONG_INPUT, EXIT_UNEXPECTED, EXIT_UNDETERMINED):
        if code in codes:
            return code
    return EXIT_AS_EXPECTED


def _beside(report: CheckReport, path: Path, options: CheckOptions, budget: Budget) -> CheckReport:
    """The check of a spec with what is found of its properties where nothing goes wrong."""
    limits = Limits.within(budget, options.max_states, first_violation=options.first_violation)
    with closing(Progress()) as progress:
        without = check(
            path, None, replace(options, faults=False), limits=limits, progress=progress.update
        )
    found = {
        each.name: WithoutFaults(each.verdict, each.expected, each.as_expected)
        for each in without.properties
    }
    results = tuple(replace(r, without_faults=found.get(r.name)) for r in report.results)
    return replace(report, results=results)


def _documents(reports: Sequence[CheckReport]) -> str:
    return "[" + ",\n".join(RESULT.text(each).rstrip() for each in reports) + "]"

"""What the command does: check a spec or a folder of them, print, and write files."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from ..api.check import Result, check
from ..api.going_on import reached
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
from ..report.documents.files import PAGE_NAME, Outputs
from ..report.folder import folder_of
from ..report.text.progress import Progress
from ..report.text.terminal import render_table, render_text
from ..results.check import CheckReport, exit_code_without
from ..results.faults import WithoutFaults
from .commands import PROGRAM
from .console import Display, complain, mistakes_told, open_in_browser
from .options import without_options
from .reports import Reports

__all__ = ["CheckDisplay", "run"]


@dataclass(frozen=True)
class CheckDisplay(Display):
    """What is shown and written of a check, and where."""

    outputs: Outputs
    out: Path
    open_page: bool
    verbose: bool
    reports: Reports

    def tell(self, document: Callable[[], str], text: Callable[..., str]) -> None:
        if not self.reports.instead:
            super().tell(document, text)


def run(path: Path, options: CheckOptions, shown: CheckDisplay, budget: Budget) -> int:
    """Check a spec or a folder, within a budget; the exit code. Raises StopNow where it is used
    up before a verdict is known."""
    with mistakes_told(shown.out):
        run_of = _folder if path.is_dir() else _single
        return run_of(path, options, shown, budget)


def _single(path: Path, options: CheckOptions, shown: CheckDisplay, budget: Budget) -> int:
    """Check one spec, and print what was found."""
    reports = shown.reports
    reports.mute()
    try:
        result = _one(path, options, shown, budget)
    except StopNow as stop:
        reports.stopped([path], stop.why)
        reports.write(EXIT_UNDETERMINED)
        raise
    except ModelCheckError as error:
        complain(str(error))
        reports.failed(path, error)
        reports.write(error.exit_code)
        return error.exit_code
    with telling():
        report = result.report
        shown.tell(partial(RESULT.text, report), partial(render_text, report, whole=shown.verbose))
        reports.found(report)
        reports.write(result.exit_code)
        if shown.open_page:
            open_in_browser(folder_of(result.model, shown.out) / PAGE_NAME)
        return result.exit_code


def _one(path: Path, options: CheckOptions, shown: CheckDisplay, budget: Budget) -> Result:
    """Check one spec and write its files."""
    began = time.monotonic()
    limits = Limits.within(budget, options.max_states, first_violation=options.first_violation)
    with closing(Progress()) as progress:
        result = check(
            path, None, options, limits=limits, progress=progress.update, stage=progress.say
        )
        result = _going_on(result, options)
        progress.say("writing the files")
        result = result.written(shown.out, shown.outputs)
    return replace(result, report=replace(result.report, seconds=time.monotonic() - began))


def _going_on(result: Result, options: CheckOptions) -> Result:
    """The result with the command that goes on in all that this one does."""
    report, space = result.report, result.space
    place = options.kept_in
    if not report.goes_on or place is None:
        return result
    without = {"--checkpoint", "--resume", *reached(options, space.states, space.stopped)}
    words = [*without_options(sys.argv[1:], without), "--resume", os.fspath(place)]
    return replace(result, report=replace(report, goes_on=shlex.join([PROGRAM, *words])))


def _folder(folder: Path, options: CheckOptions, shown: CheckDisplay, budget: Budget) -> int:
    """Check every spec in a folder, each on its own, and print one table."""
    paths = list(find_specs(folder))
    for word, given in (
        ("--group-by", options.group_by),
        ("--checkpoint", options.checkpoint),
        ("--resume", options.resume),
    ):
        if given:
            complain(f"{folder}: {word} is for one spec, and this is a folder")
            return EXIT_WRONG_INPUT
    if not paths:
        complain(f"{folder}: there is no spec in this folder (a .yaml file with `model:`)")
        return EXIT_WRONG_INPUT
    asked, whole = options, shown
    options = replace(options, reason=False)
    shown = replace(shown, outputs=replace(shown.outputs, draw=False, keep=True))
    reports = []
    codes = set()
    left = len(paths)
    why = ""
    told = shown.reports
    told.mute()
    for path in paths:
        try:
            if why := budget.exceeded():
                break
            report = _in_folder(_one(path, options, shown, budget), asked, whole)
            if report.faults.budgets and options.faults:
                report = _beside(report, path, options, budget)
        except StopNow as stop:
            why = stop.why
            break
        except ModelCheckError as error:
            complain(str(error))
            told.failed(path, error)
            codes.add(error.exit_code)
        else:
            reports.append(report)
            told.found(report)
            codes.update((report.exit_code, exit_code_without(report)))
        left -= 1
    unchecked = len(paths) - len(reports)
    shown.tell(partial(_documents, reports), partial(render_table, reports, unchecked=unchecked))
    if left:
        complain(f"{why}: {left} of {len(paths)} specs were not checked")
        codes.add(EXIT_UNDETERMINED)
        told.stopped(paths[-left:], why)
    order = (EXIT_WRONG_INPUT, EXIT_UNEXPECTED, EXIT_UNDETERMINED)
    code = next((each for each in order if each in codes), EXIT_AS_EXPECTED)
    told.write(code)
    return code


def _in_folder(result: Result, asked: CheckOptions, shown: CheckDisplay) -> CheckReport:
    """What was found of a spec in a folder; where a report tells of a violation that was not
    expected, with its reason, its pictures and its page, unless it is `asked` for none."""
    wrong = [p.name for p in result.properties if p.verdict == "violated" and not p.as_expected]
    if not shown.reports.wanted or not wrong:
        return result.report
    try:
        result = result.explained(*wrong) if asked.reason else result
        return result.written(shown.out, shown.outputs).report
    except StopNow:
        return result.report  # the verdicts are known all the same


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
    return replace(report, results=results, seconds=report.seconds + without.report.seconds)


def _documents(reports: Sequence[CheckReport]) -> str:
    return "[" + ",\n".join(RESULT.text(each).rstrip() for each in reports) + "]"

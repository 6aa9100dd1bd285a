"""What the command does: check a spec or a folder of them, print, and write files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..api.check import Result, check
from ..budget.spending import Budget, StopNow
from ..explore.limits import Limits
from ..explore.search import Engine, NativeUnavailableError
from ..language.records import dataclass
from ..language.source.diagnostics import SpecError
from ..language.source.recognize import find_specs
from ..report.documents.check import RESULT
from ..report.documents.files import PAGE_NAME, write_outputs
from ..report.folder import OutputError, folder_of
from ..report.text.progress import Progress
from ..report.text.terminal import render_table, render_text
from ..report.words.summary import (
    EXIT_AS_EXPECTED,
    EXIT_UNDETERMINED,
    EXIT_UNEXPECTED,
    EXIT_WRONG_INPUT,
)
from .console import color, complain, knows_unicode, show, width

if TYPE_CHECKING:
    from ..report.pictures.check import PictureFormat
    from ..verify.state_graph import StateGraph

__all__ = ["Options", "run"]

MOST_DRAWN = 20_000
"""States of a space that is still drawn (folded): beyond, a picture tells nothing."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks for."""

    constants: Mapping[str, str]
    max_states: int | None
    first_violation: bool
    reason: bool
    bounded: bool
    draw: bool
    formats: tuple[PictureFormat, ...]
    all_traces: bool
    graphml: bool
    out: Path
    json: bool
    plain: bool
    engine: Engine
    workers: int | None
    lean: bool
    open_page: bool = False
    group_by: str = ""
    keep_dead: bool = False
    allow_outside: bool = False


def run(path: Path, options: Options, budget: Budget) -> int:
    """Check a spec or a folder, within a budget; the exit code. Raises StopNow where it is used
    up before a verdict is known."""
    try:
        if path.is_dir():
            return _folder(path, options, budget)
        result = _one(path, options, budget)
        show(RESULT.text(result.report) if options.json else _text(result, options))
        if options.open_page:
            _open(options.out, result)
        return result.exit_code
    except (SpecError, OutputError, NativeUnavailableError) as error:
        complain(str(error))
        return EXIT_WRONG_INPUT
    except OSError as error:
        complain(f"{error.filename or options.out}: {error.strerror or error}")
        return EXIT_WRONG_INPUT


def _one(path: Path, options: Options, budget: Budget) -> Result:
    """Check one spec and write its files."""
    limits = Limits.within(budget, options.max_states, first_violation=options.first_violation)
    with closing(Progress()) as progress:
        result = check(
            path,
            options.constants,
            limits=limits,
            reason=options.reason,
            bounded=options.bounded,
            all_traces=options.all_traces,
            engine=options.engine,
            workers=options.workers,
            lean=options.lean,
            group_by=options.group_by,
            keep_dead=options.keep_dead,
            allow_outside=options.allow_outside,
            progress=progress.update,
            stage=progress.say,
        )
    written = write_outputs(
        result.report,
        _states(result, options),
        options.out,
        formats=options.formats,
        draw_pictures=options.draw,
        graphml=options.graphml,
        tables=result.tables,
    )
    shown = tuple(os.fspath(path) for path in written.files)
    report = replace(result.report, files=shown, notes=(*result.report.notes, *written.notes))
    return replace(result, report=report)


def _states(result: Result, options: Options) -> StateGraph | None:
    """All states, where they are drawn or written; None where there is no time left for it."""
    drawn = options.draw and result.space.states <= MOST_DRAWN
    try:
        return result.states if drawn or options.graphml else None
    except StopNow:
        return None


def _open(directory: Path, result: Result) -> None:
    """Show the page in the user's browser; where there is none, say where the page is."""
    import webbrowser

    page = folder_of(result.model, directory) / PAGE_NAME
    if not webbrowser.open(page.resolve().as_uri()):
        complain(f"no browser could be opened: the page is {page}")


def _folder(folder: Path, options: Options, budget: Budget) -> int:
    """Check every spec in a folder, each on its own, and print one table."""
    paths = list(find_specs(folder))
    if options.group_by:
        complain(f"{folder}: --group-by is for one spec, and this is a folder")
        return EXIT_WRONG_INPUT
    if not paths:
        complain(f"{folder}: there is no spec in this folder (a .yaml file with `model:`)")
        return EXIT_WRONG_INPUT
    plain = replace(options, reason=False, draw=False)
    reports = []
    codes = set()
    left = len(paths)
    why = ""
    for path in paths:
        try:
            if why := budget.exceeded():
                break
            report = _one(path, plain, budget).report
        except StopNow as stop:
            why = stop.why
            break
        except (SpecError, OutputError, NativeUnavailableError) as error:
            complain(str(error))
            codes.add(EXIT_WRONG_INPUT)
        else:
            reports.append(report)
            codes.add(report.exit_code)
        left -= 1
    if options.json:
        show("[" + ",\n".join(RESULT.text(each).rstrip() for each in reports) + "]")
    else:
        known = knows_unicode(plain=options.plain)
        show(render_table(reports, width(), color(), known, len(paths) - len(reports)))
    if left:
        complain(f"{why}: {left} of {len(paths)} specs were not checked")
        codes.add(EXIT_UNDETERMINED)
    for code in (EXIT_WRONG_INPUT, EXIT_UNEXPECTED, EXIT_UNDETERMINED):
        if code in codes:
            return code
    return EXIT_AS_EXPECTED


def _text(result: Result, options: Options) -> str:
    return render_text(result.report, width(), color(), knows_unicode(plain=options.plain))

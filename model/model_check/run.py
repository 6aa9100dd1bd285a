"""What the command does: check a spec or a folder of them, print, and write files."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from .api import Result, check
from .explore.limits import Limits
from .explore.search import Engine, NativeUnavailableError
from .language.diagnostics import SpecError
from .language.recognize import find_specs
from .report.files import OutputError, write_outputs
from .report.progress import Progress
from .report.result_json import result_text
from .report.summary import EXIT_AS_EXPECTED, EXIT_UNDETERMINED, EXIT_UNEXPECTED, EXIT_WRONG_INPUT
from .report.terminal import render_table, render_text

if TYPE_CHECKING:
    from .report.layout import Format

__all__ = ["Options", "run"]

FILE_WIDTH = 100
"""Columns of text that does not go to a terminal."""


MOST_DRAWN = 20_000
"""States of a space that is still drawn (folded): beyond, a picture tells nothing."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks for."""

    constants: Mapping[str, str]
    max_states: int | None
    max_memory: int | None
    timeout: float | None
    reason: bool
    draw: bool
    formats: tuple[Format, ...]
    all_traces: bool
    graphml: bool
    out: Path
    json: bool
    plain: bool
    engine: Engine


def run(path: Path, options: Options) -> int:
    """Check a spec or a folder; the exit code."""
    try:
        if path.is_dir():
            return _folder(path, options)
        with _interruptible() as interrupted:
            result = _one(path, options, interrupted)
        _print(result_text(result.report) if options.json else _text(result, options))
        return result.exit_code
    except (SpecError, OutputError, NativeUnavailableError) as error:
        _complain(str(error))
        return EXIT_WRONG_INPUT
    except OSError as error:
        _complain(f"{error.filename or options.out}: {error.strerror or error}")
        return EXIT_WRONG_INPUT


def _one(path: Path, options: Options, interrupted: Callable[[], bool]) -> Result:
    """Check one spec and write its files."""
    with closing(Progress()) as progress:
        limits = Limits(options.max_states, options.max_memory, options.timeout, interrupted)
        result = check(
            path,
            options.constants,
            limits=limits,
            reason=options.reason,
            all_traces=options.all_traces,
            engine=options.engine,
            progress=progress.update,
            stage=progress.say,
        )
    drawn = options.draw and result.space.states <= MOST_DRAWN
    written = write_outputs(
        result.report,
        result.graph() if drawn or options.graphml else None,
        options.out,
        formats=options.formats,
        draw_pictures=options.draw,
        graphml=options.graphml,
    )
    shown = tuple(os.fspath(path) for path in written.files)
    report = replace(result.report, files=shown, notes=(*result.report.notes, *written.notes))
    return replace(result, report=report)


def _folder(folder: Path, options: Options) -> int:
    """Check every spec in a folder, each on its own, and print one table."""
    paths = list(find_specs(folder))
    if not paths:
        _complain(f"{folder}: there is no spec in this folder (a .yaml file with `model:`)")
        return EXIT_WRONG_INPUT
    plain = replace(options, reason=False, draw=False)
    reports = []
    codes = set()
    left = len(paths)
    with _interruptible() as interrupted:
        for path in paths:
            if interrupted():
                break
            left -= 1
            try:
                report = _one(path, plain, interrupted).report
            except (SpecError, OutputError, NativeUnavailableError) as error:
                _complain(str(error))
                codes.add(EXIT_WRONG_INPUT)
                continue
            reports.append(report)
            codes.add(report.exit_code)
    if options.json:
        _print("[" + ",\n".join(result_text(each).rstrip() for each in reports) + "]")
    else:
        _print(render_table(reports, _width(), _color(), _unicode(options)))
    if left:
        _complain(f"interrupted: {left} of {len(paths)} specs were not checked")
        codes.add(EXIT_UNDETERMINED)
    for code in (EXIT_WRONG_INPUT, EXIT_UNEXPECTED, EXIT_UNDETERMINED):
        if code in codes:
            return code
    return EXIT_AS_EXPECTED


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """Ctrl-C ends the search with what was covered; a second one ends the program."""
    pressed: list[int] = []

    def press(number: int, _: FrameType | None) -> None:
        if pressed:
            raise KeyboardInterrupt
        pressed.append(number)

    before = signal.signal(signal.SIGINT, press)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)


def _text(result: Result, options: Options) -> str:
    return render_text(result.report, _width(), _color(), _unicode(options))


def _width() -> int:
    if sys.stdout.isatty() or "COLUMNS" in os.environ:
        return shutil.get_terminal_size((FILE_WIDTH, 24)).columns
    return FILE_WIDTH


def _color() -> bool:
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return wanted and sys.stdout.isatty()


def _unicode(options: Options) -> bool:
    if options.plain:
        return False
    try:
        "✓✗→…│".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _print(text: str) -> None:
    encoding = sys.stdout.encoding or "ascii"
    try:
        sys.stdout.write(text.rstrip("\n").encode(encoding, "replace").decode(encoding) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever reads the output (head, less) has seen enough; the verdict stands.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(text: str) -> None:
    encoding = sys.stderr.encoding or "ascii"
    sys.stderr.write(text.encode(encoding, "replace").decode(encoding) + "\n")

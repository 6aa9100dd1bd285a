"""`--report`: what is written of a run for other programs, and where it goes.

A report without a file goes into the folder of `--out`, but annotations to standard output, where
GitHub's runner reads them. Whoever names a file gets it there.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args
from typing import Literal as OneOf

import click

from .. import __version__
from ..budget.spending import telling
from ..language.records import dataclass, field
from .console import show

if TYPE_CHECKING:
    # Loaded late: every command reads this option's words.
    from ..results.check import CheckReport
    from ..results.run import CheckedSpec, RunReport

__all__ = ["Report", "Reports", "report_option"]

ReportFormat = OneOf["junit", "sarif", "github", "markdown"]
_FORMATS: tuple[ReportFormat, ...] = get_args(ReportFormat)
_FILES = {"junit": "junit.xml", "sarif": "results.sarif", "markdown": "summary.md"}
"""Where a report goes in `--out`."""
STANDARD_OUTPUT = "-"


@dataclass(frozen=True)
class Report:
    """A report that is wanted. `file`: where it goes ("": where the format does, `-`: standard
    output, instead of the text)."""

    format: ReportFormat
    file: str = ""

    @property
    def printed(self) -> bool:
        """Whether it is printed, beside the text or instead of it."""
        return self.file == STANDARD_OUTPUT or (self.format == "github" and not self.file)


class _ReportType(click.ParamType):  # type: ignore[type-arg]
    """`junit`, or `junit=out/junit.xml`."""

    name = "FORMAT[=FILE]"

    def convert(
        self, value: str | Report, param: click.Parameter | None, ctx: click.Context | None
    ) -> Report:
        if isinstance(value, Report):
            return value
        from ..language.source.recognize import is_spec

        name, equals, file = value.partition("=")
        if name not in _FORMATS:
            self.fail(f"{name!r} is no report: write junit, sarif, github or markdown", param, ctx)
        if equals and not file.strip():
            self.fail(f"{value!r} names no file: write {name}=FILE", param, ctx)
        if file and is_spec(Path(file)):
            self.fail(f"{file} is a spec, and would be overwritten", param, ctx)
        return Report(name, file)


def report_option() -> Callable[[Any], Any]:
    """`--report FORMAT[=FILE]`, which can be repeated."""
    return click.option(
        "--report",
        "reports",
        type=_ReportType(),
        multiple=True,
        help="Also report as junit, sarif, github (annotations) or markdown; FILE may be -.",
    )


@dataclass
class Reports:
    """Gathers what a run finds of each spec, and writes the reports of it."""

    wanted: Sequence[Report]
    out: Path
    specs: list[CheckedSpec] = field(default_factory=list)
    token: str = field(default_factory=lambda: os.urandom(16).hex())
    """What nobody can foresee: with it, what a spec holds is never a command to GitHub's runner."""

    @classmethod
    def agreed(cls, wanted: Sequence[Report], out: Path, *, as_json: bool) -> Reports:
        """The reports that are wanted. Raises UsageError where two go to one place, or one to where
        JSON is printed."""
        places = [each.file or (each.printed and STANDARD_OUTPUT) or each.format for each in wanted]
        if len(set(places)) < len(places):
            raise click.UsageError("--report: two reports go to one place: name a file for each")
        printed = [each.format for each in wanted if each.printed]
        if as_json and printed:
            name = printed[0]
            raise click.UsageError(f"--json and --report {name} are both printed: say {name}=FILE")
        return cls(wanted, out)

    @property
    def annotating(self) -> bool:
        """Whether annotations are printed after the text."""
        return Report("github") in self.wanted

    @property
    def instead(self) -> bool:
        """Whether a report is printed instead of the text."""
        return any(each.file == STANDARD_OUTPUT for each in self.wanted)

    def found(self, report: CheckReport) -> None:
        """A spec was checked."""
        from ..results.run import CheckedSpec

        self.specs.append(CheckedSpec(report.path, report))

    def failed(self, path: Path, error: Exception) -> None:
        """A spec could not be checked, for an error that a user can mend."""
        from ..language.source.diagnostics import SpecError
        from ..results.run import CheckedSpec

        if isinstance(error, SpecError):
            self.specs.append(CheckedSpec(os.fspath(path), mistakes=error.diagnostics))
        else:
            self.specs.append(CheckedSpec(os.fspath(path), error=str(error)))

    def stopped(self, paths: Sequence[Path], why: str) -> None:
        """These were not checked, or not to an end."""
        from ..results.run import CheckedSpec

        self.specs += [CheckedSpec(os.fspath(path), stopped=why) for path in paths]

    def mute(self) -> None:
        """From here on nothing that is printed is a command to GitHub's runner."""
        if self.annotating:
            show(f"::stop-commands::{self.token}")

    def write(self, exit_code: int) -> None:
        """Write and print all of them. Raises OutputError."""
        from ..results.run import RunReport

        run = RunReport(tuple(self.specs), exit_code)
        with telling():
            if self.annotating:
                show(f"::{self.token}::")
            for each in self.wanted:
                text = _text(each.format, run)
                if each.printed:
                    if text:
                        show(text)
                else:
                    self._write(each, text)

    def _write(self, report: Report, text: str) -> None:
        from ..report.folder import Folder, OutputError

        place = Path(report.file) if report.file else self.out / _FILES[report.format]
        try:
            if report.file:
                _write_named(place, text)
            else:
                folder = Folder(self.out)
                folder.make(self.out)
                folder.write(place.name, text)
        except OSError as error:
            raise OutputError(f"cannot write {place}: {error.strerror or error}") from error


def _text(form: ReportFormat, run: RunReport) -> str:
    match form:
        case "junit":
            from ..report.ci.junit import junit_text

            return junit_text(run)
        case "sarif":
            from ..report.ci.sarif import sarif_text

            return sarif_text(run, __version__)
        case "github":
            from ..report.ci.github import github_text

            return github_text(run)
        case "markdown":
            from ..report.ci.markdown import markdown_text

            return markdown_text(run)


def _write_named(place: Path, text: str) -> None:
    """Write a file that the user named: whole or not at all, unless it is a pipe or a device."""
    from ..report.folder import Folder

    # A link such as /dev/stdout may lead to what has no path of its own.
    if place.exists() and not stat.S_ISREG(place.stat().st_mode):
        with place.open("w", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(text)
        return
    place = place.resolve()
    place.parent.mkdir(parents=True, exist_ok=True)
    Folder(place.parent).write(place.name, text)

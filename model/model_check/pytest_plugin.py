"""Specs as tests: `pytest specs/` checks every spec, one test a property.

A test passes if the property's verdict is the one that its spec expects. Undetermined is
not a pass. Every pytest run of an environment loads this module: it imports nothing heavy
until it meets a spec.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .language.source.recognize import is_spec

if TYPE_CHECKING:
    from .api.check import Result
    from .results.check import CheckReport, PropertyResult

NO_FAULTS = "--model-check-no-faults"

__all__ = ["PropertyItem", "SpecFile", "SpecWarning", "UnexpectedVerdictError"]


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> SpecFile | None:
    """Collect a YAML file that is a spec."""
    if not is_spec(file_path):
        return None
    found: SpecFile = SpecFile.from_parent(parent, path=file_path)
    return found


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--model-check-no-faults`: as `--no-faults` of the command."""
    parser.getgroup("model-check").addoption(
        NO_FAULTS, action="store_true", help="Let nothing go wrong in specs: no crash, no loss."
    )


class UnexpectedVerdictError(AssertionError):
    """A property has another verdict than its spec expects; the text tells the violation."""


class SpecWarning(pytest.PytestWarning):
    """What the checker warns of in a spec, or what no run of it does; with its place."""


class SpecFile(pytest.File):
    """A spec: its properties are the tests. It is checked once, when the first one runs."""

    _result: Result | None = None

    def collect(self) -> Iterator[PropertyItem]:
        from .language import load
        from .language.source.diagnostics import SpecError

        try:
            spec = load(self.path)
        except SpecError as error:
            raise self.CollectError(str(error)) from error
        for warning in spec.warnings:
            self.warn(SpecWarning(warning.render()))
        for each in spec.properties:
            yield PropertyItem.from_parent(self, name=each.name)

    def result(self) -> Result:
        """What the check found."""
        if self._result is None:
            from .api.check import check
            from .report.words.coverage import unseen_texts

            faults = not self.config.getoption(NO_FAULTS)
            self._result = check(self.path, reason=False, faults=faults)
            for text in unseen_texts(self._result.report):
                self.warn(SpecWarning(f"{self._result.report.path}: {text}"))
        return self._result


class PropertyItem(pytest.Item):
    """One property of a spec."""

    parent: SpecFile

    def runtest(self) -> None:
        result = self.parent.result()
        found = result[self.name]
        if result.space.outside:
            from .report.words.verdicts import verdict_text, within_text

            # Shown with -rP, and where the test fails.
            verdict = verdict_text(found, result.space)
            told = f"{self.name} {verdict}: {within_text(result.report)}"
            self.add_report_section("call", "within", told)
        if told := _faults_told(result):
            self.add_report_section("call", "faults", told)
        if found.as_expected:
            return
        text = f"{result.model}: {self.name} is {found.verdict}, expected: {found.expected}"
        if found.trace is not None:
            text += "\n\n" + result.timeline(self.name)
        else:
            text += f"\n\n{_why_without_a_trace(found, result.report)}"
        raise UnexpectedVerdictError(f"{text}\n\nreproduce with: {result.report.command}")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        from .language.source.diagnostics import SpecError

        if isinstance(excinfo.value, UnexpectedVerdictError | SpecError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, self.name


def _faults_told(result: Result) -> str:
    """What may go wrong in the runs that the verdict is of; shown like `within`."""
    from .report.words.faults import faults_text

    return faults_text(result.report.faults)


def _why_without_a_trace(found: PropertyResult, report: CheckReport) -> str:
    """What there is to say of a verdict that no trace shows."""
    from .report.words.runs import nowhere_text

    space = report.space
    told = (
        nowhere_text(found, space) or found.note or found.limit or space.stopped or report.unjudged
    )
    return told or "the property could not be evaluated"

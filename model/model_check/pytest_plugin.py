"""Specs as tests: `pytest specs/` checks every spec, one test a property.

A test passes if the property's verdict is the one that its spec expects. Undetermined is
not a pass. Every pytest run of an environment loads this module: it imports nothing heavy
until it meets a spec.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .language.source.recognize import is_spec, is_written_repair

if TYPE_CHECKING:
    from .api.check import Result
    from .api.steered import steered as steered_services
    from .results.steer import SteerResult

NO_FAULTS = "--model-check-no-faults"
OUT = "--model-check-out"

__all__ = ["PropertyItem", "SpecFile", "SpecWarning", "UnexpectedVerdictError", "steered"]


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> SpecFile | None:
    """Collect a YAML file that is a spec; one that `repair` wrote only if it was asked for."""
    if not is_spec(file_path):
        return None
    asked = map(parent.session.isinitpath, (file_path, file_path.parent))
    if is_written_repair(file_path) and not any(asked):
        return None
    found: SpecFile = SpecFile.from_parent(parent, path=file_path)
    return found


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--model-check-no-faults` and `--model-check-out`: as `--no-faults` and `--out` of the
    command."""
    group = parser.getgroup("model-check")
    group.addoption(
        NO_FAULTS, action="store_true", help="Let nothing go wrong in specs: no crash, no loss."
    )
    group.addoption(
        OUT, default="out", metavar="DIR", help="Where the page of a failing spec goes (out)."
    )


@pytest.fixture
def steered(request: pytest.FixtureRequest) -> Callable[..., steered_services]:
    """A user's own services under a schedule of a spec:

        def test_no_chunk_is_lost(steered):
            with steered("specs/legacy.yaml", "no_loss") as redis_url:
                assert shown_by(my_app(redis_url)) == list(range(1, 11))

    See `model_check.steered`; a path is one from the folder that pytest was started in. What was
    measured is told where the test fails."""
    from .api.steered import steered as steered_by

    def measured(found: SteerResult) -> None:
        from .report.text.steer import render_steer

        text = render_steer(found, found.model, 100, color=False, unicode=True)
        request.node.add_report_section("call", "model-check steer", text)

    def of(path: Path | str, violating: str = "", **options: Any) -> steered_services:
        whole = request.config.invocation_params.dir / path
        return steered_by(_near(request.config, whole), violating, measured=measured, **options)

    return of


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the results hold that a failing test asserted."""
    report = yield
    # A test that has no result has not loaded what makes them.
    if report.failed and call.excinfo is not None and "model_check.api.check" in sys.modules:
        from .report.text.failure import render_brief, unexpected_first

        for result in _asserted(call.excinfo):
            explained = result.explained(unexpected_first(result.report)[0].name)
            report.sections.append((f"model-check {result.model}", render_brief(explained.report)))
    return report


def _asserted(failed: pytest.ExceptionInfo[BaseException]) -> list[Result]:
    """The results that a failing assertion speaks of and that are not as expected: those of the
    variables in its statement, and of what pytest has kept of its parts (`@py_assert1`), in the
    test and in what it calls."""
    from .api.check import Result

    if not failed.errisinstance(AssertionError):
        return []
    found: dict[int, Result] = {}
    for entry in failed.traceback:
        statement = str(entry.statement) if entry.frame.code.fullsource else ""
        for name, value in entry.frame.f_locals.items():
            meant = name.startswith("@py_assert") or re.search(rf"\b{re.escape(name)}\b", statement)
            if isinstance(value, Result) and meant and not value.as_expected:
                found[id(value)] = value
    return list(found.values())


def _out(config: pytest.Config) -> Path:
    """Where pages go: below the folder that pytest was started in."""
    return _near(config, config.invocation_params.dir / str(config.getoption(OUT)))


def _near(config: pytest.Config, path: Path) -> Path:
    """A path, as short as it is from the folder that pytest was started in."""
    start = config.invocation_params.dir
    near = start == Path.cwd() and path.is_relative_to(start)
    return path.relative_to(start) if near else path


class UnexpectedVerdictError(AssertionError):
    """A property has another verdict than its spec expects; the text tells the violation."""


class SpecWarning(pytest.PytestWarning):
    """What the checker warns of in a spec, or what no run of it does; with its place."""


class SpecFile(pytest.File):
    """A spec: its properties are the tests. It is checked once, when the first one runs."""

    _result: Result | None = None
    _is_told = False

    def collect(self) -> Iterator[PropertyItem]:
        from .language import load
        from .language.source.diagnostics import SpecError

        try:
            spec = load(_near(self.config, self.path))
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
            self._result = check(_near(self.config, self.path), reason=False, faults=faults)
            for text in unseen_texts(self._result.report):
                self.warn(SpecWarning(f"{self._result.report.path}: {text}"))
        return self._result

    def told_of(self, name: str) -> str:
        """What a failing test shows of a property. Reasons are looked for, and pictures and the
        page written, when the first property fails."""
        from .errors import ModelCheckError
        from .report.text.failure import render_failure

        result = self.result()
        if not self._is_told:
            wrong = (each.name for each in result.properties if not each.as_expected)
            result = self._result = result.explained(*wrong)
            self._is_told = True
            try:
                self._result = result = result.write(_out(self.config))
            except ModelCheckError as error:
                self.warn(SpecWarning(f"no page: {error}"))
        return render_failure(result.report, result[name])


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
        raise UnexpectedVerdictError(self.parent.told_of(self.name))

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

"""What every output is made from: one check of one spec, as plain frozen values.

The terminal, `result.json`, the traces and the pictures all read a `CheckReport` and
nothing below it, so that they cannot disagree and can be tested with values written by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...errors import EXIT_AS_EXPECTED, EXIT_UNDETERMINED, EXIT_UNEXPECTED
from ...language.records import dataclass
from ...language.source.diagnostics import Diagnostic
from ...verify.coverage import UntakenStep
from ...verify.outcome import PropertyResult, ResourceView, SpaceSummary, Trace, Value

__all__ = [
    "CheckReport", "exit_code_for", "trace_of", "violated_with_trace",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class CheckReport:
    """One check of one spec.

    `path` is the spec's path as the user gave it, `constants` the values it ran with,
    `command` the command line that repeats the check, `files` the paths of what was written
    (as shown to the user) and `notes` what the user should know about them, such as a picture
    that could not be drawn. `resources` are all instances, in the order of the spec.
    """

    model: str
    about: str
    path: str
    constants: Mapping[str, Value]
    results: tuple[PropertyResult, ...]
    space: SpaceSummary
    exit_code: int
    command: str
    resources: tuple[ResourceView, ...] = ()
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    group_by: str = ""
    """The expression that the picture of the space joins states by, if the user gave one."""
    untaken: tuple[UntakenStep, ...] | None = ()
    """The steps that no run takes; None where that is not known."""
    warnings: tuple[Diagnostic, ...] = ()
    """What the checker warns of, by its place in the spec."""


def exit_code_for(results: Iterable[PropertyResult]) -> int:
    """The exit code of a check: 1 if a verdict is another than expected, else 3 if one is
    undetermined, else 0."""
    code = EXIT_AS_EXPECTED
    for result in results:
        if result.verdict == "undetermined":
            code = EXIT_UNDETERMINED
        elif not result.as_expected:
            return EXIT_UNEXPECTED
    return code


def violated_with_trace(report: CheckReport) -> tuple[PropertyResult, ...]:
    """The violated properties that have a trace to show."""
    return tuple(r for r in report.results if r.verdict == "violated" and r.trace is not None)


def trace_of(result: PropertyResult) -> Trace:
    """The trace of a property that is one of `violated_with_trace`."""
    assert result.trace is not None
    return result.trace

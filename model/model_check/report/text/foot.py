"""How the text of a check ends: how much was looked at, which files there are, and, as the last
lines, all verdicts in one sentence and where the page lies.

Long outputs are read from their end: what a terminal shows last is what was asked first.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from ...errors import EXIT_AS_EXPECTED, EXIT_UNDETERMINED
from ...results.check import CheckReport, SpaceSummary
from ...results.simulation import SimulationSummary
from ...verify.show import printable
from ..words.columns import counted, together, wrap
from ..words.simulation import simulated_text
from ..words.size import explored_text, reduced_texts
from ..words.verdicts import all_verdicts_text
from .style import Style

__all__ = ["foot_lines", "last_lines"]

PAGE = ".html"
"""With this ends the name of the page, of which there is one."""


def foot_lines(report: CheckReport, width: int, style: Style) -> list[str]:
    """How much was explored, what was written, and how to do it again where a verdict is not as
    expected."""
    lines = wrap(_size(report, whole=style.whole), width, "", "  ")
    for text in reduced_texts(report.space):
        lines += wrap(text, width, "", "  ")
    lines += style.written(report.files, report.notes, width)
    if report.exit_code != EXIT_AS_EXPECTED:
        lines += wrap(f"again: {report.command}", width, "", "  ")
    return lines


def _size(report: CheckReport, *, whole: bool) -> str:
    space = report.space
    if space.simulation is not None:
        return _simulated(space, space.simulation, report.seconds, whole=whole)
    explored = explored_text(space)
    none = "no deadlock" if space.complete else "no deadlock so far"
    parts = [
        counted(space.states, "state"),
        counted(space.transitions, "transition"),
        f"depth {space.depth:,}",
        f"{space.final_states:,} final",
        counted(space.deadlock_states, "deadlock") if space.deadlock_states else none,
        f"{counted(space.state_bits, 'bit')} a state",
        f"{report.seconds:.2f} s in all",
    ]
    if whole:
        parts.append(_speed(space))
    return f"{explored}: " + ", ".join(together(part) for part in parts)


def _simulated(
    space: SpaceSummary, found: SimulationSummary, seconds: float, *, whole: bool
) -> str:
    told = f"{explored_text(space)}: {simulated_text(found)}; {found.over}"
    bits = f"{counted(space.state_bits, 'bit')} a state, {seconds:.2f} s in all"
    rate = f", {found.steps / space.seconds:,.0f} steps/s" if whole and space.seconds else ""
    return f"{told}; {bits}{rate}"


def _speed(space: SpaceSummary) -> str:
    rate = f" ({space.states / space.seconds:,.0f} states/s)" if space.seconds > 0 else ""
    return f"{space.seconds:.2f} s of it the search{rate}"


def last_lines(report: CheckReport, width: int, style: Style) -> list[str]:
    """All verdicts in one sentence, with the exit code where that is not 0, and the page."""
    code = report.exit_code
    told = all_verdicts_text(report)
    if code != EXIT_AS_EXPECTED:
        told = f"exit code {code}: {told}"
    looks = {EXIT_AS_EXPECTED: "green", EXIT_UNDETERMINED: "yellow"}
    lines = style.wrapped(told, width, looks.get(code, "red"), "bold") if told else []
    page = _page(report.files)
    return lines + ([f"page: {printable(page)}"] if page else [])


def _page(files: Sequence[str]) -> str:
    """The path of the page, whole, so that it can be clicked on; "" where there is none."""
    return next((each for each in files if PurePath(each).suffix == PAGE), "")

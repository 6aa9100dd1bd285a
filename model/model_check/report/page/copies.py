"""What can be copied from the page, to be put elsewhere: a trace, a command, a test."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from ...results.check import CheckReport, PropertyResult, trace_of, with_trace
from ...verify.show import printable
from ..pictures.check import STEPS_DRAWN
from ..pictures.mermaid import mermaid_text
from ..text.style import Style
from ..text.timeline import render_timeline
from ..words.phrases import end_line, outcome_text

__all__ = ["copies_data"]

WIDTH = 100
"""Columns of a trace as text."""
PLAIN = Style(color=False, unicode=True)


def copies_data(report: CheckReport) -> dict[str, Any]:
    """The texts: the `command` that repeats the check, and by property with a trace its `text`,
    its `mermaid` ("" where it is too long to be drawn), and a `test` for pytest."""
    return {
        "command": printable(report.command),
        "of": {
            result.name: {
                "text": _trace(report, result),
                "mermaid": _mermaid(report, result),
                "test": _test(report, result),
            }
            for result in with_trace(report)
        },
    }


def _trace(report: CheckReport, result: PropertyResult) -> str:
    trace = trace_of(result)
    lines = [
        printable(f"{report.model}: {outcome_text(result)}"),
        *render_timeline(trace, WIDTH, PLAIN),
        printable(end_line(trace, result.form)),
    ]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _mermaid(report: CheckReport, result: PropertyResult) -> str:
    return mermaid_text(report, result) if len(trace_of(result).steps) <= STEPS_DRAWN else ""


def _test(report: CheckReport, result: PropertyResult) -> str:
    """A test that fails until the property has the verdict that its spec expects."""
    words = shlex.split(report.command)
    asked = [repr(report.path)]
    sets = dict(_constants(words))
    if sets:
        asked.append(f"constants={sets!r}")
    if "--no-faults" in words:
        asked.append("faults=False")
    name = re.sub(r"\W", "_", result.name)
    found = f"result[{result.name!r}]"
    wanted = f"{found}.verdict == {result.expected!r}"
    if result.expected == "either":
        wanted = f"{found}.as_expected"
    return (
        "from model_check import check\n\n\n"
        f"def test_{name}() -> None:\n"
        f"    result = check({', '.join(asked)})\n"
        f"    assert {wanted}, result.text()\n"
    )


def _constants(words: list[str]) -> Iterator[tuple[str, int | str]]:
    """The constants that the command gives other values."""
    for option, told in pairwise(words):
        if option == "--set":
            name, _, value = told.partition("=")
            yield name, int(value) if re.fullmatch(r"-?[0-9]{1,18}", value) else value

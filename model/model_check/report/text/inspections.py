"""What the server said when it was asked beside a run, as its own client shows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from ...results.inspections import Inspection
from ...verify.show import printable
from ..words.columns import shorten, wrap
from .style import Style

__all__ = ["render_inspections"]

MOST_LINES = 12
"""Lines of an answer that are shown."""


def render_inspections(found: Sequence[Inspection], width: int, style: Style) -> list[str]:
    """Each command with its answer, and when it was asked; those that follow each other and were
    answered alike are told once."""
    if not found:
        return []
    lines = ["asked of the server beside that, as it can be typed into redis-cli"]
    for (moment, command, answer), group in groupby(found, _alike):
        lines += wrap(_when(moment, [each.event for each in group]), width, "  ", "    ")
        lines.append(style.paint(shorten(f"    > {printable(command)}", width), "bold"))
        lines += (shorten(f"    {printable(each)}", width) for each in _first(answer))
    return lines


def _alike(each: Inspection) -> tuple[str, str, tuple[str, ...]]:
    return each.moment, each.command, each.answer


def _when(moment: str, events: Sequence[str]) -> str:
    if moment == "end":
        return "at the end"
    shown = printable(events[0])
    if len(events) == 2:
        shown += f" and {printable(events[1])}"
    elif len(events) > 2:
        shown += f", and {len(events) - 1} times more, up to {printable(events[-1])}"
    return f"{moment} {shown}"


def _first(answer: Sequence[str]) -> Iterator[str]:
    if len(answer) <= MOST_LINES:
        yield from answer
        return
    yield from answer[: MOST_LINES - 1]
    yield f"... and {len(answer) - MOST_LINES + 1:,} lines more"

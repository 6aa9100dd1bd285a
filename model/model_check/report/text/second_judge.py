"""What the second judge says of each verdict, as lines of text."""

from __future__ import annotations

from collections.abc import Sequence

from ...results.check import PropertyResult, SecondOpinion
from ...verify.show import printable
from ..words.columns import display_width, shorten, wrap
from ..words.phrases import second_judge_text
from .style import Style, pad

__all__ = ["render_second_judge"]

HEAD = "Judged again by z3, for runs of a bounded number of steps:"
LOOKS = {"agrees": "dim", "disagrees": "red", "undetermined": "yellow"}


def render_second_judge(results: Sequence[PropertyResult], width: int, style: Style) -> list[str]:
    """A line for each property that was judged again; empty where none was."""
    told = [(printable(r.name), r.bounded, second_judge_text(r)) for r in results if r.bounded]
    if not told:
        return []
    names = min(max(display_width(name) for name, _, _ in told), width // 3)
    lines = wrap(HEAD, width)
    for name, opinion, text in told:
        start, *rest = wrap(text, width - names - 4)
        lines.append(f"  {pad(shorten(name, names), names)}  " + _painted(start, opinion, style))
        lines += [" " * (names + 4) + _painted(line, opinion, style) for line in rest]
    return lines


def _painted(text: str, opinion: SecondOpinion, style: Style) -> str:
    return style.paint(text, LOOKS[opinion.answer])

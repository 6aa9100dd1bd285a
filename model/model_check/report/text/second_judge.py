"""What the second judge says of each verdict, as lines of text."""

from __future__ import annotations

from collections.abc import Sequence

from ...results.check import PropertyResult, SecondOpinion
from ...verify.show import printable
from ..words.columns import display_width, shorten, wrap
from ..words.phrases import steps_text
from .style import Style, pad

__all__ = ["render_second_judge"]

HEAD = "Judged again by z3, for runs of a bounded number of steps:"
LOOKS = {"agrees": "dim", "disagrees": "red", "undetermined": "yellow"}


def render_second_judge(results: Sequence[PropertyResult], width: int, style: Style) -> list[str]:
    """A line for each property that was judged again; empty where none was."""
    told = [(printable(r.name), r.bounded, _told(r)) for r in results if r.bounded]
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


def _told(result: PropertyResult) -> str:
    """What the second judge says of a verdict; "" where it was not asked."""
    opinion = result.bounded
    if opinion is None:
        return ""
    if opinion.answer == "undetermined":
        return f"undetermined: {printable(opinion.note)}"
    if opinion.answer == "disagrees":
        return "disagrees with the search, so nothing is known: please report this spec"
    steps = steps_text(opinion.steps)
    if result.form.somewhere:
        if result.verdict == "holds":
            return f"agrees: a run of {steps} shows it" + ", and none sooner" * bool(opinion.steps)
        return f"agrees: no run of at most {steps} shows it"
    if result.verdict != "violated":
        return f"agrees: no run of at most {steps} violates it"
    if result.trace is not None and result.trace.end == "loop":
        sooner = printable(opinion.note) or "by none that has sooner"
        return f"agrees: violated by a run that goes round within {steps}, and {sooner}"
    return f"agrees: violated after {steps}" + ", and not sooner" * bool(opinion.steps)

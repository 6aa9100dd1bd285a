"""What free runs measured, as a table for a terminal: one line a spec."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...language.forms import FORMS
from ...results.replay import RecordResult, share_between
from ...verify.show import printable
from ..words.columns import display_width, wrap
from ..words.faults import faults_text
from .replay import server_text
from .style import Style, pad

__all__ = ["render_recordings"]

_AT_ENDS = " or ".join(f"`{form.name}`" for form in FORMS.values() if form.asks_ends)
"""The forms of property that say something of the end of a run."""


def render_recordings(
    found: Sequence[RecordResult], width: int, *, color: bool, unicode: bool
) -> str:
    """How many connections of each system lost something, with what that tells of the true
    share. All of them were run alike."""
    style = Style(color, unicode)
    first = found[0]
    lines = wrap(
        f"{first.connections:,} connections each, on {server_text(first.server, first.own)}, each"
        f" at a random moment; a message every {_time(first.interval)},"
        f" {_time(first.gap)} between a publisher's steps, {_time(first.window)} between the"
        " commands of whoever connects",
        width,
    )
    name = max(display_width(printable(each.model)) for each in found)
    head = f"{'':<{name}}  lost something  share    95 % between    window  what"
    lines += ["", style.paint(head.rstrip(), "dim")]
    for each in found:
        row = f"{pad(printable(each.model), name)}  {_counted(each)}".rstrip()
        color_of = "yellow" if not each.judged else "red" if each.losing else "green"
        lines.append(style.paint(row, color_of))
    lines += ["", "share: of connections; window: the median that was measured"]
    lines += (part for each in found for note in _notes(each) for part in wrap(note, width))
    return style.finish("\n".join(lines))


def _counted(found: RecordResult) -> str:
    """What stands in the row of a system."""
    if found.share is None:
        return "nothing was judged"
    low, high = share_between(found.losing, found.judged)
    window = "" if found.median_window is None else _time(found.median_window)
    what = ", ".join(f"{item} ({times:,})" for item, times in found.lost.items())
    return (
        f"{found.losing:>14,}  {found.share:>6.1%}  {low:>5.1%} and {high:>5.1%}"
        f"  {window:>8}  {printable(what)}"
    )


def _notes(found: RecordResult) -> Iterator[str]:
    """What the numbers of a system say nothing about."""
    model = printable(found.model)
    if told := faults_text(found.faults):
        yield f"{model}: {told}"
    if found.seed is not None:
        what = ", ".join(f"{printable(name)} ({n:,})" for name, n in found.happened.items())
        yield f"{model}: what went wrong, with --seed {found.seed}: {what or 'nothing'}"
    if found.restless:
        yield (
            f"{model}: {found.restless:,} of {found.connections:,} connections did not come to an"
            " end in the time that they had: what never ends is not judged"
        )
    if not found.judged and found.restless < found.connections:
        yield (
            f"{model}: whether anything was lost is not known: the spec has no {_AT_ENDS} property"
            " that speaks of processes alone, and no process showed frames"
        )
    elif found.judged and found.judged + found.restless < found.connections:
        yield (
            f"{model}: {found.judged:,} of {found.connections:,} connections were judged, the share"
            " is of those: in the others no process showed frames"
        )
    if found.judged and found.unjudged:
        yield f"{model}: not judged at an end: {', '.join(map(printable, found.unjudged))}"


def _time(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.1f} s"
    return f"{1000 * seconds:.1f} ms" if seconds % 0.001 > 1e-9 else f"{1000 * seconds:.0f} ms"

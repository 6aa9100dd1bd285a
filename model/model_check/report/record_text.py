"""What free runs measured, as a table for a terminal: one line a spec."""

from __future__ import annotations

from collections.abc import Sequence

from ..live.record import Recording, share_between
from .replay_text import server_text
from .style import Style, pad
from .text import display_width, printable, wrap

__all__ = ["render_recordings"]


def render_recordings(found: Sequence[Recording], width: int, *, color: bool, unicode: bool) -> str:
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
        low, high = share_between(each.losing, each.connections)
        window = "" if each.median_window is None else _time(each.median_window)
        what = ", ".join(f"{item} ({times:,})" for item, times in each.lost.items())
        row = (
            f"{pad(printable(each.model), name)}  {each.losing:>14,}  {each.share:>6.1%}"
            f"  {low:>5.1%} and {high:>5.1%}  {window:>8}  {printable(what)}"
        )
        lines.append(style.paint(row.rstrip(), *(("red",) if each.losing else ("green",))))
    lines += ["", "share: of connections; window: the median that was measured"]
    return style.finish("\n".join(lines))


def _time(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.1f} s"
    return f"{1000 * seconds:.1f} ms" if seconds % 0.001 > 1e-9 else f"{1000 * seconds:.0f} ms"

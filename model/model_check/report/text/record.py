"""What free runs measured, as a table for a terminal: one line a spec."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...results.replay import RecordResult
from ...results.shares import share_interval
from ...verify.show import printable
from ..words.columns import display_width, wrap
from ..words.faults import faults_text
from .inspections import render_inspections
from .replay import server_text
from .style import Style, pad

__all__ = ["render_recordings"]


def render_recordings(
    found: Sequence[RecordResult], width: int, *, color: bool, unicode: bool
) -> str:
    """In how many connections of each system something went wrong, with what that tells of the true
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
    head = f"{'':<{name}}  went wrong  share    95 % between    window  what"
    lines += ["", style.paint(head.rstrip(), "dim")]
    for each in found:
        row = f"{pad(printable(each.model), name)}  {_counted(each)}".rstrip()
        color_of = "yellow" if not each.judged else "red" if each.losing else "green"
        lines.append(style.paint(row, color_of))
    lines += ["", "share: of connections; window: the median that was measured"]
    lines += (part for each in found for note in _notes(each) for part in wrap(note, width))
    for each in found:
        if asked := render_inspections(each.inspections, width, style):
            first_one = (
                f"{printable(each.model)}, the first connection in which something went wrong:"
            )
            lines += ["", *wrap(first_one, width), *asked]
    return style.finish("\n".join(lines))


def _counted(found: RecordResult) -> str:
    """What stands in the row of a system."""
    if found.share is None:
        return "nothing was judged"
    _, low, high = share_interval(found.losing, found.judged)
    window = "" if found.median_window is None else _time(found.median_window)
    what = ", ".join(f"{item} ({times:,})" for item, times in found.lost.items())
    return (
        f"{found.losing:>10,}  {found.share:>6.1%}  {low:>5.1%} and {high:>5.1%}"
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
            f"{model}: whether anything went wrong is not known: no property of the spec says what"
            " a run alone can show, and no process showed frames"
        )
    yield from _properties(found)


def _properties(found: RecordResult) -> Iterator[str]:
    """What was judged, and how."""
    model = printable(found.model)
    broken = [f"{printable(name)} ({n:,})" for name, n in found.broken.items() if n]
    kept = [printable(name) for name, n in found.broken.items() if not n]
    unclear = [f"{printable(name)} ({n:,})" for name, n in found.unclear.items() if n]
    seen = [f"{printable(name)} ({n:,})" for name, n in found.seen.items()]
    parts = {"violated": broken, "not violated": kept, "unclear": unclear, "seen": seen}
    told = [f"{what} {', '.join(names)}" for what, names in parts.items() if names]
    if found.judged and told:
        yield f"{model}: {'; '.join(told)}"
    if unclear:
        yield (
            f"{model}: unclear is what the answers do not tell: commands of several processes were"
            " under way at once, and the server may have carried them out in another order"
        )
    if found.judged and found.unjudged:
        names = ", ".join(map(printable, found.unjudged))
        yield (
            f"{model}: not judged, because only the server knows what stands in a resource on the"
            f" way: {names}"
        )


def _time(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.1f} s"
    return f"{1000 * seconds:.1f} ms" if seconds % 0.001 > 1e-9 else f"{1000 * seconds:.0f} ms"

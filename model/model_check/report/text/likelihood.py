"""What `model-check likelihood` prints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...results.likelihood import Likelihood, LikelihoodReport, Likelihoods
from ...verify.show import printable
from ..words.columns import NARROWEST, counted, display_width
from ..words.likelihood import (
    NO_ORDER,
    NO_VERDICT,
    broken_anywhere,
    cells_of,
    ending_text,
    mean_text,
    method_text,
    never_broken,
    never_in_sweep,
    share_text,
    sweep_method_text,
    time_text,
    zero_text,
)
from .style import Style, pad

__all__ = ["render_likelihoods"]

MOST_ENDINGS = 12
"""Of a property, that are shown; all are in `likelihood.json`."""


def render_likelihoods(
    found: Likelihoods, width: int = 100, color: bool = False, unicode: bool = True
) -> str:
    """The whole report: of each spec what was assumed and what came of it, then a sweep as a
    table."""
    width, style = max(width, NARROWEST), Style(color, unicode)
    sections = [section for each in found.reports for section in _spec(each, width, style)]
    sections += _sweep(found, width, style)
    sections.append([*style.wrapped(NO_VERDICT, width, "dim")])
    sections.append(style.written(found.files, found.notes, width))
    return style.finish("\n\n".join("\n".join(each) for each in sections if each))


def _spec(report: LikelihoodReport, width: int, style: Style) -> Iterator[list[str]]:
    head = style.paint(printable(report.name), "bold")
    yield [f"{head}  {style.paint(printable(report.path), 'dim')}"]
    if report.undecided:
        yield style.wrapped(f"nothing can be said: {report.undecided}", width, "yellow")
        return
    yield _times(report, width, style)
    told = [line for each in report.properties for line in _property(each, width, style)]
    if never := never_broken(report):
        told += style.wrapped(f"{_listed(never)}: {NO_ORDER}", width, "green")
    for mean in report.means:
        told += style.wrapped(f"at the end of a run, {mean_text(mean)}", width)
    yield told
    notes = style.wrapped(f"{method_text(report)}.", width)
    for name, why in report.left_out:
        notes += style.wrapped(f"{printable(name)} is left out: {why}.", width, "dim")
    for note in report.notes:
        notes += style.wrapped(f"{_begun(note, report)}.", width, "dim")
    if report.stopped:
        text = f"It was stopped before it was as precise as asked: {report.stopped}."
        notes += style.wrapped(text, width, "yellow")
    yield notes


def _begun(note: str, report: LikelihoodReport) -> str:
    """A note as a sentence begins; the name of a property or a step stays as it is written."""
    first = note.split(" ", 1)[0].rstrip(",:")
    named = "." in first or any(each.property == first for each in report.properties)
    return note if named else note[:1].upper() + note[1:]


def _times(report: LikelihoodReport, width: int, style: Style) -> list[str]:
    """What was assumed."""
    lines = []
    if report.times:
        lines = ["if its steps take these times:"]
        room = max(display_width(printable(each.step)) for each in report.times)
        for each in report.times:
            text = f"{each.text} ({each.place})" if each.source == "log" else each.text
            lines.append(f"  {pad(printable(each.step), room)}  {printable(text)}")
    if report.unsaid:
        lines += style.wrapped(f"no time: {_listed(report.unsaid)}", width, "dim", indent="  ")
    if report.never:
        text = f"never, for no time is said: {_listed(report.never)}"
        lines += style.wrapped(text, width, "yellow", indent="  ")
    return lines


def _property(each: Likelihood, width: int, style: Style) -> list[str]:
    if each.method == "orders":
        return []
    name = printable(each.property)
    text = f"{name}: {share_text(each.share)} of runs violate it"
    if each.method == "splitting":
        text += ", by splitting"
    elif each.share.runs is not None and each.share.high > 0:
        text += f", {each.share.runs:,} did"
    if zero := zero_text(each):
        text += f", {zero}"
    lines = style.wrapped(text, width, "red" if each.share.estimate else "green", "bold")
    endings = [ending for ending in each.endings if ending.values or ending.changing]
    for ending in endings[:MOST_ENDINGS]:
        lines += style.wrapped(
            f"{ending_text(ending)}: {share_text(ending.share)}", width, indent="  "
        )
    if len(endings) > MOST_ENDINGS:
        rest = counted(len(endings) - MOST_ENDINGS, "other ending")
        lines += style.wrapped(f"{rest}, less likely", width, "dim", indent="  ")
    return lines


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(printable, names))


def _sweep(found: Likelihoods, width: int, style: Style) -> Iterator[list[str]]:
    """A table for each property: a line a time, a column a spec."""
    swept = [each for each in found.reports if each.points]
    names = broken_anywhere(found)
    for name in names:
        yield _table(name, swept, width, style)
    yield [line for each in never_in_sweep(found) for line in style.wrapped(each, width, "green")]


def _table(name: str, reports: Sequence[LikelihoodReport], width: int, style: Style) -> list[str]:
    of = [cells_of(each, name) for each in reports]
    times = sorted({time for each in of for time in each})
    rows = [[time_text(time), *(each.get(time, "") for each in of)] for time in times]
    head = [printable(reports[0].swept), *(printable(each.name) for each in reports)]
    rooms = [max(map(display_width, column)) for column in zip(head, *rows, strict=True)]
    lines = style.wrapped(f"{printable(name)}: the share of runs that violate it", width, "bold")
    for place, row in enumerate([head, *rows]):
        line = "  ".join(pad(text, room) for text, room in zip(row, rooms, strict=True)).rstrip()
        lines.append(style.paint(line, "dim") if not place else line)
    methods = "; ".join(sweep_method_text(each, name) for each in reports)
    return [*lines, *style.wrapped(methods, width, "dim")]

"""The curve of how likely runs go wrong, by the time of one step, with its interval as a band.

A page of the documentation lays marks over it: what somebody guessed as points, and what was
measured with the whiskers of its interval.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ...language.records import dataclass
from ...results.likelihood import LikelihoodReport, Likelihoods, Share
from ...verify.show import printable
from ..words.likelihood import UNITS, broken_anywhere, share_text, time_text
from .fonts import text_width
from .palette import FAINT, INK, MUTED, PAPER, PROCESSES
from .svg import Canvas, ShapeStyle, TextStyle

__all__ = ["Curve", "Mark", "curve_svg", "curves"]

WIDTH, HEIGHT = 760, 420
"""Pixels of the picture, without the legend."""
LEFT, RIGHT, TOP, BOTTOM = 70, 24, 74, 58
TITLE = TextStyle(INK, 16, "bold")
ABOUT = TextStyle(MUTED, 12)
TICKS = 6
"""Intervals between the numbers of an axis, about."""
DASHES = ("", "7 4", "2 3", "10 3 2 3")
"""Of one curve after the other: to be told apart without colour as well."""
LEGEND_LINE = 20
SHEER = 0.8
DOT, WHISKER = 2.5, 5


@dataclass(frozen=True, slots=True)
class Curve:
    """Of a spec: the share of runs at each time, in nanoseconds."""

    name: str
    points: tuple[tuple[int, Share], ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """What is laid over curves, at a time: with whiskers where its interval is one. `of`: the
    number of the curve in whose colour it is drawn; None: in that of text."""

    name: str
    time: int
    share: Share
    of: int | None = None


def curves(found: Likelihoods) -> dict[str, str]:
    """The picture of each property that is broken somewhere in a sweep, as the text of an SVG
    file, by its name."""
    swept = [each for each in found.reports if each.points]
    pictures = {}
    for name in broken_anywhere(found):
        drawn = [Curve(each.name, tuple(_points(each, name))) for each in swept]
        about = f"by the mean time of {swept[0].swept}; {_known(swept)}"
        title = f"{name}: the share of runs that violate it"
        pictures[name] = curve_svg(title, about, [each for each in drawn if each.points])
    return pictures


def _points(report: LikelihoodReport, name: str) -> Iterator[tuple[int, Share]]:
    for point in report.points:
        for other, share in point.shares:
            if other == name:
                yield point.time, share


def _known(reports: Sequence[LikelihoodReport]) -> str:
    """How near the curves are."""
    exact = all(
        share.low == share.high
        for report in reports
        for point in report.points
        for _, share in point.shares
    )
    return "computed exactly" if exact else "the band is the 95 % interval"


def curve_svg(title: str, about: str, drawn: Sequence[Curve], marks: Sequence[Mark] = ()) -> str:
    """Curves of one property and what is laid over them, as the text of an SVG file."""
    shares = [share for each in drawn for _, share in each.points] + [m.share for m in marks]
    times = [time for each in drawn for time, _ in each.points] + [m.time for m in marks]
    plot = _Plot(min(times), max(times), max(each.high for each in shares))
    canvas = Canvas()
    canvas.text(LEFT, 28, title, TITLE, room=WIDTH - LEFT - RIGHT)
    canvas.text(LEFT, 48, about, ABOUT, room=WIDTH - LEFT - RIGHT)
    plot.draw_axes(canvas)
    for number, each in enumerate(drawn):
        plot.draw_band(canvas, each, _colour(number))
    for number, each in enumerate(drawn):
        plot.draw_curve(canvas, each, number)
    for mark in marks:
        plot.draw_mark(canvas, mark)
    height = _draw_legend(canvas, drawn, marks)
    return canvas.render(WIDTH, height, title)


def _colour(number: int) -> str:
    return PROCESSES[number % len(PROCESSES)]


def _nice(width: float, parts: int) -> float:
    """The least of 1, 2, 5, 10, ... that goes into a width at most so often."""
    size = 10.0 ** math.floor(math.log10(width / parts))
    return next(size * each for each in (1, 2, 5, 10) if size * each * parts >= width * (1 - 1e-9))


class _Plot:
    """Where times and shares lie."""

    def __init__(self, first: int, last: int, top: float) -> None:
        self.first, self.last = first, max(last, first + 1)
        self.step = _nice(top or 1.0, TICKS)
        self.top = self.step * math.ceil((top or 1.0) / self.step - 1e-9)
        self.bottom = HEIGHT - BOTTOM

    def x(self, time: float) -> float:
        """Where a time lies."""
        return LEFT + (WIDTH - LEFT - RIGHT) * (time - self.first) / (self.last - self.first)

    def y(self, share: float) -> float:
        """Where a share lies."""
        return self.bottom - (self.bottom - TOP) * share / self.top

    def draw_axes(self, canvas: Canvas) -> None:
        """Lines and numbers of both."""
        number = TextStyle(MUTED, 11, anchor="end")
        for place in range(round(self.top / self.step) + 1):
            share = place * self.step
            y = self.y(share)
            canvas.line(LEFT, y, WIDTH - RIGHT, y, ShapeStyle(stroke=FAINT))
            canvas.text(LEFT - 8, y + 4, f"{100 * share:.3g} %", number)
        size, unit = next((each for each in UNITS if self.last >= each[0]), UNITS[-1])
        step = _nice((self.last - self.first) / size, 2 * TICKS)
        place = math.ceil(self.first / size / step - 1e-9)
        while place * step * size <= self.last * (1 + 1e-9):
            x = self.x(place * step * size)
            canvas.line(x, self.bottom, x, self.bottom + 5, ShapeStyle(stroke=MUTED))
            text = f"{place * step:.6g}"
            canvas.text(x, self.bottom + 20, text, TextStyle(MUTED, 11, anchor="middle"))
            place += 1
        canvas.line(LEFT, self.bottom, WIDTH - RIGHT, self.bottom, ShapeStyle(stroke=MUTED))
        middle = (LEFT + WIDTH - RIGHT) / 2
        canvas.text(middle, self.bottom + 40, unit, TextStyle(MUTED, 12, anchor="middle"))

    def draw_band(self, canvas: Canvas, curve: Curve, colour: str) -> None:
        """Its interval."""
        upper = [(self.x(time), self.y(share.high)) for time, share in curve.points]
        lower = [(self.x(time), self.y(share.low)) for time, share in reversed(curve.points)]
        canvas.path(_path([*upper, *lower]) + "Z", ShapeStyle(colour, sheer=SHEER))

    def draw_curve(self, canvas: Canvas, curve: Curve, number: int) -> None:
        """The estimates, each with what it is in a tooltip."""
        colour = _colour(number)
        places = [(self.x(time), self.y(share.estimate)) for time, share in curve.points]
        dash = DASHES[number % len(DASHES)]
        canvas.path(_path(places), ShapeStyle(stroke=colour, thick=2, dash=dash))
        for (x, y), (time, share) in zip(places, curve.points, strict=True):
            with canvas.group(f"{curve.name}, {time_text(time)}: {share_text(share)}"):
                size = 2 * DOT
                canvas.rect(x - DOT, y - DOT, size, size, ShapeStyle(colour, round_by=DOT))

    def draw_mark(self, canvas: Canvas, mark: Mark) -> None:
        """What is laid over them."""
        x, share = self.x(mark.time), mark.share
        with canvas.group(f"{mark.name}, {time_text(mark.time)}: {share_text(share)}"):
            _draw_sign(
                canvas, x, self.y(share.estimate), self.y(share.low), self.y(share.high), mark
            )


def _draw_sign(canvas: Canvas, x: float, y: float, low: float, high: float, mark: Mark) -> None:
    """A diamond, or where there is an interval a bar with whiskers."""
    colour = INK if mark.of is None else _colour(mark.of)
    line = ShapeStyle(stroke=colour, thick=2)
    if mark.share.low < mark.share.high:
        canvas.line(x, low, x, high, line)
        for end in (low, high):
            canvas.line(x - WHISKER, end, x + WHISKER, end, line)
        canvas.rect(x - 3, y - 3, 6, 6, ShapeStyle(colour))
        return
    corners = [(x, y - 7), (x + 7, y), (x, y + 7), (x - 7, y)]
    canvas.path(_path(corners) + "Z", ShapeStyle(PAPER, stroke=colour, thick=2))


def _path(places: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)


def _draw_legend(canvas: Canvas, drawn: Sequence[Curve], marks: Sequence[Mark]) -> float:
    """Which curve is whose, and what the marks are; where it ends."""
    y = HEIGHT - 4.0
    x = float(LEFT)
    style = TextStyle(INK, 12)
    named: dict[tuple[str, int | None, bool], Mark] = {}
    for mark in marks:
        named.setdefault((mark.name, mark.of, mark.share.low < mark.share.high), mark)
    signs: list[Curve | Mark] = [*drawn, *named.values()]
    for number, each in enumerate(signs):
        name = printable(each.name)
        width = min(text_width(name, style.size), WIDTH - LEFT - RIGHT - 60) + 60
        if x > LEFT and x + width > WIDTH - RIGHT:
            x, y = float(LEFT), y + LEGEND_LINE
        if isinstance(each, Mark):
            _draw_sign(canvas, x + 14, y - 4, y + 3, y - 11, each)
        else:
            dash = DASHES[number % len(DASHES)]
            line = ShapeStyle(stroke=_colour(number), thick=2, dash=dash)
            canvas.line(x, y - 4, x + 28, y - 4, line)
        canvas.text(x + 36, y, name, style, room=WIDTH - RIGHT - x - 36)
        x += width
    return y + LEGEND_LINE

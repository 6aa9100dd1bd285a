"""Drawing in SVG: shapes and texts that keep within the room they are given.

Text from a spec is escaped and stripped of control characters here, in one place. What does not
fit is cut and shown whole in a tooltip. Only presentation attributes are used, but for what is seen
in the dark: programs that import SVG into slides ignore style sheets.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import Literal as OneOf

from ...language.records import dataclass
from ...verify.show import printable
from .dark import seen_in_the_dark
from .fonts import FONTS, Font, fitted, text_width
from .palette import PAPER

__all__ = ["Canvas", "ShapeStyle", "TextStyle"]


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How a text looks. `keep_end`: where it is cut, it loses its middle; `behind`: a colour to
    put under it, "" for none."""

    fill: str
    size: float = 12
    font: Font = "sans"
    anchor: OneOf["start", "middle", "end"] = "start"
    keep_end: bool = False
    behind: str = ""


@dataclass(frozen=True, slots=True)
class ShapeStyle:
    """How a shape looks, with an outline if `stroke` is given. `sheer`: how much of what lies
    behind a path its fill lets be seen, from 0 to 1."""

    fill: str = "none"
    stroke: str = ""
    thick: float = 1
    round_by: float = 0
    dash: str = ""
    sheer: float = 0


def _attribute(value: str) -> str:
    return f'"{escape(value)}"'


def _n(value: float) -> str:
    """A coordinate with at most one digit after the point."""
    return f"{round(value, 1):g}"


class Canvas:
    """Collects the elements of a picture in the order in which they are painted."""

    def __init__(self) -> None:
        self._elements: list[str] = []

    @contextmanager
    def group(self, tooltip: str = "", **data: str) -> Iterator[None]:
        """What is drawn inside becomes one group, with `data-` attributes for pages that want
        to find it, and a tooltip; nothing is left of a group in which nothing was drawn."""
        outside, self._elements = self._elements, []
        try:
            yield
        finally:
            inside, self._elements = self._elements, outside
            if inside:
                told = "".join(f" data-{name}={_attribute(v)}" for name, v in data.items())
                self._elements += [f"<g{told}>{_title(tooltip)}", *inside, "</g>"]

    def place(self, other: Canvas, x: float) -> None:
        """Everything that another canvas has so far, `x` pixels further to the right."""
        self._elements += [f'<g transform="translate({_n(x)} 0)">', *other._elements, "</g>"]

    def text(
        self,
        x: float,
        y: float,
        text: str,
        style: TextStyle,
        *,
        room: float = float("inf"),
        tooltip: str = "",
    ) -> float:
        """Write one line with its baseline at `y`, cut to `room` pixels; give its width.

        A cut text keeps its whole in a tooltip (`tooltip` if given).
        """
        size, font, anchor = style.size, style.font, style.anchor
        whole = printable(text)
        shown = fitted(whole, room, size, font, keep_end=style.keep_end)
        if not shown.strip():
            return 0.0
        width = text_width(shown, size, font)
        if style.behind:
            left = {"start": x, "middle": x - width / 2, "end": x - width}[anchor]
            ground = ShapeStyle(style.behind)
            self.rect(left - 2, y - size * 0.85, width + 4, size * 1.15, ground)
        weight = ' font-weight="600"' if font.endswith("bold") else ""
        place = "" if anchor == "start" else f' text-anchor="{anchor}"'
        told = tooltip or (whole if shown != whole else "")
        self._elements.append(
            f'<text x="{_n(x)}" y="{_n(y)}" font-family="{FONTS[font]}" '
            f'font-size="{_n(size)}" fill="{style.fill}"{weight}{place} xml:space="preserve">'
            f"{_title(told)}{escape(shown, quote=False)}</text>"
        )
        return width

    def rect(self, x: float, y: float, width: float, height: float, style: ShapeStyle) -> None:
        """A rectangle."""
        corners = f' rx="{_n(style.round_by)}"' if style.round_by else ""
        self._elements.append(
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" '
            f'fill="{style.fill}"{_outline(style)}{corners}/>'
        )

    def barrel(self, x: float, y: float, width: float, height: float, style: ShapeStyle) -> None:
        """A cylinder, as data bases are drawn."""
        left, right, deep = f"{x:.1f}", f"{x + width:.1f}", height / 9
        arc = f"A{width / 2:.1f} {deep:.1f} 0 0"
        top, bottom = f"{y + deep:.1f}", f"{y + height - deep:.1f}"
        body = f"M{left} {top}{arc} 1 {right} {top}V{bottom}{arc} 1 {left} {bottom}Z"
        self.path(body + f"M{left} {top}{arc} 0 {right} {top}", style)

    def line(self, x1: float, y1: float, x2: float, y2: float, style: ShapeStyle) -> None:
        """A straight line."""
        ends = f'x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}"'
        self._elements.append(f"<line {ends}{_outline(style)}/>")

    def path(self, data: str, style: ShapeStyle) -> None:
        """A path; `data` comes from code, never from a spec."""
        sheer = f' fill-opacity="{1 - style.sheer:g}"' if style.sheer else ""
        self._elements.append(f'<path d="{data}" fill="{style.fill}"{sheer}{_outline(style)}/>')

    def arrow_head(self, x: float, y: float, direction: int, *, fill: str) -> None:
        """A filled triangle whose tip is at x, y and points right (1) or left (-1)."""
        back = x - 8 * direction
        self._elements.append(
            f'<path d="M{_n(x)} {_n(y)}L{_n(back)} {_n(y - 4)}L{_n(back)} {_n(y + 4)}Z" '
            f'fill="{fill}"/>'
        )

    def cross(self, x: float, y: float, size: float, *, stroke: str) -> None:
        """An x of the given half size."""
        style = ShapeStyle(stroke=stroke, thick=3)
        self.line(x - size, y - size, x + size, y + size, style)
        self.line(x - size, y + size, x + size, y - size, style)

    def render(self, width: float, height: float, title: str) -> str:
        """The whole SVG document, on white or in the dark, with `title` for screen readers."""
        return seen_in_the_dark(
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(width)}" height="{_n(height)}" '
            f'viewBox="0 0 {_n(width)} {_n(height)}" role="img" '
            f"aria-label={_attribute(printable(title))}>\n"
            f"<title>{escape(printable(title), quote=False)}</title>\n"
            f'<rect width="100%" height="100%" fill="{PAPER}"/>\n'
            + "\n".join(self._elements)
            + "\n</svg>\n"
        )


def _title(tooltip: str) -> str:
    """A tooltip, of several lines where there are some."""
    lines = "\n".join(printable(line) for line in tooltip.split("\n"))
    return f"<title>{escape(lines, quote=False)}</title>" if lines else ""


def _outline(style: ShapeStyle) -> str:
    if not style.stroke:
        return ""
    dashes = f' stroke-dasharray="{style.dash}"' if style.dash else ""
    return f' stroke="{style.stroke}" stroke-width="{_n(style.thick)}"{dashes}'

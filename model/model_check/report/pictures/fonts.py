"""From a text to the room that it takes, in the fonts that pictures are written in.

Which font a machine has, nobody knows here. What is taken is the widest of each stack, DejaVu, by
the advance of each of its characters: what fits by that, fits on any machine.
"""

from __future__ import annotations

from typing import Literal as OneOf

from ..words.columns import display_width, shorten, shorten_middle

__all__ = ["FONTS", "Font", "columns_in", "fitted", "text_width"]

Font = OneOf["sans", "bold", "mono", "mono-bold"]

_SANS = (
    "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'DejaVu Sans', 'Liberation Sans', "
    "'Noto Sans', sans-serif"
)
_MONO = (
    "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', 'Noto Sans Mono', "
    "monospace"
)
FONTS: dict[Font, str] = {"sans": _SANS, "bold": _SANS, "mono": _MONO, "mono-bold": _MONO}
"""The font families, the first that a machine has; resvg knows them by these names only."""

_EM_WIDTHS: dict[Font, float] = {"sans": 0.61, "bold": 0.68, "mono": 0.605, "mono-bold": 0.605}
"""Mean advance of a column of text, in ems: of characters that no table has, and where nobody
knows yet what will be written."""
_WIDTHS = {
    "sans": {
        0.28: "'ijl", 0.30: "IJ", 0.32: " ,.", 0.34: "/:;\\|", 0.37: "-", 0.40: "!()[]ft",
        0.42: "r", 0.46: '"', 0.50: "*_`", 0.53: "?sz", 0.56: "cL", 0.58: "Fk", 0.60: "vxy",
        0.62: "aeoTY", 0.64: "0123456789$bdghnpqu{}ES", 0.66: "PK", 0.70: "ABCRVXZ",
        0.74: "U", 0.76: "HN", 0.78: "DGOQ&", 0.82: "w", 0.84: "#+<=>^~×→", 0.87: "M",
        0.98: "mW", 1.02: "%@…",
    },
    "bold": {
        0.31: "'", 0.35: " ijl", 0.37: "/\\|IJ", 0.38: ",.", 0.40: ":;", 0.42: "-", 0.44: "f",
        0.46: "!()[]", 0.48: "t", 0.50: "_`r", 0.53: '"*', 0.60: "?csz", 0.66: "vxyL",
        0.68: "aek", 0.70: "0123456789$oEFT", 0.72: "bdghnpqu{}S", 0.74: "CPYZ",
        0.78: "ABKRVX", 0.84: "#+<=>^~×→DGHNU", 0.88: "&OQ", 0.93: "w", 1.00: "M",
        1.02: "%@…", 1.05: "m", 1.11: "W",
    },
}  # fmt: skip
"""Advances of single characters, in ems, rounded up; Arial's where that is wider."""
_ADVANCES = {
    font: {character: width for width, those in table.items() for character in those}
    for font, table in _WIDTHS.items()
}


def text_width(text: str, size: float, font: Font = "sans") -> float:
    """The width of `text` in pixels, estimated from above."""
    advances, mean = _ADVANCES.get(font, {}), _EM_WIDTHS[font]
    return size * sum(advances.get(c) or display_width(c) * mean for c in text)


def columns_in(room: float, size: float, font: Font = "sans") -> int:
    """How many columns of text go into `room` pixels, by what most texts take."""
    return int(room / (size * _EM_WIDTHS[font]))


def fitted(text: str, room: float, size: float, font: Font, *, keep_end: bool = False) -> str:
    """`text`, cut where it is wider than `room` pixels; with `keep_end`, it loses its middle."""
    if text_width(text, size, font) <= room:
        return text
    cut = shorten_middle if keep_end else shorten
    columns = max(columns_in(room, size, font), 0)
    while columns > 0 and text_width(cut(text, columns), size, font) > room:
        columns -= 1
    return cut(text, columns)

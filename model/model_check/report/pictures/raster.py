"""From the picture of a trace in SVG to the same as PNG, drawn by resvg.

resvg (https://github.com/linebender/resvg) uses the fonts of the machine and, where it has none
of those that are named, leaves the texts out without a word: that is asked for first.
"""

from __future__ import annotations

import math
import re

from .fonts import FONTS, Font
from .layout_program import Image, NoImage

__all__ = ["png_of"]

SCALE = 2.0
"""Pixels of the PNG for each of the SVG: sharp on a slide and on paper."""
MOST_PIXELS = 40_000_000
"""Of a very long picture there are fewer; each takes four bytes while it is drawn."""
_SIZE = re.compile(r'<svg [^>]*width="([\d.]+)" height="([\d.]+)"')
_SHEET = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">{}</svg>'


def png_of(svg: str) -> Image | NoImage:
    """The picture as PNG, or why there is none. `svg` is one that `trace_svg` made."""
    try:
        import resvg_py
    except ImportError:
        return NoImage("the package resvg-py is missing: install it")
    if reason := _missing_fonts():
        return NoImage(reason)
    try:
        return Image(resvg_py.svg_to_bytes(svg, zoom=_zoom(svg)), "resvg")
    except ValueError as error:
        return NoImage(f"resvg failed: {error}")


def _missing_fonts() -> str:
    """What to do where texts would be missing; "" where there are fonts."""
    import resvg_py

    empty = resvg_py.svg_to_bytes(_SHEET.format(""))
    needed: tuple[Font, ...] = ("sans", "mono")
    for font in needed:
        letter = f'<text y="9" font-family="{FONTS[font]}" font-size="9">M</text>'
        if resvg_py.svg_to_bytes(_SHEET.format(letter)) == empty:
            return (
                "none of its fonts is installed, so that texts would be missing: install one, such"
                " as DejaVu (Debian: fonts-dejavu-core)"
            )
    return ""


def _zoom(svg: str) -> float:
    size = _SIZE.match(svg)
    assert size is not None
    pixels = float(size[1]) * float(size[2])
    return min(SCALE, math.sqrt(MOST_PIXELS / pixels))

"""Pictures inside the page: cleaned, and shown in the dark.

A picture of a layout program is another program's output: only elements and attributes that
draw are taken over, so that nothing in it can run, load or link. The colours of all pictures
are those of the palette, each with one meaning; in the dark each is replaced by another.
"""

from __future__ import annotations

from html import escape
from xml.etree import ElementTree

from ...verify.show import printable
from ..pictures import palette

__all__ = ["DARK", "clean_svg", "dark_colours"]

_SVG = "{http://www.w3.org/2000/svg}"
_DRAWS = frozenset(
    {"svg", "g", "path", "polygon", "polyline", "ellipse", "circle", "rect", "line", "text",
     "tspan", "title"}
)  # fmt: skip
_SAYS = frozenset(
    {"class", "cx", "cy", "d", "fill", "fill-opacity", "font-family", "font-size", "font-style",
     "font-weight", "height", "points", "r", "rx", "ry", "stroke", "stroke-dasharray",
     "stroke-opacity", "stroke-width", "text-anchor", "transform", "viewBox", "width", "x", "x1",
     "x2", "xml:space", "y", "y1", "y2"}
)  # fmt: skip
_NAMED = {"white": palette.PAPER, "black": palette.INK}
"""Colours that layout programs write by name."""
_TOOLTIP = "{http://www.w3.org/1999/xlink}title"


def clean_svg(svg: str, label: str, head: float = 0) -> str:
    """A picture that only draws, with `label` as its name for screen readers. Its uppermost
    `head` pixels are left out: a title that the page has already.

    Links become groups, and what they say when pointed at becomes a `title`. Raises
    ValueError where the text is no SVG.
    """
    try:
        root = ElementTree.fromstring(svg)
    except ElementTree.ParseError as error:
        raise ValueError(f"no SVG: {error}") from error
    if root.tag != f"{_SVG}svg":
        raise ValueError("no SVG")
    width, height = _size(root)
    left, top, wide, high = map(float, (root.get("viewBox") or f"0 0 {width} {height}").split())
    cut = head * high / height
    box = f"{left:g} {top + cut:g} {wide:g} {high - cut:g}"
    inner = "".join(_written(child) for child in root)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height - head:g}" '
        f'viewBox="{escape(box)}" role="img" aria-label="{escape(printable(label))}">'
        f"{inner}</svg>"
    )


def _size(root: ElementTree.Element) -> tuple[float, float]:
    """Width and height in pixels; layout programs give points."""
    sizes = []
    for name in ("width", "height"):
        text = root.get(name, "0")
        points = text.endswith("pt")
        sizes.append(round(float(text.rstrip("ptx")) * (4 / 3 if points else 1), 1))
    return sizes[0], sizes[1]


def _written(node: ElementTree.Element) -> str:
    name = str(node.tag).removeprefix(_SVG)
    children = "".join(_written(child) + _text(child.tail) for child in node)
    if name == "a":
        tooltip = node.get(_TOOLTIP, "")
        title = f"<title>{_text(tooltip)}</title>" if tooltip else ""
        return f"<g>{title}{children}</g>"
    if name not in _DRAWS:
        return ""
    told = ""
    for key, value in node.attrib.items():
        plain = key.replace("{http://www.w3.org/XML/1998/namespace}", "xml:")
        if plain in _SAYS or plain.startswith("data-"):
            told += f' {plain}="{escape(printable(_NAMED.get(value, value)))}"'
    return f"<{name}{told}>{_text(node.text)}{children}</{name}>"


def _text(text: str | None) -> str:
    return escape(printable(text), quote=False) if text and text.strip() else ""


# --- the dark --------------------------------------------------------------------------------


DARK = {
    palette.PAPER: "#141b22",
    palette.INK: "#e4ebf1",
    palette.MUTED: "#9dabb8",
    palette.ACTOR: "#34506b",
    palette.ON_ACTOR: "#f4f8fb",
    palette.LIFELINE: "#5d7388",
    palette.SERVER_LINE: "#4c5a67",
    palette.SERVER_EDGE: "#7b8a98",
    palette.FAINT: "#2c3844",
    palette.STRIPE: "#182029",
    palette.BADGE: "#25303b",
    palette.BLUE: "#6bbcf2",
    palette.PALE_BLUE: "#16324a",
    palette.GREEN: "#4fcaa2",
    palette.RED: "#ff9166",
    palette.PALE_RED: "#47210f",
    palette.LOST: "#6b3116",
    palette.AMBER: "#e9bb5e",
    palette.PALE_AMBER: "#3a2f12",
}
"""What each colour of the palette becomes in the dark; the bright ones of the processes stay."""


def dark_colours() -> str:
    """CSS that shows each colour of a picture as another one in the dark."""
    rules = [
        f'svg [{attribute}="{colour}"]{{{attribute}:light-dark({colour},{dark})}}'
        for colour, dark in DARK.items()
        for attribute in ("fill", "stroke")
    ]
    # The legend calls the start dark, and so it has to be.
    start = f'[fill="{palette.INK}"]:not(text)'
    rules += [
        f".space g.node {start}{{fill:light-dark({palette.INK},#000000)}}",
        f".space g.node:has({start}) text{{fill:light-dark({palette.PAPER},#e4ebf1)}}",
    ]
    return "\n".join(rules)

"""Pictures inside the page, cleaned.

A picture of a layout program is another program's output: only elements and attributes that
draw are taken over, so that nothing in it can run, load or link.
"""

from __future__ import annotations

import re
from html import escape
from xml.etree import ElementTree

from ...verify.show import printable
from ..pictures.dark import NAMED

__all__ = ["clean_space", "clean_svg"]

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
PIXELS_OF_POINT = 4 / 3
BELOW_CAPTION = 4
"""Points below the baseline of a caption's last line."""
_MOVED = re.compile(r"translate\(\S+ (-?[\d.]+)\)")
"""How far a layout program moves its graph down, which it draws upwards from 0."""
_TOOLTIP = "{http://www.w3.org/1999/xlink}title"


def clean_svg(svg: str, label: str, head: float = 0) -> str:
    """A picture that only draws, with `label` as its name for screen readers. Its uppermost
    `head` pixels are left out: a title that the page has already.

    Links become groups, and what they say when pointed at becomes a `title`. Raises
    ValueError where the text is no SVG.
    """
    return _cleaned(_read(svg), label, head)


def clean_space(svg: str, label: str) -> str:
    """The picture of a space, which only draws, without what is written above it: the page tells
    that beside it, where it stays in sight. Raises ValueError where the text is no SVG."""
    root = _read(svg)
    head = 0.0
    for graph in root.findall(f"{_SVG}g"):
        place = _MOVED.search(graph.get("transform", ""))
        for text in graph.findall(f"{_SVG}text"):
            baseline = float(text.get("y", "0")) + (float(place[1]) if place else 0)
            head = max(head, (baseline + BELOW_CAPTION) * PIXELS_OF_POINT)
            graph.remove(text)
    return _cleaned(root, label, head)


def _read(svg: str) -> ElementTree.Element:
    try:
        root = ElementTree.fromstring(svg)
    except ElementTree.ParseError as error:
        raise ValueError(f"no SVG: {error}") from error
    if root.tag != f"{_SVG}svg":
        raise ValueError("no SVG")
    return root


def _cleaned(root: ElementTree.Element, label: str, head: float) -> str:
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
        sizes.append(round(float(text.rstrip("ptx")) * (PIXELS_OF_POINT if points else 1), 1))
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
            told += f' {plain}="{escape(printable(NAMED.get(value, value)))}"'
    return f"<{name}{told}>{_text(node.text)}{children}</{name}>"


def _text(text: str | None) -> str:
    return escape(printable(text), quote=False) if text and text.strip() else ""

"""What the colours of a picture become in the dark: in a file of its own, and in a page.

Each colour of the palette has one meaning, and one that stands for it in the dark; a rule that asks
for the attribute replaces it, whatever was drawn. Programs that ignore style sheets show a picture
as it is in the light.
"""

from __future__ import annotations

import re

from . import palette

__all__ = ["DARK", "NAMED", "page_rules", "seen_in_the_dark"]

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
"""What each colour of the palette becomes; the bright ones of the processes stay."""
NAMED = {"white": palette.PAPER, "black": palette.INK}
"""Colours that layout programs write by name."""
_START = f'[fill="{palette.INK}"]:not(text)'
"""The ground of a first state in the picture of a space: the legend calls it dark."""
_DARKEST = "#000000"
_OPENED = re.compile(r"<svg\b[^>]*>")


def seen_in_the_dark(svg: str) -> str:
    """A picture, made in the colours of the palette, that is dark where its reader's screen is."""
    rules = []
    for written in re.findall(r'(?:fill|stroke)="[#\w]+"', svg):
        attribute, colour = written.rstrip('"').split('="')
        dark = DARK.get(NAMED.get(colour, colour))
        if dark is not None:
            rules.append(f"[{written}]{{{attribute}:{dark}}}")
    if 'class="node"' in svg:
        rules.append(f".node {_START}{{fill:{_DARKEST}}}")
        rules.append(f".node:has({_START}) text{{fill:{DARK[palette.INK]}}}")
    sheet = "\n".join(dict.fromkeys(rules))
    opened = _OPENED.search(svg)
    assert opened is not None
    style = f"\n<style>@media (prefers-color-scheme:dark){{\n{sheet}\n}}</style>"
    return svg[: opened.end()] + style + svg[opened.end() :]


def page_rules() -> str:
    """CSS that shows each colour of a picture inside a page as another one in the dark."""
    rules = [
        f'svg [{attribute}="{colour}"]{{{attribute}:light-dark({colour},{dark})}}'
        for colour, dark in DARK.items()
        for attribute in ("fill", "stroke")
    ]
    rules += [
        f".space g.node {_START}{{fill:light-dark({palette.INK},{_DARKEST})}}",
        f".space g.node:has({_START}) text{{fill:light-dark({palette.PAPER},{DARK[palette.INK]})}}",
    ]
    return "\n".join(rules)

"""What a message's code means, as the terminal shows it: all in a line each, or one with its
example."""

from __future__ import annotations

from ...codes import Code, Page, page_of
from ..words.columns import NARROWEST
from .style import Style, pad

__all__ = ["render_codes", "render_page"]


def render_codes(style: Style, width: int) -> str:
    """A line a code, and how to see more."""
    width = max(width, NARROWEST)
    wide = max(map(len, Code))
    lines = []
    for code in Code:
        room = max(width - wide - 2, 20)
        first, *others = style.wrapped(page_of(code).title, room, hanging="")
        lines.append(f"{style.paint(pad(code, wide), 'bold')}  {first}")
        lines += [" " * (wide + 2) + each for each in others]
    return style.finish("\n".join([*lines, "", "model-check explain CODE tells more of one"]))


def render_page(page: Page, style: Style, width: int) -> str:
    """What a code means, an example, and what to do."""
    width = max(width, NARROWEST)
    lines = [style.paint(f"{page.code}: {page.title}", "bold"), ""]
    lines += style.wrapped(" ".join(page.means.split()), width, hanging="")
    lines += ["", "example:"]
    lines += [style.paint(f"  {each}", "cyan") for each in page.example.splitlines()]
    lines += ["", "what to do:"]
    todo = " ".join(page.what_to_do.split())
    lines += style.wrapped(todo, width, indent="  ", hanging="")
    return style.finish("\n".join(lines))

"""HTML from values, escaped in one place.

A `str` is text and is escaped, a `Markup` is HTML and is not; only this module makes one from
the other. So what comes from a spec can be put anywhere without a thought.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from types import MappingProxyType

from ...verify.show import printable

__all__ = ["Attributes", "Child", "Markup", "element", "join", "trusted", "with_code"]

_VOID = frozenset({"br", "col", "hr", "input", "link", "meta", "wbr"})
_NONE: Mapping[str, str | bool | None] = MappingProxyType({})

Attributes = Mapping[str, str | bool | None]


class Markup(str):
    """HTML. Made by the functions of this module alone."""

    __slots__ = ()


Child = str | None | Iterable["Child"]
"""Text, Markup, nothing, or several of these."""


def element(tag: str, attributes: Attributes = _NONE, *children: Child) -> Markup:
    """An element. An attribute that is None or False is left out, of one that is True only
    the name is written. Tag and names of attributes come from code, never from a spec."""
    told = "".join(
        f" {name}" if value is True else f' {name}="{escape(printable(str(value)))}"'
        for name, value in attributes.items()
        if value is not None and value is not False
    )
    if tag in _VOID:
        return Markup(f"<{tag}{told}>")
    return Markup(f"<{tag}{told}>{join(*children)}</{tag}>")


def join(*children: Child) -> Markup:
    """Children one after the other, text escaped and without control characters."""
    return Markup("".join(_written(child) for child in children))


def _written(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child
    if isinstance(child, str):
        return escape(printable(child))
    return "".join(_written(each) for each in child)


def with_code(text: str) -> tuple[Child, ...]:
    """A sentence in which what stands between backticks is code; one with a backtick that nothing
    closes stays as it is."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return (text,)
    return tuple(element("code", {}, each) if turn % 2 else each for turn, each in enumerate(parts))


def trusted(html: str) -> Markup:
    """HTML that is known to be harmless: made by `json_for_script`, `clean_svg`, or a file of
    this package."""
    return Markup(html)

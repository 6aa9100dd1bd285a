"""The kinds of resources as the terminal shows them: all in a line each, or one with its
commands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...language.syntax.nodes import KindDoc
from ...language.syntax.payload import told_wire
from ..words.columns import NARROWEST
from ..words.kinds import about_text, call_text, kind_title, parameter_text, prose, type_text, waits
from .style import Style, pad

__all__ = ["render_kind", "render_kinds"]

_GAP = "  "


def render_kinds(kinds: Mapping[str, KindDoc], style: Style, width: int) -> str:
    """A line a kind, and how to see more."""
    width = max(width, NARROWEST)
    titles = [kind_title(each) for each in kinds.values()]
    wide = max(map(len, titles))
    lines = []
    for title, kind in zip(titles, kinds.values(), strict=True):
        first, *others = style.wrapped(prose(kind.about), max(width - wide - 2, 20), hanging="")
        lines.append(style.paint(pad(title, wide), "bold") + _GAP + first)
        lines += [" " * wide + _GAP + each for each in others]
    lines += ["", "model-check kinds NAME tells the commands of one"]
    return style.finish("\n".join(lines))


def render_kind(kind: KindDoc, style: Style, width: int) -> str:
    """A kind: what it is, what it holds, what may go wrong, an example, and its commands."""
    width = max(width, NARROWEST)
    lines = [style.paint(kind_title(kind), "bold"), *style.wrapped(prose(kind.about), width)]
    if kind.reference:
        lines.append(style.paint(kind.reference, "dim"))
    lines += ["", *_said(kind, style, width), "", "example:"]
    lines += [style.paint(f"  {each}", "cyan") for each in kind.example.splitlines()]
    lines += ["", "commands:"]
    lines += _commands(kind, style, width)
    return style.finish("\n".join(lines))


def _said(kind: KindDoc, style: Style, width: int) -> Iterator[str]:
    faults = [f"{each.name.text} ({prose(each.doc.about).rstrip('.')})" for each in kind.faults]
    if kind.disconnected is not None:
        faults.append("disconnects (a connection breaks)")
    told = {
        "options": ", ".join(parameter_text(*each) for each in kind.options),
        "holds": ", ".join(f"{each.name.text}: {type_text(each.type)}" for each in kind.state),
        "may go wrong": "; ".join(faults),
    }
    for what, text in told.items():
        if text:
            yield from style.wrapped(f"{what}: {text}", width)


def _commands(kind: KindDoc, style: Style, width: int) -> Iterator[str]:
    for command in kind.written_commands:
        wire = told_wire(command.wire) + (f" -> {command.answer}" if command.answer else "")
        behind = style.paint(_GAP + wire, "dim")
        yield f"  {style.paint(call_text(command), 'bold')}{behind}"
        about = about_text(command) + (
            " Waits." if waits(command) and "waits" not in command.about else ""
        )
        yield from style.wrapped(about, width, indent="      ", hanging="")

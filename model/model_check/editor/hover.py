"""What is told of the word under the cursor, in Markdown: a command's meaning and example, a key,
a name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..language.syntax.nodes import CommandDoc, KindDoc
from ..language.syntax.payload import told_wire
from ..report.words.kinds import call_text, kind_title, prose, waits
from .keys_at import key_at
from .place import Place, place_in
from .symbols import Symbols

__all__ = ["told_of"]

_MARKS = re.compile(r"[\[\]<>!&]")
_TICKS = re.compile(r"`+")
_ADDRESS = re.compile(r"https?://[^\s<>]+")


def told_of(symbols: Symbols | None, lines: Sequence[str], line: int, column: int) -> str:
    """What stands at a place; "" where nothing is known of it."""
    place = place_in(lines, line, column)
    key = None if place.in_value else key_at((*place.keys, place.word), symbols)
    if key is not None:
        return f"**{key.name}**: {_plain(key.about)}"
    if symbols is None or not place.word:
        return ""
    if receiver := place.receiver:
        kind = symbols.kind_of(receiver)
        if kind is not None:
            return _behind(kind, receiver, place.word)
    if kind := _kind_at(symbols, place, lines[line]):
        return _of_kind(kind)
    symbol = symbols.named(place.word, place.process, place.receiver)
    if symbol is None:
        return ""
    if symbol.what == "resource" and (kind := symbols.kind_of(symbol.name)):
        return f"**{symbol.name}**: a resource\n\n{_of_kind(kind)}"
    owner = f" of {symbol.owner}" if symbol.owner else ""
    written = f"\n\n{_fenced(symbol.written)}" if symbol.written else ""
    return f"**{symbol.name}**: a {symbol.what}{owner}{written}"


def _kind_at(symbols: Symbols, place: Place, text: str) -> KindDoc | None:
    """The kind that a resource is given at a place."""
    match place.keys:
        case ("resources", _, "kind") | ("resources", _):
            found = re.search(r":\s*(?P<name>[\w.]+)", text)
            name = found["name"] if found else ""
            return symbols.kinds.get(name) if place.word in name.split(".") else None
    return None


def _of_kind(kind: KindDoc) -> str:
    return f"`{kind_title(kind)}`: {_plain(kind.about)}\n{_example(kind)}{_source(kind.reference)}"


def _behind(kind: KindDoc, receiver: str, name: str) -> str:
    """A command of a kind, in all its forms, or what it holds."""
    commands = [c for c in kind.written_commands if c.base == name]
    if commands:
        told = "\n\n".join(map(_of_command, commands))
        return f"{told}\n{_example(kind)}{_source(commands[0].reference)}"
    held = next((each for each in kind.state if each.name.text == name), None)
    return "" if held is None else f"**{name}**: what {receiver} holds, a `{kind_title(kind)}`"


def _of_command(command: CommandDoc) -> str:
    wire = told_wire(command.wire) + (f" → {command.answer}" if command.answer else "")
    told = f"\n\n{_fenced(wire)}\n\n" if command.wire else ""
    waiting = " It waits until there is an answer." if waits(command) else ""
    return f"**{_plain(call_text(command))}** {told}{_plain(command.about)}{waiting}"


def _example(kind: KindDoc) -> str:
    return f"\n{_fenced(kind.example.rstrip(), 'yaml')}\n" if kind.example else ""


def _source(reference: str) -> str:
    return f"\n<{reference}>" if _ADDRESS.fullmatch(reference) else ""


def _plain(text: str) -> str:
    """A text of a spec or a kind, which makes no link, no picture and no markup of the page."""
    return _MARKS.sub(r"\\\g<0>", prose(text))


def _fenced(text: str, language: str = "") -> str:
    """A text as it is, whatever it has in it."""
    longest = max(map(len, _TICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"

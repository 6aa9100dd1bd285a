"""Where something stands in a spec, and how a mistake there is told.

Every complaint about a spec is a `Diagnostic` with a position; all those of one
file are raised together in one `SpecError`. Rendered, each reads like a good
compiler's: ``file:line:column: what is wrong (what was meant)``, then the source
line and a caret.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field

__all__ = ["Diagnostic", "Diagnostics", "Position", "Source", "SpecError", "did_you_mean"]


@dataclass(frozen=True, slots=True)
class Source:
    """A text file as the user knows it: `path` is shown in messages as it stands."""

    path: str
    text: str = field(repr=False)

    def line(self, number: int) -> str:
        """The text of line `number` (1 is the first), without its end; "" past the end."""
        lines = self.text.split("\n")
        return lines[number - 1].rstrip("\r") if 0 < number <= len(lines) else ""


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a source; line and column count from 1, columns in characters."""

    source: Source = field(repr=False)
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.source.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake: what is wrong, and what to do about it (`hint`, may be empty)."""

    position: Position
    message: str
    hint: str = ""

    def render(self) -> str:
        """The message, the source line and a caret under the column, without a final newline."""
        text = f"{self.position}: {self.message}"
        if self.hint:
            text += f" ({self.hint})"
        line = self.position.source.line(self.position.line)
        if not line.strip():
            return text
        start = self.position.column - 1
        # A line of a thousand characters would bury its caret: show a window around it.
        cut = max(0, start - 80) if len(line) > 160 else 0
        shown = line[cut : cut + 160]
        pad = "".join("\t" if c == "\t" else " " for c in line[cut:start])
        return f"{text}\n    {_printable(shown)}\n    {pad}^"


def _printable(line: str) -> str:
    # Control characters from an untrusted file must not reach a terminal.
    return "".join(c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in line)


class SpecError(Exception):
    """The spec (or what was asked of it) is wrong; nothing was checked. Exit code 2."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        unique = dict.fromkeys(diagnostics)
        self.diagnostics: tuple[Diagnostic, ...] = tuple(
            sorted(
                unique, key=lambda d: (d.position.source.path, d.position.line, d.position.column)
            )
        )
        super().__init__("\n".join(d.render() for d in self.diagnostics))


class Diagnostics:
    """Collects the mistakes of a pass, so that the user sees all of them at once."""

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []

    def report(self, position: Position, message: str, hint: str = "") -> None:
        """Note a mistake and go on."""
        self.found.append(Diagnostic(position, message, hint))

    def raise_if_any(self) -> None:
        """Raise `SpecError` with everything reported so far, if anything was."""
        if self.found:
            raise SpecError(self.found)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint for a name that does not exist: the closest known one, or the list of them."""
    names = list(dict.fromkeys(known))
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]}?"
    if not names:
        return ""
    shown = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
    return f"there is {shown}"

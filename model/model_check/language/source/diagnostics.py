"""Where something stands in a spec, and how a mistake there is told.

Every complaint about a spec is a `Diagnostic` with a position; all those of one
file are raised together in one `SpecError`. Rendered, each reads like a good
compiler's: ``file:line:column: what is wrong (what was meant)``, then the source
line and a caret.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Literal as OneOf

from ...codes import Code, with_code
from ...errors import ModelCheckError
from ..records import dataclass, field

__all__ = ["Diagnostic", "Diagnostics", "Position", "Source", "SpecError", "did_you_mean"]

MAX_SHOWN = 160
"""Characters of a source line or of a message that are shown."""
MAX_COMPARED = 1_000
"""Known names among which the one that was meant is looked for."""
MAX_FOUND = 100
"""Mistakes after which a pass gives up: what was meant to be no spec has one in every line."""


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
    """One mistake: what is wrong, and what to do about it (`hint`, may be empty); or a warning,
    of a spec that means what it says."""

    position: Position
    message: str
    hint: str = ""
    severity: OneOf["error", "warning"] = "error"
    code: Code | None = None
    """By which it is explained."""

    def sentence(self) -> str:
        """The place, the message and the hint, on one line."""
        word = "warning: " if self.severity == "warning" else ""
        text = f"{self.position}: {word}{_clipped(self.message)}"
        if self.hint:
            text += f" ({_clipped(self.hint)})"
        return _printable(text if self.code is None else with_code(text, self.code))

    def render(self) -> str:
        """The message, the source line and a caret under the column, without a final newline."""
        text = self.sentence()
        line = self.position.source.line(self.position.line)
        if not line.strip():
            return text
        start = self.position.column - 1
        # A line of a thousand characters would bury its caret: show a window around it.
        cut = max(0, start - MAX_SHOWN // 2) if len(line) > MAX_SHOWN else 0
        shown = line[cut : cut + MAX_SHOWN]
        pad = "".join(_blank(c) for c in line[cut:start])
        return f"{text}\n    {_printable(shown)}\n    {pad}^"


def _printable(line: str) -> str:
    # Control characters from an untrusted file must not reach a terminal.
    return "".join(c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in line)


def _blank(character: str) -> str:
    """White space as wide as the character is on a terminal."""
    if character == "\t":
        return "\t"
    if unicodedata.combining(character):
        return ""
    return "  " if unicodedata.east_asian_width(character) in "WF" else " "


def _clipped(text: str) -> str:
    return text if len(text) <= 3 * MAX_SHOWN else text[: 3 * MAX_SHOWN] + "..."


class SpecError(ModelCheckError):
    """The spec (or what was asked of it) is wrong; nothing was checked.

    `diagnostics` are in the order of the files; the text is all of them, rendered.
    """

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
        self.warnings: dict[Diagnostic, None] = {}

    def warn(self, code: Code, position: Position, message: str, hint: str = "") -> None:
        """Note what is no mistake, and hardly what was meant; each is told once."""
        self.warnings[Diagnostic(position, message, hint, "warning", code)] = None

    def report(
        self, position: Position, message: str, hint: str = "", code: Code | None = None
    ) -> None:
        """Note a mistake and go on; after `MAX_FOUND` of them, raise `SpecError`."""
        self.found.append(Diagnostic(position, message, hint, code=code))
        if len(self.found) >= MAX_FOUND:
            self.found.append(Diagnostic(position, "too many mistakes, the rest was not read"))
            raise SpecError(self.found)

    @property
    def count(self) -> int:
        """How many mistakes were reported so far."""
        return len(self.found)

    def forget(self, count: int) -> None:
        """Forget all but the first `count` mistakes: what follows is looked at once more, and
        tells again what is wrong with it. What is remembered from one look to the next must be
        remembered with its mistakes."""
        del self.found[count:]

    def raise_if_any(self) -> None:
        """Raise `SpecError` with everything reported so far, if anything was."""
        if self.found:
            raise SpecError(self.found)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint for a name that does not exist: the closest known one, or the list of them."""
    import difflib

    names = list(dict.fromkeys(known))
    # Comparing is slow: a file made to have thousands of names gets a worse hint.
    close = difflib.get_close_matches(name[:MAX_SHOWN], names[:MAX_COMPARED], n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]}?"
    if not names:
        return ""
    shown = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
    return f"there is {shown}"

"""Colours and signs of the terminal, and what replaces them where there are none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Literal as OneOf

from ...language.records import dataclass
from ...results.check import Verdict
from ..words.columns import display_width, in_ascii, wrap

__all__ = ["Outcome", "Style", "pad"]

Outcome = OneOf["expected", "wrong", "open"]
"""Of what was found: it is as a spec expects, it is not, or nobody knows."""

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
# One column for one column, so that tables stay aligned.
_ASCII = str.maketrans({"…": "~", "≠": "!", "✓": "+", "✗": "x", "─": "-", "×": "x"})
_MARKS: dict[Outcome, tuple[str, str]] = {
    "expected": ("✓", "green"), "wrong": ("✗", "red"), "open": ("?", "yellow"),
}  # fmt: skip
_VERDICT_SIGNS: dict[Verdict, str] = {"holds": "✓", "violated": "✗", "undetermined": "?"}


def pad(text: str, width: int) -> str:
    """`text` filled up with spaces to `width` terminal columns."""
    return text + " " * (width - display_width(text))


def _listed(files: Sequence[str]) -> str:
    """Paths; of files in one folder their names: `result.json no_loss.svg in out/legacy`."""
    folders = {str(PurePath(each).parent) for each in files}
    if len(files) < 2 or len(folders) > 1:
        return " ".join(files)
    names = " ".join(PurePath(each).name for each in files)
    return f"{names} in {folders.pop()}"


@dataclass(frozen=True, slots=True)
class Style:
    """How text is dressed: with ANSI `color` or bare, in `unicode` or plain ASCII; and whether all
    is told (`whole`): each step of a trace, with whole keys, and how fast the search was."""

    color: bool
    unicode: bool
    whole: bool = False

    def paint(self, text: str, *looks: str) -> str:
        """`text` in these looks (names of `_CODES`); unchanged without colour, or empty."""
        if not self.color or not text.strip() or not looks:
            return text
        return f"\x1b[{';'.join(_CODES[look] for look in looks)}m{text}\x1b[0m"

    def wrapped(
        self, text: str, width: int, *looks: str, indent: str = "", hanging: str = "  "
    ) -> list[str]:
        """`text` in these looks, in lines of at most `width` columns (see `wrap`)."""
        return [self.paint(line, *looks) for line in wrap(text, width, indent, hanging)]

    def written(self, files: Sequence[str], notes: Sequence[str], width: int) -> list[str]:
        """Which files were written, and what a user should know about them."""
        lines = self.wrapped(f"written: {_listed(files)}", width) if files else []
        return lines + [
            line for note in notes for line in self.wrapped(f"note: {note}", width, "yellow")
        ]

    def sign(self, verdict: Verdict, as_expected: bool) -> str:
        """✓, ✗ or ?; green where all is as expected, red where not, yellow if unknown."""
        look = "yellow" if verdict == "undetermined" else "green" if as_expected else "red"
        return self.paint(_VERDICT_SIGNS[verdict], look, "bold")

    def mark(self, outcome: Outcome) -> str:
        """✓, ✗ or ? for as expected, not as expected, or undetermined, whatever the verdict is."""
        sign, look = _MARKS[outcome]
        return self.paint(sign, look, "bold")

    def finish(self, text: str) -> str:
        """The whole text made fit for the terminal: pure ASCII where it knows no Unicode."""
        if self.unicode:
            return text
        return in_ascii(text.translate(_ASCII))

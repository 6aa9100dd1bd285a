"""From the place of a condition in a spec to its text."""

from __future__ import annotations

from ..language.source.diagnostics import Position

__all__ = ["condition_at"]


def condition_at(at: Position) -> str:
    """The text of the condition that begins at a place: as far as its colon."""
    text = at.source.line(at.line)[at.column - 1 :]
    depth, quote = 0, ""
    for place, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == ":" and depth == 0:
            return text[:place].strip()
    return text.strip()

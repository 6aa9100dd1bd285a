"""What a task about rows is told of letters and of nodes, for compiled code to read."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

from ..letters import Letters, Reading
from . import row_places as k
from .work import is_buffer

__all__ = ["or_none", "reading_of"]


def reading_of(letters: Letters, readings: Sequence[Reading]) -> dict[int, Any]:
    """The places of a task that reads letters."""
    of = letters.of if is_buffer(letters.of) else array("Q", letters.of)
    return {
        k.LETTERS: of, k.LETTER_WIDTH: of.itemsize, k.READING_COUNT: len(readings),
        k.READINGS: array("q", [number for each in readings for number in each]),
    }  # fmt: skip


def or_none(numbers: Sequence[int] | None) -> Any:
    """Numbers of nodes for compiled code; 0 for none."""
    return 0 if numbers is None else numbers

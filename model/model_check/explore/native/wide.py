"""Arrays of numbers of 1, 2, 4 or 8 bytes, in the restricted Python that `restricted` compiles."""

from __future__ import annotations

from .words import load, load8, load16, load32, store, store8, store16, store32

__all__ = ["INLINED"]

INLINED = ("wide_at", "put_wide")
"""Put in where they are called."""


def wide_at(array: int, place: int, width: int) -> int:
    """The number at a place."""
    if width == 1:
        return load8(array + place)
    if width == 2:
        return load16(array + place * 2)
    if width == 4:
        return load32(array + place * 4)
    return load(array + place * 8)


def put_wide(array: int, place: int, width: int, value: int) -> int:
    """Put a number at a place."""
    if width == 1:
        return store8(array + place, value)
    if width == 2:
        return store16(array + place * 2, value)
    if width == 4:
        return store32(array + place * 4, value)
    return store(array + place * 8, value)

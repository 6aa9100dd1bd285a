"""Where each field lies in the state.

Native code reads and writes a field fastest where it does not straddle a boundary of 64 bits.
So none does, unless the state would take more words then. Python does not mind either way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..language.records import replace
from .core import Field

__all__ = ["WORD", "packed_into_words"]

WORD = 64
"""Bits of a word."""


def packed_into_words(fields: Iterable[Field]) -> tuple[tuple[Field, ...], int]:
    """The fields with their places, and the width of a state in bits. Constant fields take
    no room. Fields stay in their order where that needs no more words than any other packing
    tried: those of one variable then lie side by side."""
    given = list(fields)
    moving = [each for each in given if each.constant is None]
    widest_first = sorted(moving, key=lambda each: -each.width)
    candidates = [_first_fit(moving), _first_fit(widest_first), _densely(moving)]
    offsets = min(candidates, key=lambda found: -(-_end(moving, found) // WORD))
    placed = tuple(replace(each, offset=offsets.get(each.index, 0)) for each in given)
    return placed, _end(moving, offsets)


def _end(fields: Sequence[Field], offsets: dict[int, int]) -> int:
    return max((offsets[each.index] + each.width for each in fields), default=0)


def _first_fit(fields: Sequence[Field]) -> dict[int, int]:
    """The offset of each field, by index: in the first word that still has room."""
    used: list[int] = []
    offsets = {}
    for each in fields:
        if each.width > WORD:
            offsets[each.index] = WORD * len(used)
            whole, rest = divmod(each.width, WORD)
            used += [WORD] * whole + [rest] * bool(rest)
            continue
        word = next((i for i, bits in enumerate(used) if bits + each.width <= WORD), len(used))
        if word == len(used):
            used.append(0)
        offsets[each.index] = WORD * word + used[word]
        used[word] += each.width
    return offsets


def _densely(fields: Sequence[Field]) -> dict[int, int]:
    """The offset of each field, by index: one after the other, without a gap."""
    offsets = {}
    end = 0
    for each in fields:
        offsets[each.index] = end
        end += each.width
    return offsets

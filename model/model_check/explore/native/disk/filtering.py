"""The filter of states that are not in the table any more, in the restricted Python that
`restricted` compiles.

A blocked Bloom filter (Putze, Sanders, Singler: Cache-, Hash- and Space-Efficient Bloom Filters,
2007): four bits in one block of a cache line for each state. What it has not seen was never put in;
of what it has seen, some never was, the more the fuller it is. Blocks are in the order of hashes,
so that states that come in that order are put in one block after the other.
"""

from __future__ import annotations

from ..words import load, logical, store

__all__ = ["BLOCK", "INLINED"]

BLOCK = 64
"""Bytes of a block; the numbers below are of these."""

INLINED = ("block_of", "bit_in", "see", "was_seen")
"""Put in where they are called; the others are functions of their own."""


def block_of(seen: int, blocks: int, h: int) -> int:
    """The address of a hash's block, of so many in the filter."""
    return seen + logical(logical(h, 32) * blocks, 32) * 64


def bit_in(block: int, part: int) -> int:
    """Whether the bit of 512 is set that the lower 9 bits of a number name."""
    return (load(block + (logical(part, 3) & 56)) >> (part & 63)) & 1


def see(seen: int, blocks: int, h: int) -> int:
    """Put a hash in."""
    block = block_of(seen, blocks, h)
    for shift in range(0, 36, 9):
        part = logical(h, shift)
        place = block + (logical(part, 3) & 56)
        store(place, load(place) | (1 << (part & 63)))
    return 0


def was_seen(seen: int, blocks: int, h: int) -> int:
    """Whether a hash may have been put in."""
    block = block_of(seen, blocks, h)
    if bit_in(block, h) == 0:
        return 0
    if bit_in(block, logical(h, 9)) == 0:
        return 0
    if bit_in(block, logical(h, 18)) == 0:
        return 0
    return bit_in(block, logical(h, 27))

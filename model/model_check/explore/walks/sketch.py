"""How many different states were seen, without keeping any: a sketch of fixed size.

HyperLogLog (Flajolet, Fusy, Gandouet, Meunier, AofA 2007): of the hash of each state some bits
choose a register, which keeps the most zeros that the others ended in. The estimate is Ertl's (New
cardinality estimation algorithms for HyperLogLog sketches, 2017), which needs no correction where
states are few. The standard error is 1.04 / sqrt(registers), below one in a hundred. Sketches of
parts are merged by the larger of each register: who saw what, and in which order, does not matter.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..native.places import MULTIPLIER, SECOND

__all__ = ["REGISTERS", "SKETCH_CONSTANTS", "estimate", "hash_of_state", "merge", "note"]

INDEX_BITS = 14
REGISTERS = 1 << INDEX_BITS
"""One byte each."""
TAIL_BITS = 64 - INDEX_BITS
TAIL_MASK = (1 << TAIL_BITS) - 1
MOST_ZEROS = TAIL_BITS + 1
"""The largest value of a register."""
SKETCH_CONSTANTS = {
    "TAIL_BITS": TAIL_BITS, "TAIL_MASK": TAIL_MASK, "MOST_ZEROS": MOST_ZEROS,
}  # fmt: skip
"""What compiled code needs to know to do the same as `note`."""
WORD = (1 << 64) - 1


def hash_of_state(state: int, words: int) -> int:
    """The hash that compiled code gives a state (`native.table.hash_of`)."""
    h = 0
    for word in range(words):
        h = ((h ^ (state >> 64 * word & WORD)) * MULTIPLIER) & WORD
        h ^= h >> 32
    h = (h * SECOND) & WORD
    return h ^ (h >> 29)


def note(registers: bytearray, h: int) -> None:
    """A state with this hash was seen."""
    tail = h & TAIL_MASK
    zeros = (tail & -tail).bit_length() or MOST_ZEROS
    place = h >> TAIL_BITS
    if registers[place] < zeros:
        registers[place] = zeros


def merge(registers: bytearray, others: Sequence[int]) -> None:
    """All that was seen here or there."""
    registers[:] = bytes(map(max, registers, others))


def estimate(registers: Sequence[int]) -> int:
    """How many different hashes were noted, about."""
    counts = [0] * (MOST_ZEROS + 1)
    for each in registers:
        counts[each] += 1
    total = REGISTERS * _tau(1 - counts[MOST_ZEROS] / REGISTERS)
    for zeros in range(TAIL_BITS, 0, -1):
        total = 0.5 * (total + counts[zeros])
    total += REGISTERS * _sigma(counts[0] / REGISTERS)
    return round(REGISTERS * REGISTERS / (2 * math.log(2) * total)) if total < math.inf else 0


def _sigma(x: float) -> float:
    """x plus the sum over k from 1 of x ** (2 ** k) * 2 ** (k - 1)."""
    if x == 1.0:
        return math.inf
    y, found, before = 1.0, x, -1.0
    while found != before:
        x *= x
        before, found = found, found + x * y
        y += y
    return found


def _tau(x: float) -> float:
    """A third of 1 - x less the sum over k from 1 of (1 - x ** (2 ** -k)) ** 2 * 2 ** -k."""
    if x in (0.0, 1.0):
        return 0.0
    y, found, before = 1.0, 1 - x, -1.0
    while found != before:
        x = math.sqrt(x)
        before, y = found, 0.5 * y
        found -= (1 - x) ** 2 * y
    return found / 3

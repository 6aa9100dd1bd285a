"""The words of the restricted Python, for reading and type-checking the kernel.

`restricted` compiles calls of these; they are never called in Python.
"""

from __future__ import annotations

__all__ = [
    "DEAD_BITS", "DISK", "ERROR_BIT", "FAULTS", "LEAN", "LONG", "ORDERED", "REDUCED", "SIGN",
    "SIZE", "SLOT", "SYMMETRIC", "canonical", "classify", "compare_swap", "invoke", "is_at_rest",
    "labelled", "load", "load8", "load16", "load32", "load_acquire", "load_acquire32", "logical",
    "outside", "population", "prefetch", "store", "store8", "store16", "store32", "store_release",
    "store_release32", "successors", "trailing", "watch_rest", "watch_state", "watch_step",
]  # fmt: skip


def _never_called() -> TypeError:
    return TypeError("a word of the restricted subset is compiled, never called in Python")


SIZE = 8
"""Bytes of a state; the machine's own number when the kernel is compiled."""
LONG = 0
"""1 where a state has many words."""
LEAN = 0
"""1 where the table holds states' numbers alone."""
SLOT = 8
"""Bytes of a slot of the table."""
DISK = 0
"""1 where older states are not in the table, but on disk: see `disk.doubting`."""
SIGN = -1 << 63
"""The upper bit of a word."""
FAULTS = 0
"""1 where something may go wrong, which never has to."""


REDUCED = 0
"""1 where something is left out: see `choosing` ..."""
ORDERED = 0
"""... and 1 where steps may wait."""
SYMMETRIC = 0
"""1 where one state stands for all that are like it."""
DEAD_BITS = 0
"""The events that a deadlock is ..."""
ERROR_BIT = 1
"""... and the one that a run-time error is: see `walks.sought`."""


def load(address: int) -> int:
    """The 64-bit number at an address."""
    raise _never_called()


def store(address: int, value: int) -> int:
    """Put a 64-bit number at an address."""
    raise _never_called()


def load8(address: int) -> int:
    """The 8-bit number at an address, not negative."""
    raise _never_called()


def load16(address: int) -> int:
    """The 16-bit number at an address, not negative."""
    raise _never_called()


def store8(address: int, value: int) -> int:
    """Put the lower 8 bits of a number at an address."""
    raise _never_called()


def store16(address: int, value: int) -> int:
    """Put the lower 16 bits of a number at an address."""
    raise _never_called()


def load32(address: int) -> int:
    """The 32-bit number at an address, not negative."""
    raise _never_called()


def store32(address: int, value: int) -> int:
    """Put the lower 32 bits of a number at an address."""
    raise _never_called()


def load_acquire(address: int) -> int:
    """Like `load`; what another thread wrote before it stored this number can be read too."""
    raise _never_called()


def load_acquire32(address: int) -> int:
    """Like `load32`, as `load_acquire`."""
    raise _never_called()


def store_release(address: int, value: int) -> int:
    """Like `store`, for others to read with `load_acquire`."""
    raise _never_called()


def store_release32(address: int, value: int) -> int:
    """Like `store32`, for others to read with `load_acquire32`."""
    raise _never_called()


def compare_swap(address: int, expected: int, value: int) -> int:
    """Put a 64-bit number where the expected one is, at once; answer what was there."""
    raise _never_called()


def invoke(address: int, first: int, second: int) -> int:
    """What the function at an address answers."""
    raise _never_called()


def logical(value: int, count: int) -> int:
    """`value >> count` of 64 bits, with zeros shifted in."""
    raise _never_called()


def prefetch(address: int) -> int:
    """Ask for what is at an address to be brought near."""
    raise _never_called()


def population(value: int) -> int:
    """How many bits of a 64-bit number are one."""
    raise _never_called()


def trailing(value: int) -> int:
    """The place of the lowest one bit of a number that is not 0."""
    raise _never_called()


def classify(state: int, keys: int, classes: int) -> int:
    """Write the class of each instance's local state, 64 bits each; `keys`: see
    `choosing_places`."""
    raise _never_called()


def canonical(state: int) -> int:
    """Make of a state the one that stands for it, where it lies."""
    raise _never_called()


def successors(state: int, out: int, failed: int) -> int:
    """Write the successors of a state one after the other, answer how many. The code of its
    first run-time error, if there is one, is put at `failed`, and that of the first step that
    lacks room in the layout at `failed` + 8; where something may go wrong, how many successors
    are none of a fault at `failed` + 16."""
    raise _never_called()


def labelled(state: int, out: int, steps: int, failed: int) -> int:
    """As `successors`, and put the number of the step that leads to each at `steps`, 32 bits."""
    raise _never_called()


def watch_state(state: int, before: int) -> int:
    """The events that are seen in a state, as bits ..."""
    raise _never_called()


def watch_step(state: int, before: int) -> int:
    """... at a step to it from another one ..."""
    raise _never_called()


def watch_rest(state: int, before: int) -> int:
    """... and where nothing has to happen: see `watching`."""
    raise _never_called()


def outside(state: int) -> int:
    """1 for a state that does not lie `within` what the spec says, else 0."""
    raise _never_called()


def is_at_rest(state: int) -> int:
    """1 for a state in which every process has ended or rests, else 0."""
    raise _never_called()

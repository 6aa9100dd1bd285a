"""The words of the restricted Python, for whoever reads or type-checks the kernel.

`restricted` compiles calls of these; nobody calls them in Python.
"""

from __future__ import annotations

__all__ = [
    "MOST", "SIZE", "load", "load32", "logical", "prefetch", "store", "store32", "successors",
]  # fmt: skip

SIZE = 8
"""Bytes of a state; the machine's own number when the kernel is compiled."""
MOST = 0
"""How many successors a state can have; the machine's own number when compiled."""


def load(address: int) -> int:
    """The 64-bit number at an address."""
    raise NotImplementedError


def store(address: int, value: int) -> int:
    """Put a 64-bit number at an address."""
    raise NotImplementedError


def load32(address: int) -> int:
    """The 32-bit number at an address, not negative."""
    raise NotImplementedError


def store32(address: int, value: int) -> int:
    """Put the lower 32 bits of a number at an address."""
    raise NotImplementedError


def logical(value: int, count: int) -> int:
    """`value >> count` of 64 bits, with zeros shifted in."""
    raise NotImplementedError


def prefetch(address: int) -> int:
    """Ask for what is at an address to be brought near."""
    raise NotImplementedError


def successors(state: int, out: int, failed: int) -> int:
    """Write the successors of a state one after the other, answer how many; put the code of
    the first failure at `failed`."""
    raise NotImplementedError

"""The words of the restricted Python, for whoever reads or type-checks the kernel.

`restricted` compiles calls of these; nobody calls them in Python.
"""

from __future__ import annotations

__all__ = [
    "MOST", "SIZE", "load", "load32", "logical", "prefetch", "store", "store32", "successors",
]  # fmt: skip


def _never_called() -> TypeError:
    return TypeError("a word of the restricted subset is compiled, never called in Python")


SIZE = 8
"""Bytes of a state; the machine's own number when the kernel is compiled."""
MOST = 0
"""How many successors a state can have; the machine's own number when compiled."""


def load(address: int) -> int:
    """The 64-bit number at an address."""
    raise _never_called()


def store(address: int, value: int) -> int:
    """Put a 64-bit number at an address."""
    raise _never_called()


def load32(address: int) -> int:
    """The 32-bit number at an address, not negative."""
    raise _never_called()


def store32(address: int, value: int) -> int:
    """Put the lower 32 bits of a number at an address."""
    raise _never_called()


def logical(value: int, count: int) -> int:
    """`value >> count` of 64 bits, with zeros shifted in."""
    raise _never_called()


def prefetch(address: int) -> int:
    """Ask for what is at an address to be brought near."""
    raise _never_called()


def successors(state: int, out: int, failed: int) -> int:
    """Write the successors of a state one after the other, answer how many; put the code of
    the first failure at `failed`."""
    raise _never_called()

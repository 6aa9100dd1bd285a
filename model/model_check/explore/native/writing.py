"""Lines of LLVM text, and the operands that they compute."""

from __future__ import annotations

from typing import NamedTuple

from .ranges import Interval, bits_of

__all__ = ["WIDTHS", "Operand", "TextWriter", "fits", "operand", "width_of"]

WIDTHS = (64, 128)
"""The widths of numbers in registers, in bits. Longer ones are words in memory: see
`multiword_values`."""


def fits(interval: Interval) -> bool:
    """Whether all numbers of an interval fit into a register, or two."""
    return bits_of(interval) <= WIDTHS[-1]


def width_of(interval: Interval) -> int:
    """The width that the numbers of an interval, which fit, are given."""
    return WIDTHS[0] if bits_of(interval) <= WIDTHS[0] else WIDTHS[-1]


class Operand(NamedTuple):
    """A number in registers: its text, its width in bits, and its interval."""

    text: str
    width: int
    low: int
    high: int

    @property
    def interval(self) -> Interval:
        return (self.low, self.high)


def operand(text: str, width: int, interval: Interval) -> Operand:
    return Operand(text, width, *interval)


class TextWriter:
    """The lines of one function. `allocas` come before all others."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.allocas: list[str] = []
        self.count = 0

    def line(self, text: str) -> None:
        self.lines.append("  " + text)

    def fresh(self) -> str:
        self.count += 1
        return f"%t{self.count}"

    def label(self) -> str:
        self.count += 1
        return f"b{self.count}"

    def mark(self, label: str) -> None:
        self.lines.append(f"{label}:")

    def compute(self, operation: str) -> str:
        name = self.fresh()
        self.line(f"{name} = {operation}")
        return name

    def resized(self, value: Operand, width: int) -> str:
        """The operand's text at another width."""
        if value.width == width or not value.text.startswith("%"):
            return value.text
        word = "sext" if width > value.width else "trunc"
        return self.compute(f"{word} i{value.width} {value.text} to i{width}")

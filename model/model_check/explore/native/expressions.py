"""From expressions of the machine to LLVM text that computes them.

The same operations as the generated Python (`machine.python.source`), on numbers as wide as
their intervals need: 64 bits mostly, more for packed lists. Locals are memory at first; LLVM's
SROA makes registers of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ...machine.ir import BitCount, Const, Expr, Local, Operation, Select
from .ranges import Interval, UncompilableError, bits_of, interval_of

__all__ = ["WIDTHS", "ExpressionWriter", "Operand", "operand", "width_of"]

WIDTHS = (64, 128, 256, 512, 1024, 2048)
"""The widths that numbers are given, in bits."""
_COMPARE = {"==": "eq", "!=": "ne", "<": "slt", "<=": "sle", ">": "sgt", ">=": "sge"}
_PLAIN = {"+": "add", "-": "sub", "*": "mul", "&": "and", "|": "or", "^": "xor"}


def width_of(interval: Interval) -> int:
    bits = bits_of(interval)
    for width in WIDTHS:
        if bits <= width:
            return width
    raise UncompilableError(f"a number of {bits} bits")


class Operand(NamedTuple):
    """An operand: its text, its width in bits, and its interval."""

    text: str
    width: int
    low: int
    high: int

    @property
    def interval(self) -> Interval:
        return (self.low, self.high)


def operand(text: str, width: int, interval: Interval) -> Operand:
    return Operand(text, width, *interval)


class ExpressionWriter:
    """One function being written; `known` are the intervals of its locals."""

    def __init__(self, known: Mapping[str, Interval]) -> None:
        self.known = known
        self.lines: list[str] = []
        self.allocas: list[str] = []
        self.slots: dict[str, int] = {}
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

    # --- locals ---------------------------------------------------------------------------------

    def slot(self, name: str) -> tuple[str, int]:
        """Where a local lives, and its width."""
        if name not in self.slots:
            self.slots[name] = width_of(self.known[name])
            self.allocas.append(f"  %{name}.at = alloca i{self.slots[name]}")
        return f"%{name}.at", self.slots[name]

    def store(self, name: str, value: Operand) -> None:
        place, width = self.slot(name)
        self.line(f"store i{width} {self.resized(value, width)}, ptr {place}")

    def load(self, name: str) -> Operand:
        place, width = self.slot(name)
        return operand(self.compute(f"load i{width}, ptr {place}"), width, self.known[name])

    def resized(self, value: Operand, width: int) -> str:
        """The operand's text at another width."""
        if value.width == width or not value.text.startswith("%"):
            return value.text
        word = "sext" if width > value.width else "trunc"
        return self.compute(f"{word} i{value.width} {value.text} to i{width}")

    # --- expressions ----------------------------------------------------------------------------

    def expr(self, expr: Expr) -> Operand:
        match expr:
            case Const(value):
                interval = (value, value)
                return operand(str(value), width_of(interval), interval)
            case Local(name):
                return self.load(name)
            case Select(test, then, orelse):
                truth = self.truth(test)
                a, b = self.expr(then), self.expr(orelse)
                width = max(a.width, b.width)
                first, second = self.resized(a, width), self.resized(b, width)
                text = self.compute(f"select i1 {truth}, i{width} {first}, i{width} {second}")
                interval = (min(a.low, b.low), max(a.high, b.high))
                return operand(text, width, interval)
            case BitCount(counted):
                bits = self.expr(counted)
                wide = f"i{bits.width}"
                text = self.compute(f"call {wide} @llvm.ctpop.{wide}({wide} {bits.text})")
                narrow = self.resized(operand(text, bits.width, (0, bits.width)), 64)
                return operand(narrow, 64, (0, bits.high.bit_length()))
            case Operation(operator, left, right):
                return self.operation(operator, self.expr(left), self.expr(right))

    def truth(self, expr: Expr) -> str:
        """An expression as an i1: whether it is not 0."""
        if isinstance(expr, Operation) and expr.operator in _COMPARE:
            return self.compare(expr.operator, self.expr(expr.left), self.expr(expr.right))
        value = self.expr(expr)
        return self.compute(f"icmp ne i{value.width} {value.text}, 0")

    def compare(self, operator: str, a: Operand, b: Operand) -> str:
        width = max(a.width, b.width)
        first, second = self.resized(a, width), self.resized(b, width)
        return self.compute(f"icmp {_COMPARE[operator]} i{width} {first}, {second}")

    def operation(self, operator: str, a: Operand, b: Operand) -> Operand:
        if operator in _COMPARE:
            bit = self.compare(operator, a, b)
            return operand(self.compute(f"zext i1 {bit} to i64"), 64, (0, 1))
        known = {"a": a.interval, "b": b.interval}
        found = interval_of(Operation(operator, Local("a"), Local("b")), known)  # type: ignore[arg-type]
        width = max(a.width, b.width, width_of(found))
        if operator in _PLAIN:
            first, second = self.resized(a, width), self.resized(b, width)
            text = self.compute(f"{_PLAIN[operator]} i{width} {first}, {second}")
        elif operator == "<<":
            width = max(a.width, width_of(found))
            count = self.resized(b, width)
            text = self.compute(f"shl i{width} {self.resized(a, width)}, {count}")
        elif operator == ">>":
            width = a.width
            text = self.shifted_right(a, b)
        else:
            text = self.divided(operator, a, b, width)
        fitted = width_of(found)
        if fitted < width:
            text = self.resized(operand(text, width, found), fitted)
            width = fitted
        return operand(text, width, found)

    def shifted_right(self, a: Operand, b: Operand) -> str:
        width = a.width
        if b.high >= width:
            # All bits are gone beyond the width; LLVM leaves such a shift undefined.
            most = width - 1
            beyond = self.compute(f"icmp sgt i{b.width} {b.text}, {most}")
            count = self.compute(f"select i1 {beyond}, i{b.width} {most}, i{b.width} {b.text}")
            b = operand(count, b.width, (0, most))
        return self.compute(f"ashr i{width} {a.text}, {self.resized(b, width)}")

    def divided(self, operator: str, a: Operand, b: Operand, width: int) -> str:
        if width > 64:
            raise UncompilableError("a division of more than 64 bits")
        first, second = self.resized(a, width), self.resized(b, width)
        if a.low >= 0 and b.low >= 0:
            word = "udiv" if operator == "//" else "urem"
            return self.compute(f"{word} i64 {first}, {second}")
        # Python rounds down, the processor towards zero.
        quotient = self.compute(f"sdiv i64 {first}, {second}")
        rest = self.compute(f"srem i64 {first}, {second}")
        some = self.compute(f"icmp ne i64 {rest}, 0")
        signs = self.compute(f"xor i64 {rest}, {second}")
        differ = self.compute(f"icmp slt i64 {signs}, 0")
        adjust = self.compute(f"and i1 {some}, {differ}")
        if operator == "//":
            one = self.compute(f"zext i1 {adjust} to i64")
            return self.compute(f"sub i64 {quotient}, {one}")
        more = self.compute(f"select i1 {adjust}, i64 {second}, i64 0")
        return self.compute(f"add i64 {rest}, {more}")

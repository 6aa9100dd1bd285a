"""From expressions of the machine to LLVM text that computes them.

The same operations as the generated Python (`machine.python.source`), on numbers as wide as
their intervals need: in a register mostly, in two, or in memory (see `multiword_values`). Locals
are memory at first; LLVM's SROA makes registers of those that fit.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...machine.ir import BitCount, Const, Expr, Local, Operation, Select
from ...machine.names import is_given_once
from .multiword_values import MultiwordWriter, Packed, Value, words_for
from .ranges import Interval, interval_of
from .writing import Operand, fits, operand, width_of

__all__ = ["ExpressionWriter"]

_COMPARE = {"==": "eq", "!=": "ne", "<": "slt", "<=": "sle", ">": "sgt", ">=": "sge"}
_PLAIN = {"+": "add", "-": "sub", "*": "mul", "&": "and", "|": "or", "^": "xor"}


class ExpressionWriter(MultiwordWriter):
    """One function being written; `known` are the intervals of its locals."""

    def __init__(self, known: Mapping[str, Interval]) -> None:
        super().__init__()
        self.known = known
        self.slots: dict[str, int] = {}
        self.meanings: dict[str, Expr] = {}
        """What was computed of the locals that are given a value once."""

    # --- locals ---------------------------------------------------------------------------------

    def slot(self, name: str) -> tuple[str, int]:
        """Where a local that fits lives, and its width."""
        if name not in self.slots:
            self.slots[name] = width_of(self.known[name])
            self.allocas.append(f"  %{name}.at = alloca i{self.slots[name]}")
        return f"%{name}.at", self.slots[name]

    def long_slot(self, name: str) -> Packed:
        """Where another lives."""
        interval = self.known[name]
        words = words_for(interval)
        if name not in self.slots:
            self.slots[name] = 64 * words
            self.room(f"%{name}.at", words)
        return Packed(f"%{name}.at", words, *interval)

    def store(self, name: str, value: Value) -> None:
        if not fits(self.known[name]):
            there = self.long_slot(name)
            self.copy(self.packed(value), there.place, there.words)
            return
        place, width = self.slot(name)
        self.line(f"store i{width} {self.lower(value, width)}, ptr {place}")

    def load(self, name: str) -> Value:
        if not fits(self.known[name]):
            return self.long_slot(name)
        return self.load_register(name)

    def load_register(self, name: str) -> Operand:
        place, width = self.slot(name)
        return operand(self.compute(f"load i{width}, ptr {place}"), width, self.known[name])

    def let(self, name: str, expr: Expr) -> None:
        """Give a local a value."""
        if is_given_once(name):
            self.meanings[name] = expr
        if fits(self.known[name]):
            self.store(name, self.expr(expr))
            return
        there = self.long_slot(name)
        value = self.expr(expr, there)
        if not isinstance(value, Packed) or value.place != there.place:
            self.store(name, value)

    # --- expressions ----------------------------------------------------------------------------

    def register_of(self, expr: Expr) -> Operand:
        """An expression whose value fits."""
        return self.register(self.expr(expr))

    def expr(self, expr: Expr, into: Packed | None = None) -> Value:
        """An expression; its last operation may be done in a place that is to have the value."""
        match expr:
            case Const(value):
                interval = (value, value)
                if fits(interval):
                    return operand(str(value), width_of(interval), interval)
                words = words_for(interval)
                return Packed(self.constant(value, words), words, value, value)
            case Local(name):
                return self.load(name)
            case Select(test, then, orelse):
                found = interval_of(expr, self.known, self.meanings)
                return self.select(self.truth(test), self.expr(then), self.expr(orelse), found)
            case BitCount(counted):
                return self.bit_count(self.expr(counted))
            case Operation(operator, left, right):
                return self.operation(operator, self.expr(left), self.expr(right), into)

    def select(self, truth: str, a: Value, b: Value, found: Interval) -> Value:
        """One of two values; the one that is taken lies in the interval `found`."""
        if not fits(found):
            words = words_for(found)
            first, second = self.packed(a, words).place, self.packed(b, words).place
            place = self.compute(f"select i1 {truth}, ptr {first}, ptr {second}")
            return Packed(place, words, *found)
        width = width_of(found)
        texts = self.lower(a, width), self.lower(b, width)
        text = self.compute(f"select i1 {truth}, i{width} {texts[0]}, i{width} {texts[1]}")
        return operand(text, width, found)

    def bit_count(self, value: Value) -> Operand:
        found = (0, value.high.bit_length())
        if not isinstance(value, Operand):
            return self.long_bit_count(value, found)
        wide = f"i{value.width}"
        text = self.compute(f"call {wide} @llvm.ctpop.{wide}({wide} {value.text})")
        narrow = self.resized(operand(text, value.width, (0, value.width)), 64)
        return operand(narrow, 64, found)

    def truth(self, expr: Expr) -> str:
        """An expression as an i1: whether it is not 0."""
        if isinstance(expr, Operation) and expr.operator in _COMPARE:
            return self.compare(expr.operator, self.expr(expr.left), self.expr(expr.right))
        return self.some(self.expr(expr))

    def compare(self, operator: str, a: Value, b: Value) -> str:
        if not isinstance(a, Operand) or not isinstance(b, Operand):
            return self.long_compare(operator, a, b)
        width = max(a.width, b.width)
        first, second = self.resized(a, width), self.resized(b, width)
        return self.compute(f"icmp {_COMPARE[operator]} i{width} {first}, {second}")

    def operation(self, operator: str, a: Value, b: Value, into: Packed | None = None) -> Value:
        if operator in _COMPARE:
            bit = self.compare(operator, a, b)
            return operand(self.compute(f"zext i1 {bit} to i64"), 64, (0, 1))
        known = {"a": (a.low, a.high), "b": (b.low, b.high)}
        found = interval_of(Operation(operator, Local("a"), Local("b")), known)  # type: ignore[arg-type]
        if isinstance(a, Operand) and isinstance(b, Operand) and fits(found):
            return self.short_operation(operator, a, b, found)
        return self.long_operation(operator, a, b, found, into)

    def short_operation(self, operator: str, a: Operand, b: Operand, found: Interval) -> Operand:
        """An operation in registers."""
        width = max(a.width, b.width, width_of(found))
        if operator in ("//", "%") and width > 64:
            return self.register(self.divided_long(operator, a, b, found))
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
            text = self.divided(operator, a, b)
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

    def divided(self, operator: str, a: Operand, b: Operand) -> str:
        first, second = a.text, b.text
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

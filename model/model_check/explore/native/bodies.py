"""Bodies of the machine as LLVM text.

The same operations as the generated Python (machine/source.py), from the same statements,
on numbers as wide as their intervals need: 64 bits mostly, more for packed lists. Locals
are memory at first; LLVM's SROA makes registers of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ...machine.core import Field, Machine
from ...machine.effects import assigned
from ...machine.ir import (
    BitCount,
    Choice,
    Const,
    Emit,
    Expr,
    Fail,
    If,
    Let,
    Local,
    Loop,
    Note,
    Operation,
    Require,
    Select,
    Statement,
)
from ...machine.names import field_local
from ...machine.rewrite import statements_in
from .ranges import Interval, TooWideError, bits_of, interval_of

__all__ = ["WIDTHS", "FunctionWriter", "words_of"]

WIDTHS = (64, 128, 256, 512, 1024, 2048)
"""The widths that numbers are given, in bits."""
WORD_MASK = (1 << 64) - 1
_COMPARE = {"==": "eq", "!=": "ne", "<": "slt", "<=": "sle", ">": "sgt", ">=": "sge"}
_PLAIN = {"+": "add", "-": "sub", "*": "mul", "&": "and", "|": "or", "^": "xor"}


def words_of(machine: Machine) -> int:
    """64-bit words of a state."""
    return max(1, -(-machine.width // 64))


def _width(interval: Interval) -> int:
    bits = bits_of(interval)
    for width in WIDTHS:
        if bits <= width:
            return width
    raise TooWideError(f"a number of {bits} bits")


class _Value(NamedTuple):
    """An operand: its text, its width in bits, and its interval."""

    text: str
    width: int
    low: int
    high: int

    @property
    def interval(self) -> Interval:
        return (self.low, self.high)


def _value(text: str, width: int, interval: Interval) -> _Value:
    return _Value(text, width, *interval)


class FunctionWriter:
    """One function being written."""

    def __init__(self, machine: Machine, known: Mapping[str, Interval]) -> None:
        self.machine = machine
        self.known = known
        self.lines: list[str] = []
        self.allocas: list[str] = []
        self.slots: dict[str, int] = {}
        self.growth: list[int] = []
        """The codes of the body's failures that are no errors: want of room, and limits."""
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
            self.slots[name] = _width(self.known[name])
            self.allocas.append(f"  %{name}.at = alloca i{self.slots[name]}")
        return f"%{name}.at", self.slots[name]

    def store(self, name: str, value: _Value) -> None:
        place, width = self.slot(name)
        self.line(f"store i{width} {self.resized(value, width)}, ptr {place}")

    def load(self, name: str) -> _Value:
        place, width = self.slot(name)
        return _value(self.compute(f"load i{width}, ptr {place}"), width, self.known[name])

    def resized(self, value: _Value, width: int) -> str:
        """The operand's text at another width."""
        if value.width == width or not value.text.startswith("%"):
            return value.text
        word = "sext" if width > value.width else "trunc"
        return self.compute(f"{word} i{value.width} {value.text} to i{width}")

    # --- expressions ----------------------------------------------------------------------------

    def expr(self, expr: Expr) -> _Value:
        match expr:
            case Const(value):
                interval = (value, value)
                return _value(str(value), _width(interval), interval)
            case Local(name):
                return self.load(name)
            case Select(test, then, orelse):
                truth = self.truth(test)
                a, b = self.expr(then), self.expr(orelse)
                width = max(a.width, b.width)
                first, second = self.resized(a, width), self.resized(b, width)
                text = self.compute(f"select i1 {truth}, i{width} {first}, i{width} {second}")
                interval = (min(a.low, b.low), max(a.high, b.high))
                return _value(text, width, interval)
            case BitCount(counted):
                bits = self.expr(counted)
                wide = f"i{bits.width}"
                text = self.compute(f"call {wide} @llvm.ctpop.{wide}({wide} {bits.text})")
                narrow = self.resized(_value(text, bits.width, (0, bits.width)), 64)
                return _value(narrow, 64, (0, bits.high.bit_length()))
            case Operation(operator, left, right):
                return self.operation(operator, self.expr(left), self.expr(right))

    def truth(self, expr: Expr) -> str:
        """An expression as an i1: whether it is not 0."""
        if isinstance(expr, Operation) and expr.operator in _COMPARE:
            return self.compare(expr.operator, self.expr(expr.left), self.expr(expr.right))
        value = self.expr(expr)
        return self.compute(f"icmp ne i{value.width} {value.text}, 0")

    def compare(self, operator: str, a: _Value, b: _Value) -> str:
        width = max(a.width, b.width)
        first, second = self.resized(a, width), self.resized(b, width)
        return self.compute(f"icmp {_COMPARE[operator]} i{width} {first}, {second}")

    def operation(self, operator: str, a: _Value, b: _Value) -> _Value:
        if operator in _COMPARE:
            bit = self.compare(operator, a, b)
            return _value(self.compute(f"zext i1 {bit} to i64"), 64, (0, 1))
        known = {"a": a.interval, "b": b.interval}
        found = interval_of(Operation(operator, Local("a"), Local("b")), known)  # type: ignore[arg-type]
        width = max(a.width, b.width, _width(found))
        if operator in _PLAIN:
            first, second = self.resized(a, width), self.resized(b, width)
            text = self.compute(f"{_PLAIN[operator]} i{width} {first}, {second}")
        elif operator == "<<":
            width = max(a.width, _width(found))
            count = self.resized(b, width)
            text = self.compute(f"shl i{width} {self.resized(a, width)}, {count}")
        elif operator == ">>":
            width = a.width
            text = self.shifted_right(a, b)
        else:
            text = self.divided(operator, a, b, width)
        fitted = _width(found)
        if fitted < width:
            text = self.resized(_value(text, width, found), fitted)
            width = fitted
        return _value(text, width, found)

    def shifted_right(self, a: _Value, b: _Value) -> str:
        width = a.width
        if b.high >= width:
            # All bits are gone beyond the width; LLVM leaves such a shift undefined.
            most = width - 1
            beyond = self.compute(f"icmp sgt i{b.width} {b.text}, {most}")
            count = self.compute(f"select i1 {beyond}, i{b.width} {most}, i{b.width} {b.text}")
            b = _value(count, b.width, (0, most))
        return self.compute(f"ashr i{width} {a.text}, {self.resized(b, width)}")

    def divided(self, operator: str, a: _Value, b: _Value, width: int) -> str:
        if width > 64:
            raise TooWideError("a division of more than 64 bits")
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

    # --- statements -----------------------------------------------------------------------------

    def block(self, body: Iterable[Statement], written: list[int]) -> None:
        for statement in body:
            self.statement(statement, written)

    def statement(self, statement: Statement, written: list[int]) -> None:
        match statement:
            case Let(name, value):
                self.store(name, self.expr(value))
            case If(test, then, orelse):
                self.branch(self.truth(test), then, orelse, written)
            case Loop(name, count, _, body):
                self.loop(name, count, body, written, kept=[])
            case Choice(name, count, _, body):
                names = [n for n in sorted(assigned(body)) if n in self.slots]
                if "halt" in self.slots:
                    names.append("halt")
                self.loop(name, count, body, written, kept=names)
            case Require(test):
                self.halt_if(self.compute(f"xor i1 {self.truth(test)}, true"), -1)
            case Fail(code, test):
                self.halt_if(self.truth(test), code)
            case Emit():
                self.emit(written)
            case Note():
                pass

    def branch(
        self,
        truth: str,
        then: tuple[Statement, ...],
        orelse: tuple[Statement, ...],
        written: list[int],
    ) -> None:
        first, second, end = self.label(), self.label(), self.label()
        self.line(f"br i1 {truth}, label %{first}, label %{second}")
        self.mark(first)
        self.block(then, written)
        self.line(f"br label %{end}")
        self.mark(second)
        self.block(orelse, written)
        self.line(f"br label %{end}")
        self.mark(end)

    def loop(
        self,
        name: str,
        count: Expr,
        body: tuple[Statement, ...],
        written: list[int],
        kept: list[str],
    ) -> None:
        if name not in self.known:
            # Its count is never more than 0: no interval was made for it.
            return
        limit = self.expr(count)
        saved = {each: self.load(each) for each in kept}
        counter = f"%{self.label()}.n"
        self.allocas.append(f"  {counter} = alloca i64")
        self.line(f"store i64 0, ptr {counter}")
        head, inside, end = self.label(), self.label(), self.label()
        self.line(f"br label %{head}")
        self.mark(head)
        now = self.compute(f"load i64, ptr {counter}")
        bound = self.resized(limit, 64)
        more = self.compute(f"icmp slt i64 {now}, {bound}")
        self.line(f"br i1 {more}, label %{inside}, label %{end}")
        self.mark(inside)
        self.store(name, _value(now, 64, self.known[name]))
        for each, value in saved.items():
            self.store(each, value)
        self.block(body, written)
        following = self.compute(f"add i64 {now}, 1")
        self.line(f"store i64 {following}, ptr {counter}")
        self.line(f"br label %{head}")
        self.mark(end)

    def halt_if(self, truth: str, code: int) -> None:
        """The first halt counts."""
        now = self.load("halt")
        running = self.compute(f"icmp eq i64 {now.text}, 0")
        both = self.compute(f"and i1 {running}, {truth}")
        text = self.compute(f"select i1 {both}, i64 {code}, i64 {now.text}")
        self.store("halt", _value(text, 64, self.known["halt"]))

    def emit(self, written: list[int]) -> None:
        if "halt" not in self.slots:
            self.append(written)
            return
        halt = self.load("halt")
        good, other, bad, end = self.label(), self.label(), self.label(), self.label()
        fires = self.compute(f"icmp eq i64 {halt.text}, 0")
        self.line(f"br i1 {fires}, label %{good}, label %{other}")
        self.mark(good)
        self.append(written)
        self.line(f"br label %{end}")
        self.mark(other)
        failed = self.compute(f"icmp sgt i64 {halt.text}, 0")
        self.line(f"br i1 {failed}, label %{bad}, label %{end}")
        self.mark(bad)
        self.fail(halt.text)
        self.line(f"br label %{end}")
        self.mark(end)

    def fail(self, halt: str) -> None:
        """Keep the first run-time error of a state, and the first want of room or limit: the
        one must not hide the other."""
        lacks = "false"
        for code in self.growth:
            equal = self.compute(f"icmp eq i64 {halt}, {code}")
            lacks = self.compute(f"or i1 {lacks}, {equal}")
        offset = self.compute(f"select i1 {lacks}, i64 8, i64 0")
        place = self.compute(f"getelementptr i8, ptr %failed, i64 {offset}")
        before = self.compute(f"load i64, ptr {place}")
        none = self.compute(f"icmp eq i64 {before}, 0")
        kept = self.compute(f"select i1 {none}, i64 {halt}, i64 {before}")
        self.line(f"store i64 {kept}, ptr {place}")

    def append(self, written: list[int]) -> None:
        """Store a successor behind the last: the words that were written made anew, the
        others as they are."""
        words = words_of(self.machine)
        kept = [WORD_MASK] * words
        parts: list[list[str]] = [[] for _ in range(words)]
        for index in written:
            each = self.machine.fields[index]
            value = self.load(field_local(index))
            for word, text, mask in self.pieces(each, value):
                kept[word] &= ~mask
                parts[word].append(text)
        number = self.compute("load i64, ptr %n.at")
        offset = self.compute(f"mul i64 {number}, {8 * words}")
        place = self.compute(f"getelementptr i8, ptr %out, i64 {offset}")
        for word in range(words):
            text = f"%s{word}"
            if kept[word] != WORD_MASK:
                text = self.compute(f"and i64 {text}, {kept[word]}")
            for part in parts[word]:
                text = self.compute(f"or i64 {text}, {part}")
            at = self.compute(f"getelementptr i8, ptr {place}, i64 {8 * word}")
            self.line(f"store i64 {text}, ptr {at}, align 8")
        more = self.compute(f"add i64 {number}, 1")
        self.line(f"store i64 {more}, ptr %n.at")

    def pieces(self, each: Field, value: _Value) -> Iterator[tuple[int, str, int]]:
        """What a field's value puts into each word of the state: (word, text, mask)."""
        first, shift = divmod(each.offset, 64)
        wide = _width((0, (each.mask << shift) | each.mask))
        whole = self.resized(value, max(wide, value.width))
        wide = max(wide, value.width)
        if shift:
            whole = self.compute(f"shl i{wide} {whole}, {shift}")
        for i in range(-(-(shift + each.width) // 64)):
            text = self.compute(f"lshr i{wide} {whole}, {64 * i}") if i else whole
            mask = each.mask << shift >> 64 * i & WORD_MASK
            yield first + i, self.resized(_value(text, wide, value.interval), 64), mask

    def load_fields(self, fields: Iterable[int]) -> None:
        for index in sorted(fields):
            self.store(field_local(index), self.field(index))

    def field(self, index: int) -> _Value:
        each = self.machine.fields[index]
        first, shift = divmod(each.offset, 64)
        width = _width((0, each.mask))
        if shift + each.width <= 64:
            text = self.compute(f"lshr i64 %s{first}, {shift}") if shift else f"%s{first}"
            if shift + each.width < 64:
                text = self.compute(f"and i64 {text}, {each.mask}")
            if width > 64:
                text = self.compute(f"zext i64 {text} to i{width}")
            return _value(text, width, (0, each.mask))
        wide = _width((0, each.mask << shift))
        whole = self.compute(f"zext i64 %s{first} to i{wide}")
        for i in range(1, -(-(shift + each.width) // 64)):
            part = self.compute(f"zext i64 %s{first + i} to i{wide}")
            moved = self.compute(f"shl i{wide} {part}, {64 * i}")
            whole = self.compute(f"or i{wide} {whole}, {moved}")
        if shift:
            whole = self.compute(f"lshr i{wide} {whole}, {shift}")
        text = self.compute(f"and i{wide} {whole}, {each.mask}")
        return _value(
            self.resized(_value(text, wide, (0, each.mask)), width), width, (0, each.mask)
        )

    def start_halt(self, body: Iterable[Statement]) -> None:
        halts = [s for s in statements_in(body) if isinstance(s, Fail | Require)]
        if halts:
            self.store("halt", _value("0", 64, (0, 0)))
        failures = self.machine.failures
        codes = sorted({s.code for s in halts if isinstance(s, Fail)})
        self.growth = [code for code in codes if failures[code - 1].unfinished]

"""From the body of a step or a formula to LLVM text.

The same operations as the generated Python (`machine.python.source`), from the same statements.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ...machine.core import Field, Machine
from ...machine.effects import assigned
from ...machine.ir import (
    Choice,
    Decision,
    Emit,
    Expr,
    Fail,
    If,
    Let,
    Loop,
    Note,
    Require,
    Statement,
)
from ...machine.names import field_local, old_local
from ...machine.rewrite import Block, statements_in
from .expressions import ExpressionWriter, Operand, operand, width_of
from .ranges import Interval

__all__ = ["FunctionWriter", "LabelledWriter", "words_of"]

WORD_MASK = (1 << 64) - 1
STEP = 4
"""Bytes of a step's number."""


def words_of(machine: Machine) -> int:
    """64-bit words of a state."""
    return max(1, -(-machine.width // 64))


class FunctionWriter(ExpressionWriter):
    """One function being written; `written` are the fields that its body may change."""

    name = "successors"
    """Of the function that does all that a machine can do in a state ..."""
    outputs: tuple[str, ...] = ("out", "failed")
    """... and the addresses that it is given beside the state's."""

    def __init__(
        self, machine: Machine, known: Mapping[str, Interval], written: Iterable[int] = ()
    ) -> None:
        super().__init__(known)
        self.machine = machine
        self.written = tuple(written)
        self.growth: list[int] = []
        """The codes of the body's failures that are no errors: want of room, and limits."""

    def block(self, body: Iterable[Statement]) -> None:
        for statement in body:
            self.statement(statement)

    def statement(self, statement: Statement) -> None:
        match statement:
            case Let(name, value):
                self.store(name, self.expr(value))
            case If(test, then, orelse):
                self.branch(self.truth(test), then, orelse)
            case Loop(name, count, _, body):
                self.loop(name, count, body, kept=[])
            case Choice(name, count, _, body):
                names = [n for n in sorted(assigned(body)) if n in self.slots]
                if "halt" in self.slots:
                    names.append("halt")
                self.loop(name, count, body, kept=names)
            case Require(test):
                self.halt_if(self.compute(f"xor i1 {self.truth(test)}, true"), -1)
            case Fail(code, test):
                self.halt_if(self.truth(test), code)
            case Emit(step):
                self.emit(step)
            case Note() | Decision():
                pass

    def branch(self, truth: str, then: Block, orelse: Block) -> None:
        first, second, end = self.label(), self.label(), self.label()
        self.line(f"br i1 {truth}, label %{first}, label %{second}")
        self.mark(first)
        self.block(then)
        self.line(f"br label %{end}")
        self.mark(second)
        self.block(orelse)
        self.line(f"br label %{end}")
        self.mark(end)

    def loop(self, name: str, count: Expr, body: Block, kept: list[str]) -> None:
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
        self.store(name, operand(now, 64, self.known[name]))
        for each, value in saved.items():
            self.store(each, value)
        self.block(body)
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
        self.store("halt", operand(text, 64, self.known["halt"]))

    def emit(self, step: int) -> None:
        if "halt" not in self.slots:
            self.append(step)
            return
        halt = self.load("halt")
        good, other, bad, end = self.label(), self.label(), self.label(), self.label()
        fires = self.compute(f"icmp eq i64 {halt.text}, 0")
        self.line(f"br i1 {fires}, label %{good}, label %{other}")
        self.mark(good)
        self.append(step)
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

    def append(self, step: int) -> None:
        """Store a successor by a step behind the last: the words that were written made anew,
        the others as they are."""
        words = words_of(self.machine)
        kept = [WORD_MASK] * words
        parts: list[list[str]] = [[] for _ in range(words)]
        for index in self.written:
            each = self.machine.fields[index]
            value = self.load(field_local(index))
            for word, text, mask in self.pieces(each, value):
                kept[word] &= ~mask
                parts[word].append(text)
        count = self.compute("load i64, ptr %n.at")
        offset = self.compute(f"mul i64 {count}, {8 * words}")
        place = self.compute(f"getelementptr i8, ptr %out, i64 {offset}")
        for word in range(words):
            text = f"%s{word}"
            if kept[word] != WORD_MASK:
                text = self.compute(f"and i64 {text}, {kept[word]}")
            for part in parts[word]:
                text = self.compute(f"or i64 {text}, {part}")
            at = self.compute(f"getelementptr i8, ptr {place}, i64 {8 * word}")
            self.line(f"store i64 {text}, ptr {at}, align 8")
        more = self.compute(f"add i64 {count}, 1")
        self.line(f"store i64 {more}, ptr %n.at")

    def pieces(self, each: Field, value: Operand) -> Iterator[tuple[int, str, int]]:
        """What a field's value puts into each word of the state: (word, text, mask)."""
        first, shift = divmod(each.offset, 64)
        wide = width_of((0, (each.mask << shift) | each.mask))
        whole = self.resized(value, max(wide, value.width))
        wide = max(wide, value.width)
        if shift:
            whole = self.compute(f"shl i{wide} {whole}, {shift}")
        for i in range(-(-(shift + each.width) // 64)):
            text = self.compute(f"lshr i{wide} {whole}, {64 * i}") if i else whole
            mask = each.mask << shift >> 64 * i & WORD_MASK
            yield first + i, self.resized(operand(text, wide, value.interval), 64), mask

    def load_fields(self, fields: Iterable[int]) -> None:
        for index in sorted(fields):
            self.store(field_local(index), self.field(index))

    def load_old(self, fields: Iterable[int]) -> None:
        """The fields of the state before a step."""
        for index in sorted(fields):
            self.store(old_local(field_local(index)), self.field(index, "b"))

    def field(self, index: int, state: str = "s") -> Operand:
        """A field of a state, whose words are `%s0`, `%s1` and so on."""
        each = self.machine.fields[index]
        first, shift = divmod(each.offset, 64)
        width = width_of((0, each.mask))
        if shift + each.width <= 64:
            text = (
                self.compute(f"lshr i64 %{state}{first}, {shift}") if shift else f"%{state}{first}"
            )
            if shift + each.width < 64:
                text = self.compute(f"and i64 {text}, {each.mask}")
            if width > 64:
                text = self.compute(f"zext i64 {text} to i{width}")
            return operand(text, width, (0, each.mask))
        wide = width_of((0, each.mask << shift))
        whole = self.compute(f"zext i64 %{state}{first} to i{wide}")
        for i in range(1, -(-(shift + each.width) // 64)):
            part = self.compute(f"zext i64 %{state}{first + i} to i{wide}")
            moved = self.compute(f"shl i{wide} {part}, {64 * i}")
            whole = self.compute(f"or i{wide} {whole}, {moved}")
        if shift:
            whole = self.compute(f"lshr i{wide} {whole}, {shift}")
        text = self.compute(f"and i{wide} {whole}, {each.mask}")
        return operand(
            self.resized(operand(text, wide, (0, each.mask)), width), width, (0, each.mask)
        )

    def start_halt(self, body: Iterable[Statement]) -> None:
        halts = [s for s in statements_in(body) if isinstance(s, Fail | Require)]
        if halts:
            self.store("halt", operand("0", 64, (0, 0)))
        failures = self.machine.failures
        codes = sorted({s.code for s in halts if isinstance(s, Fail)})
        self.growth = [code for code in codes if failures[code - 1].unfinished]


class LabelledWriter(FunctionWriter):
    """The same, which tells the step of each successor, too."""

    name = "labelled"
    outputs = ("out", "steps", "failed")

    def append(self, step: int) -> None:
        """Store the step's number beside the successor."""
        count = self.compute("load i64, ptr %n.at")
        offset = self.compute(f"mul i64 {count}, {STEP}")
        place = self.compute(f"getelementptr i8, ptr %steps, i64 {offset}")
        self.line(f"store i32 {step}, ptr {place}")
        super().append(step)

"""From the body of a step or a formula to LLVM text.

The same operations as the generated Python (`machine.python.source`), from the same statements.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...machine.core import Machine
from ...machine.effects import assigned
from ...machine.ir import (
    Choice,
    Const,
    Decision,
    Emit,
    Expr,
    Fail,
    If,
    Let,
    Local,
    Loop,
    Note,
    Operation,
    Renewal,
    Require,
    Statement,
)
from ...machine.rewrite import Block, can_halt, statements_in
from .multiword_values import Packed, Value
from .places import FAILED, LACKING, MOST, NO_SUCCESSOR_ROOM
from .ranges import Interval
from .state_words import StateWriter
from .writing import Operand, operand

__all__ = ["FunctionWriter", "LabelledWriter"]

STEP = 4
"""Bytes of a step's number."""


class FunctionWriter(StateWriter):
    """One function being written; `written` are the fields that its body may change."""

    name = "successors"
    """Of the function that does all that a machine can do in a state ..."""
    outputs: tuple[str, ...] = ("out", "failed")
    """... and the addresses that it is given beside the state's."""

    def __init__(
        self, machine: Machine, known: Mapping[str, Interval], written: Iterable[int] = ()
    ) -> None:
        super().__init__(machine, known)
        self.written = tuple(written)
        self.growth: list[int] = []
        """The codes of the body's failures that are no errors: want of room, and limits."""
        self.running = True
        """Whether `halt` is surely 0 here."""
        self.ends: list[str] = []
        """Where control goes on when a step cannot fire: behind the round of each choice around,
        and at first behind the body. None: with what follows."""
        self.room_checked = False
        """Whether there may be more successors than there is room for."""

    def block(self, body: Iterable[Statement]) -> None:
        for statement in body:
            self.statement(statement)

    def statement(self, statement: Statement) -> None:
        match statement:
            case Let(name, value):
                self.let(name, value)
            case If(test, then, orelse):
                self.branch(self.truth(test), then, orelse)
            case Loop() | Choice():
                self.loop(statement)
            case Require(test):
                self.require(self.truth(test))
            case Fail(code, test):
                self.halt_if(self.truth(test), code)
                self.running = False
            case Emit(step):
                self.emit(step)
            case Note() | Decision() | Renewal():
                pass
        self.release()

    def branch(self, truth: str, then: Block, orelse: Block) -> None:
        self.release()
        first, second, end = self.label(), self.label(), self.label()
        self.line(f"br i1 {truth}, label %{first}, label %{second}")
        before = self.running
        self.mark(first)
        self.block(then)
        self.line(f"br label %{end}")
        after, self.running = self.running, before
        self.mark(second)
        self.block(orelse)
        self.line(f"br label %{end}")
        self.running &= after
        self.mark(end)

    def loop(self, loop: Loop | Choice) -> None:
        """A loop; a choice starts each round from the values before it."""
        name, body = loop.name, loop.body
        if name not in self.known:
            # Its count is never more than 0: no interval was made for it.
            return
        limit = self.lower(self.expr(loop.count), 64)
        halts = can_halt(body)
        number, body = self.members(loop)
        saved = self.saved(loop) if isinstance(loop, Choice) else {}
        if isinstance(loop, Loop) and halts:
            self.running = False
        skipped = None if number is None else self.expr(number)
        counter = f"%{self.label()}.n"
        self.allocas.append(f"  {counter} = alloca i64")
        self.line(f"store i64 0, ptr {counter}")
        head, inside, again, end = (self.label() for _ in range(4))
        self.line(f"br label %{head}")
        self.mark(head)
        now = self.compute(f"load i64, ptr {counter}")
        if skipped is not None:
            now = self.next_bit(skipped, now, limit, saved.get("halt"))
        more = self.compute(f"icmp slt i64 {now}, {limit}")
        self.line(f"br i1 {more}, label %{inside}, label %{end}")
        self.mark(inside)
        self.store(name, operand(now, 64, self.known[name]))
        for each, value in saved.items():
            self.store(each, value)
        self.release()
        before = self.running
        if isinstance(loop, Choice) and self.ends:
            self.ends.append(again)
        self.block(body)
        if isinstance(loop, Choice) and self.ends:
            self.ends.pop()
        self.line(f"br label %{again}")
        self.mark(again)
        following = self.compute(f"add i64 {now}, 1")
        self.line(f"store i64 {following}, ptr {counter}")
        self.line(f"br label %{head}")
        self.mark(end)
        self.running = before and not halts

    def members(self, loop: Loop | Choice) -> tuple[Expr | None, Block]:
        """Of a loop over the members of a set: the set, which has as few rounds as members then,
        and what is done for each. None, and all of the body, of others."""
        whole = None, loop.body
        match loop:
            case Loop(body=(If(test, body, ()),)) | Choice(body=(Require(test), *body)):
                pass
            case _:
                return whole
        match test:
            case Operation("&", Operation(">>", Local(name) as number, Local(index)), Const(1)):
                if index == loop.name != name and name not in assigned(loop.body):
                    return (number, tuple(body)) if self.known[name][0] >= 0 else whole
        return whole

    def saved(self, choice: Choice) -> dict[str, Value]:
        """The values before a choice that its rounds change."""
        names = [each for each in sorted(assigned(choice.body)) if each in self.slots]
        if "halt" in self.slots and not self.running:
            names.append("halt")
        found: dict[str, Value] = {}
        for each in names:
            value = self.load(each)
            if isinstance(value, Packed):
                place = self.room(f"%{self.label()}.k", value.words)
                self.copy(value, place, value.words)
                value = value._replace(place=place)
            found[each] = value
        if "halt" in self.slots and self.running:
            found["halt"] = operand("0", 64, (0, 0))
        return found

    def next_bit(self, number: Value, now: str, limit: str, halt: Value | None) -> str:
        """The next round whose bit of a number is 1; where the step has failed before, the next."""
        if isinstance(number, Operand):
            width = number.width
            wide = f"i{width}"
            inside = self.compute(f"icmp slt i64 {now}, {width}")
            count = self.compute(f"select i1 {inside}, i64 {now}, i64 0")
            by = self.resized(operand(count, 64, (0, width)), width)
            moved = self.compute(f"lshr {wide} {number.text}, {by}")
            some = self.compute(f"icmp ne {wide} {moved}, 0")
            zeros = self.compute(f"call {wide} @llvm.cttz.{wide}({wide} {moved}, i1 false)")
            steps = self.resized(operand(zeros, width, (0, width)), 64)
            there = self.compute(f"add i64 {now}, {steps}")
            any_is = self.compute(f"and i1 {inside}, {some}")
            found = self.compute(f"select i1 {any_is}, i64 {there}, i64 {limit}")
        else:
            whole = self.packed(number)
            found = self.call("next", self.address(whole.place), whole.words, now, limit)
        if halt is not None and not self.running:
            halted = self.some(halt)
            found = self.compute(f"select i1 {halted}, i64 {now}, i64 {found}")
        return found

    def require(self, truth: str) -> None:
        """The step cannot fire where this is not true; then nothing that follows matters."""
        if not self.ends:
            self.halt_if(self.compute(f"xor i1 {truth}, true"), -1)
            self.running = False
            return
        if not self.running:
            halted = self.compute(f"icmp ne i64 {self.load_register('halt').text}, 0")
            truth = self.compute(f"or i1 {truth}, {halted}")
        on, stop = self.label(), self.label()
        self.line(f"br i1 {truth}, label %{on}, label %{stop}")
        self.mark(stop)
        self.store("halt", operand("-1", 64, (-1, -1)))
        self.line(f"br label %{self.ends[-1]}")
        self.mark(on)

    def halt_if(self, truth: str, code: int) -> None:
        """The first halt counts."""
        now = self.load_register("halt")
        running = self.compute(f"icmp eq i64 {now.text}, 0")
        both = self.compute(f"and i1 {running}, {truth}")
        text = self.compute(f"select i1 {both}, i64 {code}, i64 {now.text}")
        self.store("halt", operand(text, 64, self.known["halt"]))

    def emit(self, step: int) -> None:
        if self.running:
            self.fire(step)
            return
        halt = self.load_register("halt")
        good, other, bad, end = self.label(), self.label(), self.label(), self.label()
        fires = self.compute(f"icmp eq i64 {halt.text}, 0")
        self.line(f"br i1 {fires}, label %{good}, label %{other}")
        self.mark(good)
        self.fire(step)
        self.line(f"br label %{end}")
        self.mark(other)
        failed = self.compute(f"icmp sgt i64 {halt.text}, 0")
        self.line(f"br i1 {failed}, label %{bad}, label %{end}")
        self.mark(bad)
        self.fail(halt.text)
        self.line(f"br label %{end}")
        self.mark(end)

    def fire(self, step: int) -> None:
        if self.room_checked:
            self.check_room()
        self.append(step)

    def fail(self, halt: str, lacks: str = "false") -> None:
        """Keep the first run-time error of a state, and the first want of room or limit: the
        one must not hide the other."""
        for code in self.growth if lacks == "false" else ():
            equal = self.compute(f"icmp eq i64 {halt}, {code}")
            lacks = self.compute(f"or i1 {lacks}, {equal}")
        offset = self.compute(f"select i1 {lacks}, i64 {LACKING - FAILED}, i64 0")
        place = self.compute(f"getelementptr i8, ptr %failed, i64 {offset}")
        before = self.compute(f"load i64, ptr {place}")
        none = self.compute(f"icmp eq i64 {before}, 0")
        kept = self.compute(f"select i1 {none}, i64 {halt}, i64 {before}")
        self.line(f"store i64 {kept}, ptr {place}")

    def append(self, step: int) -> None:
        """Store a successor by a step behind the last."""
        count = self.compute("load i64, ptr %n.at")
        offset = self.compute(f"mul i64 {count}, {8 * self.words}")
        self.put_state(self.compute(f"getelementptr i8, ptr %out, i64 {offset}"), self.written)
        more = self.compute(f"add i64 {count}, 1")
        self.line(f"store i64 {more}, ptr %n.at")

    def check_room(self) -> None:
        """Leave the body where there is no room for one more successor, and say so."""
        count = self.compute("load i64, ptr %n.at")
        there = self.compute(f"getelementptr i8, ptr %failed, i64 {MOST - FAILED}")
        room = self.compute(f"load i64, ptr {there}")
        fits_in = self.compute(f"icmp slt i64 {count}, {room}")
        on, full = self.label(), self.label()
        self.line(f"br i1 {fits_in}, label %{on}, label %{full}")
        self.mark(full)
        self.fail(str(NO_SUCCESSOR_ROOM), lacks="true")
        self.line(f"br label %{self.ends[0]}")
        self.mark(on)

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

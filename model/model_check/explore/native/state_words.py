"""The fields of a state in its 64-bit words, read and written in LLVM text.

The words of a short state are held in registers, those of a long one read where they are needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ...machine.core import Field, Machine
from ...machine.names import field_local, old_local
from .expressions import ExpressionWriter
from .multiword_values import Packed
from .ranges import Interval
from .writing import Operand, fits, operand, width_of

__all__ = ["LOADED", "StateWriter", "loaded_words", "words_of"]

WORD_MASK = (1 << 64) - 1
LOADED = 16
"""States of more words are not held in registers."""


def words_of(machine: Machine) -> int:
    """64-bit words of a state."""
    return max(1, -(-machine.width // 64))


def loaded_words(machine: Machine, state: str = "state", word: str = "s") -> list[str]:
    """The words of the state at `%state`, as `%s0`, `%s1` and so on; of long states none."""
    lines = []
    words = words_of(machine)
    for i in range(words if words <= LOADED else 0):
        lines.append(f"  %{word}{i}.at = getelementptr i8, ptr %{state}, i64 {8 * i}")
        lines.append(f"  %{word}{i} = load i64, ptr %{word}{i}.at, align 8")
    return lines


class StateWriter(ExpressionWriter):
    """A function that is given a state of a machine, `%state`, and may be given the one before a
    step, `%before`; see `loaded_words`."""

    def __init__(self, machine: Machine, known: Mapping[str, Interval]) -> None:
        super().__init__(known)
        self.machine = machine
        self.words = words_of(machine)

    def state_word(self, word: int, state: str = "s") -> str:
        """A word of the state before (`s`), or of that before the step (`b`)."""
        if self.words <= LOADED:
            return f"%{state}{word}"
        name = "before" if state == "b" else "state"
        place = self.compute(f"getelementptr i8, ptr %{name}, i64 {8 * word}")
        return self.compute(f"load i64, ptr {place}, align 8")

    def pieces(self, each: Field, value: Operand) -> Iterator[tuple[int, str, int]]:
        """What a field's value puts into each word of the state: (word, text, mask)."""
        first, shift = divmod(each.offset, 64)
        parts = [self.resized(value, 64)]
        if value.width > 64:
            parts.append(self.upper(value))
        for i in range(-(-(shift + each.width) // 64)):
            text = parts[i] if i < len(parts) else ""
            if shift and text:
                text = self.compute(f"shl i64 {text}, {shift}")
            if shift and 0 < i <= len(parts):
                over = self.compute(f"lshr i64 {parts[i - 1]}, {64 - shift}")
                text = self.compute(f"or i64 {text}, {over}") if text else over
            yield first + i, text or "0", each.mask << shift >> 64 * i & WORD_MASK

    def load_fields(self, fields: Iterable[int]) -> None:
        for index in sorted(fields):
            self.load_field(index, field_local(index), "s")

    def load_old(self, fields: Iterable[int]) -> None:
        """The fields of the state before a step."""
        for index in sorted(fields):
            self.load_field(index, old_local(field_local(index)), "b")

    def load_field(self, index: int, local: str, state: str) -> None:
        each = self.machine.fields[index]
        if fits((0, each.mask)):
            self.store(local, self.field(index, state))
            return
        there = self.address(self.long_slot(local).place)
        whole = self.address("%before" if state == "b" else "%state")
        self.call("take", whole, self.words, each.offset, each.width, there)

    def field(self, index: int, state: str = "s") -> Operand:
        """A field, which fits into registers, of a state."""
        each = self.machine.fields[index]
        first, shift = divmod(each.offset, 64)
        width = width_of((0, each.mask))
        parts = []
        for i in range(-(-each.width // 64)):
            left = each.width - 64 * i
            text = self.state_word(first + i, state)
            if shift:
                text = self.compute(f"lshr i64 {text}, {shift}")
            if shift + min(left, 64) > 64:
                above = self.compute(
                    f"shl i64 {self.state_word(first + i + 1, state)}, {64 - shift}"
                )
                text = self.compute(f"or i64 {text}, {above}")
            if left < 64 and shift + left != 64:
                text = self.compute(f"and i64 {text}, {(1 << left) - 1}")
            parts.append(text)
        if width > 64:
            parts = [self.joined(parts[0], parts[1] if len(parts) > 1 else "0")]
        return operand(parts[0], width, (0, each.mask))

    def put_state(self, place: str, written: Iterable[int]) -> None:
        """Put the state in a place, with the values that the locals of some fields have: the words
        that were written are made anew, the others are as they were."""
        kept = [WORD_MASK] * self.words
        parts: list[list[str]] = [[] for _ in range(self.words)]
        long = []
        for index in written:
            each = self.machine.fields[index]
            value = self.load(field_local(index))
            if isinstance(value, Packed):
                long.append((each, value))
                continue
            for word, text, mask in self.pieces(each, self.register(value)):
                kept[word] &= ~mask
                parts[word].append(text)
        changed = [word for word in range(self.words) if kept[word] != WORD_MASK]
        if self.words > LOADED:
            self.line(
                f"call void @llvm.memcpy.p0.p0.i64(ptr {place}, ptr %state,"
                f" i64 {8 * self.words}, i1 false)"
            )
        for word in changed if self.words > LOADED else range(self.words):
            text = self.state_word(word)
            if kept[word] != WORD_MASK:
                text = self.compute(f"and i64 {text}, {kept[word]}")
            for part in parts[word]:
                text = self.compute(f"or i64 {text}, {part}")
            self.put_word(place, word, text)
        for each, value in long:
            self.call(
                "put", self.address(place), each.offset, each.width, self.address(value.place)
            )

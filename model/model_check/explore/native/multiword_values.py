"""From operations on numbers of several words to LLVM text.

LLVM's own integers of many bits are slow to compile, and slow where they are shifted by a number
that only run time tells. What machines do with theirs is read and write a few bits of a packed
list or a set: `x >> k & mask`, `x | v << k`. So long numbers lie in memory, shifts of them and to
them wait until it is known what is done with them, and the bits that are meant are read and
written alone.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from .ranges import Interval, UncompilableError, bits_of
from .writing import Operand, TextWriter, fits, operand, width_of

__all__ = ["Moved", "MultiwordWriter", "Packed", "Rest", "Value", "words_for"]

WORD = 64
WORD_MASK = (1 << WORD) - 1
SIGN = -1 << 63
FEW = 4
"""Words that are copied one by one, without a loop."""
MOST_BYTES = 1 << 19
"""Of the numbers that one function may have in memory: they lie on the stack."""
FARTHEST = 1 << 40
"""A shift by more bits than this is one by as many."""
_BITWISE = {"&": "both", "|": "either", "^": "unlike"}
_BITS_PUT = {"|": "or", "^": "xor"}
_ARITHMETIC = {"+": "add", "-": "subtract", "*": "multiply"}


class Packed(NamedTuple):
    """A number in memory: its address, its words, and its interval. It has no sign where it is
    never negative."""

    place: str
    words: int
    low: int
    high: int


class Moved(NamedTuple):
    """`value << by`, of a value that is not negative; not computed yet."""

    value: Operand
    by: str
    low: int
    high: int


class Rest(NamedTuple):
    """`whole >> by`; not computed yet."""

    whole: Packed
    by: str
    low: int
    high: int


Value = Operand | Packed | Moved | Rest


def words_for(interval: Interval) -> int:
    """The words of the numbers of an interval."""
    bits = interval[1].bit_length() if interval[0] >= 0 else bits_of(interval)
    return max(1, -(-bits // WORD))


class MultiwordWriter(TextWriter):
    """A function with numbers of any size."""

    def __init__(self) -> None:
        super().__init__()
        self.constants: dict[str, None] = {}
        """The lines that define what lies outside of the function."""
        self._free: dict[int, list[str]] = {}
        self._used: list[tuple[int, str]] = []
        self._bytes = 0

    @property
    def is_long(self) -> bool:
        """Whether it has numbers in memory."""
        return bool(self._bytes)

    # --- memory ---------------------------------------------------------------------------------

    def room(self, name: str, words: int) -> str:
        """Memory for a number, from the function's begin to its end."""
        self._bytes += 8 * words
        if self._bytes > MOST_BYTES:
            raise UncompilableError(f"more than {MOST_BYTES >> 10:,} KB of numbers in one step")
        self.allocas.append(f"  {name} = alloca [{words} x i64], align 8")
        return name

    def scratch(self, words: int) -> str:
        """Memory for a number until the end of this statement."""
        free = self._free.setdefault(words, [])
        place = free.pop() if free else self.room(f"%{self.label()}.w", words)
        self._used.append((words, place))
        return place

    def release(self) -> None:
        """The end of a statement."""
        for words, place in self._used:
            self._free[words].append(place)
        self._used.clear()

    def constant(self, value: int, words: int) -> str:
        """A number as memory that is never written."""
        parts = [value >> WORD * i & WORD_MASK for i in range(words)]
        text = ", ".join(f"i64 {each}" for each in parts)
        name = f"@number.{words}.{hashlib.sha256(text.encode()).hexdigest()[:24]}"
        self.constants[f"{name} = private unnamed_addr constant [{words} x i64] [{text}]"] = None
        return name

    def address(self, place: str) -> str:
        if place.startswith("@"):
            return f"ptrtoint (ptr {place} to i64)"
        return self.compute(f"ptrtoint ptr {place} to i64")

    def call(self, name: str, *arguments: str | int) -> str:
        """What a function of `multiword` answers."""
        given = ", ".join(f"i64 {each}" for each in arguments)
        return self.compute(f"call i64 @multi_{name}({given})")

    def word(self, number: Packed, index: int) -> str:
        if index >= number.words:
            return self.fill(number)
        place = self.compute(f"getelementptr i8, ptr {number.place}, i64 {8 * index}")
        return self.compute(f"load i64, ptr {place}, align 8")

    def put_word(self, place: str, index: int, text: str) -> None:
        at = self.compute(f"getelementptr i8, ptr {place}, i64 {8 * index}")
        self.line(f"store i64 {text}, ptr {at}, align 8")

    def fill(self, number: Packed) -> str:
        """What stands beyond the last word."""
        if number.low >= 0:
            return "0"
        return self.compute(f"ashr i64 {self.word(number, number.words - 1)}, 63")

    def described(self, number: Packed) -> tuple[str, str, str]:
        """The address, the words and the fill."""
        return self.address(number.place), str(number.words), self.fill(number)

    def copy(self, number: Packed, place: str, words: int) -> None:
        """Put a number into so many words."""
        if words <= FEW:
            for i, text in enumerate([self.word(number, i) for i in range(words)]):
                self.put_word(place, i, text)
        else:
            self.call("copy", *self.described(number), self.address(place), words)

    # --- from one form to the other -------------------------------------------------------------

    def packed(self, value: Value, words: int = 0) -> Packed:
        """A value in memory, in at least so many words."""
        words = max(words, words_for((value.low, value.high)))
        match value:
            case Packed():
                if value.words >= words:
                    return value
                place = self.scratch(words)
                self.copy(value, place, words)
                return Packed(place, words, value.low, value.high)
            case Operand():
                return self.in_memory(value, words)
            case Moved() | Rest():
                return self.shifted(value, words, None)

    def in_memory(self, value: Operand, words: int) -> Packed:
        if not value.text.startswith("%"):
            name = self.constant(int(value.text), words)
            return Packed(name, words, value.low, value.high)
        place = self.scratch(words)
        self.put_word(place, 0, self.resized(value, 64))
        if words > 1:
            fill = (
                "0" if value.low >= 0 else self.compute(f"ashr i64 {self.resized(value, 64)}, 63")
            )
            start = 1
            if value.width > 64:
                upper = self.upper(value)
                self.put_word(place, 1, upper)
                start = 2
                fill = "0" if value.low >= 0 else self.compute(f"ashr i64 {upper}, 63")
            if words - start <= FEW:
                for i in range(start, words):
                    self.put_word(place, i, fill)
            elif start < words:
                at = self.compute(f"getelementptr i8, ptr {place}, i64 {8 * start}")
                address = self.address(at)
                self.call("copy", address, 0, fill, address, words - start)
        return Packed(place, words, value.low, value.high)

    def upper(self, value: Operand) -> str:
        """The upper word of a number in two registers."""
        moved = self.compute(f"lshr i{value.width} {value.text}, 64")
        return self.compute(f"trunc i{value.width} {moved} to i64")

    def shifted(self, value: Moved | Rest, words: int, into: str | None) -> Packed:
        """A shift, computed."""
        place = into or self.scratch(words)
        if isinstance(value, Rest):
            self.call("right", *self.described(value.whole), value.by, self.address(place), words)
        else:
            inside = self.in_memory(value.value, words_for(value.value.interval))
            self.call("left", *self.described(inside), value.by, self.address(place), words)
        return Packed(place, words, value.low, value.high)

    def lower(self, value: Value, width: int) -> str:
        """The lower bits of a value, in registers."""
        match value:
            case Operand():
                return self.resized(value, width)
            case Packed():
                parts = [self.word(value, i) for i in range(width // WORD)]
            case Rest():
                parts = [self.bits_at(value.whole, value.by, i) for i in range(width // WORD)]
            case Moved():
                return self.lower(self.packed(value), width)
        return parts[0] if width == WORD else self.joined(*parts)

    def joined(self, low: str, high: str) -> str:
        """128 bits of two words."""
        first = self.compute(f"zext i64 {low} to i128")
        second = self.compute(f"zext i64 {high} to i128")
        moved = self.compute(f"shl i128 {second}, 64")
        return self.compute(f"or i128 {first}, {moved}")

    def bits_at(self, whole: Packed, count: str, index: int = 0) -> str:
        """A word of `whole >> count`."""
        if not count.startswith("%") and not int(count) % WORD:
            return self.word(whole, int(count) // WORD + index)
        moved = self.compute(f"add i64 {count}, {WORD * index}") if index else count
        return self.call("fetch", *self.described(whole), moved)

    def register(self, value: Value) -> Operand:
        """A value that fits, in registers."""
        if isinstance(value, Operand):
            return value
        width = width_of((value.low, value.high))
        return Operand(self.lower(value, width), width, value.low, value.high)

    def count_of(self, value: Value) -> str:
        """How many bits something is shifted by."""
        if not isinstance(value, Operand):
            raise UncompilableError("a shift by a number of more than 128 bits")
        if value.high <= FARTHEST:
            return self.resized(value, 64)
        text = f"icmp ugt i{value.width} {value.text}, {FARTHEST}"
        far = self.compute(text)
        near = self.compute(
            f"select i1 {far}, i{value.width} {FARTHEST}, i{value.width} {value.text}"
        )
        return self.resized(operand(near, value.width, (0, FARTHEST)), 64)

    # --- operations -----------------------------------------------------------------------------

    def long_operation(
        self, operator: str, a: Value, b: Value, found: Interval, into: Packed | None
    ) -> Value:
        """An operation of which an operand or the result, in the interval `found`, is long. It
        may be put `into` the place of one of its operands."""
        match operator:
            case ">>":
                return self.right(a, self.count_of(b), found)
            case "<<":
                return self.left(a, self.count_of(b), found, into)
            case "&":
                masked = self.masked(a, b, found) or self.masked(b, a, found)
                if masked is not None:
                    return masked
            case "|" | "^":
                for one, other in ((a, b), (b, a)):
                    if isinstance(other, Moved) and not isinstance(one, Moved):
                        return self.with_bits(operator, one, other, found, into)
            case "//" | "%":
                return self.as_small(self.divided_long(operator, a, b, found))
        words = words_for(found)
        first, second = self.packed(a, words), self.packed(b, words)
        in_place = into is not None and into.words == words and operator != "*"
        place = into.place if into is not None and in_place else self.scratch(words)
        name = _BITWISE.get(operator) or _ARITHMETIC[operator]
        self.call(
            name, self.address(first.place), self.address(second.place), self.address(place), words
        )
        return self.as_small(Packed(place, words, *found))

    def as_small(self, value: Value) -> Value:
        """In registers, where it fits."""
        return self.register(value) if fits((value.low, value.high)) else value

    def right(self, a: Value, count: str, found: Interval) -> Value:
        if isinstance(a, Rest):
            sum_of = self.compute(f"add i64 {a.by}, {count}")
            return self.as_small(Rest(a.whole, sum_of, *found))
        return self.as_small(Rest(self.packed(a), count, *found))

    def left(self, a: Value, count: str, found: Interval, into: Packed | None) -> Value:
        if isinstance(a, Operand) and a.low >= 0:
            return Moved(a, count, *found)
        if isinstance(a, Moved):
            return Moved(a.value, self.compute(f"add i64 {a.by}, {count}"), *found)
        words = words_for(found)
        number = self.packed(a)
        place = into.place if into is not None and into.words == words else self.scratch(words)
        self.call("left", *self.described(number), count, self.address(place), words)
        return Packed(place, words, *found)

    def masked(self, a: Value, mask: Value, found: Interval) -> Value | None:
        """`a & mask`, where the mask has few bits."""
        if isinstance(mask, Operand) and mask.low >= 0:
            bits = self.compute(f"and i{mask.width} {self.lower(a, mask.width)}, {mask.text}")
            return Operand(bits, mask.width, *found)
        if isinstance(mask, Moved) and isinstance(a, Packed | Rest):
            value = mask.value
            count = mask.by
            whole = a
            if isinstance(a, Rest):
                count = self.compute(f"add i64 {a.by}, {count}")
                whole = a.whole
            assert isinstance(whole, Packed)
            text = self.lower(Rest(whole, count, a.low, a.high), value.width)
            bits = self.compute(f"and i{value.width} {text}, {value.text}")
            return self.as_small(Moved(Operand(bits, value.width, 0, value.high), mask.by, *found))
        return None

    def with_bits(
        self, operator: str, a: Value, bits: Moved, found: Interval, into: Packed | None
    ) -> Value:
        """`a | bits`, or `a ^ bits`, in a copy of `a`."""
        words = words_for(found)
        place = into.place if into is not None and into.words == words else ""
        if isinstance(a, Rest):
            place = self.shifted(a, words, place or None).place
        else:
            number = self.packed(a)
            place = place or self.scratch(words)
            if place != number.place:
                self.copy(number, place, words)
        name = _BITS_PUT[operator]
        address = self.address(place)
        value = bits.value
        self.call(name, address, words, bits.by, self.resized(value, 64))
        if value.width > WORD:
            above = self.compute(f"add i64 {bits.by}, {WORD}")
            self.call(name, address, words, above, self.upper(value))
        return self.as_small(Packed(place, words, *found))

    def divided_long(self, operator: str, a: Value, b: Value, found: Interval) -> Packed:
        """A quotient, or what is left."""
        words = max(-(-bits_of((each.low, each.high)) // WORD) for each in (a, b))
        # The numbers are changed on the way: these are copies.
        numbers = [self.scratch(words) for _ in range(4)]
        for value, place in zip((a, b), numbers, strict=False):
            self.copy(self.packed(value), place, words)
        self.call("divide", *(self.address(place) for place in numbers), words)
        return Packed(numbers[2 if operator == "//" else 3], words, *found)

    # --- questions ------------------------------------------------------------------------------

    def some(self, value: Value) -> str:
        """Whether a value is not 0, as an i1."""
        if isinstance(value, Operand):
            return self.compute(f"icmp ne i{value.width} {value.text}, 0")
        number = self.packed(value)
        found = self.call("some", self.address(number.place), number.words)
        return self.compute(f"icmp ne i64 {found}, 0")

    def long_compare(self, operator: str, a: Value, b: Value) -> str:
        """A comparison of which an operand is long, as an i1."""
        both = max(words_for((a.low, a.high)), words_for((b.low, b.high)))
        if (a.low < 0) != (b.low < 0):
            both += 1
        first, second = self.packed(a, both), self.packed(b, both)
        if operator in (">", "<="):
            first, second = second, first
        addresses = self.address(first.place), self.address(second.place)
        if operator in ("==", "!="):
            found = self.call("equal", *addresses, both)
        else:
            found = self.call("less", *addresses, both, SIGN if a.low >= 0 and b.low >= 0 else 0)
        yes = operator in ("==", "<", ">")
        return self.compute(f"icmp {'ne' if yes else 'eq'} i64 {found}, 0")

    def long_bit_count(self, value: Value, found: Interval) -> Operand:
        number = self.packed(value)
        return operand(self.call("count", self.address(number.place), number.words), 64, found)

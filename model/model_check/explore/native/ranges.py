"""How large the numbers of a body can get: an interval for every local.

The machine's integers have no size; a processor's have. Every number comes from the fields
of a state, whose widths are known, so that intervals (Cousot & Cousot, POPL 1977) bound
everything that a body computes; where they do not, or where a number would take more bits
than are worth compiling for, the machine is left to the portable engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...machine.core import Field
from ...machine.ir import (
    BitCount,
    Choice,
    Const,
    Expr,
    Fail,
    If,
    Let,
    Local,
    Loop,
    Operation,
    Require,
    Select,
    Statement,
)
from ...machine.ir_builder import apply
from ...machine.names import field_local, is_field
from ...machine.rewrite import blocks_of, statements_in

__all__ = [
    "Interval",
    "UncompilableError",
    "bits_of",
    "field_intervals",
    "interval_of",
    "intervals",
]

Interval = tuple[int, int]

# Numbers wider than this are compiled to something slower than Python's own.
MOST_BITS = 2000
# Rounds of a loop that are followed one by one.
MOST_ROUNDS = 1024
# Statements that are followed before the rounds of loops are no longer looked at one by one.
PATIENCE = 50_000


class UncompilableError(Exception):
    """A number of this machine cannot be bounded well enough to compile it."""


def bits_of(interval: Interval) -> int:
    """The bits of the smallest two's complement number that holds an interval."""
    low, high = interval
    return 1 + max(high.bit_length(), (~low).bit_length() if low < 0 else 0)


def field_intervals(fields: Iterable[Field]) -> dict[str, Interval]:
    """The intervals of the fields' locals when a body starts."""
    return {field_local(each.index): (0, each.mask) for each in fields}


def interval_of(expr: Expr, known: Mapping[str, Interval]) -> Interval:
    """Where the value of an expression lies, given where its locals do."""
    match expr:
        case Const(value):
            return (value, value)
        case Local(name):
            return known[name]
        case Select(Operation("<" | ">" as word, left, right), then, orelse) if (
            then == right and orelse == left
        ):
            # The larger, or the smaller, of two.
            (a, b), (c, d) = interval_of(left, known), interval_of(right, known)
            return (max(a, c), max(b, d)) if word == "<" else (min(a, c), min(b, d))
        case Select(test, then, orelse):
            interval_of(test, known)
            return _join(interval_of(then, known), interval_of(orelse, known))
        case BitCount(value):
            return (0, interval_of(value, known)[1].bit_length())
        case Operation(operator, left, right):
            found = _operation(operator, interval_of(left, known), interval_of(right, known))
            if bits_of(found) > MOST_BITS:
                raise UncompilableError(f"a number of {bits_of(found)} bits")
            return found


def _join(a: Interval, b: Interval) -> Interval:
    return (min(a[0], b[0]), max(a[1], b[1]))


def _operation(operator: str, a: Interval, b: Interval) -> Interval:
    match operator:
        case "+":
            return (a[0] + b[0], a[1] + b[1])
        case "-":
            return (a[0] - b[1], a[1] - b[0])
        case "*":
            return _corners("*", a, b)
        case "//" | "%":
            return _division(operator, a, b)
        case "<<" | ">>":
            # Shift counts are never negative, whatever their interval says.
            b = (max(b[0], 0), max(b[1], 0))
            if operator == "<<" and b[1] + bits_of(a) > 2 * MOST_BITS:
                raise UncompilableError(f"a shift by {b[1]} bits")
            b = (min(b[0], 2 * MOST_BITS), min(b[1], 2 * MOST_BITS))
            return _corners(operator, a, b)
        case "&":
            if a[0] >= 0 and b[0] >= 0:
                return (0, min(a[1], b[1]))
            if a[0] >= 0 or b[0] >= 0:
                return (0, a[1] if a[0] >= 0 else b[1])
            return _span(a, b)
        case "|" | "^":
            if a[0] >= 0 and b[0] >= 0:
                return (0, (1 << max(a[1].bit_length(), b[1].bit_length())) - 1)
            return _span(a, b)
    return (0, 1)


def _corners(operator: str, a: Interval, b: Interval) -> Interval:
    values = [apply(operator, x, y) for x in a for y in b]  # type: ignore[arg-type]
    return (min(values), max(values))


def _span(a: Interval, b: Interval) -> Interval:
    size = 1 << max(bits_of(a), bits_of(b))
    return (-size, size - 1)


def _division(operator: str, a: Interval, b: Interval) -> Interval:
    if operator == "//":
        most = max(abs(a[0]), abs(a[1]))
        return (0, most) if a[0] >= 0 and b[0] >= 0 else (-most - 1, most)
    most = max(abs(b[0]), abs(b[1]))
    return (0, most) if b[0] >= 0 else (-most, most)


def intervals(body: Iterable[Statement], known: Mapping[str, Interval]) -> dict[str, Interval]:
    """Where each local of a body lies, at any time. Raises TooWideError."""
    analysis = _RangeAnalysis(known)
    analysis.follow(tuple(body), dict(known))
    return analysis.everything


class _RangeAnalysis:
    """Follows a body forwards; `everything` is where each local was seen to lie."""

    def __init__(self, known: Mapping[str, Interval]) -> None:
        self.everything = dict(known)
        # A step stores nothing in a field that it has no room for (see `machine.storage`).
        self.room = {name: each for name, each in known.items() if is_field(name)}
        self.patience = PATIENCE

    def follow(self, body: tuple[Statement, ...], known: dict[str, Interval]) -> None:
        """Make of the intervals before a body those after it."""
        self.patience -= len(body)
        for statement in body:
            match statement:
                case Let(name, value):
                    self.give(known, name, interval_of(value, known))
                case If(test, then, orelse):
                    interval_of(test, known)
                    # What neither branch sets is not looked at: bodies have thousands of locals.
                    names = _set_in(statement)
                    before = _values(known, names)
                    self.follow(then, known)
                    first = _values(known, names)
                    _put(known, names, before)
                    self.follow(orelse, known)
                    _put(known, names, _merged(first, _values(known, names)))
                case Loop(name, count, bound) | Choice(name, count, bound):
                    most = max(interval_of(count, known)[1], 0)
                    most = most if bound is None else min(most, bound)
                    if not most:
                        continue
                    self.give(known, name, (0, most - 1))
                    self.rounds(statement, known, most)
                case Require(test) | Fail(_, test):
                    interval_of(test, known)

    def give(self, known: dict[str, Interval], name: str, interval: Interval) -> None:
        if name in self.room:
            low, high = self.room[name]
            interval = (min(max(interval[0], low), high), max(min(interval[1], high), low))
        known[name] = interval
        self.everything[name] = _join(self.everything.get(name, interval), interval)

    def rounds(self, loop: Loop | Choice, known: dict[str, Interval], most: int) -> None:
        """Make of the intervals before a loop those after up to `most` rounds of it."""
        names = _set_in(loop)
        for _ in range(min(most, MOST_ROUNDS)):
            before = _values(known, names)
            self.follow(loop.body, known)
            after = _merged(before, _values(known, names))
            if after != before and self.patience < 0:
                # What still grows is given so much more room that it is soon enough, or too much.
                after = {name: _widened(before.get(name), each) for name, each in after.items()}
            _put(known, names, after)
            if after == before:
                return
        if most > MOST_ROUNDS:
            raise UncompilableError(f"a loop of {most} rounds")


def _set_in(statement: Statement) -> set[str]:
    """The locals that the blocks of a statement give a value to."""
    inside = [each for block in blocks_of(statement) for each in statements_in(block)]
    return {each.name for each in inside if isinstance(each, Let | Loop | Choice)}


def _values(known: Mapping[str, Interval], names: set[str]) -> dict[str, Interval]:
    return {name: known[name] for name in names if name in known}


def _put(known: dict[str, Interval], names: set[str], values: Mapping[str, Interval]) -> None:
    for name in names:
        known.pop(name, None)
    known.update(values)


def _widened(before: Interval | None, now: Interval) -> Interval:
    """More than `now` at each end at which it is more than `before`."""
    if before is None or before == now:
        return now
    low, high = now
    if low < before[0]:
        low = -1 << (low.bit_length() + 1)
    if high > before[1]:
        high = (1 << (high.bit_length() + 1)) - 1
    if bits_of((low, high)) > MOST_BITS:
        raise UncompilableError("a number that grows in a long loop")
    return (low, high)


def _merged(a: dict[str, Interval], b: dict[str, Interval]) -> dict[str, Interval]:
    """What is known after either of two ways; a local that only one of them sets is read
    only where that way was taken."""
    merged = dict(b)
    for name, interval in a.items():
        merged[name] = _join(interval, b[name]) if name in b else interval
    return merged

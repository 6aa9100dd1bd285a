"""How large the numbers of a body can get: an interval for every local.

The machine's integers have no size; a processor's have. Every number comes from the fields
of a state, whose widths are known, so that intervals (Cousot & Cousot, POPL 1977) bound
everything that a body computes; where they do not, or where a number would take more bits
than are worth compiling for, the machine is left to the portable engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

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
from ...machine.names import field_local, is_field, is_given_once
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

# Longer numbers than this are left to Python: 32 KB are copied soon, and lie on the stack.
MOST_BITS = 1 << 18
# The round of a loop in which what still grows may be a sum, which is bounded at once ...
SETTLED = 3
# ... where there are more rounds than these.
FEW_ROUNDS = 64
# Rounds of a loop that are followed one by one.
MOST_ROUNDS = 1024
# Statements that are followed before the rounds of loops are no longer looked at one by one.
PATIENCE = 50_000


NO_MEANINGS: Mapping[str, Expr] = MappingProxyType({})
_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_TURNED = {"==": "==", "!=": "!=", "<": ">", ">=": "<=", ">": "<", "<=": ">="}


class UncompilableError(Exception):
    """A number of this machine cannot be bounded well enough to compile it."""


def bits_of(interval: Interval) -> int:
    """The bits of the smallest two's complement number that holds an interval."""
    low, high = interval
    return 1 + max(high.bit_length(), (~low).bit_length() if low < 0 else 0)


def field_intervals(fields: Iterable[Field]) -> dict[str, Interval]:
    """The intervals of the fields' locals when a body starts."""
    return {field_local(each.index): (0, each.mask) for each in fields}


def interval_of(
    expr: Expr, known: Mapping[str, Interval], meanings: Mapping[str, Expr] = NO_MEANINGS
) -> Interval:
    """Where the value of an expression lies, given where its locals do; `meanings`: what those
    were computed from that are given a value once."""
    match expr:
        case Const(value):
            return (value, value)
        case Local(name):
            return known[name]
        case Select(Operation("<" | ">" as word, left, right), then, orelse) if (then, orelse) in (
            (left, right),
            (right, left),
        ):
            # The larger, or the smaller, of two.
            (a, b), (c, d) = (interval_of(each, known, meanings) for each in (left, right))
            larger = (word == "<") == (then == right)
            return (max(a, c), max(b, d)) if larger else (min(a, c), min(b, d))
        case Select(test, then, orelse):
            interval_of(test, known, meanings)
            first = interval_of(then, learned(test, known, meanings, truth=True), meanings)
            second = interval_of(orelse, learned(test, known, meanings, truth=False), meanings)
            return _join(first, second)
        case BitCount(value):
            return (0, interval_of(value, known, meanings)[1].bit_length())
        case Operation(operator, left, right):
            one, other = (interval_of(each, known, meanings) for each in (left, right))
            found = _operation(operator, one, other)
            if bits_of(found) > MOST_BITS:
                raise UncompilableError(f"a number of {bits_of(found)} bits")
            return found


def learned(
    test: Expr, known: Mapping[str, Interval], meanings: Mapping[str, Expr], *, truth: bool
) -> Mapping[str, Interval]:
    """Where locals lie if a test is true, or is not."""
    match test:
        case Local(name) if name in meanings:
            return learned(meanings[name], known, meanings, truth=truth)
        case Operation("&" | "|" as word, left, right) if (word == "&") == truth:
            more = learned(left, known, meanings, truth=truth)
            return learned(right, more, meanings, truth=truth)
        case Operation("==", inner, Const(0)) if not isinstance(inner, Local):
            return learned(inner, known, meanings, truth=not truth)
        case Operation(word, Local(name), right) if word in _OPPOSITE and name in known:
            return _compared(name, word if truth else _OPPOSITE[word], right, known, meanings)
        case Operation(word, left, Local(name)) if word in _OPPOSITE and name in known:
            turned = _TURNED[word if truth else _OPPOSITE[word]]
            return _compared(name, turned, left, known, meanings)
    return known


def _compared(
    name: str, word: str, other: Expr, known: Mapping[str, Interval], meanings: Mapping[str, Expr]
) -> Mapping[str, Interval]:
    low, high = known[name]
    least, most = interval_of(other, known, meanings)
    match word:
        case "<" | "<=":
            high = min(high, most - (word == "<"))
        case ">" | ">=":
            low = max(low, least + (word == ">"))
        case "==":
            low, high = max(low, least), min(high, most)
    # Where it cannot be so, nothing is computed that matters.
    return {**known, name: (low, high)} if low <= high else known


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
        if b[0] > 0:
            return _corners("//", a, b)
        most = max(abs(a[0]), abs(a[1]))
        return (0, most) if a[0] >= 0 and b[0] >= 0 else (-most - 1, most)
    if b[0] > 0:
        # What is less than any divisor is left as it is.
        rest = b[1] - 1 if a[0] < 0 else min(a[1], b[1] - 1)
        return (a[0], rest) if a[0] >= 0 and a[1] < b[0] else (0, rest)
    most = max(abs(b[0]), abs(b[1]))
    return (0, most) if b[0] >= 0 else (-most, most)


def intervals(body: Iterable[Statement], known: Mapping[str, Interval]) -> dict[str, Interval]:
    """Where each local of a body lies, at any time. Raises UncompilableError."""
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
        self.meanings: dict[str, Expr] = {}

    def interval(self, expr: Expr, known: Mapping[str, Interval]) -> Interval:
        return interval_of(expr, known, self.meanings)

    def follow(self, body: tuple[Statement, ...], known: dict[str, Interval]) -> None:
        """Make of the intervals before a body those after it."""
        self.patience -= len(body)
        for statement in body:
            match statement:
                case Let(name, value):
                    self.give(known, name, self.interval(value, known))
                    if is_given_once(name):
                        self.meanings[name] = value
                case If(test, then, orelse):
                    self.interval(test, known)
                    # What neither branch sets is not looked at: bodies have thousands of locals.
                    names = _set_in(statement)
                    before = _values(known, names)
                    self.follow(then, known)
                    first = _values(known, names)
                    _put(known, names, before)
                    self.follow(orelse, known)
                    _put(known, names, _merged(first, _values(known, names)))
                case Loop(name, count, bound) | Choice(name, count, bound):
                    most = max(self.interval(count, known)[1], 0)
                    most = most if bound is None else min(most, bound)
                    if not most:
                        continue
                    self.give(known, name, (0, most - 1))
                    self.rounds(statement, known, most)
                case Require(test) | Fail(_, test):
                    self.interval(test, known)

    def give(self, known: dict[str, Interval], name: str, interval: Interval) -> None:
        if name in self.room:
            low, high = self.room[name]
            interval = (min(max(interval[0], low), high), max(min(interval[1], high), low))
        known[name] = interval
        self.everything[name] = _join(self.everything.get(name, interval), interval)

    def rounds(self, loop: Loop | Choice, known: dict[str, Interval], most: int) -> None:
        """Make of the intervals before a loop those after up to `most` rounds of it."""
        names = _set_in(loop)
        first = _values(known, names)
        for turn in range(min(most, MOST_ROUNDS)):
            before = _values(known, names)
            self.follow(loop.body, known)
            after = _merged(before, _values(known, names))
            counted: dict[str, Interval] = {}
            if turn >= SETTLED and (most > FEW_ROUNDS or self.patience < 0):
                counted = self.counted(loop, {**known, **after}, first, most)
                after |= counted
            if after != before and self.patience < 0:
                # What still grows is given so much more room that it is soon enough, or too much.
                after |= {
                    name: _widened(before.get(name), each)
                    for name, each in after.items()
                    if name not in counted
                }
            _put(known, names, after)
            if after == before:
                return
        if most > MOST_ROUNDS:
            raise UncompilableError(f"a loop of {most} rounds")

    def counted(
        self, loop: Loop | Choice, known: dict[str, Interval], first: dict[str, Interval], most: int
    ) -> dict[str, Interval]:
        """Where those locals of a loop lie in any of its rounds that nothing is done with but to
        add to them, or to begin anew with a number; `first`: before the loop."""
        found = {}
        for name, (low, high) in first.items():
            if is_given_once(name) or known[name] == (low, high) or _in_loops(loop.body, name):
                continue
            ways = [way for value in _given(loop.body, name) for way in self.ways(value)]
            starts = [way.value for way in ways if isinstance(way, Const)]
            low, high = min([low, *starts]), max([high, *starts])
            added = [self.added(way, name) for way in ways if not isinstance(way, Const)]
            terms = [self.interval(each, known) for each in added if each is not None]
            if len(terms) == len(added):
                low += most * sum(min(0, each[0]) for each in terms)
                high += most * sum(max(0, each[1]) for each in terms)
                found[name] = (low, high)
        return found

    def ways(self, value: Expr) -> list[Expr]:
        """What a value is, whatever is chosen."""
        match value:
            case Local(name) if name in self.meanings:
                return self.ways(self.meanings[name])
            case Select(_, then, orelse):
                return [*self.ways(then), *self.ways(orelse)]
        return [value]

    def added(self, value: Expr, name: str) -> Expr | None:
        """What is added to a local where it is given this value: 0 where it keeps its own."""
        match value:
            case Local(other) if other == name:
                return Const(0)
            case Local(other) if other in self.meanings:
                return self.added(self.meanings[other], name)
            case Operation("+", left, right):
                for one, more in ((left, right), (right, left)):
                    if self.added(one, name) == Const(0):
                        return more
        return None


def _given(body: Iterable[Statement], name: str) -> Iterator[Expr]:
    """What a local is given in a body."""
    return (s.value for s in statements_in(body) if isinstance(s, Let) and s.name == name)


def _in_loops(body: Iterable[Statement], name: str) -> bool:
    """Whether a local is given a value in a loop inside a body."""
    loops = (s for s in statements_in(body) if isinstance(s, Loop | Choice))
    return any(name in _set_in(each) for each in loops)


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

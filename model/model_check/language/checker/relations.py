"""How types relate: what fits where, what two of them have in common.

Integers carry intervals. A wider interval fits a narrower variable as long as the two
overlap: whether each value does is the machine's run-time check.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ..types import (
    INT,
    NOTHING,
    DictType,
    EnumType,
    IntType,
    ListType,
    NothingType,
    OptionType,
    RecordType,
    SetType,
    Type,
    UnionType,
    finite_size,
    parts_of,
)

__all__ = [
    "MAX_VALUES", "comparable", "fits", "interval", "join", "nesting", "overlap", "weight",
    "widened", "without_option",
]  # fmt: skip

MAX_VALUES = 4096
"""How many values a type may have that is unrolled, a key, or the item of a set."""

_FAR = 1 << 62  # an interval that goes beyond is no longer worth knowing


def interval(low: int, high: int) -> IntType:
    """The integers low..high, or all where that is too wide to be of use."""
    return INT if low < -_FAR or high > _FAR else IntType(low, high)


def overlap(a: IntType, b: IntType) -> bool:
    """Whether some integer is in both."""
    if a.low is None or a.high is None or b.low is None or b.high is None:
        return True
    return a.low <= b.high and b.low <= a.high


def without_option(kind: Type) -> Type:
    """`T` for `T?`, every other type as it is."""
    return kind.item if isinstance(kind, OptionType) else kind


def fits(value: Type, target: Type) -> bool:
    """Whether a value of one type can be stored where the other is declared."""
    match value, target:
        case (NothingType(), _) | (_, NothingType()):
            return True
        case IntType(), IntType():
            return overlap(value, target)
        case (IntType(), UnionType(numbers)) | (UnionType(numbers), IntType()):
            other = value if isinstance(value, IntType) else target
            return isinstance(other, IntType) and overlap(numbers, other)
        case EnumType(), UnionType(_, names):
            return set(value.members) <= set(names.members)
        case UnionType(_, names), EnumType():
            return not set(names.members).isdisjoint(target.members)
        case UnionType(), UnionType():
            shared = set(value.names.members) & set(target.names.members)
            return bool(shared) or overlap(value.numbers, target.numbers)
        case OptionType(a), OptionType(b):
            return fits(a, b)
        case _, OptionType(b):
            return fits(value, b)
        case (ListType(a), ListType(b)) | (SetType(a), SetType(b)):
            return fits(a, b)
        case DictType(k, a), DictType(same, b):
            return k == same and fits(a, b)
        case RecordType(a), RecordType(b):
            return [n for n, _ in a] == [n for n, _ in b] and all(
                fits(x, y) for (_, x), (_, y) in zip(a, b, strict=True)
            )
    return value == target


def join(a: Type, b: Type) -> Type | None:
    """The least type that holds the values of both; None where nothing does."""
    match a, b:
        case NothingType(), _:
            return b
        case _, NothingType():
            return a
        case IntType(), IntType():
            if a.low is None or a.high is None or b.low is None or b.high is None:
                return INT
            return IntType(min(a.low, b.low), max(a.high, b.high))
        case (UnionType(), UnionType() | IntType() | EnumType()) | (
            IntType() | EnumType(),
            UnionType(),
        ):
            return _union_of(a, b)
        case (OptionType(x), OptionType(y)) | (OptionType(x), y) | (y, OptionType(x)):
            return _within(OptionType, x, y)
        case ListType(x), ListType(y):
            return _within(ListType, x, y)
        case SetType(x), SetType(y):
            return _within(SetType, x, y)
        case DictType(k, x), DictType(same, y) if k == same:
            return _within(partial(DictType, k), x, y)
        case RecordType(x), RecordType(y) if [n for n, _ in x] == [n for n, _ in y]:
            fields = []
            for (name, left), (_, right) in zip(x, y, strict=True):
                inner = join(left, right)
                if inner is None:
                    return None
                fields.append((name, inner))
            return RecordType(tuple(fields))
    return a if a == b else None


def _union_of(*parts: Type) -> Type | None:
    """The union of unions, ranges and names; None where its integers have no two ends."""
    numbers: Type | None = NOTHING
    names: list[str] = []
    for part in parts:
        match part:
            case UnionType():
                numbers = None if numbers is None else join(numbers, part.numbers)
                names += part.names.members
            case IntType():
                numbers = None if numbers is None else join(numbers, part)
            case EnumType(members):
                names += members
    if not isinstance(numbers, IntType) or numbers.low is None:
        return None
    return UnionType(numbers, EnumType(tuple(dict.fromkeys(names))))


def comparable(a: Type, b: Type) -> bool:
    """Whether values of two types can be equal: those with a type in common, and the numbers of a
    union with any."""
    match without_option(a), without_option(b):
        case (UnionType(), IntType()) | (IntType(), UnionType()):
            return True
        case UnionType(_, names), EnumType(members):
            return not set(names.members).isdisjoint(members)
        case EnumType(members), UnionType(_, names):
            return not set(names.members).isdisjoint(members)
        case UnionType(numbers, names), UnionType(others, more):
            return overlap(numbers, others) or not set(names.members).isdisjoint(more.members)
    return join(a, b) is not None


def _within(container: Callable[[Type], Type], x: Type, y: Type) -> Type | None:
    inner = join(x, y)
    return None if inner is None else container(inner)


def widened(kind: Type, *, inside: bool) -> Type:
    """The type without intervals: at the outside only, or `inside` containers as well."""
    match kind:
        case IntType():
            return INT
        case OptionType(item):
            return OptionType(widened(item, inside=inside))
        case RecordType(fields):
            return RecordType(tuple((n, widened(t, inside=inside)) for n, t in fields))
        case ListType(item) if inside:
            return ListType(widened(item, inside=True))
        case DictType(key, item) if inside:
            return DictType(key, widened(item, inside=True))
    return kind


def weight(kind: Type) -> int:
    """About how many machine variables a value takes; one that says 4096 is refused."""
    match kind:
        case OptionType(item):
            return 1 + weight(item)
        case RecordType(fields):
            return sum(weight(t) for _, t in fields)
        case SetType(item):
            return 1 + (finite_size(item) or 0) // 64
        case ListType(item):
            return max(1, weight(item))
        case DictType(key, item):
            return (finite_size(key) or 0) * weight(item)
    return 1


def nesting(kind: Type) -> int:
    """How deep containers lie in each other."""
    return 1 + max(map(nesting, parts_of(kind)), default=0)

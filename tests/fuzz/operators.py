"""What the operators and the functions of the language make of values."""

from __future__ import annotations

from collections.abc import Callable

from model_check.language.types import DictType, RecordType, Type

from .values import Name, Value, ordered, rank, values_of
from .world import FailedError

__all__ = ["binary", "compare", "field_number", "function", "position"]


def binary(operator: str, left: Value, right: Value) -> Value:
    if operator in ("//", "%") and right == 0:
        raise FailedError("division by zero")
    compute: dict[str, Callable[[], Value]] = {
        "+": lambda: left + right,
        "-": lambda: left - right,
        "*": lambda: left * right,
        "//": lambda: left // right,
        "%": lambda: left % right,
        "|": lambda: left | right,
        "&": lambda: left & right,
    }
    return compute[operator]()


def compare(operator: str, left: Value, right: Value) -> bool:
    compute: dict[str, Callable[[], bool]] = {
        "==": lambda: left == right,
        "!=": lambda: left != right,
        "<": lambda: left < right,
        "<=": lambda: left <= right,
        ">": lambda: left > right,
        ">=": lambda: left >= right,
        "in": lambda: left in right,
        "not in": lambda: left not in right,
    }
    return compute[operator]()


def position(kind: Type, items: Value, index: Value) -> int:
    """Where an item stands in the tuple that a list or a dict is."""
    if isinstance(kind, DictType):
        keys = values_of(kind.key)
        if index not in keys:
            raise FailedError("no such key")
        return keys.index(index)
    if not -len(items) <= index < len(items):
        raise FailedError("index out of range")
    return int(index)


def field_number(kind: Type, name: str) -> int:
    assert isinstance(kind, RecordType)
    return [each for each, _ in kind.fields].index(name)


def function(name: str, given: list[Value]) -> Value:
    if name in ("min", "max"):
        items = given[0] if len(given) == 1 and isinstance(given[0], tuple | frozenset) else given
        if not items:
            raise FailedError(f"{name} of nothing")
        return min(items, key=rank) if name == "min" else max(items, key=rank)
    if name == "range":
        return tuple(range(*given))
    if name == "value":
        if given[0] is None:
            raise FailedError("the value of None")
        return given[0]
    if name == "number":
        if isinstance(given[0], Name):
            raise FailedError(f"{given[0].text} as a number")
        return given[0]
    if name == "removed":
        if given[1] not in given[0]:
            raise FailedError("remove of what is not there")
        return given[0] - {given[1]}
    compute: dict[str, Callable[[Value], Value]] = {
        "len": len, "sum": sum, "sorted": lambda v: tuple(sorted(v, key=rank)), "set": frozenset,
        "list": ordered, "abs": abs, "all": all, "any": any, "count": sum,
    }  # fmt: skip
    return compute[name](given[0])

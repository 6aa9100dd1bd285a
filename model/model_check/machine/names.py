"""How the locals of a body are named: the one place that makes such a name, and reads it back.

While a body runs, a field of the state is a local as any other: it is read, given values, kept
and restored by a choice. So everything that follows a body keeps fields and temporaries in one
dictionary, by name. Who wants to know which of them are fields asks here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

__all__ = [
    "Temporary", "field_local", "field_of", "fields_of", "is_field", "is_given_once",
    "is_old", "old_local", "temporary_local",
]  # fmt: skip

Temporary = Literal["t", "v", "i", "c", "point"]
"""What a local that is no field is for: a value that is given once, where it is computed ("t"),
one that is given again ("v"), the round of a loop ("i"), a free choice ("c"), and the node that
control has come to ("point")."""


def field_local(index: int) -> str:
    """The name of the local that holds field `index` in every body."""
    return f"f{index}"


def old_local(name: str) -> str:
    """The name of the local that holds before a step what the field of local `name` holds after
    it; a local that holds no field has one value."""
    return f"o{name[1:]}" if is_field(name) else name


def field_of(name: str) -> int | None:
    """The field that a local holds, also before a step; None for other locals."""
    number = name[1:]
    return int(number) if name[:1] in ("f", "o") and number.isdecimal() else None


def is_field(name: str) -> bool:
    """Whether a local holds a field."""
    return field_of(name) is not None


def is_old(name: str) -> bool:
    """Whether a local holds a field as it was before a step."""
    return name[:1] == "o" and is_field(name)


def fields_of(names: Iterable[str]) -> frozenset[int]:
    """The fields among some locals."""
    return frozenset(field for name in names if (field := field_of(name)) is not None)


def temporary_local(kind: Temporary, number: int) -> str:
    """The name of a body's temporary number `number`."""
    return f"{kind}{number}"


def is_given_once(name: str) -> bool:
    """Whether a local is a temporary that is read only behind the one place that gives it its
    value."""
    return name[0] == "t"

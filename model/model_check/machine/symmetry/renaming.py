"""Two numbers change places in names and in values, as a person knows them."""

from __future__ import annotations

import re
from functools import cached_property

from ...language.records import dataclass
from ...language.types import (
    DictType,
    EnumType,
    IntType,
    ListType,
    OptionType,
    RecordType,
    SetType,
    Type,
    UnionType,
)
from ..shapes import Fields, hashable, keys_of
from .groups import Group
from .sorts import NONE, Sorts, Tree

__all__ = ["Key", "Name", "Renaming", "UnlikeError", "part", "text_of"]


class UnlikeError(Exception):
    """Two numbers cannot change places, for the reason that the text says."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a dict in the name of a variable."""

    value: object
    type: Type
    tree: Tree


Name = tuple[str | Key, ...]


def text_of(name: Name) -> str:
    """A name as it is shown."""
    return "".join(f"[{each.value}]" if isinstance(each, Key) else each for each in name)


@dataclass(frozen=True)
class Renaming:
    """Numbers `a` and `b` of a group change places."""

    sorts: Sorts
    group: Group
    a: int
    b: int

    @cached_property
    def _names(self) -> re.Pattern[str]:
        words = "|".join(map(re.escape, (*self.group.processes, *self.group.resources)))
        return re.compile(rf"(?<![\w.])({words})\[({self.a}|{self.b})\]")

    def text(self, text: str) -> str:
        """A text with the names of the instances."""
        return self._names.sub(lambda m: f"{m[1]}[{self.number(int(m[2]))}]", text)

    def name(self, name: Name) -> str:
        """The name of the variable in whose place another comes."""
        return text_of(
            tuple(
                Key(self.value(each.value, each.type, each.tree), each.type, each.tree)
                if isinstance(each, Key)
                else self.text(each)
                for each in name
            )
        )

    def number(self, number: int) -> int:
        """A number of the group."""
        return {self.a: self.b, self.b: self.a}.get(number, number)

    def holds(self, tree: Tree) -> bool:
        """Whether an integer is a number of the group."""
        return tree.leaf is not None and self.sorts.find(tree.leaf) == self.group.sort

    def value(self, value: object, kind: Type, tree: Tree) -> object:
        """A value, as `shapes.decode` gives it."""
        match kind:
            case IntType() if self.holds(tree):
                assert isinstance(value, int)
                return self.number(value)
            case EnumType():
                assert isinstance(value, str)
                return self.text(value)
            case UnionType() if isinstance(value, str):
                return self.text(value)
            case UnionType() if self.holds(tree):
                assert isinstance(value, int)
                return self.number(value)
            case OptionType(item):
                return None if value is None else self.value(value, item, part(tree, 0))
            case RecordType(fields):
                assert isinstance(value, dict)
                return Fields(
                    (name, self.value(value[name], each, part(tree, i)))
                    for i, (name, each) in enumerate(fields)
                )
            case ListType(item):
                assert isinstance(value, list | tuple)
                return [self.value(each, item, part(tree, 0)) for each in value]
            case SetType(item):
                assert isinstance(value, frozenset)
                return frozenset(hashable(self.value(x, item, part(tree, 0))) for x in value)
            case DictType(key, item):
                assert isinstance(value, dict)
                moved = {
                    hashable(self.value(k, key, part(tree, 0))): self.value(v, item, part(tree, 1))
                    for k, v in value.items()
                }
                return Fields((k, moved[k]) for k in map(hashable, keys_of(key)))
        return value

    def touches(self, kind: Type, into: Type, tree: Tree) -> bool:
        """Whether values of a type have other bits where they become some of another: the Client
        types of two instances of a resource differ in their names."""
        match kind, into:
            case IntType(), _:
                return self.holds(tree)
            case EnumType(members), EnumType(others):
                return tuple(map(self.text, members)) != others
            case UnionType(), UnionType():
                return self.holds(tree) or self.touches(kind.names, into.names, NONE)
            case (
                (OptionType(item), OptionType(other))
                | (ListType(item), ListType(other))
                | (SetType(item), SetType(other))
            ):
                return self.touches(item, other, part(tree, 0))
            case RecordType(fields), RecordType(others):
                return any(
                    self.touches(each, other, part(tree, i))
                    for i, ((_, each), (_, other)) in enumerate(zip(fields, others, strict=True))
                )
            case DictType(key, item), DictType(other_key, other):
                keys = self.touches(key, other_key, part(tree, 0))
                return keys or self.touches(item, other, part(tree, 1))
        return kind != into


def part(tree: Tree, number: int) -> Tree:
    """A part of a tree; of one of which nothing is known, nothing is."""
    return tree.parts[number] if number < len(tree.parts) else NONE

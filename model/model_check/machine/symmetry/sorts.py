"""Which integers of a spec are numbers of process instances: types within `int`.

Every place of an expression, a variable or a parameter that holds an integer has a sort, and two
have one where a value goes from one to the other, is compared for equality with it, or is used as
key of the same dict (see `inference`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from ...language.records import dataclass
from ...language.source.diagnostics import Position
from ...language.types import (
    DictType,
    IntType,
    ListType,
    OptionType,
    ProcessType,
    RecordType,
    SetType,
    Type,
    UnionType,
)

__all__ = ["NONE", "Mark", "Sort", "Sorts", "Tree"]


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """The sorts in a type: that of an integer is a number (see `Sorts.find`), what holds others has
    `parts` as `language.types.parts_of` tells them."""

    leaf: int | None = None
    parts: tuple[Tree, ...] = ()
    option: bool = False


NONE = Tree()


@dataclass(frozen=True, slots=True)
class Mark:
    """What is done with a number that numbers of instances do not allow, and where."""

    text: str
    at: Position


@dataclasses.dataclass(slots=True)
class Sort:
    """What is known of the integers of one sort."""

    processes: dict[str, None] = dataclasses.field(default_factory=dict)
    resources: dict[str, None] = dataclasses.field(default_factory=dict)
    marks: list[Mark] = dataclasses.field(default_factory=list)
    literals: dict[int, Position] = dataclasses.field(default_factory=dict)
    """The numbers that are written, with the first place."""

    def add(self, other: Sort) -> None:
        """What is known of another sort that is the same."""
        self.processes |= other.processes
        self.resources |= other.resources
        self.marks += other.marks
        self.literals = {**other.literals, **self.literals}


class Sorts:
    """The sorts of a spec; `variables`: the trees of what it declares, by ("", shared variable),
    (process or resource, variable of it)."""

    def __init__(self) -> None:
        self._parents: list[int] = []
        self._known: dict[int, Sort] = {}
        self.variables: dict[tuple[str, str], Tree] = {}
        self.parameters: dict[tuple[str, str, str], Tree] = {}
        """Those of commands, by resource, command and name; the answer has the name ""."""
        self._numbers: dict[str, Tree] = {}

    def find(self, leaf: int) -> int:
        """What stands for a sort and all that are the same."""
        while self._parents[leaf] != leaf:
            self._parents[leaf] = self._parents[self._parents[leaf]]
            leaf = self._parents[leaf]
        return leaf

    def sort(self, leaf: int) -> Sort:
        """What is known of a sort."""
        return self._known[self.find(leaf)]

    def all(self) -> Iterator[tuple[int, Sort]]:
        """The sorts, each once, with what stands for them."""
        for leaf in range(len(self._parents)):
            if self._parents[leaf] == leaf:
                yield leaf, self._known[leaf]

    # --- while they are found -------------------------------------------------------------------

    def fresh(self) -> Tree:
        """An integer of which nothing is known."""
        leaf = len(self._parents)
        self._parents.append(leaf)
        self._known[leaf] = Sort()
        return Tree(leaf)

    def tree(self, kind: Type) -> Tree:
        """A value of which nothing is known but its type."""
        match kind:
            case IntType() | UnionType() | ProcessType():
                return self.fresh()
            case OptionType(item):
                return Tree(parts=(self.tree(item),), option=True)
            case ListType(item) | SetType(item):
                return Tree(parts=(self.tree(item),))
            case RecordType(fields):
                return Tree(parts=tuple(self.tree(each) for _, each in fields))
            case DictType(key, value):
                return Tree(parts=(self.tree(key), self.tree(value)))
        return NONE

    def of_process(self, name: str) -> Tree:
        """A number of an instance of a process."""
        if name not in self._numbers:
            self._numbers[name] = self.fresh()
            self._info(name).processes[name] = None
        return self._numbers[name]

    def of_resource(self, name: str) -> Tree:
        """A number of an instance of a resource."""
        if name not in self._numbers:
            self._numbers[name] = self.fresh()
            self._info(name).resources[name] = None
        return self._numbers[name]

    def _info(self, name: str) -> Sort:
        leaf = self._numbers[name].leaf
        assert leaf is not None
        return self.sort(leaf)

    def unify(self, one: Tree, other: Tree) -> None:
        """Values go from one of the two to the other."""
        if one is other:
            return
        if one.leaf is not None and other.leaf is not None:
            a, b = self.find(one.leaf), self.find(other.leaf)
            if a != b:
                self._parents[b] = a
                self._known[a].add(self._known.pop(b))
        elif one.option and not other.option:
            self.unify(one.parts[0], other)
        elif other.option and not one.option:
            self.unify(one, other.parts[0])
        elif len(one.parts) == len(other.parts):
            for a_part, b_part in zip(one.parts, other.parts, strict=True):
                self.unify(a_part, b_part)

    def mark(self, tree: Tree, text: str, at: Position) -> None:
        """Something is done with the integers in a value."""
        if tree.leaf is not None:
            self.sort(tree.leaf).marks.append(Mark(text, at))
        for part in tree.parts:
            self.mark(part, text, at)

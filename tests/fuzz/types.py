"""The types that random specs are made of, as they are written."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "Bool", "Define", "Dict", "Enum", "Int", "Kind", "List", "Option", "Record", "Set", "Union",
    "Variable",
]  # fmt: skip


@dataclass(frozen=True)
class Int:
    low: int | None
    high: int | None
    name: str = ""

    @property
    def declared(self) -> str:
        return "int" if self.low is None else f"{self.low}..{self.high}"

    @property
    def text(self) -> str:
        return self.name or self.declared


@dataclass(frozen=True)
class Bool:
    text: str = "bool"


@dataclass(frozen=True)
class Enum:
    members: tuple[str, ...]
    name: str

    @property
    def declared(self) -> str:
        return f"enum({', '.join(self.members)})"

    @property
    def text(self) -> str:
        return self.name


@dataclass(frozen=True)
class Union:
    numbers: Int
    names: Enum
    name: str

    @property
    def declared(self) -> str:
        return f"{self.numbers.text} | {self.names.text}"

    @property
    def text(self) -> str:
        return self.name


@dataclass(frozen=True)
class Record:
    fields: tuple[tuple[str, Kind], ...]
    name: str

    @property
    def declared(self) -> str:
        return '"{' + ", ".join(f"{name}: {kind.text}" for name, kind in self.fields) + '}"'

    @property
    def text(self) -> str:
        return self.name


@dataclass(frozen=True)
class Option:
    item: Kind

    @property
    def text(self) -> str:
        return f"{self.item.text}?"


@dataclass(frozen=True)
class List:
    item: Kind

    @property
    def text(self) -> str:
        return f"list[{self.item.text}]"


@dataclass(frozen=True)
class Set:
    item: Kind

    @property
    def text(self) -> str:
        return f"set[{self.item.text}]"


@dataclass(frozen=True)
class Dict:
    key: Kind
    value: Kind

    @property
    def text(self) -> str:
        return f"dict[{self.key.text}, {self.value.text}]"


Kind = Int | Bool | Enum | Union | Record | Option | List | Set | Dict


@dataclass(frozen=True)
class Variable:
    """Something that an expression can read."""

    name: str
    kind: Kind


@dataclass(frozen=True)
class Define:
    """A define with the kinds of its parameters; `reads` are the shared variables in it."""

    name: str
    parameters: tuple[Variable, ...]
    kind: Kind
    reads: frozenset[str]

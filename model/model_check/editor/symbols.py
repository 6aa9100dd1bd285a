"""What the names of a spec stand for, and where each was given."""

from __future__ import annotations

import ast
from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..language.source.diagnostics import Position
from ..language.syntax.kindfile import builtin_kinds
from ..language.syntax.nodes import (
    Document,
    Expression,
    For,
    KindDoc,
    Labelled,
    Name,
    ProcessDoc,
    ResourceDoc,
    Statement,
    TypeDoc,
    VarDoc,
    blocks_of,
)
from ..report.words.kinds import type_text

__all__ = ["Symbol", "Symbols", "labels_in"]


@dataclass(frozen=True)
class Symbol:
    """A name: what it is of (`resource`, `process`, `variable`, ...), the process that it belongs
    to ("": to all), where it was given, and how it was written."""

    name: str
    what: str
    owner: str
    at: Position
    written: str = ""


class Symbols:
    """The names of a document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.all = tuple(_symbols(document))

    def of(self, what: str, owner: str = "") -> list[Symbol]:
        """Those of one sort that belong to a process, or to all."""
        return [each for each in self.all if (each.what, each.owner) == (what, owner)]

    def seen_from(self, process: str) -> list[Symbol]:
        """What can be named in a process, or ("") outside of all: no labels."""
        own = [each for each in self.all if each.owner == process and each.what == "variable"]
        return [
            *(own if process else ()),
            *(each for each in self.all if not each.owner and each.what != "property"),
        ]

    def named(self, name: str, process: str, receiver: str = "") -> Symbol | None:
        """What a name stands for in a process, behind the name of another one and a dot."""
        if receiver:
            return next((s for s in self.of("variable", receiver) if s.name == name), None)
        labels = self.of("label", process) if process else []
        seen = [*self.seen_from(process), *labels, *self.of("property")]
        found = next((s for s in seen if s.name == name), None)
        # A label of another process: `at(worker, take)` in a property.
        return found or next((s for s in self.all if (s.what, s.name) == ("label", name)), None)

    def resource(self, name: str) -> ResourceDoc | None:
        return next((r for r in self.document.resources if r.name.text == name), None)

    def kind_of(self, resource: str) -> KindDoc | None:
        """The kind of a resource: one of the spec's own, or of the tool's."""
        found = self.resource(resource)
        return None if found is None else self.kinds.get(found.kind.text)

    @property
    def kinds(self) -> Mapping[str, KindDoc]:
        """All kinds that the spec may use."""
        own = {each.name: each for each in self.document.kinds}
        return ChainMap(own, dict(builtin_kinds().items()))

    def process(self, name: str) -> ProcessDoc | None:
        return next((p for p in self.document.processes if p.name.text == name), None)


def labels_in(statements: Iterable[Statement]) -> Iterator[Name]:
    """The labels of a program, in the order of its text."""
    for each in statements:
        if isinstance(each, Labelled):
            yield each.label
        for block in blocks_of(each):
            yield from labels_in(block)


def _symbols(document: Document) -> Iterator[Symbol]:
    for constant in document.constants:
        yield _symbol(constant.name, "constant", constant.value.text)
    for name, type_ in document.types:
        yield _symbol(name, "type", type_text(type_))
        yield from _members(type_)
    yield from _variables(document.vars, "")
    for resource in document.resources:
        yield _symbol(resource.name, "resource", resource.kind.text)
    for process in document.processes:
        yield _symbol(process.name, "process", process.about)
        yield from _variables(process.vars, process.name.text)
        for label in labels_in(process.run):
            yield Symbol(label.text, "label", process.name.text, label.at)
        for loop in _loops(process.run):
            yield Symbol(loop.target.text, "variable", process.name.text, loop.target.at,
                         f"in {loop.iterable.text}")  # fmt: skip
    for define in document.defines:
        yield _symbol(define.name, "define", define.value.text)
    for wanted in document.properties:
        yield _symbol(wanted.name, "property", "; ".join(text.text for _, text in wanted.formulas))


def _symbol(name: Name, what: str, written: str) -> Symbol:
    return Symbol(name.text, what, "", name.at, written)


def _variables(variables: Iterable[VarDoc], owner: str) -> Iterator[Symbol]:
    for each in variables:
        initial = "" if each.initial is None else f" = {each.initial.text}"
        yield Symbol(each.name.text, "variable", owner, each.name.at,
                     type_text(each.type) + initial)  # fmt: skip
        yield from _members(each.type)


def _members(type_: TypeDoc) -> Iterator[Symbol]:
    """The members of an enum."""
    if not isinstance(type_, Expression):
        return
    for node in ast.walk(type_.node):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            for member in node.args:
                if isinstance(member, ast.Name):
                    at = type_.position_of(member)
                    yield Symbol(member.id, "member", "", at, type_.text)


def _loops(statements: Iterable[Statement]) -> Iterator[For]:
    for each in statements:
        if isinstance(each, For):
            yield each
        for block in blocks_of(each):
            yield from _loops(block)

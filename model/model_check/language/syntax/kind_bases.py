"""Kinds that share commands: one that `extends` another has all that the other one has.

In: the YAML of both. Out: one mapping, in which what the kind says itself comes first and takes
precedence. What differs from kind to kind the base calls by a name: in an expression `exists`,
whether there is anything, and as a statement `erase`, which leaves nothing. What is `settled` is
done at the end of every command that changes what the kind holds.
"""

from __future__ import annotations

import ast
from collections.abc import Collection

from ..records import replace
from ..source.reader import MappingNode, Node
from .command_body import CommandBody
from .nodes import Assign, Evaluate, For, If, Return, Statement

__all__ = ["ERASE", "completed", "extended"]

ERASE = "erase"
_SECTIONS = ("options", "state", "commands", "faults", "instead")
_ITS_OWN = ("about", "reference", "example", "abstract")
"""What is said of the base alone."""

_Block = tuple[Statement, ...]


def extended(kind: MappingNode, base: MappingNode) -> MappingNode:
    """A kind with what its base has."""
    entries = []
    for key, value in kind.entries:
        below = base.get(key.text)
        if (
            key.text in _SECTIONS
            and isinstance(value, MappingNode)
            and isinstance(below, MappingNode)
        ):
            entries.append((key, _joined(value, below)))
        else:
            entries.append((key, value))
    said = {key.text for key, _ in kind.entries} | set(_ITS_OWN)
    entries += [(key, value) for key, value in base.entries if key.text not in said]
    return MappingNode(tuple(entries), kind.at)


def _joined(own: MappingNode, below: MappingNode) -> Node:
    said = {key.text for key, _ in own.entries}
    more = [(key, value) for key, value in below.entries if key.text not in said]
    return MappingNode((*own.entries, *more), own.at)


def completed(
    body: CommandBody, erase: _Block, settled: _Block, state: Collection[str]
) -> CommandBody:
    """What a command does, where its `erase` is what its kind says, and it settles what it has
    changed of the kind's `state`."""
    run = _erasing(body.run, erase)
    erases = run != body.run
    if settled and _changes(run, state):
        last = run[-1:] if run and isinstance(run[-1], Return) else ()
        run = (*run[: len(run) - len(last)], *settled, *last)
    return replace(body, run=run, erases=erases)


def _erasing(block: _Block, erase: _Block) -> _Block:
    """A block with what `erase` means in its place."""
    found: list[Statement] = []
    for statement in block:
        match statement:
            case Evaluate(value) if isinstance(value.node, ast.Name) and value.node.id == ERASE:
                found += erase
            case If(branches, orelse):
                made = tuple((test, _erasing(body, erase)) for test, body in branches)
                found.append(replace(statement, branches=made, orelse=_erasing(orelse, erase)))
            case For(body=body):
                found.append(replace(statement, body=_erasing(body, erase)))
            case _:
                found.append(statement)
    return tuple(found)


def _changes(block: _Block, state: Collection[str]) -> bool:
    for statement in block:
        match statement:
            case Assign(target=place) | Evaluate(value=place):
                if any(isinstance(n, ast.Name) and n.id in state for n in ast.walk(place.node)):
                    return True
            case If(branches, orelse):
                if any(_changes(body, state) for body in (*(b for _, b in branches), orelse)):
                    return True
            case For(body=body):
                if _changes(body, state):
                    return True
    return False

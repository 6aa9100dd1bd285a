"""The steps of a process, each by itself: what of its program leads to it, and nothing else.

A *move* is what an instance may do at a location by one of its steps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..machine.core import Action, Machine
from ..machine.deciding import deciding
from ..machine.effects import (
    Effects,
    effects_of,
    fields_naming,
    fields_written,
    leading_to,
    union,
)
from ..machine.futures import Futures, Move
from ..machine.ir import (
    Choice,
    Const,
    Decision,
    Emit,
    Expr,
    Fail,
    If,
    Let,
    Local,
    Operation,
    Require,
    Statement,
)
from ..machine.names import field_local, field_of
from ..machine.passes.liveness import BackwardPass, LiveLocals
from ..machine.rewrite import Block, map_children, map_parts, statements_in, with_emits

__all__ = ["MoveText", "Place", "alike_text", "texts_of"]

MOST_CONDITIONS = 100_000
"""In a spec; there are fewer characters in one."""
MOST_BRANCHES = 8
"""A free choice among more values is no `either`."""

Place = tuple[int, int, int]
"""An instance, a location and a step."""


@dataclass(frozen=True, slots=True)
class MoveText:
    """What instance `instance` may do at location `location` by step `step`: one of `bodies`, which
    do nothing else. `known`: the fields that have one value wherever it is done. `effects` is what
    it reads and writes, `decides` the fields that decide whether it can be taken. `told`: the
    fields that others must leave alone for it to have the same name, and where it stands. `fails`:
    whether it may run into an error, by the text."""

    instance: int
    location: int
    step: int
    bodies: tuple[Block, ...]
    known: Mapping[int, int]
    effects: Effects[int]
    decides: frozenset[int]
    told: frozenset[int]
    fails: bool

    @property
    def place(self) -> Place:
        """What tells it from other moves."""
        return self.instance, self.location, self.step


def texts_of(machine: Machine, futures: Futures) -> dict[Move, MoveText]:
    """The moves of an instance, by location and step."""
    actions: dict[Move, list[Action]] = {}
    for action in machine.actions_of(futures.instance):
        for step in action.steps:
            actions.setdefault((action.location, step), []).append(action)
    return {move: _text(machine, futures, move, found) for move, found in actions.items()}


def _text(machine: Machine, futures: Futures, move: Move, actions: Sequence[Action]) -> MoveText:
    location, step = move
    instance = futures.instance
    cut = [body for action in actions for body in _branches(_cut(action.body, step))]
    cut = [_with_conditions(machine, instance, body) for body in cut]
    bodies = tuple(_plain(machine, _needed(body), number) for number, body in enumerate(cut))
    told = {machine.instances[instance].location_field}
    return MoveText(
        instance,
        location,
        step,
        bodies,
        {machine.instances[instance].location_field: location, **futures.known_before(move)},
        union(effects_of(body, notes=False) for body in bodies),
        frozenset[int]().union(*(effects_of(deciding(b), notes=False).reads for b in bodies)),
        fields_naming(machine, (step,)) | told,
        any(
            isinstance(each, Fail) and not machine.failures[each.code - 1].unfinished
            for body in bodies
            for each in statements_in(body)
        ),
    )


def _cut(body: Block, step: int) -> Block:
    """What of a body can lead to a step."""

    def kept(emit: Emit) -> Block:
        return (emit,) if emit.step == step else ()

    return with_emits(leading_to(body, step), kept)


def _branches(body: Block) -> list[Block]:
    """The branches of an `either`, of which each is a body by itself; those that lead nowhere are
    none."""
    match body:
        case (*before, Choice(name, Const(count), _, inner)) if count <= MOST_BRANCHES:
            found = []
            for number in range(count):
                chosen = _with_value(inner, name, Const(number))
                found += _branches((*before, *chosen))
            return found
    return [body] if any(isinstance(each, Emit) for each in statements_in(body)) else []


def _with_value(body: Block, name: str, value: Const) -> Block:
    """A body in which a local that it gives no value to has one."""

    def expr(each: Expr) -> Expr:
        return value if each == Local(name) else map_children(each, expr)

    def block(inside: Block) -> Block:
        found: list[Statement] = []
        for each in inside:
            made = map_parts(each, expr, block)
            match made:
                case If(Const(truth), then, orelse):
                    found += then if truth else orelse
                case _:
                    found.append(made)
        return tuple(found)

    return block(body)


def _needed(body: Block) -> Block:
    """A body without what is computed for nothing, or only told."""
    wanted = LiveLocals({*map(field_local, fields_written(body))})
    return BackwardPass(wanted, "").body(body, LiveLocals(set()))


def _plain(machine: Machine, body: Block, number: int) -> Block:
    """A body whose waits and failures have no names; its step is that with the number of the
    body."""
    kinds = {each.code: each.kind for each in machine.failures}
    first = {kind: min(c for c, k in kinds.items() if k == kind) for kind in kinds.values()}

    def block(inside: Block) -> Block:
        return tuple(map(plain, inside))

    def plain(statement: Statement) -> Statement:
        match statement:
            case Emit():
                return Emit(number)
            case Require(test):
                return Require(test)
            case Fail(code, test, limit):
                return Fail(first[kinds[code]], test, limit)
        return map_parts(statement, lambda each: each, block)

    return block(body)


def _with_conditions(machine: Machine, instance: int, body: Block) -> Block:
    """A body that keeps how conditions come out, in fields that there are not: if these are the
    same, so is what is told of it."""
    first = len(machine.fields) + (1 + instance) * MOST_CONDITIONS

    def block(inside: Block) -> Block:
        return tuple(map(kept, inside))

    def kept(statement: Statement) -> Statement:
        if isinstance(statement, Decision):
            reached = Operation("+", statement.test, Const(1))
            return Let(field_local(first + statement.condition), reached)
        return map_parts(statement, lambda each: each, block)

    return block(body)


_NAME = re.compile("'([a-z]+)([0-9]+)'")


def alike_text(machine: Machine, sides: Sequence[str], known: Mapping[int, int]) -> str:
    """A question about bodies, by their `repr`, of which some fields are known, as a text that is
    the same for all that differ in names alone: temporaries are those of one side, fields those of
    all."""
    fields: dict[str, int] = {}
    found = [_side_text(text, fields) for text in sides]
    indices = [index for name in fields if (index := field_of(name)) is not None]
    return "\n".join((*found, *_fields_text(machine, indices, known)))


def _side_text(text: str, fields: dict[str, int]) -> str:
    """A text with other names: those of `fields`, to which new ones are added, and temporaries."""
    temporaries: dict[str, int] = {}

    def renumbered(match: re.Match[str]) -> str:
        name = match[1] + match[2]
        numbers = temporaries if field_of(name) is None else fields
        return f"'{match[1]}{numbers.setdefault(name, len(numbers))}'"

    return _NAME.sub(renumbered, text)


def _fields_text(
    machine: Machine, fields: Sequence[int], known: Mapping[int, int]
) -> Iterator[str]:
    """What is to be known of fields, in their order: whose part each is, and its value."""
    owners: dict[int, int] = {}
    for index in fields:
        if index >= len(machine.fields):  # of what is left open: see `growing`
            yield "given"
            continue
        number, place = machine.owner_of(index)
        shape = machine.variables[number].shape
        owner = owners.setdefault(number, len(owners))
        yield f"{owner} {place} {machine.fields[index].width} {known.get(index)} {shape!r}"

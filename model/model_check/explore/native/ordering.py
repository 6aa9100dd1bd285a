"""From the tables of a reduction to memory that compiled code reads, and to the code that a machine
needs to read its states with them."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import accumulate

from ...machine.core import Machine
from ..reduction import Order, Reduction
from . import choosing_places as k
from .bodies import FunctionWriter
from .state_words import loaded_words
from .work import Places
from .writing import operand

__all__ = ["Chooser", "classify_text", "tables_of"]

WORD_BYTES = 8


def tables_of(machine: Machine, reduction: Reduction) -> Places:
    """The tables of a reduction in memory; without an order those alone that say whose a step
    is."""
    owners = bytearray(each.instance for each in machine.steps)
    faulty = bytearray(each.fault for each in machine.steps)
    tables = {k.INSTANCES: len(machine.instances), k.OWNERS: owners, k.FAULTY: faulty}
    if reduction.order is not None:
        tables |= _order_tables(reduction.order)
    return Places(k.TABLES_SIZE, tables)


def _order_tables(order: Order) -> dict[int, object]:
    views = order.views
    classes = [moves for view in views for moves in view.moves]
    moves = [move for each in classes for move in each]
    return {
        k.KEYS: bytearray(each for view in views for each in view.classes),
        k.FIRST: _words(_begins(len(view.moves) for view in views)),
        k.MOVES_BEGIN: _words(_begins(map(len, classes))),
        k.MOVE_STEPS: _words(move.step for move in moves),
        k.MOVE_LOWERS: _words(move.lowers for move in moves),
        k.ASKED: _words(
            row for move in moves for rows in (move.enablers, move.conflicts) for row in rows
        ),
        k.RAISES: _words(goals for view in views for goals in view.raises),
        k.INSISTS: order.insists,
    }


def _begins(sizes: Iterable[int]) -> list[int]:
    """Where each of several parts begins that lie one after the other, and where the last ends."""
    return [0, *accumulate(sizes)]


def _words(numbers: Iterable[int]) -> array[int]:
    return array("Q", numbers) or array("Q", [0])


class Chooser:
    """Where one batch chooses; `most`: successors of a state."""

    def __init__(self, machine: Machine, tables: Places, most: int) -> None:
        each = bytes(WORD_BYTES * max(1, len(machine.instances)))
        self._places = Places(
            k.CHOOSER_SIZE,
            {
                k.CHOOSER_TABLES: tables.address,
                k.CHOOSER_STEPS: array("I", [0]) * max(1, most),
                k.CLASSES: bytearray(each), k.COSTS: bytearray(each), k.NEEDS: bytearray(each),
                k.CAN_BE_TAKEN: bytearray(max(1, len(machine.steps))),
            },
        )  # fmt: skip
        self._tables = tables

    @property
    def address(self) -> int:
        return self._places.address


def classify_text(machine: Machine, order: Order | None) -> str:
    """`@classify(state, keys, classes)`: the class of each instance's local state; nothing where no
    step waits, and nobody asks."""
    writer = FunctionWriter(machine, {})
    at = 0
    for i, view in enumerate(() if order is None else order.views):
        key = _key(writer, view.fields)
        place = writer.compute(f"add i64 {key}, {at}")
        entry = writer.compute(f"getelementptr i8, ptr %keys, i64 {place}")
        byte = writer.compute(f"load i8, ptr {entry}")
        wide = writer.compute(f"zext i8 {byte} to i64")
        out = writer.compute(f"getelementptr i64, ptr %classes, i64 {i}")
        writer.line(f"store i64 {wide}, ptr {out}")
        at += len(view.classes)
    return "\n".join(
        [
            "define internal i64 @classify(i64 %s.address, i64 %k.address, i64 %c.address) {",
            "entry:",
            "  %state = inttoptr i64 %s.address to ptr",
            "  %keys = inttoptr i64 %k.address to ptr",
            "  %classes = inttoptr i64 %c.address to ptr",
            *loaded_words(machine),
            *writer.lines,
            "  ret i64 0",
            "}",
        ]
    )


def _key(writer: FunctionWriter, fields: Sequence[int]) -> str:
    """The raw values of some fields, one after the other."""
    key = "0"
    offset = 0
    for index in fields:
        each = writer.machine.fields[index]
        value = writer.field(index)
        text = writer.resized(operand(value.text, value.width, value.interval), 64)
        moved = writer.compute(f"shl i64 {text}, {offset}")
        key = writer.compute(f"or i64 {key}, {moved}")
        offset += each.width
    return key

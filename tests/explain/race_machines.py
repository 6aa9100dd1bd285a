"""Machines written by hand in the core language, so that the order floor is tested alone.

`chat` is the protocol of `specs/legacy.yaml`: a service publishes chunks and saves them, a
gateway reads the history and subscribes, a client shows what it gets.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Any, cast

from model_check.explore.memo import differences_of
from model_check.explore.space import Space
from model_check.language.source.diagnostics import Position
from model_check.language.types import BOOL, INT
from model_check.machine.core import (
    Action,
    Failure,
    Field,
    Formula,
    Instance,
    Location,
    Machine,
    Shape,
    StateVariable,
    Step,
)
from model_check.machine.formulas import Formulas
from model_check.machine.ir import (
    Choice,
    Const,
    Emit,
    Expr,
    Fail,
    If,
    Let,
    Local,
    Require,
    Statement,
)
from model_check.machine.ir_builder import add, both, equal, op, select
from model_check.machine.names import field_local
from model_check.machine.python.program import compile_machine
from model_check.machine.shapes import Layout

__all__ = ["EMIT", "Builder", "chat", "racing_counter", "space_of", "without_races"]

NOWHERE = Position("", 0, 0)
TRUTH = Shape(BOOL, "scalar", 1)


class Builder:
    """Fields by name, then processes as rows of (label, statements, next location)."""

    def __init__(self) -> None:
        self.fields: list[Field] = []
        self.variables: list[StateVariable] = []
        self.instances: list[Instance] = []
        self.steps: list[Step] = []
        self.actions: list[Action] = []
        self.failures: list[Failure] = []
        self.beginning: list[Statement] = []
        self.by_name: dict[str, int] = {}
        self.width = 0

    def variable(self, name: str, *widths: int, owner: str = "", low: int = 0) -> None:
        """A variable of one or more fields: `name`, `name.1`, ..."""
        indices = []
        for i, width in enumerate(widths):
            self.by_name[f"{name}.{i}" if i else name] = len(self.fields)
            indices.append(len(self.fields))
            self.fields.append(Field(len(self.fields), name, width, self.width))
            self.width += width
        shape = Shape(INT, "scalar", sum(widths), low=low)
        self.variables.append(StateVariable(name, owner, INT, shape, tuple(indices)))

    def get(self, name: str) -> Local:
        return Local(field_local(self.by_name[name]))

    def let(self, name: str, value: Expr) -> Let:
        return Let(field_local(self.by_name[name]), value)

    def start(self, name: str, value: int) -> None:
        self.beginning.append(self.let(name, Const(value)))

    def failure(self, message: str) -> int:
        self.failures.append(Failure(len(self.failures) + 1, "error", message, NOWHERE))
        return len(self.failures)

    def process(
        self,
        name: str,
        rows: Iterable[tuple[str, list[Statement]]],
        *,
        rests: Iterable[int] = (),
        indices: tuple[str, ...] = (),
    ) -> None:
        """Rows are locations in order; a body sets the location itself with `go`, and emits
        the step of its row (-2 stands for it). One more location is the end."""
        number = len(self.instances)
        where = f"{name} (location)"
        rows = list(rows)
        places = [Location(i, (label,), i in rests, False) for i, (label, _) in enumerate(rows)]
        places.append(Location(len(rows), (), False, True))
        field = self.by_name[where]
        self.instances.append(Instance(number, name, 0, name, field, tuple(places)))
        names = [v.name for v in self.variables]
        for i, (label, body) in enumerate(rows):
            step = len(self.steps)
            turns = tuple(names.index(f"{name}.{each}") for each in indices)
            self.steps.append(Step(step, number, label, turns, NOWHERE))
            renamed = tuple(_emitting(body, step))
            self.actions.append(Action(number, i, (step,), renamed))

    def locations(self, *names: str) -> None:
        """Room for where each process is."""
        for name in names:
            self.variable(f"{name} (location)", 4, owner=name)

    def go(self, name: str, location: int) -> Let:
        return self.let(f"{name} (location)", Const(location))

    def formula(self, name: str, value: Expr) -> Formula:
        return Formula(name, name, (), value, TRUTH)

    def machine(self, **properties: Formula) -> Machine:
        return Machine(
            cast(Any, None), tuple(self.fields), self.width, tuple(self.variables),
            tuple(self.instances), tuple(self.steps), tuple(self.actions), (),
            tuple(self.failures), (*self.beginning, Emit(-1)), Formulas(properties),
        )  # fmt: skip


def _emitting(body: Iterable[Statement], step: int) -> Iterable[Statement]:
    for statement in body:
        match statement:
            case Emit():
                yield Emit(step)
            case If(test, then, orelse):
                yield If(test, tuple(_emitting(then, step)), tuple(_emitting(orelse, step)))
            case Choice(name, count, bound, inner):
                yield Choice(name, count, bound, tuple(_emitting(inner, step)))
            case _:
                yield statement


EMIT = Emit(-2)


class _Chat(Builder):
    def __init__(self, total: int) -> None:
        super().__init__()
        self.item = total.bit_length()
        self.bits = (2 * total).bit_length()
        self.total = total

    def queue(self, name: str) -> None:
        self.variable(name, self.bits, self.item * 2 * self.total)

    def push(self, name: str, value: Expr) -> list[Statement]:
        size, items = self.get(name), self.get(f"{name}.1")
        place = op("*", size, Const(self.item))
        return [
            self.let(f"{name}.1", op("|", items, op("<<", value, place))),
            self.let(name, add(size, Const(1))),
        ]

    def pop(self, name: str, into: str) -> list[Statement]:
        size, items = self.get(name), self.get(f"{name}.1")
        return [
            Require(op("!=", size, Const(0))),
            Let(into, op("&", items, Const((1 << self.item) - 1))),
            self.let(f"{name}.1", op(">>", items, Const(self.item))),
            self.let(name, select(op("==", size, Const(0)), size, op("-", size, Const(1)))),
        ]


def chat(
    stored: int = 6, total: int = 10, *, save_first: bool = False, subscribe_first: bool = False
) -> Machine:
    """The chat; `no_loss` says that the client has shown every chunk at the end, `in_order`
    that the last one it showed came after those before."""
    b = _Chat(total)
    for name in ("history", "inbox", "socket"):
        b.queue(name)
    b.variable("subscribed", 1)
    b.variable("ai.chunk", b.item, owner="ai")
    b.variable("gateway.snapshot", b.bits, b.item * 2 * total, owner="gateway")
    b.variable("client.shown", total + 1, owner="client")
    b.variable("client.last", b.item, owner="client")
    b.variable("client.wrong", 1, owner="client")
    b.locations("ai", "gateway", "client")
    b.start("history", stored)
    b.start("history.1", sum((i + 1) << (i * b.item) for i in range(stored)))
    b.start("ai.chunk", stored + 1)

    chunk = b.get("ai.chunk")
    turn: list[Statement] = [
        If(
            op("<", chunk, Const(total)),
            (b.let("ai.chunk", add(chunk, Const(1))), b.go("ai", 0)),
            (b.let("ai.chunk", Const(0)), b.go("ai", 2)),
        ),
        EMIT,
    ]
    send: list[Statement] = [If(b.get("subscribed"), tuple(b.push("inbox", chunk)))]
    first = [("save", b.push("history", chunk)), ("publish", send)]
    if not save_first:
        first.reverse()
    (one, begin), (two, finish) = first
    b.process(
        "ai", [(one, [*begin, b.go("ai", 1), EMIT]), (two, [*finish, *turn])], indices=("chunk",)
    )

    size, items = b.get("gateway.snapshot"), b.get("gateway.snapshot.1")
    queued, sent = b.get("socket"), b.get("socket.1")
    place = op("*", queued, Const(b.item))
    read: list[Statement] = [
        b.let("gateway.snapshot", b.get("history")),
        b.let("gateway.snapshot.1", b.get("history.1")),
    ]
    deliver: list[Statement] = [
        b.let("socket.1", op("|", sent, op("<<", items, place))),
        b.let("socket", add(queued, size)),
    ]
    subscribe: list[Statement] = [b.let("subscribed", Const(1))]
    order = [("read_history", read), ("send_history", deliver), ("subscribe", subscribe)]
    if subscribe_first:
        order = [order[2], *order[:2]]
    rows = [(label, [*body, b.go("gateway", i + 1), EMIT]) for i, (label, body) in enumerate(order)]
    forward = [*b.pop("inbox", "m"), *b.push("socket", Local("m")), EMIT]
    b.process("gateway", [*rows, ("forward", forward)], rests=(3,))

    bit = op("<<", Const(1), Local("c"))
    show = [
        *b.pop("socket", "c"),
        Let("late", op("<=", Local("c"), b.get("client.last"))),
        b.let("client.wrong", op("|", b.get("client.wrong"), Local("late"))),
        b.let("client.last", Local("c")),
        b.let("client.shown", op("|", b.get("client.shown"), bit)),
        EMIT,
    ]  # fmt: skip
    b.process("client", [("show", show)], rests=(0,))
    everything = sum(1 << i for i in range(1, total + 1))
    return b.machine(
        no_loss=b.formula("no_loss", equal(b.get("client.shown"), Const(everything))),
        in_order=b.formula("in_order", equal(b.get("client.wrong"), Const(0))),
    )


def racing_counter() -> Machine:
    """Two workers read a counter and write it back plus one: the lost update."""
    b = Builder()
    b.variable("counter", 2)
    for name in ("left", "right"):
        b.variable(f"{name}.seen", 2, owner=name)
    b.locations("left", "right")
    for name in ("left", "right"):
        seen = b.get(f"{name}.seen")
        b.process(name, [
            ("read", [b.let(f"{name}.seen", b.get("counter")), b.go(name, 1), EMIT]),
            ("write", [b.let("counter", add(seen, Const(1))), b.go(name, 2), EMIT]),
        ])  # fmt: skip
    return b.machine(both=b.formula("both", equal(b.get("counter"), Const(2))))


def without_races() -> Machine:
    """One process picks a number: what goes wrong is its choice, not any order."""
    b = Builder()
    b.variable("picked", 2)
    b.variable("other", 1)
    b.locations("picker", "bystander", "judge")
    pick = Choice("c", Const(3), 3, (b.let("picked", Local("c")), b.go("picker", 1), EMIT))
    b.process("picker", [("pick", [pick])])
    b.process("bystander", [("wave", [b.let("other", Const(1)), b.go("bystander", 1), EMIT])])
    code = b.failure("the number is 2")
    wrong = both(equal(b.get("picked"), Const(2)), b.get("other"))
    b.process("judge", [("judge", [Fail(code, wrong), b.go("judge", 1), EMIT])])
    return b.machine(
        small=b.formula("small", op("<", b.get("picked"), Const(2))),
        never_true=b.formula("never_true", Const(0)),
    )


def space_of(machine: Machine) -> Space:
    """Every state of a hand-built machine, breadth first."""
    program = compile_machine(machine)
    states: list[int] = []
    program.initial(states)
    index = {state: i for i, state in enumerate(states)}
    initial = len(states)
    parents = array("q", range(initial))
    terminal, errors, transitions = [], [], 0
    for number, state in enumerate(states):
        out: list[int] = []
        for instance, successors in enumerate(program.successors):
            mine: list[int] = []
            successors(state, mine)
            errors += [(number, instance, -each) for each in mine if each < 0]
            out += mine
        if not out:
            terminal.append(number)
        for target in out:
            transitions += target >= 0
            if target >= 0 and target not in index:
                index[target] = len(states)
                states.append(target)
                parents.append(number)
    return Space(
        program, Layout(), tuple(differences_of(program)), states, index, parents, (0,), initial,
        len(states), tuple(terminal), tuple(errors), transitions, 0.0, "", None,
    )  # fmt: skip

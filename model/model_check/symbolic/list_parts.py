"""What a body makes of lists: which part of which list an expression is.

A list lies in a state as its length and its items, packed into one number (see `machine.shapes`).
What takes items away in front, or adds some behind, is a row of shifts and sums; here it is read
back. Whatever else is made of a part of a list is called a misuse of that list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..machine.core import Machine
from ..machine.ir import Const, Expr, Local, Operation, Select
from ..machine.ir_builder import Interval, bounds
from ..machine.names import field_local
from ..machine.rewrite import children

__all__ = ["Known", "ListParts", "ListState", "Part"]


@dataclass(frozen=True, slots=True)
class ListState:
    """A list on its way through a body: the variables that are part of it, the first of them
    without `takes` items (None: it is nothing of a variable), and `adds` more behind it."""

    of: frozenset[int]
    first: int | None
    width: int
    """Bits of an item."""
    takes: int = 0
    adds: int = 0
    branch: int = 0
    """Tells lists apart that are joined where ways come together."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a local holds of a list: its length ("length", that with `more` items, "longer", or the
    lesser of it and `more`, "least", and that times `times`, "bits"), its items ("items"), those of
    another one, or a value, moved behind them ("behind"), or both together ("with"); `other` is
    what comes behind. "overflow": whether there would be too many. "lost": nobody knows what."""

    kind: str
    list: ListState
    more: int = 0
    times: int = 1
    other: ListState | None = None


Known = Part | None
"""None: a number like any other."""


class ListParts:
    """Reads expressions. `misused`: the variables of whose lists something is made that is not
    understood; `asks`: how many of its first items are looked at, by variable; `between`: the
    numbers between which a local lies that counts as a number."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.misused: set[int] = set()
        self.asks: dict[int, int] = {}
        self.between: dict[str, Interval] = {
            field_local(each.index): (0, each.mask) for each in machine.fields
        }

    def plain(self, expr: Expr, env: Mapping[str, Known]) -> None:
        """A value that counts as a number: lists may be in it only as a question that is
        understood."""
        self.misuse(self.value(expr, env))

    def misuse(self, known: Known) -> None:
        if known is not None:
            self.misused |= known.list.of
            if known.other is not None:
                self.misused |= known.other.of

    def ask(self, whole: ListState, number: int) -> None:
        """The first `number` items are looked at, or whether there are so many."""
        if whole.first is not None:
            self.asks[whole.first] = max(self.asks[whole.first], whole.takes + max(number, 0))

    def value(self, expr: Expr, env: Mapping[str, Known]) -> Known:
        match expr:
            case Const():
                return None
            case Local(name):
                return env.get(name)
            case Select(test, then, orelse):
                return self.select(test, then, orelse, env)
            case Operation(operator, left, right):
                one, two = self.value(left, env), self.value(right, env)
                if one is None and two is None:
                    return None
                found = self.operation(operator, (left, one), (right, two))
                if isinstance(found, Part):
                    return found
                if not found:
                    self.misuse(one)
                    self.misuse(two)
                return None
        for part in children(expr):
            self.plain(part, env)
        return None

    def select(self, test: Expr, then: Expr, orelse: Expr, env: Mapping[str, Known]) -> Known:
        one, two = self.value(then, env), self.value(orelse, env)
        match test:
            case Operation("<", least, Const(number)) if orelse == Const(number) and least == then:
                if one is not None and one.kind == "length" and number >= 0:
                    self.ask(one.list, number)
                    return Part("least", one.list, number)
        chosen = self.value(test, env)
        is_room = isinstance(test, Local) and chosen is not None and chosen.kind == "overflow"
        if is_room and then == Const(0):
            return two
        for each in (chosen, one, two):
            self.misuse(each)
        return None

    def operation(
        self, operator: str, left: tuple[Expr, Known], right: tuple[Expr, Known]
    ) -> Part | bool:
        """What comes of two operands, one of which is part of a list; True: a number like any
        other, False: nobody knows."""
        (_, one), (number, two) = left, right
        if one is None:
            assert two is not None
            return self.turned(operator, left[0], two)
        constant = number.value if isinstance(number, Const) else None
        match one.kind, operator:
            case "length", "+" if constant is not None and constant >= 0:
                return Part("longer", one.list, constant)
            case "length", "+" if two is not None and two.kind == "length":
                return Part("longer", one.list, other=two.list)
            case "length", "-" if two is not None and two.kind == "least" and two.list == one.list:
                return Part("length", self.without(one.list, two.more))
            case (("length" | "longer"), (">" | "<" | ">=" | "<=" | "==" | "!=")) if one == two:
                return True
            case (("length" | "longer"), (">" | "<" | ">=" | "<=" | "==" | "!=")) if two is None:
                return self.compared(one, operator, number)
            case (("length" | "least"), "*") if constant is not None:
                return Part("bits", one.list, one.more if one.kind == "least" else -1, constant)
            case "items", "&" if constant is not None and 0 <= constant < 1 << one.list.width:
                self.ask(one.list, 1)
                return True
            case "items", ">>" if two is not None and self.is_least(two, one.list):
                return Part("items", self.without(one.list, two.more))
            case "items", "|" if two is not None and (two.kind, two.list) == ("behind", one.list):
                return Part("with", one.list, other=two.other)
            case "items", "<<" if two is not None and self.is_length(two):
                return Part("behind", two.list, other=one.list)
            case "overflow", ("&" | "|") if two is None or two.kind == "overflow":
                return one
        return False

    def turned(self, operator: str, left: Expr, two: Part) -> Part | bool:
        """The same where the right operand alone is part of a list."""
        if operator == "<<" and self.is_length(two):
            return Part("behind", two.list)
        if operator in ("&", "|") and two.kind == "overflow":
            return two
        mirrored = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "==": "==", "!=": "!="}
        if operator in mirrored and two.kind in ("length", "longer"):
            return self.compared(two, mirrored[operator], left)
        return False

    def compared(self, one: Part, operator: str, number: Expr) -> Part | bool:
        """A length is compared with a number, which lies between two."""
        lies = bounds(number, self.between)
        if lies is None:
            return False
        if operator == ">" and one.kind == "longer" and lies[0] >= self.room(one.list):
            return Part("overflow", one.list)
        if one.other is not None:
            return False
        # From so many items on it comes out one way.
        self.ask(one.list, lies[1] - one.more + (operator not in ("<", ">=")))
        return True

    def room(self, whole: ListState) -> int:
        """For how many items there is room."""
        return max((self.machine.variables[v].shape.capacity for v in whole.of), default=0)

    def without(self, whole: ListState, items: int) -> ListState:
        return replace(whole, takes=whole.takes + items)

    def is_length(self, part: Part) -> bool:
        """Whether it is where a list ends in its bits."""
        if part.kind == "length":
            return part.list.width == 1
        return part.kind == "bits" and part.more == -1 and part.times == part.list.width

    def is_least(self, part: Part, whole: ListState) -> bool:
        """Whether it is where some first items of a list end."""
        if part.list != whole:
            return False
        if part.kind == "least":
            return whole.width == 1
        return part.kind == "bits" and part.more >= 0 and part.times == whole.width

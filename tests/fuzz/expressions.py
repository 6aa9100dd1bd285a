"""Random expressions of a wanted type over what can be read at a place."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from .types import Bool, Define, Dict, Enum, Int, Kind, List, Option, Record, Set, Union, Variable

__all__ = ["Expressions"]

Scope = Sequence[Variable]


class Expressions:
    """`depth` bounds how deep an expression is; `names` makes fresh bound names."""

    def __init__(self, rng: random.Random, named: list[Kind]) -> None:
        self.rng = rng
        self.named = named
        self._bound = 0
        self.defines: list[Define] = []

    def constant(self, kind: Kind) -> str:
        """A value of a type, without variables."""
        return self._literal(kind, [], -1)

    def make(self, kind: Kind, scope: Scope, depth: int) -> str:
        """An expression whose values a variable of this type can (mostly) hold."""
        if depth <= 0 or self.rng.random() < 0.2:
            return self._leaf(kind, scope)
        if self.defines and self.rng.random() < 0.25 and (use := self._use(kind, scope, depth)):
            return use
        match kind:
            case Union(numbers, names) if self.rng.random() < 0.5:
                return self.make(self.rng.choice([numbers, names]), scope, depth - 1)
            case Int():
                fitting = [
                    v.name for v in scope if isinstance(v.kind, Union) and v.kind.numbers == kind
                ]
                if fitting and self.rng.random() < 0.3:
                    return self.rng.choice(fitting)
                return self._int(kind, scope, depth)
            case Bool():
                return self.truth(scope, depth)
            case List() | Set():
                return self._collection(kind, scope, depth)
        if self.rng.random() < 0.2:
            return self._conditional(kind, scope, depth)
        if self.rng.random() < 0.4:
            return self._literal(kind, scope, depth)
        return self._leaf(kind, scope)

    def _use(self, kind: Kind, scope: Scope, depth: int) -> str:
        """A define of this kind that can be read here, "" where there is none."""
        known = {each.name for each in scope}
        fitting = [d for d in self.defines if alike(d.kind, kind) and d.reads <= known]
        if not fitting:
            return ""
        define = self.rng.choice(fitting)
        given = ", ".join(self.make(p.kind, scope, depth - 1) for p in define.parameters)
        return f"{define.name}({given})" if given else define.name

    # --- leaves -----------------------------------------------------------------------------

    def _leaf(self, kind: Kind, scope: Scope) -> str:
        found = self._readable(kind, scope)
        if found and self.rng.random() < 0.75:
            return self.rng.choice(found)
        return self._literal(kind, scope, 0)

    def _readable(self, kind: Kind, scope: Scope) -> list[str]:
        found = []
        for each in scope:
            if alike(each.kind, kind):
                found.append(each.name)
            match each.kind:
                case Union(numbers, names) if kind in (numbers, names) or isinstance(kind, Int):
                    found.append(each.name)
                case Option(item) if alike(item, kind) and not isinstance(kind, Bool):
                    found.append(each.name)
                case Record(fields):
                    found += [f"{each.name}.{n}" for n, k in fields if alike(k, kind)]
                case List(item) if alike(item, kind):
                    found.append(f"{each.name}[{self.rng.choice([0, 0, -1, 1])}]")
                case Dict(key, item) if alike(item, kind):
                    found.append(f"{each.name}[{self._key(key, scope)}]")
        return found

    def _key(self, key: Kind, scope: Scope) -> str:
        same = [each.name for each in scope if alike(each.kind, key)]
        if same and self.rng.random() < 0.6:
            return self.rng.choice(same)
        return self.constant(key)

    def _literal(self, kind: Kind, scope: Scope, depth: int) -> str:
        def inner(of: Kind) -> str:
            return self.constant(of) if depth < 0 else self.make(of, scope, depth - 1)

        match kind:
            case Int(low, high):
                if low is None or high is None:
                    return str(self.rng.randint(-1, 3))
                return str(self.rng.randint(low, high))
            case Bool():
                return self.rng.choice(["True", "False"])
            case Enum(members):
                return self.rng.choice(members)
            case Union(numbers, names):
                return inner(self.rng.choice([numbers, names]))
            case Record(fields):
                return "{" + ", ".join(f"{n}: {inner(k)}" for n, k in fields) + "}"
            case Option(item):
                return "None" if self.rng.random() < 0.4 else inner(item)
            case List(item):
                return "[" + ", ".join(inner(item) for _ in range(self.rng.randint(0, 2))) + "]"
            case Set(item):
                parts = [bounded(item, inner(item)) for _ in range(self.rng.randint(0, 2))]
                return "{" + ", ".join(parts) + "}" if parts else "set()"
            case Dict(key, item):
                if depth < 0 or not isinstance(key, Enum | Int | Union) or not key.name:
                    keys = self.values(key)
                    return "{" + ", ".join(f"{k}: {inner(item)}" for k in keys) + "}"
                name = self.fresh()
                inside = [*scope, Variable(name, key)]
                value = self.make(item, inside, depth - 1)
                return f"{{{name}: {value} for {name} in {self.domain(key)}}}"

    def domain(self, kind: Kind) -> str:
        """All values of a finite type, as something to go through."""
        match kind:
            case Int(low, high, name):
                return name or f"range({low}, {(high or 0) + 1})"
            case Enum(_, name) | Union(_, _, name):
                return name
            case Bool():
                return "[False, True]"
        return "[]"

    def values(self, kind: Kind) -> list[str]:
        """All values of a finite type, as they are written."""
        match kind:
            case Int(int(low), int(high)):
                return [str(each) for each in range(low, high + 1)]
            case Enum(members):
                return list(members)
            case Union(numbers, names):
                return [*self.values(numbers), *self.values(names)]
        return ["False", "True"]

    def fresh(self) -> str:
        self._bound += 1
        return f"b{self._bound}"

    # --- operations -------------------------------------------------------------------------

    def _pick(self, makers: list[Callable[[], str]]) -> str:
        return self.rng.choice(makers)()

    def _conditional(self, kind: Kind, scope: Scope, depth: int) -> str:
        test = self.truth(scope, depth - 1)
        return (
            f"({self.make(kind, scope, depth - 1)} if {test} "
            f"else {self.make(kind, scope, depth - 1)})"
        )

    def _int(self, kind: Int, scope: Scope, depth: int) -> str:
        number = self.number(scope, depth)
        if kind.low is None or kind.high is None:
            return f"min({number}, 4)" if self.rng.random() < 0.6 else number
        roll = self.rng.random()
        if roll < 0.35:
            shift = f" + {kind.low}" if kind.low else ""
            return f"({number}) % {kind.high - kind.low + 1}{shift}"
        if roll < 0.7:
            return f"max({kind.low}, min({kind.high}, {number}))"
        return number

    def number(self, scope: Scope, depth: int) -> str:
        """An integer of whatever size."""
        if depth <= 0:
            return self._leaf(Int(-2, 3), scope)

        def go() -> str:
            return self.number(scope, depth - 1)

        def many() -> str:
            return self.some_collection(scope, depth - 1, Int(-2, 3))

        return self._pick([
            lambda: self._leaf(Int(-2, 3), scope),
            lambda: f"({go()} {self.rng.choice(['+', '-', '+', '-', '*'])} {go()})",
            lambda: f"({go()} {self.rng.choice(['//', '%'])} {self.rng.choice([2, 3, -2, go()])})",
            lambda: f"len({self.some_collection(scope, depth - 1)})",
            lambda: f"sum({many()})",
            lambda: f"{self.rng.choice(['min', 'max'])}({go()}, {go()})",
            lambda: f"{self.rng.choice(['min', 'max'])}([{go()}] + list({many()}))",
            lambda: f"abs({go()})",
            lambda: f"-{go()}",
            lambda: f"count({self._over(scope, depth, self.truth)})",
            lambda: f"sum({self._over(scope, depth, self.number)})",
            lambda: self._conditional(Int(-2, 3), scope, depth),
            lambda: f"{self.some_collection(scope, 0, Int(-2, 3), sets=False)}[{go()}]",
        ])  # fmt: skip

    def truth(self, scope: Scope, depth: int) -> str:
        """A boolean."""
        if depth <= 0:
            return self._leaf(Bool(), scope)

        unions = [each for each in scope if isinstance(each.kind, Union)]
        if unions and self.rng.random() < 0.4:
            return self._of_union(self.rng.choice(unions), scope, depth)

        def go() -> str:
            return self.truth(scope, depth - 1)

        def number() -> str:
            return self.number(scope, depth - 1)

        def order() -> str:
            return self.rng.choice(["<", "<=", ">", ">=", "==", "!="])

        return self._pick([
            lambda: self._leaf(Bool(), scope),
            lambda: f"{number()} {order()} {number()}",
            lambda: f"{number()} {order()} {number()}",
            lambda: f"{number()} < {number()} <= {number()}",
            lambda: f"({go()} {self.rng.choice(['and', 'or'])} {go()})",
            lambda: f"not ({go()})",
            lambda: self._equal(scope, depth),
            lambda: self._equal(scope, depth),
            lambda: self._member(scope, depth),
            lambda: self._subset(scope, depth),
            lambda: f"{self.rng.choice(['all', 'any'])}({self._over(scope, depth, self.truth)})",
            lambda: self._is_none(scope),
            lambda: self._nested(scope, depth),
        ])  # fmt: skip

    def _equal(self, scope: Scope, depth: int) -> str:
        if not scope:
            return "True"
        one = self.rng.choice(scope)
        sign = self.rng.choice(["==", "!="])
        if isinstance(one.kind, Union) and self.rng.random() < 0.6:
            return self._of_union(one, scope, depth)
        if isinstance(one.kind, Enum) and self.rng.random() < 0.4:
            sign = self.rng.choice(["<", ">=", ">", "<="])
        return f"{one.name} {sign} {self.make(one.kind, scope, depth - 1)}"

    def _of_union(self, one: Variable, scope: Scope, depth: int) -> str:
        """What is asked of a union: whether it is a number, or which; whether it is a name."""
        assert isinstance(one.kind, Union)
        number = self.number(scope, depth - 1)
        return self._pick([
            lambda: f"{one.name} in {one.kind.numbers.name}",  # type: ignore[union-attr]
            lambda: f"{one.name} not in {one.kind.names.name}",  # type: ignore[union-attr]
            lambda: f"({one.name} in {one.kind.numbers.name} and {one.name} < {number})",  # type: ignore[union-attr]
            lambda: f"{one.name} == {number}",
            lambda: f"{one.name} in range({number}, 9)",
            lambda: f"{one.name} in {self.some_collection(scope, depth - 1, Int(-2, 3))}",
            lambda: f"{one.name} + 1 > {number}",
        ])  # fmt: skip

    def _member(self, scope: Scope, depth: int) -> str:
        item = self.some_finite()
        many = self.some_collection(scope, depth - 1, item)
        sign = self.rng.choice(["in", "not in"])
        return f"({self.make(item, scope, depth - 1)}) {sign} {many}"

    def _subset(self, scope: Scope, depth: int) -> str:
        kind = Set(self.some_finite())
        sign = self.rng.choice(["<", "<=", ">", ">=", "==", "!="])
        return f"({self.make(kind, scope, depth - 1)}) {sign} ({self.make(kind, scope, depth - 1)})"

    def _is_none(self, scope: Scope) -> str:
        optional = [each.name for each in scope if isinstance(each.kind, Option)]
        if not optional:
            return "True"
        return f"{self.rng.choice(optional)} {self.rng.choice(['is', 'is not', '==', '!='])} None"

    def _nested(self, scope: Scope, depth: int) -> str:
        first, second = self.fresh(), self.fresh()
        item, other = self.some_finite(), self.some_finite()
        outer = self.some_collection(scope, 0, item)
        inside = [*scope, Variable(first, item)]
        inner = self.some_collection(inside, 0, other)
        truth = self.truth([*inside, Variable(second, other)], depth - 1)
        word = self.rng.choice(["all", "any"])
        return f"{word}({truth} for {first} in {outer} for {second} in {inner})"

    def _over(self, scope: Scope, depth: int, make: Callable[[Scope, int], str]) -> str:
        """`element for x in source if condition`."""
        name, item = self.fresh(), self.some_finite()
        source = self.some_collection(scope, depth - 1, item)
        inside = [*scope, Variable(name, item)]
        condition = f" if {self.truth(inside, depth - 1)}" if self.rng.random() < 0.3 else ""
        return f"{make(inside, depth - 1)} for {name} in {source}{condition}"

    # --- collections ------------------------------------------------------------------------

    def some_finite(self) -> Kind:
        finite = [each for each in self.named if isinstance(each, Int | Enum | Union)]
        return self.rng.choice([*finite, Bool(), Int(0, 2)])

    def some_collection(
        self, scope: Scope, depth: int, item: Kind | None = None, *, sets: bool = True
    ) -> str:
        """A list or a set of some items, or all values of a type."""
        found = [
            each.name
            for each in scope
            if isinstance(each.kind, (List, Set) if sets else List)
            and (item is None or alike(each.kind.item, item))
        ]
        if found and self.rng.random() < 0.7:
            return self.rng.choice(found)
        of = item or self.some_finite()
        if sets and self.rng.random() < 0.3:
            return f"({self.make(Set(of), scope, depth)})"
        return f"({self.make(List(of), scope, depth)})"

    def _collection(self, kind: List | Set, scope: Scope, depth: int) -> str:
        item = kind.item

        def go() -> str:
            return self.make(kind, scope, depth - 1)

        def made() -> str:
            name, of = self.fresh(), self.some_finite()
            inside = [*scope, Variable(name, of)]
            element = self.make(item, inside, depth - 1)
            if isinstance(kind, Set):
                element = bounded(item, element)
            condition = f" if {self.truth(inside, depth - 1)}" if self.rng.random() < 0.4 else ""
            return f"{element} for {name} in {self.some_collection(scope, 0, of)}{condition}"

        common: list[Callable[[], str]] = [
            lambda: self._leaf(kind, scope),
            lambda: self._literal(kind, scope, depth - 1),
            lambda: self._conditional(kind, scope, depth),
        ]
        if isinstance(kind, Set):
            return self._pick([
                *common,
                lambda: f"({go()} {self.rng.choice('|&-')} {go()})",
                lambda: f"set({self.make(List(item), [], depth - 1)})",
                lambda: f"set({self.some_collection(scope, depth - 1, item)})",
                lambda: f"{{{made()}}}",
            ])  # fmt: skip
        slices = ["1:", ":-1", ":1", "-1:", "0:2", ":"]
        more: list[Callable[[], str]] = [
            lambda: f"({go()} + {self.make(kind, scope, 0)})",
            lambda: f"({go()})[{self.rng.choice(slices)}]",
            lambda: f"[{made()}]",
        ]
        if isinstance(item, Int | Enum | Union | Bool):
            more += [
                lambda: f"sorted({self.some_collection(scope, depth - 1, item)})",
                lambda: f"list({self.some_collection(scope, depth - 1, item)})",
            ]
        return self._pick([*common, *more])


def alike(one: Kind, other: Kind) -> bool:
    """Whether values of one type may go where the other is wanted."""
    if isinstance(one, Int) and isinstance(other, Int):
        return True
    if isinstance(one, List | Set) and type(one) is type(other):
        return alike(one.item, other.item)  # type: ignore[union-attr]
    return one == other


def bounded(kind: Kind, text: str) -> str:
    """An integer that can be an item of a set: the checker must know its bounds."""
    if isinstance(kind, Int) and kind.low is not None and not text.lstrip("-").isdigit():
        return f"max({kind.low}, min({kind.high}, {text}))"
    return text

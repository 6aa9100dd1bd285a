"""Random specs, wild and small, each from a source of random numbers.

Texts, not trees: they go through the reader and the checker as a user's would. Expressions
are made for a type that is wanted, so most specs are right; what the checker refuses is taken
out line by line (see `fuzz.repair`).
"""

from __future__ import annotations

import random
from collections.abc import Callable

from .expressions import Expressions
from .program import Programs
from .types import Bool, Define, Dict, Enum, Int, Kind, List, Option, Record, Set, Union, Variable

__all__ = ["beside_spec", "plain_spec", "random_spec", "spec_text", "union_spec"]


def spec_text(source: random.Random) -> str:
    """The text of a random spec; the same random numbers give the same text."""
    return _Spec(source).text()


def random_spec(seed: int) -> str:
    """The text of the random spec of a seed."""
    return spec_text(random.Random(seed))


def plain_spec(seed: int) -> str:
    """The same without defines, `initially` and `within`: an older draw, of which some seeds are
    known to show a mistake."""
    return _Spec(random.Random(seed), plain=True).text()


def union_spec(seed: int) -> str:
    """One with a union of integers and names."""
    return _Spec(random.Random(f"union {seed}"), unions=True).text()


def beside_spec(seed: int) -> str:
    """One in which processes do several things at once, and may crash meanwhile."""
    return _Spec(random.Random(f"beside {seed}"), beside=True).text()


class _Spec:
    def __init__(
        self,
        rng: random.Random,
        *,
        plain: bool = False,
        beside: bool = False,
        unions: bool = False,
    ) -> None:
        self.unions = unions
        self.rng = rng
        self.plain = plain
        self.beside = beside
        self.named: dict[str, Kind] = {}
        self.shared: list[Variable] = []
        self.processes: dict[str, int | None] = {}
        self.own: dict[str, list[Variable]] = {}
        self.resources: list[tuple[str, str, int | None, list[Kind]]] = []

    def text(self) -> str:
        self._types()
        lines = ["model: random", "types:"]
        lines += [f"  {name}: {kind.declared}" for name, kind in self.named.items()]
        expressions = Expressions(self.rng, list(self.named.values()))
        count = self.rng.choice([1, 1, 2, 2, 2, 3])
        for i in range(count):
            self.processes[f"p{i}"] = self.rng.choice([None, None, None, 1, 2, 2, 3])
        self.shared = self._variables("v", self.rng.randint(1, 3))
        if self.unions:
            of = self.named["U"]
            more = {"u0": of, "u1": of, "us": Set(of), "ul": List(of), "n": self.named["N"]}
            self.shared += [Variable(name, kind) for name, kind in more.items()]
        for name in self.processes:
            self.own[name] = self._variables("w", self.rng.randint(0, 2), f"{name[1:]}_")
        lines += ["vars:", *self._declared(self.shared, expressions, "  ")]
        lines += self._resources(expressions)
        if not self.plain:
            lines += self._defines(expressions)
        programs = Programs(
            self.rng, expressions, self.shared, self.own, self.processes, self.resources
        )
        programs.beside = self.beside
        if not self.plain and self.rng.random() < 0.25:
            lines += ["initially: |", *(f"  {line}" for line in programs.beginning())]
        lines += ["processes:"]
        for name, many in self.processes.items():
            lines.append(f"  {name}:")
            if many is not None:
                lines.append(f"    count: {many}")
            if self.beside and self.rng.random() < 0.3:
                lines.append("    crashes: 1")
                if self.rng.random() < 0.3:
                    lines.append("    restarts: false")
            if self.own[name]:
                lines += ["    vars:", *self._declared(self.own[name], expressions, "      ")]
            lines += ["    run: |", *(f"      {line}" for line in programs.run(name))]
        if not self.plain and self.rng.random() < 0.2:
            lines.append(f"within: {quoted(programs.formula())}")
        lines += ["properties:"]
        for i in range(self.rng.randint(1, 4)):
            form = self.rng.choice(["always", "always", "never", "finally"])
            formula = programs.formula()
            lines += [f"  f{i}: {{{form}: {quoted(formula)}}}"]
        return "\n".join(lines) + "\n"

    # --- declarations -----------------------------------------------------------------------

    def _types(self) -> None:
        low = self.rng.randint(-2, 1)
        self.named["N"] = Int(low, low + self.rng.randint(0, 3), "N")
        members = ["red", "green", "blue"][: self.rng.randint(1, 3)]
        self.named["E"] = Enum(tuple(members), "E")
        if self.unions:
            numbers, names = self.named["N"], self.named["E"]
            assert isinstance(numbers, Int)
            assert isinstance(names, Enum)
            self.named["U"] = Union(numbers, names, "U")
        fields = {f"f{i}": self._kind(1) for i in range(self.rng.randint(1, 3))}
        self.named["R"] = Record(tuple(fields.items()), "R")

    def _finite(self) -> Kind:
        low = self.rng.randint(-2, 1)
        if self.unions and self.rng.random() < 0.5:
            return self.named["U"]
        return self.rng.choice(
            [self.named["N"], self.named["E"], Bool(), Int(low, low + self.rng.randint(0, 3))]
        )

    def _kind(self, depth: int) -> Kind:
        plain = self._finite()
        if depth <= 0 or self.rng.random() < 0.5:
            return Int(None, None) if self.rng.random() < 0.15 else plain
        makers: list[Callable[[], Kind]] = [
            lambda: List(self._kind(depth - 1)),
            lambda: Set(self._finite()),
            lambda: Dict(self._finite(), self._kind(depth - 1)),
            lambda: Option(self._not_optional(depth - 1)),
            lambda: self.named.get("R", plain),
        ]
        return self.rng.choice(makers)()

    def _not_optional(self, depth: int) -> Kind:
        kind = self._kind(depth)
        return kind.item if isinstance(kind, Option) else kind

    def _variables(self, letter: str, number: int, infix: str = "") -> list[Variable]:
        return [Variable(f"{letter}{infix}{i}", self._kind(2)) for i in range(number)]

    def _declared(self, given: list[Variable], make: Expressions, indent: str) -> list[str]:
        lines = []
        for each in given:
            text = each.kind.text
            if self.rng.random() < 0.5:
                initial = make.constant(each.kind)
                if self.rng.random() < 0.1:
                    initial = f"choose([{initial}, {make.constant(each.kind)}])"
                text += f" = {initial}"
            lines.append(f"{indent}{each.name}: {quoted(text)}")
        return lines

    def _defines(self, make: Expressions) -> list[str]:
        lines, made = [], []
        for number in range(self.rng.choice([0, 0, 0, 1, 2, 3])):
            kinds = [self._kind(1) for _ in range(self.rng.choice([0, 1, 1, 2]))]
            given = tuple(Variable(f"a{number}_{i}", kind) for i, kind in enumerate(kinds))
            reads = self.shared if not given or self.rng.random() < 0.4 else []
            kind: Kind = Bool() if self.rng.random() < 0.5 else self._kind(1)
            typed = self.rng.random() < 0.5
            heads = [f"{p.name}: {p.kind.text}" if typed else p.name for p in given]
            body = make.make(kind, [*given, *reads], 2)
            head = f"d{number}({', '.join(heads)})" if given else f"d{number}"
            lines.append(f"  {quoted(head)}: {quoted(body)}")
            made.append(Define(f"d{number}", given, kind, frozenset(v.name for v in reads)))
            make.defines = list(made)
        return ["define:", *lines] if lines else []

    def _resources(self, make: Expressions) -> list[str]:
        lines = []
        for i in range(self.rng.choice([0, 0, 1, 1, 2])):
            name, many = f"r{i}", self.rng.choice([None, None, 2])
            kind = self.rng.choice(
                ["queue", "redis.list", "redis.pubsub", "redis.stream", "redis.string",
                 "redis.hash", "websocket"]
            )  # fmt: skip
            item: Kind = self._kind(1) if self.rng.random() < 0.3 else self._finite()
            if kind == "redis.string" and self.rng.random() < 0.5:
                item = Int(0, 2)
            kinds = [item]
            if isinstance(item, Option):
                kinds = [item.item]
            if kind == "redis.hash":
                kinds = [self._finite(), kinds[0]]
            self.resources.append((name, kind, many, kinds))
            given = ", ".join(each.text for each in kinds)
            lines += [f"  {name}:", f"    kind: {quoted(f'{kind}[{given}]')}"]
            if many is not None:
                lines.append(f"    count: {many}")
            if kind in ("queue", "redis.list", "redis.stream") and self.rng.random() < 0.4:
                lines.append(f"    initially: {quoted(make.constant(List(kinds[0])))}")
            if kind == "queue" and self.rng.random() < 0.5:
                lines.append(f"    bound: {self.rng.randint(1, 2)}")
        return ["resources:", *lines] if lines else []


def quoted(text: str) -> str:
    """A YAML scalar."""
    return '"' + text.replace('"', '\\"') + '"'

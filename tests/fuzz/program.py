"""Random programs: what the processes of a random spec do."""

from __future__ import annotations

import random

from .expressions import Expressions
from .types import Bool, Dict, Enum, Int, Kind, List, Option, Record, Set, Variable

__all__ = ["Programs"]

Resource = tuple[str, str, int | None, list[Kind]]


class Programs:
    """The programs of one spec."""

    def __init__(
        self,
        rng: random.Random,
        make: Expressions,
        shared: list[Variable],
        own: dict[str, list[Variable]],
        processes: dict[str, int | None],
        resources: list[Resource],
    ) -> None:
        self.rng, self.make = rng, make
        self.shared, self.own = shared, own
        self.processes, self.resources = processes, resources
        self.name = ""
        self.labels: dict[str, list[str]] = {}
        self.loops: list[Variable] = []
        self.in_loop = 0
        self.budget = 0
        self.beside = False
        """Whether things are done side by side."""

    def run(self, name: str) -> list[str]:
        """The lines of a process's program."""
        self.name = name
        self.labels[name] = []
        self.loops = []
        self.in_loop = 0
        self.budget = self.rng.randint(2, 7)
        lines = self.block(2)
        if self.rng.random() < 0.3:
            self.budget = 3
            self.in_loop += 1
            lines += ["while True:", *indented(self.block(1))]
            self.in_loop -= 1
        return lines

    def beginning(self) -> list[str]:
        """The lines of a text that makes the first states."""
        self.name, self.own = "", {**self.own, "": self._foreign()}
        scope = [*self.shared, *self.own[""]]
        lines = []
        for _ in range(self.rng.randint(1, 3)):
            lines += self.first(scope, 2)
        del self.own[""]
        return lines

    def first(self, scope: list[Variable], depth: int) -> list[str]:
        roll = self.rng.random()
        if depth <= 0 or roll < 0.4:
            return [self.change(scope, [], top=True)]
        if roll < 0.5:
            return [f"await {self.make.truth(scope, 2)}"]
        if roll < 0.7:
            lines = [f"if {self.make.truth(scope, 2)}:", *indented(self.first(scope, depth - 1))]
            if self.rng.random() < 0.5:
                lines += ["else:", *indented(self.first(scope, depth - 1))]
            return lines
        if roll < 0.85:
            first, other = self.first(scope, depth - 1), self.first(scope, depth - 1)
            return ["either:", *indented(first), "or:", *indented(other)]
        name, item = self.make.fresh(), self.make.some_finite()
        inside = [*scope, Variable(name, item)]
        return [
            f"for {name} in {self.make.domain(item)}:",
            *indented(self.first(inside, depth - 1)),
        ]

    # --- what can be read -------------------------------------------------------------------

    def mine(self) -> list[Variable]:
        scope = [*self.own[self.name], *self.loops]
        if self.processes[self.name] is not None:
            scope.append(Variable("self", Int(0, self.processes[self.name])))
        return scope

    def everything(self) -> list[Variable]:
        return [*self.mine(), *self.shared, *self._foreign(self.name)]

    def _foreign(self, but: str = "") -> list[Variable]:
        found = []
        for name, many in self.processes.items():
            if name != but:
                index = "" if many is None else f"[{self.rng.randrange(many)}]"
                found += [Variable(f"{name}{index}.{v.name}", v.kind) for v in self.own[name]]
        return found

    # --- control ----------------------------------------------------------------------------

    def label(self) -> str:
        label = f"l{len(self.labels[self.name])}"
        self.labels[self.name].append(label)
        return label

    def block(self, depth: int) -> list[str]:
        lines: list[str] = []
        for _ in range(self.rng.randint(1, 3)):
            lines += self.control(depth)
        return lines

    def control(self, depth: int) -> list[str]:
        self.budget -= 1
        if self.beside and depth > 0 and self.rng.random() < 0.4:
            return self.side_by_side(depth)
        if depth <= 0 or self.budget < 0 or self.rng.random() < 0.5:
            return self.step()
        forms = [self.for_, self.if_, self.if_, self.while_, self.either, self.atomic, self.loop]
        return self.rng.choice(forms)(depth)

    def for_(self, depth: int) -> list[str]:
        name = f"i{len(self.loops)}" if self.rng.random() < 0.8 else f"j{self.rng.randrange(9)}"
        if any(each.name == name for each in self.loops):
            return self.step()
        item = self.make.some_finite()
        source = self.rng.choice([
            lambda: f"range({self.rng.randint(0, 1)}, {self.rng.randint(1, 3)})",
            lambda: self.make.domain(item),
            lambda: self.make.constant(List(item)),
            lambda: self.make.some_collection(self.mine(), 1, item),
            lambda: self.make.some_collection(self.mine(), 1, item),
        ])()  # fmt: skip
        kind = Int(0, 2) if source.startswith("range(") else item
        self.loops.append(Variable(name, kind))
        self.in_loop += 1
        body = self.block(depth - 1)
        if self.rng.random() < 0.3:
            body = [f"if {self.make.truth(self.mine(), 1)}:", *indented(body)]
        self.in_loop -= 1
        self.loops.pop()
        return [f"for {name} in {source}:", *indented(body)]

    def if_(self, depth: int) -> list[str]:
        labelled = self.rng.random() < 0.4
        scope = self.everything() if labelled else self.mine()
        head = f"{self.label()}: " if labelled else ""
        lines = [f"{head}if {self.make.truth(scope, 2)}:", *indented(self.inner(depth))]
        if self.rng.random() < 0.3:
            lines += [f"elif {self.make.truth(scope, 2)}:", *indented(self.inner(depth))]
        if self.rng.random() < 0.5:
            lines += ["else:", *indented(self.inner(depth))]
        return lines

    def inner(self, depth: int) -> list[str]:
        if self.in_loop and self.rng.random() < 0.25:
            first = self.step() if self.rng.random() < 0.5 else []
            return [*first, self.rng.choice(["break", "continue"])]
        return self.block(depth - 1)

    def while_(self, depth: int) -> list[str]:
        labelled = self.rng.random() < 0.5
        scope = self.everything() if labelled else self.mine()
        head = f"{self.label()}: " if labelled else ""
        self.in_loop += 1
        body = [*self.step(), *self.block(depth - 1)]
        self.in_loop -= 1
        return [f"{head}while {self.make.truth(scope, 1)}:", *indented(body)]

    def loop(self, depth: int) -> list[str]:
        """`while True` with a way out."""
        self.in_loop += 1
        body = self.block(depth - 1)
        test = self.make.truth(self.mine(), 1)
        self.in_loop -= 1
        way_out = [f"if {test}:", "    break", *self.step()]
        if self.rng.random() < 0.5:
            way_out = ["either:", *indented(self.step()), "or:", *indented([*self.step(), "break"])]
        return ["while True:", *indented([*body, *way_out])]

    def either(self, depth: int) -> list[str]:
        lines = ["either:", *indented(self.inner_first(depth))]
        for _ in range(self.rng.choice([1, 1, 2])):
            lines += ["or:", *indented(self.inner_first(depth))]
        return lines

    def inner_first(self, depth: int) -> list[str]:
        return self.block(depth - 1) if self.rng.random() < 0.5 else [
            *self.step(), *self.inner(depth)
        ]  # fmt: skip

    def side_by_side(self, depth: int) -> list[str]:
        """`both`, or, where no loop is around it, `background`."""
        outer, self.in_loop = self.in_loop, 0
        blocks = [[*self.step(), *self.block(depth - 1)] for _ in range(self.rng.choice([2, 2, 3]))]
        self.in_loop = outer
        if not self.in_loop and self.rng.random() < 0.35:
            body = blocks[0]
            if self.rng.random() < 0.3:
                body = ["while True:", *indented(body)]
            return ["background:", *indented(body)]
        first, *others = blocks
        lines = ["both:", *indented(first)]
        for each in others:
            lines += ["and:", *indented(each)]
        return lines

    def atomic(self, depth: int) -> list[str]:
        del depth
        return ["with atomic:", *indented([*self.step(), *self.step()])]

    # --- steps ------------------------------------------------------------------------------

    def step(self) -> list[str]:
        label = self.label()
        if self.rng.random() < 0.5:
            lines = self.statement(self.everything(), [], 0)
            if len(lines) == 1:
                return [f"{label}: {lines[0]}"]
            return [f"{label}:", *indented(lines)]
        temporaries: list[Variable] = []
        lines = []
        for _ in range(self.rng.randint(1, 3)):
            scope = [*self.everything(), *temporaries]
            lines += self.statement(scope, temporaries, 1)
        return [f"{label}:", *indented(lines)]

    def statement(
        self,
        scope: list[Variable],
        temporaries: list[Variable],
        depth: int,
        *,
        top: bool = True,
    ) -> list[str]:
        roll = self.rng.random()
        if self.resources and roll < 0.35:
            return [self.command(scope)]
        if roll < 0.45:
            return [f"await {self.make.truth(scope, 2)}"]
        if roll < 0.5:
            return ["pass"]
        if depth > 0 and roll < 0.6:
            name = f"t{len(temporaries)}"
            kind: Kind = self.rng.choice([
                Int(0, 3), Bool(), self.make.some_finite(), List(Int(0, 2)),
                *(v.kind for v in scope if v.name != "self"),
            ])  # fmt: skip
            line = f"{name} = {self.make.make(kind, scope, 2)}"
            temporaries.append(Variable(name, kind))
            return [line]
        if depth > 0 and roll < 0.68:
            lines = [f"if {self.make.truth(scope, 2)}:"]
            lines += indented(self.statement(scope, list(temporaries), 0, top=False))
            if self.rng.random() < 0.5:
                orelse = self.statement(scope, list(temporaries), 0, top=False)
                lines += ["else:", *indented(orelse)]
            return lines
        if depth > 0 and roll < 0.76:
            return self.for_inside(scope)
        return [self.change(scope, temporaries, top=top)]

    def for_inside(self, scope: list[Variable]) -> list[str]:
        name, item = self.make.fresh(), self.make.some_finite()
        source = self.make.domain(item)
        if self.rng.random() < 0.6:
            source = self.make.some_collection(scope, 1, item)
        inside = [*scope, Variable(name, item)]
        body = [self.change(inside, [])]
        if self.rng.random() < 0.4:
            body = [f"if {self.make.truth(inside, 1)}:", *indented(body)]
        return [f"for {name} in {source}:", *indented(body)]

    def change(
        self, scope: list[Variable], temporaries: list[Variable], *, top: bool = False
    ) -> str:
        """A statement that changes a variable, or a part of it."""
        places = [*self.shared, *self.own[self.name], *temporaries]
        target = self.rng.choice(places)
        place, kind = self.part_of(target.name, target.kind, scope)
        value = self.make.make(kind, scope, 2)
        roll = self.rng.random()
        if top and roll < 0.15 and kind == target.kind:
            source = f"[{value}, {self.make.make(kind, scope, 1)}]"
            if isinstance(kind, Int | Enum | Bool) and self.rng.random() < 0.5:
                source = self.make.some_collection(scope, 1, kind)
            return f"{place} = choose({source})"
        if roll < 0.5:
            match kind:
                case List(item):
                    return self.rng.choice([
                        f"{place}.append({self.make.make(item, scope, 1)})",
                        f"{place}.append({self.make.make(item, scope, 1)})",
                        f"{place}.extend({value})", f"{place}.clear()", f"{place} += {value}",
                    ])  # fmt: skip
                case Set(item):
                    method = self.rng.choice(["add", "add", "discard", "remove"])
                    change = f"{place}.{method}({self.make.make(item, scope, 1)})"
                    sign = self.rng.choice("|&-")
                    return self.rng.choice([change, change, f"{place} {sign}= {value}"])
                case Int():
                    sign = self.rng.choice(["+", "-", "+", "*", "//", "%"])
                    return f"{place} {sign}= {self.make.number(scope, 1)}"
        return f"{place} = {value}"

    def part_of(self, name: str, kind: Kind, scope: list[Variable]) -> tuple[str, Kind]:
        """A place: the variable, or an item or field of it."""
        while self.rng.random() < 0.5:
            match kind:
                case List(item):
                    index = self.rng.choice(["0", "-1", "1", self.make.number(scope, 1)])
                    name, kind = f"{name}[{index}]", item
                case Dict(key, item):
                    name, kind = f"{name}[{self.make.make(key, scope, 1)}]", item
                case Record(fields):
                    field, kind = self.rng.choice(fields)
                    name = f"{name}.{field}"
                case _:
                    break
        return name, kind

    # --- commands ---------------------------------------------------------------------------

    def command(self, scope: list[Variable]) -> str:
        """A call of a command, its answer kept if something can hold it."""
        name, kind, many, kinds = self.rng.choice(self.resources)
        index = ""
        if many is not None:
            index = self.rng.choice(["[0]", "[1]", f"[({self.make.number(scope, 1)}) % 2]"])
            if self.processes[self.name] is not None and self.rng.random() < 0.4:
                index = "[self]"
        item = kinds[-1]
        value = self.make.make(item, scope, 1)
        key = self.make.make(kinds[0], scope, 0)
        number = str(self.rng.randint(-2, 2))
        bounds = f"{self.rng.randint(-2, 2)}, {self.rng.randint(-2, 2)}"
        entries, length = None, Int(None, None)
        commands: dict[str, list[tuple[str, Kind | None]]] = {
            "queue": [(f"put({value})", None), ("get()", item), ("try_get()", Option(item)),
                      ("size()", length)],
            "redis.list": [(f"rpush({value})", length), (f"lpush({value})", length),
                           (f"lrange({bounds})", List(item)), ("llen()", length),
                           ("lpop()", Option(item)), ("rpop()", Option(item)), ("blpop()", item),
                           (f"ltrim({bounds})", None)],
            "redis.pubsub": [("subscribe()", None), ("unsubscribe()", None),
                             (f"publish({value})", length), ("get_message()", item)],
            "redis.stream": [(f"xadd({value})", length), (f"xread({number})", entries),
                             ('xread("$")', entries), (f"xrange({bounds})", entries),
                             ("xrange()", entries), ("xlen()", length),
                             (f"xtrim({number})", length)],
            "redis.string": [("get()", Option(item)), (f"set({value})", None),
                             (f"setnx({value})", Bool()), ("incr()", length)],
            "redis.hash": [(f"hget({key})", Option(item)), (f"hset({key}, {value})", length),
                           (f"hincrby({key}, {number})", length)],
            "websocket": [(f"send({value})", Bool()), ("recv()", item),
                          (f"send_all({self.make.make(List(item), scope, 1)})", Bool()),
                          ("close()", None), ("is_open()", Bool())],
        }  # fmt: skip
        call, answer = self.rng.choice(commands[kind])
        return self.kept(f"{name}{index}.{call}", answer)

    def kept(self, call: str, answer: Kind | None) -> str:
        if 'xread("$")' in call:
            lists = [v.name for v in self.places() if isinstance(v.kind, List)]
            return f"{self.rng.choice(lists)} = [e.value for e in {call}]" if lists else call
        if "xr" in call and self.rng.random() < 0.7:
            lists = [v.name for v in self.places() if isinstance(v.kind, List)]
            return f"{self.rng.choice(lists)} = [e.value for e in {call}]" if lists else call
        if answer is None or self.rng.random() < 0.25:
            return call
        match answer:
            case Bool() if self.rng.random() < 0.3:
                return f"await {call}"
            case Int() if self.rng.random() < 0.3:
                return f"await {call} {self.rng.choice(['==', '<', '>='])} {self.rng.randint(0, 2)}"
        fitting = []
        for each in self.places():
            match each.kind:
                case Int() if isinstance(answer, Int):
                    fitting.append(f"{each.name} = min({call}, {each.kind.high or 3})")
                case List(item) if item == answer or Option(item) == answer:
                    fitting.append(f"{each.name}.append({call})")
                case Set(item) if item == answer or Option(item) == answer:
                    fitting.append(f"{each.name}.add({call})")
                case kind if kind == answer or Option(kind) == answer or kind == Option(answer):
                    fitting.append(f"{each.name} = {call}")
        return self.rng.choice(fitting) if fitting else call

    def places(self) -> list[Variable]:
        return [*self.shared, *self.own[self.name]]

    # --- properties -------------------------------------------------------------------------

    def formula(self) -> str:
        """A truth about everything; asked after all programs are written."""
        scope = [*self.shared, *self._foreign()]
        roll = self.rng.random()
        name, many = self.rng.choice(list(self.processes.items()))
        here = name if many is None else f"{name}[{self.rng.randrange(many)}]"
        place = f"done({here})"
        labels = self.labels[name]
        if labels and self.rng.random() < 0.6:
            place = f"at({here}, {self.rng.choice(labels)})"
        if roll < 0.2:
            return place
        if roll < 0.4:
            return f"{place} or {self.make.truth(scope, 2)}"
        if roll < 0.55:
            own = [Variable(f"q.{v.name}", v.kind) for v in self.own[name]]
            word = self.rng.choice(["all", "any"])
            inner = self.make.truth([*own, *scope], 2)
            if labels and self.rng.random() < 0.4:
                inner += f" or at(q, {self.rng.choice(labels)})"
            return f"{word}({inner} for q in {name})"
        return self.make.truth(scope, 3)


def indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]

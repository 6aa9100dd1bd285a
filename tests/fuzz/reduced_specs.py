"""Random specs from which much can be left out, or seems so: texts, as a user would write them.

Processes with several alike instances and others beside them, which do much that has nothing to do
with what the others do, and some that has: over values that are shared, over data by instance
(dictionaries, sets, resources), over queues, channels and locks. What tells alike instances apart
comes in now and then: a property that names one, an order of them, a number that is added to.
Loops, choices, things side by side, errors, several initial states; faults come from `faulty`.
What the checker refuses is taken out line by line (see `fuzz.repair`).
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

__all__ = ["random_reducible", "small_reducible"]

_RESOURCE = re.compile(r"  (\w+): \{kind: ")
_WAITS = re.compile(r"await|\.get\(|blpop|get_message")
_NAME = re.compile(r"\b\w+(?=[.\[])")

ALONE = ("m = 1 - m", "m = 1", "pass", "k = min(k + 1, 2)", "m = k % 2", "k = 2 - k")
"""Nobody else is concerned."""
SHARED = (
    "x = m", "x = 1", "x = min(x + 1, 3)", "m = x % 2", "f = not f", "f = True", "x = 3 - x",
    "await f", "await x > 0", "await x != 2", "m = 1 if f else 0", "z.append(m)", "z.append(1)",
    "k = min(len(z), 2)", "s.add(m)", "x = len(s)", "await len(z) > 0",
)  # fmt: skip
COMMANDS = (
    "q.put(m)", "q.put(1)", "m = q.get()", "b.put(m)", "m = b.get()", "h.rpush(m)", "h.lpush(1)",
    "m = h.blpop()", "k = min(h.llen(), 2)", "h.lrem(1, m)", "c.publish(m)", "c.publish(1)",
    "c.subscribe()", "m = c.get_message()", "c.unsubscribe()", "t.set(m)", "o = t.get()",
    "f = t.setnx(m)", "await t.setnx(1)", "t.delete()", "u.sadd(m)", "u.srem(1)",
    "k = u.scard()", "w.xadd(m)", "k = min(w.xlen(), 2)", "a.hset(m, 1)", "n = a.hget(m)",
    "o = q.try_get()", "k = min(c.publish(m), 2)",
)  # fmt: skip
ENTITLED = (
    "d[self] = m", "m = d[self]", "d[self] = 1", "e.add(self)", "await self in e", "e = {self}",
    "await self not in e", "who = self", "await who == self", "await who is None", "who = None",
    "await who != self", "mine[self].put(m)", "m = mine[self].get()", "line.put(self)",
    "who = line.get()", "lock.set(self)", "await lock.setnx(self)", "who = lock.get()",
    "if lock.get() == self: lock.delete()", "ids.rpush(self)", "who = ids.lpop()", "f = self in e",
    "other = who", "await other != self", "if other is not None: d[other] = 1",
    "for each in e: d[each] = 0", "m = 1 if d[self] == 1 else 0", "e.discard(self)",
    "e = e - {self}", "z.append(d[self])", "mine[self].put(1)",
    "if who is not None: mine[who].put(m)",
)  # fmt: skip
"""What instances do as such: with what belongs to them, or with who they are."""
UNLIKE = (
    "if self == 0: x = 1", "x = self", "k = self", "await self > 0 or f", "d[0] = 1", "who = 1",
    "if self < 1: f = True", "who = min(e) if len(e) > 0 else None", "mine[0].put(1)", "m = d[1]",
    "for each in Id: d[each] = min(d[each] + 1, 1)", "x = sum(d[each] for each in Id)",
    "z = [d[each] for each in Id]", "e = set(each for each in Id if each != self)",
    "if who is not None: x = who", "d[(self + 1) % COUNT] = 1",
    "await all(d[each] == 0 for each in Id)", "await count(d[each] == 1 for each in Id) < COUNT",
)  # fmt: skip
"""What may tell them apart, and what only looks so."""
ERRORS = ("x = [1, 0][x]", "x = 2 // x", "x = x + 1", "m = k", "h.lset(0, 1)", "m = z[0]")

STATES = (
    "x < 3", "x == 0 or f", "len(z) < 2", "not (f and x == 1)", "x != 2", "len(q.items) < 2",
    "len(h.items) < 2", "len(s) < 2", "t.value is None or x == 0", "len(u.members) < 2",
    "len(c.subscribed) < 2", "z == sorted(z)", "2 // (3 - x) < 3",
)  # fmt: skip
OF_ALL = (
    "count({p}.m == 1 for {p} in {ps}) < 2", "all(done({p}) for {p} in {ps})",
    "any({p}.k == 2 for {p} in {ps})", "count(at({p}, {label}) for {p} in {ps}) < 2",
    "sum({p}.k for {p} in {ps}) < 3", "count(d[each] == 1 for each in Id) < 2", "len(e) < 2",
    "who is None", "all(len(mine[each].items) == 0 for each in Id)", "len(line.items) < 2",
    "lock.value is None", "who is None or who in e", "all(each in e for each in Id)",
    "len(ids.items) == len(set(ids.items))", )  # fmt: skip
OF_ONE = (
    "{ps}[0].m == 1", "not done({ps}[1])", "at({ps}[0], {label})", "d[0] == 0", "0 in e",
    "who == 1", "line.items == [0, 1]", "lock.value == 0", "len(mine[1].items) == 0",
    "ids.items == [0, 1]", "[{p}.m for {p} in {ps}] == [0, 1]", "sum(e) < 1",
    "{ps}[0].k <= {ps}[1].k",
)  # fmt: skip
STEPS = (
    "x >= old(x)", "f == old(f) or x != old(x)", "len(z) >= len(old(z))", "old(f)",
    "not old(f) or f", "old(x) != 2 or x != 1", "len(e) >= len(old(e))", "d[0] >= old(d[0])",
    "x < 2",
)  # fmt: skip
DEFINES = (
    "x", "len(z)", "f", "{n for n in range(2) if n in s}", "count(d[each] == 1 for each in Id)",
    "len(e)", "z", "len(q.items)", "len(h.items)", "sum({p}.m for {p} in {ps})", "who is None",
    "count(done({p}) for {p} in {ps})", "e", "who", "{ps}[0].m", "d[1]",
)  # fmt: skip
PREFERRED = ("x", "3 - x", "len(z)", "len(e)", '"d[0]"', '"1 - d[1]"', "sum(e)")
FIRST = ("0", "0", "0", "choose([0, 1])", "choose([0, 2])")


def random_reducible(seed: int) -> str:
    """The text of a random spec; the same seed gives the same text."""
    return _Spec(random.Random(f"reducible {seed}")).text()


def small_reducible(seed: int) -> str:
    """One with so few steps that something may go wrong beside them."""
    return _Spec(random.Random(f"small {seed}"), small=True).text()


class _Spec:
    def __init__(self, draw: random.Random, *, small: bool = False) -> None:
        self.draw = draw
        self.small = small
        self.count = 2 if small else draw.choice((2, 2, 2, 3, 3))
        self.failing = draw.random() < 0.15
        self.beside = draw.random() < 0.15
        self.round = draw.random() < 0.2
        """Whether something may go round."""
        self.unlike = draw.random() < 0.3
        self.labels: dict[str, list[str]] = {}
        self.unused: set[str] = set()
        pools = [SHARED, COMMANDS, ENTITLED]
        self.pool = [
            each for pool in pools for each in draw.sample(pool, draw.choice((0, 2, 4, 7)))
        ]
        self.alone = draw.choice((0.2, 0.4, 0.6))
        """How much of what is done concerns nobody else."""

    def text(self) -> str:
        draw = self.draw
        lines = ["model: reducible", f"constants: {{COUNT: {self.count}}}"]
        lines += ["types: {Id: 0..COUNT - 1, N: 0..1}"]
        lines += [f"vars: {{x: '0..3 = {draw.choice(FIRST)}', f: bool, z: 'list[N]', s: 'set[N]',"]
        lines += ["  d: 'dict[Id, N]', e: 'set[Id]', who: 'Id?'}"]
        if draw.random() < 0.15:
            lines += ["initially: |", *self._beginning()]
        lines += [
            "resources:", "  q: {kind: 'queue[N]'}", "  b: {kind: 'queue[N]', bound: 1}",
            "  h: {kind: 'redis.list[N]'}", "  c: {kind: 'redis.pubsub[N]'}",
            "  t: {kind: 'redis.string[N]'}", "  u: {kind: 'redis.set[N]'}",
            "  w: {kind: 'redis.stream[N]'}", "  a: {kind: 'redis.hash[N, N]'}",
            "  mine: {kind: 'queue[N]', count: COUNT}", "  line: {kind: 'queue[Id]'}",
            "  lock: {kind: 'redis.string[Id]'}", "  ids: {kind: 'redis.list[Id]'}", "processes:",
        ]  # fmt: skip
        names = draw.choice(
            (("p",), ("p", "r"))
            if self.small
            else (("p",), ("p",), ("p", "r"), ("p", "r"), ("p", "g"), ("p", "r", "v"))
        )
        for name in names:
            lines += self._process(name)
        return "\n".join([*self._used(lines), *self._wanted()]) + "\n"

    def _used(self, lines: list[str]) -> list[str]:
        """The lines without the resources that nobody uses."""
        begins = lines.index("processes:")
        programs = "\n".join(lines[begins:])
        kept = []
        for line in lines[:begins]:
            if (resource := _RESOURCE.match(line)) is None or resource[1] in _names(programs):
                kept.append(line)
            else:
                self.unused.add(resource[1])
        if not _RESOURCE.match(kept[-1]):
            kept.remove("resources:")
        return [*kept, *lines[begins:]]

    def _beginning(self) -> list[str]:
        draw = self.draw
        return draw.choice((
            ["  for each in Id:", "      d[each] = choose([0, 1])"],
            ["  either:", "      x = 1", "  or:", "      f = True"],
            ["  d[0] = 1"], ["  who = choose(Id)"], ["  for each in p: each.m = choose([0, 1])"],
            ["  e = {each for each in Id}"], ["  p[0].m = 1"],
        ))  # fmt: skip

    # --- processes ----------------------------------------------------------------------------

    def _process(self, name: str) -> list[str]:
        draw = self.draw
        several = name in ("p", "g")
        self.labels[name] = []
        lines = [f"  {name}:", *(["    count: COUNT"] if several else [])]
        if draw.random() < 0.05:
            lines.append(f"    fairness: {draw.choice(('strong', 'none'))}")
        if several and draw.random() < 0.04:
            lines.append("    connection: main")
        lines += ["    vars: {m: N, k: 0..2, o: 'N?', n: 'N?', other: 'Id?'}", "    run: |"]
        few = several and self.count > 2
        length = draw.choice((1, 1, 2) if self.small else (1, 2, 2) if few else (2, 2, 3, 3))
        return lines + [f"      {row}" for row in self._program(name, length)]

    def _program(self, name: str, length: int) -> list[str]:
        draw = self.draw
        rows = [row for _ in range(length) for row in self._statement(name, 1)]
        if draw.random() < (0.4 if self.round else 0.1):
            return ["while True:", *_inside(rows)]
        if draw.random() < 0.1:
            head = f"for turn in range({draw.choice((1, 2))}):"
            return [head, *_inside(rows)]
        return rows

    def _statement(self, name: str, depth: int) -> list[str]:
        draw = self.draw
        form = draw.random() if depth else 1.0
        if form < 0.1:
            one, other = (self._statement(name, depth - 1) for _ in range(2))
            word = "or timeout" if draw.random() < 0.1 else "or"
            return ["either:", *_inside(one), f"{word}:", *_inside(other)]
        if form < 0.2:
            asked = draw.choice(("m == 0", "f", "x > 0", "k == 0", "self == 0", "self in e"))
            return [f"{self._label(name)}: if {asked}:", *_inside(self._statement(name, depth - 1))]
        if form < 0.24 and self.round:
            asked = draw.choice(("m == 0", "not f", "x == 0", "k < 2"))
            return [f"{self._label(name)}: while {asked}:", *_inside(self._statement(name, 0))]
        if form < 0.36 and self.beside:
            one, other = (self._statement(name, depth - 1) for _ in range(2))
            if draw.random() < 0.4:
                return ["background:", *_inside(one), *other]
            return ["both:", *_inside(one), "and:", *_inside(other)]
        if form < 0.28:
            return ["for i in N:", *_inside([f"{self._label(name)}: {self._act(name)}"])]
        return self._step(name)

    def _step(self, name: str) -> list[str]:
        acts = [self._act(name) for _ in range(self.draw.choice((1, 1, 1, 2)))]
        if not self.labels[name] and self.draw.random() < 0.7:
            # Where everybody waits at once, nothing happens at all.
            acts = [each for each in acts if not _WAITS.search(each)] or [self.draw.choice(ALONE)]
        if len(acts) == 1 and ": " not in acts[0]:
            return [f"{self._label(name)}: {acts[0]}"]
        return [f"{self._label(name)}:", *_inside(acts)]

    def _act(self, name: str) -> str:
        draw = self.draw
        if self.failing and draw.random() < 0.2:
            return draw.choice(ERRORS)
        if name != "r" and self.unlike and draw.random() < 0.15:
            return draw.choice(UNLIKE)
        if not self.pool or draw.random() < self.alone:
            return draw.choice(ALONE)
        act = draw.choice(self.pool)
        if name in ("r", "v"):
            # It is none of the alike ones: it speaks of one of them, or of who has been named.
            act = act.replace("self", draw.choice(("0", "1", "who")))
        return act

    def _label(self, name: str) -> str:
        label = f"{name}{len(self.labels[name])}"
        self.labels[name].append(label)
        return label

    # --- properties ---------------------------------------------------------------------------

    def _wanted(self) -> list[str]:
        draw = self.draw
        lines = ["define:"]
        for number in range(draw.choice((0, 1, 2))):
            lines.append(f"  d{number}: {_quoted(self._filled(self._one_of(DEFINES)))}")
        if draw.random() < 0.05:
            lines.insert(0, f"within: {_quoted(self._filled(draw.choice(STATES)))}")
        lines.append("properties:")
        forms = ("always", "never", "finally", "finally", "finally", "possible", "each_step")
        for number in range(draw.choice((1, 1, 2, 3))):
            form = draw.choice(forms) if draw.random() < 0.93 else "eventually"
            said = draw.choice(STEPS) if form == "each_step" else self._formula()
            lines += [f"  w{number}:", f"    {form}: {_quoted(self._filled(said))}"]
            if draw.random() < 0.1 and form != "possible":
                lines.append(f"    prefer: [{draw.choice(PREFERRED)}]")
        if draw.random() < 0.03:
            lines += ["  leads:", f"    leads_to: {{after: f, comes: {_quoted('x > 0')}}}"]
        return lines if lines[0] != "define:" or lines[1] != "properties:" else lines[1:]

    def _formula(self) -> str:
        draw = self.draw
        roll = draw.random()
        pool = OF_ONE if roll < 0.2 else OF_ALL if roll < 0.6 else STATES
        made = self._one_of(pool)
        if draw.random() < 0.25:
            made = f"({made}) {draw.choice(('and', 'or'))} ({self._one_of(STATES)})"
        return made

    def _one_of(self, texts: Sequence[str]) -> str:
        """One that speaks of no resource that is not there."""
        return self.draw.choice([each for each in texts if not _names(each) & self.unused])

    def _filled(self, text: str) -> str:
        labels = self.labels["p"] or ["p0"]
        name = self.draw.choice([each for each in ("p", "g") if each in self.labels])
        label = self.draw.choice(self.labels[name] or labels)
        return text.replace("{ps}", name).replace("{p}", "c1").replace("{label}", label)


def _names(text: str) -> set[str]:
    """What is named with something of it."""
    return {*_NAME.findall(text)}


def _quoted(text: str) -> str:
    return f'"{text}"'


def _inside(rows: Sequence[str]) -> list[str]:
    return [f"    {row}" for row in rows]

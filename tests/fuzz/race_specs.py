"""Random specs of processes that race: texts, as a user would write them.

Two to four processes over little data, with loops of different lengths, free choices, waiting,
run-time errors, runs without an end, several initial states and a kind of one's own. What the
checker refuses of them is taken out line by line (see `fuzz.repair`).
"""

from __future__ import annotations

import random
from collections.abc import Sequence

__all__ = ["WANTED", "random_race"]

WANTED = "wanted"
"""The property that a random spec has beside the built-in ones."""

ACTS = (
    "x = 1", "x = x + 1 if x < 3 else x", "x = y", "y = x", "y = 2", "m = x", "m = 2",
    "m = choose({0, 1, 2})", "q.put(1)", "q.put(m)", "m = q.get()", "h.rpush(1)", "h.rpush(m)",
    "k = h.lrange(0, -1)", "m = h.blpop()", "c.publish(1)", "c.publish(2)", "c.subscribe()",
    "m = c.get_message()", "s.set(1)", "o = s.get()", "await x > 0", "await len(k) > 0",
    "k = []", "k.append(m)", "g.raise_flag()", "m = g.wait_for()", "m = g.lower()", "x = g.value",
)  # fmt: skip
ERRORS = ("x = k[0]", "m = 2 // x", "m = x + m", "y = 1 // y", "k.pop()")
TURNS = (
    "if {i} == 1: x = 1", "if {i} == 0 and y == 0: x = 2", "x = {i}", "m = {i}",
    "if y == {i}: x = 1", "y = {i} + 1", "k.append({i})",
)  # fmt: skip
FORMULAS = (
    "x == 1", "m == 1", "len(k) != 1", "y != 2", "x == y", "p[0].m == 0", "q0.m == x",
    "p[0].m != 1 or x != 1", "len(p[0].k) == len(set(p[0].k))", "p[0].k == sorted(p[0].k)",
    "at(q0, a0)", "done(q0)", "not (q0.m == 1 and y == 2)", "p[0].o is None", "x != 1",
    "x != 2 and y != 2", "q0.m != 1 and x != 1", "2 // x > 0", "1 // (x - y) < 2", "g.value < 2",
)  # fmt: skip


def random_race(seed: int) -> str:
    """The text of a random spec; the same seed gives the same text."""
    return _Race(random.Random(seed)).text()


class _Race:
    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        self.wild = draw.random() < 0.3
        """Whether steps may fail."""
        self.acts: Sequence[str] = draw.sample(ACTS, draw.choice((4, 8, len(ACTS))))

    def text(self) -> str:
        draw = self.draw
        lines = ["model: race", "kinds: [own.yaml]", "types: {N: 0..3}"]
        first = draw.choice(("N", "N", "N", "N", "'N = choose([0, 1])'"))
        lines += [f"vars: {{x: {first}, y: N}}", "resources:"]
        lines += ["  q: {kind: 'queue[N]'}", "  h: {kind: 'redis.list[N]'}"]
        lines += ["  c: {kind: 'redis.pubsub[N]'}", "  s: {kind: 'redis.string[N]'}"]
        lines += ["  g: {kind: own.flag}", "processes:"]
        instances = (("p", draw.choice((1, 1, 2))), ("q0", 0), ("r0", 0), ("s0", 0))
        for name, count in instances[: draw.choice((2, 2, 3, 3, 4))]:
            lines += [f"  {name}:", *([f"    count: {count}"] if count else [])]
            lines += ["    vars: {m: N, k: 'list[N]', o: 'N?', going: 'bool = True'}", "    run: |"]
            rows = self._program("a", 0)
            end = draw.random()
            if end < 0.12:
                rows += ["while True:", f"    again: {self._act()}"]
            elif end < 0.22:
                spin = ["either:", f"    spin: {self._act()}", "or:", "    stop: going = False"]
                rows += ["while going:", *_inside(spin)]
            lines += [f"      {row}" for row in rows]
        kind = draw.choice(("always", "never", "finally", "finally"))
        lines += ["properties:", f'  {WANTED}: {{{kind}: "{draw.choice(FORMULAS)}"}}']
        return "\n".join(lines) + "\n"

    def _act(self) -> str:
        if self.wild and self.draw.random() < 0.25:
            return self.draw.choice(ERRORS)
        return self.draw.choice(self.acts)

    def _program(self, name: str, depth: int) -> list[str]:
        rows: list[str] = []
        for number in range(self.draw.choice((1, 1, 2, 2, 3)) if depth == 0 else 1):
            rows += self._statement(f"{name}{number}", number, depth)
        return rows

    def _statement(self, label: str, number: int, depth: int) -> list[str]:
        draw = self.draw
        form = draw.random() if depth == 0 else 1.0
        if form < 0.16:
            turn = f"i{number}"
            first = draw.choice((0, 0, 1))
            head = f"for {turn} in range({first}, {draw.choice((1, 2, 3))}):"
            act = draw.choice((*TURNS, "")).format(i=turn) or self._act()
            rest = self._program(f"{label}_", 1) if draw.random() < 0.3 else []
            if draw.random() < 0.2:
                rest += ["either:", f"    {label}quit: pass", "    break", "or:",
                         f"    {label}on: pass"]  # fmt: skip
            return [head, *_inside([f"{label}: {act}" if ":" not in act else f"{label}:",
                                    *([f"    {act}"] if ":" in act else []), *rest])]  # fmt: skip
        if form < 0.26:
            left, right = (self._program(f"{label}{end}", 1) for end in ("_", "__"))
            return ["either:", *_inside(left), "or:", *_inside(right)]
        if form < 0.32:
            return [f"{label}: if x > 0:", *_inside(self._program(f"{label}_", 1))]
        if form < 0.38:
            joined = [f"{label}_{i}: {self._act()}" for i in range(2)]
            return ["with atomic:", *_inside(joined)]
        if form < 0.45:
            return [f"{label}:", *_inside([self._act(), f"if x == {draw.choice((1, 2))}:",
                                           f"    {self._act()}"])]  # fmt: skip
        return [f"{label}: {self._act()}"]


def _inside(rows: Sequence[str]) -> list[str]:
    return [f"    {row}" for row in rows]

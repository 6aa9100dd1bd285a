"""Random small specs of processes that share variables and queues, and who touches what.

Each statement is drawn together with what it reads and writes, so that whoever judges an order
need not ask the tool about it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Drawn", "Touched", "drawn_spec"]


@dataclass(frozen=True)
class Touched:
    """What a statement reads and writes; `puts` and `takes`: a queue, or ""."""

    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    puts: str = ""
    takes: str = ""


Statement = tuple[str, str, str, str, str]
"""Its text, what it reads, what it writes, into which queue it puts, and from which it takes."""
STATEMENTS: tuple[Statement, ...] = (
    ("x = 1", "", "x", "", ""), ("x = 2", "", "x", "", ""), ("y = 1", "", "y", "", ""),
    ("x = y", "y", "x", "", ""), ("y = x", "x", "y", "", ""), ("x = 2 - x", "x", "x", "", ""),
    ("await x > 0", "x", "", "", ""), ("await y == 0", "y", "", "", ""), ("m = x", "x", "", "", ""),
    ("m = y", "y", "", "", ""), ("y = m", "", "y", "", ""), ("pass", "", "", "", ""),
    ("m = choose([0, 1])", "", "", "", ""), ("x = choose([0, 2])", "", "x", "", ""),
    ("q.put(1)", "", "", "q", ""), ("q.put(m)", "", "", "q", ""), ("m = q.get()", "", "", "", "q"),
    ("x = q.get()", "", "x", "", "q"), ("q.put(x)", "x", "", "q", ""),
    ("r.put(1)", "", "", "r", ""), ("m = r.get()", "", "", "", "r"),
    ("await m == 0", "", "", "", ""),
)  # fmt: skip


@dataclass
class Drawn:
    """A spec, and by (process, label) what its steps touch. `seen`: the labels of those that a
    proxy sees."""

    text: str = ""
    touched: dict[tuple[str, str], Touched] = field(default_factory=dict)
    seen: frozenset[tuple[str, str]] = frozenset()


def drawn_spec(seed: int, *, loops: bool = False) -> Drawn:
    """A random spec; the same seed gives the same. `loops`: with some that may go round as often as
    they like, and everything is seen."""
    draw = random.Random(seed)
    drawn = Drawn()
    pool = draw.sample(STATEMENTS, draw.choice((4, 7, len(STATEMENTS))))
    lines = ["model: orders", "vars: {x: 0..2, y: 0..2}", "resources:"]
    lines += ["  q: {kind: 'queue[0..2]'}", "  r: {kind: 'queue[0..2]'}", "processes:"]
    for name in ("a", "b", "c")[: draw.choice((2, 2, 3))]:
        rows: list[str] = []
        for number in range(draw.choice((1, 2, 2, 3))):
            rows += _rows(draw, drawn, name, f"{name}{number}", pool, loops=loops)
        lines += [f"  {name}:", "    vars: {m: 0..2}", "    run: |"]
        lines += [f"      {row}" for row in rows]
    drawn.text = "\n".join([*lines, "properties:", "  small: {always: x < 3}"]) + "\n"
    share = 1.0 if loops else draw.choice((0.3, 0.6, 1.0))
    drawn.seen = frozenset(each for each in drawn.touched if draw.random() < share)
    return drawn


def _rows(
    draw: random.Random, drawn: Drawn, name: str, label: str, pool: Sequence[Statement],
    *, loops: bool,
) -> list[str]:  # fmt: skip
    form = draw.random()
    if form < 0.15:
        left, right = (
            _rows_of_one(draw, drawn, name, f"{label}_{end}", pool) for end in ("l", "r")
        )
        return ["either:", f"    {left}", "or:", f"    {right}"]
    if loops and form < 0.4:
        again = _rows_of_one(draw, drawn, name, f"{label}_a", pool)
        drawn.touched[name, f"{label}_q"] = Touched()
        return ["while True:", "    either:", f"        {again}", "    or:",
                f"        {label}_q: pass", "        break"]  # fmt: skip
    return [_rows_of_one(draw, drawn, name, label, pool)]


def _rows_of_one(
    draw: random.Random, drawn: Drawn, name: str, label: str, pool: Sequence[Statement]
) -> str:
    text, reads, writes, puts, takes = draw.choice(pool)
    drawn.touched[name, label] = Touched(
        frozenset(reads.split()), frozenset(writes.split()), puts, takes
    )
    return f"{label}: {text}"

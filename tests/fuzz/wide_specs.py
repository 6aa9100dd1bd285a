"""Random specs whose values take hundreds or thousands of bits: texts, as a user would write them.

Sets of records, lists of lists, dictionaries of either, negative ranges, integers without bounds
and choices among hundreds: what a processor has no number for. Some steps fail. What the checker
refuses is taken out line by line (see `fuzz.repair`).
"""

from __future__ import annotations

import random

__all__ = ["random_wide"]

TYPES = """\
types:
  Few: 0..2
  Low: -5..6
  Rec: {a: -2..4, b: 0..3, c: "enum(red, green, blue)"}
  Big: {a: 0..15, b: -8..7, on: bool}
  Many: 0..%d
"""
VARIABLES = {
    "recs": "list[Rec]", "bigs": "set[Big]", "many": "set[Many]", "lows": "list[Low]",
    "ints": "list[int]", "total": "int", "grid": "dict[Few, list[Rec]]",
    "sets": "dict[Few, set[Many]]", "deep": "dict[Few, dict[Few, list[Low]]]",
    "table": "list[set[Rec]]", "spare": "list[Rec]", "others": "set[Many]",
}  # fmt: skip
ACTS = (
    "recs.append({a: c - 2, b: i % 4, c: red})", "recs.append({a: 4, b: c, c: blue})",
    "recs.extend([{a: j - 2, b: j % 4, c: green} for j in range(K)])",
    "spare = recs", "recs = recs[1:]", "recs = recs[:2] + recs[3:]", "recs = spare + recs",
    "recs = [r for r in recs if r.a > 0]", "if len(recs) > i: recs[i] = {a: 4, b: i % 4, c: red}",
    "if len(recs) > 0: recs[0].a = -1", "spare = [r for r in recs if r in spare]",
    "spare = [r for r in recs if r.b != c]", "recs[i] = {a: 4, b: 0, c: red}",
    "bigs.add({a: c, b: -8 + i, on: i > 1})", "b = choose(bigs)", "bigs.add(b)",
    "bigs.remove({a: 0, b: -8, on: False})", "bigs.discard({a: 1, b: -7, on: True})",
    "bigs = {x for x in bigs if x.a < 2}", "bigs = bigs | {{a: 15, b: 7, on: True}}", "many.add(m)",
    "m = choose(range(M))\nmany.add(m % 7 * 9)", "many = many | {1, M}", "m = choose(many)",
    "many.discard(m)", "many = many - others", "others = many & others", "others = many",
    "others = {x for x in many if x % 3 == c}", "many = {x for x in Many if x % 5 == c}",
    "others = set(range(c, M))", "many.remove(M)", "lows.append(c - 3)", "lows.append(6)",
    "lows = lows + lows[:3]", "if len(lows) > 0: lows.append(min(lows))", "lows = sorted(lows)",
    "lows = [x for x in range(-5, 6)]", "if len(lows) > 1: lows[-1] = -5", "lows[c] = 3",
    "ints.append(total)", "ints.append(total * total)", "total = sum(lows)", "total = total + c",
    "total = total * 1000 + 7", "total = -total", "total = total - len(many)",
    "total = total // 3", "total = total % 11", "total = max(ints)",
    "ints = [x // 2 for x in ints]",
    "grid[i].append({a: 0, b: i % 4, c: blue})", "grid[c] = recs", "grid[c] = grid[i]",
    "grid[i] = grid[0] + grid[1]", "recs = grid[c]", "grid[1] = grid[1][1:]",
    "sets[c].add(M // 2 + i)", "sets[0] = sets[1] | many", "sets[c] = sets[i] - {0}",
    "many = sets[c]", "deep[i][c].append(i - 5)", "deep[0] = deep[i]", "deep[c][i].append(6)",
    "lows = deep[c][i]", "deep[i][0] = lows", "deep[1][1] = deep[0][2][:i] + [6]",
    "table.append({x for x in recs})", "table = table[1:]",
    "if len(table) > 0: table[0] = table[0] | set(spare)", "await len(many) > 1",
    "await len(recs) > i", "await recs != spare", "await many != others", "await sets[0] < many",
    "await all(x.a < 4 for x in bigs)", "await sum(r.b for r in recs) > 1",
    "if recs == spare: spare = []", "if many <= sets[c]: others = {}", "if M not in many: m = M",
    "if {a: c, b: -8, on: False} in bigs: total = total + 1",
)  # fmt: skip
FORMULAS = (
    "len(recs) < 9", "recs != spare", "many != others", "len(bigs) < 3", "sum(lows) < 9",
    "all(x in many for x in others)", "{a: 15, b: 7, on: True} not in bigs", "total < 5000",
    "sorted(lows) == lows", "len(many | sets[0]) < 4", "grid[0] != grid[1]",
    "all(len(deep[x][y]) < 3 for x in Few for y in Few)", "ints == [] or max(ints) < 300",
)  # fmt: skip


def random_wide(seed: int) -> str:
    """The text of a random spec; the same seed gives the same text."""
    draw = random.Random(seed)
    most = draw.choice((63, 64, 70, 127, 128, 200, 321))
    lines = ["model: wide", f"constants: {{M: {most}, K: {draw.choice((3, 9, 24))}}}"]
    lines += [TYPES % most + "vars:"]
    lines += [f"  {name}: {kind}" for name, kind in VARIABLES.items()]
    lines += ["  turns: 0..9", "processes:"]
    acts = draw.sample(ACTS, draw.choice((6, 10, 16, 30)))
    for name in ("p", "q")[: draw.choice((1, 1, 2))]:
        lines += [f"  {name}:", "    vars: {m: Many, b: Big, c: Few, i: Few}", "    run: |"]
        lines += ["      while True:"]
        for number in range(draw.choice((2, 3, 4))):
            lines += [
                f"          {'or' if number else 'either'}:",
                f"              {name}{number}:",
            ]
            lines += [f"                  await turns < {draw.choice((1, 2, 2))}"]
            lines += ["                  turns += 1"]
            if draw.random() < 0.5:
                lines += [f"                  {draw.choice('ci')} = choose(Few)"]
            for act in draw.choices(acts, k=draw.choice((1, 2, 3))):
                lines += [f"                  {each}" for each in act.split("\n")]
    lines += ["properties:"]
    for number, each in enumerate(draw.sample(FORMULAS, 3)):
        lines += [f'  f{number}: {{always: "{each}"}}']
    return "\n".join(lines) + "\n"

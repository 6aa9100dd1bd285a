"""Random specs to repair and to relax: texts, as a user would write them.

Few steps with several changes that matter at once. A spec is drawn of one of four families:
steps that a constant or a first value lets through, so that an alternative is felt by others
than the process that it is about; pairs of steps that are seen in their order, one pair of
which an alternative turns; a writer whose orders others rest on; and anything else, with free
choices, errors, endless loops, a kind of one's own, and formulas and programs that ask where
processes stand. What the checker refuses is taken out line by line (see `fuzz.repair`).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

__all__ = ["random_advice"]

Rows = list[str]

RESOURCES = {"h": "'redis.list[N]'", "s": "'redis.string[N]'", "g": "own.flag"}
ACTS = (
    "x = 1", "y = 1", "z = 1", "x = y", "y = x", "x = 2", "y = 2", "m = x", "y = m", "m = 1",
    "x = K", "m = K", "x = x + 1 if x < 3 else 0", "m = choose([0, 2])", "h.rpush(1)",
    "s.set(1)", "m = h.llen()", "g.raise_flag()", "m = g.wait_for()", "x = g.value",
    "await x > 0", "await y >= K", "await z > 0", "pass",
)  # fmt: skip
PLACES = (
    "x = 1 if done(q0) else 2", "await done(q0)", "y = 1 if at(q0, q0a) else 2",
    "await not at(q0, q0a)", "m = 1 if at(p0, p0a) else 0",
)  # fmt: skip
EFFECTS = {
    "x = 1": "x == 1", "y = 1": "y == 1", "z = 1": "z == 1", "bad = True": "bad",
    "h.rpush(1)": "len(h.items) > 0", "s.set(1)": "s.value == 1", "g.raise_flag()": "g.value > 0",
}  # fmt: skip
"""Steps that write, and how it is seen."""
ERRORS = ("x = 2 // y", "m = [1][x]", "y = x + 2", "x = 1 // (z - 1)")
WANTED = (
    "finally: x == y", "never: x == 1 and y == 0", "always: x <= y + K", "finally: x + y > K",
    "never: y == 2 and z == 0", "finally: y == 1", "always: len(h.items) <= x + 1",
    "finally: not (x == 0 and y == 0)", "never: p0.m == 2 and x == 1", "finally: z == 1",
    "never: bad", "never: x == K and y != 1", "finally: g.value == len(h.items)",
)  # fmt: skip
PLACED = (
    "always: not (at(p0, p0a) and x == 1)", "finally: done(p0)", "never: done(q0) and y == 0",
    "finally: done(p0) and done(q0)", "always: 1 // (x + y + 1) >= 0 or at(q0, q0b)",
)  # fmt: skip


def random_advice(seed: int) -> str:
    """The text of a random spec; the same seed gives the same text."""
    draw = random.Random(seed)
    family: Callable[[random.Random], str]
    family = draw.choice((_gated, _gated, _paired, _written, _wild, _wild))
    return family(draw)


def _spec(
    processes: dict[str, Rows], wanted: Sequence[str], offers: dict[str, Rows], first: str = ""
) -> str:
    """A spec of processes with these programs, that offers these alternatives."""
    body: Rows = ["processes:"]
    for name, rows in processes.items():
        body += [f"  {name}:", "    vars: {m: N, n: N}", "    run: |", *_inside(rows, 6)]
    body += ["properties:"]
    body += [f"  wanted{i or ''}: {{{formula}}}" for i, formula in enumerate(wanted)]
    if offers:
        body += ["alternatives:"]
        for name, rows in offers.items():
            body += [f"  {name}:", *_inside(rows, 4)]
    # What is there and not used takes the most time.
    used = [name for name in RESOURCES if any(f"{name}." in row for row in body)]
    lines = ["model: advice", *(["kinds: [own.yaml]"] if "g" in used else []), "types: {N: 0..3}"]
    lines += ["constants: {K: 0}", f"vars: {{x: N, y: N, z: N, bad: bool{first}}}"]
    lines += ["resources:"] if used else []
    lines += [f"  {name}: {{kind: {RESOURCES[name]}}}" for name in used]
    return "\n".join([*lines, *body]) + "\n"


def _inside(rows: Sequence[str], depth: int = 4) -> Rows:
    return [" " * depth + row for row in rows]


def _program(name: str, rows: Sequence[str]) -> Rows:
    """An alternative that gives a process another program."""
    return ["processes:", f"  {name}:", "    run: |", *_inside(rows, 6)]


# --- felt by others ------------------------------------------------------------------------------


def _gated(draw: random.Random) -> str:
    """Steps that wait for a constant or a first value behind what stops them for ever: to move
    one of them is of use with an alternative only, and the alternative only with the move."""
    gates = _gates(draw)
    processes: dict[str, Rows] = {}
    aims = []
    for name, aim in zip(("p0", "q0")[: draw.choice((1, 1, 1, 2))], "yx", strict=False):
        stop = [f"{name}a:", "    await False", "    m = 1"]
        step = [f"{name}b:", f"    await {draw.choice(gates)}", f"    {aim} = 1"]
        if draw.random() < 0.3:
            step = [f"{name}b: {aim} = 1 if {draw.choice(gates)} else 0"]
        other = [f"{name}c: {draw.choice(('pass', 'n = 1', 'z = 1'))}"]
        rows = [stop, step, other][: draw.choice((2, 3, 3))]
        if draw.random() < 0.3:
            draw.shuffle(rows)
        elif len(rows) == 3 and draw.random() < 0.5:
            rows = [other, stop, step]
        processes[name] = [line for row in rows for line in row]
        aims.append(aim)
    if draw.random() < 0.4:
        processes["r0"] = [f"r0a: {draw.choice(('x = 1', 'y = 1', 'm = y', 'x = y', 'z = 1'))}"]
    wanted = "finally: " + " and ".join(f"{aim} == 1" for aim in aims)
    if draw.random() < 0.2:
        wanted = draw.choice(("finally: x == y", "finally: x + y > 0", "finally: x == 1"))
    offers = {"K is 1": ["constants: {K: 1}"]}
    if draw.random() < 0.4:
        offers["z is 1"] = ["vars: {z: 'N = 1'}"]
    return _spec(processes, [wanted], offers)


def _gates(draw: random.Random) -> Sequence[str]:
    """What lets a step through: mostly the constant."""
    return draw.choice((("K == 1",), ("K > 0",), ("K == 1", "z == 1"), ("z > K", "K == 1")))


# --- a pair that an alternative turns ------------------------------------------------------------


def _paired(draw: random.Random) -> str:
    """Pairs that somebody looks between; the alternative turns one of them."""
    names = ("p0", "q0", "r0", "s0")[: draw.choice((2, 3, 3, 4))]
    processes: dict[str, Rows] = {}
    texts = {}
    joint = draw.random() < 0.3
    for number, name in enumerate(names):
        one = f"{name}one: u{number} = 1"
        if number and draw.random() < 0.6:
            one = f"{name}one: u{number} = 1 if v0 == 1 and u0 == 0 else 0"
        texts[name] = [one, f"{name}two: v{number} = 1"]
        right = number == 0 and draw.random() < 0.7
        processes[name] = texts[name][::-1] if right else texts[name]
    looks = [f"u{i} == 1 and v{i} == 0" for i in range(len(names))]
    if joint:
        processes["look"] = ["look:", f"    if {' or '.join(looks)}:", "        bad = True"]
    else:
        for name, look in zip(names, looks, strict=True):
            processes[f"w{name}"] = [f"look{name}:", f"    if {look}:", "        bad = True"]
    first = "".join(f", u{i}: N, v{i}: N" for i in range(len(names)))
    turned = draw.choice((names[0], names[0], draw.choice(names)))
    offers = {f"{turned} turned": _program(turned, processes[turned][::-1])}
    if draw.random() < 0.3:
        offers["begun"] = ["vars: {v0: 'N = 1'}"]
    return _spec(processes, ["never: bad"], offers, first)


# --- what others rest on -------------------------------------------------------------------------


def _written(draw: random.Random) -> str:
    """A writer of several values, and a property that says which comes first."""
    steps = draw.sample(sorted(EFFECTS), draw.choice((2, 3, 3)))
    rows = [f"p0{label}: {act}" for label, act in zip("abc", steps, strict=False)]
    end = draw.random()
    if end < 0.35:
        at = draw.choice((0, len(rows) - 2))
        joined = rows[at : at + 2]
        rows = [*rows[:at], "with atomic:", *_inside(joined), *rows[at + 2 :]]
    elif end < 0.5:
        rows = ["for i in range(2):", *_inside(rows)]
    elif end < 0.6:
        rows = ["while True:", *_inside(rows)]
    processes = {"p0": rows}
    if draw.random() < 0.6:
        other = draw.sample(("m = x", "n = z", "y = 1", "z = 1", "x = 1 if y == 1 else x"), 2)
        processes["q0"] = [f"q0{label}: {act}" for label, act in zip("ab", other, strict=True)]
    if draw.random() < 0.3:
        processes["r0"] = [f"r0a: {draw.choice(ACTS)}"]
    wanted = []
    for _ in range(draw.choice((1, 2))):
        # Of what is written in this order, or of anything.
        first, *later = [EFFECTS[act] for act in steps]
        if draw.random() < 0.3:
            first, *later = draw.sample(sorted(EFFECTS.values()), 3)
        seen = draw.sample(later, draw.randint(1, len(later)))
        wanted.append(f"never: {' and '.join(seen)} and not {first}")
    offers = {"y is 1": ["vars: {y: 'N = 1'}"]} if draw.random() < 0.2 else {}
    return _spec(processes, wanted, offers)


# --- anything else -------------------------------------------------------------------------------


def _wild(draw: random.Random) -> str:
    """Two to four processes with whatever the language has."""
    acts: Sequence[str] = draw.sample(ACTS, draw.choice((5, 9, len(ACTS))))
    if draw.random() < 0.25:
        acts = (*acts, *PLACES)
    if draw.random() < 0.25:
        acts = (*acts, *ERRORS)
    names = ("p0", "q0", "r0", "s0")[: draw.choice((2, 2, 3, 3, 4))]
    processes = {name: _rows(draw, name, acts) for name in names}
    formulas = PLACED if draw.random() < 0.2 else WANTED
    wanted = draw.sample(formulas, draw.choice((1, 1, 2)))
    number = draw.randint(0, 2)
    everything = {
        f"K is {number + 1}": [f"constants: {{K: {number + 1}}}"],
        f"x is {number}": [f"vars: {{x: 'N = {number}'}}"],
        "y is less": ["vars: {y: 0..1}"],
        "one more": ["vars: {w: N}"],
        f"m is {number}": ["processes:", "  p0:", f"    vars: {{m: 'N = {number}'}}"],
        "types": ["types: {N: 0..2}"],
        "another p0": _program("p0", _rows(draw, "p0", acts)),
        "another q0": _program("q0", _rows(draw, "q0", acts)),
        "places": _program("q0", [f"q0a: {draw.choice(PLACES)}", "q0b: y = 1"]),
    }
    chosen = draw.sample(sorted(everything), draw.choice((0, 1, 1, 2, 2, 3)))
    first = draw.choice(("", "", "", ", c: 'N = choose([0, 1])'"))
    return _spec(processes, wanted, {name: everything[name] for name in chosen}, first)


def _rows(draw: random.Random, name: str, acts: Sequence[str]) -> Rows:
    """A program of one to three steps, some of them in a loop, a choice, or joined."""
    labels = "abc"[: draw.choice((1, 2, 2, 3) if name == "p0" else (1, 1, 2, 2))]
    rows = [f"{name}{label}: {draw.choice(acts)}" for label in labels]
    form = draw.random()
    if form < 0.08:
        return ["for i in range(2):", *_inside(rows)]
    if form < 0.16:
        return ["while True:", *_inside(rows)]
    if form < 0.26 and len(rows) > 1:
        return ["either:", *_inside(rows[:1]), "or:", *_inside(rows[1:])]
    if form < 0.36 and len(rows) > 1:
        return ["with atomic:", *_inside(rows[:2]), *rows[2:]]
    return rows

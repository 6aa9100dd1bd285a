"""Random specs of the bugs that everybody knows: texts, as a user would write them.

Each family has what one kind of change is about: a look, and an act by what it found; a message
that is popped and lost in a crash; a look, then a subscription; an acknowledgement before or behind
the work; a value that is read, changed and written; a lease that runs out; a command that is only
sent. What stands around it is drawn: the order of the steps, other processes, what may go wrong,
and what is wanted. What the checker refuses is taken out line by line (see `fuzz.repair`).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

__all__ = ["random_bug"]

Rows = list[str]


def random_bug(seed: int) -> str:
    """The text of a random spec; the same seed gives the same text."""
    draw = random.Random(seed)
    return draw.choice(FAMILIES)(draw)


def _spec(resources: dict[str, str], processes: dict[str, tuple[str, Rows]], wanted: str) -> str:
    """A spec of processes, each with what stands before its program, and that."""
    body: Rows = ["processes:"]
    for name, (head, rows) in processes.items():
        body += [f"  {name}:", *(f"    {each}" for each in head.split("; ") if each)]
        body += ["    vars: {m: 'int?', k: 'int?', n: 0..3}", "    run: |"]
        body += [f"      {row}" for row in rows]
    lines = ["model: bug", "vars: {x: 0..3, y: 0..3}", "resources:"]
    lines += [f"  {name}: {{{text}}}" for name, text in resources.items()]
    return "\n".join([*lines, *body, "properties:", f"  wanted: {{{wanted}}}"]) + "\n"


def _in(rows: Sequence[str]) -> Rows:
    return [f"    {row}" for row in rows]


def _mixed(draw: random.Random, *rows: str) -> Rows:
    """The rows, now and then in another order, and now and then with one left out."""
    found = list(rows)
    if len(found) > 1 and draw.random() < 0.3:
        draw.shuffle(found)
    if len(found) > 2 and draw.random() < 0.2:
        found.pop(draw.randrange(len(found)))
    return found


def _string(draw: random.Random, first: str = "") -> str:
    expires = ", expires: 1" if draw.random() < 0.2 else ""
    return f"kind: 'redis.string[int]'{first}{expires}"


def _often(draw: random.Random) -> str:
    """How often a process is there, and whether it may crash."""
    return draw.choice(("count: 2", "count: 2", "crashes: 1", "crashes: 1; keeps: [m]", ""))


def _claimed(draw: random.Random) -> str:
    """A key that is looked at, and then taken."""
    act = _mixed(draw, "note: s.set(1)", "charge: x = x + 1 if x < 3 else 3")
    other = draw.choice(([], [], ["else:", *_in(["skip: y = 1"])]))
    test = draw.choice(("m is None", "m is None", "m is not None"))
    look = ["look: m = s.get()", f"if {test}:"]
    if draw.random() < 0.3:
        look = ["look: if s.get() is None:"]
    end = draw.choice(([], [], ["free: s.delete()"], ["tell: y = x"]))
    wanted = draw.choice(("finally: x == 1", "always: x <= 1", "finally: s.value is not None"))
    processes = {"p": (_often(draw), [*look, *_in(act), *other, *end])}
    if draw.random() < 0.3:
        processes["q"] = (
            "",
            [draw.choice(("forget: s.delete()", "other: s.set(2)", "see: y = 2"))],
        )
    return _spec({"s": _string(draw)}, processes, wanted)


def _popped(draw: random.Random) -> str:
    """A job that is popped, and noted elsewhere."""
    take = draw.choice(("take: m = a.lpop()", "take: m = a.rpop()", "take: m = a.blpop()"))
    work = ["work: x = x + 1 if x < 3 else 3", "note: b.rpush(m)"]
    if draw.random() < 0.5:
        work.reverse()
    rows = [take, *(work if "blpop" in take else ["if m is not None:", *_in(work)])]
    if draw.random() < 0.3:
        rows = [take, work[0]]
    wanted = draw.choice(
        ("finally: x == 1", "finally: x > 0", "finally: len(a.items) + len(b.items) == 1",
         "finally: len(a.items) + len(b.items) + x > 0", "always: x <= 1")
    )  # fmt: skip
    lists = {"a": "kind: 'redis.list[int]', initially: [1]", "b": "kind: 'redis.list[int]'"}
    return _spec(lists, {"p": (_often(draw), rows)}, wanted)


def _woken(draw: random.Random) -> str:
    """A look, and then a subscription."""
    listen = _mixed(draw, "listen: bell.subscribe()", "sleep: k = bell.get_message()")
    rows = ["look: m = s.get()", "if m is None:", *_in(listen)]
    if draw.random() < 0.4:
        rows = ["look: m = s.get()", *listen]
    rows += draw.choice(([], ["again: m = s.get()"], ["got: y = 1"]))
    ring = _mixed(draw, "put: s.set(1)", "ring: bell.publish(1)")
    wanted = draw.choice(
        ("finally: p.m is not None or p.k is not None", "finally: done(p)", "finally: p.m == 1")
    )
    resources = {"s": _string(draw), "bell": "kind: 'redis.pubsub[int]'"}
    return _spec(resources, {"p": ("", rows), "q": ("", ring)}, wanted)


def _acknowledged(draw: random.Random) -> str:
    """Work on what an offset says, and the acknowledgement that moves it."""
    work = ["handle: x = x + 1 if x < 3 else 3", "acknowledge: s.set(1)"]
    if draw.random() < 0.4:
        work.reverse()
    rows = ["fetch: m = s.get()", "if m == 0:", *_in(work)]
    if draw.random() < 0.3:
        rows = ["fetch: m = s.get()", "while m == 0:", *_in([*work, "fetch_again: m = s.get()"])]
    head = draw.choice(("crashes: 1", "crashes: 1", "crashes: 1; keeps: [n]", "count: 2"))
    wanted = draw.choice(("finally: x == 1", "always: x <= 1", "finally: x > 0"))
    return _spec({"s": _string(draw, ", initially: 0")}, {"p": (head, rows)}, wanted)


def _updated(draw: random.Random) -> str:
    """A value that is read, changed and written."""
    rows = ["read: m = s.get()", "write: s.set(m + 1)"]
    if draw.random() < 0.3:
        rows.insert(1, draw.choice(("think: y = 1", "n1: n = 1")))
    if draw.random() < 0.4:
        rows = ["take: await t.setnx(self)", *rows, "free: t.delete()"]
    wanted = draw.choice(("finally: s.value == 2", "always: s.value <= 2", "finally: s.value > 0"))
    resources = {"s": "kind: 'redis.string[int]', initially: 0"}
    if any("t." in row for row in rows):
        resources["t"] = _string(draw)
    processes = {"p": ("count: 2", rows)}
    if draw.random() < 0.2:
        processes = {"p": ("", rows), "q": ("", ["other: s.incr()"])}
    return _spec(resources, processes, wanted)


def _sent(draw: random.Random) -> str:
    """Commands that are only sent, and somebody who looks."""
    waits = [draw.choice((", wait=False", "")) for _ in range(2)]
    waits[draw.randrange(2)] = ", wait=False"
    rows = _mixed(draw, f"put: s.set(1{waits[0]})", f"push: a.rpush(1{waits[1]})", "say: x = 1")
    seen = draw.choice((
        ["look: m = a.lpop()", "if m is not None:", "    find: k = s.get()"],
        ["wait: await x == 1", "find: k = s.get()"],
        ["look: m = s.get()", "if m is not None:", "    find: k = a.lpop()"],
    ))  # fmt: skip
    wanted = draw.choice(
        ("finally: q.m is None or q.k is not None", "always: q.k is None or q.m is not None",
         "finally: q.k is not None")
    )  # fmt: skip
    resources = {"s": "kind: 'redis.string[int]'", "a": "kind: 'redis.list[int]'"}
    return _spec(resources, {"p": ("", rows), "q": ("", seen)}, wanted)


def _handed(draw: random.Random) -> str:
    """A job that is popped, and lost if its worker crashes before the work is done."""
    take = draw.choice(("take: m = a.lpop()", "take: m = a.rpop()", "take: m = a.blpop()"))
    work = draw.choice((["work: x = x + 1 if x < 3 else 3"], ["work: x = m"], ["tell: y = 1"]))
    if draw.random() < 0.3:
        work.append(draw.choice(("log: y = 2", "note: b.rpush(m)")))
    rows = [take, *(work if "blpop" in take else ["if m is not None:", *_in(work)])]
    if draw.random() < 0.4:
        rows = ["while True:", *_in([take, *work])]
        if "blpop" not in take:
            rows = ["while True:", *_in([take, "if m is None:", *_in(["break"]), *work])]
    wanted = draw.choice(
        ("finally: x > 0", "finally: x == 2", "finally: y > 0", "finally: len(a.items) == 0",
         "always: x <= 1", "finally: x in [1, 2]")
    )  # fmt: skip
    lists = {"a": f"kind: 'redis.list[int]', initially: {draw.choice(('[1]', '[1, 2]'))}"}
    if "note: b.rpush(m)" in work:
        lists["b"] = "kind: 'redis.list[int]'"
    head = draw.choice(("crashes: 1; keeps: [k, n]", "crashes: 1; keeps: [k, n]; count: 2"))
    if "blpop" not in take and draw.random() < 0.3:
        following = take.replace("take", "next")
        rows = [take, "while m is not None:", *_in([*work, following])]
    return _spec(lists, {"p": (head, rows)}, wanted)


def _leased(draw: random.Random) -> str:
    """Something that a lock with a lease protects, and that its server does not keep."""
    inner, wanted = draw.choice((
        (["one: x = self", "two: y = self"], "finally: x == y"),
        (["one: x = self", "two: y = self"], "always: x == y or any(at(w, two) for w in p)"),
        (["one: m = x", "two: x = m + 1"], "each_step: x > old(x) or x == old(x)"),
        (["one: x = 1 if x == 0 else x"], "finally: x > 0"),
        (["one: x = self", "two: y = x"], "finally: y == x"),
    ))  # fmt: skip
    rows = ["take: if t.setnx(self):", *_in(inner)]
    if draw.random() < 0.2:
        rows = ["take: await t.setnx(self)", *inner]
    if draw.random() < 0.3:
        rows = ["take:", *_in(["await t.setnx(self)", "m = x"]), "two: x = m + 1"]
        wanted = draw.choice(("each_step: x >= old(x)", "finally: x == 2", "always: x <= 1"))
    rows += draw.choice(([], [], ["free: t.delete()"]))
    lock = "kind: 'redis.string[0..1]', expires: 1"
    return _spec({"t": lock}, {"p": ("count: 2", rows)}, wanted)


def _delivered(draw: random.Random) -> str:
    """A message that a broker gives again if it is not acknowledged."""
    work = draw.choice(
        (["for i in range(1, 3):", *_in(["handle: x = i"])],
         ["if m is not None:", *_in(["handle: x = m", "log: y = 1"])],
         ["handle: x = m"])
    )  # fmt: skip
    rows = ["get: m = q.receive()", "acknowledge: q.ack()", *work]
    if draw.random() < 0.2:
        rows = ["get: m = q.receive()", *work, "acknowledge: q.ack()"]
    rows += draw.choice(([], ["tell: y = 2"]))
    wanted = draw.choice(("finally: x == 2", "finally: x > 0", "finally: y == 2", "always: x <= 1"))
    head = draw.choice(("crashes: 1; keeps: [k, n]", "crashes: 1; keeps: [k, n]; count: 2"))
    queue = f"kind: 'own.broker[int]', initially: {draw.choice(('[2]', '[1, 2]'))}"
    return "kinds: [own.yaml]\n" + _spec({"q": queue}, {"p": (head, rows)}, wanted)


FAMILIES: Sequence[Callable[[random.Random], str]] = (
    _claimed, _claimed, _popped, _popped, _woken, _acknowledged, _updated, _updated, _sent,
    _handed, _leased, _delivered,
)  # fmt: skip

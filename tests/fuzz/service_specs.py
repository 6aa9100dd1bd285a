"""Random specs of services that meet at Redis, with what makes steering hard.

There is every kind, what waits at the server, what is sent and answered apart or not waited for,
patterns, transactions, what is watched, commands with several keys, and choices.
"""

from __future__ import annotations

import random
import re

__all__ = ["random_services"]

HEAD = """\
model: services
types: {N: 0..3, Room: "enum(red, blue)"}
vars: {x: N}
resources:
  l: {kind: "redis.list[N]"FIRST}
  s: {kind: "redis.string[N]"}
  d: {kind: "redis.string[N]", count: 2}
  h: {kind: "redis.hash[Room, N]"}
  t: {kind: "redis.stream[N]"LOG}
  e: {kind: "redis.set[N]"}
  z: {kind: "redis.sortedset[N]"}
  c: {kind: "redis.pubsub[N]"}
  r: {kind: "redis.channels[Room, N]", key: "room:{session}:{channel}"}
  w: {kind: "websocket[N]"}
  k: {kind: "queue[N]"}
"""
VARS = (
    '    vars: {n: int, m: N?, b: bool, a: "list[N]", f: "list[{id: int, value: N}]",\n'
    '      g: "list[{channel: Room, message: N}]", y: "set[N]", v: "list[N?]"}\n'
)
ACTS = (
    "n = l.rpush({i})", "n = l.lpush({i})", "m = l.lpop()", "m = l.blpop()", "a = l.lrange(0, -1)",
    "n = l.llen()", "l.rpush({i}, wait=False)", "m = l.rpoplpush(l)", "n = l.lrem(0, {i})",
    "l.ltrim(0, 1)", "m = l.lindex(0)", "n = l.rpush({i}, {j})",
    "s.set({i})", "m = s.get()", "b = s.setnx({i})", "n = s.delete()", "b = s.set({i}, nx=True)",
    "b = s.exists()", "m = s.getset({i})", "m = s.getdel()", "b = s.set({i}, ex=900)",
    "n = d[0].delete(d[1])", "d[0].set({i})", "d[1].set({i})", "m = d[0].get()",
    "n = h.hset(red, {i})", "m = h.hget(red)", "v = h.hmget(red, blue)", "n = h.hdel(red, blue)",
    "h.hset(mapping={{red: {i}, blue: {j}}})", "b = h.hsetnx(blue, {i})", "b = h.hexists(blue)",
    "t.xadd({i})", "f = t.xread(0)", "f = t.xrange(0, 9)", 'f = t.xread("$")', "n = t.xlen()",
    "t.xadd({i}, maxlen=1, approximate=False)", "f = t.xrevrange(9, 0)", "n = t.xtrim(1)",
    "n = e.sadd({i})", "n = e.sadd({i}, {j})", "m = e.spop()", "y = e.smembers()",
    "n = e.srem({i})", "n = e.scard()", "b = e.sismember({i})",
    "n = z.zadd({i}, 1)", "n = z.zadd({i}, {j})", "a = z.zrange(0, -1)", "n = z.zrem({i})",
    "n = z.zcard()", 'a = z.zrangebyscore("-inf", 2)',
    "n = c.publish({i})", "c.subscribe()", "m = c.get_message()", "c.unsubscribe()",
    "c.psubscribe()", "c.subscribe(wait=False)",
    "n = r.publish(red, {i})", "n = r.publish(blue, {i})", "r.subscribe(red)", "r.psubscribe()",
    "g.append(r.get_message())", "r.unsubscribe(red)",
    "k.put({i})", "m = k.get()", "w.send({i})", "x = {i}", "await x > 0",
)  # fmt: skip
FORMULAS = (
    "len(l.items) < 2", "s.value != 1", "x == 0", "p[0].n < 2", "q.m is None", "q.m != 1",
    "len(e.members) < 2", "len(t.entries) < 2", "len(p[0].a) == 0", "len(q.f) == 0", "not q.b",
    "len(q.g) == 0", "q.n == 0", "p[0].m == q.m",
)  # fmt: skip


def random_services(seed: int) -> str:
    """The text of a random spec; the same seed gives the same text."""
    draw = random.Random(seed)
    acts = draw.sample(ACTS, draw.choice((6, 12, len(ACTS))))
    first = draw.choice(("", "", ', initially: "[1, 2]"'))
    log = draw.choice(("", "", ', initially: "[3]"'))
    lines = [HEAD.replace("FIRST", first).replace("LOG", log), "processes:\n"]
    shared = draw.random() < 0.1
    for name in ("p", "q", "o")[: draw.choice((2, 2, 3))]:
        count = draw.choice((1, 2)) if name == "p" else 0
        lines.append(f"  {name}:\n" + (f"    count: {count}\n" if count else ""))
        lines.append("    connection: main\n" * shared + VARS + "    run: |\n")
        for number in range(draw.choice((1, 2, 2, 3))):
            lines += [f"      {row}\n" for row in _statement(draw, acts, f"{name}{number}")]
    kind = draw.choice(("always", "never", "finally", "finally"))
    lines.append(f'properties:\n  wanted: {{{kind}: "{draw.choice(FORMULAS)}"}}\n')
    return _used("".join(lines))


def _used(text: str) -> str:
    """Without the resources of which nothing speaks."""
    rows = text.splitlines(keepends=True)
    said = "".join(rows[rows.index("processes:\n") :])
    kept = (re.match(r"  (\w): {kind", row) for row in rows)
    return "".join(
        row
        for row, found in zip(rows, kept, strict=True)
        if found is None or re.search(rf"\b{found[1]}[.\[\]]", said)
    )


def _statement(draw: random.Random, acts: list[str], label: str) -> list[str]:
    def act() -> str:
        return draw.choice(acts).format(i=draw.randrange(4), j=draw.randrange(4))

    form = draw.random()
    if form < 0.08:
        return [f"{label}:", f"    {act()}", f"    {act()}"]
    if form < 0.14:
        return ["either:", f"    {label}a: {act()}", "or:", f"    {label}b: {act()}"]
    if form < 0.20:
        return ["both:", f"    {label}a: {act()}", "and:", f"    {label}b: {act()}"]
    if form < 0.26:
        return [f"for {label}i in range(2):", f"    {label}: {act()}"]
    if form < 0.32:
        return [f"{label}a: s.watch()", f"{label}b: m = s.get()",
                "try:", "    with atomic(watch=[s]):", f"        {label}c: s.set(1)",
                "except changed:", f"    {label}d: {act()}"]  # fmt: skip
    if form < 0.36:
        return [f"if m is None: {label}: {act()}"]
    return [f"{label}: {act()}"]

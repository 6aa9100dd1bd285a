"""Every command of every kind, run on a small model: what it answers and what it looks like.

The answers follow the pages that the kinds cite.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from model_check import check
from model_check.results.check import Trace


def write(folder: Path, kind: str, program: str, answer: str = "int", more: str = "") -> Path:
    """A spec with one resource `r` and a process `p` that runs a program and ends."""
    lines = "\n".join(f"      {line}" for line in program.strip().split("\n"))
    text = (
        f"types:\n  Field: enum(name, age)\nresources:\n  r:\n    kind: {kind}\n    key: k\n"
        f"{more}processes:\n  p:\n    vars:\n      x: {answer}\n    run: |\n{lines}\n"
        "properties:\n  goes_on:\n    never: done(p)\n    expect: violated\n"
    )
    path = folder / "spec.yaml"
    path.write_text(text)
    return path


def run(path: Path) -> Trace:
    """The shortest run to the end of the program."""
    trace = check(path, reason=False)["goes_on"].trace
    assert trace is not None
    assert trace.steps
    return trace


GROUPED = "redis.stream[1..9, Field, 0..1, 1..3]"
BEGUN = "a: r.xgroup_create(name, 0, mkstream=True)\nb: r.xadd(4)\n"
FIVE = "for each in [1, 2, 1, 3, 1]:\n    a: r.rpush(each)\n"

# kind, program, type of the answer, what x is in the end, the last command and its answer
COMMANDS: list[tuple[str, str, str, object, str]] = [
    ("redis.list[1..9]", "a: r.rpush(4)\nb: x = r.rpush(5)", "int", 2, "RPUSH k 5 -> 2"),
    ("redis.list[1..9]", "a: r.lpush(4)\nb: x = r.lpush(5)", "int", 2, "LPUSH k 5 -> 2"),
    (
        "redis.list[1..9]",
        "a: r.rpush(4)\nb: r.lpush(5)\nc: x = r.lrange(0, -1)",
        "list[1..9]",
        [5, 4],
        "LRANGE k 0 -1 -> [5, 4]",
    ),
    ("redis.list[1..9]", "a: r.rpush(4)\nb: x = r.llen()", "int", 1, "LLEN k -> 1"),
    ("redis.list[1..9]", "a: x = r.lpop()", "1..9?", None, "LPOP k -> none"),
    (
        "redis.list[1..9]",
        "a: r.rpush(4)\nb: r.rpush(5)\nc: x = r.lpop()",
        "1..9?",
        4,
        "LPOP k -> 4",
    ),
    ("redis.list[1..9]", "a: x = r.rpop()", "1..9?", None, "RPOP k -> none"),
    (
        "redis.list[1..9]",
        "a: r.rpush(4)\nb: r.rpush(5)\nc: x = r.rpop()",
        "1..9?",
        5,
        "RPOP k -> 5",
    ),
    ("redis.list[1..9]", "a: r.rpush(4)\nb: x = r.blpop()", "1..9 = 9", 4, "BLPOP k 0 -> 4"),
    (
        "redis.list[1..9]",
        f"{FIVE}b: r.lrem(2, 1)\nc: x = r.lrange(0, -1)",
        "list[1..9]",
        [2, 3, 1],
        "LRANGE k 0 -1 -> [2, 3, 1]",
    ),
    (
        "redis.list[1..9]",
        f"{FIVE}b: r.lrem(-2, 1)\nc: x = r.lrange(0, -1)",
        "list[1..9]",
        [1, 2, 3],
        "LRANGE k 0 -1 -> [1, 2, 3]",
    ),
    ("redis.list[1..9]", f"{FIVE}b: x = r.lrem(0, 1)", "int", 3, "LREM k 0 1 -> 3"),
    ("redis.list[1..9]", f"{FIVE}b: x = r.lrem(7, 2)", "int", 1, "LREM k 7 2 -> 1"),
    ("redis.list[1..9]", f"{FIVE}b: x = r.lrem(1, 4)", "int = 7", 0, "LREM k 1 4 -> 0"),
    ("redis.list[1..9]", "a: r.rpush(4)\nb: x = r.delete()", "int", 1, "DEL k -> 1"),
    (
        "redis.list[1..9]",
        "a: r.rpush(4)\nb: r.delete()\nc: x = r.delete()",
        "int = 7",
        0,
        "DEL k -> 0",
    ),
    ("redis.pubsub[1..9]", "a: x = r.publish(4)", "int", 0, "PUBLISH k 4 -> 0 receivers"),
    (
        "redis.pubsub[1..9]",
        "a: r.subscribe()\nb: x = r.publish(4)",
        "int",
        1,
        "PUBLISH k 4 -> 1 receiver",
    ),
    (
        "redis.pubsub[1..9]",
        "a: r.subscribe()\nb: r.publish(4)\nc: r.publish(5)\nd: x = r.get_message()",
        "1..9",
        4,
        "(receive k) -> message 4",
    ),
    (
        "redis.pubsub[1..9]",
        "a: r.subscribe()\nb: r.publish(4)\nc: r.unsubscribe()\nd: r.publish(5)\n"
        "e: x = r.get_message()",
        "1..9",
        4,
        "(receive k) -> message 4",
    ),
    ("redis.stream[1..9]", "a: r.xadd(4)\nb: x = r.xadd(5)", "int", 2, "XADD k * value 5 -> 2"),
    (
        "redis.stream[1..9]",
        "a: r.xadd(4)\nb: r.xadd(5)\nc: x = [e.id * 10 + e.value for e in r.xread(1)]",
        "list[int]",
        [25],
        "XREAD BLOCK 0 STREAMS k 1 -> [{id: 2, value: 5}]",
    ),
    (
        "redis.stream[1..9]",
        "a: r.xadd(4)\nb: r.xadd(5)\nc: x = [e.id * 10 + e.value for e in r.xread(0)]",
        "list[int]",
        [14, 25],
        "XREAD BLOCK 0 STREAMS k 0 -> [{id: 1, value: 4}, {id: 2, value: 5}]",
    ),
    (
        "redis.stream[1..9]",
        "a: r.xadd(4)\nb: r.xadd(5)\nc: r.xadd(6)\nd: x = [e.value for e in r.xrange(2, 3)]",
        "list[1..9]",
        [5, 6],
        "XRANGE k 2 3 -> [{id: 2, value: 5}, {id: 3, value: 6}]",
    ),
    (
        "redis.stream[1..9]",
        "a: r.xadd(4)\nb: x = [e.value for e in r.xrange()]",
        "list[1..9]",
        [4],
        "XRANGE k - + -> [{id: 1, value: 4}]",
    ),
    (
        "redis.stream[1..9]",
        'a: r.xadd(4)\nb: x = [e.value for e in r.xrange("-", "+")]',
        "list[1..9]",
        [4],
        "XRANGE k - + -> [{id: 1, value: 4}]",
    ),
    ("redis.stream[1..9]", "a: r.xadd(4)\nb: x = r.xlen()", "int", 1, "XLEN k -> 1"),
    (
        "redis.stream[1..9]",
        "a: r.xadd(4)\nb: r.xadd(5)\nc: r.xadd(6)\nd: x = r.xtrim(1)",
        "int",
        2,
        "XTRIM k MAXLEN 1 -> 2",
    ),
    (
        "redis.stream[1..9]",
        "a: r.xadd(4)\nb: r.xadd(5)\nc: r.xtrim(1)\nd: r.xadd(6)\n"
        "e: x = [e.id * 10 + e.value for e in r.xread(0)]",
        "list[int]",
        [25, 36],
        "XREAD BLOCK 0 STREAMS k 0 -> [{id: 2, value: 5}, {id: 3, value: 6}]",
    ),
    ("redis.string[1..9]", "a: x = r.get()", "1..9?", None, "GET k -> none"),
    ("redis.string[1..9]", "a: r.set(4)\nb: x = r.get()", "1..9?", 4, "GET k -> 4"),
    ("redis.string[1..9]", "a: x = r.setnx(4)", "bool", True, "SETNX k 4 -> 1"),
    (
        "redis.string[1..9]",
        "a: r.set(4)\nb: x = r.setnx(5)",
        "bool = True",
        False,
        "SETNX k 5 -> 0",
    ),
    ("redis.string[0..9]", "a: x = r.incr()", "int", 1, "INCR k -> 1"),
    ("redis.string[0..9]", "a: r.set(4)\nb: x = r.incr()", "int", 5, "INCR k -> 5"),
    ("redis.string[1..9]", "a: r.set(4)\nb: x = r.delete()", "int", 1, "DEL k -> 1"),
    (
        "redis.string[1..9]",
        "a: r.set(4)\nb: r.delete()\nc: x = r.delete()",
        "int = 7",
        0,
        "DEL k -> 0",
    ),
    (
        "redis.string[1..9]",
        "a: r.set(4)\nb: r.expire_now()\nc: x = r.setnx(5)",
        "bool",
        True,
        "SETNX k 5 -> 1",
    ),
    ("redis.string[1..9]", "a: r.set(4)\nb: r.expire_now()", "int", 0, "(k expires) -> "),
    ("redis.hash[Field, 0..9]", "a: x = r.hget(age)", "0..9?", None, "HGET k age -> none"),
    (
        "redis.hash[Field, 0..9]",
        "a: r.hset(age, 4)\nb: x = r.hdel(age)",
        "int",
        1,
        "HDEL k age -> 1",
    ),
    ("redis.hash[Field, 0..9]", "a: x = r.hdel(age)", "int = 7", 0, "HDEL k age -> 0"),
    (
        "redis.hash[Field, 0..9]",
        "a: r.hset(age, 4)\nb: x = r.hget(age)",
        "0..9?",
        4,
        "HGET k age -> 4",
    ),
    ("redis.hash[Field, 0..9]", "a: x = r.hset(age, 4)", "int", 1, "HSET k age 4 -> 1"),
    (
        "redis.hash[Field, 0..9]",
        "a: r.hset(age, 4)\nb: x = r.hset(age, 5)",
        "int = 7",
        0,
        "HSET k age 5 -> 0",
    ),
    ("redis.hash[Field, 0..9]", "a: x = r.hincrby(age, 2)", "int", 2, "HINCRBY k age 2 -> 2"),
    (
        "redis.hash[Field, 0..9]",
        "a: r.hset(age, 4)\nb: x = r.hincrby(age, -1)",
        "int",
        3,
        "HINCRBY k age -1 -> 3",
    ),
    (
        "redis.hash[Field, 0..9]",
        "a: r.hset(age, 4)\nb: x = r.hgetall()[age]",
        "0..9?",
        4,
        "HGETALL k -> {name: none, age: 4}",
    ),
    (
        "redis.hash[Field, 0..9]",
        "a: r.hset(age, 4)\nb: x = r.hkeys()",
        "set[Field]",
        {"age"},
        "HKEYS k -> {age}",
    ),
    ("redis.hash[Field, 0..9]", "a: r.hset(age, 4)\nb: x = r.hlen()", "int", 1, "HLEN k -> 1"),
    (
        "redis.hash[Field, 0..9]",
        "a: x = r.hexists(age)",
        "bool = True",
        False,
        "HEXISTS k age -> 0",
    ),
    ("redis.hash[Field, 0..9]", "a: x = r.hsetnx(age, 4)", "bool", True, "HSETNX k age 4 -> 1"),
    ("redis.hash[Field, 0..9]", "a: r.hset(age, 4)\nb: x = r.delete()", "int", 1, "DEL k -> 1"),
    ("redis.set[1..9]", "a: r.sadd(4)\nb: x = r.sadd(4)", "int = 7", 0, "SADD k 4 -> 0"),
    ("redis.set[1..9]", "a: r.sadd(4)\nb: x = r.srem(4)", "int", 1, "SREM k 4 -> 1"),
    (
        "redis.set[1..9]",
        "a: r.sadd(4)\nb: r.sadd(2)\nc: x = r.smembers()",
        "set[1..9]",
        {2, 4},
        "SMEMBERS k -> {2, 4}",
    ),
    ("redis.set[1..9]", "a: x = r.sismember(4)", "bool = True", False, "SISMEMBER k 4 -> 0"),
    ("redis.set[1..9]", "a: r.sadd(4)\nb: x = r.scard()", "int", 1, "SCARD k -> 1"),
    ("redis.set[1..9]", "a: r.sadd(4)\nb: x = r.delete()", "int", 1, "DEL k -> 1"),
    (
        "redis.sortedset[8..11]",
        "a: r.zadd(8, 5)\nb: x = r.zadd(8, 6)",
        "int = 7",
        0,
        "ZADD k 6 8 -> 0",
    ),
    ("redis.sortedset[8..11]", "a: x = r.zincrby(5, 8)", "int", 5, "ZINCRBY k 5 8 -> 5"),
    ("redis.sortedset[8..11]", "a: x = r.zrem(8)", "int = 7", 0, "ZREM k 8 -> 0"),
    ("redis.sortedset[8..11]", "a: x = r.zscore(8)", "int?", None, "ZSCORE k 8 -> none"),
    (
        "redis.sortedset[8..11]",
        "a: r.zadd(9, 5)\nb: r.zadd(10, 5)\nc: x = r.zrank(9)",
        "int?",
        1,
        "ZRANK k 9 -> 1",
    ),
    (
        "redis.sortedset[8..11]",
        "a: r.zadd(9, 5)\nb: r.zadd(10, 5)\nc: r.zadd(8, 2)\nd: x = r.zrange(0, -1)",
        "list[8..11]",
        [8, 10, 9],
        "ZRANGE k 0 -1 -> [8, 10, 9]",
    ),
    (
        "redis.sortedset[8..11]",
        "a: r.zadd(9, 5)\nb: r.zadd(10, 5)\nc: r.zadd(8, 2)\nd: x = r.zrevrange(-2, 9)",
        "list[8..11]",
        [10, 8],
        "ZREVRANGE k -2 9 -> [10, 8]",
    ),
    (
        "redis.sortedset[8..11]",
        "a: r.zadd(9, 5)\nb: r.zadd(8, 6)\nc: x = r.zrangebyscore(0, 5)",
        "list[8..11]",
        [9],
        "ZRANGEBYSCORE k 0 5 -> [9]",
    ),
    (
        "redis.sortedset[8..11]",
        "a: r.zadd(9, 5)\nb: r.zadd(8, 6)\nc: x = r.zcount(0, 6)",
        "int",
        2,
        "ZCOUNT k 0 6 -> 2",
    ),
    (
        "redis.sortedset[8..11]",
        "a: r.zadd(9, 5)\nb: x = r.zremrangebyscore(6, 9)",
        "int = 7",
        0,
        "ZREMRANGEBYSCORE k 6 9 -> 0",
    ),
    (
        "redis.sortedset[8..11, 0..9]",
        "a: r.zadd(9, 5)\nb: r.zadd(8, 6)\nc: x = r.zpopmin()",
        '"{member: 8..11, score: 0..9}?"',
        {"member": 9, "score": 5},
        "ZPOPMIN k -> {member: 9, score: 5}",
    ),
    (
        "redis.sortedset[8..11, 0..9]",
        "a: x = r.zpopmax()",
        '"{member: 8..11, score: 0..9}?"',
        None,
        "ZPOPMAX k -> none",
    ),
    (
        "redis.sortedset[8..11, 0..9]",
        "a: r.zadd(9, 5)\nb: r.zadd(8, 6)\nc: x = r.bzpopmax()",
        '"{member: 8..11, score: 0..9}"',
        {"member": 8, "score": 6},
        "BZPOPMAX k 0 -> {member: 8, score: 6}",
    ),
    ("redis.sortedset[8..11]", "a: r.zadd(9, 5)\nb: x = r.zcard()", "int", 1, "ZCARD k -> 1"),
    ("redis.sortedset[8..11]", "a: r.zadd(9, 5)\nb: x = r.delete()", "int", 1, "DEL k -> 1"),
    (
        "redis.sortedset[8..11]",
        "a: r.zadd(9, 5)\nb: x = r.zadd(9, 4, gt=True, ch=True)",
        "int = 7",
        0,
        "ZADD k GT CH 4 9 -> 0",
    ),
    (
        "redis.sortedset[8..11]",
        "a: r.zadd(9, 5)\nb: x = r.zadd(9, 4, lt=True, ch=True)",
        "int",
        1,
        "ZADD k LT CH 4 9 -> 1",
    ),
    (
        "redis.sortedset[8..11]",
        "a: r.zadd(9, 5)\nb: r.zadd(9, 4, nx=True)\nc: x = r.zscore(9)",
        "int?",
        5,
        "ZSCORE k 9 -> 5",
    ),
    ("redis.sortedset[8..11]", "a: x = r.zadd(9, 4, xx=True)", "int = 7", 0, "ZADD k XX 4 9 -> 0"),
    (
        "redis.sortedset[8..11]",
        'a: r.zadd(9, 5)\nb: r.zadd(8, 5)\nc: x = r.zrangebyscore("-inf", 5, start=0, num=1)',
        "list[8..11]",
        [8],
        "ZRANGEBYSCORE k -inf 5 LIMIT 0 1 -> [8]",
    ),
    (
        "redis.sortedset[8..11]",
        'a: r.zadd(9, 5)\nb: r.zadd(8, 5)\nc: x = r.zrevrangebyscore("+inf", 5)',
        "list[8..11]",
        [9, 8],
        "ZREVRANGEBYSCORE k +inf 5 -> [9, 8]",
    ),
    (GROUPED, BEGUN + "c: x = r.xack(name, 1)", "int = 7", 0, "XACK k name 1 -> 0"),
    (
        GROUPED,
        BEGUN + "c: x = len(r.xreadgroup(name, 1))",
        "int",
        1,
        "XREADGROUP GROUP name 1 BLOCK 0 STREAMS k > -> [{id: 1, value: 4}]",
    ),
    (
        GROUPED,
        BEGUN + "c: r.xreadgroup(name, 1)\nd: x = len(r.xreadgroup(name, 1, nowait=True))",
        "int = 7",
        0,
        "XREADGROUP GROUP name 1 STREAMS k > -> []",
    ),
    (
        GROUPED,
        BEGUN + "c: r.xreadgroup(name, 1)\nd: x = len(r.xreadgroup(name, 0, id=0))",
        "int = 7",
        0,
        "XREADGROUP GROUP name 0 STREAMS k 0 -> []",
    ),
    (
        GROUPED,
        BEGUN
        + "c: r.xreadgroup(name, 1)\nd: r.xdel(1)\ne: x = r.xreadgroup(name, 1, id=0)[0].value",
        "1..9? = 7",
        None,
        "XREADGROUP GROUP name 1 STREAMS k 0 -> [{id: 1, value: none}]",
    ),
    (
        GROUPED,
        BEGUN + "c: r.xreadgroup(name, 1, noack=True)\nd: x = r.xpending(name).pending",
        "int = 7",
        0,
        "XPENDING k name -> {pending: 0, min: none, max: none}",
    ),
    (
        GROUPED,
        BEGUN + "c: r.xreadgroup(name, 1)\nd: r.xclaim(name, 0, 0, 1)\n"
        'e: x = r.xpending_range(name, "-", "+", 9)[0].deliveries',
        "1..3",
        2,
        "XPENDING k name - + 9 -> [{id: 1, consumer: 0, deliveries: 2}]",
    ),
    (
        GROUPED,
        BEGUN + "c: r.xreadgroup(name, 1)\nd: r.xdel(1)\ne: x = r.xautoclaim(name, 0, 0, 0)",
        '"{next: int, claimed: list[{id: int, value: 1..9}], deleted: list[int]}"',
        {"next": 0, "claimed": [], "deleted": [1]},
        "XAUTOCLAIM k name 0 0 0 -> {next: 0, claimed: [], deleted: [1]}",
    ),
    (
        GROUPED,
        BEGUN + "c: r.xreadgroup(name, 1)\nd: x = r.xgroup_delconsumer(name, 1)",
        "int",
        1,
        "XGROUP DELCONSUMER k name 1 -> 1",
    ),
    (GROUPED, BEGUN + "c: x = r.xgroup_destroy(name)", "int", 1, "XGROUP DESTROY k name -> 1"),
    (
        GROUPED,
        BEGUN + 'c: r.xgroup_setid(name, "$")\nd: x = len(r.xreadgroup(name, 1, nowait=True))',
        "int = 7",
        0,
        "XREADGROUP GROUP name 1 STREAMS k > -> []",
    ),
    (
        "redis.stream[1..9]",
        "a: r.xadd(4)\nb: r.xadd(5)\nc: r.xdel(1)\nd: x = r.xadd(6)",
        "int",
        3,
        "XADD k * value 6 -> 3",
    ),
    (
        "redis.stream[1..9]",
        'a: r.xadd(4)\nb: r.xadd(5)\nc: x = r.xrevrange("+", "-", count=1)[0].id',
        "int",
        2,
        "XREVRANGE k + - COUNT 1 -> [{id: 2, value: 5}]",
    ),
    ("queue[1..9]", "a: r.put(4)\nb: r.put(5)\nc: x = r.get()", "1..9", 4, "GET k -> 4"),
    ("queue[1..9]", "a: x = r.try_get()", "1..9?", None, "TRY_GET k -> none"),
    ("queue[1..9]", "a: r.put(4)\nb: x = r.try_get()", "1..9?", 4, "TRY_GET k -> 4"),
    ("queue[1..9]", "a: r.put(4)\nb: r.put(4)\nc: x = r.size()", "int", 2, "SIZE k -> 2"),
    ("websocket[1..9]", "a: x = r.send(4)", "bool", True, "SEND 4 -> sent"),
    ("websocket[1..9]", "a: r.close()\nb: x = r.send(4)", "bool = True", False, "SEND 4 -> closed"),
    ("websocket[1..9]", "a: x = r.send_all([4, 5])", "bool", True, "SEND 4 5 -> sent"),
    (
        "websocket[1..9]",
        "a: r.close()\nb: x = r.is_open()",
        "bool = True",
        False,
        "IS_OPEN -> closed",
    ),
]


@pytest.mark.parametrize(
    ("kind", "program", "answer", "value", "last"), COMMANDS, ids=[c[4] for c in COMMANDS]
)
def test_a_command_answers_as_its_page_says(
    tmp_path: Path, kind: str, program: str, answer: str, value: object, last: str
) -> None:
    trace = run(write(tmp_path, kind, program, answer))
    call = trace.steps[-1].calls[-1]
    assert trace.steps[-1].state.variables["p.x"] == value
    assert f"{call.wire} -> {call.answer}" == last


def lrange(items: list[int], start: int, stop: int) -> list[int]:
    """As Redis's C code clamps a range (lrangeCommand in t_list.c)."""
    if start < 0:
        start += len(items)
    if stop < 0:
        stop += len(items)
    start = max(start, 0)
    if start > stop or start >= len(items):
        return []
    return items[start : min(stop, len(items) - 1) + 1]


RANGES = [(start, stop) for start in range(-5, 5) for stop in range(-5, 5)]


@pytest.mark.parametrize("length", [0, 1, 3])
def test_lrange_takes_and_clamps_indices_as_redis_does(tmp_path: Path, length: int) -> None:
    items = list(range(1, length + 1))
    program = "\n".join(
        f"a{i}: x = r.lrange({start}, {stop})" for i, (start, stop) in enumerate(RANGES)
    )
    options = f"    initially: range(1, {length + 1})\n"
    trace = run(write(tmp_path, "redis.list[1..9]", program, "list[1..9]", options))
    answers = [step.calls[0].result for step in trace.steps]
    assert answers == [lrange(items, *each) for each in RANGES]


def test_ltrim_keeps_what_lrange_answers(tmp_path: Path) -> None:
    program = "\n".join(
        f"a{i}:\n    r.ltrim(7, 8)\n    r.rpush(1)\n    r.rpush(2)\n    r.rpush(3)\n"
        f"    r.ltrim({start}, {stop})\n    x = r.lrange(0, -1)"
        for i, (start, stop) in enumerate(RANGES)
    )
    trace = run(write(tmp_path, "redis.list[1..9]", program, "list[1..9]"))
    answers = [step.calls[-1].result for step in trace.steps]
    assert answers == [lrange([1, 2, 3], *each) for each in RANGES]


def ends(path: Path) -> set[Any]:
    """The values of `b.seen` in all final states, each as a tuple."""
    result = check(path, reason=False)["every_end"]
    return {_plain(ending.values["got"]) for ending in result.endings}


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


TWO = """\
resources:
  r:
    kind: {kind}
{options}processes:
  a:
    run: |
{first}
  b:
    vars:
      seen: {answer}
    run: |
{second}
define:
  got: b.seen
properties:
  every_end:
    finally: False
    expect: violated
  no_deadlock:
    expect: {deadlock}
"""


def pair(
    folder: Path, kind: str, first: str, second: str, answer: str, *, options: str = "",
    deadlock: str = "holds",
) -> Path:  # fmt: skip
    """A spec with a resource `r` and two processes; what `b` saw is its `seen`."""
    path = folder / "pair.yaml"
    text = TWO.format(
        kind=kind,
        options=options,
        first="\n".join(f"      {line}" for line in first.strip().split("\n")),
        second="\n".join(f"      {line}" for line in second.strip().split("\n")),
        answer=answer,
        deadlock=deadlock,
    )
    path.write_text(text)
    return path


def test_a_message_reaches_only_who_is_subscribed_at_that_moment(tmp_path: Path) -> None:
    spec = pair(
        tmp_path, "redis.pubsub[1..3]",
        "one: r.publish(1)\ntwo: r.publish(2)",
        "sub: r.subscribe()\nwhile True:\n    get: seen.append(r.get_message())", "list[1..3]",
    )  # fmt: skip
    assert ends(spec) == {(), (2,), (1, 2)}


def test_dollar_waits_for_the_first_entry_after_it_was_sent(tmp_path: Path) -> None:
    spec = pair(
        tmp_path, "redis.stream[1..3]",
        "one: r.xadd(1)\ntwo: r.xadd(2)\nthree: r.xadd(3)",
        'while True:\n    get: seen = seen + [e.value for e in r.xread("$")]', "list[1..3]",
    )  # fmt: skip
    assert ends(spec) == {(), (1,), (2,), (3,), (1, 2), (1, 3), (2, 3), (1, 2, 3)}


def test_an_entry_that_woke_a_reader_reaches_it_even_if_it_is_trimmed(tmp_path: Path) -> None:
    spec = pair(
        tmp_path, "redis.stream[1..3]",
        "wait: await at(b, get)\none: r.xadd(1)\ntwo: r.xadd(2)\ntrim: r.xtrim(0)",
        'get: seen = [e.id for e in r.xread("$")]', "list[int]",
    )  # fmt: skip
    assert ends(spec) == {(1,)}


def test_every_item_of_a_queue_goes_to_one_taker(tmp_path: Path) -> None:
    spec = pair(
        tmp_path, "queue[1..3]", "one: r.get()", "two: seen.append(r.get())", "list[1..3]",
        options="    initially: [1, 2]\n",
    )  # fmt: skip
    assert ends(spec) == {(1,), (2,)}


def test_a_full_queue_makes_its_writer_wait(tmp_path: Path) -> None:
    spec = pair(
        tmp_path, "queue[1..3]", "one: r.put(1)\ntwo: r.put(2)\nthree: r.put(3)",
        "look: seen = r.size()", "int", options="    bound: 2\n", deadlock="violated",
    )  # fmt: skip
    result = check(spec, reason=False)
    assert result["no_deadlock"].verdict == "violated"
    assert result["no_error"].verdict == "holds"


def test_a_frame_goes_to_the_other_end_only(tmp_path: Path) -> None:
    spec = pair(
        tmp_path, "websocket[1..3]", "out: r.send_all([1, 2])\nback: r.recv()",
        "in1: seen.append(r.recv())\nin2: seen.append(r.recv())\nreply: r.send(3)", "list[1..3]",
    )  # fmt: skip
    assert ends(spec) == {(1, 2)}
    assert check(spec, reason=False)["no_deadlock"].verdict == "holds"


def test_what_arrived_before_a_close_can_still_be_read(tmp_path: Path) -> None:
    spec = pair(
        tmp_path, "websocket[1..3]", "out: r.send(1)\nbye: r.close()\nlate: r.send(2)",
        "while True:\n    get: seen.append(r.recv())", "list[1..3]",
    )  # fmt: skip
    assert ends(spec) == {(1,)}


def test_a_closed_end_drops_what_it_has_not_read(tmp_path: Path) -> None:
    spec = pair(
        tmp_path, "websocket[1..3]", "out: r.send(1)",
        "wait: await done(a)\nbye: r.close()\nend: seen.append(r.recv())", "list[1..3]",
        deadlock="violated",
    )  # fmt: skip
    assert ends(spec) == {()}
    assert check(spec, reason=False)["no_deadlock"].verdict == "violated"


# What real servers do otherwise than the kinds once said; found by `python -m tests.fuzz.kinds`.


def test_a_transaction_wakes_a_reader_when_it_is_done(tmp_path: Path) -> None:
    spec = pair(
        tmp_path, "redis.stream[1..3]",
        "wait: await at(b, get)\nwith atomic:\n    one: r.xadd(1)\n    two: r.xadd(2)\n"
        "late: r.xadd(3)",
        'get: seen = [10 * e.id + e.value for e in r.xread("$")]', "list[int]",
    )  # fmt: skip
    assert ends(spec) == {(11, 22)}


def test_a_transaction_that_leaves_no_entry_wakes_nobody(tmp_path: Path) -> None:
    spec = pair(
        tmp_path, "redis.stream[1..3]",
        "wait: await at(b, get)\nwith atomic:\n    one: r.xadd(1)\n    trim: r.xtrim(0)\n"
        "two: r.xadd(2)",
        'get: seen = [10 * e.id + e.value for e in r.xread("$")]', "list[int]",
    )  # fmt: skip
    assert ends(spec) == {(22,)}


def test_a_step_that_only_may_add_an_entry_wakes_a_reader_only_if_it_does(tmp_path: Path) -> None:
    spec = pair(
        tmp_path, "redis.stream[1..3]",
        "wait: await at(b, get)\nfor n in [1, 2]:\n"
        "    add:\n        if n == 2:\n            r.xadd(n)",
        'get: seen = [10 * e.id + e.value for e in r.xread("$")]', "list[int]",
    )  # fmt: skip
    assert ends(spec) == {(12,)}


@pytest.mark.parametrize("after", ["-1", "0", "1"])
def test_a_stream_without_entries_makes_its_reader_wait(tmp_path: Path, after: str) -> None:
    for number, first in enumerate(("pass", "r.xadd(1)\n        r.xtrim(0)")):
        spec = pair(
            tmp_path, "redis.stream[1..3]", f"one:\n        {first}",
            f"wait: await done(a)\nget: seen = [e.id for e in r.xread({after})]", "list[int]",
            deadlock="violated",
        )  # fmt: skip
        assert ends(spec) == {()}, number


def test_trimming_to_less_than_nothing_is_an_error(tmp_path: Path) -> None:
    path = write(tmp_path, "redis.stream[1..3]", "a: x = r.xtrim(x - 1)")
    result = check(path, reason=False)["no_error"]
    assert result.verdict == "violated"
    assert result.trace is not None
    assert "maxlen" in result.trace.error

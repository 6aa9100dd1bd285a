"""Through the proxy a service is told byte for byte what the server would tell it directly."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from model_check.live.brokers.server import Server
from model_check.live.proxy.gate import Gate, OpenGate
from model_check.live.proxy.proxy import Proxy
from wires import Whimsical, exchange, pieces, target_of, wire

LIKE_HERE = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
CUTS = st.lists(st.integers(0, 10_000), max_size=6)
LARGE = b"x" * 30_000
KEY = st.sampled_from([b"a", b"b", b"{c}\r\n", b"message", b"d\0"])
VALUE = st.binary(max_size=20) | st.sampled_from([b"*1\r\n$4\r\nPING\r\n", LARGE])


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


def _cmd(*words: object) -> st.SearchStrategy[bytes]:
    parts = [w if isinstance(w, st.SearchStrategy) else st.just(w) for w in words]
    return st.tuples(*parts).map(lambda each: wire(*each))


ORDINARY = st.one_of(
    _cmd("SET", KEY, VALUE), _cmd("GET", KEY), _cmd("INCR", KEY), _cmd("DEL", KEY, KEY),
    _cmd("RPUSH", KEY, VALUE, VALUE), _cmd("LRANGE", KEY, 0, -1), _cmd("HSET", KEY, VALUE, VALUE),
    _cmd("HGETALL", KEY), _cmd("XADD", KEY, "1-*", "f", VALUE), _cmd("XRANGE", KEY, "-", "+"),
    _cmd("ECHO", VALUE), _cmd("PING"), _cmd("NOSUCH", VALUE), _cmd("GET"), _cmd("TYPE", KEY),
    _cmd("LPOP", KEY), _cmd("SELECT", st.sampled_from([b"0", b"x", b"99"])),
    _cmd("EVAL", "return {KEYS[1], {1, {ok='fine'}}, redis.call('TYPE', KEYS[1])}", 1, KEY),
    _cmd("EVAL", "return redis.error_reply('MY oh')", 0), _cmd("PUBLISH", KEY, VALUE),
    _cmd("ZADD", KEY, 1.5, VALUE), _cmd("ZRANGE", KEY, 0, -1, "WITHSCORES"),
    _cmd("SADD", KEY, VALUE), _cmd("SISMEMBER", KEY, VALUE), _cmd("AUTH", "no", "way"),
    st.sampled_from([b"PING\r\n", b"SET a 'it\\'s'\r\n", b'ECHO "a\\x41"\n', b"\r\n", b"*0\r\n"]),
)  # fmt: skip
LISTENING = st.one_of(
    _cmd("SUBSCRIBE", KEY), _cmd("SUBSCRIBE", KEY, KEY, KEY), _cmd("UNSUBSCRIBE"),
    _cmd("UNSUBSCRIBE", KEY, KEY), _cmd("PSUBSCRIBE", KEY, "*"), _cmd("PUNSUBSCRIBE"),
    _cmd("PUNSUBSCRIBE", "*"), _cmd("SSUBSCRIBE", KEY), _cmd("SUNSUBSCRIBE"), _cmd("SUBSCRIBE"),
)  # fmt: skip
SETTING = st.one_of(
    _cmd("HELLO", 3, "SETNAME", "me"), _cmd("HELLO", 2, "SETNAME", "me"), _cmd("HELLO", 9),
    _cmd("CLIENT", "SETNAME", KEY), _cmd("CLIENT", "GETNAME"),
    _cmd("CLUSTER", st.sampled_from(["INFO", "KEYSLOT", "HELP"]), "a"), _cmd("CLUSTER", "SLOTS"),
    _cmd("READONLY"), _cmd("ASKING"), _cmd("SENTINEL", "masters"),
)  # fmt: skip
TRANSACTIONS = st.one_of(
    _cmd("MULTI"), _cmd("EXEC"), _cmd("DISCARD"), _cmd("WATCH", KEY), _cmd("UNWATCH"),
    _cmd("MULTI", "x"), _cmd("EXEC", "x"), _cmd("DISCARD", "x"), _cmd("RESET"),
)  # fmt: skip
SILENCE = _cmd("CLIENT", "REPLY", st.sampled_from(["ON", "OFF", "SKIP", "WHAT"])) | _cmd("RESET")
OTHERS = st.one_of(ORDINARY, ORDINARY, SETTING, LISTENING)
COMMANDS = st.lists(OTHERS | TRANSACTIONS, max_size=25) | st.lists(OTHERS | SILENCE, max_size=25)
"""What is silenced within a transaction takes its answer away, for whoever listens."""


def _without_numbers(raw: bytes) -> bytes:
    """HELLO tells the number of the connection, which differs."""
    return re.sub(rb"(\$2\r\nid\r\n:)\d+", rb"\1N", raw)


async def _both(server: Server, gate: Gate, parts: list[bytes]) -> tuple[bytes, bytes]:
    target = target_of(server)
    told = []
    async with Proxy(gate, target) as proxy:
        for port in (target.port, proxy.port):
            await exchange(target.port, [wire("FLUSHALL")])
            told.append(_without_numbers(await exchange(port, parts)))
    return told[0], told[1]


@LIKE_HERE
@given(commands=COMMANDS, cuts=CUTS)
def test_any_commands_in_any_pieces_get_the_same_answers(
    server: Server, loop: asyncio.Runner, commands: list[bytes], cuts: list[int]
) -> None:
    direct, proxied = loop.run(_both(server, OpenGate(), pieces(b"".join(commands), cuts)))
    assert proxied == direct


@LIKE_HERE
@given(commands=COMMANDS, seed=st.integers(0, 1000))
def test_whatever_a_gate_holds_for_a_while_the_answers_are_the_same(
    any_server: Server, loop: asyncio.Runner, commands: list[bytes], seed: int
) -> None:
    direct, proxied = loop.run(_both(any_server, Whimsical(seed), [b"".join(commands)]))
    assert proxied == direct


@LIKE_HERE
@given(
    commands=st.lists(ORDINARY.filter(lambda each: len(each) < len(LARGE)), max_size=5),
    spoiled=st.lists(st.tuples(st.integers(0, 300), st.integers(1, 255)), min_size=1, max_size=3),
)
def test_what_is_no_protocol_is_refused_in_the_words_of_the_server(
    any_server: Server,
    loop: asyncio.Runner,
    commands: list[bytes],
    spoiled: list[tuple[int, int]],
) -> None:
    data = bytearray(b"".join(commands))
    for at, byte in spoiled:
        if data:
            data[at % len(data)] = byte
    assume(b"\0" not in data)  # A server waits for ever at one in a line; we say what is wrong.
    direct, proxied = loop.run(_both(any_server, OpenGate(), [bytes(data)]))
    assert proxied == direct


@pytest.mark.parametrize(
    "garbage",
    [
        b"*x\r\n", b"*1\r\n:1\r\n", b"*1\r\n$-1\r\n", b"'open\r\n", b"*2\r\n$3\r\nGET\r\nx",
        b"*2\r\n$3\r\nGET\r\nx\r\n", b"*01\r\n", b"*1\r\n$01\r\n", b"*1\r\n$536870913\r\n",
        b"*1\r\n$999999999999\r\n", b"*99999999999\r\n", b"*+1\r\n", b"*-1\r\n*-0\r\n", b"*\r\n",
        b"*1\r\n$\r\n", b"*1\r\n$ 1\r\n", b"*1\r\n\n$1\r\n",
    ],
)  # fmt: skip
def test_each_way_to_spoil_the_protocol_is_refused_in_the_words_of_the_server(
    server: Server, loop: asyncio.Runner, garbage: bytes
) -> None:
    parts = [wire("PING") + garbage]
    direct, proxied = loop.run(_both(server, OpenGate(), parts))
    assert proxied == direct
    assert proxied.startswith(b"+PONG\r\n")

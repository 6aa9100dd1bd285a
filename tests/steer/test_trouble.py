"""Whatever breaks, the proxy says what it was, and leaves nothing running."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import subprocess
import tracemalloc
from pathlib import Path

import pytest
from model_check.live.brokers.server import Server
from model_check.live.errors import ServerError
from model_check.live.proxy import replies
from model_check.live.proxy.gate import OpenGate
from model_check.live.proxy.proxy import Proxy
from model_check.live.proxy.target import Target
from test_proxy import carried_out
from wires import Holding, Line, Listing, Whimsical, exchange, saying, target_of, until, wire

MEGABYTE = 1024 * 1024


def refused(proxy: Proxy) -> str:
    """Why a proxy does not begin."""

    async def run() -> None:
        async with proxy:
            raise AssertionError

    with pytest.raises(ServerError) as found:
        asyncio.run(run())
    return str(found.value)


def test_a_port_that_is_taken_is_named_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = refused(Proxy(OpenGate(), Target(), listen=("127.0.0.1", port)))
        assert f"port {port} of 127.0.0.1 is taken" in told
        assert "--listen" in told


@pytest.mark.parametrize(
    ("listen", "host", "told"),
    [
        ("0.0.0.0", "127.0.0.1", "can be reached from other machines"),
        ("127.0.0.1", "192.0.2.1", "192.0.2.1:6379 is not on this machine"),
        ("no.such.host.invalid", "127.0.0.1", "no such host"),
    ],
)
def test_nothing_leaves_this_machine_without_leave(listen: str, host: str, told: str) -> None:
    assert told in refused(Proxy(OpenGate(), Target(host), listen=(listen, 0)))


def test_whoever_means_it_may_listen_everywhere() -> None:
    async def run() -> None:
        proxy = Proxy(OpenGate(), Target(), listen=("0.0.0.0", 0), allow_remote=True)
        async with proxy:
            assert proxy.address == f"0.0.0.0:{proxy.port}"

    asyncio.run(run())


def test_a_server_that_cannot_be_reached_is_named_to_the_service_and_the_gate() -> None:
    gate = Listing()

    async def run() -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
        async with Proxy(gate, Target(port=port)) as proxy:
            told = await exchange(proxy.port, [wire("PING")])
        why = f"the server 127.0.0.1:{port} cannot be reached: nothing listens there"
        assert told.startswith(f"-ERR model-check: {why}".encode())
        assert str(gate.those("closed")[0]).startswith(why)

    asyncio.run(run())


def test_a_killed_server_ends_what_is_under_way_and_what_is_held(lonely_server: Server) -> None:
    gate = Holding(b"SET")

    async def body(proxy: Proxy) -> None:
        async with Line(proxy.port) as blocked, Line(proxy.port) as held:
            await blocked.send(wire("BLPOP", "q", 0))
            await held.send(wire("SET", "a", 1))
            await until(lambda: gate.waiting and len(gate.those("sent")) == 1)
            await exchange(target_of(lonely_server).port, [wire("SHUTDOWN", "NOSAVE")])
            assert await blocked.to_the_end() == b""
            assert await held.to_the_end() == b""
            gate.waiting[0].go()
            assert gate.those("closed") == ["the server closed it"] * 2
            assert b"cannot be reached" in await exchange(proxy.port, [wire("PING")])

    async def run() -> None:
        async with Proxy(gate, target_of(lonely_server)) as proxy:
            await body(proxy)

    asyncio.run(run())


def test_what_a_service_has_sent_before_it_ends_still_goes_through(any_server: Server) -> None:
    gate = Holding(b"SET")

    async def body(proxy: Proxy) -> None:
        async with Line(proxy.port) as line:
            await line.send(wire("SET", "a", 1) + wire("SET", "b", 2))
        await until(lambda: proxy.connections and proxy.connections[0].ended)
        await until(lambda: gate.waiting)
        gate.waiting[0].go()
        await until(lambda: len(gate.waiting) == 2)
        gate.waiting[1].go()
        await until(lambda: gate.those("closed"))
        assert gate.those("closed") == ["the service closed it"]
        assert await exchange(proxy.port, [wire("GET", "b")]) == b"$1\r\n2\r\n"

    carried_out(any_server, gate, body)


def test_a_service_that_breaks_off_takes_along_what_was_held(any_server: Server) -> None:
    gate = Holding(b"SET", kept=[b"GET"], messages=True)

    async def body(proxy: Proxy) -> None:
        async with Line(proxy.port) as line, Line(proxy.port) as again:
            await line.send(wire("GET", "a") + wire("SET", "a", 1))
            await until(lambda: gate.waiting and gate.those("replied"))
            sock = line.writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            line.writer.close()
            await until(lambda: gate.those("closed"))
            assert gate.those("closed") == ["the service broke it off"]
            gate.waiting[0].go()
            gate.requests[0].answer_goes()
            await again.send(wire("PING"))
            await again.hears(b"+PONG\r\n")
            assert [each.number for each in proxy.connections] == [2]

    carried_out(any_server, gate, body)


def test_an_answer_that_the_server_breaks_off_is_passed_on_as_far_as_it_came() -> None:
    told, closed, _ = answered(b"$100\r\nhalf", "PING", closes=True)
    assert (told, closed) == (b"$100\r\nhalf", ["the server closed it"])


def test_what_is_no_protocol_waits_for_the_answers_before_it(any_server: Server) -> None:
    gate = Holding(b"SET")

    async def body(proxy: Proxy) -> None:
        async with Line(proxy.port) as line:
            await line.send(wire("SET", "a", 1) + b"*1\r\nGARBAGE\r\n")
            await until(lambda: gate.waiting)
            await line.hears_nothing()
            gate.waiting[0].go()
            assert (
                await line.to_the_end() == b"+OK\r\n-ERR Protocol error: expected '$', got 'G'\r\n"
            )
            assert gate.those("closed") == [
                "what came is no Redis protocol: expected '$', got 'G'",
            ]

    carried_out(any_server, gate, body)


def test_a_service_that_speaks_tls_where_none_is_spoken_is_told_of(any_server: Server) -> None:
    gate = Listing()

    async def body(proxy: Proxy) -> None:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.open_connection("127.0.0.1", proxy.port, ssl=ssl.create_default_context())
        await until(lambda: gate.those("closed"))
        assert "it speaks TLS" in str(gate.those("closed")[0])

    carried_out(any_server, gate, body)


def answered(answer: bytes, *words: str, closes: bool = False) -> tuple[bytes, list[object], str]:
    """What a service hears where a server says this, what the gate hears, and what is refused."""
    gate = Listing()

    async def run() -> tuple[bytes, list[object], str]:
        async with saying(answer, closes=closes) as target:
            async with Proxy(gate, target) as proxy, Line(proxy.port) as line:
                await line.send(wire(*words))
                told = await line.to_the_end()
            return told, gate.those("closed"), proxy.refused

    return asyncio.run(run())


def test_a_server_that_is_no_redis_is_named() -> None:
    told, closed, _ = answered(b"HTTP/1.1 400 Bad Request\r\n\r\n", "PING")
    assert b"does not speak Redis's protocol" in told
    assert "does not speak Redis's protocol" in str(closed[0])


@pytest.mark.parametrize(
    ("words", "answer", "what"),
    [
        (("GET", "a"), b"-MOVED 3999 127.0.0.1:7002\r\n", "Redis Cluster"),
        (("GET", "a"), b"-ASK 3999 127.0.0.1:7002\r\n", "Redis Cluster"),
        (("HELLO", "3"), b"%2\r\n+server\r\n+redis\r\n+mode\r\n$7\r\ncluster\r\n", "Redis Cluster"),
        (("HELLO", "2"), b"*4\r\n+proto\r\n:2\r\n+mode\r\n$8\r\nsentinel\r\n", "Redis Sentinel"),
        (("INFO",), b"$24\r\nredis_mode:cluster\r\nos:x\r\n\r\n", "Redis Cluster"),
        (("INFO",), b"$27\r\na:b\r\nredis_mode:sentinel\r\n\r\n\r\n", "Redis Sentinel"),
        (("CLUSTER", "SLOTS"), b"*0\r\n", "Redis Cluster"),
        (("SENTINEL", "masters"), b"*0\r\n", "Redis Sentinel"),
    ],
)
def test_a_cluster_or_a_sentinel_is_refused_with_a_clear_word(
    words: tuple[str, ...], answer: bytes, what: str
) -> None:
    told, closed, why = answered(answer, *words)
    assert told.startswith(b"-ERR model-check: this server cannot be steered: it is a")
    assert told.endswith(b"\r\n")
    assert answer not in told
    assert what in why
    assert closed == [why]


def test_where_a_server_is_refused_a_new_connection_is_too() -> None:
    gate = Listing()

    async def run() -> None:
        moved = saying(b"-MOVED 1 127.0.0.1:7002\r\n")
        async with moved as target, Proxy(gate, target) as proxy:
            first = await exchange(proxy.port, [wire("GET", "a")])
            assert proxy.refused
            assert await exchange(proxy.port, [wire("PING")]) == first
            assert len(gate.requests) == 1

    asyncio.run(run())


def test_the_end_of_the_proxy_ends_all_that_is_held(any_server: Server) -> None:
    gate = Holding(b"SET", kept=[b"GET"])

    async def run() -> None:
        async with Proxy(gate, target_of(any_server)) as proxy:
            line = await Line(proxy.port).__aenter__()
            other = await Line(proxy.port).__aenter__()
            await line.send(wire("SET", "a", 1))
            await other.send(wire("GET", "a"))
            await until(lambda: gate.waiting and gate.those("replied"))
        assert gate.those("closed") == ["the proxy has ended"] * 2
        assert await line.to_the_end() == await other.to_the_end() == b""
        for each in (line, other):
            each.writer.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        gate.waiting[0].go()

    asyncio.run(run(), debug=True)


def test_ten_megabytes_flow_both_ways_whatever_is_held(any_server: Server) -> None:
    value = bytes(range(256)) * (10 * MEGABYTE // 256)

    async def body(proxy: Proxy) -> None:
        async with Line(proxy.port) as line:
            await line.send(wire("SET", "a", value), wire("GET", "a"))
            await line.hears(b"+OK\r\n$%d\r\n%s\r\n" % (len(value), value))

    for gate in (OpenGate(), Whimsical(3)):
        carried_out(any_server, gate, body)


def test_a_command_too_large_to_be_gathered_is_held_and_goes_on(any_server: Server) -> None:
    value = b"x" * (20 * MEGABYTE)
    gate = Holding(b"SET", kept=[b"GET"])

    async def body(proxy: Proxy) -> None:
        async with Line(proxy.port) as line:
            sending = asyncio.create_task(line.send(wire("SET", "a", value) + wire("GET", "a")))
            await until(lambda: gate.waiting)
            assert gate.waiting[0].commands[0][:2] == (b"SET", b"a")
            assert len(gate.waiting[0].commands[0][2]) < len(value)
            gate.waiting[0].go()
            await sending
            await line.hears(b"+OK\r\n")
            await until(lambda: gate.those("replied"))
            assert len(gate.those("replied")) == 1
            await line.hears_nothing()
            gate.requests[1].answer_goes()
            assert await line.read(len(value) + 13) == b"$20971520\r\n" + value + b"\r\n"
            await until(lambda: len(gate.those("answered")) == 2)
            assert len(gate.those("replied")) == 1

    carried_out(any_server, gate, body)


@pytest.mark.parametrize("size", [3 * MEGABYTE, 20 * MEGABYTE])
def test_a_large_message_is_held_and_comes_whole(any_server: Server, size: int) -> None:
    payload = b"x" * size
    gate = Holding(messages=True)

    async def body(proxy: Proxy) -> None:
        async with Line(proxy.port) as line:
            await line.send(wire("SUBSCRIBE", "a"))
            await line.hears(b"*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n")
            port = target_of(any_server).port
            assert await exchange(port, [wire("PUBLISH", "a", payload)]) == b":1\r\n"
            await until(lambda: gate.pushed)
            await line.hears_nothing()
            told = gate.pushed[0].payload
            assert payload.startswith(told)
            assert len(told) >= min(size, 15 * MEGABYTE)
            gate.pushed[0].deliver()
            await line.hears(wire("message", "a", payload))
            assert len(gate.pushed) == 1

    carried_out(any_server, gate, body)


def test_a_server_that_answers_nothing_is_not_asked_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(replies, "MOST_PENDING", 100_000)
    gate = Listing()

    async def run() -> None:
        async with saying(b"") as target, Proxy(gate, target) as proxy, Line(proxy.port) as line:
            await line.send(wire("PING") * 10_000)
            await until(lambda: len(gate.requests) > 50)
            await asyncio.sleep(0.05)
            assert len(gate.requests) < 200

    asyncio.run(run())


def test_a_slow_reader_does_not_fill_the_memory(any_server: Server) -> None:
    times, value = 100, b"x" * MEGABYTE

    async def body(proxy: Proxy) -> None:
        async with Line(proxy.port) as line:
            line.reader._limit = 1000  # type: ignore[attr-defined]
            await line.send(wire("SET", "a", value) + wire("GET", "a") * times)
            await asyncio.sleep(0.3)
            assert tracemalloc.get_traced_memory()[1] < 16 * MEGABYTE
            tracemalloc.stop()
            await line.read(5 + times * (len(value) + 12))

    tracemalloc.start()
    carried_out(any_server, OpenGate(), body)


def test_a_held_connection_that_goes_on_sending_does_not_fill_the_memory(
    any_server: Server,
) -> None:
    gate = Holding(b"SET")

    async def body(proxy: Proxy) -> None:
        async with Line(proxy.port) as line:
            await line.send(wire("SET", "a", 1))
            await until(lambda: gate.waiting)
            rest = asyncio.create_task(line.send(*[wire("ECHO", b"x" * MEGABYTE)] * 50))
            await asyncio.sleep(0.2)
            assert not rest.done()
            assert tracemalloc.get_traced_memory()[1] < 8 * MEGABYTE
            gate.waiting[0].go()
            await line.read(5 + 50 * (MEGABYTE + 12))
            await rest

    tracemalloc.start()
    try:
        carried_out(any_server, gate, body)
    finally:
        tracemalloc.stop()


def test_a_hundred_services_are_served_at_once(any_server: Server) -> None:
    async def body(proxy: Proxy) -> None:
        told = await asyncio.gather(
            *(exchange(proxy.port, [wire("INCR", "n") * 20]) for _ in range(100))
        )
        numbers = [int(each) for one in told for each in one.replace(b":", b"").split()]
        assert sorted(numbers) == list(range(1, 2001))

    carried_out(any_server, Whimsical(1), body)


def test_tls_is_spoken_to_services_and_to_servers(any_server: Server, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shown.load_cert_chain(certificate, key)
    trusted = ssl.create_default_context(cafile=str(certificate))
    value = b"x" * MEGABYTE

    async def run() -> None:
        async with Proxy(OpenGate(), target_of(any_server), tls=shown) as secret:
            around = Target(port=secret.port, tls=trusted)
            async with Proxy(Whimsical(1), around) as proxy:
                told = await exchange(proxy.port, [wire("FLUSHALL") + wire("SET", "a", value)])
                assert told == b"+OK\r\n+OK\r\n"
                async with Line(proxy.port) as line:
                    await line.send(wire("GET", "a"))
                    await line.hears(b"$%d\r\n%s\r\n" % (len(value), value))
            stranger = Target(port=secret.port, tls=ssl.create_default_context())
            async with Proxy(OpenGate(), stranger) as proxy:
                told = await exchange(proxy.port, [wire("PING")])
                assert b"cannot be reached: no TLS with it (self-signed certificate)" in told

    asyncio.run(run())

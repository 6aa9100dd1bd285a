"""What the proxy does with commands, answers and messages that a gate holds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from model_check.live.brokers.server import Server
from model_check.live.proxy.gate import Gate, OpenGate, Request
from model_check.live.proxy.outbox import Outbox
from model_check.live.proxy.proxy import Proxy
from model_check.live.proxy.redacting import redacted
from wires import Holding, Line, Listing, exchange, saying, target_of, until, wire

OK = b"+OK\r\n"
Body = Callable[[Proxy], Awaitable[None]]


def carried_out(server: Server, gate: Gate, body: Body) -> None:
    """A test's body, with a proxy."""

    async def run() -> None:
        async with Proxy(gate, target_of(server)) as proxy:
            await exchange(target_of(server).port, [wire("FLUSHALL")])
            await body(proxy)
        assert proxy.connections == ()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not others

    asyncio.run(run(), debug=True)


def test_a_held_command_waits_and_holds_back_its_own_connection_alone(any_server: Server) -> None:
    gate = Holding(b"SET")

    async def body(proxy: Proxy) -> None:
        async with Line(proxy.port) as one, Line(proxy.port) as two:
            await one.send(wire("PING") + wire("SET", "a", 1) + wire("GET", "a"))
            await one.hears(b"+PONG\r\n")
            await one.hears_nothing()
            await two.send(wire("GET", "a"))
            await two.hears(b"$-1\r\n")
            (held,) = gate.waiting
            assert held.commands == ((b"SET", b"a", b"1"),)
            assert held.sent is None
            held.go()
            held.go()
            assert held.sent is not None
            assert held.commands not in gate.those("sent")  # It is told soon, and not within `go`.
            await one.hears(OK + b"$1\r\n1\r\n")
            assert held.answered is not None
            assert held.answered >= held.sent >= held.came
            assert held.answer == OK

    carried_out(any_server, gate, body)


def test_a_gate_is_told_in_the_order_of_what_happens(any_server: Server) -> None:
    gate = Listing()

    async def body(proxy: Proxy) -> None:
        async with Line(proxy.port) as line:
            await line.send(wire("PING") + wire("INCR", "a"))
            await line.hears(b"+PONG\r\n:1\r\n")
        await until(lambda: gate.those("closed"))
        ping, incr = ((b"PING",),), ((b"INCR", b"a"),)
        assert gate.told[:3] == [("opened", 1), ("asks", ping), ("sent", ping)]
        assert [each for each in gate.told if each[1] == incr] == [
            ("asks", incr), ("sent", incr), ("answered", incr),
        ]  # fmt: skip
        assert gate.told.index(("sent", ping)) < gate.told.index(("asks", incr))
        assert gate.told[-1] == ("closed", "the service closed it")

    carried_out(any_server, gate, body)


def test_a_transaction_is_asked_of_once_with_what_is_queued(any_server: Server) -> None:
    gate = Holding(b"EXEC")

    async def body(proxy: Proxy) -> None:
        async with Line(proxy.port) as line:
            await line.send(wire("MULTI") + wire("SET", "a", 1) + wire("SELECT", 0) + wire("EXEC"))
            await line.hears(OK + b"+QUEUED\r\n+QUEUED\r\n")
            await until(lambda: gate.waiting)
            await line.hears_nothing()
            (request,) = gate.waiting
            assert request.transaction
            assert request.commands == ((b"SET", b"a", b"1"), (b"SELECT", b"0"))
            assert gate.requests == [request]
            request.go()
            await line.hears(b"*2\r\n+OK\r\n+OK\r\n")
            assert request.answer == b"*2\r\n+OK\r\n+OK\r\n"

    carried_out(any_server, gate, body)


@pytest.mark.parametrize(
    ("inside", "answers"),
    [
        (wire("NOSUCH") + wire("EXEC"), b"-EXECABORT"),
        (wire("SET", "a") + wire("SET", "a", 1) + wire("EXEC"), b"-EXECABORT"),
        (wire("EXEC"), b"*0\r\n"),
        (wire("SET", "a", 1) + wire("DISCARD"), OK),
        (wire("SET", "a", 1) + wire("RESET"), b"+RESET\r\n"),
        (wire("SET", "a", 1) + wire("EXEC", "x"), b"-EXECABORT"),
    ],
)
def test_a_transaction_that_does_nothing_is_not_asked_of(
    any_server: Server, inside: bytes, answers: bytes
) -> None:
    gate = Holding(b"EXEC")

    async def body(proxy: Proxy) -> None:
        told = await exchange(proxy.port, [wire("MULTI") + inside + wire("GET", "a")])
        assert answers in told
        assert told.endswith(b"$-1\r\n")
        asked = [each.commands[0][0] for each in gate.requests]
        assert asked == ([b"RESET"] if b"RESET" in answers else []) + [b"GET"]

    carried_out(any_server, gate, body)


def test_a_transaction_goes_on_when_what_may_not_stand_in_it_is_refused(server: Server) -> None:
    gate = Holding(b"EXEC")

    async def body(proxy: Proxy) -> None:
        async with Line(proxy.port) as line:
            await line.send(
                wire("MULTI") + wire("MULTI") + wire("SET", "a", 1) + wire("WATCH", "b")
            )
            await line.send(wire("EXEC"))
            await until(lambda: gate.waiting)
            (request,) = gate.waiting
            assert request.commands == ((b"SET", b"a", b"1"),)

    carried_out(server, gate, body)


def test_a_multi_that_is_refused_makes_no_transaction(any_server: Server) -> None:
    gate = Holding(b"SET")

    async def body(proxy: Proxy) -> None:
        async with Line(proxy.port) as line:
            await line.send(wire("MULTI", "x") + wire("SET", "a", 1))
            await until(lambda: gate.waiting)
            assert not gate.waiting[0].transaction

    carried_out(any_server, gate, body)


def test_a_kept_answer_waits_and_what_is_behind_waits_as_well(any_server: Server) -> None:
    gate = Holding(kept=[b"INCR"])

    async def body(proxy: Proxy) -> None:
        async with Line(proxy.port) as line:
            await line.send(wire("INCR", "a") + wire("PING"))
            await until(lambda: gate.those("replied"))
            await line.hears_nothing()
            request = gate.requests[0]
            assert request.answer == b":1\r\n"
            assert request.answered is not None
            assert gate.those("answered") == []
            request.answer_goes()
            assert gate.those("answered") == []
            await line.hears(b":1\r\n+PONG\r\n")
            assert gate.those("answered") == [((b"INCR", b"a"),), ((b"PING",),)]

    carried_out(any_server, gate, body)


def test_an_answer_that_may_go_before_it_is_there_is_not_kept(any_server: Server) -> None:
    gate = Holding(b"INCR", kept=[b"INCR"])

    async def body(proxy: Proxy) -> None:
        async with Line(proxy.port) as line:
            await line.send(wire("INCR", "a"))
            await until(lambda: gate.waiting)
            gate.waiting[0].answer_goes()
            gate.waiting[0].go()
            await line.hears(b":1\r\n")

    carried_out(any_server, gate, body)


def test_a_kept_answer_of_many_parts_is_kept_whole(any_server: Server) -> None:
    gate = Holding(kept=[b"SUBSCRIBE", b"UNSUBSCRIBE"])

    async def body(proxy: Proxy) -> None:
        async with Line(proxy.port) as line:
            await line.send(wire("SUBSCRIBE", "a", "b"))
            await until(lambda: gate.those("replied"))
            await line.hears_nothing()
            one = b"*3\r\n$9\r\nsubscribe\r\n$1\r\n%s\r\n:%d\r\n"
            both = one % (b"a", 1) + one % (b"b", 2)
            assert gate.requests[0].answer == both
            gate.requests[0].answer_goes()
            await line.hears(both)
            await until(lambda: gate.those("answered"))
            await line.send(wire("UNSUBSCRIBE"))
            await until(lambda: len(gate.those("replied")) == 2)
            await line.hears_nothing()
            assert gate.requests[1].answer.count(b"unsubscribe") == 2
            gate.requests[1].answer_goes()
            assert len(await line.read(len(both) + 4)) == len(both) + 4

    carried_out(any_server, gate, body)


@pytest.mark.parametrize("protocol", [2, 3])
def test_a_held_message_keeps_back_what_is_behind_it(any_server: Server, protocol: int) -> None:
    gate = Holding(messages=True)
    mark = b"*" if protocol == 2 else b">"

    def pushed(*words: bytes) -> bytes:
        return mark + wire(*words)[1:]

    async def body(proxy: Proxy) -> None:
        async with Line(proxy.port) as line, Line(proxy.port) as other:
            await line.send(wire("HELLO", protocol))
            await until(lambda: gate.those("answered"))
            await line.reader.read(1000)
            await line.send(wire("SUBSCRIBE", "a") + wire("PSUBSCRIBE", "?"))
            await line.hears(
                pushed(b"subscribe", b"a")[: -0 or None].replace(b"*2", b"*3").replace(b">2", b">3")
                + b":1\r\n"
            )
            await line.hears(pushed(b"psubscribe", b"?").replace(b"2", b"3", 1) + b":2\r\n")
            await other.send(wire("PUBLISH", "a", "hello\r\n"))
            await other.hears(b":2\r\n")
            await line.send(wire("PING"))
            await until(lambda: len(gate.requests) == 5)
            await until(lambda: len(gate.pushed) == 2)
            await line.hears_nothing()
            assert gate.those("pushes") == [
                ("message", b"", b"a", b"hello\r\n"), ("pmessage", b"?", b"a", b"hello\r\n"),
            ]  # fmt: skip
            first, second = gate.pushed
            second.deliver()
            await line.hears_nothing()
            first.deliver()
            await line.hears(pushed(b"message", b"a", b"hello\r\n"))
            await line.hears(pushed(b"pmessage", b"?", b"a", b"hello\r\n"))
            await line.hears(wire("pong", "") if protocol == 2 else b"+PONG\r\n")

    carried_out(any_server, gate, body)


def test_an_answer_that_looks_like_a_message_is_none(any_server: Server) -> None:
    gate = Holding(messages=True)
    looks = wire("message", "a", "b")

    async def body(proxy: Proxy) -> None:
        async with Line(proxy.port) as line:
            await line.send(wire("RPUSH", "l", "message", "a", "b") + wire("LRANGE", "l", 0, -1))
            await line.hears(b":3\r\n" + looks)
            await line.send(wire("SUBSCRIBE", "a") + wire("UNSUBSCRIBE", "a"))
            await line.hears(b"*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n")
            await line.hears(b"*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:0\r\n")
            await line.send(wire("LRANGE", "l", 0, -1))
            await line.hears(looks)
            await line.send(wire("HELLO", 3))
            await line.reader.read(1000)
            await line.send(wire("SUBSCRIBE", "x"))
            await line.hears(b">3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n")
            await line.send(wire("LRANGE", "l", 0, -1))
            await line.hears(looks)
            assert gate.pushed == []

    carried_out(any_server, gate, body)


def test_a_blocked_command_blocks_its_own_connection_alone(any_server: Server) -> None:
    gate = Holding(b"RPUSH")

    async def body(proxy: Proxy) -> None:
        async with Line(proxy.port) as line, Line(proxy.port) as other:
            await line.send(wire("BLPOP", "q", 0) + wire("GET", "a"))
            await other.send(wire("GET", "a"))
            await other.hears(b"$-1\r\n")
            await other.send(wire("RPUSH", "q", "job"))
            await line.hears_nothing()
            gate.waiting[0].go()
            await line.hears(wire("q", "job") + b"$-1\r\n")

    carried_out(any_server, gate, body)


def test_the_database_and_the_name_of_a_connection_are_followed(any_server: Server) -> None:
    gate = Listing()

    async def body(proxy: Proxy) -> None:
        async with Line(proxy.port) as line:
            (connection,) = proxy.connections
            peer = line.writer.get_extra_info("sockname")
            assert connection.address == f"127.0.0.1:{peer[1]}"
            await line.send(wire("SELECT", 99) + wire("CLIENT", "SETNAME", "gateway"))
            await until(lambda: len(gate.those("answered")) == 2)
            assert (connection.db, connection.name) == (0, "gateway")
            await line.send(wire("RESET"))
            await until(lambda: len(gate.those("answered")) == 3)
            assert (connection.db, connection.name) == (0, "")
            await line.send(wire("HELLO", 3, "AUTH", "default", "secret", "SETNAME", "other"))
            await until(lambda: len(gate.those("answered")) == 4)
            assert connection.name == "other"

    carried_out(any_server, gate, body)


def test_a_command_is_asked_of_when_its_database_is_known() -> None:
    class Looking(Listing):
        def asks(self, request: Request) -> bool:
            self.told.append(("db", request.connection.db))
            return super().asks(request)

    gate = Looking()

    async def run() -> None:
        async with saying(OK) as target, Proxy(gate, target) as proxy, Line(proxy.port) as line:
            await line.send(wire("SELECT", 3) + wire("SET", "a", 1) + wire("SET", "a", 1))
            await until(lambda: len(gate.requests) == 3)
            assert gate.those("db") == [0, 3, 3]

    asyncio.run(run())


def test_what_is_only_queued_is_not_known_yet(any_server: Server) -> None:
    gate = Listing()

    async def body(proxy: Proxy) -> None:
        named = wire("MULTI") + wire("CLIENT", "SETNAME", "gateway")
        async with Line(proxy.port) as line:
            (connection,) = proxy.connections
            await line.send(named + wire("DISCARD"))
            await line.hears(OK + b"+QUEUED\r\n" + OK)
            assert connection.name == ""
            await line.send(named + wire("SUBSCRIBE", "a") + wire("EXEC") + wire("PING"))
            await until(lambda: len(gate.those("answered")) == 2)
            assert connection.name == "gateway"
            assert gate.requests[1].answer == wire("pong", "")

    carried_out(any_server, gate, body)


def test_passwords_are_told_to_the_server_alone(any_server: Server) -> None:
    gate = Listing()

    async def body(proxy: Proxy) -> None:
        said = wire("AUTH", "me", "secret") + wire("HELLO", 3, "AUTH", "me", "secret")
        told = await exchange(proxy.port, [said + b"AUTH secret\r\n"])
        assert told.count(b"-WRONGPASS") == 2
        assert "secret" not in repr(gate.told) + repr(gate.requests)
        assert gate.requests[1].commands == (
            (b"HELLO", b"3", b"AUTH", b"(redacted)", b"(redacted)"),
        )

    carried_out(any_server, gate, body)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("CONFIG SET maxmemory 1 requirepass SECRET", "CONFIG SET maxmemory 1 requirepass -"),
        ("ACL SETUSER me >SECRET on", "ACL SETUSER me - -"),
        ("MIGRATE h 1 k 0 1 AUTH2 me SECRET KEYS a", "MIGRATE h 1 k 0 1 AUTH2 - - KEYS a"),
        ("MIGRATE h 1 k 0 1 auth SECRET", "MIGRATE h 1 k 0 1 auth -"),
        ("SET AUTH 1", "SET AUTH 1"),
        ("AUTH SECRET", "AUTH -"),
        ("HELLO 3 AUTH AUTH SECRET SETNAME x", "HELLO 3 AUTH - - SETNAME x"),
    ],
)
def test_what_a_server_hides_in_its_logs_is_hidden(words: str, shown: str) -> None:
    found = tuple(words.encode().split())
    hidden = tuple(shown.encode().replace(b"-", b"(redacted)").split())
    assert redacted(found[0].upper(), found) == hidden


def test_an_answer_belongs_to_its_command_where_others_got_none_or_fewer(server: Server) -> None:
    gate = Listing()
    fewer = wire("ACL", "SETUSER", "few", "on", "nopass", "~*", "+@all", "resetchannels")

    async def body(proxy: Proxy) -> None:
        quiet = wire("CLIENT", "REPLY", "SKIP") + wire("PUNSUBSCRIBE") + wire("GET", "a")
        await exchange(proxy.port, [quiet])
        assert gate.requests[-1].answer == b"$-1\r\n"
        refused = fewer + wire("AUTH", "few", "") + wire("SUBSCRIBE", "a", "b", "c")
        told = await exchange(proxy.port, [refused + wire("GET", "a")])
        assert told.startswith(OK + OK + b"-NOPERM")
        assert gate.requests[-1].answer == b"$-1\r\n"

    carried_out(server, gate, body)


def test_what_a_service_asks_no_answer_to_is_answered_when_it_is_sent(server: Server) -> None:
    gate = Listing()

    async def body(proxy: Proxy) -> None:
        async with Line(proxy.port) as line:
            await line.send(wire("CLIENT", "REPLY", "OFF") + wire("INCR", "a") + wire("MULTI"))
            await line.send(wire("INCR", "a") + wire("EXEC") + wire("CLIENT", "REPLY", "ON"))
            await line.send(wire("CLIENT", "REPLY", "SKIP") + wire("INCR", "a") + wire("GET", "a"))
            await line.hears(OK + b"$1\r\n3\r\n")
            assert [request.transaction for request in gate.requests].count(True) == 1
            assert len(gate.those("answered")) == len(gate.requests) == 7

    carried_out(server, gate, body)


def test_monitor_shows_its_lines_and_still_answers(any_server: Server) -> None:
    gate = Listing()

    async def body(proxy: Proxy) -> None:
        async with Line(proxy.port) as line, Line(proxy.port) as other:
            await line.send(wire("MONITOR"))
            await line.hears(OK)
            await other.send(wire("SET", "a", 1))
            await other.hears(OK)
            assert b'"SET" "a" "1"' in await line.reader.readline()
            await line.send(wire("WAIT", 1, 50))
            await until(lambda: gate.those("sent")[-1] == ((b"WAIT", b"1", b"50"),))
            await other.send(wire("SET", "a", 2))
            await until(lambda: len(gate.those("answered")) == 4)
            assert sorted(each.answer for each in gate.requests) == [OK, OK, OK, b":0\r\n"]
            await line.send(wire("RESET") + wire("EVAL", "return {ok='1.5 [0 x]'}", 0))
            await until(lambda: len(gate.those("answered")) == 6)
            assert gate.requests[-1].answer == b"+1.5 [0 x]\r\n"

    carried_out(any_server, gate, body)


def test_a_replica_is_given_what_it_asks_for(any_server: Server) -> None:
    async def body(proxy: Proxy) -> None:
        async with Line(proxy.port) as line:
            await line.send(wire("PING"))
            await line.hears(b"+PONG\r\n")
            await line.send(wire("PSYNC", "?", -1))
            await line.hears(b"+FULLRESYNC ")
            await line.reader.readuntil(b"REDIS0" if "Redis" in any_server.name else b"VALKEY")

    carried_out(any_server, OpenGate(), body)


def test_what_is_let_through_later_is_written_later_whatever_connection_it_takes() -> None:
    written: list[tuple[str, bytes]] = []

    class Server:
        def __init__(self, name: str) -> None:
            self.name = name

        def write(self, data: bytes) -> None:
            written.append((self.name, data))

    one, two, outbox = Server("one"), Server("two"), Outbox()
    for to, data in ((one, b"a"), (one, b"b"), (two, b"c"), (one, b"d")):
        outbox.put(to, data)
    assert written == [("one", b"ab"), ("two", b"c")]
    outbox.flush()
    outbox.flush()
    assert written[2:] == [("one", b"d")]

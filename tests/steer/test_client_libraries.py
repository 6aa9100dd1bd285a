"""A client library sees no difference between the proxy and its server, whatever a gate holds."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import redis.asyncio
from model_check.live.brokers.server import Server
from model_check.live.proxy.gate import Gate, OpenGate
from model_check.live.proxy.proxy import Proxy
from redis.exceptions import RedisError
from wires import Whimsical, target_of

SCRIPT = "redis.call('RPUSH', KEYS[1], ARGV[1]); return redis.call('LRANGE', KEYS[1], 0, -1)"


async def lived(port: int, protocol: int) -> list[Any]:
    """What a service sees that uses about everything."""
    client: Any = redis.asyncio.Redis(port=port, protocol=protocol, client_name="service")
    seen: list[Any] = []
    try:
        await client.flushall()
        async with client.pipeline(transaction=False) as pipe:
            for number in range(200):
                pipe.rpush("list", number)
                pipe.lrange("list", -3, -1)
            pipe.incr("list")
            seen.append(await pipe.execute(raise_on_error=False))
        async with client.pipeline() as pipe:
            seen.append(await pipe.set("n", 1).incr("n").hset("h", "a", 1).hgetall("h").execute())
        async with client.pipeline() as pipe:
            await pipe.watch("n")
            await client.set("n", 7)
            pipe.multi()
            pipe.incr("n")
            with pytest.raises(RedisError, match="Watched"):
                await pipe.execute()
        with pytest.raises(RedisError, match="WRONGTYPE"):
            await client.incr("h")
        script = client.register_script(SCRIPT)
        seen += [await script(["s"], [each]) for each in ("a", b"\r\n", "c" * 100_000)]
        waiting = asyncio.create_task(client.blpop(["q"], 5))
        await asyncio.sleep(0.01)
        seen.append(await client.rpush("q", "job"))
        seen.append([bytes(each) for each in await waiting])
        seen.append(await client.xadd("x", {"k": "v"}, id="1-1"))
        seen.append(await client.xread({"x": "0"}))
        seen.append(await client.client_getname())
        seen += await listened(client)
    finally:
        await client.aclose()
    return [repr(each) for each in seen]


async def listened(client: Any) -> list[Any]:
    """What a subscriber hears."""
    seen = []
    async with client.pubsub() as listener:
        await listener.subscribe("a", "b")
        await listener.psubscribe("?")
        seen += [await listener.get_message(timeout=5) for _ in range(3)]
        for number in range(20):
            await client.publish("ab"[number % 2], number)
        seen += [await listener.get_message(timeout=5) for _ in range(40)]
        await listener.ping("still")
        seen.append(await listener.get_message(timeout=5))
        await listener.unsubscribe()
        await listener.punsubscribe("?")
        heard = [await listener.get_message(timeout=5) for _ in range(3)]
        seen += sorted(heard, key=repr)  # A server says them in the order of its own tables.
    return seen


@pytest.mark.parametrize("protocol", [2, 3])
def test_a_client_library_sees_no_difference(server: Server, protocol: int) -> None:
    async def run() -> None:
        target = target_of(server)
        expected = await lived(target.port, protocol)
        gates: list[Gate] = [OpenGate(), Whimsical(1), Whimsical(2)]
        for gate in gates:
            async with Proxy(gate, target) as proxy:
                assert await lived(proxy.port, protocol) == expected

    asyncio.run(run())

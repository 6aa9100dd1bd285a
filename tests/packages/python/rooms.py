"""Chat rooms of Django Channels over Redis: python rooms.py URL loses|keeps SESSIONS

Each customer has a room, and keys with a prefix of their own. Whoever enters joins its group, and
receives what is sent to the group. `loses`: messages are sent while somebody enters and while they
are busy, and a full channel drops what is sent to it. `keeps`: whoever enters is there before, and
quick. Printed is which messages each one never got.
"""

import asyncio
import json
import random
import sys

from channels_redis.core import RedisChannelLayer

URL, HOW, SESSIONS = sys.argv[1], sys.argv[2], int(sys.argv[3])
TOTAL = 6
CAPACITY = 3


class Layer(RedisChannelLayer):
    """It waits without a limit."""

    brpop_timeout = 0


async def consumer(room: str, chance: random.Random, layer: Layer, got: list[int]) -> None:
    """Somebody is in the room, until they are cancelled."""
    channel = await layer.new_channel()
    await layer.group_add("lobby", channel)
    while True:
        message = await layer.receive(channel)
        got.append(message["seq"])
        if HOW == "loses":
            await asyncio.sleep(chance.uniform(0, 0.09))  # it is busy with it


async def sender(room: str, chance: random.Random, layer: Layer) -> None:
    """Somebody writes to the room."""
    for seq in range(1, TOTAL + 1):
        await layer.group_send("lobby", {"type": "chat.message", "seq": seq})
        await asyncio.sleep(chance.uniform(0, 0.03))


async def session(room: str) -> list[int]:
    """Which messages were never received."""
    chance = random.Random(room)
    got: list[int] = []
    writer, reader = (  # server processes of their own
        Layer(hosts=[URL], prefix=room, capacity=CAPACITY) for _ in range(2)
    )
    await asyncio.sleep(chance.uniform(0, 1))
    entering = asyncio.ensure_future(consumer(room, chance, reader, got))
    await asyncio.sleep(0.2 if HOW == "keeps" else chance.uniform(0, 0.01))
    await sender(room, chance, writer)
    await asyncio.sleep(1.5)
    entering.cancel()
    await asyncio.wait([entering])
    await reader.close_pools()
    await writer.close_pools()
    return sorted(set(range(1, TOTAL + 1)) - set(got))


async def main() -> None:
    rooms = [f"r{number}" for number in range(1, SESSIONS + 1)]
    lost = await asyncio.gather(*(session(room) for room in rooms))
    print(json.dumps(dict(zip(rooms, lost, strict=True))))


asyncio.run(main())

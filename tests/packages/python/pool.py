"""A chat served by FastAPI from one pool of redis-py: python pool.py URL loses|keeps SESSIONS

The chunks of an answer are published, and then stored. Who opens the page gets what is stored, and
then what is published. `loses`: it is opened while the answer is being written. `keeps`: before
that, or after it. Printed is which chunks each page never showed.
"""

import asyncio
import json
import random
import sys
from collections import defaultdict
from collections.abc import AsyncIterator

import httpx
import redis.asyncio as redis
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

URL, HOW, SESSIONS = sys.argv[1], sys.argv[2], int(sys.argv[3])
TOTAL = 6
PATIENCE = 1.0
"""For how many seconds a page waits for the next chunk."""

app = FastAPI()
pool = redis.Redis.from_url(URL, decode_responses=True)
listening: dict[str, asyncio.Event] = defaultdict(asyncio.Event)


@app.get("/chats/{chat}")
async def events(chat: str) -> StreamingResponse:
    async def chunks() -> AsyncIterator[str]:
        last = "0"
        for last in await pool.lrange(f"chat:{chat}:history", 0, -1):
            yield f"{last}\n"
        if last == str(TOTAL):
            return
        async with pool.pubsub() as channel:
            await channel.subscribe(f"chat:{chat}:events")
            await channel.get_message(timeout=PATIENCE)  # it is confirmed
            listening[chat].set()
            while last != str(TOTAL):
                message = await channel.get_message(timeout=PATIENCE)
                if message is None:
                    return
                last = message["data"]
                yield f"{last}\n"

    return StreamingResponse(chunks())


async def answer(chat: str, chance: random.Random) -> None:
    """A model writes its answer."""
    for chunk in range(1, TOTAL + 1):
        await asyncio.sleep(chance.uniform(0, 0.02))
        await pool.publish(f"chat:{chat}:events", chunk)
        async with pool.pipeline() as pipe:
            pipe.rpush(f"chat:{chat}:history", chunk)
            pipe.expire(f"chat:{chat}:history", 600)
            await pipe.execute()


async def session(chat: str, browser: httpx.AsyncClient) -> list[int]:
    """Which chunks the page lacks."""
    chance = random.Random(chat)
    await asyncio.sleep(chance.uniform(0, 1))
    if HOW == "loses":
        writing = asyncio.ensure_future(answer(chat, chance))
        await asyncio.sleep(chance.uniform(0, 0.08))
        page = await browser.get(f"/chats/{chat}")
        await writing
    elif chance.random() < 0.5:
        await answer(chat, chance)
        page = await browser.get(f"/chats/{chat}")
    else:
        opening = asyncio.ensure_future(browser.get(f"/chats/{chat}"))
        await listening[chat].wait()
        await answer(chat, chance)
        page = await opening
    return sorted(set(range(1, TOTAL + 1)) - {int(line) for line in page.text.split()})


async def main() -> None:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://chat", timeout=60
    ) as browser:
        chats = [f"c{number}" for number in range(1, SESSIONS + 1)]
        lost = await asyncio.gather(*(session(chat, browser) for chat in chats))
    await pool.aclose()
    print(json.dumps(dict(zip(chats, lost, strict=True))))


asyncio.run(main())

"""Receives the webhooks of a payment provider: uvicorn receiver:app

An event has an idempotency key, since a provider delivers it again where it heard no answer.
"""

import json
import os
from collections.abc import Awaitable, Callable
from typing import Any

from redis.asyncio import Redis

DAY = 24 * 60 * 60
redis = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


async def received(event: str) -> str:
    if not await redis.set(f"webhook:{event}", "charged", ex=DAY, nx=True):
        return "known"
    await redis.rpush(f"charges:{event}", json.dumps({"amount": "9.90"}))
    return "charged"


async def app(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    headers = dict(scope["headers"])
    said = await received(headers[b"idempotency-key"].decode())
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": said.encode()})

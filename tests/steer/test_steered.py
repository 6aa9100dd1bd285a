"""A user's own test, with the user's own services in it, under a schedule of a spec."""

from __future__ import annotations

import asyncio
from pathlib import Path

import model_check
import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

SYSTEMS = Path(__file__).parent / "systems"
WEBHOOK = SYSTEMS / "webhook" / "legacy.yaml"


async def delivered(redis: AsyncRedis, event: str) -> None:
    """What a receiver of webhooks does, as one is written that charges twice."""
    if await redis.get(f"webhook:{event}"):
        return
    await redis.rpush(f"charges:{event}", '{"amount": "9.90"}')
    await redis.set(f"webhook:{event}", "charged", ex=86_400)


async def delivered_by_one(redis: AsyncRedis, event: str) -> None:
    """The same, mended: who notes the event first is the one that charges."""
    if await redis.set(f"webhook:{event}", "charged", nx=True, ex=86_400):
        await redis.rpush(f"charges:{event}", '{"amount": "9.90"}')


def test_a_schedule_has_the_users_own_code_charge_twice() -> None:
    async def charged() -> tuple[int, model_check.SteeredUrl]:
        async with model_check.steered(WEBHOOK, "charged_once") as redis_url:
            redis = AsyncRedis.from_url(redis_url)
            await asyncio.gather(delivered(redis, "e1"), delivered(redis, "e1"))
            count = await redis.llen("charges:e1")
            await redis.aclose()
        return count, redis_url

    for _ in range(5):
        count, redis_url = asyncio.run(charged())
        assert count == 2
        assert redis_url.run.departure is None
        assert redis_url.run.verdict("charged_once") == "violated"


def test_mended_code_leaves_the_schedule_and_charges_once() -> None:
    async def charged() -> tuple[int, model_check.SteeredUrl]:
        async with model_check.steered(WEBHOOK, patience=0.5) as redis_url:
            redis = AsyncRedis.from_url(redis_url)
            both = (delivered_by_one(redis, "e1"), delivered_by_one(redis, "e1"))
            await asyncio.gather(*both)
            count = await redis.llen("charges:e1")
            await redis.aclose()
        return count, redis_url

    count, redis_url = asyncio.run(charged())
    assert count == 1
    departure = redis_url.run.departure
    assert departure is not None
    assert departure.instead.startswith("RPUSH charges:e1")
    assert departure.turn.sends == ("GET webhook:{session}",)


def test_a_test_that_may_block_has_a_plain_context(steered) -> None:  # type: ignore[no-untyped-def]
    with steered(WEBHOOK) as redis_url:
        redis = Redis.from_url(redis_url)
        redis.ping()
        assert redis.set("other", "1")
        redis.close()
    assert redis_url.run.course == "never came"


def test_where_nothing_is_violated_there_is_nothing_to_steer_by() -> None:
    mended = SYSTEMS / "webhook" / "mended.yaml"
    with (
        pytest.raises(model_check.LiveError, match="nothing is violated"),
        model_check.steered(mended),
    ):
        pass

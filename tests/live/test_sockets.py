"""WebSockets of a run: nothing is kept of those that are over."""

from __future__ import annotations

import asyncio

from model_check.live.sockets import Hub

CONNECTIONS = 5


async def connect_often() -> tuple[int, int]:
    """How many tasks there are before the first connection, and when all are over."""
    async with Hub(5.0) as hub:
        before = len(asyncio.all_tasks())
        for _ in range(CONNECTIONS):
            for end in await hub.connect():
                await end.dismiss()
        async with asyncio.timeout(5.0):
            while len(asyncio.all_tasks()) > before:
                await asyncio.sleep(0)
        return before, len(asyncio.all_tasks())


def test_a_connection_that_is_over_leaves_no_task() -> None:
    before, after = asyncio.run(connect_often())
    assert after == before

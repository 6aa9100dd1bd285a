"""WebSockets of a run: nothing is kept of those that are over."""

from __future__ import annotations

import asyncio
import socket

import pytest
from model_check.live.brokers.sockets import Hub
from model_check.live.errors import LiveError
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

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


def test_one_that_does_not_open_in_time_says_so() -> None:
    async def connected() -> None:
        async with Hub(0.0) as hub:
            await hub.connect()

    with pytest.raises(LiveError, match=r"on loopback: none opened within 0 s$"):
        asyncio.run(connected())


def listens_there(host: str, port: int) -> bool:
    """Whether somebody takes connections at an address."""
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0


async def intrude() -> list[str]:
    """What a stranger on this machine gets, and a page in a browser that knows a path."""
    said = []
    async with Hub(5.0) as hub:
        assert listens_there("127.0.0.1", hub.port)
        said.append(str(listens_there("127.0.0.2", hub.port)))
        waiting = asyncio.create_task(hub.connect())
        for path, origin in (("/1", None), ("/", None), ("/1", "https://elsewhere.example")):
            try:
                stranger = await connect(
                    f"ws://127.0.0.1:{hub.port}{path}",
                    origin=None if origin is None else Origin(origin),
                    proxy=None,
                )
                await stranger.wait_closed()
                said.append("nothing")
            except InvalidStatus as error:
                said.append(str(error.response.status_code))
        ends = await waiting
        assert all(end.is_open for end in ends)
        for end in ends:
            await end.dismiss()
    return said


def test_nobody_else_gets_an_end_of_a_connection() -> None:
    assert asyncio.run(intrude()) == ["False", "nothing", "nothing", "403"]

"""What goes wrong at the very end of a free run hangs nothing, and leaves nothing half done."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from model_check.language import load
from model_check.language.tree.spec import CRASHES
from model_check.live.brokers.connection import Connection, Subscription
from model_check.live.brokers.contract import Store
from model_check.live.brokers.keys import instances_on_server
from model_check.live.brokers.payload import codec_of
from model_check.live.brokers.redis_client import Base, RedisClient
from model_check.live.brokers.server import Server
from model_check.live.runs.field import AtRandom
from model_check.live.runs.free import FreeRun
from model_check.live.runs.mishaps import Budget, Field, Mishaps
from model_check.live.runs.places import Place


def test_a_run_that_ends_in_the_moment_of_a_crash_does_not_wait_for_the_dead() -> None:
    class Endless(FreeRun):
        def __init__(self) -> None:
            """Nothing but what a process needs to live."""

        async def _work(self, place: Place) -> None:
            await asyncio.Event().wait()

    async def ended() -> None:
        place = Place(0, cast(Any, None), paced=True)
        life = asyncio.create_task(Endless()._live(place))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert place.work is not None
        place.dead = asyncio.Event()
        place.work.cancel()
        life.cancel()
        await asyncio.wait([life], timeout=5)
        assert life.cancelled()

    asyncio.run(ended())


class AsOftenAsMayBe(random.Random):
    """A chance that always draws the most."""

    def randint(self, a: int, b: int) -> int:
        return b


class EndsMeanwhile:
    """A run that is over while a process of it dies, or before that."""

    def __init__(self, *, over: bool) -> None:
        self.over = over
        self.dying = asyncio.Event()
        self.died = False

    async def after(self, steps: int) -> None:
        """At once."""

    @asynccontextmanager
    async def disturbed(self) -> AsyncIterator[bool]:
        yield not self.over

    async def crash(self, name: str) -> bool:
        self.dying.set()
        await asyncio.sleep(0.05)
        self.died = True
        return True

    async def run(self) -> bool:
        if self.over:
            await asyncio.sleep(0.05)
        else:
            await self.dying.wait()
        return True


@pytest.mark.parametrize("over", [False, True])
def test_a_crash_is_carried_out_whole_or_not_begun(over: bool) -> None:
    async def happened() -> tuple[bool, int]:
        run = EndsMeanwhile(over=over)
        field = Field([Budget((("worker", CRASHES),), 1)], AsOftenAsMayBe())
        mishaps = Mishaps(field, cast(Any, run), cast(Any, None))
        assert await mishaps.during(run.run(), 0)
        return run.died, mishaps.happened["worker.crashes"]

    assert asyncio.run(happened()) == ((False, 0) if over else (True, 1))


class WaitsAtAServer(FreeRun):
    """A run whose only process waits at a server, which has answered, or has not."""

    def __init__(self, *, answered: bool) -> None:
        async def nothing_under_way() -> bool:
            # The answer that was on its way has come by the time that all has arrived.
            waiter.between = not answered
            return not answered

        waiter = Place(0, cast(Any, None), paced=True)
        self._places = [waiter]
        self._waiting = cast(Any, SimpleNamespace(nothing_under_way=nothing_under_way))


@pytest.mark.parametrize("answered", [False, True])
def test_nothing_goes_wrong_between_a_servers_answer_and_who_waits_for_it(answered: bool) -> None:
    assert asyncio.run(WaitsAtAServer(answered=answered)._all_between()) is not answered


TWO = """
model: two
resources:
  a: {kind: "redis.pubsub[1..3]", key: "a:{s}", disconnects: 1}
  b: {kind: "redis.pubsub[1..3]", key: "b:{s}", disconnects: 1}
processes:
  p: {crashes: 1, run: "tell: a.publish(1)"}
  q: {run: "tell: b.publish(1)"}
properties: {fine: {always: "True"}}
"""


@pytest.mark.parametrize("what", ["a", "b", "crash"])
def test_a_run_is_asked_whether_it_rests_while_connections_break(
    any_server: Server, what: str, tmp_path: Path
) -> None:
    """Two channels make it likely that one ends behind the question on the other."""
    path = tmp_path / "two.yaml"
    path.write_text(TWO, encoding="utf-8")
    stores = {
        name: Store(name, each, number, f"{name}:x", codec_of(each), None)
        for name, each, number in instances_on_server(load(path))
    }

    async def asked() -> None:
        control = await Connection.open(any_server, 5.0)
        client = RedisClient(Base(any_server, control, 5.0))
        for name in stores:
            opened = await Subscription.open(any_server, 5.0, lambda channel, text: True)
            client.subscriptions[name] = opened
        asking = asyncio.create_task(client.fence())
        await asyncio.sleep(0)
        if what == "crash":
            await client.crash(AtRandom(random.Random(1)))
        else:
            await client.cut(stores[what])
        await asking
        await client.close()
        await control.close()

    asyncio.run(asked())

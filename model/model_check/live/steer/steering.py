"""From a run of the model and a user's services to the same run by these, and what it showed."""

from __future__ import annotations

import asyncio
import contextlib
import math
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from urllib.parse import urlsplit, urlunsplit

from ...budget.spending import Ask, never, why_of
from ...explore.space import Space
from ...results.check import Trace
from ...results.steer import Departure, SteeredRun
from ..brokers.broker_state import measure
from ..brokers.connection import Connection
from ..brokers.contract import Store
from ..brokers.entries import EntryIds
from ..brokers.keys import instances_on_server, is_channel
from ..brokers.payload import Value, codec_of
from ..brokers.server import PATIENCE, Server, place_at
from ..errors import LiveError
from ..monitor.session_setup import puts_there
from ..proxy.proxy import Proxy
from ..proxy.target import Target
from .conductor import Conductor
from .measuring import Course, Measurer
from .patience import BY_HAND, STARTING, Patience
from .plan import Plan
from .recognising import Said
from .script_texts import ScriptTexts
from .scripts import ScriptWatch
from .services import Services
from .turns import ScheduledTurn, TurnReader

__all__ = ["Steerer", "Steering"]

LOOKS = 0.05
"""Seconds between two looks at whether the next turn comes."""
QUIET = 1.0
"""Seconds without a command after which a run is over that no command of ours ends."""


@dataclass(frozen=True, slots=True)
class Steering:
    """How services are steered. `command`: what starts them (): somebody does; `host` and `port`:
    where they connect (0: any free port); `tls`: what is shown to
    them, where they speak TLS; `patience`: seconds for the next turn. `reason`: look
    for the events that force a loss."""

    command: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    port: int = 0
    patience: float = 4.0
    allow_remote: bool = False
    reason: bool = False
    tls: ssl.SSLContext | None = field(default=None, repr=False)


class Steerer:
    """Steers a user's services through runs of one space, until `stop` ends it."""

    def __init__(
        self,
        space: Space,
        server: Server,
        steering: Steering,
        stop: Ask = never,
    ) -> None:
        machine, spec = space.machine, space.machine.spec
        self.space = space
        self.spec = spec
        self.server = server
        self.steering = steering
        self._reader = TurnReader(spec, machine)
        self.interrupted = False
        self._texts = ScriptTexts()
        self.measurer = Measurer(spec, self._reader, self._texts, reason=steering.reason)
        self._stop = stop
        self._stores = {
            name: Store(name, resource, number, "", codec_of(resource), None)
            for name, resource, number in instances_on_server(spec)
        }

    def turns(self, trace: Trace) -> list[ScheduledTurn]:
        """What of a run the proxy can give. Raises LiveError where that is nothing."""
        found = self._reader.turns(trace)
        if not found:
            raise LiveError("nothing in this run goes over Redis: there is nothing to steer")
        return found

    async def run(
        self,
        trace: Trace,
        number: int = 1,
        *,
        over: Ask | None = None,
        ready: Callable[[str], None] | None = None,
    ) -> SteeredRun:
        """Have the services carry a run out. `over`: whether they have ended, where no command of
        ours starts them; `ready` is told where they connect. Raises LiveError where it cannot be
        begun."""
        turns = self.turns(trace)
        changed = asyncio.Event()

        def fills(said: Said) -> bool:
            return bool(said.events) and all(
                puts_there(each, trace.initial.variables, self._stores) for each in said.events
            )

        loop = asyncio.get_running_loop()
        scripts = ScriptWatch(self.server, self.steering.patience)

        def watch(seen: Callable[[], None]) -> None:
            scripts.begin(partial(loop.call_soon_threadsafe, seen))

        plan = Plan(self.space, trace, turns)
        conductor = Conductor(
            self.spec, turns, fills=fills, forward=plan.forward, texts=self._texts,
            tell=changed.set, watch=watch,
        )  # fmt: skip
        started = time.monotonic()
        services = None
        stored: Mapping[str, Value] = {}
        async with AsyncExitStack() as stack:
            proxy = await stack.enter_async_context(self._proxy(conductor))
            asked = self.steering
            url = url_at(self.server.url, asked.host, proxy.port, tls=asked.tls is not None)
            if self.steering.command:
                services = Services(self.steering.command, url)
                await stack.enter_async_context(services)
            if ready is not None:
                ready(url)
            ended = over or (services.ended if services is not None else never)
            patience = Patience(
                self.spec, conductor, self.steering.patience, STARTING if services else BY_HAND
            )
            try:
                departure = await self._conducted(conductor, patience, ended, changed)
                if departure is None:
                    stored = await self._stored(conductor)
                conductor.let_all_go()
                if services is not None:
                    await _until(ended, self.steering.patience)
                elif over is not None:
                    await _until(ended, math.inf)
                else:
                    await self._quiet(conductor)
            except asyncio.CancelledError:
                # Ctrl-C: what was measured until now is told all the same.
                self.interrupted = True
                departure = patience.interrupted()
                conductor.let_all_go()
            await asyncio.to_thread(scripts.end)
            if proxy.refused and departure is not None:
                raise LiveError(f"this server cannot be steered: {proxy.refused}")
        told = plan.trace()
        return self.measurer.measured(
            Course(
                number, told, told is not trace, conductor, departure, services, scripts, started,
                stored,
            )
        )  # fmt: skip

    def _proxy(self, conductor: Conductor) -> Proxy:
        asked = self.steering
        return Proxy(
            conductor, Target.at(self.server.url), listen=(asked.host, asked.port),
            tls=asked.tls, allow_remote=asked.allow_remote,
        )  # fmt: skip

    async def _conducted(
        self, conductor: Conductor, patience: Patience, ended: Ask, changed: asyncio.Event
    ) -> Departure | None:
        """Wait until all turns were given, or one does not come: which."""
        while not conductor.complete and not conductor.free:
            await _something(changed)
            if why_of(self._stop):
                return patience.interrupted()
            conductor.look()
            departure = patience.departure(over=bool(ended()))
            if departure is not None:
                return departure
        return None

    async def _quiet(self, conductor: Conductor) -> None:
        """Let services that somebody started go on until nothing comes any more."""
        until = time.monotonic() + self.steering.patience
        while time.monotonic() < until and conductor.connections > 0:
            before = len(conductor.passed)
            await asyncio.sleep(QUIET)
            if len(conductor.passed) == before or why_of(self._stop):
                return

    async def _stored(self, conductor: Conductor) -> Mapping[str, Value]:
        """What the server holds of the session when the schedule has been carried out, by shown
        name; {} where that cannot be read: a user's server may not let us."""
        stores = {}
        for name, key in conductor.keys.items():
            store = self._stores[name]
            ids = store.resource.stored.ids
            if not is_channel(store.resource) and not store.resource.address:
                stores[name] = replace(store, key=key, ids=EntryIds(ids) if ids else None)
        try:
            control = await Connection.open(self.server, PATIENCE)
            try:
                return await measure(stores, control)
            finally:
                await control.close()
        except LiveError:
            return {}


async def _until(ended: Ask, seconds: float) -> None:
    """Wait for the end of the services, at most for so long."""
    until = time.monotonic() + seconds
    while not ended() and time.monotonic() < until:
        await asyncio.sleep(LOOKS / 2)


async def _something(changed: asyncio.Event) -> None:
    """Wait until something has changed, but not for long."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LOOKS):
            await changed.wait()
    changed.clear()


def url_at(url: str, host: str, port: int, *, tls: bool = False) -> str:
    """The URL of a server, with another place in it, and whether TLS is spoken there."""
    parts = urlsplit(url)
    access = parts.netloc.rpartition("@")
    place = "".join(access[:2]) + place_at(host, port)
    path, query = ("", "") if parts.scheme == "unix" else (parts.path, parts.query)
    return urlunsplit(("rediss" if tls else "redis", place, path, query, ""))

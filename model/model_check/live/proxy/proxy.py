"""The proxy: listens where the services connect, and has a relay for each of their connections."""

from __future__ import annotations

import asyncio
import errno
import ssl
from types import TracebackType

from ..brokers.server import is_loopback, place_at
from ..errors import ServerError
from .gate import Connection, Gate
from .outbox import Outbox
from .relay import Relay
from .target import Target

__all__ = ["Proxy"]


class Proxy:
    """A proxy before the server `target`, (or its URL), whose traffic `gate` decides on. Use it as
    `async with Proxy(...) as proxy`; when the block ends, so have all its connections.

    `listen`: host and port (0: a free one). `tls`: the certificate that it shows, where services
    are to speak TLS to it. `refused`: why this server cannot be steered, where one of its answers
    has shown that. `allow_remote`: both may be on another machine. Raises ServerError where it
    cannot listen.
    """

    def __init__(
        self,
        gate: Gate,
        target: Target | str,
        *,
        listen: tuple[str, int] = ("127.0.0.1", 0),
        tls: ssl.SSLContext | None = None,
        allow_remote: bool = False,
    ) -> None:
        self.gate = gate
        self.target = Target.at(target) if isinstance(target, str) else target
        self.host, self.port = listen
        self.refused = ""
        self.outbox = Outbox()
        self._tls = tls
        self._allow_remote = allow_remote
        self._relays: set[Relay] = set()
        self._number = 0
        self._all_gone = asyncio.Event()

    @property
    def address(self) -> str:
        """Where services connect: `127.0.0.1:6380`."""
        return place_at(self.host, self.port)

    @property
    def connections(self) -> tuple[Connection, ...]:
        """Those that are open, in the order in which they came."""
        found = (each.connection for each in self._relays if each.is_open)
        return tuple(sorted(found, key=lambda each: each.number))

    def _stay_here(self) -> None:
        """Raises ServerError for what is on another machine, or can be reached from one."""
        if not is_loopback(self.host, self.address):
            raise ServerError(
                f"{self.address} can be reached from other machines: a proxy listens on the"
                " loopback interface (--listen 127.0.0.1:0; say --allow-remote if you mean it)"
            )
        if not self.target.is_here:
            raise ServerError(
                f"{self.target.place} is not on this machine: services are only steered on a server"
                " here (say --allow-remote if you mean it)"
            )

    async def __aenter__(self) -> Proxy:
        if not self._allow_remote:
            self._stay_here()
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(
                self._relay, self.host, self.port, ssl=self._tls, backlog=512
            )
        except OSError as error:
            raise ServerError(self._no_listening(error)) from error
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def _no_listening(self, error: OSError) -> str:
        if error.errno == errno.EADDRINUSE:
            return (
                f"port {self.port} of {self.host} is taken by another program: end that, or say"
                f" another one (--listen {self.host}:0 for a free one)"
            )
        return f"nothing can listen at {self.address}: {error.strerror or error}"

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.close()
        for relay in list(self._relays):
            relay.break_off("the proxy has ended")
        while self._relays:
            self._all_gone.clear()
            await self._all_gone.wait()

    def _relay(self) -> Relay:
        return Relay(self.gate, self.target, self)

    def begun(self, relay: Relay) -> int:
        """A service has connected; the number of its connection."""
        self._relays.add(relay)
        self._number += 1
        return self._number

    def over(self, relay: Relay) -> None:
        """A connection is gone, on both sides."""
        self._relays.discard(relay)
        if not self._relays:
            self._all_gone.set()

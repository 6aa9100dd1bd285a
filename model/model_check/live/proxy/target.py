"""The server that a proxy stands before."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from ..brokers.server import PATIENCE, is_loopback, place_at, place_of

__all__ = ["Target"]

PORT = 6379


@dataclass(frozen=True, slots=True)
class Target:
    """A server at `host` and `port`, or at the socket in the file system that is `path`; `tls`: how
    to speak to it in TLS (None: without)."""

    host: str = "127.0.0.1"
    port: int = PORT
    path: str = ""
    tls: ssl.SSLContext | None = field(default=None, repr=False)

    @classmethod
    def at(cls, url: str) -> Target:
        """The server at a URL (`redis://`, `rediss://`, `unix://`), without who we are there.
        Raises ServerError for any other."""
        place_of(url)
        parts = urlsplit(url)
        if parts.scheme == "unix":
            return cls(path=unquote(parts.path))
        tls = ssl.create_default_context() if parts.scheme == "rediss" else None
        return cls(parts.hostname or "127.0.0.1", parts.port or PORT, tls=tls)

    @property
    def place(self) -> str:
        """Where it is, in words."""
        if self.path:
            return self.path
        return place_at(self.host, self.port)

    @property
    def is_here(self) -> bool:
        """Whether it is on this machine. Raises ServerError for a host that there is not."""
        return bool(self.path) or is_loopback(self.host, self.place)

    async def connect(self, protocol: asyncio.Protocol) -> None:
        """Connect. Raises OSError."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(PATIENCE):
            if self.path:
                await loop.create_unix_connection(lambda: protocol, self.path)
            else:
                await loop.create_connection(lambda: protocol, self.host, self.port, ssl=self.tls)

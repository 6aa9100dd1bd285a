"""A proxy that delays at random, as others do: the comparison for one that knows the order.

It knows nothing of a spec, and not even the protocol: what a client sends at once waits for a
random time before it goes on, and what comes back goes on at once.
"""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

__all__ = ["delaying"]

MOST = 65536
"""Bytes that are read in one go."""


async def _passed_on(
    source: asyncio.StreamReader, target: asyncio.StreamWriter, most: float
) -> None:
    """Everything of a direction, each piece after a delay of at most so many seconds."""
    try:
        while piece := await source.read(MOST):
            if most:
                await asyncio.sleep(random.uniform(0, most))
            target.write(piece)
            await target.drain()
    except OSError:
        pass  # an end has gone, and so goes the other one
    finally:
        target.close()


@contextmanager
def delaying(url: str, most: float = 0.005) -> Iterator[str]:
    """The URL of a proxy before a server, which delays each command by at most so many seconds."""
    parts = urlsplit(url)
    loop = asyncio.new_event_loop()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, commands = await asyncio.open_connection(parts.hostname, parts.port)
        await asyncio.gather(_passed_on(reader, commands, most), _passed_on(answers, writer, 0))

    server = loop.run_until_complete(asyncio.start_server(connected, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield parts._replace(netloc=f"127.0.0.1:{server.sockets[0].getsockname()[1]}").geturl()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

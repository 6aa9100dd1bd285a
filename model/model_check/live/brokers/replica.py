"""From a server and its replica to a replica that has all that the server has, and no more.

A replica that lags behind has not got the last writes yet
(https://redis.io/docs/latest/operate/oss_and_stack/management/replication/). So that it lacks
exactly those that it shall lack, it copies the server before the first of them, and follows it no
further.
"""

from __future__ import annotations

from dataclasses import replace

from ..errors import ServerError
from .connection import Connection, Refusal, looks
from .server import Server

__all__ = ["copy_to"]


async def copy_to(replica: Server, server: Server, patience: float) -> None:
    """Have a replica copy a server, both of our own, and then stand for itself. Raises
    ServerError."""
    control = await _steward_of(replica, patience)
    try:
        steward = server.steward
        assert steward is not None
        host, _, port = server.place.partition(":")
        await _told(control, "REPLICAOF", "NO", "ONE")
        await _told(control, "CONFIG", "SET", "masteruser", steward.user)
        await _told(control, "CONFIG", "SET", "masterauth", steward.password)
        await _told(control, "REPLICAOF", host, port)
        original = await _steward_of(server, patience)
        try:
            await _until_equal(control, original)
        finally:
            await original.close()
        await _told(control, "REPLICAOF", "NO", "ONE")
    finally:
        await control.close()


async def _steward_of(server: Server, patience: float) -> Connection:
    assert server.steward is not None
    url = server.steward.url(server.place)
    return await Connection.open(replace(server, url=url), patience)


async def _told(control: Connection, *words: str) -> None:
    found = await control.ask(*words)
    if isinstance(found, Refusal):
        raise ServerError(f"{control.place} refuses {words[0]}: {found.text}")


async def _until_equal(control: Connection, original: Connection) -> None:
    async for _ in looks(control):
        facts = await _replication(control)
        sent = await _replication(original)
        linked = facts.get("master_link_status") == "up"
        if linked and facts.get("slave_repl_offset") == sent.get("master_repl_offset"):
            return
    raise ServerError(f"{control.place} does not get what {original.place} has")


async def _replication(control: Connection) -> dict[str, str]:
    lines = str(await control.ask("INFO", "replication")).splitlines()
    return dict(line.partition(":")[::2] for line in lines)

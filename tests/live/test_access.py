"""A server of our own lets nobody in but the run, and does no more for it than it needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from live_runs import SPECS, explored
from model_check.live.brokers.server import Server, own_server
from model_check.live.runs.replaying import replay_schedules, run_live
from real_servers import PROGRAMS
from redis.backoff import NoBackoff
from redis.retry import Retry

AT_ONCE = Retry(NoBackoff(), 0)
"""A client tries again for ten seconds by itself."""
POWERFUL = [
    "FLUSHALL", "SHUTDOWN NOSAVE", "CONFIG SET bind 127.0.0.2", "CONFIG GET requirepass",
    "REPLICAOF 127.0.0.1 1", "MIGRATE 127.0.0.1 1 k 0 1", "EVAL x 0", "SCRIPT FLUSH",
    "MODULE LIST", "ACL LIST", "KEYS *", "SORT k STORE l", "SAVE", "MONITOR",
    "CLIENT KILL TYPE normal", "CLIENT PAUSE 1", "RESTORE k 0 x", "COPY k l", "SELECT 0",
    "GEOADD k 1 1 x", "SETRANGE k 5 x", "LATENCY RESET", "COMMAND COUNT",
]  # fmt: skip


@pytest.fixture(scope="module", params=PROGRAMS)
def confined_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Each server that is installed, as a run gets it."""
    with own_server(PROGRAMS[request.param]) as server:
        yield server


@pytest.mark.parametrize("words", POWERFUL)
def test_the_run_itself_may_do_nothing_else(words: str, confined_server: Server) -> None:
    client = confined_server.client()
    with pytest.raises(redis.exceptions.NoPermissionError):
        client.execute_command(*words.split())
    client.close()


def test_nobody_gets_in_without_the_password_of_the_run(confined_server: Server) -> None:
    host, _, port = confined_server.place.partition(":")
    assert host == "127.0.0.1"
    for names in ({}, {"username": "model-check"}, {"username": "model-check", "password": "x"}):
        client = redis.Redis(port=int(port), protocol=2, retry=AT_ONCE, **names)  # type: ignore[arg-type]
        with pytest.raises(redis.exceptions.AuthenticationError):
            client.ping()
        client.close()


def test_the_password_stands_on_no_command_line(confined_server: Server) -> None:
    password = confined_server.url.partition("@")[0].rpartition(":")[2]
    client = confined_server.client()
    pid = client.info("server")["process_id"]
    client.close()
    # The server writes over its own; the shell that watches over it was started with all of it.
    watching = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1]
    line = Path(f"/proc/{watching}/cmdline").read_bytes()
    assert len(password) == 64
    assert b"--user\0model-check\0on\0" in line
    assert password.encode() not in line
    assert password not in repr(confined_server)


@pytest.mark.parametrize("name", ["fix-both", "fix-atomic", "fix-stream", "legacy"])
def test_what_a_run_needs_is_allowed(name: str, confined_server: Server) -> None:
    space, _ = explored(SPECS / f"{name}.yaml")
    found = run_live(replay_schedules(space, confined_server, number=3, patience=5.0))
    assert (found.done, found.disagreement) == (3, None)

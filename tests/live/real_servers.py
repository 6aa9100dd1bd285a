"""Real servers for tests. Nothing is skipped: what is installed is used, and in CI both must be
(`test_broken_servers` sees to it)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from live_runs import users_server
from model_check.live.brokers.server import Server, ServerProgram, installed

__all__ = ["PROGRAMS", "any_program", "any_server", "lonely_server", "server"]

PROGRAMS = {each.product: each for each in installed()}


def any_program() -> ServerProgram:
    """The server that a user would get: Redis, else Valkey."""
    return installed()[0]


@pytest.fixture(scope="session")
def any_server() -> Iterator[Server]:
    """A server that several tests share."""
    with users_server(any_program()) as server:
        yield server


@pytest.fixture(scope="session", params=PROGRAMS)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Each server that is installed, in turn."""
    with users_server(PROGRAMS[request.param]) as found:
        yield found


@pytest.fixture
def lonely_server() -> Iterator[Server]:
    """A server that one test may spoil."""
    with users_server(any_program()) as found:
        yield found

"""Real servers for the tests of this floor: both must be there, nothing is skipped."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from model_check.live.server import Program, Server, installed, own_server


def program_of(product: str) -> Program:
    """An installed server by what it calls itself."""
    found = {each.product: each for each in installed()}
    assert product in found, f"these tests need {product} (see .ci/run)"
    return found[product]


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Server]:
    """A Redis that several tests share."""
    with own_server(program_of("Redis")) as server:
        yield server


@pytest.fixture(scope="session", params=["Redis", "Valkey"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Each of the two in turn."""
    with own_server(program_of(request.param)) as found:
        yield found


@pytest.fixture
def lonely_server() -> Iterator[Server]:
    """A Redis that one test may spoil."""
    with own_server(program_of("Redis")) as found:
        yield found

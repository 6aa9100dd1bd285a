"""Every kind says what the real thing says: Redis, Valkey, a WebSocket, a queue of asyncio.

`python -m tests.fuzz.kinds` does the same in large numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from fuzz.kinds.compare import Compared, compare
from fuzz.kinds.mistakes import MISTAKES, Mistake, planted
from fuzz.kinds.subject import MORE, SUBJECTS, waits
from live_runs import users_server
from model_check.live.brokers.server import Server
from real_servers import PROGRAMS

SEQUENCES = 250
# One of each kind; --mistakes has all.
IN_TESTS = (
    "LPUSH appends", "PUBLISH counts one too few", "XTRIM drops the newest",
    "$ finds the last entry without waiting",
    "nothing ever expires", "HDEL deletes nothing",
    "SREM removes nothing", "ZADD counts what was there",
    "what was in transit is lost in a close", "one too many fits in",
    "a subscription outlives its connection", "a new socket has old frames",
    "SET with NX and GET overwrites",
    "a DEL of nothing is told",
)  # fmt: skip


LONG = (MORE, "MULTI", "redis.list", "redis.sortedset", "redis.stream")
"""Those that take a quarter of a minute, with the mistakes that are planted in them."""


@pytest.fixture(scope="module")
def servers() -> Iterator[list[Server]]:
    """All servers that are installed."""
    with ExitStack() as stack:
        yield [stack.enter_context(users_server(each)) for each in PROGRAMS.values()]


def uncalled(name: str, found: Compared) -> set[str]:
    """What a comparison should have seen and has not: each command, and those that may wait
    also waiting, in one of its forms answered later, and given up."""
    wanted = set()
    for each in SUBJECTS[name]:
        wanted |= {"breaks"} if each.breakable() else set()
        joined = each.joinable() if each.joins else each.commands()
        for _, command in joined:
            known = command.name.text
            # `xread($)` has no answer at once.
            wanted |= set() if command.issue else {known}
            wanted |= {f"{known} waits", f"{command.base} late"} if waits(command) else set()
            wanted |= {f"{command.base} gives up"} if command.limit is not None else set()
    forms = {re.sub(r"\(.*\)", "", each) for each in found.commands}
    return wanted - set(found.commands) - forms


@pytest.mark.parametrize(
    "name", [pytest.param(each, marks=[pytest.mark.thorough] * (each in LONG)) for each in SUBJECTS]
)
def test_a_kind_and_the_real_thing_say_the_same_to_any_commands(
    name: str, servers: list[Server]
) -> None:
    found = compare(name, servers, range(SEQUENCES))
    assert found.difference is None, str(found.difference)
    assert found.sequences == SEQUENCES
    assert name == MORE or uncalled(name, found) == set()  # each of these is asked by itself
    for server in servers:
        client = server.client()
        assert client.keys("*") == []
        client.close()


@pytest.mark.thorough
@pytest.mark.parametrize("name", IN_TESTS)
def test_a_mistake_in_a_kind_is_found(name: str, servers: list[Server]) -> None:
    mistake: Mistake = next(each for each in MISTAKES if each.name == name)
    with planted(mistake):
        found = compare(mistake.subject, servers[:1], range(SEQUENCES))
    assert found.difference is not None
    assert len(found.difference.turns) <= 6


@pytest.mark.thorough
def test_what_is_left_after_a_difference_is_gone_before_the_next_sequence(
    servers: list[Server],
) -> None:
    mistake = next(each for each in MISTAKES if each.name == "COUNT says how many are left out")
    with planted(mistake):
        found = compare("redis.stream", servers[:1], range(10 * SEQUENCES))
        assert found.difference is not None
    found = compare("redis.stream", servers[:1], range(20))
    assert found.difference is None
    assert servers[0].client().keys("*") == []

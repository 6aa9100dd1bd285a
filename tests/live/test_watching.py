"""What makes a transaction fail: each kind says of each command what real servers do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import pytest
from conftest import PROGRAMS
from fuzz.kinds.model import Kind
from fuzz.kinds.sequences import Asking, Turn
from fuzz.kinds.servers import RealServer
from fuzz.kinds.subject import SUBJECTS
from live_runs import users_server
from model_check.live.brokers.server import Server

NAMES = {"redis.list": "items", "redis.string": "text", "redis.hash": "hash", "redis.stream": "log"}
NO_TIME = {"ex": None, "px": None, "keepttl": False}

Call = tuple[str, dict[str, object]]

SET: Call = ("set", {"new": 1, **NO_TIME})
PUSH: Call = ("rpush", {"value": 1})
HSET: Call = ("hset", {"field": "red", "value": 1})
XADD: Call = ("xadd", {"value": 1})

CASES: list[tuple[str, list[Call], Call, bool]] = [
    ("redis.string", [SET], SET, True),  # though the value is the same
    ("redis.string", [SET], ("set(nx)", {"new": 2, **NO_TIME}), False),
    ("redis.string", [], ("set(xx)", {"new": 2, **NO_TIME}), False),
    ("redis.string", [SET], ("get", {}), False),
    ("redis.string", [], ("getdel", {}), False),
    ("redis.string", [SET], ("getdel", {}), True),
    ("redis.string", [SET], ("getex", {"ex": None, "px": None}), False),
    ("redis.string", [SET], ("getex", {"ex": 100, "px": None}), True),
    ("redis.string", [SET], ("getex(persist)", {}), False),
    ("redis.string", [SET], ("incrby", {"increment": 0}), True),
    ("redis.string", [SET], ("expire", {"seconds": 100}), True),
    ("redis.string", [], ("expire", {"seconds": 100}), False),
    ("redis.string", [SET], ("expire", {"seconds": 0}), True),
    ("redis.string", [SET], ("persist", {}), False),
    ("redis.string", [SET, ("expire", {"seconds": 100})], ("persist", {}), True),
    ("redis.string", [SET], ("expire_now", {}), True),
    ("redis.string", [SET], ("delete", {}), True),
    ("redis.string", [], ("delete", {}), False),
    ("redis.list", [PUSH], ("lset", {"index": 0, "value": 1}), True),
    ("redis.list", [PUSH], ("lset", {"index": 7, "value": 1}), False),  # it is refused
    ("redis.list", [], ("lpop", {}), False),
    ("redis.list", [PUSH], ("lrem", {"number": 0, "value": 2}), False),
    ("redis.list", [], ("ltrim", {"start": 0, "stop": 0}), False),
    ("redis.hash", [HSET], HSET, True),
    ("redis.hash", [HSET], ("hdel", {"field": "blue"}), False),
    ("redis.hash", [HSET], ("hincrby", {"field": "red", "increment": 0}), True),
    ("redis.stream", [XADD], XADD, True),
    ("redis.stream", [XADD], ("xtrim", {"maxlen": 1}), False),
    ("redis.stream", [XADD], ("xtrim", {"maxlen": 0}), True),
]


@pytest.fixture(scope="module")
def servers() -> Iterator[list[Server]]:
    """All servers that are installed."""
    with ExitStack() as stack:
        yield [stack.enter_context(users_server(each)) for each in PROGRAMS.values()]


def turns(name: str, setup: Sequence[Call], action: Call) -> list[Turn]:
    """One client watches and has a transaction; another one acts in between."""
    key = NAMES[name]
    before = [Turn(0, (Asking(key, *each),)) for each in setup]
    watch, act = Turn(0, (Asking(key, "watch", {}),)), Turn(1, (Asking(key, *action),))
    return [*before, watch, act, Turn(0, (Asking(key, "exists", {}),), executes=True)]


@pytest.mark.parametrize("name", NAMES)
def test_what_touches_a_watched_key_is_what_makes_a_real_transaction_fail(
    name: str, servers: list[Server]
) -> None:
    kind = Kind(SUBJECTS[name][0])
    with ExitStack() as stack:
        reals = [stack.enter_context(RealServer(each, 3)) for each in servers]
        for mine, setup, action, touches in CASES:
            if mine == name:
                said = kind.says(turns(name, setup, action))
                assert (said.events[-1].results == ()) == touches, action
                for real in reals:
                    real.check(kind.spec, said)


def test_a_client_touches_what_it_watches_itself_and_a_transaction_ends_all_watching(
    servers: list[Server],
) -> None:
    kind = Kind(SUBJECTS["redis.string"][0])
    watch, change = Turn(0, (Asking("text", "watch", {}),)), Turn(0, (Asking("text", *SET),))
    execute = Turn(0, (Asking("text", "exists", {}),), executes=True)
    unwatch = Turn(0, (Asking("text", "unwatch", {}),))
    said = kind.says([
        watch, change, execute,  # its own command counts
        execute,                 # nothing is watched any more
        watch, execute, change, execute,
        watch, change, unwatch, execute,
        change, watch, execute,
    ])  # fmt: skip
    done = [each.results != () for each in said.events if each.executes]
    assert done == [False, True, True, True, True, True]
    for server in servers:
        with RealServer(server, 3) as real:
            real.check(kind.spec, said)

"""The chat specs against hand-written searches: same space, same losses, same shortest runs.

The oracles (tests/oracles) share no code with the checker and read no spec.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any

import pytest
from model_check import check
from model_check.explore.search import SearchOptions, explore
from model_check.language import load
from oracles import chat, gap, queue_deadlock, reconnect, stream
from oracles.bfs import Losses, Space
from oracles.peterson import peterson
from thorough import DIFFERENT, mostly

SPECS = Path(__file__).parents[2] / "specs"

Oracle = Callable[[int, int], Space[Any]]
Missing = Callable[[int], Callable[[Any], Hashable]]

# Each spec: its search by hand, and what a final state of that search misses.
FAMILY: dict[str, tuple[Oracle, Missing]] = {
    "legacy": (chat.legacy, chat.missing),
    "fix-subscribe-first": (chat.subscribe_first, chat.missing),
    "fix-both": (chat.both, chat.missing),
    "fix-append-first": (chat.append_first, chat.missing),
    "fix-read-twice": (chat.read_twice, chat.missing),
    "fix-atomic": (chat.atomic, chat.missing),
    "fix-stream": (stream.follow, stream.missing),
    "fix-stream-dollar": (stream.dollar, stream.missing),
    "fix-gap-detection": (gap.detection, gap.missing),
    "legacy-cumulative": (chat.cumulative, chat.missing_texts),
    "legacy-reconnect": (reconnect.reconnect, reconnect.missing),
    "legacy-two-nodes": (lambda s, t: chat.legacy(s, t, nodes=2), chat.missing_anywhere),
}
SIZES = [(0, 1), (0, 3), (2, 4), (6, 8)]
AS_WRITTEN = [(name, 6, 8 if name == "legacy-two-nodes" else 10) for name in FAMILY]
# Without a history a client may never show anything and so never reconnect: the second node
# then waits for it for ever.
CASES = [
    (name, *size)
    for name in FAMILY
    for size in SIZES
    if (name, *size) not in AS_WRITTEN and not (name == "legacy-reconnect" and size[0] == 0)
]
LOSERS = [
    "legacy", "fix-append-first", "fix-subscribe-first", "fix-read-twice", "fix-stream-dollar",
]  # fmt: skip


def run(name: str, **constants: int) -> Any:
    return check(SPECS / f"{name}.yaml", constants=constants, reason=False)


def lost(values: Any) -> Hashable:
    """What an ending misses, as the oracles write it."""
    missing = values["missing"]
    if isinstance(missing, list):
        return tuple(tuple(sorted(each)) for each in missing)
    return missing if isinstance(missing, int) else tuple(sorted(missing))


def least_loss(losses: Losses) -> tuple[int, int, int]:
    """Of the runs that lose least: how many chunks, their sum, and the steps."""

    def flat(loss: Any) -> list[int]:
        if isinstance(loss, int):
            return [1] * loss
        return [n for part in loss for n in (part if isinstance(part, tuple) else (part,))]

    return min((len(flat(m)), sum(flat(m)), length) for m, length in losses.shortest.items())


@pytest.mark.parametrize(
    ("name", "stored", "total"),
    [*mostly(CASES, lambda case: case[0] in DIFFERENT), *AS_WRITTEN],
)
def test_a_chat_spec_has_the_space_and_the_losses_of_the_search_by_hand(
    name: str, stored: int, total: int
) -> None:
    search, missing = FAMILY[name]
    space = search(stored, total)
    losses = space.losses(missing(total))
    result = run(name, STORED=stored, TOTAL=total)

    assert result.space.complete
    assert (result.space.states, result.space.transitions) == (space.states, space.transitions)
    assert (result.space.depth, result.space.final_states) == (space.depth, len(space.finals))
    assert result.space.deadlock_states == 0
    no_loss = result["no_loss"]
    assert no_loss.violating_states == losses.states
    assert {lost(e.values): e.length for e in no_loss.endings} == losses.shortest
    assert no_loss.verdict == ("violated" if losses.shortest else "holds")
    if losses.shortest:
        assert len(no_loss.trace.steps) == least_loss(losses)[2]
        assert [e.length for e in no_loss.endings] == sorted(losses.shortest.values())


SENDERS = {
    "legacy": 1056, "fix-subscribe-first": 1721, "fix-both": 1444, "fix-append-first": 1380,
    "fix-read-twice": 9052, "fix-atomic": 845,
}  # fmt: skip
"""Specs whose gateways read a snapshot to send it next; how many states differ in more than a
snapshot that was sent."""


@pytest.mark.parametrize(("name", "states"), SENDERS.items())
def test_a_snapshot_that_was_sent_can_be_forgotten_by_hand_as_well(name: str, states: int) -> None:
    def seen(state: chat.ChatState) -> chat.ChatState:
        nodes = (
            n if n.gateway.startswith("send") else n._replace(snapshot=()) for n in state.nodes
        )
        return state._replace(nodes=tuple(nodes))

    whole = FAMILY[name][0](6, 10)
    depths: dict[chat.ChatState, int] = {}
    for state, depth in whole.depth_of.items():
        depths[seen(state)] = min(depth, depths.get(seen(state), depth))
    space = explore(load(SPECS / f"{name}.yaml"), options=SearchOptions(forget_from=0))
    assert len(space.states) == len(depths) == states
    assert space.depth == max(depths.values())
    assert len(space.terminal) == len({seen(state) for state in whole.finals})


@pytest.mark.parametrize(("name", "stored", "total"), AS_WRITTEN)
def test_every_verdict_of_a_chat_spec_is_the_one_it_expects(
    name: str, stored: int, total: int
) -> None:
    result = run(name)
    assert [p.name for p in result.properties if not p.as_expected] == []


@pytest.mark.parametrize("name", ["legacy", "fix-append-first", "fix-subscribe-first", "fix-both"])
def test_duplicates_and_disorder_are_found_where_the_search_by_hand_finds_them(name: str) -> None:
    space = FAMILY[name][0](6, 10)
    result = run(name)
    for prop, wrong in (("no_duplicate", chat.duplicated), ("in_order", chat.out_of_order)):
        assert result[prop].violating_states == space.count(wrong)
        nearest = space.nearest(wrong)
        if nearest is None:
            assert result[prop].verdict == "holds"
        else:
            assert len(result[prop].trace.steps) == nearest


def test_legacy_shows_the_run_that_loses_chunk_7_alone() -> None:
    no_loss = run("legacy")["no_loss"]
    assert lost(no_loss.trace.watch) == (7,)
    assert len(no_loss.trace.steps) == 23
    assert no_loss.trace.end == "final"
    assert len(no_loss.endings) == 10
    assert (lost(no_loss.endings[0].values), no_loss.endings[0].length) == ((7, 8, 9, 10), 17)
    assert lost(no_loss.endings[no_loss.chosen].values) == (7,)


def test_subscribing_first_never_loses_more_than_one_chunk() -> None:
    no_loss = run("fix-subscribe-first")["no_loss"]
    assert sorted(lost(e.values) for e in no_loss.endings) == [(7,), (8,), (9,), (10,)]
    assert lost(no_loss.trace.watch) == (7,)
    assert len(no_loss.trace.steps) == 23


@pytest.mark.parametrize("name", LOSERS)
def test_a_loser_loses_with_no_history_and_with_one_chunk_left(name: str) -> None:
    for stored, total in ((0, 1), (6, 7)):
        result = run(name, STORED=stored, TOTAL=total)
        assert result["no_loss"].verdict == "violated"
        assert [lost(e.values) for e in result["no_loss"].endings] == [(total,)]


@pytest.mark.parametrize("total", mostly(range(8, 15), {8, 14}.__contains__))
@pytest.mark.parametrize("name", ["fix-both", "fix-atomic", "fix-stream"])
def test_a_fix_holds_however_long_the_stream_is(name: str, total: int) -> None:
    result = run(name, TOTAL=total)
    assert result.space.complete
    assert result["no_loss"].verdict == "holds"
    assert result["no_loss"].endings == ()


@pytest.mark.parametrize(("nodes", "stored", "total"), [(1, 6, 10), (2, 2, 4), (3, 1, 2)])
def test_the_fix_holds_for_several_gateways(nodes: int, stored: int, total: int) -> None:
    space = chat.both(stored, total, nodes)
    result = run("../tests/specs/fix-both-nodes", NODES=nodes, STORED=stored, TOTAL=total)
    assert (result.space.states, result.space.transitions) == (space.states, space.transitions)
    assert (result.space.depth, result.space.final_states) == (space.depth, len(space.finals))
    assert result["no_loss"].verdict == "holds"
    assert space.losses(chat.missing_anywhere(total)).states == 0


@pytest.mark.parametrize(
    ("name", "conditions"),
    [("gap-without-greeting", {"greets": False}), ("gap-published-first", {"save_first": False})],
)
def test_gap_detection_needs_both_of_its_conditions(name: str, conditions: dict[str, bool]) -> None:
    space = gap.detection(6, 9, **conditions)
    result = run(f"../tests/specs/{name}", TOTAL=9)
    assert (result.space.states, result.space.transitions) == (space.states, space.transitions)
    shortest = space.losses(gap.missing(9)).shortest
    assert {lost(e.values): e.length for e in result["no_loss"].endings} == shortest
    assert all(9 in lost(e.values) for e in result["no_loss"].endings)


def test_two_clients_can_show_different_answers() -> None:
    space = chat.legacy(6, 7, nodes=2)
    different = sum(1 for s in space.finals if s.nodes[0].shown != s.nodes[1].shown)
    result = run("legacy-two-nodes", TOTAL=7)
    assert different > 0
    assert result["same_answer"].violating_states == different


@pytest.mark.parametrize("room", [1, 2, 3, 4])
def test_a_worker_feeding_its_own_queue_deadlocks_unless_every_job_fits(room: int) -> None:
    space = queue_deadlock.own_queue(4, room)
    deadlocks = [s for s in space.finals if queue_deadlock.is_deadlock(s)]
    result = run("deadlock", ROOM=room)
    assert (result.space.states, result.space.transitions) == (space.states, space.transitions)
    assert result.space.deadlock_states == len(deadlocks)
    assert result.space.final_states == len(space.finals) - len(deadlocks)
    if deadlocks:
        shortest = min(space.depth_of[s] for s in deadlocks)
        assert len(result["no_deadlock"].trace.steps) == shortest
        assert result["no_deadlock"].trace.end == "deadlock"
    else:
        assert result["no_deadlock"].verdict == "holds"


def test_peterson_has_the_space_of_the_search_by_hand() -> None:
    space = peterson()
    result = run("peterson")
    assert (result.space.states, result.space.transitions) == (space.states, space.transitions)
    assert result.space.depth == space.depth
    assert result["mutual_exclusion"].verdict == "holds"

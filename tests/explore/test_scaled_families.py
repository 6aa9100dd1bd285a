"""The protocols of the benchmarks, in small sizes, against searches written by hand.

The benchmarks hold the engines and SPIN to each other; here the specs are held to programs
that share no code with them.
"""

from __future__ import annotations

import pytest
from benchmarks.families import HERE
from model_check.explore.search import SearchOptions, explore
from model_check.language import load
from oracles.bfs import Space
from oracles.filter_lock import filter_lock
from oracles.scaled_chat import scaled_chat


def counted(family: str, constants: dict[str, int]) -> tuple[int, int, int]:
    """States, transitions and depth of a family's spec."""
    spec = load(HERE / f"{family}.yaml", {k: str(v) for k, v in constants.items()})
    space = explore(spec, options=SearchOptions(forget_from=None))
    assert space.complete
    return len(space.states), space.transitions, space.depth


def of_oracle(space: Space) -> tuple[int, int, int]:  # type: ignore[type-arg]
    return space.states, space.transitions, space.depth


@pytest.mark.parametrize(
    ("chunks", "gateways", "reconnects"), [(1, 1, 1), (3, 1, 2), (4, 1, 1), (1, 2, 1)]
)
def test_the_scaled_chat_is_that_of_a_search_by_hand(
    chunks: int, gateways: int, reconnects: int
) -> None:
    constants = {"CHUNKS": chunks, "GATEWAYS": gateways, "RECONNECTS": reconnects}
    by_hand = of_oracle(scaled_chat(chunks, gateways, reconnects))
    assert counted("pubsub", constants) == by_hand


@pytest.mark.parametrize("workers", [2, 3])
def test_the_lock_for_several_is_that_of_a_search_by_hand(workers: int) -> None:
    assert counted("peterson-n", {"WORKERS": workers}) == of_oracle(filter_lock(workers))


@pytest.mark.parametrize("managers", [1, 2, 3, 4])
def test_two_phase_commit_has_the_states_of_the_closed_formula(managers: int) -> None:
    states, _, depth = counted("two-phase-commit", {"RMS": managers})
    assert states == 6**managers + 4**managers + 2**managers
    # Each manager prepares, is heard, and acts on the decision; and one step decides.
    assert depth == 3 * managers + 1


@pytest.mark.parametrize(
    ("family", "constants", "states", "transitions"),
    [
        ("pubsub-lost", {"CHUNKS": 2}, 23_933, 69_929),
        ("work-queue", {"WORKERS": 3, "JOBS": 3}, 532, 1_356),
        ("work-queue", {"WORKERS": 4, "JOBS": 4}, 7_707, 26_366),
        ("lock-clients", {"CLIENTS": 4, "TURNS": 1}, 405, 864),
        ("reconnecting-clients", {"CHUNKS": 2}, 2_650, 6_702),
        ("peterson-once", {"WORKERS": 3}, 1_065, 2_259),
    ],
)
def test_what_reductions_are_measured_with_has_the_states_that_spin_counts(
    family: str, constants: dict[str, int], states: int, transitions: int
) -> None:
    # SPIN 6.5.2 with -DNOREDUCE; `python -m tests.benchmarks reductions --quick` counts again.
    assert counted(family, constants)[:2] == (states, transitions)

"""Classical problems against published counts: TLC's, Stateright's, the literature's.

TLC counts generated states: the initial ones, every transition, and in PlusCal one stutter for
each state in which all processes are done. Its depth counts the states of a longest shortest
run, ours the steps, one less. The specs say where the numbers come from.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from model_check import check
from oracles.river import river

SPECS = Path(__file__).parents[1] / "specs"


def run(name: str, **constants: int) -> Any:
    return check(SPECS / f"{name}.yaml", constants=constants, reason=False)


@pytest.mark.parametrize(
    ("name", "distinct", "generated", "initial", "stutters", "depth"),
    [
        ("die-hard", 16, 97, 1, 0, 8),
        ("two-phase-commit", 288, 1146, 1, 0, 11),
        ("transaction-commit", 34, 94, 1, 0, 7),
        ("increment", 13, 18, 1, 3, 5),
        ("increment-lock", 17, 19, 1, 2, 9),
        ("cigarette-smokers", 6, 15, 3, 0, 2),
        ("chandy-misra", 67, 336, 1, 0, 29),
    ],
)
def test_the_space_is_as_large_as_tlc_says(
    name: str, distinct: int, generated: int, initial: int, stutters: int, depth: int
) -> None:
    space = run(name).space
    assert space.states == distinct
    assert space.transitions == generated - initial - stutters
    assert space.depth == depth - 1


def test_every_property_of_the_classical_specs_is_as_expected() -> None:
    unexpected = [
        (path.stem, p.name)
        for path in sorted(SPECS.glob("*.yaml"))
        for p in check(path, reason=False).properties
        if not p.as_expected
    ]
    assert unexpected == []


def test_four_gallons_take_six_steps() -> None:
    assert len(run("die-hard")["not_solved"].trace.steps) == 6


def test_two_phase_commit_for_five_has_the_8832_states_of_stateright() -> None:
    result = run("two-phase-commit", RMS=5)
    assert result.space.states == 8_832
    assert result["consistent"].verdict == "holds"


def test_an_increment_is_lost_in_four_steps() -> None:
    result = run("increment")
    assert len(result["fin"].trace.steps) == 4
    assert [e.length for e in result["none_lost"].endings] == [4]


def test_all_cans_of_100_beans_are_explored_as_tlc_does() -> None:
    # TLC: 5,150 initial states and 20,002 generated, 2 of them stutters at the end. Here the
    # initial states are the successors of one more state.
    space = run("coffee-can").space
    assert space.states == 5_150 + 1
    assert space.transitions == 20_002 - 2
    assert space.final_states == 2


def test_missionaries_and_cannibals_take_eleven_crossings() -> None:
    result = run("missionaries-cannibals")
    by_hand = river()
    assert result.space.states == by_hand.states == 16
    assert result.space.transitions == by_hand.transitions
    assert result.space.depth == by_hand.depth
    assert len(result["not_across"].trace.steps) == 11


@pytest.mark.parametrize("disks", [1, 2, 3, 4, 6])
def test_hanoi_has_3_to_the_n_states_and_takes_2_to_the_n_minus_1_moves(disks: int) -> None:
    result = run("hanoi", DISKS=disks)
    assert result.space.states == 3**disks
    assert result.space.transitions == 3 ** (disks + 1) - 3
    assert result.space.depth == 2**disks - 1
    assert len(result["not_solved"].trace.steps) == 2**disks - 1


@pytest.mark.parametrize(
    ("rows", "columns", "states", "depth"), [(1, 5, 5, 4), (2, 2, 12, 6), (2, 3, 360, 21)]
)
def test_half_of_the_boards_can_be_slid_to(
    rows: int, columns: int, states: int, depth: int
) -> None:
    result = run("sliding-puzzle", ROWS=rows, COLUMNS=columns)
    assert (result.space.states, result.space.depth) == (states, depth)
    assert result["hole_is_zero"].verdict == "holds"


@pytest.mark.parametrize("seats", [2, 3, 4, 5])
def test_philosophers_deadlock_as_soon_as_each_has_a_fork(seats: int) -> None:
    result = run("dining-philosophers", SEATS=seats)
    assert result.space.deadlock_states == 1
    trace = result["no_deadlock"].trace
    assert [step.label for step in trace.steps] == ["take_left"] * seats
    assert trace.end == "deadlock"

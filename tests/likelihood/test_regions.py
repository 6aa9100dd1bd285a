"""Fixed and uniform times, against integrals done by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest
from likelihood.by_hand import ends, hand_made
from model_check.language.tree.timing import Exponential, Fixed, Uniform
from model_check.likelihood.chain import TooLargeError
from model_check.likelihood.coming import Endless, EndlessRunError
from model_check.likelihood.regions import is_regional, solve
from model_check.likelihood.timed_graph import Clock, TimedGraph

AT_ONCE = Clock()


def fix(time: int, **others: bool) -> Clock:
    return Clock(Fixed(time), **others)


def uni(low: int, high: int, **others: bool) -> Clock:
    return Clock(Uniform(low, high), **others)


def shares(graph: TimedGraph) -> dict[int, object]:
    """By node, how likely a run ends there: as a fraction where it is a simple one."""
    return {n: Fraction(s).limit_denominator(100_000) for n, s in ends(solve(graph)).items()}


RACE = [(0, 0, 1), (0, 1, 2)]


def test_of_fixed_times_the_shorter_one_is_first() -> None:
    assert shares(hand_made(RACE, [fix(3), fix(4)])) == {1: 1}
    assert shares(hand_made(RACE, [fix(3), AT_ONCE])) == {2: 1}


def test_of_two_at_the_same_moment_each_is_alike_likely() -> None:
    assert shares(hand_made(RACE, [fix(3), fix(3)])) == {1: Fraction(1, 2), 2: Fraction(1, 2)}
    weighted = [Clock(Fixed(3), weight=1), Clock(Fixed(3), weight=3)]
    found = shares(hand_made(RACE, weighted, instance_of=[0, 0]))
    assert found == {1: Fraction(1, 4), 2: Fraction(3, 4)}


def test_a_fixed_time_beats_as_much_of_a_uniform_one_as_is_above_it() -> None:
    assert shares(hand_made(RACE, [fix(3), uni(0, 4)])) == {1: Fraction(1, 4), 2: Fraction(3, 4)}
    assert shares(hand_made(RACE, [fix(3), uni(3, 4)])) == {1: 1}


def test_two_uniform_times_are_integrated() -> None:
    # P(U(0,4) < U(1,3)) = 1/2; P(U(0,2) < U(0,3)) = 2/3.
    assert shares(hand_made(RACE, [uni(0, 4), uni(1, 3)]))[1] == Fraction(1, 2)
    assert shares(hand_made(RACE, [uni(0, 2), uni(0, 3)]))[1] == Fraction(2, 3)


def test_three_uniform_times() -> None:
    moves = [(0, 0, 1), (0, 1, 2), (0, 2, 3)]
    # P(U(0,1) first of U(0,1), U(0,2), U(0,3)) = integral of (1 - x/2)(1 - x/3) = 1 - 5/12 + 1/18.
    found = shares(hand_made(moves, [uni(0, 1), uni(0, 2), uni(0, 3)]))
    assert found[1] == 1 - Fraction(5, 12) + Fraction(1, 18)
    # The last one: integral over 0..1 of (1 - x)(1 - x/2) / 3.
    assert found[3] == Fraction(1, 3) * (1 - Fraction(3, 4) + Fraction(1, 6))


SUM = [(0, 0, 1), (1, 0, 2), (0, 1, 3), (1, 1, 4), (2, 1, 5)]
"""Step 0 twice, beside step 1 once."""


def test_the_sum_of_two_uniform_times_has_a_triangular_density() -> None:
    found = shares(hand_made(SUM, [uni(0, 2), fix(1)]))
    # Both before 1: 1/8. None: 1/2.
    assert found == {5: Fraction(1, 8), 3: Fraction(1, 2), 4: Fraction(3, 8)}


def test_a_uniform_time_against_the_sum_of_two() -> None:
    found = shares(hand_made(SUM, [uni(0, 1), uni(0, 1)]))
    # P(X + Y < Z) = 1/6, P(Z < X) = 1/2.
    assert found == {5: Fraction(1, 6), 3: Fraction(1, 2), 4: Fraction(1, 3)}


def test_a_sum_against_a_sum() -> None:
    # Node 3 a + b, by how often steps 0 and 1 came; until one of them came three times.
    moves = [
        (3 * a + b, step, 3 * (a + 1) + b if step == 0 else 3 * a + b + 1)
        for a in range(2)
        for b in range(2)
        for step in (0, 1)
    ]
    found = shares(hand_made(moves, [uni(0, 1), uni(0, 1)]))
    # Two of the first before one of the second: 1/6; before two: 1/2 by symmetry.
    assert (found[6], found[7]) == (Fraction(1, 6), Fraction(1, 3))
    assert (found[2], found[5]) == (Fraction(1, 6), Fraction(1, 3))


def test_what_a_step_did_is_remembered() -> None:
    # Both ways end in one node; a run that went the first one has broken what is asked of steps.
    moves = [(0, 0, 1), (0, 1, 1), (1, 2, 2)]
    graph = hand_made(moves, [fix(3), uni(0, 4), fix(1)], marking=[(0, 0, 1)])
    assert solve(graph).broken["marked"] == (0.25, 0.25, 0.25)


WAITS = [(0, 0, 1), (1, 1, 2), (1, 2, 3)]
"""Step 0 makes steps 1 and 2 possible."""


def test_a_clock_that_is_over_waits_and_comes_as_soon_as_it_can() -> None:
    # Step 1 is over at 1..3, step 0 at 2, step 2 one after that.
    assert shares(hand_made(WAITS, [fix(2), uni(1, 3), fix(1)], instance_of=[0, 1, 0])) == {2: 1}
    found = shares(hand_made(WAITS, [fix(2), uni(1, 5), fix(1)], instance_of=[0, 1, 0]))
    assert found == {2: Fraction(1, 2), 3: Fraction(1, 2)}


def test_a_clock_since_it_is_possible_begins_there() -> None:
    clocks = [fix(2), uni(0, 3, since_possible=True), fix(1)]
    found = shares(hand_made(WAITS, clocks, instance_of=[0, 1, 0]))
    assert found == {2: Fraction(1, 3), 3: Fraction(2, 3)}


def test_a_clock_is_started_anew_by_a_step_of_its_instance() -> None:
    found = shares(hand_made(WAITS, [fix(2), uni(1, 3), fix(2)], instance_of=[0, 0, 0]))
    assert found == {2: Fraction(1, 2), 3: Fraction(1, 2)}


def test_what_comes_again_and_again_counts_from_when_it_came() -> None:
    # Step 0 at 0, 5, 10, whatever step 1 of the same instance does at 0..8 after it.
    moves = [(0, 0, 1), (1, 0, 2), (1, 1, 3), (3, 0, 4), (3, 2, 5)]
    clocks = [fix(5, every=True), uni(0, 8), fix(1)]
    found = shares(hand_made(moves, clocks, instance_of=[0, 0, 0]))
    # Step 1 after 5: never mind. Within the last one before 5: step 0 comes before step 2.
    assert found == {2: Fraction(3, 8), 4: Fraction(1, 8), 5: Fraction(4, 8)}


def test_the_clocks_of_an_instance_run_from_when_it_begins() -> None:
    begin = [None, Uniform(0, 10)]
    found = shares(hand_made(RACE, [fix(6), fix(2)], begin_times=begin))
    assert found == {1: Fraction(6, 10), 2: Fraction(4, 10)}
    found = shares(hand_made(RACE, [fix(6), AT_ONCE], begin_times=begin))
    assert found == {1: Fraction(4, 10), 2: Fraction(6, 10)}


def test_nanoseconds_are_as_good_as_any_other_unit() -> None:
    ms = 1_000_000
    found = shares(hand_made(RACE, [fix(3 * ms + 1), uni(0, 400 * ms + 7)]))
    assert found[2] == Fraction(3 * ms + 1, 400 * ms + 7).limit_denominator(100_000)


def test_rounds_of_random_times_need_no_zones_for_what_is_over() -> None:
    # A hundred rounds of uniform times one after the other, each left with 1/10.
    moves = [move for n in range(100) for move in ((n, 0, n + 1), (n, 1, 101))]
    graph = hand_made(moves, [uni(0, 9), uni(1, 10)], instance_of=[0, 0])
    stay = ends(solve(graph, most_zones=1000))[100]
    once = 1 - float(Fraction(8 * 8, 2 * 81))  # the second is first where both are in 1..9
    assert stay == pytest.approx(once**100, rel=1e-12)


def test_a_loop_of_fixed_times_is_left_by_chance() -> None:
    moves = [(0, 0, 0), (0, 1, 1), (0, 2, 2)]
    clocks = [Clock(Fixed(5), weight=7), Clock(Fixed(5), weight=3), fix(11)]
    found = shares(hand_made(moves, clocks, instance_of=[0, 0, 1]))
    assert found == {1: 1 - Fraction(49, 100), 2: Fraction(49, 100)}
    del clocks[2:], moves[2:]
    assert shares(hand_made(moves, clocks, instance_of=[0, 0])) == {1: 1}


def test_a_loop_in_which_no_time_passes_is_told_with_its_step() -> None:
    with pytest.raises(EndlessRunError) as caught:
        solve(hand_made([(0, 1, 1), (1, 0, 0), (0, 2, 2)], [AT_ONCE, AT_ONCE, fix(1)]))
    assert (caught.value.step, caught.value.why) == (0, Endless.AT_ONCE)


def test_a_loop_that_is_never_left_is_what_a_run_comes_to() -> None:
    moves = [(0, 0, 1), (0, 1, 2), (1, 2, 1), (2, 2, 3), (3, 2, 2)]
    found = solve(hand_made(moves, [uni(0, 10), fix(3), uni(1, 2)], marked=[3]))
    assert found.broken["marked"][0] == pytest.approx(7 / 10, rel=1e-12)
    assert found.broken["end"][0] == 1.0


def test_what_is_too_large_is_refused() -> None:
    moves = [(0, 0, 1), (0, 1, 2), (1, 1, 3), (2, 0, 3)]
    clocks = [uni(0, 3), uni(0, 4)]
    assert shares(hand_made(moves, clocks)) == {3: 1}
    with pytest.raises(TooLargeError, match="more than 1 zones"):
        solve(hand_made(moves, clocks), most_zones=1)
    with pytest.raises(TooLargeError, match="more than 2 states"):
        solve(hand_made(moves, clocks), most_states=2)
    many = [uni(0, 3 + each) for each in range(9)]
    with pytest.raises(TooLargeError, match="more than 5 uniform times"):
        solve(hand_made([(0, each, 1) for each in range(9)], many))


def test_other_times_are_not_of_this_kind() -> None:
    assert is_regional(hand_made(RACE, [uni(0, 3), AT_ONCE]))
    assert not is_regional(hand_made(RACE, [uni(0, 3), Clock(Exponential(3))]))
    assert is_regional(hand_made(RACE, [uni(0, 3), Clock(Exponential(3), never=True)]))

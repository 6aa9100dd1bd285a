"""Chains of exponential times, against values that are known in closed form."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from likelihood.by_hand import ends, hand_made
from model_check.language.tree.timing import Exponential, Fixed, Uniform
from model_check.likelihood.chain import LOST, TooLargeError
from model_check.likelihood.coming import Endless, EndlessRunError
from model_check.likelihood.markov import is_markov, solve
from model_check.likelihood.timed_graph import Clock

AT_ONCE = Clock()


def exp(mean: int, **others: bool) -> Clock:
    return Clock(Exponential(mean), **others)


def near(expected: dict[int, float]) -> dict[int, object]:
    return {node: pytest.approx(share, rel=1e-12) for node, share in expected.items()}


def test_of_two_clocks_each_is_first_in_proportion_to_its_rate() -> None:
    found = solve(hand_made([(0, 0, 1), (0, 1, 2)], [exp(10), exp(30)]))
    assert ends(found) == near({1: 3 / 4, 2: 1 / 4})
    assert found.method == "markov"
    assert found.means["node"][0] == pytest.approx(1 * 3 / 4 + 2 * 1 / 4)


def test_what_takes_no_time_comes_before_what_does() -> None:
    assert ends(solve(hand_made([(0, 0, 1), (0, 1, 2)], [exp(10), AT_ONCE]))) == {2: 1.0}
    assert ends(solve(hand_made([(0, 0, 1), (0, 1, 2)], [exp(10), Clock(Fixed(0))]))) == {2: 1.0}


def test_at_one_moment_instances_are_alike_likely_and_their_steps_by_weight() -> None:
    clocks = [AT_ONCE, Clock(weight=1), Clock(weight=3), Clock(weight=0)]
    moves = [(0, 0, 1), (0, 1, 2), (0, 2, 3), (0, 2, 4), (0, 3, 5)]
    found = ends(solve(hand_made(moves, clocks, instance_of=[0, 1, 1, 1])))
    assert found == near({1: 1 / 2, 2: 1 / 8, 3: 3 / 16, 4: 3 / 16})


def test_steps_of_weight_0_alone_are_alike_likely() -> None:
    clocks = [Clock(weight=0), Clock(weight=0)]
    found = ends(solve(hand_made([(0, 0, 1), (0, 1, 2)], clocks, instance_of=[0, 0])))
    assert found == {1: 0.5, 2: 0.5}


@pytest.mark.parametrize("length", [20, 60])
def test_what_is_too_rare_for_any_number_is_not_told_to_have_no_chance(length: int) -> None:
    # To go on each time takes an hour in the mean, to stop a nanosecond.
    moves = [(place, 0, place + 1) for place in range(length)]
    moves += [(place, 1, length + 1) for place in range(length)]
    found = solve(hand_made(moves, [exp(3_600_000_000_000), exp(1)], marked=(length,)))
    share, low, high = found.broken["marked"]
    if length == 20:
        assert share == low == high == pytest.approx((1 / 3_600_000_000_001) ** 20, rel=1e-9)
    else:
        assert (share, low, high) == (0.0, 0.0, LOST)
    assert found.endings["marked"] == {length: (share, low, high)}


WAITS = [(0, 0, 1), (1, 1, 2), (1, 2, 3)]
"""Step 0 makes steps 1 and 2 possible."""


def test_a_clock_that_is_over_waits_and_comes_as_soon_as_it_can() -> None:
    # Step 1 is over before step 0 with 1/2, and comes then at once; else it races with step 2.
    found = ends(solve(hand_made(WAITS, [exp(10), exp(10), exp(10)], instance_of=[0, 1, 0])))
    assert found == near({2: 1 / 2 + 1 / 2 * 1 / 2, 3: 1 / 4})


def test_a_clock_since_it_is_possible_begins_there() -> None:
    clocks = [exp(10), exp(10, since_possible=True), exp(30)]
    found = ends(solve(hand_made(WAITS, clocks, instance_of=[0, 1, 0])))
    assert found == near({2: 3 / 4, 3: 1 / 4})


def test_two_that_waited_come_at_one_moment() -> None:
    # Both over: 1/3 + 1/3 (either one first, then the other before the third): 2 * 1/3 * 1/2.
    # One over: it is the one that comes. None over: they race.
    found = ends(solve(hand_made(WAITS, [exp(10), exp(10), exp(10)])))
    assert found == near({2: 1 / 2, 3: 1 / 2})
    found = ends(solve(hand_made(WAITS, [exp(10), exp(10), exp(5)])))
    none, first, second = 1 / 4, 1 / 4, 2 / 4  # which clock is the first one
    both = first * 2 / 3 + second * 1 / 2
    alone = first * 1 / 3
    assert ends_share(found, 2) == pytest.approx(none * 1 / 3 + alone + both / 2, rel=1e-12)


def ends_share(found: dict[int, float], node: int) -> float:
    assert sum(found.values()) == pytest.approx(1, rel=1e-12)
    return found[node]


def test_a_clock_is_started_anew_by_a_step_of_its_instance() -> None:
    # Step 1 cannot come before step 0, of the same instance, which starts its clock.
    found = ends(solve(hand_made(WAITS, [exp(10), exp(10), exp(30)], instance_of=[0, 0, 0])))
    assert found == near({2: 3 / 4, 3: 1 / 4})


def test_a_branch_that_a_step_begins_has_its_clocks_started_by_it() -> None:
    starts = [(0, 1, 2), (1,), (2,)]
    found = ends(solve(hand_made(WAITS, [exp(10), exp(10), exp(30)], starts=starts)))
    assert found == near({2: 3 / 4, 3: 1 / 4})


def test_what_comes_again_and_again_counts_from_when_it_came_and_comes_at_once_at_first() -> None:
    # Step 0 at once; then step 1, of its instance, does not start its clock.
    moves = [(0, 0, 1), (1, 1, 2), (2, 0, 3), (2, 2, 4)]
    clocks = [exp(10, every=True), exp(10), exp(10)]
    found = ends(solve(hand_made(moves, clocks, instance_of=[0, 0, 1])))
    # The clocks of 0, 1, 2 run from the start. Over before 1: both 1/3, one of both 1/6 each.
    both = 2 * (1 / 3 * 1 / 2)
    none, one = 1 / 3, 1 / 6
    assert found == near({3: none / 2 + one + both / 2, 4: none / 2 + one + both / 2})


def test_an_instance_that_has_not_begun_does_nothing_not_even_at_once() -> None:
    begin = [None, Exponential(30)]
    found = ends(solve(hand_made([(0, 0, 1), (0, 1, 2)], [exp(10), AT_ONCE], begin_times=begin)))
    assert found == near({1: 3 / 4, 2: 1 / 4})


def test_the_clocks_of_an_instance_run_from_when_it_begins() -> None:
    begin = [None, Exponential(10)]
    found = ends(solve(hand_made([(0, 0, 1), (0, 1, 2)], [exp(10), exp(10)], begin_times=begin)))
    assert found == near({1: 3 / 4, 2: 1 / 4})


def test_what_never_comes_does_not_and_what_comes_last_waits_for_all_others() -> None:
    clocks = [Clock(never=True), Clock(last=True), exp(10)]
    assert ends(solve(hand_made([(0, 0, 1), (0, 1, 2), (0, 2, 3), (3, 1, 4)], clocks))) == {4: 1.0}


def test_a_run_is_over_where_it_is_said_and_what_was_passed_is_remembered() -> None:
    moves = [(0, 0, 1), (0, 1, 2), (1, 0, 2), (2, 0, 3)]
    graph = hand_made(moves, [exp(10), exp(30)], is_over=[0, 0, 1, 0], marked=[1])
    found = solve(graph)
    assert ends(found) == near({2: 1.0})
    assert found.broken["marked"] == pytest.approx((3 / 4,) * 3)


def gambler(length: int, up: int, down: int) -> tuple[list[tuple[int, int, int]], list[Clock]]:
    """A walk on 0 to `length`, from the node before its end, which ends at both ends."""
    number = {length - 1: 0} | {place: place + 1 for place in range(length - 1)}
    number[length] = length
    moves = [
        (number[place], step, number[place + change])
        for place in range(1, length)
        for step, change in ((0, 1), (1, -1))
    ]
    return moves, [exp(up), exp(down)]


@pytest.mark.parametrize("eliminated", [0, 400])
@pytest.mark.parametrize("length", [2, 3, 10, 100])
def test_a_gambler_is_ruined_as_often_as_they_say(length: int, eliminated: int) -> None:
    moves, clocks = gambler(length, 10, 20)
    found = ends(solve(hand_made(moves, clocks), eliminated=eliminated))
    ratio = 1 / 2  # down against up
    won = (1 - ratio ** (length - 1)) / (1 - ratio**length)
    assert found[length] == pytest.approx(won, rel=1e-12)
    # Elimination is right for what is rare, too.
    expected = (ratio ** (length - 1) - ratio**length) / (1 - ratio**length)
    assert found[1] == pytest.approx(expected, rel=1e-9 if eliminated else 1e-3, abs=0)


def test_rates_far_apart_cost_no_digits() -> None:
    # 0 -> 1 -> 0 in microseconds, and out of it once in hours, to 2 or 3.
    hour = 3_600_000_000_000
    moves = [(0, 0, 1), (1, 1, 0), (0, 2, 2), (1, 3, 3)]
    clocks = [exp(mean, since_possible=True) for mean in (1000, 1000, 2 * hour, hour)]
    found = ends(solve(hand_made(moves, clocks)))
    stay = [1000 / (1000 + 2 * hour), 1000 / (1000 + hour)]
    leave = stay[0] + (1 - stay[0]) * stay[1]
    assert found == near({2: stay[0] / leave, 3: (1 - stay[0]) * stay[1] / leave})


def test_a_loop_that_can_be_left_in_no_time_is_left() -> None:
    moves = [(0, 0, 0), (0, 1, 1), (0, 2, 2)]
    found = ends(solve(hand_made(moves, [AT_ONCE, AT_ONCE, exp(1)], instance_of=[0, 0, 1])))
    assert found == {1: 1.0}


def test_a_loop_in_which_no_time_passes_is_told_with_its_step() -> None:
    with pytest.raises(EndlessRunError) as caught:
        solve(hand_made([(0, 1, 1), (1, 0, 0), (1, 2, 2)], [AT_ONCE, AT_ONCE, exp(1)]))
    assert (caught.value.step, caught.value.why) == (0, Endless.AT_ONCE)


def test_a_loop_that_is_never_left_is_what_a_run_comes_to() -> None:
    # Into one of two loops; in that through node 3 a run is at a marked node again and again.
    moves = [(0, 0, 1), (0, 1, 2), (1, 2, 1), (2, 2, 3), (3, 2, 2)]
    found = solve(hand_made(moves, [exp(10), exp(30), exp(1)], marked=[3]))
    assert found.broken["marked"][0] == pytest.approx(1 / 4, rel=1e-12)
    assert found.broken["end"][0] == 1.0


def test_a_chain_that_is_too_large_is_refused() -> None:
    moves, clocks = gambler(20, 10, 20)
    with pytest.raises(TooLargeError, match="more than 15"):
        solve(hand_made(moves, clocks), most=15)
    two = hand_made([(0, 0, 1)], [exp(1)])
    assert ends(solve(two, most=2)) == {1: 1.0}
    with pytest.raises(TooLargeError, match="more than 1 states"):
        solve(two, most=1)


@pytest.mark.parametrize(
    ("clocks", "expected"),
    [
        ([exp(1), AT_ONCE], True),
        ([exp(1), Clock(Fixed(0))], True),
        ([exp(1), Clock(Fixed(1))], False),
        ([exp(1), Clock(Uniform(0, 1))], False),
        ([exp(1), Clock(Fixed(1), never=True)], True),
    ],
)
def test_a_chain_has_exponential_times_alone(clocks: Sequence[Clock], expected: bool) -> None:
    assert is_markov(hand_made([(0, 0, 1), (0, 1, 2)], clocks)) is expected
    assert not is_markov(hand_made([(0, 0, 1)], [AT_ONCE], begin_times=[Uniform(0, 1)]))

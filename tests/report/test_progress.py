"""The progress line, with a clock of our own."""

from __future__ import annotations

import io

from hypothesis import assume, given
from hypothesis import strategies as st
from model_check.budget.disk import Room
from model_check.budget.memory import memory_in_use
from model_check.report.text.estimate import LEAST, Estimate
from model_check.report.text.progress import Progress


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_short_search_says_nothing() -> None:
    clock, stream = Clock(), Terminal()
    progress = Progress(stream, clock, lambda: None)
    for turn in range(100):
        clock.now = 100 + turn * 0.0049
        progress.update(turn, turn, turn)
    progress.close()
    assert stream.getvalue() == ""


def test_the_clock_starts_with_the_search() -> None:
    clock, stream = Clock(), io.StringIO()
    progress = Progress(stream, clock, lambda: None)
    clock.now = 109.0
    progress.update(0, 1, 1)
    assert stream.getvalue() == ""
    clock.now = 110.0
    progress.update(3, 2_001, 5)
    assert stream.getvalue() == "depth 3, 2,001 states, 5 to explore, 2,000 states/s\n"


def test_what_was_found_before_a_search_went_on_is_no_speed_of_it() -> None:
    clock, stream = Clock(), io.StringIO()
    progress = Progress(stream, clock, lambda: None)
    progress.update(0, 5_000_000, 2)
    clock.now += 1
    progress.update(9, 5_003_000, 7)
    assert stream.getvalue() == "depth 9, 5,003,000 states, 7 to explore, 3,000 states/s\n"


def test_of_a_search_on_disk_it_is_told_what_it_takes_and_for_how_much_there_is_room() -> None:
    clock, stream = Clock(), io.StringIO()
    room = Room(taken=3 * 2**30, free=6 * 2**30)
    progress = Progress(stream, clock, lambda: None, lambda: room)
    clock.now += 1
    progress.update(3, 2_000, 5)
    told = "3,072 MB on disk (room for 4,000 states more)"
    assert stream.getvalue() == f"depth 3, 2,000 states, 5 to explore, 2,000 states/s, {told}\n"


def test_where_levels_shrink_it_is_told_how_many_states_there_may_be() -> None:
    clock, stream = Clock(), io.StringIO()
    progress = Progress(stream, clock, lambda: None)
    progress.update(7, 600_000, 400_000)
    progress.update(8, 900_000, 100_000)
    clock.now += 1
    progress.update(8, 910_000, 90_000)
    assert ", perhaps 940,000 in all, " in stream.getvalue()


@given(st.integers(1, 10**6), st.integers(2, 40), st.floats(0.05, 0.9))
def test_of_levels_that_shrink_by_the_same_share_the_estimate_is_right(
    first: int, depth: int, share: float
) -> None:
    levels = [first * share**number for number in range(400)]
    estimate = Estimate()
    for number in range(depth):
        estimate.update(number, max(1, round(levels[number] * 1000)))
    found = round(sum(levels[:depth]) * 1000)
    assume(levels[depth - 1] > 1 and found >= LEAST)
    found = estimate.of(found)
    assert found is not None
    assert abs(found - sum(levels) * 1000) <= 0.08 * sum(levels) * 1000


def test_of_levels_that_grow_nothing_is_estimated() -> None:
    estimate = Estimate()
    for depth in range(5):
        estimate.update(depth, 100 * 2**depth)
        assert estimate.of(LEAST) is None
    estimate.update(5, 100)
    assert estimate.of(LEAST) is not None
    estimate.update(0, 100)
    assert estimate.of(LEAST) is None


def test_on_a_terminal_the_line_is_redrawn_and_cleared() -> None:
    clock, stream = Clock(), Terminal()
    progress = Progress(stream, clock, lambda: 300 * 2**20)
    clock.now = 101.0
    progress.update(7, 20_000, 1_500)
    line = "depth 7, 20,000 states, 1,500 to explore, 20,000 states/s, 300 MB"
    assert stream.getvalue() == "\r" + line
    clock.now = 101.1
    progress.update(7, 21_000, 1_500)
    assert stream.getvalue() == "\r" + line
    clock.now = 101.25
    progress.update(8, 9, 1)
    shorter = "depth 8, 9 states, 1 to explore, 7 states/s, 300 MB"
    assert stream.getvalue() == "\r" + line + "\r" + shorter.ljust(len(line))
    progress.close()
    assert stream.getvalue().endswith("\r" + " " * len(line) + "\r")


def test_on_a_terminal_a_line_that_stands_still_says_how_long_it_has() -> None:
    clock, stream = Clock(), Terminal()
    progress = Progress(stream, clock, lambda: None)
    progress.beat()  # nothing for the first second
    progress.say("drawing")
    clock.now = 100.9
    progress.beat()
    assert stream.getvalue() == "\rdrawing"
    clock.now = 101.2
    progress.beat()
    clock.now = 103.4
    progress.beat()
    assert stream.getvalue() == "\rdrawing\rdrawing (for 1 s)\rdrawing (for 3 s)"
    progress.say("done")
    progress.beat()
    assert stream.getvalue().endswith("\rdone" + " " * 13)
    progress.close()
    progress.beat()
    assert stream.getvalue().endswith("\r" + " " * 17 + "\r")


def test_on_a_terminal_a_late_start_is_told() -> None:
    clock, stream = Clock(), Terminal()
    progress = Progress(stream, clock, lambda: None)
    clock.now = 101.5
    progress.beat()
    assert stream.getvalue() == "\rgetting ready (for 1 s)"


def test_in_a_log_nothing_is_said_twice() -> None:
    clock, stream = Clock(), io.StringIO()
    progress = Progress(stream, clock, lambda: None)
    clock.now = 101.0
    progress.tell("one")
    clock.now = 104.0
    progress.beat()
    assert stream.getvalue() == "one, 1 s\n"


def test_in_a_log_a_line_is_written_every_few_seconds() -> None:
    clock, stream = Clock(), io.StringIO()
    progress = Progress(stream, clock, lambda: None)
    for turn in range(1, 121):
        clock.now = 100 + turn * 0.1
        progress.update(1, turn, 1)
    progress.close()
    lines = stream.getvalue().splitlines()
    assert lines == [
        "depth 1, 5 states, 1 to explore, 10 states/s",
        "depth 1, 55 states, 1 to explore, 10 states/s",
        "depth 1, 105 states, 1 to explore, 10 states/s",
    ]


def test_the_memory_of_this_process_is_told_in_bytes() -> None:
    used = memory_in_use()
    assert used is None or 2**20 < used < 2**40


def test_a_search_of_many_searches_tells_in_words_as_often_as_one_search() -> None:
    seconds = iter([0.0, 0.1, 0.6, 0.7, 6.0])
    log = io.StringIO()
    progress = Progress(log, lambda: next(seconds), lambda: None)
    for number in range(4):
        progress.tell(f"{number} explored")
    assert log.getvalue() == "1 explored, 1 s\n3 explored, 6 s\n"


def test_when_all_is_explored_the_line_says_that_it_is_judged() -> None:
    clock, stream = Clock(), io.StringIO()
    progress = Progress(stream, clock, lambda: None)
    progress.update(0, 1, 1)
    clock.now = 103.0
    progress.update(9, 2_000, 0)
    assert stream.getvalue() == "depth 9, 2,000 states, all explored, being judged, 3 s\n"

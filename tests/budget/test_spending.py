"""A budget: asked between two pieces of work, and heard in the middle of one."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from model_check.budget import spending
from model_check.budget.memory import memory_in_use
from model_check.budget.spending import Budget, StopNow, never, whole, why_of
from model_check.explore.limits import Limits

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix are sent")


def work_for(seconds: float) -> None:
    """Something that never asks whether to stop."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def ending(budget: Budget, work: Callable[[], object], *, hears_ctrl_c: bool = False) -> str:
    """Why work was stopped under a budget; "" if it was not."""
    try:
        with budget.guarding(hears_ctrl_c=hears_ctrl_c):
            work()
    except StopNow as stop:
        return stop.why
    return ""


def press(after: float, times: int = 1) -> None:
    """Send Ctrl-C to this process, a little later, so often."""

    def send() -> None:
        for _ in range(times):
            time.sleep(after)
            os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=send, daemon=True).start()


def test_work_that_never_asks_is_stopped_soon_after_the_time_limit() -> None:
    budget = Budget(timeout=0.1)
    started = time.monotonic()
    assert ending(budget, lambda: work_for(10)) == "the time limit of 0.1 s was reached"
    assert 0.1 < time.monotonic() - started < 1.5


def test_waiting_for_the_system_is_stopped_too() -> None:
    ours, _ = os.pipe()
    with pytest.raises(StopNow), Budget(timeout=0.1).guarding():
        os.read(ours, 1)


def test_who_asks_is_told_before_that() -> None:
    budget = Budget(timeout=0.1)
    with budget.guarding():
        while not budget.exceeded():
            pass
    assert budget.exceeded() == "the time limit of 0.1 s was reached"
    assert Budget(max_memory=1 << 20).exceeded() == "the memory limit of 1 MB was reached"
    assert Budget(interrupted=lambda: True).exceeded() == "interrupted"
    assert Budget(interrupted=lambda: "out of milk").exceeded() == "out of milk"
    assert (Budget().exceeded(), why_of(never)) == ("", "")


def test_what_keeps_what_was_done_takes_the_time_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spending, "AFTER_TIME", spending._Course(0.05, 0.05, 0.2))
    ended: list[str] = []
    kept: list[float] = []
    budget = Budget(timeout=0.0)

    def keep() -> None:
        with budget.unhurried():
            work_for(0.5)
        kept.append(time.monotonic())
        work_for(10)

    with pytest.raises(StopNow), budget.guarding(last_resort=ended.append):
        keep()
    # Then it ends as it would have ended before.
    assert time.monotonic() - kept[0] >= 0.05
    assert ended == []


def test_a_second_ctrl_c_ends_that_too() -> None:
    budget = Budget()
    kept = False

    def keep() -> None:
        nonlocal kept
        with budget.unhurried():
            work_for(0.4)
            kept = True
            work_for(10)

    press(0.2)
    press(0.7)
    assert ending(budget, keep, hears_ctrl_c=True) == "interrupted"
    assert kept


def test_who_tells_what_is_known_is_stopped_again() -> None:
    raised = 0
    with Budget(timeout=0).guarding():
        for _ in range(2):
            try:
                work_for(10)
            except StopNow:
                raised += 1
    assert raised == 2


def test_memory_that_grows_is_noticed_within_a_tenth() -> None:
    before = memory_in_use() or 0
    limit = before + (300 << 20)
    kept: list[bytes] = []

    def grow() -> None:
        while True:
            kept.append(bytes(1 << 16).replace(b"\0", b"x"))

    assert ending(Budget(max_memory=limit), grow).startswith("the memory limit of")
    assert before + (len(kept) << 16) < 1.1 * limit


def test_what_is_held_is_done_before_it_is_stopped() -> None:
    done = []
    budget = Budget(timeout=0)

    def work() -> None:
        with budget.held():
            work_for(0.8)
            done.append("what was held")
        done.append("what follows")

    assert ending(budget, work)
    assert done == ["what was held"]


def test_ctrl_c_is_a_limit_like_the_others_where_the_budget_hears_it() -> None:
    budget = Budget()
    told = []

    def work() -> None:
        press(0.1)
        while not budget.exceeded():
            pass
        told.append(budget.exceeded())
        work_for(10)

    assert ending(budget, work, hears_ctrl_c=True) == "interrupted"
    assert told == ["interrupted"]


def test_a_second_ctrl_c_does_not_wait() -> None:
    press(0.05, times=2)
    started = time.monotonic()
    assert ending(Budget(), lambda: work_for(10), hears_ctrl_c=True) == "interrupted"
    assert time.monotonic() - started < 0.25


def test_ctrl_c_stays_what_it_was_where_the_budget_does_not_hear_it() -> None:
    before = signal.getsignal(signal.SIGINT)
    press(0.1)
    with pytest.raises(KeyboardInterrupt):
        ending(Budget(timeout=60), lambda: work_for(10))
    assert signal.getsignal(signal.SIGINT) is before


def test_nothing_is_raised_once_the_work_is_over() -> None:
    for _ in range(50):
        with Budget(timeout=0).guarding():
            pass
        work_for(0.005)


def test_what_is_guarded_already_stays_so() -> None:
    with Limits(timeout=60).guarded() as outer, outer.guarded() as inner:
        assert inner is outer
        assert outer.budget.timeout == 60


def test_in_another_thread_a_budget_is_only_asked() -> None:
    found = []

    def work() -> None:
        with Budget(timeout=0.05).guarding() as budget:
            work_for(0.8)
            found.append(budget.exceeded())

    other = threading.Thread(target=work)
    other.start()
    other.join()
    assert found == ["the time limit of 0.05 s was reached"]


def test_compiled_code_is_told_to_come_back() -> None:
    told = threading.Event()
    budget = Budget(timeout=0.05)
    with budget.guarding(), budget.halting(told.set):
        assert told.wait(5)


SOON = spending.AFTER_TIME._replace(first=0.1, last=0.2)
WAITED = SOON.last * spending.WAITING
"""Seconds after which a program that waits for something is ended."""


def test_a_program_that_nobody_lets_run_is_not_ended_for_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(spending, "AFTER_TIME", SOON)
    ended: list[str] = []
    budget = Budget(timeout=0)
    with pytest.raises(StopNow), budget.guarding(last_resort=ended.append), budget.held():
        time.sleep(WAITED / 2)
    assert ended == []


def test_a_program_that_hears_nothing_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()
    why = []

    def end(reason: str) -> None:
        why.append(reason)
        ended.set()

    monkeypatch.setattr(spending, "AFTER_TIME", SOON)
    budget = Budget(timeout=0)
    with pytest.raises(StopNow), budget.guarding(last_resort=end), budget.held():
        assert ended.wait(10)
    assert why[0] == "the time limit of 0 s was reached"


def test_what_is_being_written_is_whole_before_the_program_is_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(spending, "AFTER_TIME", SOON)
    budget = Budget(timeout=0)
    ended: list[str] = []
    before: list[str] = []

    def work() -> None:
        with budget.held():
            with whole():
                time.sleep(WAITED + spending.LONGEST_WRITE / 2)
                before.extend(ended)
            work_for(1.0)

    with pytest.raises(StopNow), budget.guarding(last_resort=ended.append):
        work()
    assert before == []
    assert ended


def test_nothing_is_raised_inside_of_a_package_that_talks_to_compiled_code() -> None:
    """ctypes makes an ArgumentError of what is raised while it converts an argument."""
    foreign: dict[str, Any] = {"__name__": "z3.z3core", "work_for": work_for}
    # Only a function's globals say of which package it is.
    exec("def convert():\n    work_for(1.2)\n    done.append(True)", foreign)  # noqa: S102
    done = foreign["done"] = []

    def work() -> None:
        foreign["convert"]()
        work_for(5)

    with pytest.raises(StopNow), Budget(timeout=0).guarding():
        work()
    assert done == [True]

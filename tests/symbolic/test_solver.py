"""Asking z3: what it says, and that being stopped is never taken for an answer."""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import threading
import time
from collections.abc import Callable
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest
from model_check.budget import spending
from model_check.budget.deadline import FOREVER, Deadline, DeadlineError
from model_check.budget.spending import Budget, StopNow
from model_check.cli.console import interruptible
from model_check.language.draft import Draft
from model_check.repairs.assumptions import search_rests
from model_check.repairs.search import search_repairs
from model_check.symbolic import solver
from model_check.symbolic.answer import Answer
from model_check.symbolic.solver import Choices, is_satisfiable

ROOT = Path(__file__).parents[2]
AT_ONCE = 8.0
"""Seconds within which an interrupt is heard, on a machine that has much else to do; z3 would
take minutes."""


def pigeons(number: int) -> str:
    """That `number` pigeons do not fit into one hole less: hard for every solver."""
    lines = []
    for p in range(number):
        lines += [f"(declare-const p{p}h{h} Bool)" for h in range(number - 1)]
    for p in range(number):
        lines.append("(assert (or " + " ".join(f"p{p}h{h}" for h in range(number - 1)) + "))")
    for h in range(number - 1):
        for p, q in combinations(range(number), 2):
            lines.append(f"(assert (not (and p{p}h{h} p{q}h{h})))")
    return "\n".join(lines)


def test_z3_answers_small_questions() -> None:
    assert is_satisfiable(pigeons(4), FOREVER) is Answer.NO
    assert is_satisfiable("(declare-const a Bool)(assert a)", FOREVER) is Answer.YES


def test_z3_is_left_at_the_deadline_and_when_somebody_interrupts() -> None:
    started = time.monotonic()
    assert is_satisfiable(pigeons(14), Deadline(started + 0.3)) is Answer.UNKNOWN
    pressed = threading.Event()
    threading.Timer(0.3, pressed.set).start()
    assert is_satisfiable(pigeons(14), Deadline(interrupted=pressed.is_set)) is Answer.UNKNOWN
    assert time.monotonic() - started < 5


def hard_choice(number: int) -> Choices:
    """The same pigeons, of which as few as possible are to sit in a hole."""
    choices = Choices(number * (number - 1))
    holes = number - 1
    for p in range(number):
        choices.demand([p * holes + h for h in range(holes)])
    for h, (p, q) in product(range(holes), combinations(range(number), 2)):
        choices.demand([~(p * holes + h), ~(q * holes + h)])
    return choices


def test_an_answer_is_no_truth_value() -> None:
    for answer in Answer:
        with pytest.raises(TypeError, match="no truth value"):
            bool(answer)
    assert [each.opposite for each in Answer] == [Answer.NO, Answer.YES, Answer.UNKNOWN]


@pytest.mark.parametrize("seed", range(20))
def test_choices_come_smallest_first_until_there_is_surely_none(seed: int) -> None:
    draw = random.Random(seed)

    def clause() -> list[int]:
        return [draw.choice((i, ~i)) for i in draw.sample(range(5), draw.randint(1, 3))]

    clauses = [clause() for _ in range(draw.randint(0, 4))]
    groups = [[clause() for _ in range(draw.randint(0, 2))] for _ in range(draw.randint(1, 3))]

    def fits(chosen: frozenset[int]) -> bool:
        def true(clause: list[int]) -> bool:
            return any((i in chosen) if i >= 0 else (~i not in chosen) for i in clause)

        return all(map(true, clauses)) and any(all(map(true, group)) for group in groups)

    every = [frozenset(c) for size in range(6) for c in combinations(range(5), size)]
    choices = Choices(5)
    choices.demand(*clauses)
    choices.demand_one(groups)
    found = []
    while (chosen := choices.smallest(FOREVER)) is not None:
        found.append(chosen)
        choices.demand([~i if i in chosen else i for i in range(5)])
    assert set(found) == {chosen for chosen in every if fits(chosen)}
    assert [len(each) for each in found] == sorted(len(each) for each in found)


def test_a_choice_that_takes_too_long_is_not_told_as_none() -> None:
    started = time.monotonic()
    with pytest.raises(DeadlineError):
        hard_choice(14).smallest(Deadline(started + 0.3))
    assert time.monotonic() - started < 0.3 + AT_ONCE


@pytest.mark.parametrize(
    "ask",
    [
        lambda patience: is_satisfiable(pigeons(14), patience),
        lambda patience: hard_choice(14).smallest(patience),
    ],
    ids=["a script", "a choice"],
)
def test_ctrl_c_is_heard_while_z3_works(ask: Callable[[Deadline], object]) -> None:
    with interruptible() as interrupted:
        timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        started = time.monotonic()
        with contextlib.suppress(DeadlineError):
            assert ask(Deadline(interrupted=interrupted)) is Answer.UNKNOWN
        assert time.monotonic() - started < 0.3 + AT_ONCE
        assert interrupted()


class Forgetful:
    """Says what z3 says, but from some question on that nothing is known."""

    def __init__(self, known: int) -> None:
        self.left = known

    def __call__(self, z3: Any, found: object) -> Answer:
        self.left -= 1
        if self.left < 0:
            return Answer.UNKNOWN
        return Answer.YES if found == z3.sat else Answer.NO


@pytest.mark.parametrize("known", range(5))
def test_where_z3_does_not_know_no_search_is_complete(
    known: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solver, "_answer", Forgetful(known))
    found = search_repairs(Draft.read(ROOT / "specs" / "legacy.yaml"), ["no_loss"])
    assert not found.complete
    assert found.stopped == "z3 gave no answer"
    monkeypatch.setattr(solver, "_answer", Forgetful(known))
    rests = search_rests(Draft.read(ROOT / "specs" / "fix-both.yaml"), ["no_loss"])
    assert not rests.complete
    assert rests.stopped == "z3 gave no answer"
    assert [each.proved for each in rests.rests] == [False]


def test_one_module_alone_talks_to_z3() -> None:
    package = ROOT / "model" / "model_check"
    talking = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if re.search(r"^\s*(import|from) z3", path.read_text("utf-8"), re.MULTILINE)
    }
    assert talking == {"symbolic/solver.py"}


def test_an_end_in_the_middle_of_what_z3_is_told_is_that_end_and_no_error_of_ctypes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(spending, "AFTER_TIME", spending.AFTER_TIME._replace(first=0.0))

    def work() -> None:
        while True:
            choices = Choices(20)
            choices.demand([~0, 1, 2], [0, 3])
            choices.smallest(FOREVER)

    for turn in range(20):
        with pytest.raises(StopNow), Budget(timeout=turn / 1000).guarding():
            work()

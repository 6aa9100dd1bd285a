"""Interrupted means undetermined: what is said then, an uninterrupted run says too.

Commands are struck in their middle (`tests.fuzz.struck`), and what they print is held against what
the same command prints when nobody strikes it (`tests.fuzz.claims`). Both look at no clock.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fuzz.claims import claims_of, unsupported
from fuzz.struck import KINDS, Ended, Strike, struck, unstruck
from model_check.api import check as checking
from model_check.api import explaining
from model_check.budget.deadline import DeadlineError
from model_check.budget.spending import StopNow
from model_check.explain import reason as reasons
from model_check.repairs.assumptions import _AssumptionSearch
from model_check.repairs.search import RepairSearch
from model_check.report.text import terminal
from model_check.results.check import NoReturn
from model_check.symbolic.solver import Choices
from thorough import mostly

RACE = """\
model: race
vars: {stored: 0..2, sent: 0..2, seen: 0..2, shown: 0..4}
processes:
  service:
    run: |
      publish: sent += 1
      save: stored += 1
  gateway:
    run: |
      read: seen = stored
      subscribe: shown = seen + sent
properties:
  shown_all: {finally: shown >= 1}
  once: {finally: shown == 1}
  bounded: {always: sent <= 1}
  starts: {eventually: stored == 1}
"""
"""Of one property there is one race, of the other there are two."""
TORN = """\
model: torn
vars: {stored: 0..1, subscribed: bool, shown: 0..2}
processes:
  service:
    run: |
      publish:
          if subscribed:
              shown += 1
      save: stored = 1
  gateway:
    run: |
      read: shown += stored
      subscribe: subscribed = True
properties:
  shown_all: {finally: shown >= 1}
"""
"""Two changes of two repair it."""
WHOLE = """\
extends: torn.yaml
model: whole
processes:
  service:
    run: |
      save: stored = 1
      publish:
          if subscribed:
              shown += 1
  gateway:
    run: |
      subscribe: subscribed = True
      read: shown += stored
"""
CRASH = """\
model: crash
vars: {waits: bool = True, ended: 0..2}
processes:
  worker:
    crashes: 1
    restarts: false
    run: |
      take: waits = False
      work: ended += 1
properties:
  at_last: {finally: ended == 1}
  never_two: {never: ended == 2}
"""

FILES = {"race": RACE, "torn": TORN, "whole": WHOLE, "crash": CRASH}
COMMANDS: dict[str, tuple[tuple[str, ...], tuple[str, ...], int]] = {
    "check": (("race.yaml", "--no-draw"), KINDS, 2),
    "bounded": (("torn.yaml", "--no-draw", "--check", "bounded"), KINDS, 1),
    "folder": ((".",), KINDS[:5], 1),
    "repair": (("repair", "torn.yaml"), KINDS[:6], 1),
    "rests-on": (("rests-on", "whole.yaml"), KINDS[:6], 1),
    "compare": (("compare", "torn.yaml", "whole.yaml"), KINDS[:5], 1),
}
"""The words of each command, how it is struck, and how often in each way."""


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in FILES.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


@cache
def whole(name: str) -> Ended:
    """A command that nobody strikes: the second time, for the first one loads more."""
    words = COMMANDS[name][0]
    unstruck(words)
    return unstruck(words)


def strikes(name: str) -> Iterator[Strike]:
    """Where a command is struck: the same each time."""
    _, kinds, times = COMMANDS[name]
    for number in range(times):
        for kind in kinds:
            draw = random.Random(f"{name} {kind} {number}")
            most = {"unknown": whole(name).questions, "little work": 40}.get(kind)
            yield Strike(kind, draw.randrange(most or whole(name).calls), draw.randrange(2000))


def wrong(name: str, strike: Strike) -> list[str]:
    """What an interrupted command says that its whole run does not support."""
    ended = struck(COMMANDS[name][0], strike)
    found = unsupported(whole(name).printed, ended.printed)
    if ended.code not in (3, whole(name).code):
        found.append(f"exit code {ended.code}")
    if ended.printed.strip() and "nothing can be said" in ended.told:
        found.append("it says that nothing can be said, and something was")
    if "Traceback" in ended.told:
        found.append(ended.told)
    return found


@pytest.mark.parametrize("name", mostly(COMMANDS, {"check", "repair"}.__contains__))
def test_an_interrupted_command_claims_nothing_that_its_whole_run_does_not(name: str) -> None:
    assert len(claims_of(whole(name).printed)) > 0
    assert {str(each): found for each in strikes(name) if (found := wrong(name, each))} == {}


# --- planted mistakes --------------------------------------------------------------------------


def explored(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was explored in part is called explored completely."""
    kept = terminal.foot_lines

    def foot(report: Any, *rest: Any, **more: Any) -> list[str]:
        return kept(replace(report, space=replace(report.space, stopped="")), *rest, **more)

    monkeypatch.setattr(terminal, "foot_lines", foot)


def holding(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is undetermined is called so that it holds."""
    kept = checking.check_spec

    def check_spec(*given: Any, **more: Any) -> Any:
        space, judgement = kept(*given, **more)
        results = [
            replace(each, verdict="holds") if each.verdict == "undetermined" else each
            for each in judgement.results
        ]
        return space, replace(judgement, results=tuple(results))

    monkeypatch.setattr(checking, "check_spec", check_spec)


def all_races(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not every run was looked at, and the reasons found are called all."""
    kept = reasons.find_races

    def find_races(*given: Any) -> Any:
        return replace(kept(*given), note="")

    monkeypatch.setattr(reasons, "find_races", find_races)
    monkeypatch.setattr(reasons._Explanation, "_all_told", lambda self, runs, races: ([], races))


def no_return(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search for a point of no return was given up, and there is said to be none."""
    monkeypatch.setattr(explaining, "NoReturn", lambda step, why: NoReturn(step, ""))


def no_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    """z3 does not know a set that is left, and there is said to be none."""
    kept = Choices.smallest

    def smallest(self: Choices, deadline: Any) -> Any:
        try:
            return kept(self, deadline)
        except DeadlineError:
            return None

    monkeypatch.setattr(Choices, "smallest", smallest)


def all_repairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search for repairs was stopped, and called complete."""
    kept = RepairSearch._is_completed

    def is_completed(self: RepairSearch) -> bool:
        try:
            return kept(self)
        except (DeadlineError, StopNow):
            return True

    monkeypatch.setattr(RepairSearch, "_is_completed", is_completed)


def all_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not all that a property needs is known, and what is known is called all."""
    kept = _AssumptionSearch._unproved

    def unproved(self: _AssumptionSearch, name: str) -> Any:
        return replace(kept(self, name), proved=True)

    monkeypatch.setattr(_AssumptionSearch, "_unproved", unproved)


PLANTED: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "check": explored, "check ": holding, "check  ": all_races, "check   ": no_return,
    "repair": no_choice, "repair ": all_repairs, "rests-on": all_needs,
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTED, ids=[each.__name__ for each in PLANTED.values()])
def test_the_judge_sees_a_claim_that_does_not_ask_whether_it_was_stopped(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = name.strip()
    whole(command)
    PLANTED[name](monkeypatch)
    draw = random.Random(name)
    for _ in range(40):
        kind = draw.choice(["asked", "raised", "unknown"])
        most = whole(command).questions if kind == "unknown" else whole(command).calls
        if wrong(command, Strike(kind, draw.randrange(1, most), 0)):
            return
    pytest.fail("nobody sees it")


TABLE = """\
  model  property  verdict       expected  without faults  states    time
{sign} crash  at_last   {verdict}  holds     {without}              12  0.01 s
✓        never_two  holds         holds     holds

1 spec
"""


def test_the_judge_reads_what_is_said_without_faults_where_the_rest_is_not_known() -> None:
    whole = TABLE.format(sign="✗", verdict="violated    ", without="violated")
    part = TABLE.format(sign="?", verdict="undetermined", without="{}")
    for said, wrong in (("violated", 0), ("undetermined", 0), ("", 0), ("holds", 1)):
        assert len(unsupported(whole, part.format(said))) == wrong, said
